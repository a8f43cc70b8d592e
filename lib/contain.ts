/**
 * Containment, the half of step (iv) that keeps everybody inside the root. `--allow-read=./static` does not: Deno
 * checks the path that is named, and a symbolic link inside `static/` may lead anywhere (measured, 2.9.6).
 *
 * Deno has no `openat(2)` and no `O_NOFOLLOW`, so a path can change between looking and opening. The order here is
 * therefore: resolve, open, and only then prove that the file that is open is the one inside.
 */

import { SEPARATOR } from "@std/path";

/** How often the proof is repeated when the folders are too new for one to be enough. */
const PROOF_ROUNDS = 16;
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
export interface Link {
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
  const file = await Deno.open(realPath);
  try {
    const info = file.statSync();
    if (info.isFile && isProven(root, realPath, info, before)) return { file, info };
  } catch (error) {
    file.close();
    throw error;
  }
  file.close();
  return null;
}

/**
 * Proves that `info`, of an open file, is of the file at `realPath` and that no folder on the way is a link.
 *
 * Swapping a folder changes the time of the folder above it. If all times are settled and the same before and after
 * the opening, nothing was swapped, and one look proves it. If they are too new, many looks in a row make it
 * certain for practical purposes: a swap would have to fall between the same two system calls in each.
 */
function isProven(root: Root, realPath: string, info: Deno.FileInfo, before: Link[]): boolean {
  const isSettled = before.every((link) => isSettledTime(link.mtimeMs, root.nowMs()));
  const rounds = isSettled ? 1 : PROOF_ROUNDS;
  for (let round = 0; round < rounds; round++) {
    const leaf = Deno.lstatSync(realPath);
    if (!leaf.isFile || leaf.ino !== info.ino || leaf.dev !== info.dev) return false;
    const now = lookAtFolders(root, realPath);
    const same = (link: Link, i: number) =>
      link.isDirectory && link.inode === before[i].inode && link.device === before[i].device &&
      (!isSettled || (link.mtimeMs === before[i].mtimeMs && link.ctimeMs === before[i].ctimeMs));
    if (now.length !== before.length || !now.every(same)) return false;
  }
  return true;
}

/** Looks at each folder from the root down to the one that holds `realPath`, links not followed. */
export function lookAtFolders(root: Root, realPath: string): Link[] {
  const links: Link[] = [lookAt(root.path)];
  let end = realPath.indexOf(SEPARATOR, folderPrefix(root).length);
  while (end !== -1) {
    links.push(lookAt(realPath.slice(0, end)));
    end = realPath.indexOf(SEPARATOR, end + 1);
  }
  return links;
}

function lookAt(path: string): Link {
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
