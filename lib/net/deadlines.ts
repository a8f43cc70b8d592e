/**
 * Deadlines for ten thousand connections with one timer. Setting an alarm is one assignment, no timer of the
 * system: a coarse tick looks at all of them. So an alarm may ring up to two ticks late, and never early.
 */

import { Bag } from "./bag.ts";

/** How often the alarms are looked at, in ms. */
export const TICK_MS = 100;

/** Who waits for an alarm. An object, not a function: ten thousand closures are a megabyte. */
export interface AlarmOwner {
  /** Called when the alarm rings. */
  late(): void;
}

/** One alarm. At most one deadline at a time; setting it anew moves it. */
export class Alarm {
  /** When to ring, on the clock's scale in ms; Infinity is never. */
  dueMs = Infinity;
  /** Who is told then. An alarm rings once, and rests until it is set again. */
  owner: AlarmOwner;
  /** The clock's own. */
  place = -1;
  readonly #clock: AlarmClock;

  constructor(clock: AlarmClock, owner: AlarmOwner) {
    this.#clock = clock;
    this.owner = owner;
  }

  /** Rings `ms` milliseconds from now, up to two ticks later. */
  set(ms: number): void {
    this.dueMs = this.#clock.nowMs + ms + TICK_MS;
  }

  /** Rests. */
  clear(): void {
    this.dueMs = Infinity;
  }

  /** Leaves the clock for good. */
  remove(): void {
    this.#clock.alarms.delete(this);
  }
}

/** The one clock of a server. Who owns it calls {@linkcode tick} every {@linkcode TICK_MS}. */
export class AlarmClock {
  /** Time of the last tick, in ms, on any scale that only grows. */
  nowMs: number;
  readonly alarms: Bag<Alarm> = new Bag();

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  /** Gives a new alarm, at rest. */
  add(owner: AlarmOwner): Alarm {
    const alarm = new Alarm(this, owner);
    this.alarms.add(alarm);
    return alarm;
  }

  /** Rings what is due at `nowMs`. */
  tick(nowMs: number): void {
    // A stall of our own is held against no peer: its bytes may have been here all the time.
    const stallMs = Math.max(0, nowMs - this.nowMs - 2 * TICK_MS);
    this.nowMs = nowMs;
    for (const alarm of this.alarms) {
      alarm.dueMs += stallMs;
      if (alarm.dueMs > nowMs) continue;
      alarm.clear();
      alarm.owner.late();
    }
  }
}
