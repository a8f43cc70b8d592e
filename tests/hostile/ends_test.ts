/** The end of a server: nobody may keep it from ending, and whoever has asked gets an answer. */

import { assert, assertEquals } from "@std/assert";
import type { Attack, Figures } from "./attack.ts";
import { countListeners, logReader, sigusr1, stopKept, stopNew, sumOf } from "./attacks/ends.ts";
import { untilItHolds } from "../tools.ts";
import { pause } from "./peer.ts";
import { REPOSITORY, testAttack, testHostile } from "./bounds.ts";
import { attackServer } from "./harness.ts";
import { makePair, type RunningServer, vitrine } from "./servers.ts";

testAttack(logReader, { errorLines: Infinity }); // They are in the same pipe.

// Deno tries to open its debugger whoever else takes the signal, and says that it cannot; we say a line, too.
testAttack(sigusr1, {
  errorLines: 4,
  more: ({ figures, errorLines }) => [
    ...(figures.opened === 0 ? [] : [`${figures.opened} ports were opened`]),
    ...(errorLines.some((line) => line.startsWith("SIGUSR1: ") && line.includes("stays shut"))
      ? []
      : ["nobody is told"]),
  ],
});

testHostile(
  "SIGUSR1 opens nothing in the second of two servers, once the first has ended",
  [],
  async () => {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/a.txt`, "a");
    const place = { root: folder, folder, pair: await makePair() };
    const servers: RunningServer[] = [];
    try {
      const setup = { denoFlags: ["--unstable-net"] }; // Both have the debugger's port then.
      for (let i = 0; i < 2; i++) servers.push(await vitrine(REPOSITORY)(place, setup));
      const [first, second] = servers;
      await first.stop();
      const before = countListeners(second.pid);
      for (let i = 0; i < 20; i++) {
        Deno.kill(second.mainPid, "SIGUSR1");
        await pause(20);
      }
      await pause(300);
      assertEquals(countListeners(second.pid), before);
    } finally {
      for (const server of servers) await server.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/**
 * Requests that nobody answered, each of them a person who sees an error. A request that is still on its way when the
 * server closes cannot be told from these, so the bound is not 0.
 */
function testStop(attack: Attack, mostLost: number) {
  testHostile(`${attack.title} loses next to nothing`, [], () =>
    untilItHolds(async () => {
      const all: Figures[] = [];
      for (let i = 0; i < (attack.repeats?.test ?? 1); i++) {
        const { figures, ending } = await attackServer(
          attack,
          vitrine(REPOSITORY),
          attack.seconds.test,
        );
        assert(ending.early, "It ended upon SIGTERM, within its grace");
        all.push(figures);
      }
      const { answered, lost, cut } = sumOf(all);
      assert(answered > 100, `${answered} requests are load enough`);
      assert(lost + cut <= mostLost, `${lost} lost and ${cut} cut of ${answered + lost + cut}`);
    }));
}

testStop(stopKept, 3);
testStop(stopNew, 3);
