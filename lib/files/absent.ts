/**
 * Whether there is nothing at a path, told without an error being thrown, which takes ten times as long as looking (25 µs,
 * Deno 2.9.6): most requests on the Internet are for what is not there. Nothing is remembered of what was asked for, so
 * no stranger fills any memory, and the answer is as fresh as one can be.
 */

import { exists } from "./node.ts";
import { codeOf } from "../errors.ts";

/** Rights that are known; a site has a handful, whatever is asked of it. */
const MAX_RIGHTS = 64;

/**
 * Rights of folders in which we may look for names: mode, owner and group. Where we may not, the system says so instead
 * of "not there", and `existsSync` does not tell which. What we are does not change, so what we may does not either.
 */
const searchable = new Set<string>();

/** What is not in a folder that is served. */
export class Absences {
  readonly #folder: string;
  /** The folder that was found to be searchable last, and the round of that. */
  #searched = "";
  #searchedIn = 0;
  /** Names that we ask for by ourselves, and the last round in which they were not there. */
  readonly #names = new Map<string, number>();

  /** @param folder Its real path. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Whether nothing was there after this round began; false if that is not certain, and the long way has to tell.
   *
   * The last name is asked for first, as most often it is there; then all from the top, so that a path costs as many
   * looks as there are folders on the disk, not as there are names in it. So the one that is missing was looked for
   * twice: once may fall in the middle of a replacement, when a link was turned to another file, and the one it led to a
   * moment ago was removed.
   *
   * @param names From the folder down.
   */
  has(names: readonly string[], round: number): boolean {
    if (exists([this.#folder, ...names].join("/"))) return false;
    let parent = this.#folder;
    for (const name of names) {
      const path = `${parent}/${name}`;
      if (!exists(path)) return this.#isCertain(parent, path, round);
      parent = path;
    }
    return false; // It has appeared meanwhile.
  }

  /** As {@linkcode has}, for one of the few names of ours, such as `404.html`: it is looked for once a round. */
  hasName(name: string, round: number): boolean {
    if ((this.#names.get(name) ?? 0) >= round) return true;
    const isAbsent = this.has([name], round);
    if (isAbsent) this.#names.set(name, round);
    return isAbsent;
  }

  /** Whether what seems not to be there really is not. */
  #isCertain(parent: string, path: string, round: number): boolean {
    if (parent === this.#searched && this.#searchedIn >= round) return true;
    if (!isSearchable(parent, path)) return false;
    this.#searched = parent;
    this.#searchedIn = round;
    return true;
  }
}

/** Whether we may look for names in a folder. @param path One that seems not to be in it. */
function isSearchable(folder: string, path: string): boolean {
  try {
    const { mode, uid, gid, isDirectory } = Deno.statSync(folder);
    const rights = `${mode} ${uid} ${gid}`;
    if (!isDirectory || searchable.has(rights)) return true;
    if (!isMissing(path)) return false;
    if (searchable.size < MAX_RIGHTS) searchable.add(rights);
    return true;
  } catch {
    return false;
  }
}

/** Whether a path is not there, in the system's own words. */
function isMissing(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return false;
  } catch (error) {
    return codeOf(error) === "ENOENT";
  }
}
