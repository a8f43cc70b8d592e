/**
 * Containment, the half of step (iv) that keeps everybody inside the root. `--allow-read=./static` does not: Deno
 * checks the path that is named, and a symbolic link inside `static/` may lead anywhere (measured, 2.9.6).
 *
 * Deno has no `openat(2)` and no `O_NOFOLLOW`, so a path can change between looking and opening. The order here is
 * therefore: resolve, open, and only then prove that the file that is open is the one inside.
 */

import { SEPARATOR } from "@std/path";
import { DiskFile } from "./disk_file.ts";
import {
  type DiskState,
  type FileState,
  type FolderState,
  isSameFile,
  isSameFolder,
  isSameFolderState,
  lookAt,
} from "./disk_state.ts";

/** How often the proof is repeated when the folders are too new for one to be enough. */
const PROOF_ROUNDS = 40;
/** Most folders on the way that are looked at so often. A deeper tree that has just been made has to wait a little. */
const MAX_DOUBTFUL = 16;
/** How long it waits, in ms, before the next look at how new its folders are, and how often: 3 s in all. */
const WAIT_MS = 200;
const MAX_WAITS = 15;
/** Looks at folders before others have their turn: some 2 ms, as each takes 4 µs to 10 (Deno 2.9.6, local disk). */
const LOOKS_IN_A_ROW = 256;
/** Most system calls that are thrown in before a round, so that nobody can fall in step with them. */
const MAX_JITTER_CALLS = 12;
/**
 * Times younger than this, in ms, cannot tell two changes apart: Linux stamps files by its timer tick, 10 ms at
 * the slowest setting.
 */
export const SETTLE_MS = 20;

/** The folder that is served. */
export interface Root {
  /** Its real path: absolute, without links. */
  readonly path: string;
  /** The wall clock, in ms since the epoch. */
  readonly nowMs: () => number;
}

/** Whether a real path is the root or lies below it. */
export function isInside(root: Root, realPath: string): boolean {
  return realPath === root.path || realPath.startsWith(folderPrefix(root));
}

/** The root's path with its separator, which a root of `/` has already. */
export function folderPrefix(root: Root): string {
  return root.path.endsWith(SEPARATOR) ? root.path : root.path + SEPARATOR;
}

/** A file that is open, and what it was then. */
export interface Opened {
  readonly file: DiskFile;
  readonly state: FileState;
}

/**
 * Opens a file by its real path and proves that what is open lies inside the root.
 *
 * @param realPath Resolved a moment ago, and found to be inside.
 * @returns The open file and what it is, or null if the path was changed meanwhile.
 */
export async function openInside(root: Root, realPath: string): Promise<Opened | null> {
  const before = await lookBefore(root, realPath);
  if (before === null) return null;
  const leaf = lookAt(realPath);
  const file = new DiskFile(realPath);
  try {
    const state = file.look();
    if (isSameFile(leaf, state) && await isProven(root, { realPath, state, before })) {
      return { file, state };
    }
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
  file[Symbol.dispose]();
  return null;
}

/** The folders on the way to a file before it was opened. */
interface Before {
  readonly folders: readonly FolderState[];
  /** For each, whether any change of what is in it shows. */
  readonly isSettled: readonly boolean[];
  /** Those that could be swapped unseen, as what is above them is too new. */
  readonly doubtful: readonly string[];
}

/** Looks at the folders, and waits where too many are too new. Null if they stay so. */
async function lookBefore(root: Root, realPath: string): Promise<Before | null> {
  const paths = pathsOfFolders(root, realPath);
  for (let waits = 0; waits < MAX_WAITS; waits++) {
    const nowMs = root.nowMs();
    const folders = paths.map(lookAt);
    const isSettled = folders.map((folder) => isSettledState(folder, nowMs));
    const doubtful = paths.filter((_, i) => i > 0 && !isSettled[i - 1]);
    if (doubtful.length <= MAX_DOUBTFUL) return { folders, isSettled, doubtful };
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  return null;
}

/** What has to be proven: that `state` is of the file at `realPath`, with those folders on the way. */
interface Claim {
  readonly realPath: string;
  readonly state: FileState;
  readonly before: Before;
}

/**
 * Proves that an open file, which was at its path just before and no link, is inside: that no folder on the way was one.
 *
 * Swapping a folder changes the time of the folder above it. Where that was settled and is the same before and after
 * the opening, nothing was swapped, and two looks prove it. A folder in one that is too new is looked at many times, at
 * moments that nobody can foretell, and the file with it, which makes it certain for practical purposes: a swap would
 * have to fall between the same two system calls each time (0 of 144,000 requests against a swapper at full speed; 22
 * with 16 rounds at even times).
 *
 * Deep in a tree a look takes 10 µs and more, and some hundred are needed: between two rounds others have their turn.
 */
async function isProven(root: Root, { realPath, state, before }: Claim): Promise<boolean> {
  const { folders, isSettled, doubtful } = before;
  const rounds = doubtful.length === 0 ? 0 : PROOF_ROUNDS;
  const roundsInARow = Math.ceil(LOOKS_IN_A_ROW / (doubtful.length + MAX_JITTER_CALLS));
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && round % roundsInARow === 0) await othersTurn();
    jitter(root);
    if (!isSameFile(lookAt(realPath), state)) return false;
    if (!doubtful.every((path) => lookAt(path).isDirectory)) return false;
  }
  const now = lookAtFolders(root, realPath);
  return now.length === folders.length &&
    now.every((folder, i) =>
      folder.isDirectory && isSameFolder(folder, folders[i]) &&
      (!isSettled[i] || isSameFolderState(folder, folders[i]))
    );
}

/** Whether any change of a file, or of what is in a folder, from this look on, shows in the next look. */
export function isSettledState({ mtimeMs, ctimeMs }: DiskState, nowMs: number): boolean {
  // Both times: mtime can be set back, ctime cannot.
  return isSettledTime(mtimeMs, nowMs) && areSettled(mtimeMs, ctimeMs, nowMs);
}

/** Lets the event loop serve the others. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function jitter(root: Root): void {
  for (let calls = Math.random() * MAX_JITTER_CALLS; calls > 1; calls--) Deno.lstatSync(root.path);
}

/** Looks at each folder from the root down to the one that holds `realPath`, links not followed. */
export function lookAtFolders(root: Root, realPath: string): FolderState[] {
  return pathsOfFolders(root, realPath).map(lookAt);
}

function pathsOfFolders(root: Root, realPath: string): string[] {
  const paths = [root.path];
  let end = realPath.indexOf(SEPARATOR, folderPrefix(root).length);
  while (end !== -1) {
    paths.push(realPath.slice(0, end));
    end = realPath.indexOf(SEPARATOR, end + 1);
  }
  return paths;
}

/** Whether a change right now would get another time than this one. */
export function isSettledTime(changedMs: number, nowMs: number): boolean {
  // Some file systems keep whole seconds, FAT every second one: a time without milliseconds may be such.
  const grainMs = changedMs % 1000 === 0 ? 2_000 : 0;
  return Math.abs(nowMs - changedMs) > grainMs + SETTLE_MS;
}

/**
 * Whether any write from now on changes one of these times. A program may set mtime back after writing; ctime it
 * cannot, but Deno gives that in whole seconds (measured, 2.9.6): so the second of ctime has to be over.
 */
export function areSettled(mtimeMs: number, ctimeMs: number, nowMs: number): boolean {
  return ctimeMs === 0 ? isSettledTime(mtimeMs, nowMs) : nowMs - ctimeMs > 1_000 + SETTLE_MS;
}
