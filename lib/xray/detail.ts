/** One request, told in full: what the page shows when it is opened. Made when it is asked for, not before. */

import { SEPARATOR } from "@std/path/constants";
import { byteString } from "../http/grammar.ts";
import { blamedRange, type HeadPart, headParts } from "./head_parts.ts";
import type { Reason, Way } from "./reason.ts";
import { reasonFor } from "./reasons.ts";
import type { RequestTrace } from "./trace.ts";
import { cutText, servedPath, verdictOf, wayOf } from "./verdict.ts";

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
  /** The step that goes on since, of a request that goes on. */
  readonly now: number;
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
  /** How step (iv) came to its answer. */
  readonly way: Way | null;
  /** Where the file is that was looked for, or that stands in for it; null if there was no path to look for. */
  readonly systemPath: string | null;
  /** A kind of `Located`; null if nobody looked. */
  readonly located: string | null;
  readonly verdict: string;
  readonly fileBytes: number;
  readonly response: string;
  /** The first bytes of the content that was sent. */
  readonly content: string;
  readonly contentLength: number;
  /** What the experiment with cuts came to; null without it. */
  readonly cut: string | null;
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
    now: trace.now,
    contentBytes,
    cached,
    complete: trace.complete,
  };
}

/** Tells all about a request. @param root Path of the site. */
export function detailOf(trace: RequestTrace, root: string): Detail {
  const head = trace.head ?? new Uint8Array(0);
  const { error, path } = trace;
  const served = servedPath(trace);
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
    systemPath: served === null ? null : [root, ...served].join(SEPARATOR),
    way: wayOf(trace),
    located: trace.located,
    verdict: verdictOf(trace),
    fileBytes: trace.fileBytes,
    response: (trace.responseHead ?? new Uint8Array(0)).toBase64(),
    content: (trace.content ?? new Uint8Array(0)).toBase64(),
    contentLength: trace.contentLength,
    cut: cutText(trace),
    reason: reasonFor({
      statusCode: trace.statusCode,
      rule: error?.rule ?? null,
      detail: error?.message ?? null,
      method: trace.method,
      way: wayOf(trace),
      asked: fieldsOf(head, parts),
      said: fieldsOfResponse(trace.responseHead),
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

/** Values of the fields of a request by their names in lower case; lines of one name are joined, as RFC 9110 §5.3 says. */
function fieldsOf(head: Uint8Array, parts: readonly HeadPart[]): Map<string, string> {
  const fields = new Map<string, string>();
  let name = "";
  for (const { kind, start, end } of parts) {
    const text = byteString(head, start, end);
    if (kind === "name") name = text.toLowerCase();
    else if (kind === "value") add(fields, name, text);
    if (kind === "name" && !fields.has(name)) fields.set(name, "");
  }
  return fields;
}

/** The same of a response, whose head is ours and so well formed. */
function fieldsOfResponse(responseHead: Uint8Array | null): Map<string, string> {
  const fields = new Map<string, string>();
  const text = byteString(responseHead ?? new Uint8Array(0), 0, responseHead?.length ?? 0);
  for (const [, name, value] of text.matchAll(/\r\n([^:\r\n]+): ([^\r]*)/g)) {
    add(fields, name.toLowerCase(), value);
  }
  return fields;
}

function add(fields: Map<string, string>, name: string, value: string): void {
  const before = fields.get(name);
  fields.set(name, before === undefined || before === "" ? value : `${before}, ${value}`);
}

/** To a tenth of a microsecond, which is finer than the clock. */
function rounded(ms: number): number {
  return Math.round(ms * 10_000) / 10_000;
}
