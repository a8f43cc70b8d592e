/**
 * Compressing, one slice at a time. The asynchronous functions of `node:zlib` do their work on the event loop (measured,
 * Deno 2.9.6: 1 MiB of Brotli stops everybody for 28 ms). So bytes go in by slices, and between two of them everybody
 * else has a turn: the longest stop was 6 ms. Of several files that wait, one is compressed after the other.
 */

import {
  type BrotliCompress,
  brotliDecompressSync,
  constants,
  crc32,
  createBrotliCompress,
  createGzip,
  gunzipSync,
  type Gzip,
  zstdDecompressSync,
} from "node:zlib";
import { Buffer } from "node:buffer";

/** How much is compressed in one turn, in bytes. */
const SLICE_BYTES = 64 * 1024;
/** Of 11; the upper ones take seconds for a MiB. */
const BROTLI_QUALITY = 5;
/** Of 9: what gzip does by itself. */
const GZIP_LEVEL = 6;

let previous: Promise<unknown> = Promise.resolve();

/** Compresses bytes, after those that were handed over before. Rejects only by a mistake of ours. */
export function compress(
  bytes: Uint8Array,
  coding: "br" | "gzip",
): Promise<Uint8Array<ArrayBuffer>> {
  const result = previous.then(() => compressSlices(bytes, coding));
  previous = result.catch(() => {});
  return result;
}

async function compressSlices(
  bytes: Uint8Array,
  coding: "br" | "gzip",
): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = createEncoder(coding, bytes.length);
  const parts: Uint8Array[] = [];
  encoder.on("data", (part: Uint8Array) => parts.push(part));
  const ended = new Promise<void>((resolve, reject) => {
    encoder.on("end", resolve);
    encoder.on("error", reject);
  });
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    const slice = bytes.subarray(at, at + SLICE_BYTES);
    await new Promise<void>((resolve) => encoder.write(slice, () => resolve()));
    await new Promise((resolve) => setTimeout(resolve, 0)); // The others' turn.
  }
  encoder.end();
  await ended;
  return new Uint8Array(Buffer.concat(parts));
}

function createEncoder(coding: "br" | "gzip", size: number): BrotliCompress | Gzip {
  if (coding === "gzip") return createGzip({ level: GZIP_LEVEL });
  return createBrotliCompress({
    params: {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: size,
    },
  });
}

const DECODERS = { br: brotliDecompressSync, gzip: gunzipSync, zstd: zstdDecompressSync };

/** Whether coded bytes are those of `plain`. Takes 3 ms for a MiB, in one go; a bomb is not unpacked. */
export function decodesTo(
  coded: Uint8Array,
  plain: Uint8Array,
  coding: keyof typeof DECODERS,
): boolean {
  try {
    const decoded = DECODERS[coding](coded, { maxOutputLength: plain.length + 1 });
    return Buffer.compare(decoded, plain) === 0;
  } catch {
    return false; // Damaged, or longer than the file.
  }
}

/** A number that tells coded bytes from those of another encoder, in hexadecimal. */
export function checksum(bytes: Uint8Array<ArrayBuffer>): string {
  return crc32(bytes).toString(16).padStart(8, "0");
}
