/**
 * Half a minute of the model fuzzer, with a new seed each time; `deno task fuzz --minutes N` goes on for longer. What is
 * sent is in `grammar.ts` and `flaws.ts`, what has to come in `model.ts`.
 */

import { assert, assertEquals } from "@std/assert";
import { fuzz } from "./run.ts";

const DURATION_MS = 30_000;
/** Of any machine, however busy: that the time was used. */
const LEAST_ANSWERS = 5_000;

Deno.test("the server answers made-up requests as the model does, for 30 s", async () => {
  const seed = Date.now() % 2 ** 31;
  const { failures, answers, flaws } = await fuzz({ seed, lanes: 16, durationMs: DURATION_MS });
  assertEquals(failures.join("\n\n"), "", `Began with seed ${seed}`);
  assert(answers >= LEAST_ANSWERS, `Only ${answers} requests; began with seed ${seed}`);
  const unmet = [...flaws].filter(([, count]) => count === 0).map(([name]) => name);
  assertEquals(unmet, [], `No connection had these; began with seed ${seed}`);
});

Deno.test("deno task fuzz: bad arguments are one line and exit code 2", async () => {
  for (
    const args of [[], ["--minutes", "0"], ["--minutes", "1", "--seed", "x"], ["--minutes"], ["-x"]]
  ) {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", import.meta.resolve("./main.ts"), ...args],
      stderr: "piped",
    }).output();
    const text = new TextDecoder().decode(stderr);
    assertEquals([code, text.trimEnd().split("\n").length], [2, 1], `${args}: ${text}`);
  }
});
