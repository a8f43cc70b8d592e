import { assertEquals } from "@std/assert";
import { isHashedName } from "../../lib/site/hashed.ts";

const CASES = [
  // name, whether it holds a hash, why
  ["app.3f9a1c.js", true, "six hexadecimal digits: webpack, Parcel"],
  ["main.8f2b6a1e0c.chunk.css", true, "in the middle"],
  ["logo.8f2b6a1e.svg", true, "an image with a digest"],
  ["index-BkZ3fLq0.js", true, "eight of base 64: Vite"],
  ["index-Bk-Z3fL0.js", true, "with a dash in it"],
  ["chunk-5CFQRCPP.js", true, "eight of base 32: esbuild"],
  ["app.js", false, "no second part"],
  ["3f9a1c.js", false, "a hash alone may be anything"],
  ["jquery-3.7.1.js", false, "a version"],
  ["vendor.min.js", false, "a word"],
  ["style.facade.css", false, "a word of hexadecimal letters"],
  ["photo-20240131.jpg", false, "a date"],
  ["a-1080p.mp4", false, "a number with its unit"],
  ["README-v2Final3.txt", false, "words of a person, no code"],
  ["logo-iPhone15.png", false, "the same"],
  ["app-iPhone15.js", false, "a mix of a word and a number in code"],
  ["app-production.js", false, "letters alone"],
  ["page.3f9a1c.html", false, "a page keeps its address"],
  ["", false, "nothing"],
  ["app.3f9a1c", false, "the hash is the extension"],
] as const;

for (const [name, expected, why] of CASES) {
  Deno.test(`isHashedName() of ${JSON.stringify(name)} is ${expected}: ${why}`, () => {
    assertEquals(isHashedName(name), expected);
  });
}
