/**
 * Compressing, one slice at a time. The asynchronous functions of `node:zlib` do their work on the event loop (measured,
 * Deno 2.9.6: 1 MiB of Brotli stops everybody for 28 ms). So bytes go in by slices, and between two of them everybody
 * else has a turn.
 *
 * Short work first: each slice is one of the text of which least is left, so a small one never waits behind large ones.
 * Who would wait for long is told so, and is better served with the plain bytes; the work is done all the same, for
 * those who come later. What is more than a bound is not begun: then the plain bytes have to do.
 */

import type { BrotliCompress, Gzip } from "node:zlib";
import { Buffer } from "node:buffer";
import { codeOf } from "../errors.ts";
import { zlib } from "./node.ts";

/** How much is compressed in one turn, in bytes: 3 ms of gzip, 1 of Brotli. */
const SLICE_BYTES = 32 * 1024;
/** Of 11; the upper ones take seconds for a MiB. */
const BROTLI_QUALITY = 5;
/** Of 9: what gzip does by itself. */
const GZIP_LEVEL = 6;
/** Who has more than this before and with him had better not wait, in bytes: 100 ms of gzip. */
const SOON_BYTES = 1024 * 1024;
/** Most bytes that wait at one time: they stay in memory meanwhile, and 2 s are enough to be behind. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** Most that are begun and not done; each has a window of some MiB. Beyond, what was begun goes on. */
const MAX_BEGUN = 4;

/** A coding that is made here. */
export type MadeCoding = "br" | "gzip";

/** Bytes to be compressed, where they are not all in memory. */
export interface Source {
  /** How many, in all. */
  readonly size: number;
  /** Gives some from a position on, at least one and at most `maxBytes`; none if they are not to be had any more. */
  slice(at: number, maxBytes: number): Uint8Array | Promise<Uint8Array>;
}

/** How a text is compressed. */
export interface Order {
  /** Asked before it is begun: what it is for may have changed meanwhile. */
  readonly isWanted?: () => boolean;
  /** Longest result that is of use, in bytes. */
  readonly maxCodedBytes?: number;
}

/** Work that was taken on. */
export interface Compression {
  /** The coded bytes; null if nobody wanted them any more, or they are too many or not to be had. Rejects only by a mistake of ours. */
  readonly coded: Promise<Uint8Array<ArrayBuffer> | null>;
  /** Whether it is worth while to wait for them. */
  readonly isSoon: boolean;
}

/** What is to be compressed. */
interface Task extends Required<Order> {
  readonly source: Source;
  readonly coding: MadeCoding;
  /** What it holds in memory while it waits, in bytes. */
  readonly heldBytes: number;
  readonly done: PromiseWithResolvers<Uint8Array<ArrayBuffer> | null>;
  /** Null before its first slice. */
  work: Work | null;
}

/** Compresses what it is given, as one. */
export class Compressor {
  readonly #tasks = new Set<Task>();
  #isRunning = false;
  #waitingBytes = 0;

  /** Takes on work, or gives null if there is too much of it already. */
  compress(
    bytes: Uint8Array | Source,
    coding: MadeCoding,
    { isWanted = () => true, maxCodedBytes = Infinity }: Order = {},
  ): Compression | null {
    const isHeld = bytes instanceof Uint8Array;
    const source = isHeld ? sourceOf(bytes) : bytes;
    const heldBytes = isHeld ? bytes.length : 0;
    if (this.#waitingBytes + heldBytes > MAX_WAITING_BYTES) return null;
    let before = 0;
    for (const task of this.#tasks) if (leftOf(task) <= source.size) before += leftOf(task);
    const done: Task["done"] = Promise.withResolvers();
    const task: Task = { source, coding, heldBytes, isWanted, maxCodedBytes, done, work: null };
    this.#tasks.add(task);
    this.#waitingBytes += heldBytes;
    if (!this.#isRunning) this.#run();
    const isSoon = before === 0 || before + source.size <= SOON_BYTES;
    return { coded: task.done.promise, isSoon };
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let task = this.#next(); task !== null; task = this.#next()) {
      try {
        if (task.work === null && !task.isWanted()) {
          this.#end(task).resolve(null);
          continue;
        }
        const work = task.work ??= new Work(task.source, task.coding);
        const isGiven = await work.doSlice();
        if (!isGiven || work.codedBytes > task.maxCodedBytes) {
          work.abandon();
          this.#end(task).resolve(null);
        } else if (work.left === 0) this.#end(task).resolve(await work.end());
      } catch (error) {
        this.#end(task).reject(error);
      }
      await new Promise((resolve) => setTimeout(resolve, 0)); // The others' turn.
    }
    this.#isRunning = false;
  }

  /** The task of which least is left. Null if there is none. */
  #next(): Task | null {
    let begun = 0;
    for (const { work } of this.#tasks) if (work !== null) begun++;
    let least: Task | null = null;
    for (const task of this.#tasks) {
      const leavesNothing = task.source.size <= SLICE_BYTES; // Done in one turn.
      if (begun >= MAX_BEGUN && task.work === null && !leavesNothing) continue;
      if (least === null || leftOf(task) < leftOf(least)) least = task;
    }
    return least;
  }

  #end(task: Task): Task["done"] {
    if (this.#tasks.delete(task)) this.#waitingBytes -= task.heldBytes;
    return task.done;
  }
}

function sourceOf(bytes: Uint8Array): Source {
  return { size: bytes.length, slice: (at, maxBytes) => bytes.subarray(at, at + maxBytes) };
}

function leftOf({ work, source }: Task): number {
  return work === null ? source.size : work.left;
}

/** One text on its way through an encoder. */
class Work {
  readonly #source: Source;
  readonly #encoder: BrotliCompress | Gzip;
  readonly #parts: Uint8Array[] = [];
  readonly #ended: Promise<void>;
  #at = 0;
  /** Bytes that have come out. */
  codedBytes = 0;

  constructor(source: Source, coding: MadeCoding) {
    this.#source = source;
    const encoder = this.#encoder = createEncoder(coding, source.size);
    encoder.on("data", (part: Uint8Array) => {
      this.#parts.push(part);
      this.codedBytes += part.length;
    });
    this.#ended = new Promise((resolve, reject) => {
      encoder.on("end", resolve);
      encoder.on("error", reject);
    });
    this.#ended.catch(() => {}); // It is waited for at the end.
  }

  /** Bytes that have not gone in. */
  get left(): number {
    return this.#source.size - this.#at;
  }

  /** Compresses some more. False if there is no more to be had, though there should be. */
  async doSlice(): Promise<boolean> {
    const slice = await this.#source.slice(this.#at, Math.min(SLICE_BYTES, this.left));
    this.#at += slice.length;
    if (slice.length > 0) {
      await new Promise<void>((resolve) => this.#encoder.write(slice, () => resolve()));
    }
    return slice.length > 0 || this.#source.size === 0;
  }

  abandon(): void {
    this.#encoder.destroy();
  }

  async end(): Promise<Uint8Array<ArrayBuffer>> {
    this.#encoder.end();
    await this.#ended;
    return new Uint8Array(Buffer.concat(this.#parts));
  }
}

function createEncoder(coding: MadeCoding, size: number): BrotliCompress | Gzip {
  const { createGzip, createBrotliCompress, constants } = zlib();
  if (coding === "gzip") return createGzip({ level: GZIP_LEVEL });
  return createBrotliCompress({
    params: {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: size,
    },
  });
}

const DECODERS = {
  br: "brotliDecompressSync",
  gzip: "gunzipSync",
  zstd: "zstdDecompressSync",
} as const;

/** Whether coded bytes are those of `plain`. Takes 3 ms for a MiB, in one go; a bomb is not unpacked. */
export function decodesTo(
  coded: Uint8Array,
  plain: Uint8Array,
  coding: keyof typeof DECODERS,
): boolean {
  try {
    const decoded = zlib()[DECODERS[coding]](coded, { maxOutputLength: plain.length + 1 });
    return Buffer.compare(decoded, plain) === 0;
  } catch {
    return false; // Damaged, or longer than the file.
  }
}

/** How much is decoded to see whether bytes are Brotli, which has no mark at its start; in bytes, of both kinds. */
const TRIAL_BYTES = 4096;

/** Whether bytes start as those of a coding do: RFC 1952 §2.3.1, RFC 8878 §3.1.1. Takes 0.2 ms at the most. */
export function startsCoded(bytes: Uint8Array, coding: keyof typeof DECODERS): boolean {
  if (coding !== "br") return MARKS[coding].every((byte, i) => bytes[i] === byte);
  try {
    // Deno 2.9.6 gives what it could decode, and nothing for what is no Brotli.
    const start = bytes.subarray(0, TRIAL_BYTES);
    return zlib().brotliDecompressSync(start, { maxOutputLength: 16 * TRIAL_BYTES }).length > 0;
  } catch (error) {
    return codeOf(error) === "ERR_BUFFER_TOO_LARGE"; // More than enough.
  }
}

const MARKS = { gzip: [0x1f, 0x8b, 0x08], zstd: [0x28, 0xb5, 0x2f, 0xfd] } as const;

/** A number that tells coded bytes from those of another encoder, in hexadecimal. */
export function checksum(bytes: Uint8Array<ArrayBuffer>): string {
  return zlib().crc32(bytes).toString(16).padStart(8, "0");
}
