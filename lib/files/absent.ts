/**
 * Whether there is nothing at a path, told without an error being thrown, which takes ten times as long as looking (25 µs,
 * Deno 2.9.6): most requests on the Internet are for what is not there. A name is looked for once a round (`net/rounds.ts`),
 * as a file is. What was asked for is of no use in a later round, and few names are kept, so no stranger fills any memory.
 */

import { exists } from "./node.ts";
import { codeOf } from "../errors.ts";

/** Rights that are known; a site has a handful, whatever is asked of it. */
const MAX_RIGHTS = 64;
/** Paths that are known not to be there: as many as the requests of a round (40) ask for, as a rule. Then it starts over. */
const MAX_PATHS = 64;

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
  /** What was not there, and the last round in which that was seen. */
  readonly #seen = new Map<string, number>();

  /** @param folder Its real path. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Whether nothing was there after this round began; false if that is not certain, and the long way has to tell.
   *
   * @param names From the folder down.
   */
  has(names: readonly string[], round: number): boolean {
    const path = [this.#folder, ...names].join("/");
    const seenIn = this.#seen.get(path);
    if (seenIn !== undefined && seenIn >= round) return true; // A look in a later round serves this one too.
    if (!this.#look(path, names, round)) return false;
    if (this.#seen.size >= MAX_PATHS) this.#seen.clear();
    this.#seen.set(path, round);
    return true;
  }

  /**
   * Looks whether nothing is there.
   *
   * The last name is asked for first, as most often it is there; then all from the top, so that a path costs as many
   * looks as there are folders on the disk, not as there are names in it. So the one that is missing was looked for
   * twice: once may fall in the middle of a replacement, when a link was turned to another file, and the one it led to a
   * moment ago was removed.
   */
  #look(whole: string, names: readonly string[], round: number): boolean {
    if (exists(whole)) return false;
    let parent = this.#folder;
    for (const name of names) {
      const path = `${parent}/${name}`;
      if (!exists(path)) return this.#isCertain(parent, path, round);
      parent = path;
    }
    return false; // It has appeared meanwhile.
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
