/**
 * Long work on the one thread that serves, a slice at a time: all such work together has one slice in a turn of the
 * event loop, however many ask for it, and everybody else has the rest.
 */

/** How long a slice is, in ms. */
const SLICE_MS = 2;

/** Shares slices out, first come, first served. One for each server. */
export class Slices {
  readonly #waiting: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #startedMs = 0;

  /** Waits for a slice. */
  next(): Promise<void> {
    return new Promise((go) => {
      this.#waiting.push(go);
      // A timer, as the loop asks for sockets before it rings; see `net/rounds.ts`.
      this.#timer ??= setTimeout(this.#begin, 0);
    });
  }

  /** Whether the slice is over that began last: then its work has to wait for the next one. */
  isOver(): boolean {
    return performance.now() - this.#startedMs > SLICE_MS;
  }

  /** Does work that says by `yield` where it may be interrupted. */
  async run<Value, Result>(
    work: Generator<Value, Result>,
    take: (value: Value) => void = () => {},
  ): Promise<Result> {
    await this.next();
    for (let step = work.next();; step = work.next()) {
      if (step.done) return step.value;
      take(step.value);
      if (this.isOver()) await this.next();
    }
  }

  readonly #begin = (): void => {
    this.#startedMs = performance.now();
    this.#waiting.shift()?.();
    this.#timer = this.#waiting.length > 0 ? setTimeout(this.#begin, 0) : undefined;
  };
}
