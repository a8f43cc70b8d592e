/**
 * What every wire test needs: a folder of its own, a server on port 0, and a client that speaks literal bytes.
 * Nothing here sleeps: waiting is reading until the server closes.
 */

import { latin1, latin1Bytes } from "../latin1.ts";
import { serve, type ServeInit, type Server } from "../../lib/serve.ts";
import type { LogEntry } from "../../lib/log/format.ts";

export { latin1, latin1Bytes };

/** Content of a test's folder: a path and its bytes or text. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A server under test. */
export interface Running {
  readonly server: Server;
  readonly port: number;
  /** Real path of the folder that is served. */
  readonly root: string;
  /** A folder beside the root, which is not served. */
  readonly outside: string;
  /** An entry for each response so far. */
  readonly log: LogEntry[];
  /** What the server told `onError`; a test fails that leaves something here. */
  readonly errors: unknown[];
  /** Opens a connection to the server; closed with the test at the latest. */
  connect(): Promise<RawClient>;
  /** Sends bytes on a new connection and gives all that comes back until the server closes. */
  exchange(request: string | Uint8Array): Promise<string>;
}

/** Serves `files` while `test` runs, then shuts down and waits for every task to end. */
export async function withServer(
  files: Files,
  test: (running: Running) => Promise<void>,
  init: ServeInit = {},
): Promise<void> {
  const base = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
  const root = `${base}/root`;
  const outside = `${base}/outside`;
  await Deno.mkdir(root);
  await Deno.mkdir(outside);
  for (const [path, content] of Object.entries(files)) await writeFile(root, path, content);
  await settleFiles();
  const log: LogEntry[] = [];
  const errors: unknown[] = [];
  const server = serve({
    root,
    hostname: "127.0.0.1",
    port: 0,
    graceMs: 0,
    compression: false, // Most tests are about the bytes of the files; compressed.ts turns it on.
    log: (entry) => log.push(entry),
    onError: (error) => {
      if (!isAboutPeers(error)) errors.push(error);
    },
    ...init,
  });
  const { port } = server.address;
  const clients: RawClient[] = [];
  const connect = async () => {
    const client = new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
    clients.push(client);
    return client;
  };
  const exchange = async (request: string | Uint8Array) => {
    const client = await connect();
    await client.send(request);
    return await client.readToEnd();
  };
  try {
    await test({ server, port, root, outside, log, errors, connect, exchange });
  } finally {
    for (const client of clients) client.close();
    await server.shutdown();
    await Deno.remove(base, { recursive: true });
  }
  if (errors.length > 0) throw new AggregateError(errors, "The server told onError of mistakes");
}

/** Peers that leave before they are accepted, or are refused, are counted and told, if there are enough of them in a while. And
 * those that speak TLS where there is none, or the other way around. */
function isAboutPeers(error: unknown): boolean {
  return typeof error === "string" &&
    /left by their peers|were refused|spoke (?:HTTPS|no TLS)/.test(error);
}

/** Writes one file and the folders above it. */
export async function writeFile(root: string, path: string, content: string | Uint8Array) {
  const full = `${root}/${path}`;
  await Deno.mkdir(full.slice(0, full.lastIndexOf("/")), { recursive: true });
  do {
    if (typeof content === "string") await Deno.writeTextFile(full, content);
    else await Deno.writeFile(full, content);
    // A time of whole seconds may be of a coarse file system, so the server trusts it only seconds later. One file
    // in some hundred gets such a time by chance.
  } while ((Deno.statSync(full).mtime?.getTime() ?? 1) % 1000 === 0);
}

/** A request of one head, after whose response the server closes. */
export function requestOf(target: string, fieldLines: readonly string[] = [], method = "GET") {
  const lines = [`${method} ${target} HTTP/1.1`, "Host: a", ...fieldLines, "Connection: close"];
  return lines.join("\r\n") + "\r\n\r\n";
}

/** Sends one request on a connection of its own, and gives the response. */
export async function ask(
  { connect }: Running,
  target: string,
  fieldLines: readonly string[] = [],
  method = "GET",
): Promise<RawResponse> {
  const client = await connect();
  await client.send(
    [`${method} ${target} HTTP/1.1`, "Host: a", ...fieldLines, "", ""].join("\r\n"),
  );
  const response = await client.readResponse(method);
  client.close();
  return response;
}

/** Lets the times of files just written become older than the server's grain, by working, not by sleeping. */
async function settleFiles(): Promise<void> {
  const start = Date.now();
  while (Date.now() - start < 25) await Deno.stat(".");
}

/** A response as it came over the wire. */
export interface RawResponse {
  readonly statusCode: number;
  /** The head as received, status line to empty line. */
  readonly head: string;
  /** Field values by name in lower case; lines of one name joined by ", ". */
  readonly fields: ReadonlyMap<string, string>;
  /** The content as character codes, one a byte. */
  readonly content: string;
}

/** A client that sends what it is told to, and reads responses by their own framing. */
export class RawClient {
  readonly conn: Deno.TcpConn;
  /** What has come and was not taken: the first bytes of an array that grows. */
  #bytes = new Uint8Array(64 * 1024);
  #length = 0;
  #closed = false;

  constructor(conn: Deno.TcpConn) {
    this.conn = conn;
  }

  /** Sends text, one byte a character, or bytes; all of it. */
  async send(request: string | Uint8Array): Promise<void> {
    const bytes = typeof request === "string" ? latin1Bytes(request) : request;
    for (let at = 0; at < bytes.length;) at += await this.conn.write(bytes.subarray(at));
  }

  /** Sends text in segments of `size` bytes, each its own write. */
  async sendSplit(request: string, size: number): Promise<void> {
    for (let at = 0; at < request.length; at += size) await this.send(request.slice(at, at + size));
  }

  /** Reads one response: its head, then as many bytes as `Content-Length` says. */
  async readResponse(method = "GET"): Promise<RawResponse> {
    const headEnd = await this.#readUntil((text) => text.indexOf("\r\n\r\n") + 4, 4);
    const response = parseHead(latin1(this.#take(headEnd)));
    const hasContent = method !== "HEAD" && response.statusCode >= 200 &&
      response.statusCode !== 204 && response.statusCode !== 304;
    const length = hasContent ? Number(response.fields.get("content-length") ?? 0) : 0;
    while (this.#length < length) {
      if (!await this.#readMore()) throw new Error("Cannot read the content: connection closed");
    }
    return { ...response, content: latin1(this.#take(length)) };
  }

  /** Reads until the server closes; gives what came since the last response. A reset is an error. */
  async readToEnd(): Promise<string> {
    while (await this.#readMore());
    return latin1(this.#take(this.#length));
  }

  /** Says that no more will be sent. */
  async closeWrite(): Promise<void> {
    await this.conn.closeWrite();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.conn.close();
  }

  async #readUntil(find: (text: string) => number, notYet: number): Promise<number> {
    for (;;) {
      const at = find(latin1(this.#bytes.subarray(0, this.#length)));
      if (at >= notYet) return at;
      if (!await this.#readMore()) throw new Error("Cannot read a response: connection closed");
    }
  }

  async #readMore(): Promise<boolean> {
    if (this.#length === this.#bytes.length) {
      const longer = new Uint8Array(this.#length * 2);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    const count = await this.conn.read(this.#bytes.subarray(this.#length));
    if (count === null) return false;
    this.#length += count;
    return true;
  }

  #take(length: number): Uint8Array {
    const taken = this.#bytes.slice(0, length);
    this.#bytes.copyWithin(0, length, this.#length);
    this.#length -= length;
    return taken;
  }
}

/** Parses what `exchange` gave: one response whose content is all that follows its head. */
export function parseResponse(text: string): RawResponse {
  const headEnd = text.indexOf("\r\n\r\n") + 4;
  if (headEnd < 4) throw new Error(`Cannot find a head in ${JSON.stringify(text.slice(0, 200))}`);
  return { ...parseHead(text.slice(0, headEnd)), content: text.slice(headEnd) };
}

function parseHead(head: string): Omit<RawResponse, "content"> {
  const [statusLine, ...lines] = head.slice(0, -4).split("\r\n");
  const match = /^HTTP\/1\.1 (\d{3}) [ -~]+$/.exec(statusLine);
  if (match === null) throw new Error(`Cannot parse status line ${JSON.stringify(statusLine)}`);
  const fields = new Map<string, string>();
  for (const line of lines) {
    const field = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ([ -~]*)$/.exec(line);
    if (field === null) throw new Error(`Cannot parse field line ${JSON.stringify(line)}`);
    const name = field[1].toLowerCase();
    const before = fields.get(name);
    fields.set(name, before === undefined ? field[2] : `${before}, ${field[2]}`);
  }
  return { statusCode: Number(match[1]), head, fields };
}
