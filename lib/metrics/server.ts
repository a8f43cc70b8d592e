/**
 * The listener that Prometheus scrapes: its own, so that no visitor of the site reaches it. It speaks with the parts that
 * the site speaks with, one request a connection.
 */

import { acceptConnections } from "../1_accept.ts";
import { receiveHead } from "../2_receive.ts";
import { parseRequest } from "../3_parse.ts";
import { composeError, composeOwn, type ResponseContext } from "../5_compose.ts";
import { sendResponse } from "../6_send.ts";
import config from "../../deno.json" with { type: "json" };
import { codeOf, RequestError } from "../errors.ts";
import { HeadBuffer } from "../http/head_buffer.ts";
import type { Response } from "../http/message.ts";
import { DeadlineClock } from "../net/deadlines.ts";
import type { Conn } from "../net/listen.ts";
import { isPeerGone } from "../net/peer_gone.ts";
import { LIMITS } from "../options.ts";
import { newCounts, sumOf } from "./counts.ts";
import { exposition, EXPOSITION_TYPE } from "./exposition.ts";

/** Scrapers at once: real setups have two. */
const MAX_CONNECTIONS = 32;
const PATIENCE = { keepAliveTimeoutMs: 5_000, headTimeoutMs: 5_000 };

const encoder = new TextEncoder();

/** Gives an array to count into for each thread. */
export function openCounts(threads: number): readonly Float64Array[] {
  return Array.from({ length: threads }, newCounts);
}

/** A listener that answers scrapes. */
export interface MetricsServer {
  readonly address: Deno.NetAddr;
  close(): Promise<void>;
}

/** Starts to tell what was counted. Throws what `Deno.listen` throws. */
export function serveMetrics(
  counts: readonly Float64Array[],
  { hostname, port, onError }: {
    readonly hostname: string;
    readonly port: number;
    readonly onError: (error: unknown) => void;
  },
): MetricsServer {
  const listener = Deno.listen({ hostname, port });
  const clock = new DeadlineClock(performance.now());
  clock.run(() => Infinity);
  const scrapes = new Set<Scrape>();
  const startSeconds = (performance.timeOrigin ?? Date.now()) / 1000;
  let isClosing = false;
  const text = () => {
    const { rss, heapUsed } = Deno.memoryUsage();
    return exposition(sumOf(counts), {
      version: config.version,
      denoVersion: Deno.version.deno,
      startSeconds,
      residentBytes: rss,
      heapBytes: heapUsed,
    });
  };
  const finished = acceptConnections(listener, {
    async handle(conn) {
      const scrape = new Scrape(conn, clock);
      scrapes.add(scrape);
      await scrape.serve(text).finally(() => scrapes.delete(scrape));
    },
    refuse: (conn) => Promise.resolve(conn.close()),
    admit: (_, served) => served < MAX_CONNECTIONS,
    isStopping: () => isClosing,
    onFailure: (failure, error) => {
      if (failure === "lack") onError(`metrics: ${codeOf(error)}: cannot accept, trying on`);
    },
    onError,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  }).finally(() => clock.close());
  return {
    address: listener.addr as Deno.NetAddr,
    close() {
      isClosing = true;
      listener.close();
      for (const scrape of scrapes) scrape.deadlinePassed();
      return finished;
    },
  };
}

/** One connection, one request. */
class Scrape {
  readonly conn: Conn;
  readonly buffer = new HeadBuffer(LIMITS);
  readonly deadline;
  readonly stallMs = 5_000;
  readonly batch = null;

  constructor(conn: Conn, clock: DeadlineClock) {
    this.conn = conn;
    this.deadline = clock.add(this);
  }

  deadlinePassed(): void {
    try {
      this.conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // Closed before: fine.
    }
  }

  async serve(text: () => string): Promise<void> {
    try {
      const head = await receiveHead(this, PATIENCE);
      if (head !== null) await this.#send(answer(parseRequest(head), text));
    } catch (error) {
      if (isPeerGone(error)) return;
      if (!(error instanceof RequestError)) throw error;
      await this.#send(composeError(error, NO_PAGE, context())).catch(() => {});
    } finally {
      this.deadline.remove();
      this.deadlinePassed();
    }
  }

  async #send(response: Response): Promise<void> {
    const init = { file: null, now: () => performance.now(), mayWait: false };
    await sendResponse(this, response, init);
    await this.conn.closeWrite();
  }
}

const NO_PAGE = { page: null, method: null, requestTarget: null, tail: null };

function answer(request: ReturnType<typeof parseRequest>, text: () => string): Response {
  if (request.refusal !== null) throw request.refusal;
  if (request.path?.key !== "metrics") {
    throw new RequestError(404, "RFC 9110 §15.5.5", {
      detail: "Cannot find anything but /metrics",
    });
  }
  return composeOwn(
    request,
    { mediaType: EXPOSITION_TYPE, bytes: encoder.encode(text()) },
    context(),
  );
}

function context(): ResponseContext {
  return {
    nowMs: Date.now(),
    persistent: false,
    keepAliveTimeoutMs: 0,
    requestsLeft: 0,
    secret: "",
    fields: null,
  };
}
