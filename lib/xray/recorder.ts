/**
 * The observer of a server: keeps the last requests in a ring of fixed size, counts all of them, and sums up each
 * second. Whoever wants to know asks it; it waits for nobody, so no viewer can slow the server down.
 */

import type { ClassSide } from "./attending.ts";
import { addressIn, Clients } from "./clients.ts";
import { ConnectionTrace, type Result, type Tracer } from "./connection_trace.ts";
import { type Experiments, NORMAL, Turnstile } from "./experiments.ts";
import { Histogram } from "./histogram.ts";
import type { Endpoint, Observer, Socket } from "../observer.ts";
import { type RequestTrace, STEP } from "./trace.ts";

/** Requests that are kept. */
export const MAX_TRACES = 1_000;
/** Connections that are known by name, open or closed. */
const MAX_CONNECTIONS = 1_000;
/** Seconds that are summed up: five minutes. */
const MAX_SECONDS = 300;
/** Up to this many requests are kept in each {@linkcode SAMPLE_MS}; of more, once the reserve is used up, every n-th. */
const SAMPLE_COUNT = 50;
/**
 * A burst of so many is kept whole, if it was quiet before: a page load has no gaps, nor has who comes right behind it. Each
 * request takes one; each {@linkcode SAMPLE_MS} without too many gives {@linkcode SAMPLE_COUNT} back.
 */
const RESERVE = 500;
const SAMPLE_MS = 100;

/** One second of the whole server. Durations in ms, by step; null where no request was kept. */
export interface Second {
  /** When it ended, on the scale of `performance.now()`. */
  readonly atMs: number;
  readonly openConnections: number;
  readonly requests: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Responses by status code. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly p50: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
  readonly cacheHits: number;
  readonly cacheMisses: number;
}

/** Sees a whole server. One for each server. */
export class Recorder implements Observer, Tracer {
  readonly turnstile: Turnstile = new Turnstile();
  readonly clients: Clients = new Clients();
  /** Where the server listens; null until it does. */
  place: Endpoint | null = null;
  /** All requests that ended so far, and those of them that were kept. */
  seenCount = 0;
  keptCount = 0;
  /** The connections that are known, the oldest first. */
  readonly connections: Map<number, ConnectionTrace> = new Map();
  /** Grows with each change of a connection. */
  version = 0;
  readonly seconds: Second[] = [];
  #experiments: Experiments = NORMAL;
  readonly #traces: (RequestTrace | undefined)[] = new Array(MAX_TRACES).fill(undefined);
  #begunCount = 0;
  #lastId = 0;
  #sampledCount = 0;
  /** Requests kept since the last {@linkcode sample}. */
  #sampleSize = 0;
  #reserve = RESERVE;
  #every = 1;
  #openCount = 0;
  readonly #histograms = Array.from({ length: STEP.send + 1 }, () => new Histogram());
  #sum = newSum();
  #cacheBefore = { hits: 0, misses: 0 };
  readonly #timers: ReturnType<typeof setInterval>[];

  /** The class that is told whose the requests are; null without `--class`. */
  readonly classSide: ClassSide | null;

  constructor(classSide: ClassSide | null = null) {
    this.classSide = classSide;
    if (classSide !== null) classSide.experiments = () => this.#experiments;
    this.#timers = [
      setInterval(() => this.sample(), SAMPLE_MS),
      setInterval(() => this.sumUp(performance.now()), 1_000),
    ];
  }

  /** Stops for good. */
  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.classSide?.close();
    this.experiments = NORMAL;
  }

  get experiments(): Experiments {
    return this.#experiments;
  }

  set experiments(experiments: Experiments) {
    const isNormal = JSON.stringify(experiments) === JSON.stringify(NORMAL);
    this.#experiments = isNormal ? NORMAL : experiments;
    if (!experiments.serial) this.turnstile.open();
  }

  serving(place: Endpoint): void {
    this.place = place;
    if (this.classSide !== null) this.classSide.place = place;
  }

  leaving(): void {
    this.classSide?.close();
  }

  accepted(socket: Socket, number: number): ConnectionTrace {
    const connection = new ConnectionTrace(socket, number, this);
    connection.version = ++this.version;
    this.#openCount++;
    this.connections.set(number, connection);
    if (this.connections.size > MAX_CONNECTIONS) this.#forgetConnection();
    return connection;
  }

  begin(isWanted: boolean | null): number {
    const count = this.#begunCount++;
    if (isWanted !== null) return isWanted ? ++this.#lastId : 0;
    if (this.#reserve > 0) this.#reserve--;
    else if (count % this.#every !== 0) return 0;
    // A sudden load is noticed here, before the next sample is due.
    else if (++this.#sampleSize >= 2 * SAMPLE_COUNT) {
      this.#every *= 2;
      this.#sampleSize = SAMPLE_COUNT;
    }
    return ++this.#lastId;
  }

  end(trace: RequestTrace | null, { statusCode, readBytes, writtenBytes }: Result): void {
    this.seenCount++;
    const sum = this.#sum;
    sum.requests++;
    sum.readBytes += readBytes;
    sum.writtenBytes += writtenBytes;
    sum.statuses[statusCode] = (sum.statuses[statusCode] ?? 0) + 1;
    if (trace === null) return;
    this.#traces[this.keptCount++ % MAX_TRACES] = trace;
    for (let i = 0; i < trace.steps.length; i += 3) {
      this.#histograms[trace.steps[i]]?.add(trace.steps[i + 2] - trace.steps[i + 1]);
    }
  }

  changed(connection: ConnectionTrace): void {
    connection.version = ++this.version;
  }

  closed(connection: ConnectionTrace): void {
    connection.version = ++this.version;
    this.#openCount--;
  }

  /** What is told of clients is other than before. @param address Of the one that it is about; null for all. */
  renamed(address: string | null): void {
    for (const connection of this.connections.values()) {
      if (address === null || addressIn(connection.peer) === address) this.changed(connection);
    }
  }

  /** The kept requests that ended after the first `count` ones, oldest first; what the ring lost is not there. */
  tracesSince(count: number): RequestTrace[] {
    const found: RequestTrace[] = [];
    for (let at = Math.max(count, this.keptCount - MAX_TRACES); at < this.keptCount; at++) {
      const trace = this.#traces[at % MAX_TRACES];
      if (trace !== undefined) found.push(trace);
    }
    return found;
  }

  /** One of this many requests is kept now. */
  get every(): number {
    return this.#reserve > 0 ? 1 : this.#every;
  }

  /** How many requests that began were only counted. */
  get skippedCount(): number {
    return this.#begunCount - this.#lastId;
  }

  /** The kept requests that are under way. */
  tracesUnderWay(): RequestTrace[] {
    const found: RequestTrace[] = [];
    for (const { current } of this.connections.values()) if (current !== null) found.push(current);
    return found;
  }

  /** A kept request by its number; null if it was lost. */
  trace(id: number): RequestTrace | null {
    const ended = this.#traces.find((trace) => trace?.id === id);
    if (ended !== undefined) return ended;
    for (const { current } of this.connections.values()) if (current?.id === id) return current;
    return null;
  }

  /** Adapts to the load how many requests are kept. Called every {@linkcode SAMPLE_MS}. */
  sample(): void {
    const count = this.#begunCount - this.#sampledCount;
    this.#sampledCount = this.#begunCount;
    this.#sampleSize = 0;
    this.#every = this.classSide === null ? Math.max(1, Math.ceil(count / SAMPLE_COUNT)) : 1;
    if (count <= SAMPLE_COUNT) this.#reserve = Math.min(RESERVE, this.#reserve + SAMPLE_COUNT);
  }

  /** Ends a second. */
  sumUp(atMs: number): void {
    const { hits, misses } = this.place?.cache ?? this.#cacheBefore;
    this.seconds.push({
      atMs,
      openConnections: this.#openCount,
      ...this.#sum,
      p50: this.#histograms.map((histogram) => histogram.percentile(0.5)),
      p99: this.#histograms.map((histogram) => histogram.percentile(0.99)),
      cacheHits: hits - this.#cacheBefore.hits,
      cacheMisses: misses - this.#cacheBefore.misses,
    });
    if (this.seconds.length > MAX_SECONDS) this.seconds.shift();
    for (const histogram of this.#histograms) histogram.clear();
    this.#sum = newSum();
    this.#cacheBefore = { hits, misses };
  }

  /** Forgets the oldest closed connection; if all are open, the oldest. */
  #forgetConnection(): void {
    let oldest: number | null = null;
    for (const [number, { closeMs }] of this.connections) {
      oldest ??= number;
      if (closeMs === 0) continue;
      oldest = number;
      break;
    }
    if (oldest !== null) this.connections.delete(oldest);
  }
}

function newSum() {
  return {
    requests: 0,
    readBytes: 0,
    writtenBytes: 0,
    statuses: {} as Record<string, number>,
  };
}
