import { assert, assertEquals } from "@std/assert";
import { parseTarget } from "../../lib/http/target.ts";
import {
  fillIn,
  fixedPath,
  formsOf,
  matchForms,
  mayMeet,
  parsePattern,
} from "../../lib/site/path_pattern.ts";

function match(pattern: string, target: string): Record<string, string> | null {
  const parsed = parsePattern(pattern);
  if (typeof parsed === "string") throw new Error(parsed);
  const path = parseTarget(target, "GET");
  assert(path !== null);
  const captures = matchForms(parsed, formsOf(path));
  return captures === null ? null : Object.fromEntries(captures);
}

const MATCHES: readonly (readonly [string, string, Record<string, string> | null, string])[] = [
  // pattern, target, captures or null, why
  ["/a", "/a", {}, "the same"],
  ["/a", "/a/", {}, "a slash at the end makes no difference"],
  ["/a/", "/a", {}, "in either direction"],
  ["/a", "/A", null, "case does"],
  ["/a", "/a/b", null, "longer"],
  ["/a/b", "/a", null, "shorter"],
  ["/", "/", {}, "the root"],
  ["/", "/a", null, "the root alone"],
  ["/a%20b", "/a%20b", {}, "escaped in the rule"],
  ["/ü", "/%C3%BC", {}, "in plain letters"],
  ["/ü", "/u%CC%88", {}, "in the other form of Unicode"],
  ["/u\u0308/*", "/%C3%BC/a", { splat: "a" }, "in either direction"],
  ["/u%CC%88:x", "/u%CC%88u%CC%88", { x: "ü" }, "in a part of a name"],
  ["/*", "/u%CC%88", { splat: "u\u0308" }, "what stands for an asterisk stays as it is"],
  ["/*", "/", { splat: "" }, "nothing"],
  ["/*", "/a/b", { splat: "a/b" }, "several names"],
  ["/*", "/a/b/", { splat: "a/b/" }, "the slash goes along"],
  ["/a/*", "/a", { splat: "" }, "the folder itself"],
  ["/a/*", "/ab", null, "another name"],
  ["/a*", "/ab/c", { splat: "b/c" }, "within a name"],
  ["/*.jpg", "/a/b.jpg", { splat: "a/b" }, "an extension"],
  ["/*.jpg", "/a/b.png", null, "another extension"],
  ["/a/*/z", "/a/b/c/z", { splat: "b/c" }, "in the middle"],
  ["/a/*/z", "/a/z", { splat: "" }, "nothing in the middle"],
  ["/a/*/z", "/a", null, "too short"],
  ["/ab*ba", "/aba", null, "both ends do not share a letter"],
  ["/:a/:b", "/x/y", { a: "x", b: "y" }, "placeholders"],
  ["/:a/:b", "/x", null, "too few names"],
  ["/:a", "/", null, "a placeholder stands for something"],
  ["/img-:n.png", "/img-12.png", { n: "12" }, "a part of a name"],
  ["/img-:n.png", "/img-.png", null, "an empty part"],
  ["/:y/*", "/2004/a/b", { y: "2004", splat: "a/b" }, "both"],
  ["/:a", "/%2e%2fx".replace("%2e%2f", "y"), { a: "yx" }, "decoded"],
  ["/:a", "/a%20b", { a: "a b" }, "decoded once"],
  ["/a:80", "/a:80", {}, "a colon before a digit is plain text"],
];

for (const [pattern, target, expected, why] of MATCHES) {
  Deno.test(`matchForms() of ${pattern} and ${target}: ${why}`, () => {
    assertEquals(match(pattern, target), expected);
  });
}

const BAD = [
  ["/*/*", "has more than one * in its path"],
  ["/a?b", "has a query or a fragment in its path, which no path can match"],
  ["/a#b", "has a query or a fragment in its path, which no path can match"],
  ["/a/../b", "has a segment . or .. in its path, which is removed from every path"],
  ["/%2E/b", "has a segment . or .. in its path, which is removed from every path"],
  ["/:a:b", "has two placeholders in one name of its path"],
  ["/:a-*", "has a placeholder in the same name as its *"],
  ["/%", "has a % in its path that starts no byte of UTF-8"],
  ["/%ff", "has a % in its path that starts no byte of UTF-8"],
] as const;

for (const [pattern, problem] of BAD) {
  Deno.test(`parsePattern() refuses ${pattern}`, () =>
    assertEquals(parsePattern(pattern), problem));
}

Deno.test("fixedPath() knows the paths that can be looked up", () => {
  const CASES = [["/a/b/", "a/b"], ["/", ""], ["/:a", null], ["/*", null], [
    "/a%20b",
    "a b",
  ]] as const;
  for (const [pattern, expected] of CASES) {
    const parsed = parsePattern(pattern);
    assert(typeof parsed !== "string");
    assertEquals(fixedPath(parsed), expected);
  }
});

Deno.test("mayMeet() is true of patterns that a path matches both, and false of some that none does", () => {
  const PATTERNS = [
    "/*",
    "/a",
    "/a/*",
    "/a/b",
    "/a/:x",
    "/:x/b",
    "/:x",
    "/a*",
    "/a/*/c",
    "/b/*",
    "/",
  ];
  const PATHS = ["/", "/a", "/b", "/a/b", "/a/c", "/c/b", "/ab", "/a/b/c", "/a/c/", "/b/b/c"];
  for (const one of PATTERNS) {
    for (const other of PATTERNS) {
      const [first, second] = [one, other].map(parsePattern);
      assert(typeof first !== "string" && typeof second !== "string");
      const met = PATHS.filter((path) => match(one, path) !== null && match(other, path) !== null);
      const may = mayMeet(first, second);
      if (met.length > 0) assert(may, `${one} ${other}`);
      assertEquals(may, mayMeet(second, first), `${one} ${other}`);
    }
  }
  for (const [one, other] of [["/a/*", "/b/*"], ["/a", "/a/b"], ["/", "/:x"], ["/a/b", "/b/*"]]) {
    const [first, second] = [one, other].map(parsePattern);
    assert(typeof first !== "string" && typeof second !== "string");
    assert(!mayMeet(first, second), `${one} ${other}`);
  }
});

Deno.test("matchPath() takes time in proportion to the path, whatever the peer sends", () => {
  const started = performance.now();
  for (let i = 0; i < 4_000; i++) {
    assertEquals(match("/a*b/:c/:d.x", "/" + "a".repeat(250) + "/a".repeat(99)), null);
  }
  assert(performance.now() - started < 2_000);
});

Deno.test("fillIn() replaces what it knows and leaves the rest", () => {
  const captures = new Map([["a", "1"], ["ab", "2"], ["splat", ":a"]]);
  assertEquals(
    fillIn("/:a/:ab/:c/x:80/:splat", captures, (text) => `<${text}>`),
    "/<1>/<2>/:c/x:80/<:a>",
  );
});
