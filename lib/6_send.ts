/**
 * Step (vi): send the response over the connection: header lines, then exactly the planned bytes of the open file.
 *
 * In go the composed response and the open file, out go bytes. What is in memory leaves in one write where it can, with
 * other small responses where those are asked for together; an open file is streamed (`net/file_stream.ts`):
 *
 *     write 1: "HTTP/1.1 200 OK CRLF ... CRLF CRLF" and the first bytes of the file     64 KiB in all
 *     write 2: the next bytes of the file, more of them if the peer has been quick      up to 512 KiB
 *     ...      until exactly `Content-Length` bytes are out
 *
 * What goes wrong: the peer leaves, takes no byte for too long, or the file has become shorter meanwhile. After the first
 * byte nothing can be said any more, so all three end the connection: the peer sees a short message (RFC 9112 §8).
 *
 * Words: a *room* is space for a head before a file in memory (`files/memory_file.ts`); a *scratch* is an array in which
 * small parts are put in a row; *turns* let many large files share the loop (`net/turns.ts`).
 */

import type { Deadline } from "./net/deadlines.ts";
import { type OpenFile, Source, StreamSize } from "./net/file_stream.ts";
import { sendTurns } from "./net/turns.ts";
import { SpareArrays } from "./http/spare_arrays.ts";
import type { HeadRoom } from "./files/memory_file.ts";
import { copyParts, lengthOfParts } from "./http/head_lines.ts";
import type { Piece, Response } from "./http/message.ts";
import { LIMITS } from "./options.ts";

/** The sending half of a connection. */
export interface WriteSide {
  readonly conn: Pick<Deno.TcpConn, "write">;
  /** Set anew whenever the peer takes bytes; its owner closes the socket when it passes. */
  readonly deadline: Deadline;
  /** How long the peer may take no byte, in ms. */
  readonly stallMs: number;
  /** Small responses that wait for the next one; null if there are none. */
  batch: Batch | null;
  /**
   * Set when something was waited for: by then a look at the disk may tell something else. Its owner takes it back; who lets no
   * response wait has no use for it.
   */
  hasWaited?: boolean;
}

/** What a response is sent from, and how. */
export interface SendOptions {
  /** The file that the plan speaks of, open or in memory; null if it speaks of none. */
  readonly file: OpenFile | FileInMemory | null;
  /** A clock that only grows, in ms: tells a disk from memory. */
  readonly now: () => number;
  /** Whether a small response may wait, and leave with the next one: see {@linkcode sendBatch}. */
  readonly mayWait: boolean;
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

/** Responses in a row, at the start of an array of `LIMITS.joinBytes`. */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  length: number;
}

type FileInMemory = { readonly bytes: Uint8Array; readonly room?: HeadRoom | null };

/**
 * Sends a response. Never throws: most failures are peers that leave, and after the first byte nothing more can be
 * said to a peer anyway.
 *
 * @returns Incomplete if the file has become shorter than its facts: the peer must see a short message, so the
 * missing bytes are not made up. If it has grown, only the planned bytes are sent. A response that waits for the next
 * one counts as sent.
 * @see RFC 9112 §6.2 and §8
 */
export function sendResponse(
  side: WriteSide,
  response: Response,
  options: SendOptions,
): Promise<Sent> {
  const way = chooseWay(side, response, options);
  switch (way.kind) {
    case "batched":
      return sendBatched(side, response, way);
    case "together":
      return sendTogether(side, response, way);
    case "in parts":
      return sendBehindBatch(
        side,
        response,
        (writer) => writeParts(writer, partsOf(response, way.file)),
      );
    case "streamed":
      return sendBehindBatch(
        side,
        response,
        (writer) => stream(writer, response, { file: way.file, now: options.now }),
      );
  }
}

/** The ways to send a response. */
type Way =
  /** Small, and others wait or will: it waits with them in one array. */
  | { readonly kind: "batched"; readonly file: FileInMemory | null; readonly mayWait: boolean }
  /** Head and content stand in one array already, or are small enough to be put in one: one write, nearly always. */
  | {
    readonly kind: "together";
    readonly message: Uint8Array<ArrayBuffer>;
    /** That the array belongs to, and is given back to; null if it is a scratch array. */
    readonly room: HeadRoom | null;
  }
  /** Larger, and all of it in memory: several writes. */
  | { readonly kind: "in parts"; readonly file: FileInMemory | null }
  /** From an open file, through a buffer. */
  | { readonly kind: "streamed"; readonly file: OpenFile };

/** Chooses, and takes the array that the way needs. */
function chooseWay(
  { batch }: WriteSide,
  response: Response,
  { file, mayWait }: SendOptions,
): Way {
  if (file !== null && !("bytes" in file)) return { kind: "streamed", file };
  const length = headLengthOf(response) + response.contentLength;
  const isSmall = length <= LIMITS.joinBytes;
  if (isSmall && (mayWait || batch !== null)) return { kind: "batched", file, mayWait };
  if (batch !== null || length > LIMITS.streamBytes) return { kind: "in parts", file };
  const room = file?.room ?? null;
  const message = room === null || response.headParts === undefined
    ? null
    : room.enter(response.headParts);
  if (message !== null) return { kind: "together", message, room };
  if (!isSmall) return { kind: "in parts", file };
  const scratch = scratches.take();
  fill(scratch, response, file);
  return { kind: "together", message: scratch, room: null };
}

function headLengthOf(response: Response): number {
  const { headParts } = response;
  return headParts === undefined ? response.head.length : lengthOfParts(headParts);
}

/** The quick way: head and content at the start of one array, one system call, nearly always. */
async function sendTogether(
  { conn, deadline, stallMs }: WriteSide,
  response: Response,
  { message, room }: Extract<Way, { kind: "together" }>,
): Promise<Sent> {
  const headLength = headLengthOf(response);
  const length = headLength + response.contentLength;
  let written = 0;
  let failure: unknown = null;
  try {
    while (written < length) {
      deadline.set(stallMs);
      written += await conn.write(
        written === 0 && message.length === length ? message : message.subarray(written, length),
      );
    }
    if (room === null) scratches.release(message);
  } catch (error) {
    failure = error;
  }
  room?.release();
  deadline.clear();
  return { contentBytes: Math.max(0, written - headLength), complete: written === length, failure };
}

/**
 * RFC 9112 §9.3.2: a peer that asks for several things at once gets the small ones together, in few writes. They count
 * as sent when they are in the batch, as all bytes do that are in a buffer of the system.
 */
async function sendBatched(
  side: WriteSide,
  response: Response,
  { file, mayWait }: Extract<Way, { kind: "batched" }>,
): Promise<Sent> {
  const length = headLengthOf(response) + response.contentLength;
  let failure: unknown = null;
  if (side.batch !== null && side.batch.length + length > LIMITS.joinBytes) {
    failure = await sendBatch(side);
    if (failure !== null) return { contentBytes: 0, complete: false, failure };
  }
  const batch = side.batch ??= { bytes: scratches.take(), length: 0 };
  fill(batch.bytes.subarray(batch.length), response, file);
  batch.length += length;
  if (!mayWait) failure = await sendBatch(side);
  const contentBytes = failure === null ? response.contentLength : 0;
  return { contentBytes, complete: failure === null, failure };
}

/**
 * Sends the responses that wait. To be called before anything that takes time: before waiting for the peer, for its
 * content or for a disk. Never throws.
 *
 * @returns The error of the socket, or null.
 */
export async function sendBatch(side: WriteSide): Promise<unknown> {
  const { conn, deadline, stallMs, batch } = side;
  if (batch === null) return null;
  side.hasWaited = true;
  let failure: unknown = null;
  try {
    for (let at = 0; at < batch.length;) {
      deadline.set(stallMs);
      at += await conn.write(batch.bytes.subarray(at, batch.length));
    }
    scratches.release(batch.bytes);
  } catch (error) {
    failure = error;
  }
  side.batch = null; // Now, and not before: until here responses are under way, and the server must not stop.
  deadline.clear();
  return failure;
}

/** The ways that take more than one write: all that waits goes first, and what fails on the way is told. */
async function sendBehindBatch(
  side: WriteSide,
  response: Response,
  write: (writer: Writer) => Promise<void>,
): Promise<Sent> {
  const writer = new Writer(side);
  const headLength = headLengthOf(response);
  let failure = await sendBatch(side);
  try {
    if (failure === null) await write(writer);
  } catch (error) {
    failure = error;
  }
  side.deadline.clear();
  const contentBytes = Math.max(0, writer.written - headLength);
  return {
    contentBytes,
    complete: writer.written === headLength + response.contentLength,
    failure,
  };
}

/** Puts head and content of a response in a row, at the start of an array that is long enough. */
function fill(into: Uint8Array, response: Response, file: FileInMemory | null): void {
  let at = copyParts(response.headParts ?? [response.head], into);
  for (const piece of response.content) {
    const bytes = bytesOfPiece(piece, file);
    into.set(bytes, at);
    at += bytes.length;
  }
}

/** Arrays of `LIMITS.joinBytes` that nobody uses right now. */
const scratches = new SpareArrays(LIMITS.joinBytes, 64);

/** Writes byte strings in a row, small ones together: a head leaves with the first of its content. */
async function writeParts(writer: Writer, parts: readonly Uint8Array[]): Promise<void> {
  const scratch = scratches.take();
  let used = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      const left = part.length - at;
      if (used === 0 && left >= scratch.length) {
        await writer.write(part.subarray(at));
        break;
      }
      const count = Math.min(left, scratch.length - used);
      scratch.set(part.subarray(at, at + count), used);
      at += count;
      used += count;
      if (used === scratch.length) {
        await writer.write(scratch);
        used = 0;
      }
    }
  }
  if (used > 0) await writer.write(scratch.subarray(0, used));
  scratches.release(scratch);
}

/** Head and content of a response that needs no open file. */
function partsOf(response: Response, file: FileInMemory | null): Uint8Array[] {
  const parts = response.headParts === undefined ? [response.head] : [...response.headParts];
  for (const piece of response.content) parts.push(bytesOfPiece(piece, file));
  return parts;
}

function bytesOfPiece(piece: Piece, file: FileInMemory | null): Uint8Array {
  if (piece.kind === "bytes") return piece.bytes;
  if (file === null) return NO_BYTES;
  const { firstPos, lastPos } = piece;
  const isAll = firstPos === 0 && lastPos === file.bytes.length - 1;
  return isAll ? file.bytes : file.bytes.subarray(firstPos, lastPos + 1);
}

const NO_BYTES = new Uint8Array(0);

/**
 * Reads the file and sends it, one array at a time; stops early if the file ends early. If it was rewritten meanwhile, the
 * last array is not sent: a message that is too short is known to be one (RFC 9112 §8), and one that is put together of
 * two states is not. One look at the end, as it costs 25 µs, and behind what may be torn.
 */
async function stream(
  writer: Writer,
  response: Response,
  { file, now }: { file: OpenFile; now: () => number },
): Promise<void> {
  const head: Piece = { kind: "bytes", bytes: response.head };
  const source = new Source([head, ...response.content], file, now);
  const length = response.head.length + response.contentLength;
  const size = new StreamSize();
  let endsInZero = false;
  while (writer.written < length) {
    const turn = sendTurns.next(size.bytes);
    if (turn !== null) await turn; // Before an array is taken: hundreds may wait.
    const array = size.take();
    try {
      const left = length - writer.written;
      const room = left < array.length ? array.subarray(0, left) : array;
      const count = await source.read(writer.written, room);
      if (count === 0) break;
      // What is read while a file is cut ends in zeros: Linux clears a page before it takes it away. Zeros behind zeros are
      // those of the file.
      const wasZero = endsInZero;
      endsInZero = array[count - 1] === 0;
      const isCleared = endsInZero && !(wasZero && array[0] === 0);
      if ((isCleared || writer.written + count === length) && file.isRewritten?.()) break;
      const taken = await writer.offer(count < array.length ? array.subarray(0, count) : array);
      size.learn(count, taken);
    } finally {
      size.release(array);
    }
  }
}

/** Writes to the socket. Each time that it takes bytes is a sign of life of the peer. */
class Writer {
  readonly #side: WriteSide;
  /** Bytes that the system has taken. */
  written = 0;

  constructor(side: WriteSide) {
    this.#side = side;
  }

  /** Writes all of it. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + LIMITS.streamBytes);
      const turn = sendTurns.next(part.length);
      if (turn !== null) await turn;
      at += await this.offer(part);
    }
  }

  /** Writes what the system takes of it, once it takes any. Gives how much that was. */
  async offer(bytes: Uint8Array): Promise<number> {
    const { conn, deadline, stallMs } = this.#side;
    deadline.set(stallMs);
    const count = await conn.write(bytes);
    this.written += count;
    return count;
  }
}
