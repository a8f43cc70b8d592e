/**
 * RFC 9112 §4, §5 and §9.3: the lines of a response head, as text and, for those that come again and again, as bytes that
 * are made once: the first lines for a second, the last ones for a state of a connection.
 */

import { formatHttpDate } from "./date.ts";
import { asciiBytes } from "./grammar.ts";
import { reasonPhrase } from "./status.ts";

/** Field lines before they are written. */
export type FieldLines = readonly (readonly [name: string, value: string])[];

/** What the last lines of a head say about the connection. */
export interface Persistence {
  /** Whether the connection goes on after this response. */
  readonly persistent: boolean;
  /** How long it then may be idle, in ms. */
  readonly keepAliveTimeoutMs: number;
  /** How many more requests it then takes; Infinity is unlimited. */
  readonly requestsLeft: number;
}

/** Byte strings in a row, in an array of their own. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(lengthOfParts(parts));
  copyParts(parts, joined);
  return joined;
}

/** How long byte strings are together. */
export function lengthOfParts(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

/** Copies byte strings in a row to the start of an array that is long enough. Gives where they end. */
export function copyParts(parts: readonly Uint8Array[], into: Uint8Array): number {
  let at = 0;
  for (const part of parts) {
    into.set(part, at);
    at += part.length;
  }
  return at;
}

let start = { second: -1, bytes: new Uint8Array(0) };

/** The first two lines of every 200 of one second. */
export function startOf200(second: number): Uint8Array {
  if (start.second !== second) start = { second, bytes: asciiBytes(startOf(200, second * 1000)) };
  return start.bytes;
}

let date = { second: -1, text: "" };

/** Status line and Date: RFC 9112 §4 and RFC 9110 §6.6.1. */
export function startOf(statusCode: number, nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (date.second !== second) date = { second, text: formatHttpDate(nowMs) };
  return `HTTP/1.1 ${statusCode} ${reasonPhrase(statusCode)}\r\nDate: ${date.text}\r\n`;
}

/** Field lines as they are written: RFC 9112 §5. */
export function textOf(fieldLines: FieldLines): string {
  return fieldLines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
}

/** The last lines of a head by how many requests are left: few, and each is wanted again and again. */
const connectionMemo = new Map<number, Uint8Array>();
const MAX_CONNECTION_LINES = 1024;
let memoTimeoutMs = -1;

/** {@linkcode connectionLines} and the empty line that ends a head; the same object for the same lines. */
export function connectionBytes(persistence: Persistence): Uint8Array {
  const { persistent, keepAliveTimeoutMs, requestsLeft } = persistence;
  if (memoTimeoutMs !== keepAliveTimeoutMs || connectionMemo.size > MAX_CONNECTION_LINES) {
    connectionMemo.clear();
    memoTimeoutMs = keepAliveTimeoutMs;
  }
  const key = persistent ? requestsLeft : -1;
  let bytes = connectionMemo.get(key);
  if (bytes === undefined) {
    bytes = asciiBytes(connectionLines(persistence) + "\r\n");
    connectionMemo.set(key, bytes);
  }
  return bytes;
}

/**
 * RFC 9112 §9.6 asks for `Connection: close` before closing. HTTP/1.0 clients need `keep-alive` said, and browsers
 * heed `Keep-Alive` (timeout in seconds, requests left), as the lab shows.
 */
export function connectionLines(
  { persistent, keepAliveTimeoutMs, requestsLeft }: Persistence,
): string {
  if (!persistent) return "Connection: close\r\n";
  const timeout = Math.floor(keepAliveTimeoutMs / 1000);
  const max = requestsLeft === Infinity ? "" : `, max=${requestsLeft}`;
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${timeout}${max}\r\n`;
}
