/**
 * Containment, the half of step (iv) that keeps everybody inside the root. `--allow-read=./static` does not: Deno
 * checks the path that is named, and a symbolic link inside `static/` may lead anywhere (measured, 2.9.6).
 *
 * Deno has no `openat(2)` and no `O_NOFOLLOW`, so a path can change between looking and opening. The order here is
 * therefore: resolve, open, and only then prove that the file that is open is the one inside. The last look at what is
 * open comes with its bytes (`readWhole()`, and `streamed()` in `4_locate.ts`).
 */

import { SEPARATOR } from "@std/path/constants";
import { DiskFile } from "./disk_file.ts";
import {
  type DiskState,
  type FileState,
  type FolderState,
  isExact,
  isSameFile,
  isSameFolder,
  isSameFolderState,
  lookAt,
  stateOf,
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
/** How often a file that is replaced while it is opened is opened anew: 80 µs each. */
const OPENING_TRIES = 8;
/** Most system calls that are thrown in before a round, so that nobody can fall in step with them. */
const MAX_JITTER_CALLS = 12;
/**
 * Times younger than this, in ms, cannot tell two changes apart: Linux stamps files by its timer tick, 10 ms at
 * the slowest setting.
 */
export const SETTLE_MS = 20;

/** A folder that files may be served from. */
export interface Place {
  /**
   * Its path as it was named: absolute, maybe through links. All in it is opened by this path, since Deno's sandbox judges
   * what is named and not where that leads: `--allow-read=LINK` is enough, wherever the link is turned to.
   */
  readonly path: string;
  /** Where that led when it was looked at last: absolute, without links. */
  readonly realPath: string;
  /** Which folder that was. */
  readonly device: number;
  readonly inode: number;
}

/** The folder that is served. */
export interface Root extends Place {
  /** Folders that links may lead into, beside the root itself. */
  readonly followed: readonly Place[];
  /** The wall clock, in ms since the epoch. */
  readonly nowMs: () => number;
  /** Looks where all these folders are by now. Whether one is elsewhere than it was. */
  hasTurned(): boolean;
}

/** Whether a real path is the root or lies below it, or so for a folder that links may lead into. */
export function isInside(root: Root, realPath: string): boolean {
  return placeOf(root, realPath) !== null;
}

/** The folder that a real path lies in; null if it is outside. */
export function placeOf(root: Root, realPath: string): Place | null {
  if (isIn(root, realPath)) return root;
  return root.followed.find((place) => isIn(place, realPath)) ?? null;
}

function isIn(place: Place, realPath: string): boolean {
  return realPath === place.realPath || realPath.startsWith(folderPrefix(place.realPath));
}

/** The path of a folder with its separator, which `/` has already. */
export function folderPrefix(path: string): string {
  return path.endsWith(SEPARATOR) ? path : path + SEPARATOR;
}

/** Whether there are links on the way to a folder, which may be turned elsewhere. */
export function isLinked(place: Place): boolean {
  return place.path !== place.realPath;
}

/** The path by which what has this real path is opened. @param realPath Inside the root. */
export function openablePath(root: Root, realPath: string): string {
  return pathIn(placeOf(root, realPath) ?? root, realPath);
}

function pathIn(place: Place, realPath: string): string {
  if (!isLinked(place)) return realPath;
  const below = realPath.slice(folderPrefix(place.realPath).length);
  return realPath === place.realPath ? place.path : folderPrefix(place.path) + below;
}

/**
 * Looks at what is at a real path inside the root. What had that path is gone where a link stands in its place, as by who
 * turns a name from one file to the next: a real path holds none.
 *
 * @throws The errors of the system; as if nothing were there, if there is a link.
 */
export function lookInside(root: Root, realPath: string): Deno.FileInfo {
  const isPlace = realPath === (placeOf(root, realPath) ?? root).realPath;
  const path = openablePath(root, realPath);
  const info = isPlace ? Deno.statSync(path) : Deno.lstatSync(path);
  if (!info.isSymlink) return info;
  throw Object.assign(new Deno.errors.NotFound("replaced by a link"), { code: "ENOENT" });
}

/** Looks at the folder itself, through the links on the way to it. */
export function lookAtPlace(place: Place): FolderState {
  return isLinked(place) ? stateOf(Deno.statSync(place.path)) : lookAt(place.path);
}

/** A file that is open, and what was at its path: the same, as far as its folders tell. */
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
  const place = placeOf(root, realPath);
  if (place === null) return null; // A link on the way to the root was turned since.
  const path = pathIn(place, realPath);
  const before = await lookBefore({ place, path, nowMs: root.nowMs });
  if (before === null) return null;
  if (isReplaced(place, before.folders)) {
    root.hasTurned(); // Its rules come before its files.
    return null;
  }
  const opened = isStill(before) ? openStill(path) : openAsSeen(path);
  if (opened === null) return null;
  using open = new DisposableStack();
  open.use(opened.file);
  if (!await isProven({ place, path, state: opened.state, before })) return null;
  open.move();
  return opened;
}

/** Whether nothing from the place on, the file at the end included, can be replaced without a trace in a folder's times. */
function isStill({ isSettled, isSteady }: Before): boolean {
  return isSteady && isSettled.every((settled) => settled);
}

/**
 * Opens what was at the path just before, where replacing it shows in its folder, which is looked at again. What is open is
 * asked later, once, when it has been read (a look costs 15 µs): in the time of another clock, or where somebody moves what
 * is above the root, folders do not tell all. Null if there is no regular file.
 */
function openStill(path: string): Opened | null {
  const state = lookAt(path);
  if (!isExact(state)) return openAsSeen(path);
  return state.isFile ? { file: new DiskFile(path), state } : null;
}

/**
 * Opens what was at the path just before, a link not followed. Null if that was replaced each time: a program that renames
 * one file after the other over it does so in between now and then, and to begin anew means to look at all folders anew.
 */
function openAsSeen(path: string): Opened | null {
  for (let tries = 0; tries < OPENING_TRIES; tries++) {
    const leaf = lookAt(path);
    if (!leaf.isFile) return null;
    using open = new DisposableStack();
    const file = open.use(new DiskFile(path));
    const state = file.look();
    if (!isSameFile(leaf, state)) continue;
    open.move();
    return { file, state };
  }
  return null;
}

/** The way to a file, by names without links below the place. */
interface Way {
  readonly place: Place;
  readonly path: string;
}

/** The folders on the way to a file before it was opened. */
interface Before {
  readonly folders: readonly FolderState[];
  /** For each, whether any change of what is in it shows. */
  readonly isSettled: readonly boolean[];
  /** Those that could be swapped unseen, as what is above them is too new. */
  readonly doubtful: readonly string[];
  /** The link that leads to the place; null if none does. */
  readonly link: FolderState | null;
  /** Whether it could not be turned and turned back unseen. */
  readonly isSteady: boolean;
}

/** Looks at the folders, and waits where too many are too new. Null if they stay so. */
async function lookBefore(
  { place, path, nowMs }: Way & Pick<Root, "nowMs">,
): Promise<Before | null> {
  const paths = pathsOfFolders({ place, path });
  for (let waits = 0; waits < MAX_WAITS; waits++) {
    const now = nowMs();
    const link = isLinked(place) ? lookAt(place.path) : null;
    // One that is further up, with a folder at the end, cannot be looked at: the sandbox lets us see the end alone.
    const isSteady = link === null || !link.isDirectory && isSettledState(link, now);
    const folders = lookAtAll(place, paths);
    const isSettled = folders.map((folder) => isSettledState(folder, now));
    const doubtful = paths.filter((_, i) => i > 0 && !isSettled[i - 1]);
    if (doubtful.length <= MAX_DOUBTFUL) return { folders, isSettled, doubtful, link, isSteady };
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  return null;
}

/** What has to be proven: that `state` is of the file at the end of this way, with those folders on it. */
interface Claim extends Way {
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
 * with 16 rounds at even times). A link to the root, which may be turned while we look, is held to the same.
 *
 * Deep in a tree a look takes 10 µs and more, and some hundred are needed: between two rounds others have their turn.
 */
async function isProven({ place, path, state, before }: Claim): Promise<boolean> {
  const { folders, isSettled, doubtful, link, isSteady } = before;
  const rounds = doubtful.length === 0 && isSteady ? 0 : PROOF_ROUNDS;
  const roundsInARow = Math.ceil(LOOKS_IN_A_ROW / (doubtful.length + MAX_JITTER_CALLS));
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && round % roundsInARow === 0) await othersTurn();
    jitter(place);
    if (!isSteady && !isWhereItWas(place)) return false;
    if (!isSameFile(lookAt(path), state)) return false;
    if (!doubtful.every((path) => lookAt(path).isDirectory)) return false;
  }
  if (link !== null) {
    const isTurned = isSteady && !isSameFolderState(lookAt(place.path), link);
    if (isTurned || !isWhereItWas(place)) return false;
  }
  const now = lookAtAll(place, pathsOfFolders({ place, path }));
  return now.length === folders.length &&
    now.every((folder, i) =>
      folder.isDirectory && isSameFolder(folder, folders[i]) &&
      (!isSettled[i] || isSameFolderState(folder, folders[i]))
    );
}

/** Whether a folder that is reached through links is still where it was when it was looked at last. */
function isWhereItWas(place: Place): boolean {
  return Deno.realPathSync(place.path) === place.realPath;
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

function jitter({ path }: Place): void {
  for (let calls = Math.random() * MAX_JITTER_CALLS; calls > 1; calls--) Deno.lstatSync(path);
}

/**
 * Looks at each folder from the root down to the one that holds `realPath`, links not followed. None if that is not
 * inside the root any more.
 */
export function lookAtFolders(root: Root, realPath: string): FolderState[] {
  const place = placeOf(root, realPath);
  if (place === null) return [];
  return lookAtAll(place, pathsOfFolders({ place, path: pathIn(place, realPath) }));
}

/** Whether another folder is in the place than when it was looked at last. @param folders On the way from it on. */
export function isReplaced({ device, inode }: Place, [first]: readonly FolderState[]): boolean {
  return first !== undefined && (first.device !== device || first.inode !== inode);
}

/** @param paths Of {@linkcode pathsOfFolders}. */
function lookAtAll(place: Place, paths: readonly string[]): FolderState[] {
  return paths.map((path, i) => i === 0 ? lookAtPlace(place) : lookAt(path));
}

function pathsOfFolders({ place, path }: Way): string[] {
  const paths = [place.path];
  let end = path.indexOf(SEPARATOR, folderPrefix(place.path).length);
  while (end !== -1) {
    paths.push(path.slice(0, end));
    end = path.indexOf(SEPARATOR, end + 1);
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
