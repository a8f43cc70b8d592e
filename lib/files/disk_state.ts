/**
 * What tells one file or folder on the disk from all others, and one state of it from the next. In goes what the system
 * says of it; whether a time is old enough to be trusted is left to `contain.ts`.
 */

/** What every thing on a disk has. */
export interface DiskState {
  /** Times in ms since the epoch; 0 where there is none, or none that a `Date` can hold. */
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly device: number;
  /** 0 where the system has none. */
  readonly inode: number;
}

/** A file as it was when looked at. */
export interface FileState extends DiskState {
  /** Whether it is a regular file. */
  readonly isFile: boolean;
  /** Length, in bytes. */
  readonly size: number;
}

/** A folder as it was when looked at. */
export interface FolderState extends DiskState {
  /** Whether it is a folder indeed. */
  readonly isDirectory: boolean;
}

/** Looks at what is at a path, a link not followed. */
export function lookAt(path: string): FileState & FolderState {
  return stateOf(Deno.lstatSync(path));
}

/** A text that differs for each state of a file, links followed; empty if there is nothing to be seen. */
export function readableState(path: string): string {
  try {
    const { device, inode, size, mtimeMs, ctimeMs } = stateOf(Deno.statSync(path));
    return [device, inode, size, mtimeMs, ctimeMs].join(" ");
  } catch {
    return "";
  }
}

/** What Deno says of a file or folder. */
export function stateOf(info: Deno.FileInfo): FileState & FolderState {
  return {
    isFile: info.isFile,
    isDirectory: info.isDirectory,
    size: info.size,
    mtimeMs: timeMs(info.mtime),
    ctimeMs: timeMs(info.ctime),
    device: info.dev,
    inode: info.ino ?? 0,
  };
}

/**
 * Whether two looks saw the same regular file, whatever was written to it in between; where inodes are inexact, they have
 * to have seen the same length and times as well.
 */
export function isSameFile(a: FileState, b: FileState): boolean {
  return a.isFile && b.isFile && isSameThing(a, b) && (isExact(a) || isSameFileState(a, b));
}

/**
 * Whether two looks saw the same folder, whatever was done in it in between; where inodes are inexact, nothing may have
 * been done.
 */
export function isSameFolder(a: FolderState, b: FolderState): boolean {
  return a.isDirectory === b.isDirectory && isSameThing(a, b) &&
    (isExact(a) || haveSameTimes(a, b));
}

/** Whether two looks saw the same folder with the same things in it, had its times settled by the first. */
export function isSameFolderState(a: FolderState, b: FolderState): boolean {
  return isSameFolder(a, b) && haveSameTimes(a, b);
}

/** Whether two looks saw the same file with the same bytes in it, had its times settled by the first. */
export function isSameFileState(
  a: DiskState & { readonly size: number },
  b: DiskState & { readonly size: number },
): boolean {
  return a.size === b.size && isSameThing(a, b) && haveSameTimes(a, b);
}

function isSameThing(a: DiskState, b: DiskState): boolean {
  return a.inode === b.inode && a.device === b.device;
}

/**
 * Whether an inode is the system's own number. NTFS counts in 64 bits, of which the upper 16 tell how often a place was used
 * again: from the 32nd time on, a `number` is that of its neighbours, too (so is `bigint` in `node:fs`, Deno 2.9.6).
 */
export function isExact({ inode }: DiskState): boolean {
  return inode !== 0 && inode <= Number.MAX_SAFE_INTEGER;
}

function haveSameTimes(a: DiskState, b: DiskState): boolean {
  return a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}

/** A time of a file in ms since the epoch; 0 where the system has none, or none that a `Date` can hold. */
export function timeMs(time: Date | null): number {
  return time === null ? 0 : finiteMs(time.getTime());
}

/** A time that a `Date` can hold; 0 for all others. Some file systems keep seconds in 64 bits. */
export function finiteMs(ms: number): number {
  return Number.isFinite(ms) && Math.abs(ms) <= MAX_DATE_MS ? ms : 0;
}

/** ECMA-262 §21.4.1.1. */
const MAX_DATE_MS = 8.64e15;
