/** What the tests of step (v) share: a file, requests for it, and the parts of what is composed. */

import { assert, assertEquals } from "@std/assert";
import { parseRequest } from "../lib/3_parse.ts";
import { composeError, composeResponse, type ResponseContext } from "../lib/5_compose.ts";
import { RequestError } from "../lib/errors.ts";
import { byteString } from "../lib/http/grammar.ts";
import type { FileFacts, Located, Response } from "../lib/http/message.ts";
import { entityTagOf } from "../lib/http/validators.ts";
import { headOf } from "./http/testing.ts";

/** The content of the file: each byte tells where it stands. */
export const CONTENT = "0123456789".repeat(100);
export const FACTS: FileFacts = {
  name: "a.txt",
  mediaType: "text/plain; charset=utf-8",
  size: CONTENT.length,
  mtimeMs: 1_000_000_000_000, // Sun, 09 Sep 2001 01:46:40 GMT
  ctimeMs: 1_000_000_000_000,
  device: 1,
  inode: 2,
  unsettled: 0,
  digest: null,
  form: { kind: "plain", varies: false },
};
export const TAG = entityTagOf(FACTS);
export const CLOCK: ResponseContext = {
  nowMs: 1_700_000_000_999, // Tue, 14 Nov 2023 22:13:20 GMT, and most of a second
  persistent: true,
  keepAliveTimeoutMs: 10_000,
  requestsLeft: 99,
  secret: "secret",
};

export const DATE = "Date: Tue, 14 Nov 2023 22:13:20 GMT";
export const NOSNIFF = "X-Content-Type-Options: nosniff";
export const VALIDATORS = [
  `ETag: ${TAG}`,
  "Last-Modified: Sun, 09 Sep 2001 01:46:40 GMT",
  "Accept-Ranges: bytes",
  "Cache-Control: no-cache",
  NOSNIFF,
];
const KEPT = ["Connection: keep-alive", "Keep-Alive: timeout=10, max=99"];
export const TEXT = "Content-Type: text/plain; charset=utf-8";
export const HTML = "Content-Type: text/html; charset=utf-8";

export const FILE: Located<null> = { kind: "file", facts: FACTS, file: null };
export const EMPTY: Located<null> = { ...FILE, facts: { ...FACTS, size: 0 } };

export const ABSENT: Located<null> = { kind: "absent", why: "not found" };
export const FORBIDDEN: Located<null> = { kind: "forbidden" };
export const UNAVAILABLE: Located<null> = { kind: "unavailable", why: "no file descriptor left" };

export const RANGE = "Range: bytes=0-0";

export interface Ask {
  readonly method?: string;
  readonly target?: string;
  readonly fields?: readonly string[];
  readonly located?: Located<null>;
  readonly page?: FileFacts | null;
  readonly context?: ResponseContext;
}

/** Asks for a file as a connection does: an error status is composed in a second step. */
export function answer(ask: Ask): Response {
  const { method = "GET", target = "/a.txt", fields = [], located = FILE } = ask;
  const { page = null, context = CLOCK } = ask;
  const head = [`${method} ${target} HTTP/1.1`, "Host: a", ...fields, "", ""].join("\r\n");
  try {
    return composeResponse(parseRequest(headOf(head)), located, context);
  } catch (error) {
    if (error instanceof RequestError) return composeError(error, { page, method }, context);
    throw error;
  }
}

/** The lines of a response head; it must end in one empty line. */
export function linesOf(response: Response): string[] {
  const text = byteString(response.head, 0, response.head.length);
  assert(text.endsWith("\r\n\r\n"), text);
  return text.slice(0, -4).split("\r\n");
}

/** The bytes that step (vi) would send behind the head. */
export function contentOf(response: Response): string {
  return response.content.map((piece) =>
    piece.kind === "bytes"
      ? byteString(piece.bytes, 0, piece.bytes.length)
      : CONTENT.slice(piece.firstPos, piece.lastPos + 1)
  ).join("");
}

/** Status line, Date, these lines, then those of the connection. */
export function expectHead(response: Response, status: string, lines: readonly string[]): void {
  assertEquals(linesOf(response), [`HTTP/1.1 ${status}`, DATE, ...lines, ...KEPT]);
}
