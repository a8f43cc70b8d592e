/**
 * A connection that begins with a PROXY header, as the loop sees it: its handshake receives the header, and from then on
 * its peer is the client that the proxy tells of. How long that may take is the loop's matter, as with TLS.
 */

import type { Peer } from "../http/forwarded.ts";
import { MAX_V2_BYTES, parseProxyHeader } from "../http/proxy_header.ts";

/** The longest line of version 1 fits, and version 2 with addresses alone. */
const FIRST_READ_BYTES = 256;

/** Takes the place of a `Deno.TcpConn`. */
export class ProxiedSocket {
  remoteAddr: Deno.NetAddr;
  readonly #conn: Deno.TcpConn;
  readonly #onRefused: () => void;
  /** What came behind the header, until it is read. */
  #rest: Uint8Array | null = null;

  /** @param onRefused Told if there is no header; then the handshake rejects, and nothing is answered. */
  constructor(conn: Deno.TcpConn, onRefused: () => void) {
    this.#conn = conn;
    this.#onRefused = onRefused;
    this.remoteAddr = conn.remoteAddr as Deno.NetAddr;
  }

  /** @throws {Deno.errors.InvalidData} There is no header. */
  async handshake(): Promise<void> {
    let bytes = new Uint8Array(FIRST_READ_BYTES);
    for (let length = 0;;) {
      const count = await this.#conn.read(bytes.subarray(length));
      if (count === null) throw new Deno.errors.UnexpectedEof("It left before its PROXY header");
      length += count;
      const header = parseProxyHeader(bytes.subarray(0, length));
      if (header.kind === "invalid") {
        this.#onRefused();
        throw new Deno.errors.InvalidData(header.why);
      }
      if (header.kind === "header") {
        if (header.client !== null) this.#introduce(header.client);
        if (length > header.length) this.#rest = bytes.slice(header.length, length);
        return;
      }
      if (length < bytes.length) continue;
      const larger = new Uint8Array(MAX_V2_BYTES); // A longer header is invalid, so there is room for more.
      larger.set(bytes);
      bytes = larger;
    }
  }

  read(bytes: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const rest = this.#rest;
    if (rest === null) return this.#conn.read(bytes);
    const count = Math.min(rest.length, bytes.length);
    bytes.set(rest.subarray(0, count));
    this.#rest = count < rest.length ? rest.subarray(count) : null;
    return Promise.resolve(count);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#conn.write(bytes);
  }

  setNoDelay(): void {
    this.#conn.setNoDelay();
  }

  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  close(): void {
    this.#conn.close();
  }

  #introduce(client: Peer): void {
    this.remoteAddr = { transport: "tcp", ...client };
  }
}
