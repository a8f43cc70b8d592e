/**
 * Arrays that are used again and again: memory outside of V8's heap is dear to free, and a busy server would make
 * garbage of all the bytes that it sends.
 */

/** Arrays of one size that nobody uses right now. */
export class SpareArrays {
  readonly size: number;
  readonly #most: number;
  readonly #spares: Uint8Array<ArrayBuffer>[] = [];

  /** @param size Of each, in bytes. @param most How many are kept. */
  constructor(size: number, most: number) {
    this.size = size;
    this.#most = most;
  }

  take(): Uint8Array<ArrayBuffer> {
    return this.#spares.pop() ?? new Uint8Array(this.size);
  }

  /** Hands an array on. To be called when no write of it is under way. */
  release(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#spares.length < this.#most) this.#spares.push(bytes);
  }
}
