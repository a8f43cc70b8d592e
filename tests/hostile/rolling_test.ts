/** Rolling restarts behind HAProxy lose next to nothing, with one worker each and with two; nginx is shown beside it. */

import { assert } from "@std/assert";
import { REPOSITORY, testHostile } from "./bounds.ts";
import { untilItHolds } from "../tools.ts";
import { restartInTurn } from "./rolling.ts";
import { nginx, vitrine } from "./servers.ts";

const RESTARTS = 3;
/**
 * Per server that stops: connections that come between the last look at the queue and the end of the listener are reset
 * by the system, 0.5 of them measured (nginx 1 to 2.5).
 */
const MOST_FAILED = 2 * RESTARTS * 2;

for (const workers of [1, 2]) {
  const tools = ["haproxy", "nginx"];
  testHostile(`rolling restarts behind HAProxy, ${workers} worker(s) each`, tools, async () => {
    const init = { setup: { workers }, restarts: RESTARTS };
    console.log("nginx", await restartInTurn(nginx, init));
    await untilItHolds(async () => {
      const figures = await restartInTurn(vitrine(REPOSITORY), init);
      console.log("Vitrine", figures);
      assert(figures.answered > 1_000, `${figures.answered} requests are load enough`);
      assert(figures.failed <= MOST_FAILED, `${figures.failed} requests failed`);
    });
  });
}
