/**
 * RFC 9112 §4, §5: the lines of a response head as text and as bytes. What is wanted again and again, such as the first
 * lines of a second and the last lines of a connection, is made once.
 */

import { formatHttpDate } from "./date.ts";
import { asciiBytes } from "./grammar.ts";
import { reasonPhrase } from "./status.ts";

/** Field lines, in the order in which they are sent. */
export type FieldLines = readonly (readonly [name: string, value: string])[];

/** What the last lines of a head speak of; see `Circumstances` of step (v). */
export interface ConnectionFacts {
  readonly persistent: boolean;
  readonly keepAliveTimeoutMs: number;
  readonly requestsLeft: number;
}

/** Joins the parts of a head. */
export function joinThree(a: Uint8Array, b: Uint8Array, c: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length + c.length);
  joined.set(a);
  joined.set(b, a.length);
  joined.set(c, a.length + b.length);
  return joined;
}

let start = { second: -1, bytes: new Uint8Array(0) };

/** The first two lines of every 200 of one second. */
export function startOf200(second: number): Uint8Array {
  if (start.second !== second) start = { second, bytes: asciiBytes(startOf(200, second * 1000)) };
  return start.bytes;
}

/** Status line and Date. */
export function startOf(statusCode: number, nowMs: number): string {
  return `HTTP/1.1 ${statusCode} ${reasonPhrase(statusCode)}\r\nDate: ${formatHttpDate(nowMs)}\r\n`;
}

/** Field lines as they are sent. */
export function textOf(fieldLines: FieldLines): string {
  return fieldLines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
}

/** The last lines of a head by how many requests are left: few, and each is wanted again and again. */
const connectionMemo = new Map<number, Uint8Array>();
const MAX_CONNECTION_LINES = 1024;
let memoTimeoutMs = -1;

/** {@linkcode connectionLines} and the empty line, as bytes: the same array for the same facts. */
export function connectionBytes(facts: ConnectionFacts): Uint8Array {
  const { persistent, keepAliveTimeoutMs, requestsLeft } = facts;
  if (memoTimeoutMs !== keepAliveTimeoutMs || connectionMemo.size > MAX_CONNECTION_LINES) {
    connectionMemo.clear();
    memoTimeoutMs = keepAliveTimeoutMs;
  }
  const key = persistent ? requestsLeft : -1;
  let bytes = connectionMemo.get(key);
  if (bytes === undefined) {
    bytes = asciiBytes(connectionLines(facts) + "\r\n");
    connectionMemo.set(key, bytes);
  }
  return bytes;
}

/**
 * RFC 9112 §9.6 asks for `Connection: close` before closing. HTTP/1.0 clients need `keep-alive` said, and browsers
 * heed `Keep-Alive` (timeout in seconds, requests left), as the lab shows.
 */
export function connectionLines(
  { persistent, keepAliveTimeoutMs, requestsLeft }: ConnectionFacts,
): string {
  if (!persistent) return "Connection: close\r\n";
  const timeout = Math.floor(keepAliveTimeoutMs / 1000);
  const max = requestsLeft === Infinity ? "" : `, max=${requestsLeft}`;
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${timeout}${max}\r\n`;
}
