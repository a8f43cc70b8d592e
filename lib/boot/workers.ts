/**
 * All cores: the main thread serves as ever, and further threads serve the same port beside it. The system spreads
 * new connections among them (SO_REUSEPORT, `socket(7)`); nothing else is shared but the log, which is written here.
 *
 * Since the main thread is the first worker, the port stays open while another worker is replaced, and what may go
 * wrong at the start goes wrong here, as with one thread. Linux spreads connections evenly, by a hash of both
 * addresses; macOS may give all of them to one worker; Windows has nothing of the kind.
 */

import type { AccessLog } from "../log/access_log.ts";
import { MAX_TIMER_MS } from "../net/deadlines.ts";
import { DEFAULT_OPTIONS, type Options } from "../options.ts";
import { serve, type ServeInit, type Server, type Share } from "../serve.ts";
import type { Assignment, HasLocks, Order, Report } from "./worker.ts";

/** Wait before a dead worker is replaced, in ms; twice as long each time in a row, as it may die of its start. */
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 30_000;
/** A worker that lived this long did not die of its start. */
const LONG_LIFE_MS = 10_000;
/** What a worker may take beyond the grace period, in ms, for its log to arrive. */
const LAST_WORDS_MS = 1_000;

/** In a bundle, the module of a worker lies beside it and is one as well; see the tasks `bundle` and `pack`. */
const IS_BUNDLE = !import.meta.url.endsWith(".ts");
const WORKER = IS_BUNDLE
  ? new URL("./worker.js", import.meta.url)
  : new URL("./worker.ts", import.meta.url);

/** What Deno has to be allowed to read for a worker to start: one file, or the folder that is the shortest name for all modules. */
export const WORKER_MODULES = IS_BUNDLE ? WORKER : new URL("..", import.meta.url);

/** What {@linkcode serveWithWorkers} needs beside what one thread needs. */
export interface WorkersInit {
  /** Threads in all, the main one included. */
  readonly count: number;
  /** Takes what the log of a worker has to say. */
  readonly relay: AccessLog["relay"];
  /** Whether the log may use terminal colours. */
  readonly colors: boolean;
}

/**
 * Tells how many threads to serve with.
 *
 * @throws {Deno.errors.NotSupported} More than one, on Windows.
 */
export function countWorkers(
  wanted: Options["workers"],
  os: typeof Deno.build.os,
  cores: number,
): number {
  if (wanted === "auto") return os === "windows" ? 1 : cores;
  if (wanted > 1 && os === "windows") throw new Deno.errors.NotSupported("SO_REUSEPORT");
  return wanted;
}

/**
 * Starts serving as `serve()` does, and throws its errors. Resolves when all workers listen. Whom another machine has
 * reached first is told by the main thread alone, so it may be told later than with one thread.
 */
export function serveWithWorkers(
  init: Omit<ServeInit, "signal" | "share">,
  { count, relay, colors }: WorkersInit,
): Promise<Server> {
  const connections = new BigInt64Array(
    new SharedArrayBuffer(count * BigInt64Array.BYTES_PER_ELEMENT),
  );
  const live = {
    serverId: crypto.randomUUID(),
    changes: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
  };
  const shareOf = (index: number): Share => ({ index, count, connections, live });
  const first = serve({ ...init, share: shareOf(0) });
  const { log: _log, faultsOnly: _faultsOnly, onVisitor: _onVisitor, ...settings } = init;
  const { onError = console.error, descriptors: _descriptors, ...given } = settings;
  const options = { ...DEFAULT_OPTIONS, ...given, port: first.address.port };
  const posts = Array.from(
    { length: count - 1 },
    (_, i) =>
      new Post({ kind: "start", options, share: shareOf(i + 1), colors, lock: "" }, {
        relay,
        onError,
      }),
  );
  const finished = Promise.all([first.finished, ...posts.map((post) => post.finished)]).then(
    () => {},
  );
  const server: Server = {
    address: first.address,
    finished,
    shutdown() {
      first.shutdown();
      for (const post of posts) post.shutdown();
      return finished;
    },
    reload() {
      for (const post of posts) post.reload();
      return first.reload();
    },
  };
  return Promise.all(posts.map((post) => post.ready)).then(() => server);
}

/** Who has a post, and what it is waiting for. */
type Tenure =
  | { readonly kind: "taken"; readonly worker: Worker; readonly startedMs: number }
  /** Between two workers. */
  | { readonly kind: "vacant"; readonly timer: Timer }
  /** Its worker was told to stop. */
  | { readonly kind: "ending"; readonly worker: Worker; readonly timer: Timer }
  | { readonly kind: "over" };

type Timer = ReturnType<typeof setTimeout>;

/** What a {@linkcode Post} passes on, and to whom. */
interface Listeners {
  readonly relay: AccessLog["relay"];
  readonly onError: (error: unknown) => void;
}

/** The post of one worker: when the worker that has it dies, another one takes it. */
class Post {
  readonly #assignment: Assignment;
  readonly #listeners: Listeners;
  readonly #ready = Promise.withResolvers<void>();
  readonly #finished = Promise.withResolvers<void>();
  #backoffMs = MIN_BACKOFF_MS;
  #tenure: Tenure;

  constructor(assignment: Assignment, listeners: Listeners) {
    this.#assignment = assignment;
    this.#listeners = listeners;
    this.#tenure = this.#hire();
  }

  /** Resolves when the first worker listens or has failed to. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves when the last worker has ended after a shutdown. Never rejects. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  shutdown(): void {
    const tenure = this.#tenure;
    if (tenure.kind === "vacant") {
      clearTimeout(tenure.timer);
      this.#close();
    } else if (tenure.kind === "taken") {
      const { worker } = tenure;
      tell(worker, { kind: "shutdown" });
      const { drainMs, graceMs } = this.#assignment.options;
      const patienceMs = Math.min(drainMs + graceMs + LAST_WORDS_MS, MAX_TIMER_MS);
      const timer = setTimeout(() => this.#end(worker, "It did not stop in time"), patienceMs);
      this.#tenure = { kind: "ending", worker, timer };
    }
  }

  /** One that starts just now takes all as it is anyway. */
  reload(): void {
    if (this.#tenure.kind === "taken") tell(this.#tenure.worker, { kind: "reload" });
  }

  #close(): void {
    this.#tenure = { kind: "over" };
    this.#finished.resolve();
  }

  #hire(): Tenure {
    const lock = `vitrine-worker-${crypto.randomUUID()}`;
    const worker = new Worker(WORKER, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Report>) => this.#hear(data, worker, lock);
    worker.onerror = (event) => { // Its modules could not be loaded.
      event.preventDefault();
      this.#end(worker, event.message);
    };
    tell(worker, { ...this.#assignment, lock });
    return { kind: "taken", worker, startedMs: performance.now() };
  }

  #hear(report: Report, worker: Worker, lock: string): void {
    switch (report.kind) {
      case "listening":
        this.#ready.resolve();
        // Ours when the worker has ended; what it said before that may still be on its way.
        (navigator as unknown as HasLocks).locks.request(lock, () => {
          setTimeout(() => this.#end(worker, "It ended without a word"), MIN_BACKOFF_MS);
        });
        break;
      case "log":
        this.#listeners.relay(report.stream, report.lines);
        break;
      case "finished":
        this.#end(worker, "It was not told to");
        break;
      case "died":
        this.#end(worker, report.reason);
        break;
    }
  }

  #end(worker: Worker, reason: string): void {
    const tenure = this.#tenure;
    if (!("worker" in tenure) || tenure.worker !== worker) return; // Heard in two ways.
    worker.terminate();
    this.#ready.resolve();
    if (tenure.kind === "ending") {
      clearTimeout(tenure.timer);
      return this.#close();
    }
    if (performance.now() - tenure.startedMs > LONG_LIFE_MS) this.#backoffMs = MIN_BACKOFF_MS;
    const { index } = this.#assignment.share;
    this.#listeners.onError(
      `worker ${index + 1} died, another one starts in ${this.#backoffMs / 1000} s: ${reason}`,
    );
    const timer = setTimeout(() => this.#tenure = this.#hire(), this.#backoffMs);
    this.#tenure = { kind: "vacant", timer };
    this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS);
  }
}

function tell(worker: Worker, order: Order): void {
  worker.postMessage(order);
}
