/**
 * What the X-ray keeps of one request: times, byte offsets, and references to values that the steps made anyway. Of
 * bytes only the head is copied, and that only up to a limit; content never is.
 */

import type { RequestError } from "../errors.ts";
import type { TargetPath } from "../http/message.ts";

/** The steps as they are counted here. `WAIT` is no step: a request that waits for its turn in serial mode. */
export const STEP = {
  accept: 0,
  receive: 1,
  parse: 2,
  locate: 3,
  compose: 4,
  send: 5,
  wait: 6,
} as const;

/** Bytes of a head that are kept. */
export const MAX_HEAD_BYTES = 16 * 1024;
/** Reads and writes that are kept one by one; what comes after is added to the last. */
const MAX_READS = 64;
const MAX_WRITES = 256;

/** One request and its response. Times are of `performance.now()`, in ms. */
export interface RequestTrace {
  /** Counts the requests that are kept, from 1. */
  readonly id: number;
  /** Number of its connection. */
  readonly connection: number;
  /** Its place on the connection, counted from 1. */
  readonly order: number;
  /** When its first byte was there. */
  readonly startMs: number;
  /** When its response was over; 0 until then. */
  endMs: number;
  /** What took how long, in threes: a {@linkcode STEP}, start, end. */
  readonly steps: number[];
  /** Times and byte counts of what was received, in pairs. */
  readonly reads: number[];
  /** Times and byte counts of what was sent, in pairs. */
  readonly writes: number[];
  /** The first bytes of the head as it came; null until it is there. */
  head: Uint8Array | null;
  /** How long the head really was, in bytes. */
  headBytes: number;
  method: string;
  requestTarget: string;
  path: TargetPath | null;
  /** What step (iv) found, in a word: a kind of `Located`; null if nobody looked. */
  located: string | null;
  /** Of `"absent"`: why. */
  why: string;
  /** Of `"file"`: its size in bytes, and whether the cache had it. */
  fileBytes: number;
  cached: boolean;
  /** 0 until the response is composed. */
  statusCode: number;
  responseHead: Uint8Array | null;
  /** Bytes of content that were planned, and that were sent. */
  contentLength: number;
  contentBytes: number;
  complete: boolean;
  error: RequestError | null;
}

/** Begins the trace of a request. */
export function newTrace(
  start: Pick<RequestTrace, "id" | "connection" | "order" | "startMs">,
): RequestTrace {
  return {
    ...start,
    endMs: 0,
    steps: [],
    reads: [],
    writes: [],
    head: null,
    headBytes: 0,
    method: "",
    requestTarget: "",
    path: null,
    located: null,
    why: "",
    fileBytes: 0,
    cached: false,
    statusCode: 0,
    responseHead: null,
    contentLength: 0,
    contentBytes: 0,
    complete: false,
    error: null,
  };
}

/** Notes that bytes were received. */
export function noteRead(trace: RequestTrace, nowMs: number, count: number): void {
  notePair(trace.reads, MAX_READS, nowMs, count);
}

/** Notes that bytes were sent. */
export function noteWrite(trace: RequestTrace, nowMs: number, count: number): void {
  notePair(trace.writes, MAX_WRITES, nowMs, count);
}

function notePair(pairs: number[], max: number, nowMs: number, count: number): void {
  if (pairs.length < 2 * max) {
    pairs.push(nowMs, count);
  } else {
    pairs[pairs.length - 2] = nowMs;
    pairs[pairs.length - 1] += count;
  }
}
