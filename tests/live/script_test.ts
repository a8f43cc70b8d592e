import { assertEquals } from "@std/assert";
import { reactionTo, stylePaths } from "../../lib/live/script.ts";

const REACTIONS: readonly (readonly [paths: string[], reaction: string | null, why: string])[] = [
  [["index.html"], "reload", "a page"],
  [["a/b/logo.webp"], "reload", "what a page may show"],
  [["style.css"], "css", "a style sheet alone is swapped"],
  [["a.css", "b/C.CSS"], "css", "several of them, in any case"],
  [["a.css", "a.js"], "reload", "a script as well"],
  [[""], "reload", "the root itself"],
  [["folder"], "reload", "a folder that came or went"],
  [[], null, "nothing"],
  [["a.html~", ".a.html.swp", "4913", "a.swx"], null, "Vim"],
  [["#a.html#", ".#a.html", "a.html~"], null, "Emacs"],
  [["a.html___jb_tmp___", "a.html___jb_old___"], null, "JetBrains"],
  [["a.css.tmp.1234.5678", "a.html.tmp"], null, "who writes beside and renames"],
  [["film.mp4.part", "film.mp4.crdownload"], null, "a download under way"],
  [["a.html.tmp", "a.html"], "reload", "and then the real name"],
  [["4913/index.html"], "reload", "noise is in the last name only"],
  [[".git/index", ".env"], null, "private names"],
  [["a/.hidden/b.html"], null, "below a private folder"],
  [[".well-known/security.txt"], "reload", "the one that is served"],
];

for (const [paths, reaction, why] of REACTIONS) {
  Deno.test(`reactionTo() gives ${reaction} for ${JSON.stringify(paths)}: ${why}`, () => {
    assertEquals(reactionTo(paths, false), reaction);
  });
}

Deno.test("reactionTo() minds private names where they are served", () => {
  assertEquals(reactionTo([".env"], true), "reload");
  assertEquals(reactionTo([".a.html.swp"], true), null, "noise is noise");
});

Deno.test("stylePaths() gives paths as addresses, and no comma that is not between them", () => {
  const paths = ["a.css", "b/ä, c.CSS", "a.css~", ".git/x.css", "a.txt"];
  assertEquals(stylePaths(paths, false), ["/a.css", "/b/%C3%A4%2C%20c.CSS"]);
});
