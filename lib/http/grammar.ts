/**
 * RFC 9110 §5.5, §5.6: which bytes may stand where. One table answers every question about a single
 * byte, so that the parser asks it once a byte; no regular expression sees bytes from the network.
 */

/** HTAB, CR, LF, SP and the other single bytes that the grammar names. */
export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;

const encoder = new TextEncoder();

const TCHAR = 1;
const FIELD_VALUE = 2;
const TARGET = 4;
const DIGIT = 8;
const HEXDIG = 16;

const CLASSES = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const isVchar = byte > 0x20 && byte < 0x7f;
  const isObsText = byte >= 0x80;
  if (isVchar || isObsText || byte === SP || byte === HTAB) CLASSES[byte] |= FIELD_VALUE;
  if ((isVchar && byte !== 0x23) || isObsText) CLASSES[byte] |= TARGET;
}
for (const byte of asciiBytes("!#$%&'*+-.^_`|~0123456789")) CLASSES[byte] |= TCHAR;
for (let byte = 0x41; byte <= 0x5a; byte++) {
  CLASSES[byte] |= TCHAR;
  CLASSES[byte + 32] |= TCHAR;
}
for (const byte of asciiBytes("0123456789")) CLASSES[byte] |= DIGIT | HEXDIG;
for (const byte of asciiBytes("abcdefABCDEF")) CLASSES[byte] |= HEXDIG;

/** Whether a byte may stand in a token, such as a method or a field name: RFC 9110 §5.6.2. */
export function isTchar(byte: number): boolean {
  return (CLASSES[byte] & TCHAR) !== 0;
}

/** Whether a byte may stand in a field value, spaces included: RFC 9110 §5.5. */
export function isFieldValueByte(byte: number): boolean {
  return (CLASSES[byte] & FIELD_VALUE) !== 0;
}

/**
 * Whether a byte may stand in a request target. Kinder than RFC 3986 §2: curl sends `/é.txt` as raw
 * UTF-8, so bytes from 0x80 pass here and `target.ts` checks that they are UTF-8. A `#` never passes:
 * a fragment is not part of a target (RFC 9110 §7.1).
 */
export function isTargetByte(byte: number): boolean {
  return (CLASSES[byte] & TARGET) !== 0;
}

/** Whether a byte is one of `0` to `9`. */
export function isDigit(byte: number): boolean {
  return (CLASSES[byte] & DIGIT) !== 0;
}

/** Whether a byte is a hexadecimal digit of either case. */
export function isHexdig(byte: number): boolean {
  return (CLASSES[byte] & HEXDIG) !== 0;
}

/** Whether a byte is optional white space, `SP` or `HTAB`: RFC 9110 §5.6.3. */
export function isOws(byte: number): boolean {
  return byte === SP || byte === HTAB;
}

/** The bytes of an ASCII string. */
export function asciiBytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Longest run of bytes that is turned into characters by one call. */
const RUN_BYTES = 4096;
/** Arrays of 0 to 63 bytes, each of a length of its own: most strings of a head are short, and need no new one. */
const SHORT_RUNS = Array.from({ length: 64 }, (_, length) => new Uint8Array(length));

/** The string whose character codes are the bytes from `start` up to, not including, `end`. */
export function byteString(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length < SHORT_RUNS.length) {
    const run = SHORT_RUNS[length];
    for (let i = 0; i < length; i++) run[i] = bytes[start + i];
    return charactersOf(run);
  }
  if (length <= RUN_BYTES) return charactersOf(bytes.subarray(start, end));
  let text = "";
  for (let at = start; at < end; at += RUN_BYTES) {
    text += charactersOf(bytes.subarray(at, Math.min(end, at + RUN_BYTES)));
  }
  return text;
}

function charactersOf(bytes: Uint8Array): string {
  // `apply` takes any array-like; spreading would go through an iterator, five times as slow (measured).
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/**
 * Splits a list-valued field at its commas, white space trimmed, empty elements left out: RFC 9110
 * §5.6.1. For lists of tokens only: a comma in a quoted string would split too.
 */
export function tokenList(fieldValue: string): string[] {
  return fieldValue.split(",").map(trimOws).filter((element) => element !== "");
}

/**
 * A text without the optional white space at its ends: RFC 9110 §5.6.3. By index: `/[ \t]+$/` looks at a run of blanks
 * in the middle once for each of its blanks, and a head of 60 kB stopped the server for 3 s.
 */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}
