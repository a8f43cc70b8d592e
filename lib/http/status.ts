/**
 * RFC 9110 §15: status codes. Which one a request gets is decided by the steps; here is only what
 * follows from the number.
 */

import { STATUS_TEXT } from "@std/http/status";

/**
 * Gives the words that stand beside a status code. They are for people; programs read the number.
 *
 * @returns For example `"Not Found"`; empty for a code that IANA does not list (RFC 9112 §4 allows that).
 * @see RFC 9110 §15.1
 */
export function reasonPhrase(statusCode: number): string {
  const phrases: Readonly<Record<number, string | undefined>> = STATUS_TEXT;
  return phrases[statusCode] ?? "";
}
