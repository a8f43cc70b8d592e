/**
 * A head cut into the ranges that mean something, even where it breaks a rule: pure, and made only when somebody looks.
 * For a good head the ranges are those of `3_parse.ts` and `http/fields.ts`; tests hold the two together.
 */

import type { RequestError } from "../errors.ts";
import { byteString, COLON, CR, isOws, LF, SP } from "../http/grammar.ts";

/** What a range of bytes is. */
export type PartKind = "method" | "target" | "version" | "name" | "value" | "other";

/** A range of bytes of a head; `start` is inclusive, `end` is not. */
export interface HeadPart {
  readonly start: number;
  readonly end: number;
  readonly kind: PartKind;
  /** Line of the head, 0 is the request line: name and value of a line belong together. */
  readonly line: number;
}

/** Cuts a head. What lies between the parts is spaces, colons and line ends. */
export function headParts(bytes: Uint8Array): HeadPart[] {
  const parts: HeadPart[] = [];
  let start = 0;
  for (let line = 0; start < bytes.length; line++) {
    const lf = bytes.indexOf(LF, start);
    const next = lf === -1 ? bytes.length : lf + 1;
    let end = lf === -1 ? bytes.length : lf;
    if (end > start && bytes[end - 1] === CR) end--;
    if (line === 0) pushRequestLine(parts, bytes, { start, end, line });
    else if (end > start) pushFieldLine(parts, bytes, { start, end, line });
    start = next;
  }
  return parts.filter((part) => part.end > part.start);
}

/** Where a line of a head is; `end` is that of its text, without CR and LF. */
interface Line {
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

function pushRequestLine(parts: HeadPart[], bytes: Uint8Array, { start, end }: Line): void {
  const methodEnd = indexOrEnd(bytes, SP, { start, end });
  const targetStart = Math.min(methodEnd + 1, end);
  const targetEnd = indexOrEnd(bytes, SP, { start: targetStart, end });
  parts.push(
    { start, end: methodEnd, kind: "method", line: 0 },
    { start: targetStart, end: targetEnd, kind: "target", line: 0 },
    { start: Math.min(targetEnd + 1, end), end, kind: "version", line: 0 },
  );
}

function pushFieldLine(
  parts: HeadPart[],
  bytes: Uint8Array,
  { start, end, line }: Line,
): void {
  const colon = indexOrEnd(bytes, COLON, { start, end });
  if (colon === end) {
    parts.push({ start, end, kind: "other", line });
    return;
  }
  let valueStart = colon + 1;
  let valueEnd = end;
  while (valueStart < end && isOws(bytes[valueStart])) valueStart++;
  while (valueEnd > valueStart && isOws(bytes[valueEnd - 1])) valueEnd--;
  parts.push(
    { start, end: colon, kind: "name", line },
    { start: valueStart, end: valueEnd, kind: "value", line },
  );
}

function indexOrEnd(
  bytes: Uint8Array,
  byte: number,
  { start, end }: Pick<Line, "start" | "end">,
): number {
  const at = bytes.indexOf(byte, start);
  return at === -1 || at > end ? end : at;
}

/**
 * Finds the bytes that broke a rule: the very byte where the error names one, otherwise the part that its
 * rule is about.
 *
 * @returns Null where no byte of the head is to blame: a late head, or chunks that come after it.
 */
export function blamedRange(
  bytes: Uint8Array,
  error: Pick<RequestError, "rule" | "statusCode" | "position" | "message">,
): { readonly start: number; readonly end: number } | null {
  const { position, rule } = error;
  if (position >= 0) {
    return position < bytes.length ? { start: position, end: position + 1 } : null;
  }
  const parts = headParts(bytes);
  const values = (...names: string[]) =>
    parts.filter((part, i) =>
      part.kind === "value" &&
      names.includes(byteString(bytes, parts[i - 1].start, parts[i - 1].end).toLowerCase())
    );
  const target = parts.find((part) => part.kind === "target");
  if (rule === "RFC 9112 §3.2" && /Host/.test(error.message)) return last(values("host"));
  if (rule === "RFC 9112 §6.1" || rule === "RFC 9112 §7" || rule === "RFC 9112 §6.3") {
    return last(values("transfer-encoding")) ?? last(values("content-length"));
  }
  if (rule === "RFC 9110 §8.6" || error.statusCode === 413) return last(values("content-length"));
  if (error.statusCode === 417) return last(values("expect"));
  if (error.statusCode === 405 || error.statusCode === 501) return parts[0] ?? null;
  if (target !== undefined && (rule.startsWith("RFC 3986") || rule.startsWith("RFC 9112 §3.2"))) {
    return blamedSegment(bytes, target, rule);
  }
  return error.statusCode === 414 && target !== undefined ? target : null;
}

/** What in a target breaks each rule of RFC 3986, as it is written before decoding. */
const BAD_IN_TARGET: Readonly<Record<string, RegExp>> = {
  "RFC 3986 §2.1": /%(?![0-9A-Fa-f]{2})[^/?]{0,2}/,
  "RFC 3986 §2.2": /%(?:2F|5C|00)|\\/i,
  "RFC 3986 §2.5": /(?:%[89A-F][0-9A-F]|[\x80-\xff])+/i,
};

/** The segment `..`, in any spelling, that climbs above the root: RFC 3986 §5.2.4. */
function climbingSegment(target: string): { index: number; text: string } | null {
  const pathAt = /^https?:\/\/[^/?]*/i.exec(target)?.[0].length ?? 0;
  let depth = 0;
  for (const { index, 0: text } of target.slice(pathAt).split("?", 1)[0].matchAll(/[^/]+/g)) {
    const name = text.replace(/%2E/gi, ".");
    if (name !== ".") depth += name === ".." ? -1 : 1;
    if (depth < 0) return { index: pathAt + index, text };
  }
  return null;
}

function blamedSegment(
  bytes: Uint8Array,
  target: HeadPart,
  rule: string,
): Pick<HeadPart, "start" | "end"> {
  const text = byteString(bytes, target.start, target.end);
  const match = BAD_IN_TARGET[rule]?.exec(text) ?? null;
  const blamed = rule === "RFC 3986 §5.2.4"
    ? climbingSegment(text)
    : match && { index: match.index, text: match[0] };
  if (blamed === null) return target;
  const start = target.start + blamed.index;
  return { start, end: start + blamed.text.length };
}

function last(parts: readonly HeadPart[]): HeadPart | null {
  return parts.at(-1) ?? null;
}
