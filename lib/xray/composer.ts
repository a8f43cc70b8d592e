/** The composer: sends bytes that somebody typed to the server that is watched, and to no other, and tells what came. */

import { RequestError } from "../errors.ts";
import type { Place } from "../observer.ts";
import { sleep } from "./socket.ts";

/** Bytes to send, and how long to wait before, in ms. */
interface Portion {
  readonly waitMs: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the page sent, read. */
export type Composition = readonly Portion[];

/** What came of it. Bytes are in base64; times in ms since the connection was made. */
export interface Exchange {
  /** Our port: the peer of the connection in the lanes. */
  readonly peer: string;
  readonly sent: readonly { readonly atMs: number; readonly bytes: string }[];
  readonly received: readonly { readonly atMs: number; readonly bytes: string }[];
  /** How it ended. */
  readonly end: "closed by the server" | "silent for a while" | "enough" | "reset";
}

const MAX_PORTIONS = 64;
const MAX_WAIT_MS = 3_000;
/** Bytes that are sent, and bytes of the answer that are shown. */
const MAX_SENT_BYTES = 256 * 1024;
const MAX_RECEIVED_BYTES = 256 * 1024;
/** After this long without a byte, in ms, the server is taken to wait for us. */
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

/** Sends a composition and reads the answer, until the server closes or says nothing more. */
export async function exchange(place: Place, composition: Composition): Promise<Exchange> {
  const conn = await Deno.connect({ hostname: loopbackOf(place.hostname), port: place.port });
  const startMs = performance.now();
  const { hostname, port } = conn.localAddr;
  const sent: { atMs: number; bytes: string }[] = [];
  const received: { atMs: number; bytes: string }[] = [];
  const state = { end: "silent for a while" as Exchange["end"], lastMs: startMs, sending: true };
  const reading = readAll(conn, received, state, startMs);
  try {
    for (const { waitMs, bytes } of composition) {
      if (waitMs > 0) await sleep(waitMs);
      state.lastMs = performance.now();
      sent.push({ atMs: state.lastMs - startMs, bytes: toBase64(bytes) });
      for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
    }
  } catch {
    // The server has closed already: what it said before is what is of interest.
  }
  state.sending = false;
  await reading;
  const peer = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  return { peer, sent, received, end: state.end };
}

async function readAll(
  conn: Deno.TcpConn,
  received: { atMs: number; bytes: string }[],
  state: { end: Exchange["end"]; lastMs: number; sending: boolean },
  startMs: number,
): Promise<void> {
  const watch = setInterval(() => {
    const nowMs = performance.now();
    const isSilent = !state.sending && nowMs - state.lastMs > SILENCE_MS;
    if (isSilent || nowMs - startMs > MAX_MS) conn.close();
  }, 100);
  const buffer = new Uint8Array(16 * 1024);
  let total = 0;
  try {
    for (;;) {
      const count = await conn.read(buffer);
      state.lastMs = performance.now();
      if (count === null) state.end = "closed by the server";
      if (count === null) break;
      received.push({ atMs: state.lastMs - startMs, bytes: toBase64(buffer.subarray(0, count)) });
      total += count;
      if (total >= MAX_RECEIVED_BYTES) state.end = "enough";
      if (total >= MAX_RECEIVED_BYTES) break;
    }
  } catch (error) {
    // Closed by the watch above, or reset by the server.
    if (error instanceof Deno.errors.ConnectionReset) state.end = "reset";
  }
  clearInterval(watch);
  try {
    conn.close();
  } catch {
    // Closed before.
  }
}

/** An address of this machine at which a listener on `hostname` is reached. */
function loopbackOf(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
