/**
 * Whose turn it is to send a part of something large, so that those who ask for something small get theirs.
 *
 * A peer that reads as quickly as we write makes a task that is always ready, and a loop with tasks that are ready
 * seldom asks the system for sockets: in one turn Deno's serves 128 operations, which for 64 downloads are 32 MB and
 * more, and it asks in every 61st turn (tokio, as Deno 2.9.6 sets it up). A small request beside them waited for 1.6 s
 * in the middle, and beside one download for 6 ms. So only so many bytes are sent between two looks at the sockets: then
 * all who send wait together for a timer, and as nothing is ready meanwhile, the loop asks. (`setImmediate` and work of
 * the thread pool come back without that: see `rounds.ts`.) The timer was set when the turn began, so as a rule it is
 * due by then, and the look is all that the rest costs.
 */

/** Bytes between two looks at the sockets: about as long as a timer takes, which is 2 ms (loopback). */
export const TURN_BYTES = 6 * 1024 * 1024;
/** The shortest time that a timer knows, in ms. */
const REST_MS = 1;

/** Somebody who waits, and for how many bytes. */
interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

/** Shares turns out, first come, first served. One for an event loop. */
export class Turns {
  #leftBytes = TURN_BYTES;
  /** Whether the timer that begins the next turn is set. */
  #isDue = false;
  readonly #waiting: Waiting[] = [];

  /** Gives null if `bytes` may be sent now; else a promise of the time when they may. */
  next(bytes: number): Promise<void> | null {
    if (!this.#isDue) this.#setTimer();
    if (this.#leftBytes > 0) {
      this.#leftBytes -= bytes;
      return null;
    }
    return new Promise((go) => this.#waiting.push({ bytes, go }));
  }

  #setTimer(): void {
    this.#isDue = true;
    setTimeout(this.#begin, REST_MS);
  }

  readonly #begin = (): void => {
    this.#isDue = false;
    this.#leftBytes = TURN_BYTES;
    let count = 0;
    for (const { bytes, go } of this.#waiting) {
      if (this.#leftBytes <= 0) break;
      this.#leftBytes -= bytes;
      go();
      count++;
    }
    if (count > 0) this.#setTimer();
    this.#waiting.splice(0, count);
  };
}

/** Those of this event loop. */
export const turns: Turns = new Turns();
