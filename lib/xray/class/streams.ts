/**
 * The event streams of a class: one report after another to each page that is open, of its own client alone. Bounded for each
 * client and for all: the one that has gone on longest ends for the next, and comes again by itself.
 */

import { type FollowerSide, sendEvents } from "../../net/event_stream.ts";
import type { Desk } from "./desk.ts";
import type { DeskViewer } from "./viewer.ts";

/** Pages of one client that are told at once. */
export const MAX_OF_DESK = 3;
/** How often a page is told at most, and at least: then it hears of nothing but the time. In ms. */
const TICK_MS = 100;
const REST_MS = 1_000;
/** How long a page may take no byte, in ms. */
const STALL_MS = 10_000;
/** How soon a browser tries again when the stream ends, in ms. */
const RETRY_MS = 1_000;

/** One stream. */
class Stream {
  isEnded = false;
  #wake = () => {};

  end(): void {
    this.isEnded = true;
    this.#wake();
  }

  /** Waits, unless it ends. */
  async pause(ms: number): Promise<void> {
    if (this.isEnded) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
  }
}

/** All streams of a class. */
export class Streams {
  /** In the order in which they began. */
  readonly #open = new Map<Stream, Desk>();
  #isClosed = false;

  /** Whether a client has a page open. */
  has(desk: Desk): boolean {
    return this.countOf(desk) > 0;
  }

  /** How many pages of a client are told. */
  countOf(desk: Desk): number {
    return this.#of(desk).length;
  }

  /** Tells a page until it leaves, gives way or the server stops. Rejects when its socket fails. */
  async follow(
    side: FollowerSide,
    { desk, viewer, maxCount }: { desk: Desk; viewer: DeskViewer; maxCount: number },
  ): Promise<void> {
    const stream = new Stream();
    if (this.#isClosed) return;
    const own = this.#of(desk);
    if (own.length >= MAX_OF_DESK) this.#end(own[0]);
    if (this.#open.size >= maxCount) this.#end([...this.#open.keys()][0]);
    this.#open.set(stream, desk);
    try {
      const onLeft = () => stream.end();
      await sendEvents(side, messages(stream, desk, viewer), { stallMs: STALL_MS, onLeft });
    } finally {
      this.#open.delete(stream);
      stream.end();
    }
  }

  /** Ends all of them, for good. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#open.keys()) stream.end();
  }

  #of(desk: Desk): Stream[] {
    return [...this.#open].filter(([, whose]) => whose === desk).map(([stream]) => stream);
  }

  #end(stream: Stream): void {
    this.#open.delete(stream);
    stream.end();
  }
}

async function* messages(stream: Stream, desk: Desk, viewer: DeskViewer) {
  for (let isFirst = true, version = -1, toldMs = 0; !stream.isEnded; isFirst = false) {
    const nowMs = performance.now();
    if (desk.version !== version || desk.underWay.size > 0 || nowMs - toldMs >= REST_MS) {
      version = desk.version;
      toldMs = nowMs;
      const data = JSON.stringify(viewer.next(nowMs));
      yield { event: "report", data, id: viewer.id, ...(isFirst ? { retry: RETRY_MS } : {}) };
    }
    await stream.pause(TICK_MS);
  }
}
