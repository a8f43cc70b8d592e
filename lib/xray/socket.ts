/**
 * The socket that a connection gets in place of its own while X-ray is on: it reports what passes, and it is where
 * the experiments with bytes are made. The six steps cannot tell it from a real one.
 */

import { type Experiments, NORMAL } from "./experiments.ts";
import { isPeerGone } from "../net/peer_gone.ts";
import type { Socket } from "../observer.ts";

/** Told of what passes through a socket. */
export interface SocketWatcher {
  readonly experiments: Experiments;
  /** The request under way; null if it is not kept, as nobody will ask when its bytes were sent. */
  readonly current: unknown;
  /** Bytes of the response under way that were sent; null when none is under way. */
  readonly responseBytes: number | null;
  /** About to wait for bytes. Gives a promise if an experiment blocks this. */
  reading(): Promise<void> | null;
  /** Bytes have arrived. Gives a promise if they are to wait until it is their turn to be received. */
  turn(): Promise<void> | null;
  read(count: number): void;
  /** @param bytes What was to be sent: the first `count` of them were. */
  wrote(bytes: Uint8Array, count: number): void;
}

/** How often a second a limited connection sends. */
const PORTIONS_PER_SECOND = 10;
/** Position of the minor version in `HTTP/1.1`. */
const MINOR_AT = 7;

const NOTHING = new Uint8Array(0);

/** A socket with a watcher. */
export class WatchedSocket implements Socket {
  readonly #socket: Socket;
  readonly #watcher: SocketWatcher;
  /** What is being written: one write at a time. */
  #writing: Uint8Array = NOTHING;

  readonly #tellRead = (count: number | null): number | null | Promise<number> => {
    if (count === null) return null;
    const turn = this.#watcher.turn();
    if (turn !== null) return this.#tellInTurn(count, turn);
    this.#watcher.read(count);
    return count;
  };
  readonly #tellWritten = (count: number): number => {
    this.#watcher.wrote(this.#writing, count);
    return count;
  };

  constructor(socket: Socket, watcher: SocketWatcher) {
    this.#socket = socket;
    this.#watcher = watcher;
  }

  get remoteAddr(): Deno.NetAddr {
    return this.#socket.remoteAddr;
  }

  // Neither is async, and no function is made for a call: what a busy server does most must cost least.
  read(bytes: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const held = this.#watcher.reading();
    if (held !== null) return held.then(() => this.read(bytes));
    return this.#socket.read(bytes).then(this.#tellRead);
  }

  /** The bytes are here, but to the server they are as far away as those that no serial server has accepted yet. */
  async #tellInTurn(count: number, turn: Promise<void>): Promise<number> {
    await turn;
    this.#watcher.read(count);
    return count;
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    const { experiments, responseBytes, current } = this.#watcher;
    if (current === null && experiments === NORMAL) return this.#socket.write(bytes);
    this.#writing = bytes;
    const written = experiments === NORMAL || responseBytes === null
      ? this.#socket.write(bytes)
      : this.#writeUnder(experiments, bytes, responseBytes);
    return written.then(this.#tellWritten);
  }

  get handshake(): Socket["handshake"] {
    const socket = this.#socket;
    return socket.handshake === undefined ? undefined : () => socket.handshake!();
  }

  close(): void {
    this.#socket.close();
  }

  setNoDelay(): void {
    this.#socket.setNoDelay?.();
  }

  closeWrite(): Promise<void> {
    return this.#socket.closeWrite();
  }

  /** Sends less than asked for, later than asked for, or something else, as the experiments want. */
  async #writeUnder(
    { stepMs, bytesPerSecond, cutAfterBytes, protocol }: Experiments,
    wanted: Uint8Array<ArrayBuffer>,
    sent: number,
  ): Promise<number> {
    let bytes = wanted;
    if (sent === 0 && stepMs > 0) await sleep(stepMs);
    if (sent === 0 && protocol === "http10") {
      bytes = bytes.slice(); // The response itself may be shared with others.
      bytes[MINOR_AT] = 0x30;
    }
    if (cutAfterBytes > 0) {
      if (sent >= cutAfterBytes) {
        this.close();
        throw new Deno.errors.BrokenPipe("Cut by an experiment");
      }
      bytes = bytes.subarray(0, cutAfterBytes - sent);
    }
    if (bytesPerSecond === 0) return await this.#socket.write(bytes);
    // A write may take fewer bytes than it was given: step (vi) comes again with the rest.
    const portion = Math.max(MINOR_AT + 1, Math.ceil(bytesPerSecond / PORTIONS_PER_SECOND));
    const count = await this.#socket.write(bytes.subarray(0, portion));
    await sleep((1000 * count) / bytesPerSecond);
    return count;
  }
}

/** Closes a socket that may be closed already. */
export function closeOnce(socket: Pick<Socket, "close">): void {
  try {
    socket.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error; // Closed before: fine.
  }
}

/** Waits for what is done with a socket. That its peer is gone is no fault, and ends it; all else is thrown. */
export async function unlessGone(task: Promise<unknown>): Promise<void> {
  try {
    await task;
  } catch (error) {
    if (!isPeerGone(error)) throw error;
  }
}

/** An address as it is written, with the brackets of RFC 3986 §3.2.2 around IPv6. */
export function hostAndPort(hostname: string, port: number): string {
  const isBare = hostname.includes(":") && !hostname.startsWith("[");
  return `${isBare ? `[${hostname}]` : hostname}:${port}`;
}

/** Waits, in ms. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
