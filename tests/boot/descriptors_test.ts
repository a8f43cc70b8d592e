/** What is said at the start about too few descriptors, and that it is so. */

import { assertEquals, assertMatch } from "@std/assert";
import { limitText } from "../../lib/boot/descriptors.ts";

const TEXTS = [
  // whether the limit was found, connections it allows, connections wanted, threads, text, why
  [false, 500, 10_000, 1, null, "nothing is known of a limit"],
  [true, 91, 10_000, 1, /for 91 connections at once, not 10000; .* ulimit -n 20100 /, "too few"],
  [true, 40, 100, 2, /for 80 connections at once, not 100; .* ulimit -n 300 /, "of both threads"],
  [true, 91, 91, 1, null, "just enough"],
] as const;

for (const [isLimit, connections, wanted, threads, expected, why] of TEXTS) {
  Deno.test(`limitText() of ${connections} for ${wanted}: ${why}`, () => {
    const text = limitText({ isLimit, connections }, wanted, threads);
    if (expected === null) assertEquals(text, null);
    else assertMatch(text ?? "", expected);
  });
}
