/** One client of a server with a fault, or of one without: its heads as they come, and its end. */

import { byteString } from "../../lib/http/grammar.ts";
import type { Fault } from "./faults.ts";

const MAX_HEAD = 65_536;
const HEAD_TIMEOUT_MS = 2_500;

/** The bytes of one client. */
export class Peer {
  readonly #conn: Deno.TcpConn;
  readonly #fault: Fault | null;
  #text = "";
  isEmpty = true;

  constructor(conn: Deno.TcpConn, fault: Fault | null) {
    this.#conn = conn;
    this.#fault = fault;
  }

  /** The next head without its empty line; null at the end of the stream. */
  async head(): Promise<string | null> {
    const fault = this.#fault;
    if (fault === "drops what stands behind a head") this.#text = "";
    const close = () => closeQuietly(this.#conn);
    const isPatient = fault === "waits for heads for ever" || fault === "ignores Connection: close";
    let timer = setTimeout(close, isPatient ? 60_000 : HEAD_TIMEOUT_MS);
    try {
      for (;;) {
        if (this.#text !== "" && !/^[A-Z]/.test(this.#text)) return "not http";
        const piece = fault === "looks for the end in the last piece"
          ? this.#lastPiece
          : this.#text;
        const end = piece.includes("\r\n\r\n") ? this.#text.indexOf("\r\n\r\n") : -1;
        if (end !== -1) {
          const head = this.#text.slice(0, end);
          this.#text = this.#text.slice(end + 4);
          return head.length > this.#limit() ? "too long" : head;
        }
        if (this.#text.length > this.#limit()) return "too long";
        if (fault === "takes one receive for a request" && this.#text !== "") {
          const head = this.#text.trimEnd();
          this.#text = "";
          return head;
        }
        if (!(await this.#more())) return null;
        if (fault === "ignores Connection: close") {
          clearTimeout(timer);
          timer = setTimeout(close, HEAD_TIMEOUT_MS); // For a head that has begun, it has a deadline.
        }
      }
    } catch {
      return "late";
    } finally {
      clearTimeout(timer);
    }
  }

  #lastPiece = "";

  #limit(): number {
    return this.#fault === "takes heads of 1024 bytes"
      ? 1024
      : this.#fault === "refuses heads over 4000 bytes"
      ? 4000
      : this.#fault === "keeps heads of any length"
      ? 1 << 26
      : MAX_HEAD;
  }

  async #more(): Promise<boolean> {
    const bytes = new Uint8Array(65_536);
    const count = await this.#conn.read(bytes);
    if (count === null) return false;
    this.isEmpty = false;
    this.#lastPiece = byteString(bytes, 0, count);
    this.#text += this.#lastPiece;
    return true;
  }

  /** Skips content; false if its end never comes. */
  async skip(length: number): Promise<boolean> {
    while (this.#text.length < length) if (!(await this.#more())) return false;
    this.#text = this.#text.slice(length);
    return true;
  }

  /** Whether the peer closes its direction now. */
  async leavesSoon(): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stays = new Promise<number>((resolve) => timer = setTimeout(resolve, 40, 0));
    const leaves = this.#conn.read(new Uint8Array(1)).catch(() => 0);
    const next = await Promise.race([leaves, stays]);
    clearTimeout(timer);
    return next === null;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  async flood(): Promise<void> {
    for (;;) await this.#conn.write(new Uint8Array(1 << 20));
  }

  /** Closes gently: what is under way to us must not reset what is under way from us. */
  async linger(): Promise<void> {
    await this.#conn.closeWrite();
    const timer = setTimeout(() => closeQuietly(this.#conn), HEAD_TIMEOUT_MS);
    await this.untilEnd();
    clearTimeout(timer);
  }

  async untilEnd(): Promise<void> {
    const bytes = new Uint8Array(65_536);
    try {
      while (await this.#conn.read(bytes) !== null);
    } catch {
      // It is over either way.
    }
  }
}

export function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It was closed.
  }
}
