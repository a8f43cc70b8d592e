/** Which errors of a socket mean that its peer is gone, or that we closed it: they end one task, and nothing else. */

import { codeOf } from "../errors.ts";

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
  if (!(error instanceof Error)) return false; // A `RequestError`, most often.
  // A laptop that left the Wi-Fi; the error has a code, but no class of its own (Deno 2.9.6).
  if (codeOf(error) === "EHOSTUNREACH") return true;
  return PEER_GONE.some((errorClass) => error instanceof errorClass);
}
