/**
 * Step (vi): send the response over the connection: header lines, then exactly the planned bytes of the open file.
 *
 * In go the composed response and the open file, out go bytes. Memory does not grow with the size of the file or
 * with the patience of the peer: a response holds one chunk at a time.
 */

import type { Alarm } from "./alarm.ts";
import type { Piece, Response } from "./http/message.ts";
import { LIMITS } from "./options.ts";

/** The sending half of a connection. */
export interface Outlet {
  readonly conn: Pick<Deno.TcpConn, "write">;
  /** Set anew whenever the peer takes bytes; its owner closes the socket when it rings. */
  readonly alarm: Alarm;
}

/** What a response is sent from, and how patiently. */
export interface SendOptions {
  /** The open file that the plan speaks of; null if it speaks of none. */
  readonly file: OpenFile | null;
  /** How long the peer may take no byte, in ms. */
  readonly stallMs: number;
}

/** What became of a response. */
export interface Sent {
  /** Bytes of content that the system took from us; heads are not counted. */
  readonly contentBytes: number;
  /** Whether that was all. If not, the connection must close: RFC 9112 §8. */
  readonly complete: boolean;
  /** The error of the socket or the file that ended it early, or null. */
  readonly failure: unknown;
}

type OpenFile = Pick<Deno.FsFile, "read" | "seek">;

/**
 * Sends a response. Never throws: most failures are peers that leave, and after the first byte nothing more can be
 * said to a peer anyway.
 *
 * @returns Incomplete if the file has become shorter than its facts: the peer must see a short message, so the
 * missing bytes are not made up. If it has grown, only the planned bytes are sent.
 * @see RFC 9112 §6.2 and §8
 */
export async function sendResponse(
  outlet: Outlet,
  response: Response,
  { file, stallMs }: SendOptions,
): Promise<Sent> {
  const writer = new ChunkWriter(outlet, stallMs, response.head.length + response.contentLength);
  let failure: unknown = null;
  try {
    await writer.put(response.head);
    for (const piece of response.content) {
      if (piece.kind === "bytes") await writer.put(piece.bytes);
      else if (file === null || !await putRange(writer, file, piece)) break;
    }
    await writer.flush();
  } catch (error) {
    failure = error;
  }
  const contentBytes = Math.max(0, writer.written - response.head.length);
  return { contentBytes, complete: contentBytes === response.contentLength, failure };
}

/** Puts positions of a file. False: the file ended before them. */
async function putRange(
  writer: ChunkWriter,
  file: OpenFile,
  { firstPos, lastPos }: Extract<Piece, { kind: "file" }>,
): Promise<boolean> {
  await file.seek(firstPos, Deno.SeekMode.Start);
  let left = lastPos - firstPos + 1;
  while (left > 0) {
    const room = await writer.room();
    const count = await file.read(room.subarray(0, left));
    if (count === null) return false;
    writer.filled(count);
    left -= count;
  }
  return true;
}

/** Gathers bytes into chunks, so that a head and a small file leave in one write. */
class ChunkWriter {
  readonly #outlet: Outlet;
  readonly #stallMs: number;
  readonly #chunk: Uint8Array<ArrayBuffer>;
  #used = 0;
  /** Bytes that the system has taken. */
  written = 0;

  constructor(outlet: Outlet, stallMs: number, expectedBytes: number) {
    this.#outlet = outlet;
    this.#stallMs = stallMs;
    this.#chunk = new Uint8Array(Math.min(expectedBytes, LIMITS.chunkBytes));
  }

  /** Free room in the chunk, at least one byte. */
  async room(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#used === this.#chunk.length) await this.flush();
    return this.#chunk.subarray(this.#used);
  }

  /** Says that `count` bytes of the room were filled. */
  filled(count: number): void {
    this.#used += count;
  }

  async put(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const room = await this.room();
      const part = bytes.subarray(at, at + room.length);
      room.set(part);
      this.filled(part.length);
      at += part.length;
    }
  }

  /** Writes what is in the chunk. Each write that takes bytes is a sign of life of the peer. */
  async flush(): Promise<void> {
    const { conn, alarm } = this.#outlet;
    for (let at = 0; at < this.#used;) {
      alarm.set(this.#stallMs);
      const count = await conn.write(this.#chunk.subarray(at, this.#used));
      at += count;
      this.written += count;
    }
    alarm.clear();
    this.#used = 0;
  }
}
