/**
 * Watching a folder, by what the system tells of changes below it. A clean build may remove the folder itself, or move
 * another one into its place, and the system goes on watching what is not there any more: so it is looked at as well.
 */

import { codeOf } from "../errors.ts";

/** How often the folder itself is looked at, in ms. One look takes 4 µs. */
const LOOK_MS = 250;

/** Who is told of changes. */
export interface WatchInit {
  /** Real path of the folder. */
  readonly rootPath: string;
  /** Gets the paths of what may have changed, below `rootPath` or itself. */
  readonly onPaths: (paths: readonly string[]) => void;
  readonly onError: (error: unknown) => void;
}

/** Tells of changes below a folder until it is closed. */
export interface Watcher {
  close(): void;
}

/** Which folder has the name; null while there is none. */
type Identity = string | null;

/** Tells of the changes that the system tells of. */
export class FolderWatcher implements Watcher {
  readonly #init: WatchInit;
  readonly #looker: ReturnType<typeof setInterval>;
  #identity: Identity;
  #system: Deno.FsWatcher | null;
  /** Whether another folder has the name than the one that was watched. */
  #isDue = false;

  /** @throws The errors of `Deno.watchFs`, such as when the system's watches are used up. */
  constructor(init: WatchInit) {
    this.#init = init;
    this.#identity = identityOf(init.rootPath);
    this.#system = this.#open();
    this.#looker = setInterval(() => this.#look(), LOOK_MS);
  }

  close(): void {
    clearInterval(this.#looker);
    this.#drop();
  }

  #drop(): void {
    this.#system?.close();
    this.#system = null;
  }

  #open(): Deno.FsWatcher {
    const system = Deno.watchFs(this.#init.rootPath);
    this.#pass(system);
    return system;
  }

  async #pass(system: Deno.FsWatcher): Promise<void> {
    try {
      for await (const { kind, paths } of system) {
        if (kind !== "access") this.#init.onPaths(paths);
      }
    } catch (error) {
      if (this.#system === system) this.#init.onError(error);
    }
  }

  /**
   * Watches the folder that has the name now, if that is another one: from the next look on, as Deno goes on watching what
   * a link led to before if it is asked for the same path at once (2.9.6). Then all may have changed.
   */
  #look(): void {
    const identity = identityOf(this.#init.rootPath);
    if (identity !== this.#identity) {
      this.#identity = identity;
      this.#drop();
      this.#isDue = true;
      return;
    }
    if (!this.#isDue) return;
    this.#isDue = false;
    try {
      if (identity !== null) this.#system = this.#open();
    } catch (error) {
      // Gone again meanwhile: the next look sees that.
      if (codeOf(error) !== "ENOENT") this.#init.onError(error);
    }
    this.#init.onPaths([this.#init.rootPath]);
  }
}

function identityOf(path: string): Identity {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev} ${ino}`;
  } catch {
    return null;
  }
}
