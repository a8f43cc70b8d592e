/**
 * Deadlines for ten thousand connections with one timer. Setting one is one assignment, no timer of the
 * system: a coarse tick looks at all of them. So an owner is told up to two ticks late, and never early.
 */

import { Bag } from "./bag.ts";

/** How often the deadlines are looked at, in ms. */
export const TICK_MS = 100;

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

/** The one clock of a server. Who owns it calls {@linkcode tick} every {@linkcode TICK_MS}. */
export class DeadlineClock {
  /** Time of the last tick, in ms, on any scale that only grows. */
  nowMs: number;
  readonly deadlines: Bag<Deadline> = new Bag();

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  /** Gives a new deadline, at rest. */
  add(owner: DeadlineOwner): Deadline {
    const deadline = new Deadline(this, owner);
    this.deadlines.add(deadline);
    return deadline;
  }

  /** Tells the owners of what has passed at `nowMs`. */
  tick(nowMs: number): void {
    // A stall of our own is held against no peer: its bytes may have been here all the time.
    const stallMs = Math.max(0, nowMs - this.nowMs - 2 * TICK_MS);
    this.nowMs = nowMs;
    for (const deadline of this.deadlines) {
      deadline.dueMs += stallMs;
      if (deadline.dueMs > nowMs) continue;
      deadline.clear();
      deadline.owner.deadlinePassed();
    }
  }
}
