/** The end of a server: nobody may keep it from ending, and whoever has asked gets an answer. */

import { assert } from "@std/assert";
import type { Attack, Figures } from "./attack.ts";
import { logReader, sigusr1, stopKept, stopNew, sumOf } from "./attacks/ends.ts";
import { untilItHolds } from "../tools.ts";
import { REPOSITORY, testAttack, testHostile } from "./bounds.ts";
import { attackServer } from "./harness.ts";
import { vitrine } from "./servers.ts";

testAttack(logReader, { errorLines: Infinity }); // They are in the same pipe.

// Deno opens a debugger on it whoever else takes the signal, and does not let us close it: whoever runs the server is
// told, and it goes on. Two lines are Deno's.
testAttack(sigusr1, {
  errorLines: 4,
  more: ({ errorLines }) =>
    errorLines.some((line) => line.startsWith("SIGUSR1: Deno has opened V8's debugger"))
      ? []
      : ["nobody is told of the debugger"],
});

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
