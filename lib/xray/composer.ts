/** The composer: sends bytes that somebody typed to the server that is watched, and to no other, and tells what came. */

import { codeOf, RequestError } from "../errors.ts";
import { isPeerGone } from "../net/peer_gone.ts";
import type { Endpoint } from "../observer.ts";
import { closeOnce, hostAndPort, sleep, unlessGone } from "./socket.ts";

/** Bytes to send, and how long to wait before, in ms. */
interface Portion {
  readonly waitMs: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the page sent, read. */
export type Composition = readonly Portion[];

/** Bytes that passed, in base64, and when: in ms since the connection was made. */
export interface TimedBytes {
  readonly atMs: number;
  readonly bytes: string;
}

/** What came of it. */
export interface Outcome {
  /** Our address: the peer of the connection in the lanes. */
  readonly peer: string;
  readonly sent: readonly TimedBytes[];
  readonly received: readonly TimedBytes[];
  /** How it ended. */
  readonly end: "closed by the server" | "silent for a while" | "enough" | "reset";
}

const MAX_PORTIONS = 64;
const MAX_WAIT_MS = 3_000;
/** Bytes that are sent, and bytes of the answer that are shown. */
const MAX_SENT_BYTES = 256 * 1024;
const MAX_RECEIVED_BYTES = 256 * 1024;
/** After this long without a byte, in ms, the server is believed to wait for us. */
const SILENCE_MS = 1_500;
/** A composition ends after this, in ms. */
const MAX_MS = 30_000;

/** Reads what the page sent: a list of pairs, a wait in ms and text of one character per byte. */
export function parseComposition(value: unknown): Composition {
  if (!Array.isArray(value) || value.length > MAX_PORTIONS) throw unreadable();
  let total = 0;
  return value.map((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw unreadable();
    const [waitMs, text] = pair as unknown[];
    if (typeof waitMs !== "number" || !(waitMs >= 0 && waitMs <= MAX_WAIT_MS)) throw unreadable();
    if (typeof text !== "string" || (total += text.length) > MAX_SENT_BYTES) throw unreadable();
    return { waitMs, bytes: Uint8Array.from(text, (character) => character.charCodeAt(0)) };
  });
}

function unreadable(): RequestError {
  return new RequestError(400, "RFC 9110 §15.5.1", { detail: "Cannot read the composition" });
}

/**
 * Sends a composition and reads the answer, until the server closes or says nothing more. Rejects if the server cannot
 * be reached, or if its certificate has expired.
 */
export async function sendComposition(place: Endpoint, composition: Composition): Promise<Outcome> {
  const conn = await connectTo(place);
  const { hostname, port } = conn.localAddr;
  const dialogue = new Dialogue(conn);
  try {
    await Promise.all([dialogue.send(composition), dialogue.receive()]);
  } finally {
    closeOnce(conn);
  }
  const { sent, received, end } = dialogue;
  return { peer: hostAndPort(hostname, port), sent, received, end };
}

/**
 * Connects as a browser would, with TLS where the server wants it. Whom we reach is known, as it is this very process; so
 * its own certificate is what we trust, whatever names are in it.
 */
export async function connectTo(
  { hostname, port, certificate }: Endpoint,
): Promise<Deno.TcpConn | Deno.TlsConn> {
  const conn = await connect(loopbackOf(hostname), port);
  if (certificate === null) return conn;
  const options = {
    hostname: "localhost",
    caCerts: [certificate],
    unsafelyDisableHostnameVerification: true,
  };
  const secured = await Deno.startTls(conn, options);
  try {
    await secured.handshake();
    return secured;
  } catch (error) {
    closeOnce(secured);
    const why = error instanceof Error ? error.message : String(error);
    throw new RequestError(502, "RFC 9110 §15.6.3", {
      detail: `Cannot speak TLS to the server: ${why}`,
    });
  }
}

/** Connects, or says in words that are for the page why not: that is no mistake of ours. */
async function connect(hostname: string, port: number): Promise<Deno.TcpConn> {
  try {
    return await Deno.connect({ hostname, port });
  } catch (error) {
    const to = hostAndPort(hostname, port);
    if (error instanceof Deno.errors.NotCapable) {
      throw new RequestError(403, "RFC 9110 §15.5.4", {
        detail: `Cannot connect to ${to}: the sandbox lets Vitrine listen and not connect. ` +
          "Start it with --allow-net, or with that address in its list",
      });
    }
    if (codeOf(error) === "ECONNREFUSED") {
      throw new RequestError(502, "RFC 9110 §15.6.3", {
        detail: `Cannot connect to ${to}: nobody listens there any more`,
      });
    }
    throw error;
  }
}

/** One connection to the server, on which both sides may speak at once. */
class Dialogue {
  readonly sent: TimedBytes[] = [];
  readonly received: TimedBytes[] = [];
  end: Outcome["end"] = "silent for a while";
  readonly #conn: Deno.TcpConn | Deno.TlsConn;
  readonly #startMs = performance.now();
  /** When a byte passed last. */
  #lastMs = this.#startMs;
  #isSending = true;

  constructor(conn: Deno.TcpConn | Deno.TlsConn) {
    this.#conn = conn;
  }

  /** Sends all, or as much as the server takes: what it said before it closed is what is of interest. */
  async send(composition: Composition): Promise<void> {
    await unlessGone(this.#sendAll(composition));
    this.#isSending = false;
  }

  async #sendAll(composition: Composition): Promise<void> {
    for (const { waitMs, bytes } of composition) {
      if (waitMs > 0) await sleep(waitMs);
      this.#note(this.sent, bytes);
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    }
  }

  /** Receives until there is no more, or enough. */
  async receive(): Promise<void> {
    const watch = setInterval(() => this.#endIfSilent(), 100);
    try {
      await this.#receiveAll();
    } catch (error) {
      // Closed by the watch, or reset by the server.
      if (!isPeerGone(error)) throw error;
      if (error instanceof Deno.errors.ConnectionReset) this.end = "reset";
    } finally {
      clearInterval(watch);
      closeOnce(this.#conn);
    }
  }

  async #receiveAll(): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    for (let total = 0; total < MAX_RECEIVED_BYTES;) {
      const count = await this.#conn.read(buffer);
      if (count === null) {
        this.end = "closed by the server";
        return;
      }
      this.#note(this.received, buffer.subarray(0, count));
      total += count;
    }
    this.end = "enough";
  }

  #note(list: TimedBytes[], bytes: Uint8Array): void {
    this.#lastMs = performance.now();
    list.push({ atMs: this.#lastMs - this.#startMs, bytes: bytes.toBase64() });
  }

  #endIfSilent(): void {
    const nowMs = performance.now();
    const isSilent = !this.#isSending && nowMs - this.#lastMs > SILENCE_MS;
    if (isSilent || nowMs - this.#startMs > MAX_MS) closeOnce(this.#conn);
  }
}

/** An address of this machine at which a listener on `hostname` is reached. */
function loopbackOf(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}
