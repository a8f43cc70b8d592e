/**
 * Containment, the half of step (iv) that keeps everybody inside the root. `--allow-read=./static` does not: Deno
 * checks the path that is named, and a symbolic link inside `static/` may lead anywhere (measured, 2.9.6).
 *
 * Deno has no `openat(2)` and no `O_NOFOLLOW`, so a path can change between looking and opening. The order here is
 * therefore: resolve, open, and only then prove that the file that is open is the one inside.
 */

import { SEPARATOR } from "@std/path";

/** How often the proof is repeated when the folders are too new for one to be enough. */
const PROOF_ROUNDS = 40;
/** Looks at folders before others have their turn: some 2 ms, as each takes 4 µs to 10 (Deno 2.9.6, local disk). */
const LOOKS_IN_A_ROW = 256;
/** Most system calls that are thrown in before a round, so that nobody can fall in step with them. */
const MAX_JITTER_CALLS = 12;
/**
 * How long opening may take, in ms. A path that is swapped for a FIFO after it was looked at would wait for a writer
 * for ever; a disk that has to spin up needs some seconds.
 */
const OPEN_TIMEOUT_MS = 8_000;
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
function folderPrefix(root: Root): string {
  return root.path.endsWith(SEPARATOR) ? root.path : root.path + SEPARATOR;
}

/** One folder on the way to a file, as it was when looked at. */
export interface FolderState {
  readonly isDirectory: boolean;
  readonly device: number;
  readonly inode: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

/**
 * Opens a file by its real path and proves that what is open lies inside the root.
 *
 * @param realPath Resolved a moment ago, and found to be inside.
 * @returns The open file and what it is, or null if the path was changed meanwhile.
 */
export async function openInside(
  root: Root,
  realPath: string,
): Promise<{ file: Deno.FsFile; info: Deno.FileInfo } | null> {
  const before = lookAtFolders(root, realPath);
  const file = await openInTime(realPath);
  if (file === null) return null;
  try {
    const info = file.statSync();
    if (info.isFile && await isProven(root, realPath, info, before)) return { file, info };
  } catch (error) {
    file.close();
    throw error;
  }
  file.close();
  return null;
}

/** Opens a file, or gives null when that takes too long; what opens later is closed at once. */
async function openInTime(realPath: string): Promise<Deno.FsFile | null> {
  const opening = Deno.open(realPath);
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(late.resolve, OPEN_TIMEOUT_MS, null);
  const file = await Promise.race([opening, late.promise]).finally(() => clearTimeout(timer));
  if (file === null) opening.then((lateFile) => lateFile.close(), () => {});
  return file;
}

/**
 * Proves that `info`, of an open file, is of the file at `realPath` and that no folder on the way is a link.
 *
 * Swapping a folder changes the time of the folder above it. If all times are settled and the same before and after
 * the opening, nothing was swapped, and one look proves it. If they are too new, many looks in a row, at times that
 * nobody can foretell, make it certain for practical purposes: a swap would have to fall between the same two system
 * calls in each (0 of 144,000 requests against a swapper at full speed; 22 with 16 rounds at even times).
 *
 * Deep in a tree those looks take long, 40 ms at 100 folders: between two rounds others have their turn.
 */
async function isProven(
  root: Root,
  realPath: string,
  info: Deno.FileInfo,
  before: FolderState[],
): Promise<boolean> {
  const nowMs = root.nowMs();
  const isSettled = before.every((folder) => isSettledFolder(folder, nowMs));
  const rounds = isSettled ? 1 : PROOF_ROUNDS;
  const roundsInARow = Math.ceil(LOOKS_IN_A_ROW / before.length);
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && round % roundsInARow === 0) await othersTurn();
    if (!isSettled) jitter(root);
    const leaf = Deno.lstatSync(realPath);
    if (!leaf.isFile || leaf.ino !== info.ino || leaf.dev !== info.dev) return false;
    const now = lookAtFolders(root, realPath);
    const same = (folder: FolderState, i: number) =>
      folder.isDirectory && isSameFolder(folder, before[i]) &&
      (!isSettled || isSameState(folder, before[i]));
    if (now.length !== before.length || !now.every(same)) return false;
  }
  return true;
}

/** Whether any change of what is in a folder, from this look on, shows in the next look. */
export function isSettledFolder({ mtimeMs, ctimeMs }: FolderState, nowMs: number): boolean {
  // Both times: mtime can be set back, ctime cannot.
  return isSettledTime(mtimeMs, nowMs) && areSettled(mtimeMs, ctimeMs, nowMs);
}

/** Whether two looks saw the same folder with the same things in it, had its times settled by the first. */
export function isSameState(a: FolderState, b: FolderState): boolean {
  return isSameFolder(a, b) && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}

function isSameFolder(a: FolderState, b: FolderState): boolean {
  return a.isDirectory === b.isDirectory && a.inode === b.inode && a.device === b.device;
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
  const folders: FolderState[] = [lookAt(root.path)];
  let end = realPath.indexOf(SEPARATOR, folderPrefix(root).length);
  while (end !== -1) {
    folders.push(lookAt(realPath.slice(0, end)));
    end = realPath.indexOf(SEPARATOR, end + 1);
  }
  return folders;
}

/** Looks at what is at a path, a link not followed. */
export function lookAt(path: string): FolderState {
  const info = Deno.lstatSync(path);
  return {
    isDirectory: info.isDirectory,
    device: info.dev,
    inode: info.ino ?? 0,
    mtimeMs: timeMs(info.mtime),
    ctimeMs: timeMs(info.ctime),
  };
}

/** A time of a file in ms since the epoch; 0 where the system has none. */
export function timeMs(time: Date | null): number {
  return time === null ? 0 : time.getTime();
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
