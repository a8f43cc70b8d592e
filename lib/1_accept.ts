/**
 * Step (i): create a connection socket when a client makes contact.
 *
 * In goes a listening socket, out comes one async task per connection, where the lab used a thread per client. No
 * task can take another down. What a task does with its connection is left to the handler it is given.
 */

import type { Conn, Listener } from "./tls.ts";

/** Longest wait after an accept that failed, in ms: descriptors come back as connections end. */
const MAX_BACKOFF_MS = 1_000;

/** What {@linkcode acceptConnections} needs to know. */
export interface AcceptOptions {
  /** Serves one connection; rejects only by a mistake of ours. */
  readonly handle: (conn: Conn) => Promise<void>;
  /** Turns away a connection over the cap. */
  readonly refuse: (conn: Conn) => Promise<void>;
  /** Connections at once. */
  readonly maxConnections: number;
  /** Told of each failed accept and each mistake of ours. */
  readonly onError: (error: unknown) => void;
  /** Waits, in ms; an argument so that tests need no clock. */
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Accepts connections until the listener is closed, then waits for every task to end.
 *
 * An accept that fails, for lack of descriptors or because the peer has left again, never ends the loop: it backs
 * off, longer each time in a row.
 */
export async function acceptConnections(
  listener: Listener,
  options: AcceptOptions,
): Promise<void> {
  let open = 0;
  let backoffMs = 1;
  const allEnded = Promise.withResolvers<void>();
  let isClosed = false;
  const ended = () => {
    open--;
    if (isClosed && open === 0) allEnded.resolve();
  };
  const failed = (error: unknown) => {
    options.onError(error);
    ended();
  };
  for (;;) {
    let conn: Conn;
    try {
      conn = await listener.accept();
      backoffMs = 1;
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
        break;
      }
      options.onError(error);
      await options.sleep(backoffMs);
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      continue;
    }
    const handler = open < options.maxConnections ? options.handle : options.refuse;
    open++;
    handler(conn).then(ended, failed);
  }
  isClosed = true;
  if (open > 0) await allEnded.promise;
}
