import { assert, assertEquals } from "@std/assert";
import { parseTarget } from "../../lib/http/target.ts";
import type { FieldLine } from "../../lib/site/fields.ts";
import {
  codingOfPath,
  fieldsOfPath,
  locksOfHeaders,
  parseHeadersFile,
} from "../../lib/site/headers_file.ts";
import { parsePattern, type PathPattern } from "../../lib/site/path_pattern.ts";
import { warningTexts } from "../../lib/site/rule_lines.ts";

function fields(text: string, target: string, base: readonly FieldLine[] = []) {
  const path = parseTarget(target, "GET");
  assert(path !== null);
  const { rules, warnings } = parseHeadersFile(text);
  assertEquals(warnings, []);
  const { lines, removed } = fieldsOfPath(rules, path, base);
  return [lines.map(([name, value]) => `${name}: ${value}`), [...removed]];
}

const FILE = `# As in the documentation of both vendors
/*
  X-Frame-Options: DENY
\tX-A: 1
/assets/*
  Cache-Control: max-age=31536000, immutable
  X-A: 2
/assets/new/*
  ! X-Frame-Options
  ! Cache-Control
  Cache-Control: no-store
/movies/:title
  X-Title: :title (:year)
/cookies
  Set-Cookie: a=1
  Set-Cookie: b=2
/multi
  Vary: A
  vary: B
`;

const CASES: readonly (readonly [string, string[], string[], string])[] = [
  ["/", ["X-Frame-Options: DENY", "X-A: 1"], [], "one rule"],
  [
    "/assets/a.js",
    ["X-Frame-Options: DENY", "X-A: 1, 2", "Cache-Control: max-age=31536000, immutable"],
    [],
    "two rules: what both set is joined",
  ],
  [
    "/assets/new/a.js",
    ["X-A: 1, 2", "Cache-Control: no-store"],
    ["x-frame-options", "cache-control"],
    "what stands above is taken back",
  ],
  ["/movies/up", ["X-Frame-Options: DENY", "X-A: 1", "X-Title: up (:year)"], [], "a placeholder"],
  [
    "/movies/a%0D%0AX-B:%20c",
    ["X-Frame-Options: DENY", "X-A: 1", "X-Title: a%0D%0AX-B:%20c (:year)"],
    [],
    "no header splitting: what the peer chose stays escaped",
  ],
  ["/movies/%C3%BC", ["X-Frame-Options: DENY", "X-A: 1", "X-Title: %C3%BC (:year)"], [], "ASCII"],
  [
    "/cookies",
    ["X-Frame-Options: DENY", "X-A: 1", "Set-Cookie: a=1", "Set-Cookie: b=2"],
    [],
    "RFC 6265 §3: cookies are never joined",
  ],
  ["/multi", ["X-Frame-Options: DENY", "X-A: 1", "Vary: A, B"], [], "one name in any case"],
];

for (const [target, lines, removed, why] of CASES) {
  Deno.test(`fieldsOfPath() of ${target}: ${why}`, () =>
    assertEquals(fields(FILE, target), [lines, removed]));
}

Deno.test("fieldsOfPath() lets a rule replace what flags ask for, and not join it", () => {
  const base = [["Cache-Control", "max-age=60"], ["X-B", "1"]] as const;
  assertEquals(fields("/*\n  cache-control: a\n  Cache-Control: b\n", "/", base), [
    ["X-B: 1", "cache-control: a, b"],
    [],
  ]);
});

Deno.test("parseHeadersFile() takes a line that can only be meant for a path for one, and locks all", () => {
  for (const slip of ["admin/*", "./admin/*", "*/admin/*", "\\admin\\*", "  admin/*", "admin"]) {
    const text = `/pub/*\n  X-P: 1\n\n${slip}\n  X-A: 1\n  Basic-Auth: a:b\n`;
    for (const read of [text, locksOfHeaders(text)]) {
      const { rules, locks, warnings } = parseHeadersFile(read);
      assertEquals(
        rules.flatMap(({ lines }) => lines.map(([name]) => name)).includes("X-A"),
        false,
      );
      const everywhere = parsePattern("/*");
      assertEquals(locks.map(({ pattern }) => pattern), [everywhere as PathPattern], slip);
      assertEquals(warnings.map(({ line }) => line), [4, 6], slip);
    }
  }
  const { locks, warnings } = parseHeadersFile("/pub/*\n  X-Frame DENY\n  Basic-Auth: a:b\n");
  assertEquals(locks.map(({ pattern }) => pattern), [parsePattern("/pub/*") as PathPattern]);
  assertEquals(warnings.map(({ line }) => line), [2], "a field without its colon");
});

Deno.test("parseHeadersFile() warns of each bad line by its number, and uses the rest", () => {
  const { rules, warnings } = parseHeadersFile(
    "X-Early: 1\r\n/ok\r\n  X-A: 1\r\n  nonsense\r\n  Content-Length: 5\r\n  Transfer-Encoding: chunked\r\n" +
      "  !\r\n  X-B: 2\r\n/*/*\r\n  X-C: 3\r\nhttps://:p.pages.dev/*\r\n  X-Robots-Tag: noindex\r\n/last\r\n  X-D: 4",
  );
  assertEquals(warnings, [
    { line: 1, problem: "stands before the first path" },
    { line: 4, problem: "has no colon between a name and a value" },
    { line: 5, problem: "sets Content-Length, which is the server's own to set" },
    { line: 6, problem: "sets Transfer-Encoding, which is the server's own to set" },
    { line: 7, problem: "has no field name behind its !" },
    { line: 9, problem: "has more than one * in its path" },
    { line: 11, problem: "names a host, and this server does not tell hosts apart" },
  ]);
  assertEquals(rules.map(({ lines }) => lines), [[["X-A", "1"], ["X-B", "2"]], [["X-D", "4"]]]);
});

const REMOVALS = [
  // file, name that a flag sets, line with a warning or 0, its problem, why
  ["/*\n  ! Cache-Control", "", 0, "", "ours, and only advice"],
  ["/*\n  ! X-Content-Type-Options", "", 0, "", "the other one"],
  ["/*\n  X-A: 1\n/a/*\n  ! x-a", "", 0, "", "set above"],
  ["/:x\n  X-A: 1\n/a\n  ! X-A", "", 0, "", "set above, by a placeholder"],
  ["/a/*\n  ! X-A", "x-a", 0, "", "set by a flag"],
  ["/*\n  ! Content-Type", "", 2, "removes Content-Type, which the server sends all the same", ""],
  ["/*\n  ! ETag", "", 2, "removes ETag, which the server sends all the same", "a validator"],
  ["/*\n  ! vary", "", 2, "removes vary, which the server sends all the same", "for caches"],
  ["/*\n  ! Date", "", 2, "removes Date, which the server sends all the same", "the clock"],
  ["/*\n  ! X-A", "x-b", 2, "removes X-A, which nothing above sets for this path", "by nothing"],
  [
    "/a\n  ! X-A\n/*\n  X-A: 1",
    "",
    2,
    "removes X-A, which nothing above sets for this path",
    "later",
  ],
  ["/a\n  X-A: 1\n  ! X-A", "", 3, "removes X-A, which nothing above sets for this path", "itself"],
  [
    "/b/*\n  X-A: 1\n/a/*\n  ! X-A",
    "",
    4,
    "removes X-A, which nothing above sets for this path",
    "for another path",
  ],
] as const;

for (const [text, flag, line, problem, why] of REMOVALS) {
  Deno.test(`parseHeadersFile() of ${JSON.stringify(text)}: a removal, ${why}`, () => {
    const { warnings } = parseHeadersFile(text, new Set([flag]));
    assertEquals(warnings, line === 0 ? [] : [{ line, problem }]);
  });
}

Deno.test("codingOfPath() gives the coding of the last rule that names one, which is no line", () => {
  const { rules, warnings } = parseHeadersFile(
    "/b/*\n  Content-Encoding: br\n  X-A: 1\n/b/c/*\n  content-encoding:GZIP\n/b/c/d\n  ! Content-Encoding\n" +
      "/e\n  Content-Encoding: deflate\n/f\n  Content-Encoding: gzip, br\n",
  );
  assertEquals(warnings, [
    { line: 9, problem: 'names the coding "deflate", and not br, gzip or zstd' },
    { line: 11, problem: 'names the coding "gzip, br", and not br, gzip or zstd' },
  ]);
  const rows = [["b/x", "br"], ["b/c/x", "gzip"], ["b/c/d", null], ["e", null], [
    "f",
    null,
  ]] as const;
  for (const [key, coding] of rows) {
    const path = { segments: key.split("/"), folder: false, key, query: "" };
    assertEquals(codingOfPath(rules, path), coding, key);
    assertEquals(
      fieldsOfPath(rules, path, []).lines,
      key.startsWith("b") ? [["X-A", "1"]] : [],
    );
  }
});

Deno.test("parseHeadersFile() takes an empty file and one that is no text", () => {
  assertEquals(parseHeadersFile(""), { rules: [], locks: [], warnings: [] });
  const { rules, warnings } = parseHeadersFile("\0\x01\xff".repeat(1_000));
  assertEquals([rules.length, warnings.length], [0, 1]);
});

Deno.test("warningTexts() tells ten and counts the others", () => {
  const warnings = Array.from({ length: 12 }, (_, i) => ({ line: i + 1, problem: "is odd" }));
  const texts = warningTexts("_headers", warnings);
  assertEquals(texts.length, 11);
  assertEquals(texts[0], "_headers, line 1: ignored, as it is odd");
  assertEquals(texts[10], "_headers: 2 more lines are ignored");
});

Deno.test("locksOfHeaders() keeps what locks, with its path and at its line, and nothing else", () => {
  const text =
    "/a/*\n  X-A: 1\n  basic-auth: u:p\n/b\n  X-B: 2\n# Basic-Auth: no\nhttps://x.example/c\n" +
    "  Password: x\n";
  const kept = locksOfHeaders(text);
  assertEquals(kept.split("\n"), [
    ...["/a/*", "", "  basic-auth: u:p", "", "", "", "https://x.example/c", "  Password: x", ""],
  ]);
  assertEquals(parseHeadersFile(kept).locks, parseHeadersFile(text).locks);
  const startedMs = performance.now();
  assertEquals(locksOfHeaders("/a\n  X: y\n".repeat(50_000)).trim(), "");
  assertEquals(performance.now() - startedMs < 300, true, "30 ms, measured");
});

Deno.test("locksOfHeaders() keeps a lock by any of its names, however long the file is", () => {
  const names = [
    "Basic-Auth",
    "basic_auth",
    "Basic Authentication",
    "BASIC-AUTHORIZATION",
    "Authorization",
    "Proxy-Authorization",
    "Authenticate",
    "Authentication",
    "Auth",
    "User",
    "users",
    "Role",
    "ROLES",
    "Password",
    "passwords",
  ];
  const filler = "/a\n  X-A: b\n".repeat(6_000);
  for (const name of names) {
    const kept = locksOfHeaders(`${filler}/p/*\n  ${name}: u:p\n`);
    assertEquals(kept.trim(), `/p/*\n  ${name}: u:p`, name);
  }
  assertEquals(locksOfHeaders(filler), "", "nothing is locked");
});
