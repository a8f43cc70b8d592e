/**
 * RFC 9112 §4 and §6: bytes that came back, read as responses. One fault must not hide the others, so faulty heads are
 * read as well as can be, and their flaws written down. Heads, field lines, lengths and chunks are read by the parsers
 * of the server itself.
 */

import { RequestError } from "../errors.ts";
import { ChunkedWalker } from "../http/chunked.ts";
import { Fields, parseFields } from "../http/fields.ts";
import { framingOf } from "../http/framing.ts";
import { byteString, CR, LF } from "../http/grammar.ts";
import { HeadBuffer } from "../http/head_buffer.ts";
import { joinParts } from "../http/head_lines.ts";
import type { Dialogue } from "./check.ts";

/** A rule of a head that was broken. */
export type Flaw = "statusLine" | "lineEnds" | "fieldLine";

/** A response, or what there is of it. */
export interface Response {
  /** As it came, without its line end. */
  readonly statusLine: string;
  /** Null where the status line is none. */
  readonly statusCode: number | null;
  /** 1 for HTTP/1.1, 0 for HTTP/1.0 and for what is none. */
  readonly minorVersion: number;
  readonly fields: Fields;
  /** Each rule of the head that was broken, and the line that shows it. */
  readonly flaws: ReadonlyMap<Flaw, string>;
  readonly content: Uint8Array;
  /** How its end is known. `"faulty"`: its fields contradict themselves. */
  readonly framing: "length" | "chunked" | "close" | "none" | "faulty";
  /** What `Content-Length` says; null if there is none that is a number. */
  readonly declaredLength: number | null;
  /** Whether all of it came. One that ends with the connection is whole when that was closed. */
  readonly whole: boolean;
  /** Position behind its last byte. */
  readonly end: number;
}

const MAX_BYTES = 1 << 24;
const HEAD_LIMITS = {
  targetBytes: MAX_BYTES,
  headBytes: MAX_BYTES,
  headLines: 10_000,
  readBytes: 4096,
};
// RFC 9112 §4. The space before an empty reason is a MUST.
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d) [\t\x20-\x7e\x80-\xff]*$/;
const KIND_STATUS_LINE = /^HTTP\/(\d)(?:\.(\d))?\s+(\d{3})\b/i;

/** Where to begin, and to what the response is one. */
export interface ReadAs {
  readonly from: number;
  readonly method: string;
  /** Whether no more bytes will come. */
  readonly ended: boolean;
}

/**
 * Reads one response. Interim ones (1xx) are skipped. Never throws.
 *
 * @returns Null if no whole head is there.
 * @see RFC 9112 §6.3 (how long the content is)
 */
export function readResponse(bytes: Uint8Array, as: ReadAs): Response | null {
  let { from } = as;
  for (;;) {
    const headEnd = endOfHead(bytes, from);
    if (headEnd === -1) return null;
    const head = readHead(bytes.subarray(from, headEnd));
    if (head.statusCode === null || head.statusCode >= 200 || head.statusCode === 101) {
      return { ...head, ...readContent(bytes, head, { ...as, from: headEnd }) };
    }
    from = headEnd;
  }
}

/** All responses of an exchange, at most one for each that was waited for. */
export function responsesOf(exchange: Dialogue): Response[] {
  const { received: bytes, ending, methods } = exchange;
  const responses: Response[] = [];
  let from = 0;
  for (const method of methods) {
    const response = readResponse(bytes, { from, method, ended: ending !== "open" });
    if (response === null) break;
    responses.push(response);
    from = response.end;
    if (!response.whole) break;
  }
  return responses;
}

/** Position behind the empty line, whichever line ends are in use; -1 if there is none. */
function endOfHead(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

type ReadHead = Pick<
  Response,
  "statusLine" | "statusCode" | "minorVersion" | "fields" | "flaws"
>;

function readHead(bytes: Uint8Array): ReadHead {
  const flaws = new Map<Flaw, string>();
  if (!isStrict(bytes)) flaws.set("lineEnds", lineWithBareLf(bytes));
  const [statusLine, ...lines] = byteString(bytes, 0, bytes.length).trimEnd().split(/\r?\n/);
  const good = lines.filter((line) => {
    const isGood = fieldsOf([line]) !== null;
    if (!isGood && !flaws.has("fieldLine")) flaws.set("fieldLine", line);
    return isGood;
  });
  const strict = STATUS_LINE.exec(statusLine);
  const kind = strict === null ? KIND_STATUS_LINE.exec(statusLine) : null;
  if (strict === null) flaws.set("statusLine", statusLine);
  return {
    statusLine,
    statusCode: strict !== null ? Number(strict[2]) : kind !== null ? Number(kind[3]) : null,
    minorVersion: Number(strict?.[1] ?? kind?.[2] ?? 0),
    fields: fieldsOf(good) ?? new Fields(new Uint8Array(0), []),
    flaws,
  };
}

/** Whether every line ends with CRLF, in the eyes of the server's own reader of heads. */
function isStrict(bytes: Uint8Array): boolean {
  return refusalOf(() => takeHead(bytes)) === null;
}

function lineWithBareLf(bytes: Uint8Array): string {
  const lines = byteString(bytes, 0, bytes.length).split("\n");
  return lines.find((line) => !line.endsWith("\r")) ?? lines[0];
}

/** Field lines through the server's own parser, or null if it refuses one of them. */
function fieldsOf(lines: readonly string[]): Fields | null {
  if (lines.some((line) => line === "")) return null;
  const text = ["X / HTTP/1.1", ...lines, "", ""].join("\r\n");
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  let fields: Fields | null = null;
  refusalOf(() => {
    const head = takeHead(bytes);
    if (head !== null) fields = parseFields(head);
  });
  return fields;
}

function takeHead(bytes: Uint8Array) {
  const buffer = new HeadBuffer(HEAD_LIMITS);
  buffer.append(bytes);
  return buffer.take();
}

/** What a parser of the server has against its input; null if nothing. */
function refusalOf(parse: () => void): RequestError | null {
  try {
    parse();
    return null;
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
}

type ReadContent = Pick<Response, "content" | "framing" | "declaredLength" | "whole" | "end">;

const NOTHING = new Uint8Array(0);

function readContent(bytes: Uint8Array, head: ReadHead, as: ReadAs): ReadContent {
  const { from, method, ended } = as;
  const { statusCode, fields } = head;
  const declaredLength = declaredLengthOf(fields);
  // RFC 9112 §6.3 (1): these never have content, whatever their fields say.
  if (method === "HEAD" || statusCode === 204 || statusCode === 304) {
    return { content: NOTHING, framing: "none", declaredLength, whole: true, end: from };
  }
  const rest = bytes.subarray(from);
  const framing = framingKind(fields);
  if (framing === "length" && declaredLength !== null) {
    const content = rest.subarray(0, declaredLength);
    const whole = content.length === declaredLength;
    return { content, framing, declaredLength, whole, end: from + content.length };
  }
  if (framing === "chunked") {
    return { ...readChunked(rest, from), declaredLength };
  }
  return { content: rest, framing, declaredLength, whole: ended, end: bytes.length };
}

/** RFC 9112 §6.3, by the rules for requests; only that a response without both lasts until the end. */
function framingKind(fields: Fields): Response["framing"] {
  let kind: Response["framing"] = "faulty";
  refusalOf(() => {
    const framing = framingOf(fields, 1, Number.MAX_SAFE_INTEGER).kind;
    kind = framing === "none" ? "close" : framing;
  });
  return kind;
}

function declaredLengthOf(fields: Fields): number | null {
  const [text] = fields.getAll("content-length");
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

function readChunked(bytes: Uint8Array, offset: number): Omit<ReadContent, "declaredLength"> {
  const parts: Uint8Array[] = [];
  const limits = { contentBytes: MAX_BYTES, chunkOverheadBytes: 65_536 };
  const walker = new ChunkedWalker(limits, (part) => parts.push(part));
  let walked = bytes.length;
  const refusal = refusalOf(() => {
    walked = walker.walk(bytes);
  });
  return {
    content: joinParts(parts),
    framing: refusal === null ? "chunked" : "faulty",
    whole: walker.done,
    end: offset + walked,
  };
}

/** Whether two texts of bytes are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Whether bytes contain an ASCII text. */
export function includesText(bytes: Uint8Array, text: string): boolean {
  return byteString(bytes, 0, bytes.length).includes(text);
}
