/**
 * What a viewer is told, as Server-Sent Events. A viewer pulls: when its socket has taken the last report, the next is
 * made of what the recorder has by then. So a slow viewer gets fewer, and never makes anything wait or pile up.
 */

import {
  type ServerSentEventMessage,
  ServerSentEventStream,
} from "@std/http/server-sent-event-stream";
import { addressIn } from "./clients.ts";
import type { ConnectionTrace } from "./connection_trace.ts";
import { type Summary, summaryOf } from "./detail.ts";
import type { Experiments } from "./experiments.ts";
import type { Role } from "./guard.ts";
import { MAX_TRACES, type Recorder, type Second } from "./recorder.ts";
import { sleep } from "./socket.ts";

/** How often a viewer is told at most, in ms. */
const TICK_MS = 100;
/** Requests and connections in one report. */
const MAX_ENDED = 250;
const MAX_UNDER_WAY = 250;
const MAX_CONNECTIONS = 250;
/** How soon a browser tries again when the stream ends, in ms. */
const RETRY_MS = 1_000;

/** A connection as the page knows it. */
export interface Lane {
  readonly number: number;
  readonly peer: string;
  readonly openMs: number;
  /** 0 while it is open. */
  readonly closeMs: number;
  /** Requests on it that were only counted: a lane without blocks need not be idle. */
  readonly skipped: number;
  /** Whose it is: a number for each client address, from 1, and its name, or its address if it has none. */
  readonly client: number;
  readonly clientName: string;
}

/** What happened since the report before. */
export interface Report {
  /** Which run of the server; another one starts everything over. */
  readonly run: string;
  /** The present, on the server's scale. */
  readonly nowMs: number;
  readonly root: string;
  readonly port: number;
  /** Whether the site is served over TLS. */
  readonly secure: boolean;
  /** Port of the X-ray itself, by which the page finds the address of the site behind a proxy. */
  readonly xrayPort: number;
  /** What this viewer may do. */
  readonly role: Role | "learn";
  readonly ended: readonly Summary[];
  /** The place of the first of them among all that were kept, from 0. */
  readonly endedFrom: number;
  readonly underWay: readonly Summary[];
  /** How many there are, told or not. */
  readonly underWayCount: number;
  readonly lanes: readonly Lane[];
  readonly seconds: readonly Second[];
  readonly experiments: Experiments;
  /** All requests so far, and those of them that were kept. */
  readonly seenCount: number;
  readonly keptCount: number;
  /** One of this many requests is kept now. */
  readonly every: number;
  /** Of those that were kept, the last so many still are: the page has the same, whenever it was opened. */
  readonly maxKept: number;
}

/** Who looks, and at which run of the server. */
export interface ViewerInit {
  readonly run: string;
  readonly role: Role;
  readonly xrayPort: number;
}

/** One viewer's place in what there is to tell. */
export class Viewer {
  readonly #recorder: Recorder;
  readonly #init: ViewerInit;
  #kept = 0;
  #version = 0;
  #secondMs = 0;
  /** Requests that were only counted, in all and on each connection, as this viewer was told last. */
  #skippedCount = 0;
  readonly #skipped = new WeakMap<ConnectionTrace, number>();

  /** @param lastEventId What a browser that comes back had last; null at its first visit. */
  constructor(recorder: Recorder, init: ViewerInit, lastEventId: string | null) {
    this.#recorder = recorder;
    this.#init = init;
    const [lastRun, kept, secondMs] = (lastEventId ?? "").split("/");
    if (lastRun !== init.run || !/^\d+$/.test(kept ?? "")) return;
    this.#kept = Math.min(Number(kept), recorder.keptCount);
    this.#secondMs = Number(secondMs) || 0;
  }

  /** Where this viewer is, for `Last-Event-ID`. */
  get id(): string {
    return `${this.#init.run}/${this.#kept}/${this.#secondMs}`;
  }

  /** Makes the next report. */
  next(nowMs: number): Report {
    const recorder = this.#recorder;
    const left = recorder.tracesSince(this.#kept);
    const endedFrom = recorder.keptCount - left.length;
    const ended = left.slice(0, MAX_ENDED); // The rest comes with the next report.
    this.#kept = endedFrom + ended.length;
    const underWay = recorder.tracesUnderWay();
    const seconds = recorder.seconds.filter((second) => second.atMs > this.#secondMs);
    this.#secondMs = seconds.at(-1)?.atMs ?? this.#secondMs;
    return {
      ...this.#init,
      nowMs,
      root: recorder.place?.root ?? "",
      port: recorder.place?.port ?? 0,
      secure: recorder.place?.certificate != null,
      ended: ended.map(summaryOf),
      endedFrom,
      underWay: underWay.slice(0, MAX_UNDER_WAY).map(summaryOf),
      underWayCount: underWay.length,
      lanes: this.#lanes(),
      seconds,
      experiments: recorder.experiments,
      seenCount: recorder.seenCount,
      keptCount: recorder.keptCount,
      every: recorder.every,
      maxKept: MAX_TRACES,
    };
  }

  /** Connections that changed since the last report, in the order in which they did; what is too many comes with the next. */
  #lanes(): Lane[] {
    const { clients, connections, version, skippedCount } = this.#recorder;
    if (version === this.#version && skippedCount === this.#skippedCount) return [];
    const all = [...connections.values()];
    const changed = all.filter((lane) => lane.version > this.#version)
      .filter(({ isShown }) => isShown)
      .sort((a, b) => a.version - b.version)
      .slice(0, MAX_CONNECTIONS);
    const since = this.#version;
    this.#version = changed.at(-1)?.version ?? version;
    const busy = all.filter((lane) =>
      lane.version <= since && lane.skipped !== (this.#skipped.get(lane) ?? 0)
    );
    const told = [...changed, ...busy].slice(0, MAX_CONNECTIONS);
    if (changed.length + busy.length === told.length) this.#skippedCount = skippedCount;
    for (const lane of told) this.#skipped.set(lane, lane.skipped);
    return told.map(({ number, peer, openMs, closeMs, skipped }) => ({
      number,
      peer: clients.shownPeer(peer),
      openMs,
      closeMs,
      skipped,
      client: clients.numberOf(addressIn(peer)),
      clientName: clients.labelOf(addressIn(peer)),
    }));
  }
}

/** The stream of a viewer's events, as bytes; endless. */
export function eventsFor(viewer: Viewer, stopped: AbortSignal): ReadableStream<Uint8Array> {
  let isFirst = true;
  const messages = new ReadableStream<ServerSentEventMessage>({
    async pull(controller) {
      if (!isFirst) await sleep(TICK_MS);
      if (stopped.aborted) return controller.close();
      const data = JSON.stringify(viewer.next(performance.now()));
      controller.enqueue({
        event: "report",
        data,
        id: viewer.id,
        ...(isFirst ? { retry: RETRY_MS } : {}),
      });
      isFirst = false;
    },
  }, { highWaterMark: 0 });
  return messages.pipeThrough(new ServerSentEventStream());
}
