/**
 * Rounds: requests that go together. They have two jobs, freshness and fairness, and one reason for both: what matters
 * is when a request was received, and a round is a cut through that order.
 *
 * Freshness. A request that begins after a write has returned never gets the old bytes. So a look at a file serves a
 * request only if its bytes had been received before the look. Requests gather here when they have been received, and
 * the round begins one microtask later: everyone in it was received before it began, so the first look of a round at a
 * file serves them all. Under load the sockets that became readable in one turn of the event loop gather in one round; a
 * lone request has a round of its own.
 *
 * Fairness. In each turn Deno's event loop serves 128 operations of sockets at the most (tokio's cooperative budget):
 * first those of sockets that have just become ready, then those that were left over the last time. A peer that is
 * answered asks again at once, and so gets ahead of those that were left over: of 512 busy connections 384 waited for
 * 570 to 880 ms at the 99th percentile. So a turn answers fewer requests than the loop can read, until all who wait are
 * read and wait here, in the order in which they were received. The next turn comes with the next request that is read.
 * 512 connections then wait 8 ms in the middle and 13 at the 99th percentile (wrk, 1 KiB; nginx 9 and 14).
 *
 * That they are one: a bound on fairness is a bound on how many share a look, and a request that waits for its turn must
 * not be served by a look from before it came. Two queues would have to agree on that order; here it is one. Those who
 * wait are received already, so a later look is as fresh for them as can be.
 *
 * A turn has to be one in which the system is asked for sockets: `setImmediate` and short work of the thread pool come
 * back without that, and a timer takes 2 ms (strace, Deno 2.9.6).
 */

/** Requests in a round, at the most. Each is two operations, a write and the next read: 60 are too many (measured). */
export const ROUND_SIZE = 40;
/** When the next round begins if no further request comes: at once, as far as timers go; in ms. */
const REST_MS = 1;

/** Requests that go together. */
interface Round {
  size: number;
  readonly began: PromiseWithResolvers<number>;
}

/** Gathers requests in rounds. One for a whole server. */
export class Rounds {
  readonly #onBegin: () => void;
  #current = 0;
  /** Those that have not begun, in their order. All but the last are full. */
  readonly #waiting: Round[] = [];
  /** Whether the beginning of a round is one microtask away. */
  #isDue = false;
  #isHeld = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onBegin Told of each round before any request in it goes on: a look that all of them share. Must not throw. */
  constructor(onBegin: () => void = () => {}) {
    this.#onBegin = onBegin;
  }

  /** Waits for the first round that has room to begin. Gives its number, 1 or more, which only grows. */
  next(): Promise<number> {
    let round = this.#waiting.at(-1);
    if (round === undefined || round.size === ROUND_SIZE) {
      round = { size: 0, began: Promise.withResolvers() };
      this.#waiting.push(round);
    }
    round.size++;
    if (!this.#isDue && !this.#isHeld) {
      this.#isDue = true;
      queueMicrotask(this.#begin);
    }
    return round.began.promise;
  }

  /** Lets nobody go until {@linkcode release}; whoever comes meanwhile waits. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#begin();
  }

  readonly #begin = (): void => {
    this.#isDue = false;
    if (this.#isHeld) return;
    this.#onBegin();
    this.#waiting.shift()?.began.resolve(++this.#current);
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = this.#waiting.length > 0 ? setTimeout(this.#begin, REST_MS) : undefined;
  };
}
