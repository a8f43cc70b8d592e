/** A client that sends whatever bytes it is told to, and what it makes of the bytes that come back. */

import { latin1, latin1Bytes } from "../latin1.ts";

/** A response by its own framing; the content is one character a byte. */
export interface Response {
  readonly statusCode: number;
  /** Values by name in lower case; of lines with one name, joined by ", ". */
  readonly fields: ReadonlyMap<string, string>;
  readonly content: string;
}

/** How a connection stands. */
export type Standing = "open" | "closed" | "reset";

/** One connection, read all the time. */
export class Raw implements Disposable {
  /** All that came so far, one character a byte. */
  received = "";
  standing: Standing = "open";
  readonly #conn: Deno.TcpConn;
  readonly #ended: Promise<void>;
  #news = Promise.withResolvers<void>();
  #isDisposed = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    conn.setNoDelay();
    this.#ended = this.#read();
  }

  static async connect(port: number): Promise<Raw> {
    return new Raw(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends text, one byte a character. What a peer does not take any more is no error. */
  async send(text: string): Promise<void> {
    const bytes = latin1Bytes(text);
    try {
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    } catch {
      // Its answer may still come.
    }
  }

  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite().catch(() => {});
  }

  /** Waits until what came is enough, the peer has closed, or time is up; says which. */
  async until(isEnough: (received: string) => boolean, ms = 5_000): Promise<Standing | "enough"> {
    const late = Promise.withResolvers<void>();
    let isLate = false;
    const timer = setTimeout(() => (isLate = true, late.resolve()), ms);
    while (!isEnough(this.received) && this.standing === "open" && !isLate) {
      await Promise.race([this.#news.promise, late.promise]);
    }
    clearTimeout(timer);
    return isEnough(this.received) ? "enough" : this.standing;
  }

  /** Waits for one whole response to each method; fewer if the peer closes or time is up. */
  async responses(methods: readonly string[] = ["GET"], ms = 5_000): Promise<Response[]> {
    const all = () => responsesIn(this.received, methods);
    await this.until(() => all().length >= methods.length, ms);
    return responsesIn(this.received, methods, this.standing !== "open");
  }

  /** Waits until the peer has closed. */
  async end(ms = 5_000): Promise<Standing> {
    await this.until(() => false, ms);
    return this.standing;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await this.#conn.read(buffer);
        if (count === null) break;
        this.received += latin1(buffer.subarray(0, count));
        this.#tell();
      }
      this.standing = "closed";
    } catch {
      this.standing = "reset";
    }
    this.#tell();
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#conn.close();
  }

  /** Disposes, and waits until nothing is read any more. */
  async close(): Promise<void> {
    this[Symbol.dispose]();
    await this.#ended;
  }
}

/** Sends bytes on a connection of their own, and gives what came until the server closed. */
export async function exchange(port: number, text: string, ms = 5_000): Promise<Raw> {
  using raw = await Raw.connect(port);
  await raw.send(text);
  await raw.end(ms);
  await raw.close();
  return raw;
}

/** Sends one request on a connection of its own, and gives its response. */
export async function ask(
  port: number,
  target: string,
  { method = "GET", lines = [], ms }: { method?: string; lines?: readonly string[]; ms?: number } =
    {},
): Promise<Response> {
  using raw = await Raw.connect(port);
  await raw.send([`${method} ${target} HTTP/1.1`, "Host: a", ...lines, "", ""].join("\r\n"));
  const [response] = await raw.responses([method], ms);
  await raw.close();
  if (response === undefined) throw new Error(`Cannot read a response: ${raw.standing}`);
  return response;
}

/**
 * Finds the final responses in what a connection gave; interim ones are left out, as is what is not whole.
 *
 * @param isEnd Whether nothing will follow: then the last may end with the connection.
 */
export function responsesIn(
  received: string,
  methods: readonly string[],
  isEnd = false,
): Response[] {
  const responses: Response[] = [];
  for (let at = 0; at < received.length;) {
    const headEnd = received.indexOf("\r\n\r\n", at) + 4;
    if (headEnd < 4) break;
    const [statusLine, ...lines] = received.slice(at, headEnd - 4).split("\r\n");
    const statusCode = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1]);
    if (Number.isNaN(statusCode)) break;
    at = headEnd;
    if (statusCode < 200) continue;
    const fields = fieldsOf(lines);
    const isEmpty = methods[responses.length] === "HEAD" || [204, 304].includes(statusCode);
    const framed = isEmpty ? { content: "", end: at } : contentAt(received, at, fields, isEnd);
    if (framed === null) break;
    responses.push({ statusCode, fields, content: framed.content });
    at = framed.end;
  }
  return responses;
}

function fieldsOf(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return fields;
}

/** RFC 9112 §6.3, of responses. Null if the content is not whole yet. */
function contentAt(
  received: string,
  start: number,
  fields: ReadonlyMap<string, string>,
  isEnd: boolean,
): { content: string; end: number } | null {
  if (fields.get("transfer-encoding") === "chunked") return chunksAt(received, start);
  const length = fields.get("content-length");
  const end = length === undefined ? (isEnd ? received.length : NaN) : start + Number(length);
  return end <= received.length ? { content: received.slice(start, end), end } : null;
}

function chunksAt(received: string, start: number): { content: string; end: number } | null {
  let content = "";
  for (let at = start;;) {
    const lineEnd = received.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const size = parseInt(received.slice(at, lineEnd), 16);
    if (Number.isNaN(size)) return null;
    at = lineEnd + 2 + size + 2;
    if (at > received.length) return null;
    if (size === 0) return { content, end: at };
    content += received.slice(lineEnd + 2, lineEnd + 2 + size);
  }
}
