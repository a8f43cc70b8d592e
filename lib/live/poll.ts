/**
 * Watching a folder by looking at all that is in it from time to time: for network drives and some virtual machines, where
 * the system tells nothing of changes. It looks in slices, and rests nine times as long as a look took at the least.
 */

import { SEPARATOR } from "@std/path/constants";
import { SETTLE_MS } from "../files/contain.ts";
import { readableState } from "../files/disk_state.ts";
import { Slices } from "../files/slices.ts";
import type { Watcher, WatchInit } from "./watch.ts";

/** Of the time that goes by, looking takes this part at the most. */
const SHARE = 0.1;
/** What is looked at, at the most: the times of so many files take 30 MB. */
const MAX_ENTRIES = 200_000;

/** What {@linkcode FolderPoller} works with. */
export interface PollInit extends WatchInit {
  /** From the end of a look to the start of the next, in ms. */
  readonly pollMs: number;
  /** Whether a path, relative to the root and with slashes, need not be looked at, nor what is in it. */
  readonly isIgnored: (path: string) => boolean;
}

/** By path relative to the root: what differs when a file changes, its time in ms first. */
type Seen = Map<string, string>;

/** Tells of the changes that it sees. */
export class FolderPoller implements Watcher {
  readonly #init: PollInit;
  readonly #slices = new Slices();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** From when on a file was written during the first look, in ms since the epoch; the system may stamp it a little early. */
  readonly #sinceMs = Date.now() - SETTLE_MS;
  /** How the root was before the first look, as it may be turned to another folder meanwhile. */
  readonly #rootState: string;
  #isClosed = false;
  #isTooLarge = false;

  constructor(init: PollInit) {
    this.#init = init;
    this.#rootState = readableState(init.rootPath);
    this.#look(null);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #look(before: Seen | null): Promise<void> {
    const seen: Seen = new Map();
    const startMs = performance.now();
    try {
      await this.#slices.run(this.#walk("", seen));
    } catch (error) {
      this.#init.onError(error);
    }
    if (this.#isClosed) return;
    const changed = before === null ? this.#changedMeanwhile(seen) : changesOf(before, seen);
    if (changed.length > 0) {
      const paths = changed.map((path) => `${this.#init.rootPath}/${path}`);
      this.#init.onPaths(paths.map((path) => path.replaceAll("/", SEPARATOR))); // As the system tells of them.
    }
    const restMs = (performance.now() - startMs) * (1 / SHARE - 1);
    this.#timer = setTimeout(() => this.#look(seen), Math.max(this.#init.pollMs, restMs));
  }

  /** The first look takes a while, and what is written meanwhile is a change: who has a page has the one before it. */
  #changedMeanwhile(seen: Seen): string[] {
    const isSameRoot = readableState(this.#init.rootPath) === this.#rootState;
    return isSameRoot ? writtenSince(this.#sinceMs, seen) : [...seen.keys()];
  }

  /** Looks at a folder and what is in it; stops between two entries. Links are not followed: their files have a place. */
  *#walk(folder: string, seen: Seen): Generator<void> {
    for (const { name, isDirectory } of entriesOf(`${this.#init.rootPath}/${folder}`)) {
      yield;
      const path = folder === "" ? name : `${folder}/${name}`;
      if (this.#isClosed || this.#init.isIgnored(path)) continue;
      if (seen.size >= MAX_ENTRIES) return this.#tellTooLarge();
      seen.set(path, isDirectory ? "folder" : stateOf(`${this.#init.rootPath}/${path}`));
      if (isDirectory) yield* this.#walk(path, seen);
    }
  }

  #tellTooLarge(): void {
    if (this.#isTooLarge) return;
    this.#isTooLarge = true;
    this.#init.onError(`--live-poll looks at ${MAX_ENTRIES} files only; see --live-ignore`);
  }
}

function writtenSince(ms: number, seen: Seen): string[] {
  return [...seen].filter(([, state]) => parseFloat(state) >= ms).map(([path]) => path);
}

function changesOf(before: Seen, after: Seen): string[] {
  const changed = [...after].filter(([path, state]) => before.get(path) !== state);
  const gone = [...before.keys()].filter((path) => !after.has(path));
  return [...changed.map(([path]) => path), ...gone];
}

/** None, if the folder is gone or may not be read. */
function entriesOf(path: string): Iterable<Deno.DirEntry> {
  try {
    return [...Deno.readDirSync(path)];
  } catch {
    return [];
  }
}

function stateOf(path: string): string {
  try {
    const { mtime, size, ino } = Deno.lstatSync(path);
    return `${mtime?.getTime()} ${size} ${ino}`;
  } catch {
    return "gone";
  }
}
