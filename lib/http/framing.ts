/**
 * RFC 9112 §6.3: how long the content of a request is. A message that could be read in two ways, by us and by a
 * proxy in front, is refused and its connection closed: that difference is what request smuggling lives on.
 */

import { RequestError } from "../errors.ts";
import type { Fields } from "./fields.ts";
import { isTchar, trimOws } from "./grammar.ts";
import type { Framing } from "./message.ts";

const NO_CONTENT: Framing = { kind: "none" };
const CHUNKED: Framing = { kind: "chunked" };

/**
 * Finds how the content of a request is framed.
 *
 * @param maxContentBytes Most content that we read and drop, in bytes, inclusive.
 * @throws {RequestError} 400 when it is not certain, 501 for a transfer coding other than chunked, 413 for a
 * length over the limit. The connection must close after each of them.
 * @see RFC 9112 §6.1 to §6.3
 */
export function framingOf(fields: Fields, minorVersion: number, maxContentBytes: number): Framing {
  const transferEncoding = fields.get("transfer-encoding");
  const lengths = fields.getAll("content-length");
  if (transferEncoding === null && lengths.length === 0) return NO_CONTENT;
  if (transferEncoding === null) return lengthFraming(lengths, maxContentBytes);
  // RFC 9112 §6.1: a server MAY reject a request with both; nothing honest sends it, so we do.
  if (lengths.length > 0) {
    throw framingError("RFC 9112 §6.1", "Cannot take Content-Length beside Transfer-Encoding");
  }
  // RFC 9112 §6.1: HTTP/1.0 has no transfer codings, so the framing is faulty.
  if (minorVersion === 0) {
    throw framingError("RFC 9112 §6.1", "Cannot take Transfer-Encoding in HTTP/1.0");
  }
  checkTransferEncoding(transferEncoding);
  return CHUNKED;
}

/** Stricter than RFC 9112 §6.3 (5): even equal repeated lengths are refused, as nginx does. */
function lengthFraming(lengths: readonly string[], maxContentBytes: number): Framing {
  const [text] = lengths;
  if (lengths.length > 1) {
    throw framingError("RFC 9112 §6.3", "Cannot take two Content-Length lines");
  }
  if (!/^[0-9]+$/.test(text)) {
    throw framingError("RFC 9110 §8.6", `Cannot parse Content-Length "${text}"`);
  }
  const contentLength = Number(text); // Infinity, not wrong, when there are too many digits.
  if (contentLength > maxContentBytes) {
    throw new RequestError(413, "RFC 9110 §15.5.14", {
      detail: `Cannot take ${text} bytes of content, the limit is ${maxContentBytes}`,
    });
  }
  return { kind: "length", contentLength };
}

/** Passes the one value that we take, `chunked`; every other is 400 or 501. */
function checkTransferEncoding(fieldValue: string): void {
  const codings = fieldValue.split(",").map(trimOws);
  for (const coding of codings) {
    // An empty element, a parameter or a quoted name is how smugglers hide `chunked` from one of two parsers.
    if (coding === "" || !isToken(coding)) {
      throw framingError("RFC 9112 §7", `Cannot parse transfer coding "${coding}"`);
    }
  }
  const chunkedAt = codings.findIndex((coding) => coding.toLowerCase() === "chunked");
  if (chunkedAt !== -1 && chunkedAt !== codings.length - 1) {
    throw framingError("RFC 9112 §6.3", "Cannot take a transfer coding after chunked");
  }
  if (codings.length > 1 || chunkedAt === -1) {
    throw new RequestError(501, "RFC 9112 §6.1", {
      detail: `Cannot undo transfer coding "${fieldValue}"`,
    });
  }
}

function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isTchar(text.charCodeAt(i))) return false;
  return text !== "";
}

function framingError(rule: string, detail: string): RequestError {
  return new RequestError(400, rule, { detail });
}
