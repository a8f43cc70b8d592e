/**
 * Traffic at a click: loads one file of the site several times, over several connections at once, as a browser or a
 * class would; and tells how long it took. It goes to the server that is watched, and to no other.
 */

import { RequestError } from "../errors.ts";
import { isPeerGone } from "../net/peer_gone.ts";
import type { Endpoint } from "../observer.ts";
import { connectTo } from "./composer.ts";
import { closeOnce } from "./socket.ts";

/** What is to be loaded. */
export interface TrafficOrder {
  /** The request target, such as `"/sample.txt"`. */
  readonly target: string;
  /** How many times. */
  readonly count: number;
  /** Over so many connections at once. */
  readonly connections: number;
  /** Only the first so many bytes of it, by `Range`; 0 is all. */
  readonly bytes: number;
}

/** What came of it. Times on the scale of `performance.now()`, in ms. */
export interface TrafficResult {
  readonly startMs: number;
  readonly endMs: number;
  /** How many responses had which status; 0 is of those that never came. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Responses that ended before all of their content was there. */
  readonly cutCount: number;
  /** Bytes of content that came. */
  readonly receivedBytes: number;
  /** Connections that it took in all: more than were asked for, if each is closed after a response. */
  readonly connectionCount: number;
  /** Whether the time was over before all was loaded. */
  readonly isUnfinished: boolean;
}

const MAX = { count: 100, connections: 50, bytes: 1_000_000_000 } as const;
/** Longest target, in characters; none of them is white space or more than ASCII. */
const TARGET = /^\/[!-~]{0,1999}$/;
/** All ends after this, in ms: the slowest rate of the experiments would need hours. */
const MAX_MS = 60_000;
/** Longest head of a response, in bytes. */
const MAX_HEAD_BYTES = 64 * 1024;

/** Reads what the page sent. @throws {RequestError} 400 for anything that is not exactly an order. */
export function parseTrafficOrder(value: unknown): TrafficOrder {
  const { target, count, connections, bytes } = (value ?? {}) as Record<
    keyof TrafficOrder,
    unknown
  >;
  const isGood = typeof target === "string" && TARGET.test(target) &&
    isFrom(1, count, MAX.count) && isFrom(1, connections, MAX.connections) &&
    isFrom(0, bytes, MAX.bytes);
  if (!isGood) {
    throw new RequestError(400, "RFC 9110 §15.5.1", {
      detail: `Cannot make such traffic: a path, at most ${MAX.count} times over at most ` +
        `${MAX.connections} connections`,
    });
  }
  return { target, count, connections, bytes };
}

function isFrom(min: number, value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

/** Servers that are being loaded: one load at a time can be measured. */
const busy = new WeakSet<Endpoint>();

/** Makes the traffic. Rejects if the server cannot be reached at all, or is being loaded already. */
export async function makeTraffic(place: Endpoint, order: TrafficOrder): Promise<TrafficResult> {
  if (busy.has(place)) {
    throw new RequestError(503, "RFC 9110 §15.6.4", {
      detail: "Cannot measure two loads at once: wait for the one that is under way",
    });
  }
  busy.add(place);
  try {
    return await new Load(place, order).run();
  } finally {
    busy.delete(place);
  }
}

type Conn = Deno.TcpConn | Deno.TlsConn;

/** One load. */
class Load {
  readonly #place: Endpoint;
  readonly #order: TrafficOrder;
  readonly #request: Uint8Array<ArrayBuffer>;
  readonly #open = new Set<Conn>();
  readonly #statuses: Record<string, number> = {};
  #begun = 0;
  #cutCount = 0;
  #receivedBytes = 0;
  #connectionCount = 0;
  #isUnfinished = false;

  constructor(place: Endpoint, order: TrafficOrder) {
    this.#place = place;
    this.#order = order;
    const { target, bytes } = order;
    const range = bytes === 0 ? "" : `Range: bytes=0-${bytes - 1}\r\n`;
    this.#request = new TextEncoder().encode(
      `GET ${target} HTTP/1.1\r\nHost: localhost:${place.port}\r\nUser-Agent: Vitrine X-ray\r\n` +
        `${range}\r\n`,
    );
  }

  async run(): Promise<TrafficResult> {
    const { count, connections } = this.#order;
    const timer = setTimeout(() => {
      this.#isUnfinished = true;
      for (const conn of this.#open) closeOnce(conn);
    }, MAX_MS);
    const startMs = performance.now();
    try {
      const lines = Array.from({ length: Math.min(count, connections) }, () => this.#loadInTurn());
      // A line that cannot connect ends, and only then is it told: no other is left behind.
      const failed = (await Promise.allSettled(lines)).find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
    } finally {
      clearTimeout(timer);
    }
    return {
      startMs,
      endMs: performance.now(),
      statuses: this.#statuses,
      cutCount: this.#cutCount,
      receivedBytes: this.#receivedBytes,
      connectionCount: this.#connectionCount,
      isUnfinished: this.#isUnfinished,
    };
  }

  /** One after another, on one connection for as long as that lasts. */
  async #loadInTurn(): Promise<void> {
    let reader: ResponseReader | null = null;
    try {
      while (this.#begun < this.#order.count && !this.#isUnfinished) {
        this.#begun++;
        reader ??= new ResponseReader(await this.#connect());
        const { statusCode, contentBytes, isWhole, persistent } = await reader.exchange(
          this.#request,
        );
        this.#statuses[statusCode] = (this.#statuses[statusCode] ?? 0) + 1;
        this.#receivedBytes += contentBytes;
        if (!isWhole) this.#cutCount++;
        if (persistent) continue;
        this.#close(reader.conn);
        reader = null;
      }
    } finally {
      if (reader !== null) this.#close(reader.conn);
    }
  }

  async #connect(): Promise<Conn> {
    const conn = await connectTo(this.#place);
    this.#connectionCount++;
    this.#open.add(conn);
    return conn;
  }

  #close(conn: Conn): void {
    this.#open.delete(conn);
    closeOnce(conn);
  }
}

/** What a response came to. */
interface Received {
  /** 0 if it never came. */
  readonly statusCode: number;
  readonly contentBytes: number;
  readonly isWhole: boolean;
  readonly persistent: boolean;
}

/** Reads responses of our own server, whose framing is known to be plain: RFC 9112 §6.3. */
class ResponseReader {
  readonly conn: Conn;
  readonly #buffer = new Uint8Array(64 * 1024);

  constructor(conn: Conn) {
    this.conn = conn;
  }

  async exchange(request: Uint8Array<ArrayBuffer>): Promise<Received> {
    let head = "";
    let contentBytes = 0;
    try {
      for (let at = 0; at < request.length;) at += await this.conn.write(request.subarray(at));
      let end = -1;
      while (end === -1 && head.length < MAX_HEAD_BYTES) {
        const count = await this.conn.read(this.#buffer);
        if (count === null) return received(head, 0);
        for (let i = 0; i < count; i++) head += String.fromCharCode(this.#buffer[i]);
        end = head.indexOf("\r\n\r\n");
      }
      contentBytes = head.length - (end + 4);
      head = head.slice(0, end + 4);
      const expected = lengthOf(head);
      while (contentBytes < expected) {
        const count = await this.conn.read(this.#buffer);
        if (count === null) break;
        contentBytes += count;
      }
    } catch (error) {
      if (!isPeerGone(error)) throw error; // Cut by an experiment, or by our own clock.
    }
    return received(head, contentBytes);
  }
}

function received(head: string, contentBytes: number): Received {
  const isHead = head.endsWith("\r\n\r\n");
  const isWhole = isHead && contentBytes >= lengthOf(head);
  return {
    statusCode: Number(/^HTTP\/1\.[01] (\d{3}) /.exec(head)?.[1] ?? 0),
    contentBytes,
    isWhole,
    persistent: isWhole && /^HTTP\/1\.1/.test(head) && !/\r\nConnection: close\r\n/i.test(head),
  };
}

/** RFC 9112 §6.3: 304 has no content, whatever it says of its length. */
function lengthOf(head: string): number {
  if (/^HTTP\/1\.[01] (?:204|304) /.test(head)) return 0;
  return Number(/\r\nContent-Length: (\d+)\r\n/i.exec(head)?.[1] ?? Infinity);
}
