/**
 * Room for a head before the bytes of a file in memory. A head that is put there leaves together with the file, in one
 * write, and nothing of the file is copied: 100 KiB go out 34,000 times a second instead of 28,000, when the head and
 * the first 16 KiB leave in a write of their own, and 22,000, when only the head does (wrk, 32 connections; nginx 31,000).
 *
 * The head of a response depends on the second and on the connection, so the room is shared by those whose heads are
 * alike. While it is taken, a response with another head goes the usual way: see `6_send.ts`, which alone asks for it.
 */

import { Buffer } from "node:buffer";
import { type OpenFile as Readable, SLOW_READ_MS } from "../net/file_stream.ts";
import { copyParts, lengthOfParts } from "../http/head_lines.ts";
import type { HeadParts } from "../http/message.ts";
import type { Start } from "../http/sniff.ts";
import type { DiskFile } from "./disk_file.ts";
import { type FileState, isExact, isSameFile, isSameFileState } from "./disk_state.ts";
import { nodeCrypto } from "./node.ts";

/** Room for each head, in bytes; one of ours has about 350. A longer one goes the usual way. */
export const HEAD_ROOM_BYTES = 512;

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** The bytes of a file, with room before them. */
export class HeadRoom {
  /** The file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #all: Uint8Array<ArrayBuffer>;
  /** The parts of the head that stands in the room. */
  #first = NO_BYTES;
  #second = NO_BYTES;
  #third = NO_BYTES;
  /** That head, and the file. */
  #message: Uint8Array<ArrayBuffer>;
  /** Writes of it that are under way. */
  #writes = 0;

  /** @param size Of the file, in bytes. */
  constructor(size: number) {
    this.#all = new Uint8Array(HEAD_ROOM_BYTES + size);
    this.bytes = this.#all.subarray(HEAD_ROOM_BYTES);
    this.#message = this.bytes;
  }

  /**
   * Puts a head in the room, unless it stands there.
   *
   * @returns Head and file in one array, to be given back with {@linkcode release} when it is written; null if the room
   * is taken or too small.
   */
  enter(headParts: HeadParts): Uint8Array<ArrayBuffer> | null {
    if (!this.#isHere(headParts) && !this.#put(headParts)) return null;
    this.#writes++;
    return this.#message;
  }

  /** Says that a write of what {@linkcode enter} gave is over. */
  release(): void {
    this.#writes--;
  }

  /** Parts are made once and shared, so it is enough to ask whether they are the same arrays. */
  #isHere([first, second, third]: HeadParts): boolean {
    return this.#third === third && this.#first === first && this.#second === second;
  }

  #put(headParts: HeadParts): boolean {
    const length = lengthOfParts(headParts);
    if (this.#writes > 0 || length > HEAD_ROOM_BYTES) return false;
    const start = HEAD_ROOM_BYTES - length;
    // From second to second heads have the same length: then no new view is made, nor anything else.
    if (this.#message.length !== length + this.bytes.length) {
      this.#message = this.#all.subarray(start);
    }
    copyParts(headParts, this.#message);
    [this.#first, this.#second, this.#third] = headParts;
    return true;
  }
}

/** What is needed of an open file; one of Deno's fits. */
export type OpenFile = Readable & Disposable;

/** A file that can be sent: open, or in memory. */
export type SiteFile = OpenFile | MemoryFile;

/** The bytes of a file in memory. Closing it does nothing, so that it can stand where an open file can. */
export class MemoryFile {
  readonly bytes: Uint8Array;
  /** Where a head can be put before the bytes; null where there is no such room. */
  readonly room: HeadRoom | null;

  constructor(content: Uint8Array | HeadRoom) {
    this.room = content instanceof HeadRoom ? content : null;
    this.bytes = content instanceof HeadRoom ? content.bytes : content;
  }

  [Symbol.dispose](): void {}
}

/** All of a small file, and the state in which it was then. */
export interface Whole {
  readonly content: HeadRoom;
  readonly state: FileState;
}

/**
 * Reads all of a small file. Null if it is written to all the time: no response mixes two states of a file. Null as well if
 * what is open is not the file that was seen, which is asked here, after reading: one look tells both.
 *
 * @param isSettled Whether any write since `state` was looked at shows in its times. Else what was read is compared.
 * @param takesEmpty Whether a file that is empty now, and was just written to, is taken so: most are about to be written.
 */
export async function readWhole(
  file: DiskFile,
  state: FileState,
  { isSettled, takesEmpty }: { isSettled: boolean; takesEmpty: boolean },
): Promise<Whole | null> {
  const content = new HeadRoom(state.size);
  const { bytes } = content;
  const length = await readTimed(file, bytes, state.device);
  if (isSettled && length === bytes.length && isSameFileState(file.look(), state)) {
    return { content, state };
  }
  const whole = readTwice(file);
  if (whole === null || isExact(state) && !isSameFile(whole.state, state)) return null;
  return whole.state.size === 0 && !takesEmpty ? null : whole;
}

/**
 * Up to this size, in bytes, a file is read and summed up where it is asked for, as what the system has in memory is
 * there at once: 1.3 and 5 µs for 2 KiB, where the help of another thread costs 80 and 70 (Deno 2.9.6).
 */
const IN_PLACE_BYTES = 64 * 1024;
/** So many reads of a disk have to be quick in a row, in other threads, before one of it may keep everybody waiting. */
const PROOF_READS = 64;
/** A read in another thread is quick if it takes less than this, in ms: it waits for others of ours as well. */
const QUICK_MS = 20;
/** Quick reads in a row, by device. */
const quickReads = new Map<number, number>();
const MAX_DEVICES = 64;

/** Reads the start of a file, as much as fits. Gives how much there was. */
async function readTimed(file: DiskFile, bytes: Uint8Array, device: number): Promise<number> {
  if (bytes.length > IN_PLACE_BYTES) return await file.readAll(bytes, 0);
  const quick = quickReads.get(device) ?? 0;
  const isInPlace = quick >= PROOF_READS;
  const startedMs = performance.now();
  const length = isInPlace ? file.readAllSync(bytes) : await file.readAll(bytes, 0);
  const isQuick = performance.now() - startedMs < (isInPlace ? SLOW_READ_MS : QUICK_MS);
  if (isInPlace && isQuick) return length;
  if (quickReads.size >= MAX_DEVICES) quickReads.clear();
  quickReads.set(device, isQuick ? (quickReads.get(device) ?? 0) + 1 : 0);
  return length;
}

/** How often in a row a file that is written to is read twice, and how large ones, in bytes: some ms in all. */
const TRIES = 8;
const TRIED_BYTES = 4 * 1024 * 1024;
/** How much a file may grow while it is read, in bytes. */
const GROWTH_BYTES = 16 * 1024;

/**
 * Reads a file whose times do not tell a write from the next, as one tick of the clock has both. If it is as long as what
 * was read, and then read once more is the same, the file was in that state when its length was looked at in between.
 * Synchronously, as its bytes are in memory, where they were just written: so little time goes by that a program that
 * writes as fast as it can leaves room for it.
 */
function readTwice(file: DiskFile): Whole | null {
  for (let tries = 0, bytesRead = 0; tries < TRIES && bytesRead <= TRIED_BYTES; tries++) {
    const first = new Uint8Array(file.look().size + GROWTH_BYTES);
    const size = file.readAllSync(first);
    const state = file.look();
    bytesRead += size;
    if (size !== state.size) continue;
    const content = new HeadRoom(size);
    const isSame = file.readAllSync(content.bytes) === size &&
      Buffer.compare(content.bytes, first.subarray(0, size)) === 0;
    if (isSame) return { content, state };
  }
  return null;
}

/** Reads the first bytes of a large file, which stays where it is. */
export async function readStart(file: DiskFile, maxBytes: number): Promise<Start> {
  const bytes = new Uint8Array(maxBytes);
  const count = await file.readAll(bytes, 0);
  return { bytes: bytes.subarray(0, count), isWhole: false };
}

/** Digests that are made in other threads before the library is loaded that makes them in place: a small site has no more. */
const DIGESTS_ELSEWHERE = 32;
/** Bytes of a digest: no two files that anybody finds have the same 96 bits of SHA-256. */
const DIGEST_BYTES = 12;
let digestsMade = 0;

/** The start of SHA-256, in base64url. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const isInPlace = bytes.length <= IN_PLACE_BYTES && digestsMade++ >= DIGESTS_ELSEWHERE;
  const hash = isInPlace
    ? nodeCrypto().createHash("sha256").update(bytes).digest()
    : new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.subarray(0, DIGEST_BYTES).toBase64({ alphabet: "base64url" });
}
