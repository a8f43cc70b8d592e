/**
 * What a lesson sees of one request: everything that can be read from its bytes is read from its bytes, here, and never
 * from a field of the trace that says the same. So who changes such a field in a saved trace changes no lesson.
 */

import { byteString } from "../http/grammar.ts";

/** What of a trace is looked at; `Detail` of the X-ray is one. Bytes are in base64, times in ms on one scale. */
export interface Traced {
  readonly id: number;
  readonly connection: number;
  readonly order: number;
  readonly method: string;
  readonly requestTarget: string;
  readonly statusCode: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly steps: readonly number[];
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly head: string;
  readonly headBytes: number;
  readonly response: string;
  readonly contentBytes: number;
  readonly complete: boolean;
  readonly located: string | null;
  readonly cached: boolean;
  readonly blame: { readonly start: number; readonly end: number } | null;
  readonly error: { readonly rule: string; readonly detail: string } | null;
}

/**
 * The steps as the X-ray counts them. Two are none: `wait`, of a request that waits for its turn in serial mode, and
 * `page`, the look for the site's own page of an error, which no peer has asked for.
 */
export const STEP = {
  accept: 0,
  receive: 1,
  parse: 2,
  locate: 3,
  compose: 4,
  send: 5,
  wait: 6,
  page: 7,
} as const;
/** Their names, by number. */
export const STEP_NAMES = ["accept", "receive", "parse", "locate", "compose", "send", "wait"];

/** One field line. */
export interface WrittenField {
  /** As it was written. */
  readonly name: string;
  readonly value: string;
}

/** A head as text, cut into lines. */
class Message {
  readonly startLine: string;
  readonly lines: readonly WrittenField[];

  constructor(base64: string) {
    const bytes = bytesOf(base64);
    const [startLine = "", ...lines] = byteString(bytes, 0, bytes.length)
      .split(/\r?\n\r?\n/, 1)[0].split(/\r?\n/);
    this.startLine = startLine;
    this.lines = lines.filter((line) => line.includes(":")).map((line) => {
      const at = line.indexOf(":");
      return { name: line.slice(0, at), value: line.slice(at + 1).trim() };
    });
  }

  /** The value of a field; several lines of it become a list (RFC 9110 §5.3). Null where there is none. */
  get(name: string): string | null {
    const found = this.lines.filter((line) => line.name.toLowerCase() === name);
    return found.length === 0 ? null : found.map(({ value }) => value).join(", ");
  }
}

/** One request and its response. */
export class Seen {
  readonly traced: Traced;
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly statusCode: number;
  readonly #request: Message;
  readonly #response: Message;

  constructor(traced: Traced) {
    this.traced = traced;
    this.#request = new Message(traced.head);
    this.#response = new Message(traced.response);
    [this.method = "", this.target = "", this.version = ""] = this.#request.startLine.split(" ");
    this.statusCode = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(this.#response.startLine)?.[1] ?? 0);
  }

  /** The target without its query. */
  get path(): string {
    return this.target.split("?", 1)[0];
  }

  /** Field lines of the request, as they were written. */
  get fieldLines(): readonly WrittenField[] {
    return this.#request.lines;
  }

  /** A field of the request. @param name In lower case. */
  asked(name: string): string | null {
    return this.#request.get(name);
  }

  /** A field of the response. @param name In lower case. */
  said(name: string): string | null {
    return this.#response.get(name);
  }

  /** Whether the response is a whole one: none that was cut or given up. */
  get isWhole(): boolean {
    return this.traced.complete && this.traced.endMs > 0 && this.statusCode > 0;
  }

  /** Whether it is a GET, answered in full with this status. */
  isGet(statusCode: number): boolean {
    return this.method === "GET" && this.statusCode === statusCode && this.isWhole;
  }

  /** Whether a browser sent it: all of them still call themselves Mozilla. */
  get isOfBrowser(): boolean {
    return this.asked("user-agent")?.startsWith("Mozilla/") ?? false;
  }

  /** Time spent in one of {@linkcode STEP}, in ms. */
  stepMs(step: number): number {
    const { steps } = this.traced;
    let sum = 0;
    for (let i = 0; i < steps.length; i += 3) {
      if (steps[i] === step) sum += steps[i + 2] - steps[i + 1];
    }
    return sum;
  }

  /** How long it took, in ms. */
  get tookMs(): number {
    return this.traced.endMs - this.traced.startMs;
  }

  /** Bytes that were received while it was under way. */
  get readBytes(): number {
    return sumOfCounts(this.traced.reads);
  }
}

/** Bytes from base64; none where it is none. */
export function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return new Uint8Array(0);
  }
}

/** Adds up the counts of pairs of a time and a count. */
export function sumOfCounts(pairs: readonly number[]): number {
  return pairs.reduce((sum, value, i) => i % 2 === 1 ? sum + value : sum, 0);
}

/** Whether two were under way at the same time. */
export function overlap(a: Seen, b: Seen): boolean {
  return a.traced.startMs < b.traced.endMs && b.traced.startMs < a.traced.endMs;
}

/** The parts of a `Content-Range` of bytes; null of any other. @see RFC 9110 §14.4 */
export function contentRange(seen: Seen): { first: number; last: number; size: number } | null {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(seen.said("content-range") ?? "");
  if (match === null) return null;
  const [, first, last, size] = match.map(Number);
  return { first, last, size };
}
