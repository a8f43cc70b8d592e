/**
 * Small files in memory, behind step (iv), under a fixed budget, and strictly fresh.
 *
 * An entry is a file's bytes and its identity: device, inode, size, mtime and ctime. Before an entry answers, its path
 * is looked at anew, once a round (`rounds.ts`); if anything differs it is dropped, and step (iv) goes the long way,
 * containment included. Bytes get in only through that long way, so nothing from outside the root is ever here; and
 * only when its times are so old that any later write must change them (`areSettled`).
 */

import { timeMs } from "./contain.ts";
import type { FileFacts } from "./http/message.ts";

/** What an entry costs beside its bytes, in bytes: keys, facts, rendered lines (measured, rounded up). */
const ENTRY_OVERHEAD_BYTES = 1024;
/** A file may take this share of the budget; larger ones are streamed. */
const LARGEST_SHARE = 1 / 32;

/** The bytes of a file in memory. Closing it does nothing, so that it can stand where an open file can. */
export class MemoryFile {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  [Symbol.dispose](): void {}
}

/** One file in the cache. */
interface Entry {
  /** Path as the system takes it, links not followed: a link that is turned elsewhere is noticed. */
  readonly systemPath: string;
  readonly located: CachedFile;
  /** The last round in which the path was looked at. */
  round: number;
}

/** What the cache gives: the same shape as step (iv). */
export interface CachedFile {
  readonly kind: "file";
  readonly facts: FileFacts;
  readonly file: MemoryFile;
}

/** Files by the key of their path, the least recently used first. */
export class FileCache {
  readonly #budgetBytes: number;
  readonly #entries = new Map<string, Entry>();
  #usedBytes = 0;
  /** Answers from memory, and questions that went the long way; for the X-ray and the tests. */
  hits = 0;
  misses = 0;

  /** @param budgetBytes For all entries together, overhead included; 0 keeps nothing. */
  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  /** What the entries take now, in bytes; never more than the budget. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Whether a file of this size is kept at all. */
  takes(size: number): boolean {
    return size + ENTRY_OVERHEAD_BYTES <= this.#budgetBytes * LARGEST_SHARE;
  }

  /** Gives a file if it is here and has not changed since, or null. */
  get(key: string, round: number): CachedFile | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.misses++;
      return null;
    }
    if (entry.round < round) { // A look in a later round than this one serves this one too.
      this.#remove(key, entry);
      if (!isUnchanged(entry)) {
        this.misses++;
        return null;
      }
      entry.round = round;
      this.#insert(key, entry); // Now the most recently used: once a round is often enough.
    }
    this.hits++;
    return entry.located;
  }

  /**
   * Keeps a file that went the long way in this round, unless it is too large or too new. The least recently used
   * go first to make room.
   */
  put(key: string, round: number, { systemPath, located }: Omit<Entry, "round">): void {
    const old = this.#entries.get(key);
    if (old !== undefined) this.#remove(key, old);
    if (!this.takes(located.facts.size) || located.facts.unsettled !== 0) return;
    this.#insert(key, { systemPath, located, round });
    for (const [oldestKey, oldest] of this.#entries) {
      if (this.#usedBytes <= this.#budgetBytes) break;
      this.#remove(oldestKey, oldest);
    }
  }

  #insert(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#usedBytes += costOf(entry);
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#usedBytes -= costOf(entry);
  }
}

function costOf(entry: Entry): number {
  return entry.located.file.bytes.length + ENTRY_OVERHEAD_BYTES;
}

function isUnchanged({ systemPath, located: { facts } }: Entry): boolean {
  try {
    const info = Deno.statSync(systemPath);
    return info.isFile && info.size === facts.size && timeMs(info.mtime) === facts.mtimeMs &&
      timeMs(info.ctime) === facts.ctimeMs && (info.ino ?? 0) === facts.inode &&
      info.dev === facts.device;
  } catch {
    return false; // Whatever it is, the long way will say.
  }
}
