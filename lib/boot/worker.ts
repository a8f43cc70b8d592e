/**
 * The module of each worker: a server like any other, on a port that it shares. Orders come from `workers.ts` on the
 * main thread; what the log has to say goes back there, in batches of whole lines, so that there is one log.
 *
 * A worker has the permissions of the main thread and no others: that is what Deno gives when nothing is said.
 */

import { type AccessLog, openAccessLog, type Streams } from "../log/access_log.ts";
import { descriptorsOfWorker } from "./descriptors.ts";
import { storyOf } from "../errors.ts";
import type { Options } from "../options.ts";
import { serve, type Server, type Share } from "../serve.ts";

/** What a worker needs to know to start. */
export interface Assignment {
  readonly kind: "start";
  /** With the port that the first worker has opened. */
  readonly options: Options;
  readonly share: Share;
  /** Whether the log may use terminal colours. */
  readonly colors: boolean;
  /** Name of a lock for the worker to hold. */
  readonly lock: string;
}

/** What the main thread tells a worker. */
export type Order = Assignment | { readonly kind: "shutdown" } | { readonly kind: "reload" };

/** What a worker tells the main thread. */
export type Report =
  | { readonly kind: "listening" }
  | { readonly kind: "log"; readonly stream: keyof Streams; readonly lines: Uint8Array }
  /** The last connection has ended; nothing follows. */
  | { readonly kind: "finished" }
  /** Something was thrown that nobody caught; nothing follows. */
  | { readonly kind: "died"; readonly reason: string };

/** The part of the Web Locks API that tells when a thread ends. Deno 2.9.6 has it, its types do not. */
export interface HasLocks {
  readonly locks: { request(name: string, granted: () => unknown): Promise<unknown> };
}

/** What a worker's `self` is. TypeScript knows that of the main thread alone. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(report: Report): void;
  close(): void;
};

let server: Server | undefined;
let log: AccessLog | undefined;

scope.onmessage = ({ data: order }) => {
  if (order.kind === "start") start(order);
  else if (order.kind === "shutdown") stop();
  else server?.reload(); // What it took is said by the main thread, which takes the same.
};
addEventListener("error", (event) => die(event, event.error));
addEventListener("unhandledrejection", (event) => die(event, event.reason));

function start({ options, share, colors, lock }: Assignment): void {
  // The system lets go of the lock when this thread ends, however it ends: that is how the main thread knows.
  (navigator as unknown as HasLocks).locks.request(lock, () => {
    log = openAccessLog(options.logFormat, colors, {
      lines: post("lines"),
      faults: post("faults"),
    });
    const { write, writeError, faultsOnly } = log;
    const descriptors = descriptorsOfWorker(options.root, share.count);
    server = serve({ ...options, share, log: write, onError: writeError, faultsOnly, descriptors });
    scope.postMessage({ kind: "listening" });
    return new Promise<never>(() => {});
  });
}

async function stop(): Promise<void> {
  await server?.shutdown();
  await end({ kind: "finished" });
}

/** Without this, Deno prints the error over many lines, in the midst of the log. */
function die(event: Event, error: unknown): void {
  event.preventDefault();
  end({ kind: "died", reason: storyOf(error) });
}

async function end(last: Report): Promise<void> {
  await log?.flush();
  scope.postMessage(last);
  scope.close();
}

function post(stream: keyof Streams) {
  return (lines: Uint8Array): Promise<number> => {
    scope.postMessage({ kind: "log", stream, lines });
    return Promise.resolve(lines.length);
  };
}
