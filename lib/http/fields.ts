/**
 * RFC 9112 §5: the field lines of a head. Names and values stay bytes until somebody asks for them: most
 * lines that a browser sends are never looked at, and the X-ray wants positions anyway.
 */

import { RequestError } from "../errors.ts";
import { byteString, COLON, isFieldValueByte, isOws, isTchar } from "./grammar.ts";
import type { Head } from "./head.ts";

/** Where one field line stands in its head; starts are inclusive, ends are not. */
export interface FieldLine {
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

const NO_VALUES: readonly string[] = [];

/** The field lines of one head, in the order received. */
export class Fields {
  readonly #bytes: Uint8Array;
  readonly lines: readonly FieldLine[];
  /** Bit n is set when some name has n bytes (modulo 32): most questions are about absent fields. */
  readonly #nameLengths: number;

  constructor(bytes: Uint8Array, lines: readonly FieldLine[]) {
    this.#bytes = bytes;
    this.lines = lines;
    let lengths = 0;
    for (const line of lines) lengths |= 1 << (line.nameEnd - line.nameStart);
    this.#nameLengths = lengths;
  }

  /**
   * Gives the value of a field: its lines joined by `", "`, as RFC 9110 §5.3 says.
   *
   * @param fieldName In lower case, for example `"if-none-match"`.
   * @returns The bytes as character codes, or null if the field is absent.
   */
  get(fieldName: string): string | null {
    if ((this.#nameLengths & (1 << fieldName.length)) === 0) return null;
    let value: string | null = null;
    for (const line of this.lines) {
      if (!this.#isNamed(line, fieldName)) continue;
      const text = byteString(this.#bytes, line.valueStart, line.valueEnd);
      value = value === null ? text : `${value}, ${text}`;
    }
    return value;
  }

  /** Gives the value of each line of a field, in the order received. */
  getAll(fieldName: string): readonly string[] {
    if ((this.#nameLengths & (1 << fieldName.length)) === 0) return NO_VALUES;
    const values: string[] = [];
    for (const line of this.lines) {
      if (!this.#isNamed(line, fieldName)) continue;
      values.push(byteString(this.#bytes, line.valueStart, line.valueEnd));
    }
    return values;
  }

  #isNamed(line: FieldLine, fieldName: string): boolean {
    if (line.nameEnd - line.nameStart !== fieldName.length) return false;
    for (let i = 0; i < fieldName.length; i++) {
      let byte = this.#bytes[line.nameStart + i];
      if (byte >= 0x41 && byte <= 0x5a) byte += 32;
      if (byte !== fieldName.charCodeAt(i)) return false;
    }
    return true;
  }
}

/**
 * Parses all field lines of a head.
 *
 * @throws {RequestError} 400 for a folded line, white space before the colon, a name that is no token, or a
 * control character in a value. Two parsers that disagree on any of these read two different messages.
 * @see RFC 9112 §5, RFC 9110 §5.1 and §5.5
 */
export function parseFields(head: Head): Fields {
  const lines: FieldLine[] = [];
  for (let i = 1; i < head.lineEnds.length; i++) {
    lines.push(parseFieldLine(head.bytes, head.lineEnds[i - 1] + 2, head.lineEnds[i]));
  }
  return new Fields(head.bytes, lines);
}

function parseFieldLine(bytes: Uint8Array, start: number, end: number): FieldLine {
  // RFC 9112 §5.2: a line that starts with white space continues the one before; obsolete, 400.
  if (isOws(bytes[start])) throw fieldError("RFC 9112 §5.2", "Cannot take a folded line", start);
  let nameEnd = start;
  while (nameEnd < end && isTchar(bytes[nameEnd])) nameEnd++;
  // RFC 9112 §5.1: no space before the colon; 400. The same for any other byte that is not of a token.
  if (nameEnd === end || bytes[nameEnd] !== COLON || nameEnd === start) {
    throw fieldError("RFC 9112 §5.1", "Cannot find a field name and a colon", nameEnd);
  }
  let valueStart = nameEnd + 1;
  let valueEnd = end;
  while (valueStart < end && isOws(bytes[valueStart])) valueStart++;
  while (valueEnd > valueStart && isOws(bytes[valueEnd - 1])) valueEnd--;
  for (let at = valueStart; at < valueEnd; at++) {
    if (!isFieldValueByte(bytes[at])) {
      throw fieldError("RFC 9110 §5.5", "Cannot take a control character in a field value", at);
    }
  }
  return { nameStart: start, nameEnd, valueStart, valueEnd };
}

function fieldError(rule: string, detail: string, position: number): RequestError {
  return new RequestError(400, rule, { detail: `${detail} at byte ${position}`, position });
}
