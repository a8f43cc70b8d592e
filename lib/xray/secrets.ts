/** What who watches must not see: the values of fields that give access to something. Pure. */

import { byteString } from "../http/grammar.ts";
import type { Detail } from "./detail.ts";

/**
 * A line that begins like a field of secrets, and the lines that fold onto it, as far as they are its value. Also lines
 * that break a rule, such as a space before the colon or no colon at all: a refused head is shown as well.
 */
const SECRET =
  /(?<=^|[\r\n])([ \t]*(?:cookie|set-cookie|authorization|proxy-authorization)[ \t]*:?[ \t]*)([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)/gi;
/** The same where it is quoted in the detail of an error. */
const QUOTED = /((?:cookie|authorization)[ \t]*:?[ \t]*)(\S.*)/gis;

function withStars(text: string, pattern: RegExp): string {
  return text.replace(pattern, (_, name, value) => name + value.replace(/[^\r\n]/g, "*"));
}

/** The bytes of a head with an asterisk for each byte of a secret. */
export function maskHead(head: Uint8Array): Uint8Array {
  const text = withStars(byteString(head, 0, head.length), SECRET);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A request without its secrets, for who has the token for watching. */
export function maskDetail(detail: Detail): Detail {
  const { error } = detail;
  return {
    ...detail,
    head: maskHead(Uint8Array.fromBase64(detail.head)).toBase64(),
    response: maskHead(Uint8Array.fromBase64(detail.response)).toBase64(),
    error: error === null ? null : { ...error, detail: withStars(error.detail, QUOTED) },
  };
}
