/**
 * Which requests may share one look at the file system.
 *
 * The promise of the cache: a request that begins after a write has returned never gets the old bytes. So a look at a
 * file serves a request only if its bytes had been received before the look. Requests gather here when they have been
 * received, and the round begins one microtask later: everyone in it was received before it began, so the first look
 * of a round at a file serves them all. Under load the sockets that became readable in one turn of the event loop
 * gather in one round; a lone request has a round of its own.
 *
 * Rounds are also where everybody gets a turn. Deno's event loop serves at most 128 operations of sockets before it
 * goes on, and asks the system for further sockets that are ready only when it rests, or at every 61st turn (tokio's
 * cooperative budget and event interval). With hundreds of busy connections it never rests, and those that it knows to
 * be ready are served again and again. So after a crowded round one waits for a timer: 512 connections then wait 15 ms
 * at the 99th percentile, not 570 to 880, at 0.75 of the throughput (wrk, 1 KiB; nginx 6 ms).
 */

/** Requests in a round that make it a crowd: half of what the event loop serves in one go. */
const CROWD = 64;

/** Gathers requests in rounds. One for a whole server. */
export class Rounds {
  #current = 0;
  #next: PromiseWithResolvers<number> | null = null;
  #gathered = 0;
  /** Whether the last round was a crowd. */
  #wasCrowded = false;

  /** Waits for the next round to begin. Gives its number, 1 or more, which only grows. */
  next(): Promise<number> {
    this.#gathered++;
    if (this.#next === null) {
      this.#next = Promise.withResolvers();
      if (this.#wasCrowded) setTimeout(this.#begin, 0);
      else queueMicrotask(this.#begin);
    }
    return this.#next.promise;
  }

  readonly #begin = (): void => {
    this.#wasCrowded = this.#gathered >= CROWD;
    this.#gathered = 0;
    const gathered = this.#next;
    this.#next = null;
    gathered?.resolve(++this.#current);
  };
}
