/** For tests of downloads that take a while: a file larger than all socket buffers on the way, and its reader. */

import type { RawClient } from "./harness.ts";

/** More than Linux buffers between two sockets at the most: 32 MiB to receive and 4 MiB to send. */
export const BIG_BYTES = 64 * 1024 * 1024;

/** The request for the file that {@linkcode writeBigFile} writes. */
export const GET_BIG = "GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n";

/** Puts a file of {@linkcode BIG_BYTES} NUL bytes into a folder; it takes no room on the disk. */
export async function writeBigFile(root: string): Promise<void> {
  const file = await Deno.create(`${root}/big.bin`);
  await file.truncate(BIG_BYTES);
  file.close();
}

/**
 * Reads and counts what still comes, `most` bytes at the most. A reset counts as an end.
 *
 * @returns How many bytes came, and the last of them as text, in case a further response is behind them.
 */
export async function countBytes(
  client: RawClient,
  most = Infinity,
): Promise<{ count: number; tail: string }> {
  const bytes = new Uint8Array(256 * 1024);
  let count = 0;
  let tail = "";
  while (count < most) {
    let read: number | null;
    try {
      read = await client.conn.read(bytes.subarray(0, Math.min(bytes.length, most - count)));
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionReset) break;
      throw error;
    }
    if (read === null) break;
    count += read;
    tail = (tail + String.fromCharCode(...bytes.subarray(Math.max(0, read - 2000), read))).slice(
      -2000,
    );
  }
  return { count, tail };
}
