/**
 * Server-Sent Events (HTML §9.2) to one peer, after the head of the response: in go messages as they come, out go their
 * bytes, until there are no more. A peer that says nothing more, or is gone, is told of, as nothing else would show it.
 */

import {
  type ServerSentEventMessage,
  ServerSentEventStream,
} from "@std/http/server-sent-event-stream";
import type { Deadline } from "./deadlines.ts";

/** The connection of a page that follows. */
export interface FollowerSide {
  readonly conn: Pick<Deno.Conn, "read" | "write">;
  /** Its owner closes the socket when it passes. */
  readonly deadline: Pick<Deadline, "set" | "clear">;
}

/**
 * Sends messages until they end. Rejects when the socket fails.
 *
 * @param stallMs How long the peer may take no byte, in ms.
 * @param onLeft Called once the peer has closed, in whatever way.
 */
export async function sendEvents(
  { conn, deadline }: FollowerSide,
  messages: AsyncIterable<ServerSentEventMessage>,
  { stallMs, onLeft }: { readonly stallMs: number; readonly onLeft: () => void },
): Promise<void> {
  untilEnd(conn).then(onLeft);
  for await (const message of messages) {
    const bytes = await bytesOf(message);
    // Only while there is something to take does a page owe us a sign of life.
    for (let at = 0; at < bytes.length;) {
      deadline.set(stallMs);
      at += await conn.write(bytes.subarray(at));
    }
    deadline.clear();
  }
}

/** Bytes of messages, each made once for all who get it: a stream for each peer took 0.1 ms, and 0.4 at first. */
const encoded = new WeakMap<ServerSentEventMessage, Promise<Uint8Array>>();

function bytesOf(message: ServerSentEventMessage): Promise<Uint8Array> {
  let bytes = encoded.get(message);
  if (bytes === undefined) {
    const stream = ReadableStream.from([message]).pipeThrough(new ServerSentEventStream());
    encoded.set(message, bytes = new Response(stream).bytes());
  }
  return bytes;
}

/** Reads and drops until the peer is gone. */
async function untilEnd(conn: FollowerSide["conn"]): Promise<void> {
  const bytes = new Uint8Array(64);
  try {
    while (await conn.read(bytes) !== null);
  } catch {
    // Reset, or closed by us: it is gone.
  }
}
