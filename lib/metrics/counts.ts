/**
 * What is counted of a server, as one array of numbers: of several workers each counts into its own, in memory that they
 * share, and whoever is asked for metrics adds them up. Counting is an addition or two; nothing is allocated for it.
 */

/** Upper bounds of the durations of requests, in seconds: a cached file takes 20 µs, a slow disk 10 ms. */
export const DURATION_BOUNDS = [0.000_1, 0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30] as const;
/** Upper bounds of the content of responses, in bytes. */
export const SIZE_BOUNDS = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;
/** Upper bounds of how late the event loop is, in seconds. */
export const DELAY_BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1] as const;

/** Statuses of errors that say that a limit was reached, and which. */
export const LIMIT_STATUSES: ReadonlyMap<number, string> = new Map([
  [408, "head_time"],
  [413, "content_size"],
  [414, "target_size"],
  [429, "passwords"],
  [431, "head_size"],
  [503, "connections"],
]);

/** Where a histogram is: a count for each bound, one for what is above all, and the sum. */
interface Histogram {
  readonly at: number;
  readonly bounds: readonly number[];
}

let length = 0;

function take(count: number): number {
  length += count;
  return length - count;
}

function histogram(bounds: readonly number[]): Histogram {
  return { at: take(bounds.length + 2), bounds };
}

/** What is counted where. Gauges are set, all else only grows. */
export const PLACES = {
  /** By the first digit of the status. */
  requests: take(6),
  durations: histogram(DURATION_BOUNDS),
  sizes: histogram(SIZE_BOUNDS),
  delays: histogram(DELAY_BOUNDS),
  /** In the order of {@linkcode LIMIT_STATUSES}. */
  limits: take(LIMIT_STATUSES.size),
  accepted: take(1),
  refused: take(1),
  cacheHits: take(1),
  cacheMisses: take(1),
  cacheBytes: take(1),
  /** Connections that have a slot, and others that have a descriptor. */
  served: take(1),
  others: take(1),
} as const;

const LIMIT_PLACES = new Map(
  [...LIMIT_STATUSES.keys()].map((statusCode, i) => [statusCode, PLACES.limits + i]),
);

/** Gives an array to count into, which other threads may read. */
export function newCounts(): Float64Array {
  return new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
}

/** Counts what one server does. */
export class Counter {
  readonly #counts: Float64Array;

  constructor(counts: Float64Array) {
    this.#counts = counts;
  }

  /** A response has ended. */
  ended(statusCode: number, contentBytes: number, durationMs: number): void {
    const counts = this.#counts;
    counts[PLACES.requests + Math.floor(statusCode / 100)]++;
    observe(counts, PLACES.durations, durationMs / 1000);
    observe(counts, PLACES.sizes, contentBytes);
  }

  /** A request failed. If a limit is why is told by the status of the error; health checks get 503 without any. */
  failed(statusCode: number): void {
    const limit = LIMIT_PLACES.get(statusCode);
    if (limit !== undefined) this.#counts[limit]++;
  }

  /** The event loop came to a timer so late. */
  delayed(ms: number): void {
    observe(this.#counts, PLACES.delays, ms / 1000);
  }

  /** Takes what is known elsewhere, to be called now and then. */
  look(
    { lateMs, handlers: { count, refused }, slots: { served, others }, caches }: {
      /** How late the event loop came to its last timer. */
      readonly lateMs: number;
      readonly handlers: { readonly count: number; readonly refused: number };
      readonly slots: { readonly served: number; readonly others: number };
      /** Of all sites. */
      readonly caches: readonly Readonly<Record<"hits" | "misses" | "usedBytes", number>>[];
    },
  ): void {
    this.delayed(lateMs);
    const sum = (of: "hits" | "misses" | "usedBytes") =>
      caches.reduce((all, cache) => all + cache[of], 0);
    const ofCaches = {
      cacheHits: sum("hits"),
      cacheMisses: sum("misses"),
      cacheBytes: sum("usedBytes"),
    };
    this.set({ accepted: count, refused, served, others, ...ofCaches });
  }

  /** Sets what is known elsewhere. */
  set(values: Readonly<Record<Known, number>>): void {
    for (const place of KNOWN) this.#counts[PLACES[place]] = values[place];
  }
}

const KNOWN = [
  ...["accepted", "refused"] as const,
  ...["cacheHits", "cacheMisses", "cacheBytes"] as const,
  ...["served", "others"] as const,
];
type Known = typeof KNOWN[number];

function observe(counts: Float64Array, { at, bounds }: Histogram, value: number): void {
  let slot = 0;
  while (slot < bounds.length && value > bounds[slot]) slot++;
  counts[at + slot]++;
  counts[at + bounds.length + 1] += value;
}

/** Adds up what several threads have counted. */
export function sumOf(all: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(length);
  for (const counts of all) for (let i = 0; i < length; i++) sum[i] += counts[i];
  return sum;
}
