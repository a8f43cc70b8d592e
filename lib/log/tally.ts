/**
 * Counts what peers can cause as often as they like, and says so in one line a minute at the most: a line an event would
 * fill the disk of whoever is attacked.
 */

/** How long a tally is silent after it has told, in ms. */
const SILENCE_MS = 60_000;

/** Counts events of one kind. Who owns it calls {@linkcode look} now and then. */
export class Tally {
  readonly #tell: (count: number) => void;
  #count = 0;
  #silentUntilMs = -Infinity;

  /** @param tell Gets how many there were since the last time; at least one. */
  constructor(tell: (count: number) => void) {
    this.#tell = tell;
  }

  add(): void {
    this.#count++;
  }

  /** Whether there is something that was not told yet. */
  get isWaiting(): boolean {
    return this.#count > 0;
  }

  /** Tells, if there is something to tell and the last time is a minute ago. @param nowMs On a clock that only grows. */
  look(nowMs: number): void {
    if (this.#count === 0 || nowMs < this.#silentUntilMs) return;
    this.#silentUntilMs = nowMs + SILENCE_MS;
    this.#tell(this.#count);
    this.#count = 0;
  }
}
