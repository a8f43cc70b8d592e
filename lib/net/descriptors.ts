/**
 * How many descriptors the system leaves us, and how many of them connections may take. A process that comes to its
 * limit must not go on as if nothing were: Deno itself panics there (2.9.6), when it wants to open a source map.
 *
 * No sandbox lets us ask for the limit, so it is tried: as many files are opened as will be needed, and closed again.
 * One costs 13 µs; so the start tries a few hundred, and the rest is tried when there are that many connections.
 */

import { isOutOfDescriptors } from "../errors.ts";

/** What {@linkcode Descriptors} opens, to see whether it can. */
export interface Handle {
  close(): void;
}

/** Tried beyond what is needed, so that it is not each connection that tries. */
const MORE = 256;
/** Kept for all else than connections and their files: refusals, files that are looked at, and Deno. */
const RESERVE = 50;

/** What else {@linkcode Descriptors} may be told. */
export interface DescriptorsInit {
  /** How many share what there is. Default 1. */
  readonly threads?: number;
  /** Called once, when the limit has been found. */
  readonly onLimit?: () => void;
}

/** Descriptors of connections as they are now. */
export interface Use {
  /** Connections that are served: each may have a file open as well. */
  readonly served: number;
  /** All others that have one: those that are refused, those that are leaving, those that Deno keeps. */
  readonly others: number;
}

/** What the system allows. One for each thread that serves. */
export class Descriptors {
  readonly #open: () => Handle;
  readonly #onLimit: () => void;
  readonly #threads: number;
  #known = 0;
  #isLimit = false;

  /** @param open Opens something that takes one descriptor. */
  constructor(open: () => Handle, { threads = 1, onLimit = () => {} }: DescriptorsInit = {}) {
    this.#open = open;
    this.#onLimit = onLimit;
    this.#threads = threads;
  }

  /** How many there are beside those that were open at the start; at least that many as long as no limit was found. */
  get known(): number {
    return this.#known;
  }

  get isLimit(): boolean {
    return this.#isLimit;
  }

  /** Connections that may be served at once, as far as is known. */
  get connections(): number {
    return Math.max(1, Math.floor((this.#known - this.#reserve) / 2));
  }

  /** Connections that may be on their way out at once: they must not take what refusals need. */
  get maxLeaving(): number {
    return this.#isLimit ? Math.ceil(this.#reserve / 5) : Infinity;
  }

  /** Whether one more connection can be served, and its file opened. */
  admit({ served, others }: Use, kept: number): boolean {
    return this.#has(2 * (served + 1) + kept + this.#reserve, served + others);
  }

  /** Whether a connection can be told that it is refused, which takes a while. */
  refuse({ served, others }: Use): boolean {
    return this.#has(2 * served + others + 1 + this.#reserve / 2, served + others);
  }

  /** Whether a connection can be accepted at all, if only to be closed. */
  accept({ served, others }: Use): boolean {
    return this.#has(2 * served + others + this.#reserve / 4, served + others);
  }

  /** Tries whether there are `count`, if that is not known. @param used Those that connections have now. */
  look(count: number, used = 0): void {
    if (this.#isLimit || count <= this.#known) return;
    const handles: Handle[] = [];
    let isOut = false;
    try {
      while (used + handles.length < count * this.#threads) handles.push(this.#open());
    } catch (error) {
      isOut = isOutOfDescriptors(error);
      // What cannot be tried cannot be known: then all is as if there were no limit.
      if (!isOut) this.#known = Infinity;
    }
    for (const handle of handles) handle.close();
    const found = Math.floor((used + handles.length) / this.#threads);
    this.#known = Math.max(this.#known, found);
    if (!isOut) return;
    this.#isLimit = true;
    this.#onLimit();
  }

  #has(count: number, used: number): boolean {
    if (count > this.#known) this.look(count + MORE, used);
    return count <= this.#known;
  }

  /** Half of what there is, if that is little. */
  get #reserve(): number {
    return this.#isLimit ? Math.min(RESERVE, this.#known / 2) : RESERVE;
  }
}

/** Descriptors that so many connections take, with all else. */
export function descriptorsFor(maxConnections: number): number {
  return 2 * maxConnections + RESERVE;
}
