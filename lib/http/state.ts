/**
 * RFC 9112 §9: the life of a connection as one table, and what a request says about its persistence.
 */

import type { Fields } from "./fields.ts";
import { tokenList } from "./grammar.ts";

/**
 * Every state and every move; a wrong move is a type error, and a diagram can be drawn from it. `ended` is the end of
 * the socket, whoever made it: a deadline, an error, the peer, or we.
 */
export const NEXT = {
  idle: {
    headArrived: "responding",
    refused: "responding", // What arrived is no head: an error response follows.
    peerClosed: "closed",
    stopped: "closing", // The server stops after the last response.
    ended: "closed",
  },
  responding: {
    sentKeep: "idle",
    sentClose: "closing",
    sentLast: "ending",
    ended: "closed",
  },
  closing: { ended: "closed" }, // RFC 9112 §9.6: we stop sending, and read on briefly.
  ending: { ended: "closed" }, // The peer has said that it sends no more: there is nothing to read on for.
  closed: { ended: "closed" },
} as const satisfies Record<string, Record<string, string>>;

/** One of the states of a connection. */
export type State = keyof typeof NEXT;

/**
 * The next state after a response.
 *
 * @param isComplete Whether all of it was sent; else the peer has to see that something is missing (RFC 9112 §8).
 * @param isPersistent Whether it said that the connection goes on.
 * @param isPeerDone Whether the request said that it is the last, and the peer is believed. To close at once then destroys
 * nothing (§9.6: such a client must not send more), and half-closing and reading on would be half of what a connection costs.
 * @see RFC 9112 §9.3 and §9.6
 */
export function stateAfter(
  isComplete: boolean,
  isPersistent: boolean,
  isPeerDone: boolean,
): State {
  if (!isComplete) return NEXT.responding.ended;
  if (isPersistent) return NEXT.responding.sentKeep;
  return isPeerDone ? NEXT.responding.sentLast : NEXT.responding.sentClose;
}

/**
 * Tells whether the peer lets the connection go on after this request.
 *
 * @see RFC 9112 §9.3
 */
export function isPersistent(fields: Fields, minorVersion: number): boolean {
  const connection = fields.get("connection");
  if (connection === null) return minorVersion >= 1;
  if (connection === "keep-alive") return true; // What browsers send: no list to take apart.
  const options = tokenList(connection.toLowerCase());
  if (options.includes("close")) return false;
  return minorVersion >= 1 || options.includes("keep-alive");
}
