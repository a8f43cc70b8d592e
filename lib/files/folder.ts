/**
 * What is in a folder, for the listing of step (iv): names, sizes and times of what the server would serve from it.
 *
 * The looking is synchronous, as in `4_locate.ts`, but in slices, between which the other connections have their turn.
 */

import {
  isInside,
  isReplaced,
  isSettledState,
  lookAtFolders,
  lookInside,
  openablePath,
  placeOf,
  type Root,
  SETTLE_MS,
} from "./contain.ts";
import { type FolderState, isSameFolder, isSameFolderState, timeMs } from "./disk_state.ts";
import type { FolderEntry } from "../http/message.ts";
import { isRuleFile } from "../options.ts";
import { systemPathOf } from "./resolve.ts";
import type { Slices } from "./slices.ts";
import { SEPARATOR } from "@std/path/constants";

/** How often a folder that changes while it is read is read anew. */
const ATTEMPTS = 3;

/** The folder that is served, and a way to wait. */
export interface FolderRoot extends Root {
  /** Waits, in ms. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** A folder, and what is in it. */
export interface FolderContent {
  /** Its real path. */
  readonly realPath: string;
  /** Its regular files and folders, in no order, links among them if they stay inside; nothing with a dot in front. */
  readonly entries: readonly FolderEntry[];
  /** Whether nothing was renamed, made or removed in it while it was read. */
  readonly isWhole: boolean;
  /** The folders on the way and itself, if a later look at them tells whether anything was since; else null. */
  readonly states: readonly FolderState[] | null;
}

/**
 * Reads a folder.
 *
 * @param names Of a folder that step (iv) found, from the root down.
 * @returns Null if the folder is not there any more, or leads out of the root by now.
 */
export async function readFolder(
  root: FolderRoot,
  names: readonly string[],
  slices: Slices,
): Promise<FolderContent | null> {
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const realPath = realPathOf(root, names);
      const place = placeOf(root, realPath);
      if (place === null) {
        if (root.hasTurned()) continue;
        return null;
      }
      const path = openablePath(root, realPath);
      const before = await lookWhenSettled(root, realPath);
      if (isReplaced(place, before) && root.hasTurned()) continue;
      const nowMs = root.nowMs();
      const entries = await readEntries(root, { path, isRoot: names.length === 0, slices });
      const after = lookAtFolders(root, realPath + SEPARATOR);
      // The same times prove that no folder on the way was swapped for a link. The times of the folder itself prove
      // that the entries are of one moment; one that is always busy is taken as it is, the last time.
      const isLast = attempt === ATTEMPTS;
      const isSame = before.length > 0 && before.length === after.length &&
        before.every((folder, i) => {
          const mayChange = isLast && i === before.length - 1;
          return folder.isDirectory && isSameFolder(folder, after[i]) &&
            (mayChange || folder.mtimeMs === after[i].mtimeMs);
        });
      if (!isSame) continue;
      const isWhole = before.at(-1)!.mtimeMs === after.at(-1)!.mtimeMs;
      const isSettled = before.every((folder, i) =>
        isSettledState(folder, nowMs) && isSameFolderState(folder, after[i])
      );
      return { realPath, entries, isWhole, states: isSettled ? before : null };
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return null;
}

/** Whether a folder has the same things in it as when it was read, in the same place. What they are may have changed. */
export function isAsRead(
  root: Root,
  names: readonly string[],
  { realPath, states }: FolderContent,
): boolean {
  if (states === null) return false;
  try {
    if (realPathOf(root, names) !== realPath) return false;
    const now = lookAtFolders(root, realPath + SEPARATOR);
    return now.length === states.length &&
      now.every((folder, i) => isSameFolderState(folder, states[i]));
  } catch {
    return false; // Whatever it is, reading it will say.
  }
}

function realPathOf(root: Root, names: readonly string[]): string {
  return Deno.realPathSync(systemPathOf(root, names));
}

/** Looks at the folders on the way, once their times can show the next change. */
async function lookWhenSettled(root: FolderRoot, realPath: string): Promise<FolderState[]> {
  const folders = lookAtFolders(root, realPath + SEPARATOR);
  if (folders.every(({ mtimeMs }) => root.nowMs() - mtimeMs > SETTLE_MS)) return folders;
  await root.sleep(SETTLE_MS + 1);
  return lookAtFolders(root, realPath + SEPARATOR);
}

async function readEntries(
  root: FolderRoot,
  { path, isRoot, slices }: { path: string; isRoot: boolean; slices: Slices },
): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  let looks = 0;
  for await (const { name, isSymlink } of Deno.readDir(path)) {
    // A name with a backslash is asked for in vain (`target.ts`), so it is not offered.
    if (name.startsWith(".") || name.includes("\\") || isRoot && isRuleFile(name)) continue;
    if (++looks % LOOKS === 0 && slices.isOver()) await slices.next();
    const entry = lookAtEntry(root, { name, path: `${path}${SEPARATOR}${name}`, isSymlink });
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

/** Entries that are looked at before the clock is. */
const LOOKS = 32;

/** How often an entry is looked at that is gone, as a link may have been turned meanwhile. */
const TRIES = 2;

/** Gives null for what is not served: links that lead out or nowhere, devices, FIFOs, and what is gone again. */
function lookAtEntry(
  root: Root,
  { name, path, isSymlink }: { name: string; path: string; isSymlink: boolean },
): FolderEntry | null {
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const info = isSymlink ? null : Deno.lstatSync(path);
      if (info?.isSymlink === false) return entryOf(name, info);
      const realPath = Deno.realPathSync(path);
      return isInside(root, realPath) ? entryOf(name, lookInside(root, realPath)) : null;
    } catch {
      // It is looked at once more.
    }
  }
  return null;
}

function entryOf(name: string, info: Deno.FileInfo): FolderEntry | null {
  const { isFile, isDirectory, size, mtime } = info;
  if (!isFile && !isDirectory) return null;
  return {
    name,
    kind: isFile ? "file" : "folder",
    size: isFile ? size : 0,
    mtimeMs: timeMs(mtime),
  };
}
