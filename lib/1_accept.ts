/**
 * Step (i): create a connection socket when a client makes contact.
 *
 * In goes a listening socket, out comes one async task per connection, where the lab used a thread per client. No
 * task can take another down. What a task does with its connection is left to the handler it is given.
 */

/** Longest wait after an accept that failed, in ms: descriptors come back as connections end. */
const MAX_BACKOFF_MS = 1_000;

/** What {@linkcode acceptConnections} needs to know. */
export interface AcceptOptions {
  /** Serves one connection; rejects only by a mistake of ours. */
  readonly handle: (conn: Deno.TcpConn) => Promise<void>;
  /** Turns away a connection over the cap. */
  readonly refuse: (conn: Deno.TcpConn) => Promise<void>;
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
  listener: Deno.TcpListener,
  options: AcceptOptions,
): Promise<void> {
  const tasks = new Tasks(options.onError);
  let backoffMs = 1;
  for (;;) {
    let conn: Deno.TcpConn;
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
    if (tasks.served < options.maxConnections) tasks.addServed(options.handle(conn));
    else tasks.addRefused(options.refuse(conn));
  }
  await tasks.allEnded();
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
