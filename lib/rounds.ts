/**
 * Which requests may share one look at the file system.
 *
 * The promise of the cache: a request that begins after a write has returned never gets the old bytes. So a look at a
 * file serves a request only if its bytes had been received before the look. Requests gather here when they have been
 * received, and the round begins one microtask later: everyone in it was received before it began, so the first look
 * of a round at a file serves them all. Under load the sockets that became readable in one turn of the event loop
 * gather in one round; a lone request has a round of its own.
 */
export class Rounds {
  #current = 0;
  #next: Promise<number> | null = null;

  /** Waits for the next round to begin. Gives its number, 1 or more, which only grows. */
  next(): Promise<number> {
    return this.#next ??= Promise.resolve().then(() => {
      this.#next = null;
      return ++this.#current;
    });
  }
}
