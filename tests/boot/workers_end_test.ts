/** How several workers on one port end: by signals, in the time that is left for responses, and by dying. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  BIG_BYTES,
  countAnswers,
  countBytes,
  IGNORE,
  makeSite,
  MORTAL,
  request,
  startServer,
  workerOf,
} from "./workers.ts";

Deno.test({
  name: "--workers 2 lets the downloads of every worker finish after a first signal",
  ignore: IGNORE,
  async fn() {
    using folder = makeSite();
    const server = await startServer(folder.site);
    const conns = await Promise.all(
      Array.from({ length: 16 }, () => request(server.port, "/big.bin")),
    );
    for (const conn of conns) await conn.read(new Uint8Array(1)); // The responses are under way.
    server.kill("SIGTERM");
    assertMatch(await server.stderr.next() ?? "", /^Finishing responses/);
    for (const conn of conns) assert(await countBytes(conn) > BIG_BYTES, "the whole content");
    const { code, lines, errors } = await server.end();
    assertEquals([code, errors, lines.length], [0, [], 16]);
    for (const line of lines) assertEquals(JSON.parse(line).complete, true, line);
    // Once in 32,768 runs the system gives all 16 to one worker, and this says nothing of the other.
  },
});

Deno.test({
  name: "--workers 2 ends at once on a second signal",
  ignore: IGNORE,
  async fn() {
    using folder = makeSite();
    const server = await startServer(folder.site);
    using conn = await request(server.port, "/big.bin");
    await conn.read(new Uint8Array(1));
    server.kill("SIGTERM");
    assertMatch(await server.stderr.next() ?? "", /^Finishing responses/);
    server.kill("SIGTERM");
    assertEquals((await server.end()).code, 143);
  },
});

Deno.test({
  name: "--workers 2 cuts downloads off when the grace period ends",
  ignore: IGNORE,
  async fn() {
    using folder = makeSite();
    const server = await startServer(folder.site, { flags: ["--workers", "2", "--grace", "0.2"] });
    const conns = await Promise.all(
      Array.from({ length: 8 }, () => request(server.port, "/big.bin")),
    );
    for (const conn of conns) await conn.read(new Uint8Array(1));
    server.kill("SIGTERM"); // And nobody reads on.
    const { code, lines } = await server.end();
    assertEquals([code, lines.length], [0, 8]);
    for (const line of lines) assertEquals(JSON.parse(line).complete, false, line);
    for (const conn of conns) conn.close();
  },
});

const DEATHS = [
  // order, reason in the error line, why
  ["throw", /: Error: Injected \| fault \| at .*mortal_worker\.ts/, "an error that nobody caught"],
  ["reject", /: Error: Injected fault \| at .*mortal_worker\.ts/, "a promise that nobody awaited"],
  ["close", /: It ended without a word$/, "an end of its own will"],
  ["exit", /: It ended without a word$/, "an exit, which ends a worker alone"],
] as const;

for (const [order, reason, why] of DEATHS) {
  Deno.test({
    name: `--workers 2 replaces a worker that dies by ${order}: ${why}`,
    ignore: IGNORE,
    async fn() {
      using folder = makeSite();
      const server = await startServer(folder.site, { script: MORTAL });
      const untilAnsweredBySecond = async () => {
        for (const startedMs = performance.now(); performance.now() < startedMs + 5000;) {
          try {
            assertEquals(await countAnswers(server.port, 1), 1); // By the first, if there is no second.
          } catch (error) {
            if (error instanceof Deno.errors.ConnectionReset) continue; // It was the dying one's.
            throw error;
          }
          if (workerOf(await server.stdout.next() ?? "") === 1) return;
        }
        throw new Error("There is no second worker");
      };
      await untilAnsweredBySecond();
      server.tell(order);
      const line = await server.stderr.next() ?? "";
      assertMatch(line, /^vitrine: worker 2 died, another one starts in 0\.1 s: /);
      assertMatch(line, reason);
      await untilAnsweredBySecond();
      server.kill("SIGTERM");
      const { code, errors } = await server.end();
      assertEquals([code, errors], [0, []], "one line is all that a death is worth");
    },
  });
}
