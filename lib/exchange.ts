/** One request and its response, as far as the connection loop knows it, and what its failures mean. */

import { RequestError, storyOf } from "./errors.ts";
import type { Head } from "./http/head.ts";
import type { Request } from "./http/message.ts";
import { type LogEntry, textsOf } from "./log/format.ts";

/** What the log tells of a response beside what was asked for. */
export interface Ending {
  readonly statusCode: number;
  readonly sent: { readonly contentBytes: number; readonly complete: boolean };
  /** What there is of a request line where there is no head; may be empty. */
  readonly firstLine: string;
  readonly peer: Deno.NetAddr;
  /** The number of the connection. */
  readonly connection: number;
  /** Wall clock, in ms since the epoch. */
  readonly timeMs: number;
  /** On the clock of {@linkcode Exchange.startedMs}. */
  readonly nowMs: number;
}

/** What is known so far of one request and its response. */
export class Exchange {
  /** When its head was there, on the clock of `performance.now()`. */
  readonly startedMs: number;
  /** Null if none arrived, or none that has an end. */
  readonly head: Head | null;
  request: Request | null = null;
  error: RequestError | null = null;
  /** Whether the request was received to its last byte, so that the next one can be found. */
  framed = false;

  constructor(head: Head | null, startedMs: number) {
    this.head = head;
    this.startedMs = startedMs;
  }

  /** What the log says of it when it is over. */
  describe({ statusCode, sent, firstLine, peer, connection, timeMs, nowMs }: Ending): LogEntry {
    const { head, request, error } = this;
    const { requestLine, referer, userAgent } = head === null
      ? { requestLine: firstLine || null, referer: null, userAgent: null }
      : textsOf(head, request?.fields);
    return {
      timeMs,
      peer: peer.hostname,
      peerPort: peer.port,
      connection,
      requestLine,
      statusCode,
      contentBytes: sent.contentBytes,
      complete: sent.complete,
      durationMs: nowMs - this.startedMs,
      referer,
      userAgent,
      detail: error === null ? null : `${error.message} (${error.rule})`,
    };
  }

  /** Whether the connection may go on after this error. */
  persistsAfter(error: unknown): boolean {
    // After 400 we close even where we need not, as nginx does: the peer has lost its manners or its way.
    return this.framed && error instanceof RequestError && error.statusCode !== 400 &&
      this.request !== null && this.request.persistent;
  }
}

/** Anything that is not the peer's fault is ours: 500, and the whole story for the log. */
export function ourFault(error: unknown): RequestError {
  return new RequestError(500, "RFC 9110 §15.6.1", { detail: storyOf(error) });
}

/** Errors of a socket whose peer is gone, or that we closed: they end the task, and nothing else. */
const PEER_GONE = [
  Deno.errors.BrokenPipe,
  Deno.errors.ConnectionReset,
  Deno.errors.ConnectionAborted,
  Deno.errors.NotConnected,
  Deno.errors.NetworkUnreachable,
  Deno.errors.TimedOut,
  Deno.errors.BadResource,
  Deno.errors.Interrupted,
  Deno.errors.UnexpectedEof, // These two are of TLS: a handshake that was left,
  Deno.errors.InvalidData, // or bytes that are none, such as plain HTTP.
];

/** Whether an error of a socket means no more than that. */
export function isPeerGone(error: unknown): boolean {
  // A laptop that left the Wi-Fi; the error has a code, but no class of its own (Deno 2.9.6).
  if (error instanceof Error && "code" in error && error.code === "EHOSTUNREACH") return true;
  return PEER_GONE.some((errorClass) => error instanceof errorClass);
}
