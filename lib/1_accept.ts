/**
 * Step (i): create a connection socket when a client makes contact.
 *
 * In goes a listening socket, out comes one async task per connection, where the lab used a thread per client: each
 * `await` in a task is where the others have their turn. Three browsers that come at once:
 *
 *     accept() -> conn 1 -> handle(conn 1) starts     the loop does not wait for it to end
 *     accept() -> conn 2 -> handle(conn 2) starts
 *     accept() -> NotConnected                        the third closed abruptly (TCP RST): counted, and on it goes
 *
 * What goes wrong: an accept that fails (`FAILURES` says what each error means), a task that fails (told to `onError`, and the others
 * go on), and more connections than we take, which are handed to `refuse`. What a task does with its connection
 * is left to the handler it is given.
 */

import { codeOf } from "./errors.ts";
import { plainAddress } from "./net/lan.ts";
import type { Conn, Listener } from "./net/listen.ts";

/** Longest wait after an accept that failed because the system ran out of something, in ms: descriptors come back as connections end. */
const MAX_BACKOFF_MS = 100;

/** What {@linkcode acceptConnections} needs to know. */
export interface AcceptOptions {
  /** Serves one connection; rejects only by a mistake of ours. */
  readonly handle: (conn: Conn) => Promise<void>;
  /** Turns away a connection that is not admitted. */
  readonly refuse: (conn: Conn) => Promise<void>;
  /** Whether a connection may be served, beside those that are. */
  readonly admit: (conn: Conn, served: number) => boolean;
  /** What to wait for before the next one is accepted; null, or left out, if there is nothing. */
  readonly room?: () => Promise<void> | null;
  /** Whether the listener was closed by us. */
  readonly isStopping: () => boolean;
  /** Told of each accept that failed. Peers can cause that as often as they like, so it should count and no more. */
  readonly onFailure: (failure: Exclude<Failure, "closed">, error: unknown) => void;
  /** Told of each mistake of ours. */
  readonly onError: (error: unknown) => void;
  /** Waits, in ms; an argument so that tests need no clock. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** What an accept that failed means. */
export type Failure =
  /** The peer's doing, or nobody's: the next one may succeed at once, and a peer must never make us wait. */
  | "peer"
  /** The system lacks something, and trying on at once would only burn time. */
  | "lack"
  /** There is no listening socket any more. */
  | "closed";

/**
 * What each class of error means, by the codes of the system where Deno 2.9.6 has no class. accept(2) says of network
 * errors of a connection that waits: try again, as if none had come.
 */
const FAILURES = [
  // Class of Deno, or code, what it means, why
  [Deno.errors.BadResource, "closed", "the listener was closed"],
  [
    Deno.errors.NotConnected,
    "peer",
    "it has reset the connection before Deno asked for its address",
  ],
  [Deno.errors.ConnectionReset, "peer", "it has reset the connection"],
  [Deno.errors.ConnectionAborted, "peer", "the same, while it waited in the queue"],
  [Deno.errors.BrokenPipe, "peer", "the same"],
  [Deno.errors.TimedOut, "peer", "its network is gone: accept(2)"],
  [Deno.errors.NetworkUnreachable, "peer", "its network is gone: accept(2)"],
  [Deno.errors.UnexpectedEof, "peer", "it has left its TLS handshake"],
  [Deno.errors.InvalidData, "peer", "what it said was no TLS"],
  [Deno.errors.Interrupted, "peer", "EINTR: a signal came, and nothing else happened"],
  [Deno.errors.PermissionDenied, "peer", "EPERM: a firewall forbids this connection: accept(2)"],
  ["EPROTO", "peer", "a fault of its protocol: accept(2)"],
  ["EHOSTUNREACH", "peer", "its network is gone: accept(2)"],
  ["EHOSTDOWN", "peer", "its network is gone: accept(2)"],
  ["ENETDOWN", "peer", "its network is gone: accept(2)"],
  ["ENONET", "peer", "its network is gone: accept(2)"],
  ["ENOPROTOOPT", "peer", "a fault of its protocol: accept(2)"],
  ["EOPNOTSUPP", "peer", "a fault of its protocol: accept(2)"],
  ["EINVAL", "peer", "macOS: it has left before its address was asked for"],
  ["EMFILE", "lack", "no descriptor is left to us"],
  ["ENFILE", "lack", "no descriptor is left to anybody"],
  ["ENOBUFS", "lack", "no memory is left to sockets"],
  ["ENOMEM", "lack", "no memory is left"],
] as const satisfies readonly (readonly [unknown, Failure, string])[];

/** What an error of accept means; one that nobody foresaw is a lack: it is told, and is no reason to spin. */
export function failureOf(error: unknown): Failure {
  const code = codeOf(error);
  const row = FAILURES.find(([key]) =>
    typeof key === "string" ? key === code : error instanceof key
  );
  return row?.[1] ?? "lack";
}

/**
 * Accepts connections until the listener is closed, then waits for every task to end. An accept that fails never ends
 * the loop: what a peer did is counted, and for what the system lacks it waits, longer each time in a row.
 */
export async function acceptConnections(
  listener: Listener,
  options: AcceptOptions,
): Promise<void> {
  const tasks = new Tasks(options.onError);
  let backoffMs = 1;
  for (;;) {
    let conn: Conn;
    const room = options.room?.() ?? null;
    if (room !== null) await room;
    try {
      conn = await listener.accept();
      backoffMs = 1;
    } catch (error) {
      const failure = failureOf(error);
      if (options.isStopping() || failure === "closed") break;
      options.onFailure(failure, error);
      if (failure === "peer") continue;
      await options.sleep(backoffMs);
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      continue;
    }
    namePlainly(conn.remoteAddr as Deno.NetAddr);
    if (options.admit(conn, tasks.served)) tasks.addServed(begin(conn, options.handle));
    else tasks.addRefused(begin(conn, options.refuse));
  }
  await tasks.allEnded();
}

/**
 * Lets all that follows, from slots to the log, know a peer of IPv4 by its own address where a socket takes both families.
 * Deno gives one object for as long as a connection lives.
 */
function namePlainly(peer: Deno.NetAddr): void {
  peer.hostname = plainAddress(peer.hostname);
}

/** Starts a task. One that fails before it has begun fails as all others do, and leaves no connection behind. */
function begin(conn: Conn, task: AcceptOptions["handle"]): Promise<void> {
  try {
    return task(conn);
  } catch (error) {
    conn.close();
    return Promise.reject(error);
  }
}

/** Counts tasks. Its handlers are shared by all of them: closures of their own would cost each a few hundred bytes. */
class Tasks {
  /** Connections that are served. Refused ones are not counted: they would keep others out while they linger. */
  served = 0;
  #refused = 0;
  readonly #onError: (error: unknown) => void;
  readonly #ended = Promise.withResolvers<void>();
  #isLast = false;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  addServed(task: Promise<void>): void {
    this.served++;
    task.then(this.#endServed, this.#failServed);
  }

  addRefused(task: Promise<void>): void {
    this.#refused++;
    task.then(this.#endRefused, this.#failRefused);
  }

  /** No more tasks come: waits for those that are there. */
  allEnded(): Promise<void> {
    this.#isLast = true;
    this.#check();
    return this.#ended.promise;
  }

  readonly #endServed = (): void => {
    this.served--;
    this.#check();
  };

  readonly #failServed = (error: unknown): void => {
    this.#onError(error);
    this.#endServed();
  };

  readonly #endRefused = (): void => {
    this.#refused--;
    this.#check();
  };

  readonly #failRefused = (error: unknown): void => {
    this.#onError(error);
    this.#endRefused();
  };

  #check(): void {
    if (this.#isLast && this.served + this.#refused === 0) this.#ended.resolve();
  }
}
