/** What operators do to a server that is at work costs no request; restarts have tests of their own. */

import { assert, assertEquals } from "@std/assert";
import { testHostile } from "./bounds.ts";
import { figuresOf } from "./gaps.ts";
import { canBeApart } from "./restarts.ts";
import { untilItHolds } from "../tools.ts";

const PACE = { rounds: 4, requests: 400, seconds: 60 };
/** A new certificate takes another listener, and what comes in the last moment of the one before is reset; see `restarts.ts`. */
const MOST_FAILED_HERE = 1;

for (const name of ["reload", "turned-root"]) {
  testHostile(`${name} costs no request`, [], async () => {
    const isApart = await canBeApart();
    await untilItHolds(async () => {
      const figures = await figuresOf({ name, kind: "Vitrine", pace: PACE });
      console.log(figures);
      assertEquals(figures.rounds, PACE.rounds);
      assert(figures.answered >= PACE.requests);
      assert(figures.failed <= (isApart ? 0 : MOST_FAILED_HERE), `${figures.failed} failed`);
    });
  });
}
