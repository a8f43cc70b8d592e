import { assertEquals } from "@std/assert";
import { ignores } from "../../lib/live/ignore.ts";

const PATTERNS: readonly (readonly [pattern: string, ignored: string[], not: string[]])[] = [
  ["*.log", ["a.log", "a/b.log", ".log", "a.log/b"], ["a.logs", "log", "a.log.txt", ""]],
  ["access.log", ["access.log", "sub/access.log"], ["accessXlog", "my-access.log"]],
  ["node_modules", ["node_modules", "a/node_modules/b/c.js"], ["node_modules2"]],
  ["logs/", ["logs", "logs/a", "x/logs/a"], ["logs2/a"]],
  ["/logs", ["logs", "logs/a/b"], ["x/logs"]],
  ["data/*.json", ["data/a.json"], ["data/x/a.json", "x/data/a.json", "data/a.js"]],
  ["data/**/*.json", ["data/a.json", "data/x/y/a.json"], ["a.json"]],
  ["**/tmp/*", ["tmp/a", "x/tmp/a/b"], ["tmp", "xtmp/a"]],
  ["data/**", ["data/a", "data/a/b"], ["database/a"]],
  ["a?.txt", ["ab.txt", "aé.txt"], ["a.txt", "a/.txt", "abc.txt"]],
  ["[a](b)+$^|{1}\\.txt", ["[a](b)+$^|{1}\\.txt"], ["a", "b"]],
  ["*", ["a", "a/b"], [""]],
];

for (const [pattern, ignored, not] of PATTERNS) {
  Deno.test(`ignores() takes ${pattern} as .gitignore does`, () => {
    const isIgnored = ignores(["no-such-name", pattern]);
    assertEquals(ignored.filter((path) => !isIgnored(path)), []);
    assertEquals(not.filter(isIgnored), []);
  });
}

Deno.test("ignores() nothing without patterns", () => {
  assertEquals(ignores([])("a.log"), false);
});

Deno.test("ignores() takes time that grows with path and pattern, whatever stars it has", () => {
  const isIgnored = ignores(["**/".repeat(20) + "*a".repeat(20) + "b"]);
  const startedMs = performance.now();
  assertEquals(isIgnored("a/".repeat(500) + "a".repeat(2_000)), false);
  assertEquals(performance.now() - startedMs < 500, true);
});
