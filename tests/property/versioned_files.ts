/**
 * Files that say of each of their bytes which version of the file it is from, and writers that change them in all
 * ways there are. So a response tells by itself whether it is of one version, and of which.
 */

import { CAN_LINK } from "../tools.ts";

/** What a file is made of: its version, padded to this many bytes, again and again. */
const TOKEN_BYTES = 8;

/** How a file becomes its next version. Whatever a reader sees meanwhile is one whole version as well. */
export type Way =
  | "inPlace"
  | "resized"
  | "timeRestored"
  | "replaced"
  | "replacedAlike"
  | "linkTurned";

export const WAYS: readonly Way[] = [
  "inPlace",
  "resized",
  "timeRestored",
  "replaced",
  "replacedAlike",
  ...(CAN_LINK
    ? [
      "linkTurned" as const,
    ]
    : []),
];

/** One file that is rewritten. */
export class VersionedFile {
  readonly target: string;
  readonly #path: string;
  /** A path beside the root, for what is not finished yet. */
  readonly #spare: string;
  /** The last version whose write has begun, and the last whose write has returned. */
  started = 0;
  written = 0;
  /** When that was, in ms since the epoch; Infinity while it is being written. */
  writtenMs = Infinity;
  /** Entity tags that came with versions, by version. */
  readonly entityTags = new Map<number, string>();
  /** Lengths in bytes that each version has had. */
  readonly #lengths = new Map<number, Set<number>>();
  #tokens = 0;

  constructor(folders: { root: string; outside: string }, name: string) {
    this.target = `/${name}`;
    this.#path = `${folders.root}/${name}`;
    this.#spare = `${folders.outside}/${name}`;
  }

  /** Whether a version was ever this long. */
  hadLength(version: number, length: number): boolean {
    return this.#lengths.get(version)?.has(length) ?? false;
  }

  /** Writes the first version. */
  async create(tokens: number): Promise<void> {
    await Deno.writeTextFile(this.#path, this.#next(tokens));
    this.#done();
  }

  /** Writes the next version in a way; `tokens` is its length where that way may choose it. */
  async rewrite(way: Way, tokens: number): Promise<void> {
    const keepsSize = way === "inPlace" || way === "timeRestored" || way === "replacedAlike";
    const size = keepsSize ? this.#tokens : tokens;
    if (way === "resized") await this.#cut(Math.min(size, this.#tokens));
    const text = this.#next(size);
    if (way === "replaced" || way === "replacedAlike") await this.#replace(text, way);
    else if (way === "linkTurned") await this.#turnLink(text);
    else await this.#writeInPlace(text, way);
    this.#done();
  }

  #next(tokens: number): string {
    this.writtenMs = Infinity;
    this.#tokens = tokens;
    const version = ++this.started;
    this.#lengths.set(version, new Set([tokens * TOKEN_BYTES]));
    return `${version}`.padEnd(TOKEN_BYTES).repeat(tokens);
  }

  #done(): void {
    this.written = this.started;
    this.writtenMs = Date.now();
  }

  /** Makes the present version shorter, which is not yet another version. */
  async #cut(tokens: number): Promise<void> {
    this.#lengths.get(this.started)?.add(tokens * TOKEN_BYTES);
    using file = await Deno.open(this.#path, { write: true }); // Deno.truncate() follows no links.
    await file.truncate(tokens * TOKEN_BYTES);
  }

  /** One write, over what is there. */
  async #writeInPlace(text: string, way: Way): Promise<void> {
    const { mtime } = await Deno.stat(this.#path);
    using file = await Deno.open(this.#path, { write: true });
    await file.write(new TextEncoder().encode(text));
    if (way === "timeRestored" && mtime !== null) await file.utime(mtime, mtime);
  }

  async #replace(text: string, way: Way): Promise<void> {
    await Deno.writeTextFile(this.#spare, text);
    const { mtime } = await Deno.stat(this.#path);
    if (way === "replacedAlike" && mtime !== null) await Deno.utime(this.#spare, mtime, mtime);
    await Deno.rename(this.#spare, this.#path);
  }

  /** The path becomes a link to a new file inside the root; at once, by a rename. */
  async #turnLink(text: string): Promise<void> {
    const name = `links${this.target}-${this.started}`;
    await Deno.writeTextFile(this.#path.replace(this.target, `/${name}`), text);
    await Deno.symlink(name, this.#spare);
    await Deno.rename(this.#spare, this.#path);
  }
}

/** The version of a content, or -1 if it is of more than one. An empty content is of none: 0. */
export function versionOf(content: string): number {
  const token = content.slice(0, TOKEN_BYTES);
  if (content !== token.repeat(content.length / TOKEN_BYTES)) return -1;
  return Number(token);
}
