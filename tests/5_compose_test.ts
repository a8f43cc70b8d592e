/** Step (v): the responses for what is there, whole and in parts, and what each head ends with. */

import { assert, assertEquals } from "@std/assert";
import { parseRequest } from "../lib/3_parse.ts";
import { composeResponse, type ResponseContext } from "../lib/5_compose.ts";
import { redirectPage } from "../lib/http/error_page.ts";
import type { Located } from "../lib/http/message.ts";
import { multipartBoundary } from "../lib/http/range.ts";
import { entityTagOf } from "../lib/http/validators.ts";
import {
  ABSENT,
  answer,
  type Ask,
  CLOCK,
  CONTENT,
  contentOf,
  EMPTY,
  expectHead,
  FACTS,
  FORBIDDEN,
  HTML,
  linesOf,
  NOSNIFF,
  RANGE,
  TAG,
  TEXT,
  UNAVAILABLE,
  VALIDATORS,
} from "./composing.ts";
import { headOf } from "./http/testing.ts";

const NOTHING: Located<null> = { kind: "nothing" };

/** What a request for the file comes to. */
interface Expected {
  readonly status: string;
  readonly lines: readonly string[];
  readonly content: string;
}

const WHOLE: Expected = {
  status: "200 OK",
  lines: [TEXT, "Content-Length: 1000", ...VALIDATORS],
  content: CONTENT,
};
const NOT_MODIFIED: Expected = {
  status: "304 Not Modified",
  lines: [`ETag: ${TAG}`, "Cache-Control: no-cache"],
  content: "",
};

function partOf(range: string, content: string): Expected {
  const length = `Content-Length: ${content.length}`;
  const lines = [TEXT, length, `Content-Range: bytes ${range}/1000`, ...VALIDATORS];
  return { status: "206 Partial Content", lines, content };
}

const FILES: readonly (readonly [fields: readonly string[], expected: Expected, why: string])[] = [
  [[], WHOLE, "9110 §15.3.1 the whole file"],
  [["Range: bytes=10-19"], partOf("10-19", "0123456789"), "§15.3.7.1 one range"],
  [["Range: bytes=-5"], partOf("995-999", "56789"), "§14.1.2 a suffix"],
  [["Range: bytes=998-"], partOf("998-999", "89"), "§14.1.2 an open range"],
  [["Range: bytes=0-"], partOf("0-999", CONTENT), "§14.1.2 all of it, as a range"],
  [["Range: bytes=0-0,1-1"], partOf("0-1", "01"), "§15.3.7.2 two that touch are one"],
  [["Range: lines=1-2"], WHOLE, "§14.2 an unknown unit is ignored"],
  [["Range: bytes=2-1"], WHOLE, "§14.2 an invalid range is ignored"],
  [[RANGE, `If-Range: ${TAG}`], partOf("0-0", "0"), "§13.1.5 the same state of the file"],
  [[RANGE, 'If-Range: "x"'], WHOLE, "§13.1.5 another state of the file"],
  [[`If-None-Match: ${TAG}`], NOT_MODIFIED, "§13.1.2 the peer has it"],
  [[`If-None-Match: "x", W/${TAG}`], NOT_MODIFIED, "§13.1.2 weak comparison, in a list"],
  [["If-None-Match: *"], NOT_MODIFIED, "§13.1.2 there is one"],
  [['If-None-Match: "x"'], WHOLE, "§13.1.2 the peer has another"],
  [["If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT"], NOT_MODIFIED, "§13.1.3"],
  [["If-Modified-Since: Sun, 09 Sep 2001 01:46:39 GMT"], WHOLE, "§13.1.3 a second before"],
  [[`If-None-Match: ${TAG}`, RANGE], NOT_MODIFIED, "§13.2.2 conditions come before ranges"],
  [[`If-Match: ${TAG}`], WHOLE, "§13.1.1 the state that the peer means"],
];

for (const [fields, { status, lines, content }, why] of FILES) {
  Deno.test(`composeResponse() answers ${JSON.stringify(fields)} with ${status}: ${why}`, () => {
    const response = answer({ fields });
    expectHead(response, status, lines);
    assertEquals(contentOf(response), content);
    assertEquals([response.contentLength, response.persistent], [content.length, true]);
    assertEquals(response.statusCode, Number(status.slice(0, 3)));
  });
}

Deno.test("composeResponse() sends an empty file with its length and no content", () => {
  const tag = entityTagOf({ ...FACTS, size: 0 });
  const response = answer({ located: EMPTY });
  expectHead(response, "200 OK", [
    TEXT,
    "Content-Length: 0",
    `ETag: ${tag}`,
    ...VALIDATORS.slice(1),
  ]);
  assertEquals(response.content, []);
});

Deno.test("composeResponse() never says a Last-Modified after Date: RFC 9110 §8.8.2.1", () => {
  const facts = { ...FACTS, mtimeMs: CLOCK.nowMs + 86_400_000 };
  const lines = linesOf(answer({ located: { kind: "file", facts, file: null } }));
  assert(lines.includes("Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT"));
});

Deno.test("composeResponse() frames several ranges as parts, with their exact length", () => {
  const parts = [[0, 4, "01234"], [500, 509, "0123456789"], [997, 999, "789"]] as const;
  const ranges = parts.map(([firstPos, lastPos]) => ({ firstPos, lastPos }));
  const boundary = multipartBoundary(TAG, ranges, CLOCK.secret);
  const lines = parts.flatMap(([firstPos, lastPos, bytes]) => [
    `--${boundary}`,
    TEXT,
    `Content-Range: bytes ${firstPos}-${lastPos}/1000`,
    "",
    bytes,
  ]);
  const content = ["", ...lines, `--${boundary}--`, ""].join("\r\n");
  const response = answer({ fields: ["Range: bytes=0-4,500-509,-3"] });
  expectHead(response, "206 Partial Content", [
    `Content-Type: multipart/byteranges; boundary=${boundary}`,
    `Content-Length: ${content.length}`,
    ...VALIDATORS,
  ]);
  assertEquals(contentOf(response), content);
  assertEquals(response.contentLength, content.length);
});

Deno.test("composeResponse() takes 256 ranges and ignores a field of more", () => {
  const fieldOf = (count: number) =>
    "Range: bytes=" + Array.from({ length: count }, (_, i) => `${i * 3}-${i * 3}`).join();
  assertEquals(answer({ fields: [fieldOf(256)] }).statusCode, 206);
  assertEquals(answer({ fields: [fieldOf(257)] }).statusCode, 200);
});

const FOLDERS = [
  // target, Location, why
  ["/docs", "./docs/", "9110 §15.4.2 the slash"],
  ["/docs?q=1&r=%20", "./docs/?q=1&r=%20", "the query is kept as it is"],
  ["/a%20b/%C3%A9", "./%C3%A9/", "names are encoded again"],
  ["//evil.example", "../evil.example/", "never to another host"],
  ["/a%0d%0aX:%20y", "./a%0D%0AX:%20y/", "never a second line"],
  ["http://other/docs", "./docs/", "the absolute form, whose host is not repeated"],
  ["/%3Cscript%3E", "./%3Cscript%3E/", "nothing to run"],
] as const;

for (const [target, location, why] of FOLDERS) {
  Deno.test(`composeResponse() redirects ${target} to ${location}: ${why}`, () => {
    const response = answer({ target, located: { kind: "folder" } });
    const page = redirectPage(location);
    expectHead(response, "301 Moved Permanently", [
      `Location: ${location}`,
      HTML,
      `Content-Length: ${page.length}`,
      "Cache-Control: no-cache",
      NOSNIFF,
    ]);
    assertEquals(response.content, [{ kind: "bytes", bytes: page }]);
  });
}

Deno.test("composeResponse() redirects a folder that a request without path asks for to the root", () => {
  // No request leads there, as the asterisk form is answered before: a default, not a rule.
  const request = parseRequest(headOf("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"));
  const response = composeResponse(request, { kind: "folder" }, CLOCK);
  assert(linesOf(response).includes("Location: ./"));
});

const HEADS: readonly (readonly [Ask, string])[] = [
  [{}, "a file"],
  [{ located: EMPTY }, "an empty file"],
  [{ fields: [`If-None-Match: ${TAG}`] }, "304"],
  [{ target: "/docs?q", located: { kind: "folder" } }, "a redirect"],
  [{ located: ABSENT, page: FACTS }, "a 404 with the site's page"],
  [{ located: ABSENT }, "a 404"],
  [{ located: FORBIDDEN }, "a 403"],
  [{ located: UNAVAILABLE }, "a 503"],
  [{ fields: ['If-Match: "x"'] }, "a 412"],
];

for (const [ask, why] of HEADS) {
  Deno.test(`composeResponse() answers HEAD as GET, without content: ${why}`, () => {
    const get = answer(ask);
    const head = answer({ ...ask, method: "HEAD" });
    assertEquals(linesOf(head), linesOf(get));
    assertEquals([head.statusCode, head.content.length, head.contentLength], [
      get.statusCode,
      0,
      0,
    ]);
  });
}

Deno.test("composeResponse() ignores Range in HEAD: RFC 9110 §14.2", () => {
  for (const range of ["bytes=0-4", "bytes=0-0,9-9", "bytes=5000-"]) {
    const response = answer({ method: "HEAD", fields: [`Range: ${range}`] });
    assertEquals(linesOf(response), linesOf(answer({})));
  }
});

Deno.test("composeResponse() sends 204 with Allow, and no length: RFC 9110 §8.6, §9.3.7", () => {
  const response = answer({ method: "OPTIONS", target: "*", located: NOTHING });
  expectHead(response, "204 No Content", ["Allow: GET, HEAD, OPTIONS"]);
  assertEquals([response.content, response.contentLength], [[], 0]);
});

const CONNECTIONS = [
  // persistent, timeout in ms, requests left, lines, why
  [true, 10_000, 99, ["Connection: keep-alive", "Keep-Alive: timeout=10, max=99"], "as in the lab"],
  [true, 10_000, 1, ["Connection: keep-alive", "Keep-Alive: timeout=10, max=1"], "one more"],
  [
    true,
    5_900,
    Infinity,
    ["Connection: keep-alive", "Keep-Alive: timeout=5"],
    "no limit; never late",
  ],
  [false, 10_000, 99, ["Connection: close"], "9112 §9.6 said before it is done"],
  [false, 10_000, 0, ["Connection: close"], "9112 §9.6 the last one"],
] as const;

for (const [persistent, keepAliveTimeoutMs, requestsLeft, lines, why] of CONNECTIONS) {
  Deno.test(`composeResponse() ends every head with ${lines.join(", ")}: ${why}`, () => {
    const context = { ...CLOCK, persistent, keepAliveTimeoutMs, requestsLeft };
    const responses = [
      answer({ method: "OPTIONS", located: NOTHING, context }),
      ...HEADS.map(([ask]) => answer({ ...ask, context })),
    ];
    for (const response of responses) {
      assertEquals(linesOf(response).slice(-lines.length), [...lines]);
      assertEquals(response.persistent, persistent);
    }
  });
}

Deno.test("composeResponse() writes a head anew when anything in it has changed", () => {
  // Heads are kept beside the facts of a file: these are all of the same facts.
  const changes: readonly (readonly [Partial<ResponseContext>, string, string])[] = [
    [{}, "14 Nov 2023 22:13:20", "Keep-Alive: timeout=10, max=99"],
    [{ nowMs: CLOCK.nowMs + 1 }, "14 Nov 2023 22:13:21", "Keep-Alive: timeout=10, max=99"],
    [{ nowMs: CLOCK.nowMs + 1, requestsLeft: 98 }, "22:13:21", "Keep-Alive: timeout=10, max=98"],
    [{ nowMs: CLOCK.nowMs + 1, persistent: false }, "22:13:21", "Connection: close"],
    [{}, "14 Nov 2023 22:13:20", "Keep-Alive: timeout=10, max=99"],
  ];
  for (const [change, time, lastLine] of changes) {
    for (const method of ["GET", "HEAD"]) {
      const lines = linesOf(answer({ method, context: { ...CLOCK, ...change } }));
      assert(lines[1].endsWith(`${time} GMT`), lines[1]);
      assertEquals(lines.at(-1), lastLine);
    }
  }
});

Deno.test("composeResponse() lets a Last-Modified in the future keep up with Date", () => {
  const facts = { ...FACTS, mtimeMs: CLOCK.nowMs + 2_000 };
  const located: Located<null> = { kind: "file", facts, file: null };
  const saysAt = (nowMs: number) => {
    const lines = linesOf(answer({ located, context: { ...CLOCK, nowMs } }));
    return lines.find((line) => line.startsWith("Last-Modified"))?.slice(-12);
  };
  const times = [0, 1_000, 2_000, 9_000].map((ms) => saysAt(CLOCK.nowMs + ms));
  assertEquals(times, ["22:13:20 GMT", "22:13:21 GMT", "22:13:22 GMT", "22:13:22 GMT"]);
});

Deno.test("composeResponse() gives the same bytes for the same arguments", () => {
  for (const fields of [[], ["Range: bytes=0-4,9-9"]]) {
    assertEquals(answer({ fields }), answer({ fields }));
  }
});
