/**
 * What wire tests say about responses: every line of a head, with a word in place of what differs from run to
 * run, and how a stream of bytes falls apart into responses.
 */

import { assertEquals } from "@std/assert";
import { errorPage } from "../../lib/http/error_page.ts";
import { reasonPhrase } from "../../lib/http/status.ts";
import { latin1, parseResponse, type RawResponse } from "./harness.ts";

/** The persistence lines of a server with default options, after its `n`th request: RFC 9112 §9.3. */
export function keepAliveLines(n: number): string[] {
  return ["Connection: keep-alive", `Keep-Alive: timeout=10, max=${100 - n}`];
}

export const CLOSE_LINES: readonly string[] = ["Connection: close"];

/** The lines of a head, status line first; a date that is well formed becomes `DATE`, an entity tag `TAG`. */
export function headLines(response: RawResponse): string[] {
  return response.head.slice(0, -4).split("\r\n").map((line) =>
    line.replace(
      /^(Date|Last-Modified): (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
      "$1: DATE",
    ).replace(/^ETag: "[^"]+"$/, "ETag: TAG")
  );
}

/** Checks a 200 of an HTML file: all of its head and its content. */
export function assertPage(
  response: RawResponse,
  content: string,
  connectionLines: readonly string[],
): void {
  assertEquals(headLines(response), [
    "HTTP/1.1 200 OK",
    "Date: DATE",
    "Content-Type: text/html; charset=utf-8",
    `Content-Length: ${content.length}`,
    "ETag: TAG",
    "Last-Modified: DATE",
    "Accept-Ranges: bytes",
    "Cache-Control: no-cache",
    "X-Content-Type-Options: nosniff",
    ...connectionLines,
  ]);
  assertEquals(response.content, content);
}

/** Checks an error response with the built-in page: all of its head and its content. */
export function assertError(
  response: RawResponse,
  statusCode: number,
  { extraLines = [], connectionLines = CLOSE_LINES, hint = "", content, head = false }: {
    extraLines?: readonly string[];
    connectionLines?: readonly string[];
    /** What to say beside a difference. */
    hint?: string;
    /** Default: the built-in page. */
    content?: string;
    /** Whether the request was HEAD. */
    head?: boolean;
  } = {},
): void {
  const expected = content ?? latin1(errorPage(statusCode));
  assertEquals(
    headLines(response),
    [
      `HTTP/1.1 ${statusCode} ${reasonPhrase(statusCode)}`,
      "Date: DATE",
      "Content-Type: text/html; charset=utf-8",
      `Content-Length: ${expected.length}`,
      "X-Content-Type-Options: nosniff",
      ...extraLines,
      ...connectionLines,
    ],
    hint,
  );
  assertEquals(response.content, head ? "" : expected, hint);
}

/**
 * Splits all that a connection gave into responses by their own framing. Throws if bytes are left
 * over that start no response.
 *
 * @param methods Of the requests, in order, as HEAD gets no content; GET where there are no more.
 */
export function splitResponses(text: string, methods: readonly string[] = []): RawResponse[] {
  const responses: RawResponse[] = [];
  for (let rest = text; rest !== "";) {
    const response = parseResponse(rest);
    const hasContent = methods[responses.length] !== "HEAD" && response.statusCode >= 200 &&
      response.statusCode !== 204 && response.statusCode !== 304;
    const length = hasContent ? Number(response.fields.get("content-length") ?? 0) : 0;
    responses.push({ ...response, content: response.content.slice(0, length) });
    rest = rest.slice(response.head.length + length);
  }
  return responses;
}

/** The status codes of all responses in what a connection gave. */
export function statusesOf(text: string, methods: readonly string[] = []): number[] {
  return splitResponses(text, methods).map((response) => response.statusCode);
}
