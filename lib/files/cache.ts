/**
 * Small files in memory, behind step (iv), under a fixed budget, and strictly fresh.
 *
 * An entry is a file's bytes and its identity: device, inode, size, mtime and ctime. Before an entry answers, its path
 * is looked at anew, once a round (`rounds.ts`); if anything differs it is dropped, and step (iv) goes the long way,
 * containment included. Bytes get in only through that long way, so nothing from outside the root is ever here; and
 * only when its times are so old that any later write must change them (`areSettled`).
 */

import { openablePath, type Root } from "./contain.ts";
import { isSameFileState, stateOf } from "./disk_state.ts";
import { HEAD_ROOM_BYTES, type MemoryFile } from "./memory_file.ts";
import type { FileFacts } from "../http/message.ts";
import { type KnownFolder, KnownFolders } from "./in_place.ts";

/** Files that are being read to be kept may take this share beside it, all together; further ones are streamed. */
const READING_SHARE = 1 / 4;
/** What an entry is counted with beside its bytes, in bytes: for keys, facts and rendered lines, and room for a head. */
const ENTRY_OVERHEAD_BYTES = 1024 + HEAD_ROOM_BYTES;
/** A file may take this share of the budget; larger ones are streamed. */
const LARGEST_SHARE = 1 / 32;

/** A form of a file that is too large itself may take this share of the budget, and this much, in bytes. */
const FORM_SHARE = 1 / 4;
const MAX_FORM_BYTES = 8 * 1024 * 1024;

/** One file in the cache. */
interface Entry {
  readonly key: string;
  /** Path as the system takes it, links not followed: a link that is turned elsewhere is noticed. */
  readonly systemPath: string;
  /** Where that led when the file was proven to be inside. */
  readonly realPath: string;
  /** The folder that holds it; null if links lead to it, which are then followed anew. */
  readonly folder: KnownFolder | null;
  readonly located: CachedFile;
  /** The last round in which the path was looked at. */
  round: number;
  /** Bytes of other forms of the file, which live and go with it; see `variants.ts`. */
  extraBytes: number;
  /** The entries that were used just before and just after this one. */
  older: Entry | null;
  newer: Entry | null;
}

/** What the cache gives: the same shape as step (iv). */
export interface CachedFile {
  readonly kind: "file";
  readonly facts: FileFacts;
  readonly file: MemoryFile;
}

/** What the long way knows of a file. */
type Found = Pick<Entry, "systemPath" | "realPath" | "located">;

/**
 * Files by the key of their path. The order in which they were used is a chain through the entries: a `Map` keeps an
 * order as well, but moving ten thousand entries in it makes it anew again and again.
 */
export class FileCache {
  readonly #budgetBytes: number;
  readonly #root: Root;
  readonly #folders: KnownFolders;
  readonly #entries = new Map<string, Entry>();
  #oldest: Entry | null = null;
  #newest: Entry | null = null;
  #usedBytes = 0;
  #readingBytes = 0;
  /** Answers from memory, and questions that went the long way; for the X-ray and the tests. */
  hits = 0;
  misses = 0;

  /**
   * @param budgetBytes For all entries together, overhead included; 0 keeps nothing.
   */
  constructor(budgetBytes: number, root: Root) {
    this.#budgetBytes = budgetBytes;
    this.#root = root;
    this.#folders = new KnownFolders(root);
  }

  /** What the entries take now, in bytes; never more than the budget. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Whether a file of this size is kept at all. */
  takes(size: number): boolean {
    return size + ENTRY_OVERHEAD_BYTES <= this.#budgetBytes * LARGEST_SHARE;
  }

  /** Whether a file of this size may be read to be kept; {@linkcode endReading} is to follow. */
  beginReading(size: number): boolean {
    if (!this.takes(size)) return false;
    if (this.#readingBytes + size > this.#budgetBytes * READING_SHARE) return false;
    this.#readingBytes += size;
    return true;
  }

  endReading(size: number): void {
    this.#readingBytes -= size;
  }

  /** Gives a file if it is here and has not changed since, or null. */
  get(key: string, round: number): CachedFile | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.misses++;
      return null;
    }
    if (entry.round < round) { // A look in a later round than this one serves this one too.
      if (!this.#isInPlace(entry, round) || !isUnchanged(entry)) {
        this.#remove(entry);
        this.misses++;
        return null;
      }
      entry.round = round;
      this.#renew(entry); // Once a round is often enough.
    }
    this.hits++;
    return entry.located;
  }

  /**
   * Keeps a file that went the long way in this round, unless it is too large or too new. The least recently used
   * go first to make room.
   */
  put(key: string, round: number, { systemPath, realPath, located }: Found): void {
    const old = this.#entries.get(key);
    // Several that went the long way at once: the first one stays, with what has been made of it since.
    const isSettled = located.facts.unsettled === 0;
    if (old !== undefined && isSettled && isSameFileState(old.located.facts, located.facts)) {
      return this.#renew(old);
    }
    if (old !== undefined) this.#remove(old);
    if (isSettled && this.takes(located.facts.size)) {
      this.#keep({ key, round, systemPath, realPath, located });
    }
  }

  #keep({ key, round, systemPath, realPath, located }: Found & Pick<Entry, "key" | "round">): void {
    const hasLinks = openablePath(this.#root, realPath) !== systemPath;
    const folder = hasLinks ? null : this.#folders.holding(systemPath);
    const links = { older: null, newer: null };
    this.#insert({ key, systemPath, realPath, folder, located, round, extraBytes: 0, ...links });
    this.#makeRoom();
  }

  /** Longest form of a file that is too large itself, in bytes: to put it together takes some ms. */
  get maxFormBytes(): number {
    return Math.min(MAX_FORM_BYTES, this.#budgetBytes * FORM_SHARE);
  }

  /**
   * Keeps the place of a file that is too large itself, for its forms to be counted and to go with it. Nothing is looked at
   * here: who asks has the file open, and compares.
   */
  putPlace(key: string, located: CachedFile): void {
    const old = this.#entries.get(key);
    if (old !== undefined) this.#remove(old);
    const nowhere = { systemPath: "", realPath: "", folder: null, older: null, newer: null };
    this.#insert({ key, located, ...nowhere, round: 0, extraBytes: 0 });
    this.#makeRoom();
  }

  /** Gives what {@linkcode putPlace} kept, or null. */
  getPlace(key: string): CachedFile | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    this.#renew(entry);
    return entry.located;
  }

  /** Lets everything go: more than the files has changed. */
  clear(): void {
    this.#entries.clear();
    this.#oldest = this.#newest = null;
    this.#usedBytes = 0;
  }

  /** Whether a file is what the cache holds under this key. */
  holds(key: string, located: unknown): boolean {
    return this.#entries.get(key)?.located === located;
  }

  /** Whether as much more fits in without anything leaving. */
  hasRoomFor(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.#budgetBytes;
  }

  /** Counts bytes that are kept with a file; false if the file has left, or leaves to make room. */
  grow(key: string, located: CachedFile, bytes: number): boolean {
    const entry = this.#entries.get(key);
    if (entry?.located !== located) return false;
    this.#remove(entry);
    entry.extraBytes += bytes;
    this.#insert(entry);
    this.#makeRoom();
    return this.holds(key, located);
  }

  #makeRoom(): void {
    while (this.#oldest !== null && this.#usedBytes > this.#budgetBytes) this.#remove(this.#oldest);
  }

  /** Whether the path still leads to the same place inside the root. */
  #isInPlace({ systemPath, realPath, folder }: Entry, round: number): boolean {
    try {
      return folder === null
        ? Deno.realPathSync(systemPath) === realPath
        : this.#folders.isInPlace(folder, round);
    } catch {
      return false;
    }
  }

  /** Makes an entry the one that was used last. */
  #renew(entry: Entry): void {
    if (entry === this.#newest) return;
    this.#unchain(entry);
    this.#chain(entry);
  }

  #insert(entry: Entry): void {
    this.#entries.set(entry.key, entry);
    this.#chain(entry);
    this.#usedBytes += costOf(entry);
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.key);
    this.#unchain(entry);
    this.#usedBytes -= costOf(entry);
  }

  /** Puts an entry that is not in the chain at its end: the most recently used. */
  #chain(entry: Entry): void {
    entry.older = this.#newest;
    if (this.#newest === null) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unchain(entry: Entry): void {
    const { older, newer } = entry;
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    entry.older = entry.newer = null;
  }
}

function costOf(entry: Entry): number {
  return entry.located.file.bytes.length + entry.extraBytes + ENTRY_OVERHEAD_BYTES;
}

/** Whether the file is in the same state. */
function isUnchanged({ systemPath, located: { facts } }: Entry): boolean {
  try {
    const now = stateOf(Deno.statSync(systemPath));
    return now.isFile && isSameFileState(now, facts);
  } catch {
    return false; // Whatever it is, the long way will say.
  }
}
