/**
 * `--live`: pages reload when a file under the root changes. Watches the root, and tells each page that follows by
 * Server-Sent Events; which changes matter and what a page does is told by `live/script.ts`.
 */

import { SEPARATOR } from "@std/path/constants";
import { type FollowerSide, sendEvents } from "../net/event_stream.ts";
import type { Place, Root } from "../files/contain.ts";
import { ignores } from "./ignore.ts";
import { FolderPoller } from "./poll.ts";
import { isSeen, type Reaction, reactionTo, scriptAt, stylePaths } from "./script.ts";
import { FolderWatcher, type Watcher } from "./watch.ts";

/** Quiet time that ends a burst of changes, in ms: saving a file is three to six of them. */
const QUIET_MS = 40;
/** Longest burst, in ms: a build that writes on and on shows something meanwhile. */
const BURST_MS = 400;
/** How often a page hears from us, in ms, so that one that vanished without a word is noticed. */
const PING_MS = 15_000;

/** What the workers of one server share: the first one watches, and tells the others. */
export interface LiveShare {
  /** Tells servers apart, so that pages notice another one behind the same address. */
  readonly serverId: string;
  /** How many changes there were, in memory that all of them share. */
  readonly changes: Int32Array;
  readonly isFirst: boolean;
}

/** What the first worker tells the others. */
interface Change {
  readonly event: Reaction;
  readonly changes: number;
  readonly styles: readonly string[];
  readonly ageMs: number;
}

/** What {@linkcode LiveReload} works with. */
export interface LiveInit {
  /** The root, and the folders that links in it may lead into. */
  readonly root: Place & Pick<Root, "followed">;
  readonly dotfiles: boolean;
  /** Patterns of paths that do not matter; see `live/ignore.ts`. */
  readonly ignore: readonly string[];
  /** How often to look for changes, in ms; null to be told of them by the system. */
  readonly pollMs: number | null;
  /** How long a page may take no byte, in ms. */
  readonly stallMs: number;
  /** Pages that follow at once: the one that has followed longest ends for the next, and comes again by itself. */
  readonly maxFollowers: number;
  /** What several workers of one server share; absent for one that is alone. */
  readonly share?: LiveShare;
  readonly onError: (error: unknown) => void;
}

/** Watches the files of a site for its pages. */
export class LiveReload {
  readonly #init: LiveInit;
  /** None where another worker watches. */
  readonly #watchers: Watcher[] = [];
  readonly #share: LiveShare;
  /** Null where nobody else follows the same changes. */
  readonly #channel: BroadcastChannel | null;
  readonly #isIgnored: (path: string) => boolean;
  readonly #burst: Burst;
  readonly #followers = new Set<Follower>();
  readonly #pinger: ReturnType<typeof setInterval>;
  #changes = 0;
  #hello: Message = {};
  /** When the last change was noticed, on the clock of `performance.now()`. */
  #changedMs = -Infinity;
  /** The same, while it is not known yet whether it is one that matters. */
  #noticedMs = -Infinity;
  #isClosed = false;

  /** @throws The errors of `Deno.watchFs`, such as when the system's watches are used up. */
  constructor(init: LiveInit) {
    this.#init = init;
    this.#share = init.share ?? aloneShare();
    this.#isIgnored = ignores(init.ignore);
    // It listens before it looks how many there were: none comes in between.
    this.#channel = init.share === undefined ? null : this.#openChannel();
    this.#changes = Atomics.load(this.#share.changes, 0);
    if (this.#changes > 0) this.#changedMs = performance.now(); // It may have been right now.
    try {
      if (this.#share.isFirst) this.#startWatchers();
    } catch (error) {
      for (const watcher of this.#watchers) watcher.close();
      this.#channel?.close();
      throw error;
    }
    this.#burst = new Burst((paths) => this.#changed(paths), (run, ms) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    });
    this.#pinger = setInterval(() => this.#tell({ comment: "still here" }), PING_MS);
  }

  #openChannel(): BroadcastChannel {
    const channel = new BroadcastChannel(`vitrine-live-${this.#share.serverId}`);
    channel.onmessage = ({ data }: MessageEvent<Change>) => this.#hear(data);
    return channel;
  }

  #startWatchers(): void {
    const { root, dotfiles, pollMs, onError } = this.#init;
    const onPaths = (paths: readonly string[]) => this.#notice(paths);
    const isIgnored = (path: string) => !isSeen(path, dotfiles) || this.#isIgnored(path);
    for (const { path } of [root, ...root.followed]) {
      const init = { rootPath: path, onPaths, onError };
      this.#watchers.push(
        pollMs === null
          ? new FolderWatcher(init)
          : new FolderPoller({ ...init, pollMs, isIgnored }),
      );
    }
  }

  /** Tells a page of every change until it leaves or the server stops. Rejects when its socket fails. */
  async follow(side: FollowerSide): Promise<void> {
    const follower = new Follower();
    if (this.#isClosed) follower.end();
    if (this.#followers.size >= this.#init.maxFollowers) this.#endOldest();
    this.#followers.add(follower);
    follower.tell(this.#greet());
    const { stallMs } = this.#init;
    try {
      await sendEvents(side, follower, { stallMs, onLeft: () => follower.end() });
    } finally {
      this.#followers.delete(follower);
    }
  }

  /** The script of pages, as it is now. @param root Leads to the root from where it was asked for. */
  script(root: string): Uint8Array {
    const ageMs = performance.now() - this.#changedMs;
    return scriptAt({ version: this.#version(), ageMs }, root);
  }

  #endOldest(): void {
    const [oldest] = this.#followers; // In the order in which they came.
    this.#followers.delete(oldest);
    oldest.end();
  }

  /** Stops watching, and ends what all followers get. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#pinger);
    this.#burst.cancel();
    for (const watcher of this.#watchers) watcher.close();
    this.#channel?.close();
    for (const follower of this.#followers) follower.end();
  }

  #notice(paths: readonly string[]): void {
    this.#noticedMs = performance.now();
    this.#burst.add(paths);
  }

  #changed(paths: Iterable<string>): void {
    const { root, dotfiles } = this.#init;
    const inRoot = this.#below(root, paths);
    // Which links lead to what is there is not known, and so not by which address a page has it.
    const isFollowed = root.followed.some((place) =>
      reactionTo(this.#below(place, paths), dotfiles) !== null
    );
    const event = isFollowed ? "reload" : reactionTo(inRoot, dotfiles);
    if (event === null) return;
    const styles = event === "css" ? stylePaths(inRoot, dotfiles) : [];
    const changes = Atomics.add(this.#share.changes, 0, 1) + 1;
    const change = { event, changes, styles, ageMs: performance.now() - this.#noticedMs };
    this.#channel?.postMessage(change);
    this.#hear(change);
  }

  /** Of some paths those in a folder, relative to it and with slashes, but for what is ignored. */
  #below({ path, realPath }: Place, paths: Iterable<string>): string[] {
    return [...paths].flatMap((changed) => {
      const relative = relativeTo(path, changed) ?? relativeTo(realPath, changed);
      return relative === null || this.#isIgnored(relative) ? [] : [relative];
    });
  }

  #hear({ event, changes, styles, ageMs }: Change): void {
    if (changes <= this.#changes) return; // It was counted when this worker began.
    this.#changes = changes;
    this.#changedMs = performance.now() - ageMs;
    this.#tell({ event, data: [this.#version(), ...styles].join() });
  }

  /** The same message for all who come between two changes, as its bytes are made once. */
  #greet(): Message {
    const data = this.#version();
    if (this.#hello.data !== data) this.#hello = { event: "hello", data };
    return this.#hello;
  }

  #version(): string {
    return `${this.#share.serverId}-${this.#changes}`;
  }

  #tell(message: Message): void {
    for (const follower of this.#followers) follower.tell(message);
  }
}

function aloneShare(): LiveShare {
  return { serverId: crypto.randomUUID(), changes: new Int32Array(1), isFirst: true };
}

/** What `ServerSentEventStream` takes, as far as it is needed here. */
interface Message {
  readonly event?: string;
  readonly data?: string;
  readonly comment?: string;
}

/** What waits to be sent to one page; iterating it waits for more. */
class Follower implements AsyncIterable<Message> {
  #waiting: Message[] = [];
  #isEnded = false;
  #wake = () => {};

  tell(message: Message): void {
    this.#waiting.push(message);
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    for (;;) {
      const messages = this.#waiting;
      this.#waiting = [];
      yield* messages;
      if (this.#isEnded) return;
      if (this.#waiting.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

/** A path relative to a folder, with slashes; `""` is the folder itself, null what is not in it. */
function relativeTo(folder: string, path: string): string | null {
  if (path !== folder && !path.startsWith(withSeparator(folder))) return null;
  return path.slice(folder.length).split(SEPARATOR).filter((name) => name !== "").join("/");
}

function withSeparator(folder: string): string {
  return folder.endsWith(SEPARATOR) ? folder : folder + SEPARATOR;
}

/** Gathers changes that come close together. */
export class Burst {
  readonly #done: (paths: ReadonlySet<string>) => void;
  readonly #schedule: (run: () => void, ms: number) => () => void;
  #paths = new Set<string>();
  #cancelQuiet = () => {};
  #cancelLimit = () => {};

  /**
   * @param done Gets the paths when nothing has come for a while.
   * @param schedule Runs something later, in ms; gives what calls it off.
   */
  constructor(
    done: (paths: ReadonlySet<string>) => void,
    schedule: (run: () => void, ms: number) => () => void,
  ) {
    this.#done = done;
    this.#schedule = schedule;
  }

  add(paths: readonly string[]): void {
    if (this.#paths.size === 0) this.#cancelLimit = this.#schedule(() => this.#flush(), BURST_MS);
    for (const path of paths) this.#paths.add(path);
    this.#cancelQuiet();
    this.#cancelQuiet = this.#schedule(() => this.#flush(), QUIET_MS);
  }

  cancel(): void {
    this.#cancelQuiet();
    this.#cancelLimit();
    this.#paths = new Set();
  }

  #flush(): void {
    const paths = this.#paths;
    this.cancel();
    this.#done(paths);
  }
}
