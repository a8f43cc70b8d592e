/** Step (v): what is refused, with which page, and what the peer is told of it. */

import { assert, assertEquals } from "@std/assert";
import { parseRequest } from "../lib/3_parse.ts";
import { composeError, composeResponse } from "../lib/5_compose.ts";
import { overloadError, RequestError } from "../lib/errors.ts";
import { errorPage } from "../lib/http/error_page.ts";
import {
  ABSENT,
  answer,
  type Ask,
  CLOCK,
  contentOf,
  DATE,
  EMPTY,
  expectHead,
  FACTS,
  FILE,
  FORBIDDEN,
  HTML,
  linesOf,
  NOSNIFF,
  RANGE,
  UNAVAILABLE,
} from "./composing.ts";
import { headOf, requestErrorOf } from "./http/testing.ts";

const BEFORE = "If-Unmodified-Since: Sun, 09 Sep 2001 01:46:39 GMT";
const PAST_END = "Range: bytes=1000-";

const FAILURES: readonly (readonly [number, Ask, rule: string, string | null, why: string])[] = [
  // status, ask, rule, further field line, why
  [404, { located: ABSENT }, "RFC 9110 §15.5.5", null, "absent"],
  [403, { located: FORBIDDEN }, "RFC 9110 §15.5.4", null, "the system does not let us read it"],
  [503, { located: UNAVAILABLE }, "RFC 9110 §15.6.4", "Retry-After: 1", "no descriptor left"],
  [412, { fields: ['If-Match: "x"'] }, "RFC 9110 §13.1.1", null, "another state of the file"],
  [412, { fields: [BEFORE] }, "RFC 9110 §13.1.4", null, "changed since"],
  [416, { fields: [PAST_END] }, "RFC 9110 §15.5.17", "Content-Range: bytes */1000", "past the end"],
  [
    416,
    { fields: [RANGE], located: EMPTY },
    "RFC 9110 §15.5.17",
    "Content-Range: bytes */0",
    "none",
  ],
];
const STATUS_LINES: Readonly<Record<number, string>> = {
  403: "403 Forbidden",
  404: "404 Not Found",
  412: "412 Precondition Failed",
  416: "416 Range Not Satisfiable",
  503: "503 Service Unavailable",
};

for (const [statusCode, ask, rule, furtherLine, why] of FAILURES) {
  const status = STATUS_LINES[statusCode];
  const furtherLines = furtherLine === null ? [] : [furtherLine];

  Deno.test(`composeResponse() throws ${status}: ${why}`, () => {
    const { fields = [], located = FILE } = ask;
    const head = ["GET / HTTP/1.1", "Host: a", ...fields, "", ""].join("\r\n");
    const request = parseRequest(headOf(head));
    const error = requestErrorOf(() => composeResponse(request, located, CLOCK));
    assertEquals([error.statusCode, error.rule], [statusCode, rule]);
  });

  Deno.test(`composeError() sends ${status} with the built-in page: ${why}`, () => {
    const response = answer(ask);
    const page = errorPage(statusCode);
    const lines = [HTML, `Content-Length: ${page.length}`, NOSNIFF, ...furtherLines];
    expectHead(response, status, lines);
    assertEquals(response.content, [{ kind: "bytes", bytes: page }]);
    assertEquals([response.contentLength, response.persistent], [page.length, true]);
  });

  Deno.test(`composeError() sends ${status} with the site's own page: ${why}`, () => {
    const page = {
      ...FACTS,
      name: `${statusCode}.html`,
      mediaType: HTML.slice("Content-Type: ".length),
      size: 700,
    };
    const response = answer({ ...ask, page });
    expectHead(response, status, [HTML, "Content-Length: 700", NOSNIFF, ...furtherLines]);
    assertEquals(response.content, [{ kind: "file", firstPos: 0, lastPos: 699 }]);
  });
}

Deno.test("composeError() sends an empty page of the site as it is", () => {
  const page = {
    ...FACTS,
    name: "404.html",
    mediaType: HTML.slice("Content-Type: ".length),
    size: 0,
  };
  const response = answer({ located: ABSENT, page });
  expectHead(response, "404 Not Found", [HTML, "Content-Length: 0", NOSNIFF]);
  assertEquals(response.content, []);
});

Deno.test("composeError() puts the field lines of the error behind its own", () => {
  const error = parseRequest(headOf("POST / HTTP/1.1\r\nHost: a\r\n\r\n")).refusal;
  assert(error !== null);
  const response = composeError(error, { page: null, method: "POST" }, CLOCK);
  const length = `Content-Length: ${errorPage(405).length}`;
  const lines = [HTML, length, NOSNIFF, "Allow: GET, HEAD, OPTIONS"];
  expectHead(response, "405 Method Not Allowed", lines);
});

Deno.test("composeError() tells the peer no detail of the error", () => {
  const error = new RequestError(400, "RFC 9112 §3", { detail: "Cannot parse <hunter2>" });
  const response = composeError(error, { page: null, method: null }, CLOCK);
  assert(!(linesOf(response).join() + contentOf(response)).includes("hunter2"));
});

Deno.test("overloadError() is a 503 that says when to come again: RFC 9110 §10.2.3", () => {
  const context = { ...CLOCK, persistent: false };
  const response = composeError(overloadError(), { page: null, method: null }, context);
  assertEquals(linesOf(response), [
    "HTTP/1.1 503 Service Unavailable",
    DATE,
    HTML,
    `Content-Length: ${errorPage(503).length}`,
    NOSNIFF,
    "Retry-After: 1",
    "Connection: close",
  ]);
});
