/**
 * `--live`: pages come with the script that reloads them. In goes what step (iv) found, out comes the same file, with a
 * tail if it is a page. What the script does is told by `script.ts`.
 */

import { MemoryFile, type OpenFile, type SiteFile } from "../files/memory_file.ts";
import type { Fields } from "../http/fields.ts";
import type { FileFacts, Located } from "../http/message.ts";
import { VARY_SCRIPT } from "../http/rendered.ts";
import { tailFor } from "./script.ts";

/**
 * Adds the script to a page: a file, or a listing. A file then has a length and an entity tag of its own.
 *
 * @param fields Of the request, which say whether its page has a use for a script; null if it could not be read.
 */
export function withScript(
  located: Located<SiteFile>,
  fields: Pick<Fields, "get"> | null,
): Located<SiteFile> {
  const tail = tailFor(fields);
  if (located.kind === "listing") {
    const { file, size, format } = located;
    const vary = `${located.vary}, ${VARY_SCRIPT[0][1]}`;
    const entityTag = null; // What is sent depends on who asks.
    if (format === "json") return { ...located, vary, entityTag };
    const scripted = { file: withTail(file, size, tail), size: size + tail.length };
    return { ...located, ...scripted, vary, entityTag };
  }
  if (located.kind !== "file" || !located.facts.mediaType.startsWith("text/html")) {
    return located;
  }
  const { file, facts } = located;
  if (facts.form.kind === "stored") return located; // Nothing can be added to coded bytes.
  // Never coded: a ready-made form has no script, and a page that is being written need not be small.
  const liveFacts: FileFacts = {
    ...facts,
    size: facts.size + tail.length,
    form: { kind: tail.length === 0 ? "unscripted" : "scripted" },
  };
  return { kind: "file", file: withTail(file, facts.size, tail), facts: liveFacts };
}

function withTail(file: SiteFile, size: number, tail: Uint8Array): SiteFile {
  if (tail.length === 0) return file;
  if (!(file instanceof MemoryFile)) return new TailedFile(file, size, tail);
  using _closed = file;
  return new MemoryFile(concat(file.bytes, tail));
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** An open file that goes on with other bytes behind position `size`; see {@linkcode OpenFile}. */
export class TailedFile implements OpenFile {
  readonly #file: OpenFile;
  readonly #size: number;
  readonly #tail: Uint8Array;
  #at = 0;

  constructor(file: OpenFile, size: number, tail: Uint8Array) {
    this.#file = file;
    this.#size = size;
    this.#tail = tail;
  }

  async seek(offset: number | bigint, whence: Deno.SeekMode): Promise<number> {
    if (whence !== Deno.SeekMode.Start) throw new TypeError("Cannot seek but from the start");
    this.#at = Number(offset);
    await this.#file.seek(Math.min(this.#at, this.#size), whence);
    return this.#at;
  }

  /** Null in the middle if the file has become shorter: the tail then never stands where it should not. */
  async read(bytes: Uint8Array<ArrayBuffer>): Promise<number | null> {
    let count: number | null;
    if (this.#at < this.#size) {
      count = await this.#file.read(bytes.subarray(0, this.#size - this.#at));
    } else {
      const part = this.#tail.subarray(this.#at - this.#size).subarray(0, bytes.length);
      bytes.set(part);
      count = part.length === 0 ? null : part.length;
    }
    this.#at += count ?? 0;
    return count;
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
