/** One request, told in full: what the page shows when it is opened. Made when it is asked for, not before. */

import { byteString } from "../http/grammar.ts";
import { blamedRange, type HeadPart, headParts } from "./head_parts.ts";
import { type Reason, reasonFor } from "./reasons.ts";
import type { RequestTrace } from "./trace.ts";

/** A request as a line of the page's lists; times in ms on the server's scale. */
export interface Summary {
  readonly id: number;
  readonly connection: number;
  readonly order: number;
  readonly method: string;
  /** Of a head that could not be parsed, and so has no method, the beginning of its first line. */
  readonly requestTarget: string;
  readonly statusCode: number;
  readonly startMs: number;
  /** 0 while it goes on. */
  readonly endMs: number;
  /** In threes: step, start, end. */
  readonly steps: readonly number[];
  readonly contentBytes: number;
  readonly cached: boolean;
  readonly complete: boolean;
}

/** Everything about a request. Bytes are in base64. */
export interface Detail extends Summary {
  readonly head: string;
  /** Length of the whole head; more than `head` has if it was cut. */
  readonly headBytes: number;
  readonly parts: readonly HeadPart[];
  readonly blame: { readonly start: number; readonly end: number } | null;
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly segments: readonly string[] | null;
  readonly query: string;
  /** Where the file is, under which root; null if nobody looked. */
  readonly systemPath: string | null;
  /** A kind of `Located`; null if nobody looked. */
  readonly located: string | null;
  readonly verdict: string;
  readonly fileBytes: number;
  readonly response: string;
  readonly contentLength: number;
  readonly reason: Reason;
  /** What the `RequestError` said; null when there was none. */
  readonly error: { readonly rule: string; readonly detail: string } | null;
}

/** Longest target in a line of a list. */
const MAX_TARGET_LENGTH = 120;

/** Sums up a request. */
export function summaryOf(trace: RequestTrace): Summary {
  const { id, connection, order, method, statusCode, startMs, endMs, contentBytes, cached } = trace;
  return {
    id,
    connection,
    order,
    method,
    requestTarget: (method === "" ? firstLine(trace.head) : trace.requestTarget)
      .slice(0, MAX_TARGET_LENGTH),
    statusCode,
    startMs: rounded(startMs),
    endMs: rounded(endMs),
    steps: trace.steps.map(rounded),
    contentBytes,
    cached,
    complete: trace.complete,
  };
}

/** Tells all about a request. @param root Path of the site. */
export function detailOf(trace: RequestTrace, root: string): Detail {
  const head = trace.head ?? new Uint8Array(0);
  const { error, path } = trace;
  const parts = headParts(head);
  return {
    ...summaryOf(trace),
    ...(trace.method === "" ? {} : { requestTarget: trace.requestTarget }),
    head: head.toBase64(),
    headBytes: trace.headBytes,
    parts,
    blame: error === null ? null : blamedRange(head, error),
    reads: trace.reads.map(rounded),
    writes: trace.writes.map(rounded),
    segments: path?.segments ?? null,
    query: path?.query ?? "",
    systemPath: path === null ? null : [root, ...path.segments].join("/"),
    located: trace.located,
    verdict: verdictOf(trace),
    fileBytes: trace.fileBytes,
    response: (trace.responseHead ?? new Uint8Array(0)).toBase64(),
    contentLength: trace.contentLength,
    reason: reasonFor({
      statusCode: trace.statusCode,
      rule: error?.rule ?? null,
      method: trace.method,
      fieldNames: fieldNamesOf(head, parts),
      contentType: contentTypeOf(trace.responseHead),
    }),
    error: error === null ? null : { rule: error.rule, detail: error.message },
  };
}

/** What stands in the place of a request that could not be parsed; printable. */
function firstLine(head: Uint8Array | null): string {
  if (head === null) return "";
  const text = byteString(head, 0, Math.min(head.length, MAX_TARGET_LENGTH));
  return text.split(/[\r\n]/, 1)[0].replace(/[^ -~]/g, "?");
}

/** What containment said, in words. */
function verdictOf({ located, why, path, error, cached }: RequestTrace): string {
  switch (located) {
    case "file":
      return cached
        ? "inside the root: proven when the file was read; the cache has it, unchanged"
        : "inside the root: resolved, opened, and proven to be what was resolved";
    case "folder":
    case "listing":
      return "inside the root: a folder";
    case "page":
      return "inside the root: a file that stands in for what was asked for";
    case "moved":
      return "inside the root: it has its address in another spelling";
    case "redirect":
      return "not looked for: a rule of the site sends the peer elsewhere";
    case "bareFolder":
      return "inside the root: a folder without index.html";
    case "absent":
      return why === "leads out of the root" ? "refused: leads out of the root" : `absent: ${why}`;
    case "forbidden":
      return "inside the root, but the system does not let us read it";
    case "unavailable":
      return `not to be had now: ${why}`;
    case "nothing":
      return "no file was asked for";
  }
  if (path === null && error !== null) return "never looked for: refused before it became a path";
  return "not looked for yet";
}

function fieldNamesOf(head: Uint8Array, parts: readonly HeadPart[]): Set<string> {
  const names = parts.filter((part) => part.kind === "name");
  return new Set(names.map(({ start, end }) => byteString(head, start, end).toLowerCase()));
}

function contentTypeOf(responseHead: Uint8Array | null): string {
  if (responseHead === null) return "";
  const text = byteString(responseHead, 0, responseHead.length);
  return /\r\nContent-Type: ([^\r]*)/i.exec(text)?.[1] ?? "";
}

/** To a tenth of a microsecond, which is finer than the clock. */
function rounded(ms: number): number {
  return Math.round(ms * 10_000) / 10_000;
}
