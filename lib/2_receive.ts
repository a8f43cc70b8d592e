/**
 * Step (ii): receive the request.
 *
 * In go bytes from the connection socket, cut anywhere, as TCP is a stream of bytes without messages; out comes one whole
 * head, under a deadline. A head may come in three reads, and the last of them may bring the start of the next one:
 *
 *     read 1: "GET / HTT"   read 2: "P/1.1 CRLF Host: a CR"   read 3: "LF CRLF GET /ne"
 *              not yet               not yet                            a head, and 7 bytes that stay in the buffer
 *
 * What goes wrong: the peer closes between two heads (null: it has what it wanted), or in the middle of one (400); it
 * starts a head and is late (408), or sends nothing for too long (closed without an answer); or it sends what can be no
 * head any more (400, 414, 431, 501: thrown by `http/head_buffer.ts` as soon as that is certain). What the bytes mean is
 * left to step (iii). The content of a request is received here as well, and dropped.
 */

import type { Deadline } from "./net/deadlines.ts";
import { RequestError } from "./errors.ts";
import { ChunkedWalker } from "./http/chunked.ts";
import type { Head } from "./http/head.ts";
import type { HeadBuffer } from "./http/head_buffer.ts";
import type { Framing } from "./http/message.ts";
import { headTurns } from "./net/turns.ts";
import { LIMITS, type Options } from "./options.ts";

/** Buffer for content that is dropped, in bytes; lives only while content is on its way. */
const CONTENT_READ_BYTES = 16 * 1024;

/** The receiving half of a connection. */
export interface ReadSide {
  readonly conn: Pick<Deno.TcpConn, "read">;
  /** What has arrived and belongs to no message yet. */
  readonly buffer: HeadBuffer;
  /** Passes when the peer is late; see {@linkcode receiveHead}. */
  readonly deadline: Deadline;
}

/** How long a peer may take; see `Options`. */
export type ReceiveTimes = Pick<Options, "keepAliveTimeoutMs" | "headTimeoutMs">;

/**
 * Receives the next head, which the buffer does not hold yet: its first bytes within `keepAliveTimeoutMs`, when the
 * deadline tells its owner, and the rest within `headTimeoutMs` of them. While it waits, a connection is idle:
 * no task of ours, one promise and one small buffer are all that it costs, so this function is not `async` itself.
 *
 * @returns The head, or null if the peer left between requests.
 * @throws {RequestError} 408 when the head is late, 400 when the peer stops in the middle of it, and what
 * {@linkcode HeadBuffer.take} throws.
 * @see RFC 9112 §2.2, §9.3 and §9.5
 */
export function receiveHead(side: ReadSide, times: ReceiveTimes): Promise<Head | null> {
  const { buffer, deadline } = side;
  if (buffer.length > 0) return receiveRest(side, times.headTimeoutMs);
  deadline.set(times.keepAliveTimeoutMs);
  return receiveFirst(side, times);
}

/** The quick path of a head that comes in one piece, after any time of idleness. */
function receiveFirst(side: ReadSide, times: ReceiveTimes): Promise<Head | null> {
  const { buffer, deadline, conn } = side;
  return conn.read(buffer.space()).then((count) => {
    if (count !== null) {
      buffer.added(count);
      const head = buffer.take();
      // RFC 9112 §2.2: empty lines are no request: a peer that sent nothing else is as idle as before.
      if (head === null && buffer.length === 0) return receiveFirst(side, times);
      if (head === null) return receiveRest(side, times.headTimeoutMs);
      deadline.clear();
      return head;
    }
    deadline.clear();
    return null;
  });
}

/** The slow path of a head that did not come in one piece. */
function receiveRest(side: ReadSide, headMs: number): Promise<Head> {
  const { buffer } = side;
  return underDeadline(side, headMs, async (read) => {
    for (;;) {
      const { growthBytes } = buffer;
      const turn = growthBytes > 0 ? headTurns.next(growthBytes) : null;
      if (turn !== null) await turn;
      const count = await read(buffer.space());
      // RFC 9112 §8: a head that stops in the middle is incomplete; say so, the peer may still read.
      if (count === null) throw incomplete("head");
      buffer.added(count);
      const head = buffer.take();
      if (head !== null) return head;
    }
  });
}

/**
 * Receives the content of a request and drops it, up to its last byte and not one further.
 *
 * @throws {RequestError} 408 when it is late, 400 when it stops early or its end is in doubt, 413
 * when it is too long. The connection must close after each of them.
 * @see RFC 9112 §6.3 and §7.1
 */
export async function dropContent(
  side: ReadSide,
  framing: Framing,
  contentMs: number,
): Promise<void> {
  if (framing.kind === "none") return;
  const content = framing.kind === "chunked"
    ? new ChunkedWalker(LIMITS)
    : new LengthWalker(framing.contentLength);
  const dropFrom = (bytes: Uint8Array): void => {
    const used = content.walk(bytes);
    if (used < bytes.length) side.buffer.append(bytes.slice(used));
  };
  dropFrom(side.buffer.takeAll());
  if (content.done) return;
  await underDeadline(side, contentMs, async (read) => {
    const bytes = new Uint8Array(CONTENT_READ_BYTES);
    while (!content.done) {
      const count = await read(bytes);
      if (count === null) throw incomplete("content");
      dropFrom(bytes.subarray(0, count));
    }
  });
}

/** Walks over content of a known length: RFC 9112 §6.2. The twin of {@linkcode ChunkedWalker}. */
class LengthWalker {
  #left: number;

  constructor(contentLength: number) {
    this.#left = contentLength;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  walk(bytes: Uint8Array): number {
    const used = Math.min(this.#left, bytes.length);
    this.#left -= used;
    return used;
  }
}

type Read = (bytes: Uint8Array<ArrayBuffer>) => Promise<number | null>;

/**
 * Runs reads that must all be over in `ms`, else throws 408. The read that was under way then goes on and is
 * forgotten: it ends when the connection is closed.
 */
async function underDeadline<T>(
  side: ReadSide,
  ms: number,
  work: (read: Read) => Promise<T>,
): Promise<T> {
  const { conn, deadline } = side;
  const passed = Promise.withResolvers<never>();
  const { owner } = deadline;
  deadline.owner = {
    deadlinePassed: () =>
      passed.reject(
        new RequestError(408, "RFC 9110 §15.5.9", { detail: `Cannot wait longer than ${ms} ms` }),
      ),
  };
  deadline.set(ms);
  try {
    return await work((bytes) => {
      const read = conn.read(bytes);
      read.catch(() => {});
      return Promise.race([read, passed.promise]);
    });
  } finally {
    deadline.clear();
    deadline.owner = owner;
    passed.promise.catch(() => {});
  }
}

function incomplete(what: string): RequestError {
  return new RequestError(400, "RFC 9112 §8", { detail: `Cannot find the end of the ${what}` });
}

/**
 * Reads and drops what a peer still sends after our last byte, until it closes too or `lingerMs` is over. Closing
 * at once, with bytes unread, would reset the connection and could destroy the response on its way.
 *
 * @see RFC 9112 §9.6
 */
export async function linger(side: ReadSide, lingerMs: number): Promise<void> {
  side.deadline.set(lingerMs);
  side.buffer.takeAll();
  while (await side.conn.read(side.buffer.space()) !== null);
}
