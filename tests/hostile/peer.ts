/** One connection to a server under attack: asks, reads each answer by its framing, and keeps none of the content. */

import { latin1Bytes } from "../latin1.ts";

/** What came back for one request. */
export interface Answer {
  readonly statusCode: number;
  /** Whether the server lets the connection go on. */
  readonly keeps: boolean;
}

/** Where and how to connect. */
export interface Way {
  readonly port: number;
  /** The certificate in PEM that the server shows, or null for plain TCP. */
  readonly cert: string | null;
}

const HEAD_END = "\r\n\r\n";
const LAST_CHUNK = "0\r\n\r\n";

/** Bytes of a request with the fields that each has to have; text is one byte a character. */
export function requestOf(target: string, ...fieldLines: readonly string[]): Uint8Array {
  return latin1Bytes([`GET ${target} HTTP/1.1`, "Host: a", ...fieldLines, "", ""].join("\r\n"));
}

/** Opens a connection, with TLS if there is a certificate. */
export async function connect({ port, cert }: Way): Promise<Deno.Conn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  if (cert === null) return conn;
  conn.setNoDelay(); // Else the request waits for 40 ms behind the end of the handshake.
  return await Deno.startTls(conn, { hostname: "localhost", caCerts: [cert] });
}

/** A connection that asks one thing after the other. */
export class Peer implements Disposable {
  readonly conn: Deno.Conn;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #closed = false;

  /** @param bufferBytes Room for a head at the least; more reads large content quicker. */
  constructor(conn: Deno.Conn, bufferBytes = 32 * 1024) {
    this.conn = conn;
    this.#buffer = new Uint8Array(bufferBytes);
  }

  /**
   * Sends one request and reads the whole answer. Null if the server closed before its first byte, as it may
   * between requests.
   *
   * @throws {Error} If the connection ends or is reset within the answer.
   */
  async ask(request: Uint8Array): Promise<Answer | null> {
    let length = 0;
    let headEnd = -1;
    try {
      await this.send(request);
      while (headEnd === -1) {
        const count = await this.conn.read(this.#buffer.subarray(length));
        if (!count) break;
        length += count;
        headEnd = textOf(this.#buffer.subarray(0, length)).indexOf(HEAD_END);
      }
    } catch (error) {
      if (length > 0) throw error;
    }
    if (length === 0) return null;
    if (headEnd === -1) throw new Error("Cannot read a head: the connection ended, or it is long");
    const head = textOf(this.#buffer.subarray(0, headEnd)).toLowerCase();
    await this.#skipContent(head, headEnd + HEAD_END.length, length);
    const statusCode = Number(head.slice(9, 12));
    return { statusCode, keeps: !head.includes("\r\nconnection: close") };
  }

  /** Sends all of `bytes`. */
  async send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.conn.write(bytes.subarray(at));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.conn.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @param start Where content begins in the buffer; up to `end` it has been read. */
  async #skipContent(head: string, start: number, end: number): Promise<void> {
    if (head.includes("\r\ntransfer-encoding: chunked")) return await this.#skipChunks(start, end);
    const length = Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
    for (let left = length - (end - start); left > 0;) {
      const count = await this.conn.read(this.#buffer);
      if (count === null) throw new Error("Cannot read the content: the connection ended");
      left -= count;
    }
  }

  /** Only nginx sends chunks. They are over at the last one, as long as nobody asks for more before. */
  async #skipChunks(start: number, end: number): Promise<void> {
    let tail = textOf(this.#buffer.subarray(start, end)).slice(-LAST_CHUNK.length);
    while (tail !== LAST_CHUNK) {
      const count = await this.conn.read(this.#buffer);
      if (count === null) throw new Error("Cannot read the chunks: the connection ended");
      tail = (tail + textOf(this.#buffer.subarray(Math.max(0, count - 5), count))).slice(-5);
    }
  }
}

/** Waits. Attacks last as long as they are told to, so here time is not an argument but the thing itself. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

const decoder = new TextDecoder("latin1");

function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
