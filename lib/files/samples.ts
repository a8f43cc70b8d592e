/**
 * What tells the bytes of a large file from others without reading all of them: a digest of its start, its end and places
 * in between. With the length and the time of the last write it makes an entity tag that is the same on every machine that
 * has a copy (`rsync -a`, `cp -p`, `tar`), and that a `chmod` leaves alone.
 *
 * Why that is strong enough (RFC 9110 §8.8.1). A write moves the time, and until a further write must move it again the
 * file is unsettled and its tags are of one use. Left are programs that set the time back, or give all they make the same
 * one (`SOURCE_DATE_EPOCH`, image layers), with an equal length. Length and time alone miss those, as they do elsewhere;
 * but what such programs write differs where we look: archives, databases and disk images have counters, sums or tables at
 * their start or end, compressed bytes differ from the first change on. Only who patches a file in its midst, between
 * those places, and then sets its clock back by hand, keeps the tag; `rsync` would not copy that either.
 */

import type { DiskFile } from "./disk_file.ts";
import { type FileState, isExact, isSameFileState } from "./disk_state.ts";
import { digestOf } from "./memory_file.ts";

/** How much of the start and of the end is read, in bytes. */
const END_BYTES = 64 * 1024;
/** Places between them, and how much is read at each, in bytes: a page of the system. */
const PLACES = 16;
const PLACE_BYTES = 4 * 1024;
/** States of files whose digests are remembered, at 200 bytes each: reading takes 0.5 ms, and on a cold disk more. */
const MAX_REMEMBERED = 1_024;

/** The digests of the large files of one site. */
export class Samples {
  readonly #digests = new Map<string, string>();
  readonly #maxRemembered: number;

  constructor(maxRemembered = MAX_REMEMBERED) {
    this.#maxRemembered = maxRemembered;
  }

  /**
   * Gives what stands for the bytes of a file, its time included; null if it was changed meanwhile.
   *
   * @param file Read at places of its own choice: where it is read next stays.
   * @param state Settled, and of the open file, looked at since it was opened.
   */
  async digestOf(file: DiskFile, state: FileState): Promise<string | null> {
    const { size, mtimeMs, ctimeMs, device, inode } = state;
    const key = [device, inode, size, mtimeMs, ctimeMs].join(" ");
    const known = this.#digests.get(key);
    if (known !== undefined) return known;
    const bytes = await readSamples(file, size);
    if (bytes === null || !isSameFileState(file.look(), state)) return null;
    const digest = `${mtimeMs.toString(16)}.${await digestOf(bytes)}`;
    // Where a time can be set back without a trace, or inodes are inexact, each look is a new one.
    if (ctimeMs !== 0 && isExact(state)) this.#remember(key, digest);
    return digest;
  }

  #remember(key: string, digest: string): void {
    this.#digests.set(key, digest);
    if (this.#digests.size <= this.#maxRemembered) return;
    for (const oldest of this.#digests.keys()) {
      this.#digests.delete(oldest);
      break;
    }
  }
}

/** Where a file of a size is read: firstPos and length, in bytes. */
export function samplePlaces(size: number): readonly (readonly [at: number, length: number])[] {
  const edge = Math.min(END_BYTES, size);
  const step = (size - PLACE_BYTES) / (PLACES + 1);
  const between = step < PLACE_BYTES ? [] : Array.from(
    { length: PLACES },
    (_, i) => [Math.floor(step * (i + 1)), PLACE_BYTES] as const,
  );
  return [[0, edge], ...between, [size - edge, edge]];
}

/** Null if the file ends before its size. */
async function readSamples(file: DiskFile, size: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const places = samplePlaces(size);
  const bytes = new Uint8Array(places.reduce((sum, [, length]) => sum + length, 0));
  let start = 0;
  const reads = places.map(async ([at, length]) => {
    const part = bytes.subarray(start, start += length);
    return await file.readAll(part, at) === length;
  });
  // All of them end before the file may be closed.
  const results = await Promise.allSettled(reads);
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return results.every((result) => result.status === "fulfilled" && result.value) ? bytes : null;
}
