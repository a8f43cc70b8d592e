/**
 * Opens files without ever waiting. In goes a path, out comes an open file that can be read, and what it is.
 *
 * Who opens a FIFO for reading waits until somebody writes to it, for ever if need be; Deno's own `open` then holds a
 * thread of its pool, and `openSync` everybody. Looking before opening does not help, as the path may have become a FIFO
 * in between. `O_NONBLOCK` does: a FIFO opens at once, is seen to be none, and is closed. Only `node:fs` takes that flag
 * (Deno 2.9.6, which asks for no further permission).
 *
 * Opening is synchronous: whoever has looked at a file has had the disk turned for it already, and 15 µs are less than
 * the 41 of a thread's help. To open, look, read 1 KB and close takes 30 µs, or 200 with that help, in place of Deno's own 290.
 */

import type { OpenFile } from "../net/file_stream.ts";
import { codeOf } from "../errors.ts";
import { type FileState, finiteMs } from "./disk_state.ts";
import { fs } from "./node.ts";

/** Windows has no such flag, and no FIFO that has a name in a folder. */
const READ_AT_ONCE = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);

/** A file on the disk that is open for reading. */
export class DiskFile implements OpenFile, Disposable {
  readonly #descriptor: number;
  #position = 0;
  /** As it was at the first look, if there was one. */
  #opened: FileState | null = null;

  /** @throws The errors of the system, each with its `code`; `ENXIO` for a socket. */
  constructor(path: string) {
    this.#descriptor = fs.openSync(path, READ_AT_ONCE);
  }

  /** What it is now, whatever is at its path. */
  look(): FileState {
    const info = fs.fstatSync(this.#descriptor);
    const state = {
      isFile: info.isFile(),
      size: info.size,
      mtimeMs: finiteMs(info.mtimeMs),
      ctimeMs: finiteMs(info.ctimeMs),
      device: info.dev,
      inode: info.ino,
    };
    this.#opened ??= state;
    return state;
  }

  /** As {@linkcode OpenFile} says, since the first look. A file that grows is a log, as a rule, whose bytes stay. */
  isRewritten(): boolean {
    const opened = this.#opened;
    if (opened === null) return false;
    const { size, mtimeMs } = this.look();
    return size < opened.size || (size === opened.size && mtimeMs !== opened.mtimeMs);
  }

  /** From the start, as {@linkcode OpenFile} asks for. */
  seek(offset: number | bigint): Promise<number> {
    this.#position = Number(offset);
    return Promise.resolve(this.#position);
  }

  /** Gives how many bytes were read; null at the end. */
  async read(bytes: Uint8Array): Promise<number | null> {
    return this.#moved(await this.#readAt(bytes, this.#position));
  }

  #readAt(bytes: Uint8Array, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.read(this.#descriptor, bytes, 0, bytes.length, position, (error, count) => {
        if (error) reject(error);
        else resolve(count ?? 0);
      });
    });
  }

  /** Reads what there is from a position on, in another thread; where it is read next stays. Gives how much. */
  async readAll(bytes: Uint8Array, position: number): Promise<number> {
    let length = 0;
    while (length < bytes.length) {
      const count = await this.#readAt(bytes.subarray(length), position + length);
      if (count === 0) break;
      length += count;
    }
    return length;
  }

  /** As {@linkcode read}, on the thread that serves. */
  readSync(bytes: Uint8Array): number | null {
    return this.#moved(fs.readSync(this.#descriptor, bytes, 0, bytes.length, this.#position));
  }

  /** Reads what there is from the start on, on the thread that serves. Gives how much: fewer than fit, to the end of it. */
  readAllSync(bytes: Uint8Array): number {
    this.#position = 0;
    let length = 0;
    while (length < bytes.length) {
      const count = this.readSync(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
    return length;
  }

  #moved(count: number): number | null {
    this.#position += count;
    return count === 0 ? null : count;
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#descriptor);
  }
}

/** A small file that is no file of the site, or why it cannot be had, in words that complete "it …". */
export type SmallText = { readonly text: string } | { readonly refusal: string };

/**
 * Reads a small file of text on the thread that serves.
 *
 * @param encodingOf Tells the encoding, as `TextDecoder` takes it, from the bytes. Left out, it is UTF-8.
 * @throws The errors of the system, each with its `code`, except that it is a folder.
 */
export function readSmallText(
  path: string,
  maxBytes: number,
  encodingOf: (bytes: Uint8Array) => string = () => "utf-8",
): SmallText {
  try {
    using file = new DiskFile(path);
    const { isFile, size } = file.look();
    if (!isFile) return NOT_REGULAR;
    if (size > maxBytes) return { refusal: `is over ${maxBytes} bytes` };
    const room = new Uint8Array(size);
    const bytes = room.subarray(0, file.readAllSync(room));
    return { text: new TextDecoder(encodingOf(bytes)).decode(bytes) };
  } catch (error) {
    if (codeOf(error) === "EISDIR" || codeOf(error) === "ENXIO") return NOT_REGULAR;
    throw error;
  }
}

const NOT_REGULAR = { refusal: "is not a regular file" };
