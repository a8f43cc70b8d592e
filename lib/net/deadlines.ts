/**
 * Deadlines for ten thousand connections with one timer. Setting one is one assignment, no timer of the
 * system: a coarse tick looks at all of them. So an owner is told up to two ticks late, and never early.
 *
 * Where nothing is due soon the clock sleeps until something is, and without any deadline it has no timer at all: a server
 * that nobody asks wakes nobody. Whoever looks at the time wakes it.
 */

import { Bag } from "./bag.ts";

/** How often the deadlines are looked at, in ms. */
export const TICK_MS = 100;
/** What is due later than this lets the clock sleep, in ms. */
const SLEEP_FROM_MS = 5 * TICK_MS;
/** A timer of the system counts to this, in ms; longer is for ever. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Who is told that a deadline has passed. An object, not a function: ten thousand closures are a megabyte. */
export interface DeadlineOwner {
  /** Called once the deadline has passed. */
  deadlinePassed(): void;
}

/** The deadline of one connection, set or at rest. Setting it anew moves it. */
export class Deadline {
  /** When it passes, on the clock's scale in ms; Infinity is never. */
  dueMs = Infinity;
  /** Who is told then. A deadline passes once, and rests until it is set again. */
  owner: DeadlineOwner;
  /** The clock's own. */
  place = -1;
  readonly #clock: DeadlineClock;

  constructor(clock: DeadlineClock, owner: DeadlineOwner) {
    this.#clock = clock;
    this.owner = owner;
  }

  /** Passes `ms` milliseconds from now, up to two ticks later. */
  set(ms: number): void {
    this.dueMs = this.#clock.nowMs + ms + TICK_MS;
  }

  /** When it was set to pass after `ms`, as {@linkcode DeadlineClock.nowMs} told it; Infinity if it rests. */
  sinceMs(ms: number): number {
    return this.dueMs - ms - TICK_MS;
  }

  /** Rests. */
  clear(): void {
    this.dueMs = Infinity;
  }

  /** Leaves the clock for good. */
  remove(): void {
    this.#clock.deadlines.delete(this);
  }
}

/** The one clock of a server. Ticks by itself once it runs; until then whoever owns it calls {@linkcode tick}. */
export class DeadlineClock {
  readonly deadlines: Bag<Deadline> = new Bag();
  /** How late the last tick was, in ms: as late as all else in the event loop. */
  lateMs = 0;
  #nowMs: number;
  /** When the next tick should be. */
  #expectedMs: number;
  #onTick: ((nowMs: number) => number) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsleep = false;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
    this.#expectedMs = nowMs + TICK_MS;
  }

  /** Time of the last tick, in ms, on any scale that only grows. Wakes the clock. */
  get nowMs(): number {
    if (this.#isAsleep) this.#wake();
    return this.#nowMs;
  }

  /** Whether it sleeps; for tests. */
  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  /** Gives a new deadline, at rest. */
  add(owner: DeadlineOwner): Deadline {
    const deadline = new Deadline(this, owner);
    this.deadlines.add(deadline);
    return deadline;
  }

  /**
   * Ticks by itself from now on, on the scale of `performance.now()`.
   *
   * @param onTick Called with the time at each tick, and when the clock wakes. Gives how long it may sleep, in ms.
   */
  run(onTick: (nowMs: number) => number): void {
    this.#onTick = onTick;
    this.#sleep(TICK_MS);
  }

  /** Stops ticking, for good. */
  close(): void {
    this.#onTick = null;
    this.#isAsleep = false;
    clearTimeout(this.#timer);
  }

  /** Tells the owners of what has passed at `nowMs`. Gives when the next of all deadlines is due; at once, if unknown. */
  tick(nowMs: number): number {
    this.#compensate(nowMs);
    let nextMs = Infinity;
    for (const deadline of this.deadlines) {
      if (deadline.dueMs > nowMs) {
        if (deadline.dueMs < nextMs) nextMs = deadline.dueMs;
        continue;
      }
      deadline.clear();
      deadline.owner.deadlinePassed();
      nextMs = -Infinity; // It may have set any of them.
    }
    return nextMs;
  }

  /** A stall of our own is held against no peer: its bytes may have been here all the time. */
  #compensate(nowMs: number): void {
    this.lateMs = Math.max(0, nowMs - this.#expectedMs);
    const stallMs = nowMs - this.#expectedMs - TICK_MS;
    this.#nowMs = nowMs;
    this.#expectedMs = nowMs + TICK_MS;
    if (stallMs <= 0) return;
    for (const deadline of this.deadlines) deadline.dueMs += stallMs;
  }

  readonly #step = (): void => {
    this.#isAsleep = false;
    const nextMs = this.tick(performance.now());
    const mayRestMs = this.#onTick?.(this.#nowMs) ?? 0;
    const restMs = Math.min(nextMs - this.#nowMs, mayRestMs);
    this.#isAsleep = this.#onTick !== null && restMs >= SLEEP_FROM_MS;
    this.#sleep(this.#isAsleep ? restMs : TICK_MS);
  };

  #sleep(ms: number): void {
    const restMs = Math.min(ms, MAX_TIMER_MS);
    this.#expectedMs = this.#nowMs + (ms === Infinity ? Infinity : restMs);
    if (this.#onTick !== null && ms !== Infinity) this.#timer = setTimeout(this.#step, restMs);
  }

  /** Nothing is due: else the timer would have come. */
  #wake(): void {
    this.#isAsleep = false;
    clearTimeout(this.#timer);
    this.#compensate(performance.now());
    this.#onTick?.(this.#nowMs);
    this.#sleep(TICK_MS);
  }
}
