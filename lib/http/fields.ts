/**
 * RFC 9112 §5: the field lines of a head. Names and values stay bytes until somebody asks for them: most
 * lines that a browser sends are never looked at.
 */

import { RequestError } from "../errors.ts";
import { byteString, COLON, isFieldValueByte, isOws, isTchar } from "./grammar.ts";
import type { Head } from "./head.ts";

/** Where one field line stands in its section; starts are inclusive, ends are not. */
export interface FieldPositions {
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

const NO_VALUES: readonly string[] = [];
/** Numbers for a line in {@linkcode Fields}: start and end of its name, start and end of its value. */
const PER_LINE = 4;

/** The field lines of a head, or of all heads that have the same ones, in the order received. */
export class Fields {
  readonly #bytes: Uint8Array;
  /** `PER_LINE` positions for each line. One array of numbers costs a third of an object for each line. */
  readonly #positions: readonly number[];
  /** Bit n is set when some name has n bytes (modulo 32): most questions are about absent fields. */
  readonly #nameLengths: number;

  constructor(bytes: Uint8Array, positions: readonly number[]) {
    this.#bytes = bytes;
    this.#positions = positions;
    let lengths = 0;
    for (let i = 0; i < positions.length; i += PER_LINE) {
      lengths |= 1 << (positions[i + 1] - positions[i]);
    }
    this.#nameLengths = lengths;
  }

  /** Where each field line stands. */
  get lines(): readonly FieldPositions[] {
    const lines: FieldPositions[] = [];
    for (let i = 0; i < this.#positions.length; i += PER_LINE) {
      const [nameStart, nameEnd, valueStart, valueEnd] = this.#positions.slice(i, i + PER_LINE);
      lines.push({ nameStart, nameEnd, valueStart, valueEnd });
    }
    return lines;
  }

  /**
   * Gives the value of a field: its lines joined by `", "`, as RFC 9110 §5.3 says.
   *
   * @param fieldName In lower case, for example `"if-none-match"`.
   * @returns The bytes as character codes, or null if the field is absent.
   */
  get(fieldName: string): string | null {
    let value: string | null = null;
    for (let i = this.#find(fieldName, 0); i !== -1; i = this.#find(fieldName, i + PER_LINE)) {
      const text = this.#valueAt(i);
      value = value === null ? text : `${value}, ${text}`;
    }
    return value;
  }

  /** Gives the value of each line of a field, in the order received. */
  getAll(fieldName: string): readonly string[] {
    let i = this.#find(fieldName, 0);
    if (i === -1) return NO_VALUES;
    const values: string[] = [];
    for (; i !== -1; i = this.#find(fieldName, i + PER_LINE)) values.push(this.#valueAt(i));
    return values;
  }

  #valueAt(i: number): string {
    return byteString(this.#bytes, this.#positions[i + 2], this.#positions[i + 3]);
  }

  /** Where the positions of the next line of a field are; -1 if there is none from `from` on. */
  #find(fieldName: string, from: number): number {
    if ((this.#nameLengths & (1 << fieldName.length)) === 0) return -1;
    for (let i = from; i < this.#positions.length; i += PER_LINE) {
      if (this.#isNamed(i, fieldName)) return i;
    }
    return -1;
  }

  #isNamed(i: number, fieldName: string): boolean {
    const start = this.#positions[i];
    if (this.#positions[i + 1] - start !== fieldName.length) return false;
    for (let at = 0; at < fieldName.length; at++) {
      let byte = this.#bytes[start + at];
      if (byte >= 0x41 && byte <= 0x5a) byte += 32;
      if (byte !== fieldName.charCodeAt(at)) return false;
    }
    return true;
  }
}

/** The bytes of a section, and where it starts in its head: errors tell positions in that. */
interface Source {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/**
 * Parses all field lines of a head.
 *
 * @throws {RequestError} 400 for a folded line, white space before the colon, a name that is no token, or a
 * control character in a value. Two parsers that disagree on any of these read two different messages.
 * @see RFC 9112 §5, RFC 9110 §5.1 and §5.5
 */
export function parseFields(head: Pick<Head, "section" | "requestLineEnd">): Fields {
  const { bytes, lineEnds } = head.section;
  const source: Source = { bytes, offset: head.requestLineEnd };
  const positions: number[] = new Array(PER_LINE * (lineEnds.length - 1));
  for (let i = 1; i < lineEnds.length; i++) {
    const start = lineEnds[i - 1] + 2;
    const end = lineEnds[i];
    const nameEnd = parseFieldName(source, start, end);
    let valueStart = nameEnd + 1;
    let valueEnd = end;
    while (valueStart < end && isOws(bytes[valueStart])) valueStart++;
    while (valueEnd > valueStart && isOws(bytes[valueEnd - 1])) valueEnd--;
    checkFieldValue(source, valueStart, valueEnd);
    const at = PER_LINE * (i - 1);
    positions[at] = start;
    positions[at + 1] = nameEnd;
    positions[at + 2] = valueStart;
    positions[at + 3] = valueEnd;
  }
  return new Fields(bytes, positions);
}

/** Gives the end of the name of a field line, where its colon is. */
function parseFieldName({ bytes, offset }: Source, start: number, end: number): number {
  // RFC 9112 §5.2: a line that starts with white space continues the one before; obsolete, 400.
  if (isOws(bytes[start])) {
    throw fieldError("RFC 9112 §5.2", "Cannot take a folded line", offset + start);
  }
  let nameEnd = start;
  while (nameEnd < end && isTchar(bytes[nameEnd])) nameEnd++;
  // RFC 9112 §5.1: no space before the colon; 400. The same for any other byte that is not of a token.
  if (nameEnd === end || bytes[nameEnd] !== COLON || nameEnd === start) {
    throw fieldError("RFC 9112 §5.1", "Cannot find a field name and a colon", offset + nameEnd);
  }
  return nameEnd;
}

function checkFieldValue({ bytes, offset }: Source, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    if (isFieldValueByte(bytes[at])) continue;
    const detail = "Cannot take a control character in a field value";
    throw fieldError("RFC 9110 §5.5", detail, offset + at);
  }
}

function fieldError(rule: string, detail: string, position: number): RequestError {
  return new RequestError(400, rule, { detail: `${detail} at byte ${position}`, position });
}
