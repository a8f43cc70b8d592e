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

/** What an entry is counted with beside its bytes, in bytes, for keys, facts and rendered lines. */
const ENTRY_OVERHEAD_BYTES = 1024;
/** A file may take this share of the budget; larger ones are streamed. */
const LARGEST_SHARE = 1 / 32;

/** Folders of which we know in which round they were looked at; then it starts over. */
const MAX_FOLDERS = 4096;

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
  /** Where that led when the file was proven to be inside. */
  readonly realPath: string;
  readonly located: CachedFile;
  /** The last round in which the path was looked at. */
  round: number;
  /** Bytes of other forms of the file, which live and go with it; see `variants.ts`. */
  extraBytes: number;
}

/** A file that can be sent: open, or in memory. */
export type SiteFile = OpenFile | MemoryFile;

/** What is needed of an open file; one of Deno's fits. */
export type OpenFile =
  & Pick<Deno.FsFile, "read" | "seek">
  & Partial<Pick<Deno.FsFile, "readSync">>
  & Disposable;

/** What the cache gives: the same shape as step (iv). */
export interface CachedFile {
  readonly kind: "file";
  readonly facts: FileFacts;
  readonly file: MemoryFile;
}

/** Files by the key of their path, the least recently used first. */
export class FileCache {
  readonly #budgetBytes: number;
  readonly #rootPath: string;
  readonly #entries = new Map<string, Entry>();
  /** Folders that were seen to be folders, not links, and in which round. */
  readonly #folders = new Map<string, number>();
  #usedBytes = 0;
  /** Answers from memory, and questions that went the long way; for the X-ray and the tests. */
  hits = 0;
  misses = 0;

  /**
   * @param budgetBytes For all entries together, overhead included; 0 keeps nothing.
   * @param rootPath Real path of the root.
   */
  constructor(budgetBytes: number, rootPath: string) {
    this.#budgetBytes = budgetBytes;
    this.#rootPath = rootPath;
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
      if (!this.#isInPlace(entry, round) || !isUnchanged(entry)) {
        this.#remove(key, entry);
        this.misses++;
        return null;
      }
      entry.round = round;
      this.#entries.delete(key); // Now the most recently used: once a round is often enough.
      this.#entries.set(key, entry);
    }
    this.hits++;
    return entry.located;
  }

  /**
   * Keeps a file that went the long way in this round, unless it is too large or too new. The least recently used
   * go first to make room.
   */
  put(
    key: string,
    round: number,
    { systemPath, realPath, located }: Pick<Entry, "systemPath" | "realPath" | "located">,
  ): void {
    const old = this.#entries.get(key);
    if (old !== undefined) this.#remove(key, old);
    if (old !== undefined && isSameState(old.located.facts, located.facts)) {
      // Several that went the long way at once: the first one stays, with what has been made of it since.
      return this.#insert(key, old);
    }
    if (!this.takes(located.facts.size) || located.facts.unsettled !== 0) return;
    this.#insert(key, { systemPath, realPath, located, round, extraBytes: 0 });
    this.#makeRoom();
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
    this.#remove(key, entry);
    entry.extraBytes += bytes;
    this.#insert(key, entry);
    this.#makeRoom();
    return this.holds(key, located);
  }

  #makeRoom(): void {
    for (const [oldestKey, oldest] of this.#entries) {
      if (this.#usedBytes <= this.#budgetBytes) break;
      this.#remove(oldestKey, oldest);
    }
  }

  /**
   * Whether the path still leads to the same place. A folder that was moved out of the root, with a link in its place,
   * changes nothing of the file itself. Files of one folder share a look at it, which halves the cost of
   * `realPath` for each (10,000 files: 28 to 20 µs of processor time per request).
   */
  #isInPlace({ systemPath, realPath }: Entry, round: number): boolean {
    try {
      if (systemPath !== realPath) return Deno.realPathSync(systemPath) === realPath;
      let end = realPath.indexOf("/", this.#rootPath.length + 1);
      for (; end !== -1; end = realPath.indexOf("/", end + 1)) {
        if (!this.#isFolder(realPath.slice(0, end), round)) return false;
      }
      return true;
    } catch {
      return false;
    }
  }

  #isFolder(path: string, round: number): boolean {
    if ((this.#folders.get(path) ?? 0) >= round) return true;
    if (!Deno.lstatSync(path).isDirectory) return false;
    if (this.#folders.size >= MAX_FOLDERS) this.#folders.clear();
    this.#folders.set(path, round);
    return true;
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
  return entry.located.file.bytes.length + entry.extraBytes + ENTRY_OVERHEAD_BYTES;
}

function isSameState(a: FileFacts, b: FileFacts): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs &&
    a.inode === b.inode && a.device === b.device && a.unsettled === b.unsettled;
}

/** Whether the file is in the same state. */
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
