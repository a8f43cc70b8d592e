/** What who watches must not see: the values of fields that give access to something. Pure. */

import { byteString } from "../http/grammar.ts";
import type { Detail } from "./detail.ts";

/**
 * A line that begins like a field of secrets, and the lines that fold onto it, as far as they are its value. Also lines
 * that break a rule, such as a space before the colon or no colon at all: a refused head is shown as well.
 */
const SECRET =
  /(?<=^|[\r\n])([ \t]*(?:cookie|set-cookie|authorization|proxy-authorization)[ \t]*:?[ \t]*)([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)/gi;

function stars(value: string): string {
  return value.replace(/[^\r\n]+/g, (run) => "*".repeat(run.length));
}

/** The detail of an error that may quote such a line, with asterisks from its value on. */
export function maskQuoted(text: string): string {
  const name = /cookie|authorization/i.exec(text);
  if (name === null) return text;
  let start = name.index + name[0].length;
  while (start < text.length && ": \t".includes(text[start])) start++;
  return text.slice(0, start) + stars(text.slice(start));
}

/** The bytes of a head with an asterisk for each byte of a secret. */
export function maskHead(head: Uint8Array): Uint8Array {
  const bytes = byteString(head, 0, head.length);
  const text = bytes.replace(SECRET, (_, name, value) => name + stars(value));
  const masked = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) masked[i] = text.charCodeAt(i);
  return masked;
}

/** A request without its secrets, for who has the token for watching. Content may be behind a password, so none of it is left. */
export function maskDetail(detail: Detail): Detail {
  const { error } = detail;
  return {
    ...detail,
    head: maskHead(Uint8Array.fromBase64(detail.head)).toBase64(),
    response: maskHead(Uint8Array.fromBase64(detail.response)).toBase64(),
    content: "",
    error: error === null ? null : { ...error, detail: maskQuoted(error.detail) },
  };
}
