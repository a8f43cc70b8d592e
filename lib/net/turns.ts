/**
 * Whose turn it is to do something that takes long, so that those who ask for something small get theirs.
 *
 * A peer that reads as quickly as we write makes a task that is always ready, and a loop with tasks that are ready
 * seldom asks the system for sockets: in one turn Deno's serves 128 operations, which for 64 downloads are 32 MB and
 * more, and it asks in every 61st turn (tokio, as Deno 2.9.6 sets it up). A small request beside them waited for 1.6 s
 * in the middle, and beside one download for 6 ms. So only so much is done between two looks at the sockets: then
 * all who do the same wait together for a timer, and as nothing is ready meanwhile, the loop asks. (`setImmediate` and work
 * of the thread pool come back without that: see `rounds.ts`.) The timer was set when a part of the turn was used up, so as
 * a rule it is due by then, and the look is all that the rest costs. Whoever uses less needs no timer, which costs 50 µs.
 *
 * Each kind of long work has turns of its own, lest one kind waits behind the crowd of another. Five hundred peers who
 * come at once, each for a large file that they do not read, keep others waiting for 0.3 to 0.7 s at the 99th percentile;
 * where accepting and looking up had no turns it was 0.3 to 3 s, and up to a tenth of the requests failed.
 */

/** Bytes that are sent in a turn: about as long as a timer takes, which is 2 ms (loopback). */
export const TURN_BYTES = 6 * 1024 * 1024;
/** Files that are looked up on the disk in a turn: 200 µs each, and 300 with the help of another thread. */
const TURN_LOOK_UPS = 10;
/** Bytes of files that are read whole in a turn, for the cache: a MiB takes 2 to 3 ms, with all that is done with it. */
const TURN_READ_BYTES = 1024 * 1024;
/** Connections that are accepted in a turn: 77 µs each. */
const TURN_ACCEPTS = 32;
/** Room that is made in a turn for heads which come in pieces, in bytes: 64 KiB take 0.3 ms, filled and looked through. */
const TURN_HEAD_BYTES = 512 * 1024;
/** The shortest time that a timer knows, in ms. */
const REST_MS = 1;
/** Which share of a turn may be used before the timer for the next one is set. */
const UNTIMED_SHARE = 1 / 4;

/** Somebody who waits, and for how much. */
interface Waiting {
  readonly cost: number;
  readonly go: () => void;
}

/** Shares turns out, first come, first served. */
export class Turns {
  readonly #budget: number;
  #left: number;
  /** Whether the timer that begins the next turn is set. */
  #isDue = false;
  readonly #waiting: Waiting[] = [];

  /** @param budget What may be done in a turn, in the unit of {@linkcode next}. */
  constructor(budget: number) {
    this.#budget = this.#left = budget;
  }

  /** Gives null if something of that cost may be done now; else a promise of the time when it may. */
  next(cost: number): Promise<void> | null {
    if (this.#left > 0) {
      this.#left -= cost;
      this.#setTimer();
      return null;
    }
    return new Promise((go) => this.#waiting.push({ cost, go }));
  }

  /** Sets the timer for the next turn, if that is needed. */
  #setTimer(): void {
    if (this.#isDue || this.#left >= this.#budget * (1 - UNTIMED_SHARE)) return;
    this.#isDue = true;
    setTimeout(this.#begin, REST_MS);
  }

  readonly #begin = (): void => {
    this.#isDue = false;
    this.#left = this.#budget;
    let count = 0;
    for (const { cost, go } of this.#waiting) {
      if (this.#left <= 0) break;
      this.#left -= cost;
      go();
      count++;
    }
    this.#setTimer();
    this.#waiting.splice(0, count);
  };
}

/** Those of this event loop: to send, to read and for long heads, in bytes; to look a file up, and to accept a connection, each counted as one. */
export const sendTurns: Turns = new Turns(TURN_BYTES);
export const lookUpTurns: Turns = new Turns(TURN_LOOK_UPS);
export const readTurns: Turns = new Turns(TURN_READ_BYTES);
export const acceptTurns: Turns = new Turns(TURN_ACCEPTS);
export const headTurns: Turns = new Turns(TURN_HEAD_BYTES);
