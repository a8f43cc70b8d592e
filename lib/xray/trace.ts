/**
 * What the X-ray keeps of one request: times, byte offsets, and references to values that the steps made anyway. Of
 * bytes the head and the first of the content are copied, each up to a limit.
 */

import type { RequestError } from "../errors.ts";
import type { Located, Request, Response, TargetPath } from "../http/message.ts";
import { STEP } from "../lessons/seen.ts";

export { STEP };

/** Bytes of a head that are kept. */
export const MAX_HEAD_BYTES = 16 * 1024;
/** Bytes of content that are kept. */
export const MAX_CONTENT_BYTES = 4 * 1024;
/** Reads and writes that are kept one by one; what comes after is added to the last. */
const MAX_READS = 64;
const MAX_WRITES = 256;

/** One of {@linkcode STEP}. */
export type Step = (typeof STEP)[keyof typeof STEP];

/** One request and its response. Times are of `performance.now()`, in ms. */
export class RequestTrace {
  /** Counts the requests that are kept, from 1. */
  readonly id: number;
  /** Number of its connection. */
  readonly connection: number;
  /** Its place on the connection, counted from 1. */
  readonly order: number;
  /** When its first byte was there. */
  readonly startMs: number;
  /** When its response was over; 0 until then. */
  endMs = 0;
  /** What took how long, in threes: a {@linkcode STEP}, start, end. */
  readonly steps: number[] = [];
  /** What is going on since the last of them ended. */
  now: Step = STEP.receive;
  /** Times and byte counts of what was received, in pairs. */
  readonly reads: number[] = [];
  /** Times and byte counts of what was sent, in pairs. */
  readonly writes: number[] = [];
  /** The first bytes of the head as it came; null until it is there. */
  head: Uint8Array | null = null;
  /** How long the head really was, in bytes. */
  headBytes = 0;
  method = "";
  requestTarget = "";
  path: TargetPath | null = null;
  /** What step (iv) found, in a word: a kind of `Located`; null if nobody looked. */
  located: string | null = null;
  /** Of `"absent"`: why. */
  why = "";
  /** Of `"file"`: the last name of its own path, its size in bytes, and whether the cache had it. */
  fileName = "";
  fileBytes = 0;
  cached = false;
  /** The address of the file that stands in for what was asked for; null if none does. */
  standIn: TargetPath | null = null;
  /** Whether it does so because the request is for a page: see `site/navigation.ts`. */
  isByNavigation = false;
  /** 0 until the response is composed. */
  statusCode = 0;
  responseHead: Uint8Array | null = null;
  /** Bytes of content that were planned, and that were sent. */
  contentLength = 0;
  contentBytes = 0;
  /** The first bytes of content as they were sent; null until some were. */
  content: Uint8Array | null = null;
  complete = false;
  /** Of the experiment: after how many bytes it was to be cut; 0 if not at all. */
  cutAfterBytes = 0;
  error: RequestError | null = null;

  constructor(
    { id, connection, order, startMs }: Pick<
      RequestTrace,
      "id" | "connection" | "order" | "startMs"
    >,
  ) {
    this.id = id;
    this.connection = connection;
    this.order = order;
    this.startMs = startMs;
  }

  /** Bytes were received. */
  noteRead(nowMs: number, count: number): void {
    notePair(this.reads, MAX_READS, [nowMs, count]);
  }

  /** Bytes were sent. */
  noteWrite(nowMs: number, count: number): void {
    notePair(this.writes, MAX_WRITES, [nowMs, count]);
  }

  /**
   * Bytes of content were sent. They are copied, as the buffer is used again.
   *
   * @param at How many bytes of content were sent before.
   */
  noteContent(bytes: Uint8Array, at: number): void {
    const kept = this.content?.length ?? 0;
    if (at !== kept || kept >= MAX_CONTENT_BYTES || bytes.length === 0) return;
    const more = bytes.subarray(0, MAX_CONTENT_BYTES - kept);
    if (this.content === null) {
      this.content = more.slice();
      return;
    }
    const content = new Uint8Array(kept + more.length);
    content.set(this.content);
    content.set(more, kept);
    this.content = content;
  }

  /** @param lives Whether the bytes stay what they are; others are valid until the next read, and so are copied. */
  noteHead(bytes: Uint8Array, lives: boolean): void {
    this.headBytes = bytes.length;
    this.head = lives ? bytes : bytes.slice(0, MAX_HEAD_BYTES);
  }

  /** Step (iii) understood the head. */
  noteRequest({ method, requestTarget, path }: Request): void {
    this.method = method;
    this.requestTarget = requestTarget;
    this.path = path;
  }

  /** Step (iv) has looked. @param atOnce Whether it knew without waiting. */
  noteLocated(located: Located<unknown>, atOnce: boolean): void {
    this.located = located.kind;
    this.cached = atOnce && located.kind === "file";
    if (located.kind === "absent" || located.kind === "unavailable") this.why = located.why;
    if (located.kind !== "file" && located.kind !== "page") return;
    this.fileName = located.facts.name;
    this.fileBytes = located.facts.size;
    this.standIn = located.standIn ?? null;
    this.isByNavigation = located.kind === "file" && located.isByNavigation === true;
  }

  /** Step (v) composed the response. */
  noteResponse({ statusCode, head, contentLength }: Response): void {
    this.statusCode = statusCode;
    this.responseHead = head;
    this.contentLength = contentLength;
  }

  /** Step (vi) is over. The error that made the response says more than one that sending met. */
  noteSent(
    error: RequestError | null,
    { contentBytes, complete }: { readonly contentBytes: number; readonly complete: boolean },
  ): void {
    this.contentBytes = contentBytes;
    this.complete = complete;
    this.error ??= error;
  }

  /** Makes the step that is over last until now: slow motion. */
  stretch(nowMs: number): void {
    if (this.steps.length > 0) this.steps[this.steps.length - 1] = nowMs;
  }
}

/** Adds a time and a byte count; what is too much is added to the last. */
function notePair(
  pairs: number[],
  max: number,
  [nowMs, count]: readonly [nowMs: number, count: number],
): void {
  if (pairs.length < 2 * max) {
    pairs.push(nowMs, count);
  } else {
    pairs[pairs.length - 2] = nowMs;
    pairs[pairs.length - 1] += count;
  }
}
