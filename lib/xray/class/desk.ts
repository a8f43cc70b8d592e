/**
 * What a class keeps of one client address: its own requests, counted from 1, and nothing from which the others could be
 * told. Numbers of requests and lanes, sums, the run itself are its own; a file that another client has brought into the
 * cache looks like one that nobody has asked for.
 */

import { plainAddress } from "../../net/lan.ts";
import type { Seen } from "../../lessons/seen.ts";
import { type Detail, detailOf, type Summary, summaryOf } from "../detail.ts";
import { maskDetail } from "../secrets.ts";
import type { RequestTrace } from "../trace.ts";
import { servedPath } from "../verdict.ts";

/** Requests of one client that are kept, and bytes of their heads. */
export const MAX_ENTRIES = 150;
const MAX_BYTES = 256 * 1024;
/** Lanes of one client that are known. */
const MAX_LANES = 150;
/** Requests in each {@linkcode WINDOW_MS} that are kept; more are counted. */
const MAX_IN_WINDOW = 50;
const WINDOW_MS = 100;
/** Files that are known to be in the cache by the client's own doing. */
const MAX_FETCHED = 500;

/** A connection, as far as this client has used it. */
export interface DeskLane {
  readonly number: number;
  readonly peer: string;
  readonly openMs: number;
  /** Whether a proxy uses it for others as well. */
  readonly isShared: boolean;
  /** 0 while the client may use it. */
  closeMs: number;
  /** Requests of the client on it, kept or not; of these, those that were only counted. */
  requests: number;
  skipped: number;
  version: number;
}

/** A request as its own client sees it. */
export interface Entry {
  readonly id: number;
  readonly lane: DeskLane;
  /** Its place among the client's own requests on the connection, from 1. */
  readonly order: number;
  readonly trace: RequestTrace;
  /** Whether the client had fetched the same file before. */
  isFetchedAgain: boolean;
  /** As the lessons see it, once they have looked. */
  seen: Seen | null;
}

/** How often something may be kept. */
export class Sampler {
  #sinceMs = -Infinity;
  #count = 0;

  /** Whether one more may be. */
  takes(nowMs: number): boolean {
    if (nowMs - this.#sinceMs >= WINDOW_MS) {
      this.#sinceMs = nowMs;
      this.#count = 0;
    }
    return this.#count++ < MAX_IN_WINDOW;
  }
}

/** One client address. */
export class Desk {
  readonly address: string;
  /** Its place in the order in which clients came, from 1: for the teacher alone. */
  readonly number: number;
  /** Of this desk alone: whoever comes after it was forgotten begins anew. */
  readonly run = crypto.randomUUID().slice(0, 8);
  readonly sampler = new Sampler();
  seenCount = 0;
  keptCount = 0;
  /** Grows with everything that the client could be told of. */
  version = 0;
  /** When the client did something last, on the scale of `performance.now()`. */
  lastMs = 0;
  readonly lanes = new Map<number, DeskLane>();
  readonly underWay = new Set<Entry>();
  readonly #entries: Entry[] = [];
  #bytes = 0;
  #lastId = 0;
  #lastLane = 0;
  readonly #fetched = new Set<string>();

  constructor(address: string, number: number) {
    this.address = address;
    this.number = number;
  }

  /** A connection on which the client asks for something. */
  openLane(told: Pick<DeskLane, "peer" | "openMs" | "isShared">): DeskLane {
    const number = ++this.#lastLane;
    const rest = { closeMs: 0, requests: 0, skipped: 0, version: ++this.version };
    const lane: DeskLane = { number, ...told, ...rest };
    this.lanes.set(number, lane);
    if (this.lanes.size > MAX_LANES) this.#forgetLane();
    return lane;
  }

  /** Something about a lane is other than before. */
  changed(lane: DeskLane): void {
    lane.version = ++this.version;
  }

  /** A request begins, or is found to be this client's. */
  begin(lane: DeskLane, trace: RequestTrace, nowMs: number): Entry {
    const id = ++this.#lastId;
    const order = ++lane.requests;
    const entry = { id, lane, order, trace, isFetchedAgain: false, seen: null };
    this.underWay.add(entry);
    this.lastMs = nowMs;
    this.version++;
    return entry;
  }

  /** A request turns out to be somebody else's, or none that is shown. */
  drop(entry: Entry): void {
    const { id, lane } = entry;
    this.underWay.delete(entry);
    // Numbers are given anew, so that there is no gap for each part of the page.
    if (id === this.#lastId) this.#lastId--;
    if (--lane.requests === 0 && lane.number === this.#lastLane) {
      this.lanes.delete(lane.number);
      this.#lastLane--;
    }
    this.version++;
  }

  /** A request is over. */
  end(entry: Entry): void {
    this.underWay.delete(entry);
    this.seenCount++;
    this.keptCount++;
    const file = servedPath(entry.trace)?.join("/");
    if (entry.trace.located === "file" && file !== undefined) {
      entry.isFetchedAgain = this.#fetched.has(file);
      if (this.#fetched.size >= MAX_FETCHED) this.#fetched.clear();
      this.#fetched.add(file);
    }
    this.#entries.push(entry);
    this.#bytes += bytesOf(entry);
    while (this.#entries.length > MAX_ENTRIES || this.#bytes > MAX_BYTES) {
      const oldest = this.#entries.shift();
      if (oldest === undefined) break;
      this.#bytes -= bytesOf(oldest);
    }
    this.changed(entry.lane);
  }

  /** A request that was only counted is over. */
  count(lane: DeskLane): void {
    this.seenCount++;
    lane.requests++;
    lane.skipped++;
    this.changed(lane);
  }

  /** The kept requests that ended after the first `count` ones, oldest first. */
  entriesSince(count: number): readonly Entry[] {
    const fresh = this.keptCount - Math.max(count, this.keptCount - this.#entries.length);
    return this.#entries.slice(this.#entries.length - fresh);
  }

  /** A kept request by its number; null if there is none of this client's. */
  entry(id: number): Entry | null {
    for (const entry of this.underWay) if (entry.id === id) return entry;
    return this.#entries.find((entry) => entry.id === id) ?? null;
  }

  #forgetLane(): void {
    const all = [...this.lanes.values()];
    const oldest = all.find(({ closeMs }) => closeMs !== 0) ?? all[0];
    this.lanes.delete(oldest.number);
  }
}

/** The one spelling of an address under which its desk is found. */
export function deskAddress(hostname: string): string {
  return plainAddress(hostname).toLowerCase();
}

/** A request in a line, numbered as its client counts. */
export function ownSummary(entry: Entry): Summary {
  const { id, lane, order, trace } = entry;
  const cached = trace.cached && entry.isFetchedAgain;
  return { ...summaryOf(trace), id, connection: lane.number, order, cached };
}

/**
 * All about a request, for its client: without secrets, which another one behind the same address might see, without paths
 * of the machine, and without the story of a fault of ours.
 */
export function ownDetail(entry: Entry): Detail {
  const { trace } = entry;
  const detail = maskDetail(detailOf(trace, "."));
  // In one segment with it may have come the beginning of somebody else's.
  const reads = entry.lane.isShared ? cutTo(trace.headBytes, detail.reads) : detail.reads;
  const own = { ...detail, ...ownSummary(entry), requestTarget: detail.requestTarget, reads };
  const shown = trace.cached && !entry.isFetchedAgain
    ? { ...own, verdict: own.verdict.replace(CACHE_STORY, "") }
    : own;
  if (trace.statusCode !== 500) return shown;
  const error = trace.error === null ? null : { rule: trace.error.rule, detail: OUR_FAULT };
  return { ...shown, error, reason: { ...shown.reason, text: OUR_FAULT } };
}

const OUR_FAULT = "A fault of the server: whoever runs it finds the story in its log";
/** What a verdict says of the cache, which others may have filled. */
const CACHE_STORY = /; proven when the file was read.*$/;

function bytesOf({ trace }: Entry): number {
  return (trace.head?.length ?? 0) + (trace.responseHead?.length ?? 0);
}

/** Pairs of a time and a byte count, up to so many bytes. */
function cutTo(bytes: number, pairs: readonly number[]): number[] {
  const cut: number[] = [];
  for (let i = 0, left = bytes; i < pairs.length && left > 0; i += 2) {
    cut.push(pairs[i], Math.min(left, pairs[i + 1]));
    left -= pairs[i + 1];
  }
  return cut;
}
