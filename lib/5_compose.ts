/**
 * Step (v): create the response: header lines, then the file.
 *
 * In go the request, what step (iv) found and the time; out comes a {@linkcode Response}: the head as bytes, and a
 * plan of the content that step (vi) will send. Pure: nothing here touches a socket, a file or the clock.
 */

import { RequestError } from "./errors.ts";
import { evaluatePreconditions, rangeApplies } from "./http/conditional.ts";
import { formatHttpDate } from "./http/date.ts";
import { errorPage, redirectPage } from "./http/error_page.ts";
import { asciiBytes } from "./http/grammar.ts";
import { mediaTypeOf } from "./http/media_type.ts";
import {
  ALLOWED_METHODS,
  type FileFacts,
  type Located,
  type Piece,
  type Request,
  type Response,
} from "./http/message.ts";
import {
  type ByteRange,
  contentRange,
  multipartBoundary,
  multipartClose,
  multipartPartHead,
  selectRanges,
  unsatisfiedRange,
} from "./http/range.ts";
import { reasonPhrase } from "./http/status.ts";
import { spellPath } from "./http/target.ts";
import { entityTagOf } from "./http/validators.ts";
import { LIMITS } from "./options.ts";

/** What a response says beside what was asked for. */
export interface Circumstances {
  /** Wall clock, in ms since the epoch. */
  readonly nowMs: number;
  /** Whether the connection goes on after this response. */
  readonly persistent: boolean;
  /** How long it then may be idle, in ms. */
  readonly keepAliveTimeoutMs: number;
  /** How many more requests it then takes; Infinity is unlimited. */
  readonly requestsLeft: number;
  /** Text that peers do not know: it goes into multipart boundaries, which no file may contain by design. */
  readonly secret: string;
}

type FieldLines = (readonly [name: string, value: string])[];

const NO_CONTENT: readonly Piece[] = [];
/** Seconds after which a client may try again when we are at a limit. */
const RETRY_AFTER_S = "1";

/**
 * Composes the response to a request for a file.
 *
 * @throws {RequestError} When the answer is an error status: 403, 404, 412, 416 or 503. Compose that one with
 * {@linkcode composeError}; the connection goes on.
 */
export function composeResponse<File>(
  request: Request,
  located: Located<File>,
  circumstances: Circumstances,
): Response {
  switch (located.kind) {
    case "nothing":
      return composeOptions(circumstances);
    case "file":
      return composeFile(request, located.facts, circumstances);
    case "folder":
      return composeRedirect(request, circumstances);
    case "absent":
      throw new RequestError(404, "RFC 9110 §15.5.5", { detail: `Cannot find it: ${located.why}` });
    case "forbidden":
      throw new RequestError(403, "RFC 9110 §15.5.4", {
        detail: "Cannot read it: permission denied",
      });
    case "exhausted":
      throw new RequestError(503, "RFC 9110 §15.6.4", {
        detail: "Cannot open it: no file descriptor left",
        fieldLines: [["Retry-After", RETRY_AFTER_S]],
      });
  }
}

/** RFC 9110 §9.3.7: what may be done here. The same for every path and for `*`. */
function composeOptions(circumstances: Circumstances): Response {
  return respond({ statusCode: 204, fieldLines: [["Allow", ALLOWED_METHODS]] }, circumstances);
}

/**
 * Composes an error response.
 *
 * @param page Facts of the site's own page for this status, whose bytes are then the content; null for ours.
 * @param method Of the request, as HEAD gets no content; null if none was read.
 */
export function composeError(
  error: RequestError,
  { page, method }: { page: FileFacts | null; method: string | null },
  circumstances: Circumstances,
): Response {
  const { statusCode, fieldLines } = error;
  const content: readonly Piece[] = page === null
    ? [{ kind: "bytes", bytes: errorPage(statusCode) }]
    : wholeFile(page.size);
  return respond({
    statusCode,
    fieldLines: [
      ["Content-Type", mediaTypeOf(page?.name ?? "error.html")],
      ["Content-Length", String(lengthOf(content))],
      ["X-Content-Type-Options", "nosniff"],
      ...fieldLines,
    ],
    content: method === "HEAD" ? NO_CONTENT : content,
  }, circumstances);
}

/** A turned-away connection: over the cap, before any request was read. */
export function overloadError(): RequestError {
  return new RequestError(503, "RFC 9110 §15.6.4", {
    detail: "Cannot take another connection: at the cap",
    fieldLines: [["Retry-After", RETRY_AFTER_S]],
  });
}

/** RFC 9110 §15.4.2: the folder has its address with a slash, so that relative links in it work. */
function composeRedirect(request: Request, circumstances: Circumstances): Response {
  const path = request.path ?? { segments: [], folder: true, query: "" };
  const location = spellPath({ ...path, folder: true });
  const content: Piece = { kind: "bytes", bytes: redirectPage(location) };
  return respond({
    statusCode: 301,
    fieldLines: [
      ["Location", location],
      ["Content-Type", mediaTypeOf("redirect.html")],
      ["Content-Length", String(content.bytes.length)],
      ["Cache-Control", "no-cache"],
      ["X-Content-Type-Options", "nosniff"],
    ],
    content: request.method === "HEAD" ? NO_CONTENT : [content],
  }, circumstances);
}

function composeFile(request: Request, facts: FileFacts, circumstances: Circumstances): Response {
  // RFC 9110 §8.8.2.1: never a date later than that of the response.
  const lastModifiedMs = Math.min(facts.mtimeMs, circumstances.nowMs);
  const selected = { entityTag: entityTagOf(facts), lastModifiedMs };
  const verdict = evaluatePreconditions(request, selected, circumstances.nowMs);
  if (verdict.outcome === "preconditionFailed") {
    throw new RequestError(412, verdict.rule, { detail: "Cannot meet a precondition" });
  }
  if (verdict.outcome === "notModified") {
    // RFC 9110 §15.4.5: the fields that a cache needs, and no others.
    const fieldLines: FieldLines = [["ETag", selected.entityTag], ["Cache-Control", "no-cache"]];
    return respond({ statusCode: 304, fieldLines }, circumstances);
  }
  const validators: FieldLines = [
    ["ETag", selected.entityTag],
    ["Last-Modified", formatHttpDate(lastModifiedMs)],
    ["Accept-Ranges", "bytes"],
    ["Cache-Control", "no-cache"],
    ["X-Content-Type-Options", "nosniff"],
  ];
  const { fieldLines, statusCode, content } = represent(request, facts, selected, circumstances);
  return respond({
    statusCode,
    fieldLines: [...fieldLines, ...validators],
    content: request.method === "HEAD" ? NO_CONTENT : content,
  }, circumstances);
}

/** The content and the fields that describe it: whole, one range or several. */
function represent(
  request: Request,
  facts: FileFacts,
  selected: { entityTag: string; lastModifiedMs: number },
  { nowMs, secret }: Circumstances,
): Draft & { content: readonly Piece[] } {
  const mediaType = mediaTypeOf(facts.name);
  const range = request.method === "GET" ? request.fields.get("range") : null; // RFC 9110 §14.2
  const ranges = range !== null && rangeApplies(request, selected, nowMs)
    ? selectRanges(range, facts.size, LIMITS.ranges)
    : "ignore";
  if (ranges === "unsatisfiable") {
    throw new RequestError(416, "RFC 9110 §15.5.17", {
      detail: `Cannot select "${range}" of ${facts.size} bytes`,
      fieldLines: [["Content-Range", unsatisfiedRange(facts.size)]],
    });
  }
  if (ranges === "ignore") return wholeDraft(facts, mediaType);
  if (ranges.length === 1) return rangeDraft(facts, mediaType, ranges[0]);
  const boundary = multipartBoundary(selected.entityTag, ranges, secret);
  return multipartDraft(facts, mediaType, ranges, boundary);
}

function wholeDraft(facts: FileFacts, mediaType: string): Draft & { content: readonly Piece[] } {
  return {
    statusCode: 200,
    fieldLines: [["Content-Type", mediaType], ["Content-Length", String(facts.size)]],
    content: wholeFile(facts.size),
  };
}

/** RFC 9110 §15.3.7.1: one range is sent as it is. */
function rangeDraft(facts: FileFacts, mediaType: string, range: ByteRange) {
  const content: Piece[] = [{ kind: "file", ...range }];
  const fieldLines: FieldLines = [
    ["Content-Type", mediaType],
    ["Content-Length", String(lengthOf(content))],
    ["Content-Range", contentRange(range, facts.size)],
  ];
  return { statusCode: 206, fieldLines, content };
}

/** RFC 9110 §15.3.7.2 and §14.6: several ranges are parts, each with a head of its own. */
function multipartDraft(
  facts: FileFacts,
  mediaType: string,
  ranges: readonly ByteRange[],
  boundary: string,
) {
  const content = ranges.flatMap((range, i): Piece[] => [
    {
      kind: "bytes",
      bytes: asciiBytes(
        multipartPartHead({ boundary, mediaType, range, size: facts.size, isFirst: i === 0 }),
      ),
    },
    { kind: "file", ...range },
  ]);
  content.push({ kind: "bytes", bytes: asciiBytes(multipartClose(boundary)) });
  const fieldLines: FieldLines = [
    ["Content-Type", `multipart/byteranges; boundary=${boundary}`],
    ["Content-Length", String(lengthOf(content))],
  ];
  return { statusCode: 206, fieldLines, content };
}

function wholeFile(size: number): readonly Piece[] {
  return size === 0 ? NO_CONTENT : [{ kind: "file", firstPos: 0, lastPos: size - 1 }];
}

function lengthOf(content: readonly Piece[]): number {
  return content.reduce((sum, piece) => sum + lengthOfPiece(piece), 0);
}

function lengthOfPiece(piece: Piece): number {
  return piece.kind === "bytes" ? piece.bytes.length : piece.lastPos - piece.firstPos + 1;
}

/** A response before its head is written. */
interface Draft {
  readonly statusCode: number;
  readonly fieldLines: FieldLines;
  readonly content?: readonly Piece[];
}

/** Writes the head: status line, Date, the fields of the draft, those of the connection. */
function respond(draft: Draft, circumstances: Circumstances): Response {
  const { statusCode, fieldLines, content = NO_CONTENT } = draft;
  let head = `HTTP/1.1 ${statusCode} ${reasonPhrase(statusCode)}\r\n` +
    `Date: ${formatHttpDate(circumstances.nowMs)}\r\n`;
  for (const [name, value] of fieldLines) head += `${name}: ${value}\r\n`;
  head += connectionLines(circumstances) + "\r\n";
  return {
    statusCode,
    head: asciiBytes(head),
    content,
    contentLength: lengthOf(content),
    persistent: circumstances.persistent,
  };
}

/**
 * RFC 9112 §9.6 asks for `Connection: close` before closing. HTTP/1.0 clients need `keep-alive` said, and browsers
 * heed `Keep-Alive` (timeout in seconds, requests left), as the lab shows.
 */
function connectionLines(circumstances: Circumstances): string {
  if (!circumstances.persistent) return "Connection: close\r\n";
  const timeout = `timeout=${Math.floor(circumstances.keepAliveTimeoutMs / 1000)}`;
  const max = circumstances.requestsLeft === Infinity ? "" : `, max=${circumstances.requestsLeft}`;
  return `Connection: keep-alive\r\nKeep-Alive: ${timeout}${max}\r\n`;
}
