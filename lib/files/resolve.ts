/** The first move of step (iv): from a path to the real path of a regular file inside the root, links followed. */

import { SEPARATOR } from "@std/path/constants";
import type { Absences } from "./absent.ts";
import { absent, NOT_REGULAR, OUTSIDE } from "./answers.ts";
import { folderPrefix, isInside, lookInside, type Root } from "./contain.ts";
import { isSpelledSo } from "./spelling.ts";
import { timeMs } from "./disk_state.ts";
import type { Located, TargetPath } from "../http/message.ts";

/** The folder that is served, and what is not in it. */
export interface ResolvingRoot extends Root {
  readonly absences: Absences;
}

/** A path that leads to a regular file inside the root, or did a moment ago. */
export interface Resolved {
  readonly kind: "regular";
  /** With `index.html` at the end, where the path names a folder. */
  readonly names: readonly string[];
  readonly realPath: string;
  readonly mtimeMs: number;
}

/** Follows a path to what it names. Gives why not if that is no regular file inside the root. */
export function resolve(
  folder: ResolvingRoot,
  path: TargetPath,
  round: number,
): Resolved | Located<never> {
  let names = path.segments;
  let realPath = realPathOf(folder, names);
  if (realPath === null) return OUTSIDE;
  if (!isSpelledSo(folder, names, realPath)) return MISSPELLED;
  let info = lookInside(folder, realPath);
  if (info.isDirectory) {
    if (!path.folder) return { kind: "folder" };
    names = [...names, "index.html"];
    if (folder.absences.has(names, round)) return { kind: "bareFolder" };
    realPath = realPathOf(folder, names);
    if (realPath === null) return OUTSIDE;
    if (!isSpelledSo(folder, names, realPath)) return { kind: "bareFolder" };
    info = lookInside(folder, realPath);
  } else if (path.folder) {
    return absent("a file, named with a slash at its end");
  }
  // Only regular files: opening a FIFO would wait for a writer, reading a device might never end.
  if (!info.isFile) return NOT_REGULAR;
  if (info.size > Number.MAX_SAFE_INTEGER) return absent("too large for its length to be told");
  return { kind: "regular", names, realPath, mtimeMs: timeMs(info.mtime) };
}

const MISSPELLED = absent("the folder spells its name in another way");

/** A path as the system takes it, links not followed. */
export function systemPathOf(root: Pick<Root, "path">, names: readonly string[]): string {
  return names.length === 0 ? root.path : folderPrefix(root.path) + names.join(SEPARATOR);
}

/** Follows every link of a path. Gives the real path, or null if that is outside of the root. */
function realPathOf(root: Root, names: readonly string[]): string | null {
  try {
    const realPath = Deno.realPathSync(systemPathOf(root, names));
    return isInside(root, realPath) ? realPath : null;
  } catch (error) {
    // A link to what we may not look at: whether that is there is nobody's business, so 404 and not 403.
    if (error instanceof Deno.errors.PermissionDenied && hasLink(root, names)) return null;
    throw error;
  }
}

/** Whether any name of a path is a link. */
function hasLink(root: Root, names: readonly string[]): boolean {
  return names.some((_, depth) => isLink(systemPathOf(root, names.slice(0, depth + 1))));
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}
