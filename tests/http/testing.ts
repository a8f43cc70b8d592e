/**
 * What the tests of the pure steps share. Text stands for bytes, one character each, so that a head is written down
 * in a table as it goes over the wire.
 */

import { assertEquals } from "@std/assert";
import { RequestError } from "../../lib/errors.ts";
import { type Fields, parseFields } from "../../lib/http/fields.ts";
import { byteString } from "../../lib/http/grammar.ts";
import type { Head } from "../../lib/http/head.ts";
import { HeadBuffer, type HeadLimits } from "../../lib/http/head_buffer.ts";
import { HeadMemo } from "../../lib/http/head_memo.ts";
import { LIMITS } from "../../lib/options.ts";
import { latin1Bytes } from "../latin1.ts";

/** What is glued behind a message, and must be left untouched by whoever reads that message. */
export const SECOND = "GET /second HTTP/1.1\r\nHost: second\r\n\r\n";

/** Longer texts are cut at a few places only, as all places would take minutes. */
const LONG = 400;

/** A `RequestError` as plain data, so that two of them can be compared. */
export interface Refused {
  readonly statusCode: number;
  readonly rule: string;
  readonly detail: string;
  readonly position: number;
}

/** What came of the bytes that were fed. */
export interface Reading<T> {
  /** What was made of the first head; null if it is not whole yet. */
  readonly result: T | Refused | null;
  /** Bytes that were not taken; empty after an error, as the connection ends there. */
  readonly rest: string;
}

/** Runs something that has to throw a `RequestError`, and gives that error. */
export function requestErrorOf(run: () => unknown): RequestError {
  try {
    run();
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error("Expected a RequestError, and nothing was thrown");
}

/** Gives what is worth comparing of an error; throws on those that are not the peer's fault. */
export function refusedOf(error: unknown): Refused {
  if (!(error instanceof RequestError)) throw error;
  const { statusCode, rule, message, position } = error;
  return { statusCode, rule, detail: message, position };
}

/** Whether a result is an error. */
export function isRefused(result: unknown): result is Refused {
  return typeof result === "object" && result !== null && "statusCode" in result;
}

/** Puts bytes into a buffer as reads do: into the room there is, however little. */
export function feed(buffer: HeadBuffer, text: string, afterRead: () => void = () => {}): void {
  const bytes = latin1Bytes(text);
  for (let at = 0; at < bytes.length;) {
    const room = buffer.space();
    const count = Math.min(room.length, bytes.length - at);
    room.set(bytes.subarray(at, at + count));
    buffer.added(count);
    at += count;
    afterRead();
  }
}

/** What {@linkcode readPieces} may be told. */
export interface ReadOptions {
  readonly limits?: HeadLimits;
  /** Heads of other connections; none by default. */
  readonly memo?: HeadMemo;
}

/** All heads of all tables come by here, so that one would be taken for another if that were possible. */
const SHARED_MEMO = new HeadMemo();

/** Feeds the pieces one after the other, and asks after each read whether a head is there. */
export function readPieces<T>(
  pieces: readonly string[],
  parse: (head: Head) => T,
  { limits = LIMITS, memo = new HeadMemo() }: ReadOptions = {},
): Reading<T> {
  const buffer = new HeadBuffer(limits, memo);
  let result: T | null = null;
  const takeOnce = () => {
    if (result !== null) return;
    const head = buffer.take();
    if (head !== null) result = parse(head);
  };
  try {
    for (const piece of pieces) feed(buffer, piece, takeOnce);
  } catch (error) {
    return { result: refusedOf(error), rest: "" };
  }
  const rest = buffer.takeAll();
  return { result, rest: byteString(rest, 0, rest.length) };
}

/** Every way to cut a text in two; of a long text some. */
export function cutsOf(text: string): [string, string][] {
  const step = text.length <= LONG ? 1 : Math.ceil(text.length / 7);
  const cuts: [string, string][] = [];
  for (let at = 1; at < text.length; at += step) cuts.push([text.slice(0, at), text.slice(at)]);
  return cuts;
}

/**
 * Reads one head whole, byte by byte, cut in two, again and again, and with a second request behind it. All must agree,
 * a good head must not be taken before its last byte, and the second request must stay untouched.
 */
export function readEveryWay<T>(
  text: string,
  parse: (head: Head) => T,
  limits: HeadLimits = LIMITS,
): T | Refused | null {
  const read = (pieces: readonly string[]) => readPieces(pieces, parse, { limits });
  const roomy = { limits: { ...limits, readBytes: text.length + SECOND.length } };
  const whole = readPieces([text], parse, roomy);
  for (let time = 1; time <= 3; time++) {
    const again = readPieces([text], parse, { ...roomy, memo: SHARED_MEMO });
    assertEquals(again, whole, `as a head that may be known, time ${time}`);
  }
  assertEquals(read([text]), whole, "in reads of the usual size");
  assertEquals(read([...text]), whole, "byte by byte");
  for (const cut of cutsOf(text)) assertEquals(read(cut), whole, `cut at ${cut[0].length}`);
  if (whole.result === null) return null;
  const rest = isRefused(whole.result) ? "" : SECOND;
  const glued = { result: whole.result, rest: whole.rest + rest };
  assertEquals(readPieces([text + SECOND], parse, roomy), glued, "with a second request behind it");
  assertEquals(read([...text + SECOND]), glued, "byte by byte, with a second request behind it");
  if (!isRefused(whole.result)) {
    assertEquals(whole.rest, "", "a good head leaves nothing");
    assertEquals(read([text.slice(0, -1)]).result, null, "not taken before its last byte");
  }
  return whole.result;
}

/** The head that a text is. */
export function headOf(text: string): Head {
  const buffer = new HeadBuffer(LIMITS);
  feed(buffer, text);
  const head = buffer.take();
  if (head === null) throw new Error(`Expected a whole head: ${JSON.stringify(text)}`);
  return head;
}

/** The fields that some field lines are, written without their line ends. */
export function fieldsOf(...lines: readonly string[]): Fields {
  return parseFields(headOf(["GET / HTTP/1.1", ...lines, "", ""].join("\r\n")));
}

/** Names and values of all field lines, as received. */
export function linesOf(head: Head, fields: Fields): [name: string, value: string][] {
  return fields.lines.map((line) => [
    byteString(head.section.bytes, line.nameStart, line.nameEnd),
    byteString(head.section.bytes, line.valueStart, line.valueEnd),
  ]);
}
