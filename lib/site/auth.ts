/**
 * RFC 7617, the "Basic" scheme: one name and one password for the whole site. Base64 hides nothing, so without TLS
 * whoever hears the connection knows both.
 */

const encoder = new TextEncoder();
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The challenge of a 401. RFC 7617 §2.1: the parameter says in which encoding to send the password. */
export const CHALLENGE = 'Basic realm="Vitrine", charset="UTF-8"';

/**
 * Gives what an `Authorization` field has to say behind its scheme.
 *
 * @param userAndPassword For example `"ada:analytical engine"`; the first colon ends the name, as no name has one.
 * @see RFC 7617 §2 (token68) and §2.1 (NFC, UTF-8)
 */
export function basicCredentials(userAndPassword: string): string {
  const bytes = encoder.encode(userAndPassword.normalize("NFC"));
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b = 0, c = 0] = bytes.subarray(i, i + 3);
    const digits = [a >> 2, (a & 3) << 4 | b >> 4, (b & 15) << 2 | c >> 6, c & 63];
    const count = Math.min(bytes.length - i, 3) + 1;
    text += digits.slice(0, count).map((digit) => DIGITS[digit]).join("").padEnd(4, "=");
  }
  return text;
}

/**
 * Says whether an `Authorization` field carries the credentials. The time it takes depends on what the peer sent,
 * and not on how much of it is right.
 *
 * @param fieldValue As received, or null if there is none.
 * @param expected From {@linkcode basicCredentials}.
 */
export function isAuthorized(fieldValue: string | null, expected: string): boolean {
  // RFC 9110 §11.1: the scheme's name is case-insensitive; one or more spaces follow.
  const match = /^basic +(\S*)$/i.exec(fieldValue ?? "");
  if (match === null) return false;
  const [, given] = match;
  let difference = given.length ^ expected.length;
  for (let i = 0; i < given.length; i++) {
    difference |= given.charCodeAt(i) ^ expected.charCodeAt(i % expected.length);
  }
  return difference === 0;
}
