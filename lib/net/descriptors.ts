/**
 * How many descriptors the system leaves us, and how many of them connections may take. A process that comes to its
 * limit must not go on as if nothing were: Deno itself panics there (2.9.6), when it wants to open a source map.
 *
 * No sandbox lets us ask for the limit, so it is tried: as many files are opened as will be needed, and closed again.
 * One costs 13 to 40 µs, which for a thousand is as long as a crowd of connections takes; so as a rule it is tried long
 * before they are needed, a few at a time, and at once only where there was no time for that.
 */

import { isOutOfDescriptors } from "../errors.ts";

/** What {@linkcode Descriptors} opens, to see whether it can. */
export interface Handle {
  close(): void;
}

/** Tried beyond what is needed, so that it is not each connection that tries. */
const MORE = 256;
/** Opened in one step of a search, or closed again, which is quicker; and the pause between two steps, in ms. */
const STEP = { open: 16, close: 64 };
const PAUSE_MS = 2;
/** Kept for all else than connections and their files: refusals, files that are looked at, and Deno. */
const RESERVE = 50;

/** What else {@linkcode Descriptors} may be told. */
export interface DescriptorsInit {
  /** How many share what there is. Default 1. */
  readonly threads?: number;
  /** Called once, when the limit has been found. */
  readonly onLimit?: () => void;
  /** More than these are not looked for before they are needed. Default: no bound. */
  readonly most?: number;
  /** Calls back later; an argument so that tests need no clock. Default: a timer that keeps no program alive. */
  readonly later?: (step: () => void, ms: number) => void;
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
  readonly #most: number;
  readonly #later: (step: () => void, ms: number) => void;
  #known = 0;
  #isLimit = false;
  /** Those that connections have at any time: the object that last asked. */
  #use: Use = { served: 0, others: 0 };
  /** Of the search that is under way: how many it looks for, and what it has opened. */
  #wanted = 0;
  #handles: Handle[] = [];
  #isSearching = false;

  /** @param open Opens something that takes one descriptor. */
  constructor(
    open: () => Handle,
    { threads = 1, onLimit = () => {}, most = Infinity, later = laterUnref }: DescriptorsInit = {},
  ) {
    this.#open = open;
    this.#onLimit = onLimit;
    this.#threads = threads;
    this.#most = most;
    this.#later = later;
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
  admit(use: Use, kept: number): boolean {
    this.#use = use;
    return this.#has(2 * (use.served + 1) + kept + this.#reserve, use);
  }

  /** Whether a connection can be told that it is refused, which takes a while. */
  refuse(use: Use): boolean {
    return this.#has(2 * use.served + use.others + 1 + this.#reserve / 2, use);
  }

  /** Whether a connection can be accepted at all, if only to be closed. */
  accept(use: Use): boolean {
    return this.#has(2 * use.served + use.others + this.#reserve / 4, use);
  }

  /** Tries at once whether there are `count`, if that is not known. @param used Those that connections have now. */
  look(count: number, used = 0): void {
    if (this.#isLimit || count <= this.#known) return;
    this.#openUpTo(count * this.#threads - used, used);
    for (const handle of this.#handles) handle.close();
    this.#handles = [];
  }

  /** Tries the same in small steps, between which all others have their turn. */
  search(count: number): void {
    this.#wanted = Math.max(this.#wanted, Math.min(count, this.#most));
    if (this.#isSearching || this.#isLimit || this.#wanted <= this.#known) return;
    this.#isSearching = true;
    this.#step();
  }

  readonly #step = (): void => {
    const { served, others } = this.#use;
    const used = served + others;
    const isEnough = this.#isLimit || this.#wanted <= this.#known;
    if (isEnough) { for (const handle of this.#handles.splice(-STEP.close)) handle.close(); }
    else this.#openUpTo(this.#handles.length + STEP.open, used);
    this.#isSearching = !isEnough || this.#handles.length > 0;
    if (this.#isSearching) this.#later(this.#step, PAUSE_MS);
  };

  /** Opens until there are `count` handles, and keeps what that told. At the limit none is kept: others need them. */
  #openUpTo(count: number, used: number): void {
    let isOut = false;
    try {
      while (this.#handles.length < count) this.#handles.push(this.#open());
    } catch (error) {
      isOut = isOutOfDescriptors(error);
      // What cannot be tried cannot be known: then all is as if there were no limit.
      if (!isOut) this.#known = Infinity;
    }
    const found = Math.floor((used + this.#handles.length) / this.#threads);
    this.#known = Math.max(this.#known, found);
    if (!isOut) return;
    for (const handle of this.#handles) handle.close();
    this.#handles = [];
    this.#isLimit = true;
    this.#onLimit();
  }

  #has(count: number, use: Use): boolean {
    if (count > this.#known) this.look(count + MORE, use.served + use.others);
    // Several threads that search at the same time would each find what the others leave.
    else if (count > this.#known / 2 && this.#threads === 1) this.search(2 * this.#known);
    return count <= this.#known;
  }

  /** Half of what there is, if that is little. */
  get #reserve(): number {
    return this.#isLimit ? Math.min(RESERVE, this.#known / 2) : RESERVE;
  }
}

function laterUnref(step: () => void, ms: number): void {
  Deno.unrefTimer(setTimeout(step, ms));
}

/** Descriptors that so many connections take, with all else. */
export function descriptorsFor(maxConnections: number): number {
  return 2 * maxConnections + RESERVE;
}
