/**
 * What is in a folder, for the listing of step (iv): names, sizes and times of what the server would serve from it.
 *
 * The looking is synchronous, as in `4_locate.ts`, but in slices, between which the other connections have their turn.
 */

import { isInside, lookAtFolders, type Root, SETTLE_MS, timeMs } from "./contain.ts";
import type { FolderEntry, TargetPath } from "../http/message.ts";
import { RULE_FILES } from "../options.ts";
import { SEPARATOR } from "@std/path";

/** Entries that are looked at in a row: 1 ms, as one takes 4 µs (Deno 2.9.6, local disk). */
const SLICE = 256;
/** How often a folder that changes while it is read is read anew. */
const ATTEMPTS = 3;

/** The folder that is served, and a way to wait. */
export interface FolderRoot extends Root {
  /** Waits, in ms. */
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Reads a folder.
 *
 * @param path Of a folder that step (iv) found.
 * @returns Its regular files and folders, in no order, links among them if they stay inside of the root; nothing whose
 * name starts with a dot. Null if the folder is not there any more, or leads out of the root by now.
 */
export async function readFolder(
  root: FolderRoot,
  path: TargetPath,
): Promise<readonly FolderEntry[] | null> {
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const realPath = Deno.realPathSync([root.path, ...path.segments].join("/"));
      if (!isInside(root, realPath)) return null;
      const before = await lookWhenSettled(root, realPath);
      const entries = await readEntries(root, realPath, path.segments.length === 0);
      const after = lookAtFolders(root, realPath + SEPARATOR);
      // The same times prove that no folder on the way was swapped for a link. The times of the folder itself prove
      // that the entries are of one moment; one that is always busy is taken as it is, the last time.
      const isSame = before.length === after.length && before.every((folder, i) => {
        const mayChange = attempt === ATTEMPTS && i === before.length - 1;
        return after[i].isDirectory && folder.inode === after[i].inode &&
          folder.device === after[i].device && (mayChange || folder.mtimeMs === after[i].mtimeMs);
      });
      if (isSame) return entries;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return null;
}

/** Looks at the folders on the way, once their times can show the next change. */
async function lookWhenSettled(root: FolderRoot, realPath: string) {
  const folders = lookAtFolders(root, realPath + SEPARATOR);
  if (folders.every(({ mtimeMs }) => root.nowMs() - mtimeMs > SETTLE_MS)) return folders;
  await root.sleep(SETTLE_MS + 1);
  return lookAtFolders(root, realPath + SEPARATOR);
}

async function readEntries(
  root: FolderRoot,
  realPath: string,
  isRoot: boolean,
): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  let looks = 0;
  for await (const { name, isSymlink } of Deno.readDir(realPath)) {
    // A name with a backslash is asked for in vain (`target.ts`), so it is not offered.
    if (name.startsWith(".") || name.includes("\\") || isRoot && RULE_FILES.has(name)) continue;
    if (++looks % SLICE === 0) await root.sleep(0);
    const entry = lookAtEntry(root, { name, path: `${realPath}${SEPARATOR}${name}`, isSymlink });
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

/** Gives null for what is not served: links that lead out or nowhere, devices, FIFOs, and what is gone again. */
function lookAtEntry(
  root: Root,
  { name, path, isSymlink }: { name: string; path: string; isSymlink: boolean },
): FolderEntry | null {
  try {
    const realPath = isSymlink ? Deno.realPathSync(path) : path;
    if (!isInside(root, realPath)) return null;
    const { isFile, isDirectory, size, mtime } = Deno.lstatSync(realPath);
    if (!isFile && !isDirectory) return null;
    return {
      name,
      kind: isFile ? "file" : "folder",
      size: isFile ? size : 0,
      mtimeMs: timeMs(mtime),
    };
  } catch {
    return null;
  }
}
