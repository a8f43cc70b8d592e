import { assertEquals } from "@std/assert";
import { isHidden } from "../../lib/site/hidden.ts";

const NAMES = [
  // name, depth, whether it is hidden, why
  [".git", 0, true, "a dotfile"],
  [".env", 3, true, "at any depth"],
  [".well-known", 0, false, "RFC 8615 §3"],
  [".well-known", 1, true, "twin: only right under the root"],
  ["a.b", 0, false, "a point in the middle"],
  ["..a", 0, true, "two points in front"],
] as const;

for (const [name, depth, expected, why] of NAMES) {
  Deno.test(`isHidden() takes ${name} at depth ${depth} for ${expected}: ${why}`, () => {
    assertEquals(isHidden(name, depth), expected);
  });
}
