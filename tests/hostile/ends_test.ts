/** The end of a server: nobody may keep it from ending, and whoever has asked gets an answer. */

import { assert, assertEquals } from "@std/assert";
import { DEBUGGER_ADDRESS } from "../../lib/boot/debugger_port.ts";
import { takenError } from "../../lib/net/listen.ts";
import type { Attack, Figures, Setup } from "./attack.ts";
import { countListeners, logReader, sigusr1, stopKept, stopNew, sumOf } from "./attacks/ends.ts";
import { untilItHolds } from "../tools.ts";
import { pause } from "./peer.ts";
import { REPOSITORY, testAttack, testHostile } from "./bounds.ts";
import { attackServer } from "./harness.ts";
import { makePair, type RunningServer, vitrine } from "./servers.ts";

testAttack(logReader, { errorLines: Infinity }); // They are in the same pipe.

// Deno tries to open its debugger whoever else takes the signal, and says that it cannot; we say a line, too.
if (Deno.env.get("CI") === "true" || isDebuggerPortFree()) {
  testAttack(sigusr1, {
    errorLines: 4,
    more: ({ figures, errorLines }) => [
      ...(figures.opened === 0 ? [] : [`${figures.opened} ports were opened`]),
      ...(errorLines.some((line) => line.startsWith("SIGUSR1: ") && line.includes("stays shut"))
        ? []
        : ["nobody is told"]),
    ],
  });

  testSigusr1("the second of two servers, once the first has ended", [
    { denoFlags: ["--unstable-net"] }, // Both have the debugger's port then.
    { denoFlags: ["--unstable-net"] },
  ]);
  testSigusr1("a server that has the debugger's port for its site", [
    { port: DEBUGGER_ADDRESS.port, flags: ["--share-port"] },
  ]);
} else {
  // A server that somebody runs beside the tests, or a debugger. In CI that is a failure.
  Deno.test({ name: "hostile: SIGUSR1 (needs port 9229)", ignore: true, fn() {} });
}

/** Starts servers, ends all but the last one, and sends that the signal. */
function testSigusr1(which: string, setups: readonly Setup[]) {
  testHostile(`SIGUSR1 opens nothing in ${which}`, [], async () => {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/a.txt`, "a");
    const servers: RunningServer[] = [];
    try {
      const place = { root: folder, folder, pair: await makePair() };
      for (const setup of setups) servers.push(await vitrine(REPOSITORY)(place, setup));
      const last = servers.at(-1)!;
      for (const server of servers) if (server !== last) await server.stop();
      const before = countListeners(last.pid);
      for (let i = 0; i < 20; i++) {
        Deno.kill(last.mainPid, "SIGUSR1");
        const response = await fetch(`http://127.0.0.1:${last.port}/a.txt`);
        assertEquals([response.status, await response.text()], [200, "a"]);
      }
      await pause(300);
      assertEquals(countListeners(last.pid), before);
    } finally {
      for (const server of servers) await server.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

function isDebuggerPortFree(): boolean {
  return takenError(DEBUGGER_ADDRESS.hostname, DEBUGGER_ADDRESS.port) === null;
}

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
