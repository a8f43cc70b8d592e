/** How long something takes, as counts by powers of the eighth root of two: 240 numbers, whatever happens. */

/** Slots per doubling: each is 9 % wide, and its middle is told, so a percentile is off by at most 4.5 %. */
const PER_DOUBLING = 8;
/** From 0.1 µs up, thirty doublings: to 107 s. */
const FIRST_MS = 0.0001;
const SLOTS = 30 * PER_DOUBLING;

/** Durations, counted. */
export class Histogram {
  readonly #counts = new Uint32Array(SLOTS);
  #total = 0;

  /** Counts a duration; one that no slot is made for goes to the first or the last. */
  add(ms: number): void {
    const slot = Math.floor(Math.log2(Math.max(ms, FIRST_MS) / FIRST_MS) * PER_DOUBLING);
    this.#counts[Math.min(slot, SLOTS - 1)]++;
    this.#total++;
  }

  /** The duration in ms that `share` of all (over 0, up to 1) do not pass; null if there are none. */
  percentile(share: number): number | null {
    if (this.#total === 0) return null;
    let left = Math.ceil(share * this.#total);
    let slot = 0;
    while (slot < SLOTS - 1 && (left -= this.#counts[slot]) > 0) slot++;
    return FIRST_MS * 2 ** ((slot + 0.5) / PER_DOUBLING);
  }

  /** Begins anew. */
  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }
}
