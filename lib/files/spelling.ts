/**
 * One file, one name. Windows, macOS and many a memory stick find a file by further names: `/INDEX.HTML`, `/a.txt.`,
 * `/ENV~1`, which is `.env`. Rules look at names: dotfiles, `_headers`, redirects with `!`. So that no other spelling gets
 * past them, a file has the name that its folder gives it, as on Linux, and is not found by any other. Unicode spells one
 * letter in two forms; there the browser's choice is as good as that of whoever made the file: both are compared in NFC.
 *
 * Some systems say the real name: `realPath` gives it on Windows and macOS. Linux repeats what was asked for, also of a
 * disk that ignores case (FAT, NTFS, `chattr +F`, some of the network); so there a further look tells whether the
 * disk takes a name in another spelling, and if so, the folder is asked for its names. The look costs 5 µs a name, on the
 * long way alone: what is in the cache has been here.
 */

import { SEPARATOR } from "@std/path/constants";
import { exists } from "./node.ts";
import { isNoWindowsName } from "../site/windows_name.ts";
import { folderPrefix, type Root } from "./contain.ts";

const IS_WINDOWS = Deno.build.os === "windows";
const SAYS_REAL_NAMES = IS_WINDOWS || Deno.build.os === "darwin";

/** Whether a name is none on this system, whatever is in the folder. */
export function isNoName(name: string): boolean {
  return IS_WINDOWS && isNoWindowsName(name);
}

/**
 * Whether each name of a path is spelled as its folder spells it.
 *
 * @param names From the root down, of something that is there.
 * @param realPath What they lead to, links followed.
 * @throws The errors of the system, if it is gone by now.
 */
export function isSpelledSo(root: Root, names: readonly string[], realPath: string): boolean {
  return SAYS_REAL_NAMES ? isSpelledAsReal(root, names, realPath) : isSpelledAsListed(root, names);
}

/** As {@linkcode isSpelledSo}, where real paths have the names that folders give. */
export function isSpelledAsReal(
  root: Pick<Root, "path" | "realPath">,
  names: readonly string[],
  realPath: string,
): boolean {
  // All but links, and other spellings.
  if (folderPrefix(root.realPath) + names.join(SEPARATOR) === realPath) return true;
  let prefix = folderPrefix(root.path);
  for (const name of names) {
    const asked = prefix + name;
    const real = Deno.realPathSync(asked);
    const isSpelled = Deno.lstatSync(asked).isSymlink
      ? isListed(prefix, name) // The real path names what it leads to.
      : areOneName(real.slice(real.lastIndexOf(SEPARATOR) + 1), name) ||
        real !== Deno.realPathSync(asked) && isListed(prefix, name); // It was a link a moment ago.
    if (!isSpelled) return false;
    prefix = asked + SEPARATOR;
  }
  return true;
}

/** As {@linkcode isSpelledSo}, where real paths repeat what was asked for. */
export function isSpelledAsListed(
  root: Pick<Root, "path">,
  names: readonly string[],
): boolean {
  let prefix = folderPrefix(root.path);
  for (const name of names) {
    if (exists(prefix + respelled(name)) && !isListed(prefix, name)) return false;
    prefix += name + SEPARATOR;
  }
  return true;
}

/** Another spelling of a name, which a disk that takes more than one takes as well. Never the name itself. */
function respelled(name: string): string {
  const inOtherCase = name.replace(/\p{L}/gu, (letter) => {
    const lower = letter.toLowerCase();
    return lower === letter ? letter.toUpperCase() : lower;
  });
  if (inOtherCase !== name) return inOtherCase;
  const composed = name.normalize("NFC");
  const inOtherForm = composed === name ? name.normalize("NFD") : composed;
  if (inOtherForm !== name) return inOtherForm;
  return name.endsWith(".") ? name.slice(0, -1) : `${name}.`; // As FAT has it.
}

function isListed(folder: string, name: string): boolean {
  for (const entry of Deno.readDirSync(folder)) {
    if (areOneName(entry.name, name)) return true;
  }
  return false;
}

function areOneName(one: string, other: string): boolean {
  return one === other || one.normalize("NFC") === other.normalize("NFC");
}
