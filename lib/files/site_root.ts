/**
 * Where the root of a site is, and the folders into which links may lead beside it. A name of a folder may be a link, or
 * lie behind one, and be turned to another release while the server runs (`ln -sfn releases/43 current`). As all files are
 * opened by that name, they follow at once; what has to be looked up is which folder it is now, since every file is proven
 * to be inside that one, and whose rules hold.
 *
 * So a root with links on the way is looked at once a round (`rounds.ts`), before any request of that round: 5 µs, which
 * up to 40 share. Any other root costs nothing. Both are looked at once a second as well, and where a path leads out, or
 * from another folder than is known: no file of another folder is sent before the rules of that folder are read.
 */

import { isLinked, type Place, type Root } from "./contain.ts";
import { timeMs } from "./disk_state.ts";
import { resolve } from "@std/path/resolve";

/** A folder that may be turned. */
class TurningPlace implements Place {
  readonly path: string;
  realPath = "";
  device = 0;
  inode = 0;
  /** When the folder was made, in ms; 0 where the system does not say. Numbers of inodes are used again. */
  #bornMs = 0;

  /** @throws The errors of `Deno.realPathSync`, unchanged; NotADirectory if it is no folder, PermissionDenied if it is shut. */
  constructor(name: string) {
    this.path = resolve(name);
    this.#look();
    if (!Deno.statSync(this.path).isDirectory) {
      throw new Deno.errors.NotADirectory(`Cannot serve "${name}": not a folder`);
    }
    refuseShut(this.path);
  }

  /** Looks where it is now. Whether that is elsewhere, or another folder. */
  hasTurned(): boolean {
    const { realPath } = this;
    try {
      return this.#look() || this.realPath !== realPath;
    } catch {
      return false; // Gone, and maybe on its way back: what is asked for meanwhile is absent.
    }
  }

  /** Whether another folder is in its place, by the one look that costs least. */
  isReplaced(): boolean {
    try {
      const { dev, ino, birthtime } = Deno.statSync(this.path);
      return dev !== this.device || (ino ?? 0) !== this.inode || timeMs(birthtime) !== this.#bornMs;
    } catch {
      return false;
    }
  }

  /** Gives whether it is another folder. */
  #look(): boolean {
    this.realPath = Deno.realPathSync(this.path);
    const { dev, ino, birthtime } = Deno.statSync(this.path);
    const [device, inode, bornMs] = [dev, ino ?? 0, timeMs(birthtime)];
    const isOther = device !== this.device || inode !== this.inode || bornMs !== this.#bornMs;
    [this.device, this.inode, this.#bornMs] = [device, inode, bornMs];
    return isOther;
  }
}

/** Throws if a folder may not be entered: then the system does not even say that a name is not there, as none has this one. */
function refuseShut(folder: string): void {
  try {
    Deno.lstatSync(`${folder}/.vitrine`);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) throw error;
  }
}

/** What goes wrong with a folder that links may lead into; the message says what to do. */
export class FollowError extends Error {
  override readonly name = "FollowError";
}

/** What goes wrong with the folder of one of several sites; the message says what to do. */
export class SiteError extends Error {
  override readonly name = "SiteError";

  /** @param error What opening it threw. Gives that back where there is nothing to be said. */
  static of(place: string, root: string, error: unknown): unknown {
    const flag = place.startsWith("/") ? "--mount" : "--site";
    const message = explain(error, { root, purpose: place, flag });
    return message === null ? error : new SiteError(message);
  }
}

/** Why a folder that a flag names cannot be had, in one line that says what to do; null where there is nothing to be said. */
function explain(
  error: unknown,
  { root, purpose, flag }: { root: string; purpose: string; flag: string },
): string | null {
  const what = JSON.stringify(root);
  const { NotFound, NotADirectory, FilesystemLoop, PermissionDenied } = Deno.errors;
  if (error instanceof NotFound) {
    return `there is no folder ${what} for ${purpose}; create it, or leave out ${flag}`;
  }
  if (error instanceof NotADirectory) {
    return `${what} is a file, and ${flag} takes a folder; name the one it is in`;
  }
  if (error instanceof FilesystemLoop) {
    return `the links of ${what} for ${purpose} lead in a circle; mend them, or leave out ${flag}`;
  }
  if (error instanceof PermissionDenied) {
    return `the system does not let you read the folder ${what} for ${purpose}; ` +
      `change who may read it, or leave out ${flag}`;
  }
  return null;
}

/** The root of a site, which its path may lead elsewhere from one request to the next. */
export class SiteRoot extends TurningPlace implements Root {
  readonly followed: readonly TurningPlace[];
  readonly nowMs = Date.now;
  readonly #onTurn: () => void;

  /**
   * @param follow Folders that links may lead into.
   * @param onTurn Told when one of them is elsewhere than it was.
   * @throws Of the root what `Deno.realPathSync` throws, and NotADirectory; {@linkcode FollowError} of the others.
   */
  constructor(
    name: string,
    { follow, onTurn }: { follow: readonly string[]; onTurn: () => void },
  ) {
    super(name);
    this.followed = follow.map(openFollowed);
    this.#onTurn = onTurn;
  }

  /** To be called before the first look of each round. */
  beginRound(): void {
    if (hasLinkTurned(this) || this.followed.length > 0 && this.followed.some(hasLinkTurned)) {
      this.hasTurned();
    }
  }

  override hasTurned(): boolean {
    let isTurned = super.hasTurned();
    for (const place of this.followed) isTurned = place.hasTurned() || isTurned;
    if (isTurned) this.#onTurn();
    return isTurned;
  }
}

function hasLinkTurned(place: TurningPlace): boolean {
  return isLinked(place) && place.isReplaced();
}

function openFollowed(name: string): TurningPlace {
  try {
    return new TurningPlace(name);
  } catch (error) {
    const asked = { root: name, purpose: "links to lead into", flag: "--follow" };
    const message = explain(error, asked);
    throw message === null ? error : new FollowError(message);
  }
}
