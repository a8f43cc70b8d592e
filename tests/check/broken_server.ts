/**
 * A small server that has one fault at a time, for the checker to find, and none with `null`. Its files are the demo's,
 * in a little file system of its own, so that paths which lead out do lead out.
 */

import { DEMO_FILES, DEMO_SECRETS } from "../../lib/check/demo.ts";
import { byteString } from "../../lib/http/grammar.ts";
import { mediaTypeOf } from "../../lib/http/media_type.ts";
import type { FolderFile } from "../../lib/check/site.ts";
import type { CHOICES, FAULTS } from "./faults.ts";

/** What one server does otherwise than the one without fault. */
export type Fault = keyof typeof FAULTS | keyof typeof CHOICES;

const ROOT = "/srv/site";
const encoder = new TextEncoder();
/** A MiB is enough for whoever is not to be stuck: the demo's large file fills the buffers of a socket. */
const SMALL_FILES = DEMO_FILES.map((file) =>
  file.names[0] === "large.txt" ? { ...file, content: file.content.slice(0, 1 << 20) } : file
);

/** What a server with that fault serves. */
export function filesFor(fault: Fault | null): readonly FolderFile[] {
  return fault === null || NEEDS_LARGE.includes(fault) ? DEMO_FILES : SMALL_FILES;
}

const NEEDS_LARGE: readonly Fault[] = ["dies when sending fails"];
const FILES = new Map<string, Uint8Array>([
  ...SMALL_FILES.map(({ names, content }) => [`${ROOT}/${names.join("/")}`, content] as const),
  ...DEMO_SECRETS.map(({ names, content }) => [`/srv/${names.join("/")}`, content] as const),
  ["/etc/passwd", encoder.encode("root:x:0:0:root:/root:/bin/sh\n")],
]);
const MAX_HEAD = 65_536;
const HEAD_TIMEOUT_MS = 2_500;
const MODIFIED = "Tue, 03 Nov 2026 10:00:00 GMT";
const KNOWN_METHODS = ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH"];

/** A response before it is written. */
interface Answer {
  readonly status: number;
  readonly content: Uint8Array;
  readonly lines: readonly string[];
  /** Whether the connection ends behind it. */
  readonly close?: boolean;
}

/** A server that runs in this process. */
export class BrokenServer implements AsyncDisposable {
  readonly #fault: Fault | null;
  readonly #conns = new Set<Deno.Conn>();
  readonly #tasks = new Set<Promise<void>>();
  #listener: Deno.TcpListener;
  #accepting: Promise<void>;
  #isHung = false;

  constructor(fault: Fault | null) {
    this.#fault = fault;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accepting = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Starts again on the same port, as a person would. */
  async restart(): Promise<void> {
    const port = this.port;
    this.#crash();
    await this.#accepting;
    this.#isHung = false;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#accepting = this.#accept();
  }

  /** Ends as a process that dies: nobody listens, and every connection is gone. */
  #crash(): void {
    try {
      this.#listener.close();
    } catch {
      // It was closed.
    }
    for (const conn of this.#conns) closeQuietly(conn);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#crash();
    await this.#accepting;
    await Promise.all(this.#tasks);
  }

  async #accept(): Promise<void> {
    for (;;) {
      let conn: Deno.TcpConn;
      try {
        conn = await this.#listener.accept();
      } catch {
        return;
      }
      this.#conns.add(conn);
      const task = this.#serve(conn).catch(() => {
        if (this.#fault === "dies when sending fails") this.#crash();
      }).finally(() => {
        this.#conns.delete(conn);
        this.#tasks.delete(task);
        closeQuietly(conn);
      });
      this.#tasks.add(task);
      if (this.#fault === "one client at a time") await task;
    }
  }

  async #serve(conn: Deno.TcpConn): Promise<void> {
    const peer = new Peer(conn, this.#fault);
    for (;;) {
      if (this.#isHung) return await peer.untilEnd();
      const head = await peer.head();
      if (head === "late") return;
      if (head === null) {
        if (peer.isEmpty && this.#fault === "dies when a client says nothing") this.#crash();
        return;
      }
      if (head === "not http" && this.#fault === "hangs after bytes that are no text") {
        this.#isHung = true;
        return await peer.untilEnd();
      }
      const keep = await this.#respond(peer, head);
      if (!keep) {
        return this.#fault === "gives up at a half-close" ? undefined : await peer.linger();
      }
    }
  }

  async #respond(peer: Peer, head: string): Promise<boolean> {
    const fault = this.#fault;
    const request = parse(head, fault);
    const answer = "status" in request ? request : answerTo(request, fault);
    const method = "status" in request ? "GET" : request.method;
    const minor = "status" in request ? 1 : request.minor;
    if (!("status" in request) && !(await peer.skip(request.length))) return false;
    const wanted = "status" in request || minor === 0 || request.wantsClose;
    const close = answer.close || (wanted && fault !== "ignores Connection: close");
    const says = close
      ? ["Connection: close"]
      : fault === "says HTTP/1.0"
      ? ["Connection: keep-alive"]
      : [];
    const isClosed = close || fault === "closes after each response";
    const date = fault === "date of another format" ? "2026-11-03 10:00" : new Date().toUTCString();
    const isBare = answer.status === 304;
    const length = lengthOf(answer, fault);
    const lines = [
      statusLine(answer.status, fault),
      `Date: ${date}`,
      ...(isBare ? [] : [`Content-Length: ${length}`]),
      ...answer.lines,
      ...says,
    ];
    const end = fault === "ends lines with LF" ? "\n" : "\r\n";
    const bytes = encoder.encode(lines.join(end) + end + end);
    const hasContent = !isBare && (method !== "HEAD" || fault === "sends content to HEAD");
    const content = fault === "sends a part of large files"
      ? answer.content.subarray(0, 100_000)
      : answer.content;
    const isCut = content.length < answer.content.length;
    if (fault === "gives up at a half-close" && isClosed && await peer.leavesSoon()) return false;
    await peer.write(hasContent ? concat(bytes, content) : bytes);
    if (fault === "gives up at a half-close" && isClosed) return false;
    if (method === "HEAD" && fault === "floods after HEAD") await peer.flood();
    return !isClosed && !isCut;
  }
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly minor: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly wantsClose: boolean;
  /** Of its content. */
  readonly length: number;
}

function refuse(status: number, close = true): Answer {
  return page(status, `<h1>${status}</h1>\n`, close);
}

function page(status: number, html: string, close = false): Answer {
  const content = encoder.encode(html);
  return { status, content, lines: ["Content-Type: text/html; charset=utf-8"], close };
}

function parse(head: string, fault: Fault | null): Request | Answer {
  if (head === "not http") return refuse(400);
  if (head === "too long") return refuse(431);
  const [line, ...rest] = head.split("\r\n");
  const match = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(line);
  if (match === null) {
    return fault === "takes any request line" ? page(200, "<p>Hello\n", true) : refuse(400);
  }
  const [, method, target, minorText] = match;
  if (target.length > 4096) return refuse(414);
  const fields = new Map<string, string>();
  for (const text of rest) {
    const field = /^([\w-]+):[ \t]*(.*?)[ \t]*$/.exec(text);
    if (field === null) {
      if (fault === "leaves out bad field lines") continue;
      return refuse(400);
    }
    const name = field[1].toLowerCase();
    if (fault === "knows names in one case" && !/^[A-Z][^A-Z]+(-[A-Z0-9].*)*$/.test(field[1])) {
      continue;
    }
    const isOnce = name === "host" || name === "content-length";
    if (fields.has(name) && isOnce) {
      if (name !== "host" || fault !== "takes two Hosts") return refuse(400);
    }
    fields.set(name, field[2]);
  }
  const minor = Number(minorText);
  if (minor === 1 && !fields.has("host") && fault !== "needs no Host") return refuse(400);
  const length = fields.get("content-length") ?? "0";
  if (!/^\d+$/.test(length)) return refuse(400);
  const wantsClose = /^close$/i.test(fields.get("connection") ?? "");
  const origin = target.replace(/^http:\/\/[^/]*/, "");
  if (!origin.startsWith("/")) return refuse(400);
  const cut = fault === "takes the query for a part of the name" ? -1 : origin.indexOf("?");
  const path = cut === -1 ? origin : origin.slice(0, cut);
  const query = cut === -1 ? "" : origin.slice(cut);
  const ignored = fault === "takes content for a request" ? 0 : Number(length);
  if (ignored > 1_000_000) return refuse(413);
  return { method, path, query, minor, fields, wantsClose, length: ignored };
}

function answerTo(request: Request, fault: Fault | null): Answer {
  const { method, path } = request;
  const isKnown = KNOWN_METHODS.includes(method);
  if (method !== "GET" && method !== "HEAD") {
    if (isKnown && fault !== "501 without Allow for POST") {
      const refused = refuse(405, false);
      return fault === "405 without Allow"
        ? refused
        : { ...refused, lines: [...refused.lines, "Allow: GET, HEAD"] };
    }
    if (fault !== "takes any method for GET") return refuse(501, false);
  }
  const decoded = decode(path, fault);
  if (decoded === null) return refuse(400, false);
  const file = resolve(decoded, path, fault);
  if (typeof file !== "string") return file;
  const isLarge = file === `${ROOT}/large.txt`;
  const content = isLarge
    ? filesFor(fault).find(({ names }) => names[0] === "large.txt")!.content
    : FILES.get(file);
  const isLink = file === `${ROOT}/link.txt`;
  if (isLink && fault === "follows links out") {
    return { status: 200, content: DEMO_SECRETS[0].content, lines: [] };
  }
  if (content !== undefined && !isLink) {
    const isEmpty = content.length === 0 && fault === "has no empty files";
    if (!isEmpty) return fileAnswer(file, content, request, fault);
  }
  if (FILES.has(`${file}/index.html`)) return toFolder(path, decoded, fault);
  if (/\r|\n/.test(decoded) && fault === "puts line ends into fields") {
    return { ...refuse(301), lines: [`Location: ${decoded}/`] };
  }
  return notFound(decoded, fault);
}

function notFound(decoded: string, fault: Fault | null): Answer {
  switch (fault) {
    case "200 for what is not there":
      return page(200, "<h1>Not found</h1>\n");
    case "404 without content":
      return { status: 404, content: new Uint8Array(0), lines: [] };
    case "repeats markup":
      return page(404, `<p>${decoded} is not there\n`);
    default:
      return refuse(404, false);
  }
}

/** Gives the path with its escapes undone; null: refused. */
function decode(path: string, fault: Fault | null): string | null {
  try {
    let decoded = path;
    if (fault === "decodes no letters") decoded = path.replaceAll("%20", " ");
    else decoded = decodeURIComponent(path);
    if (fault === "takes a plus for a space") decoded = decoded.replaceAll("+", " ");
    if (fault === "decodes twice") decoded = decodeURIComponent(decoded);
    if (decoded.includes("\0")) {
      return fault === "ends names at NUL" ? decoded.slice(0, decoded.indexOf("\0")) : null;
    }
    return decoded;
  } catch {
    return null;
  }
}

/** Gives the path of the file in the little file system, or a refusal. */
function resolve(decoded: string, path: string, fault: Fault | null): string | Answer {
  const checked = fault === "looks for .. before it decodes" ? path : decoded;
  if (fault === "takes names as they are" || fault === "asks whether the path begins alike") {
    const full = normal(`${ROOT}/${decoded.slice(1)}`);
    const isInside = full.startsWith(ROOT) || fault === "takes names as they are";
    return isInside ? withPage(full, decoded) : refuse(400, false);
  }
  if (fault === "removes .. once") {
    return withPage(normal(`${ROOT}/${decoded.slice(1).replaceAll("../", "")}`), decoded);
  }
  if (fault === "takes a backslash for a slash" && decoded.includes("\\")) {
    return normal(`${ROOT}/${decoded.slice(1).replaceAll("\\", "/")}`);
  }
  if (checked.split("/").includes("..")) return refuse(400, false);
  if (fault === "joins absolute paths" && decoded.startsWith("//")) return normal(decoded);
  const full = normal(`${ROOT}/${decoded.slice(1)}`);
  return fault === "drops a slash at the end" && FILES.has(full) ? full : withPage(full, decoded);
}

/** The page of a folder; a file is none, so there is nothing of that name in it. */
function withPage(full: string, decoded: string): string {
  return decoded.endsWith("/") ? `${full}/index.html` : full;
}

function normal(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

function toFolder(path: string, decoded: string, fault: Fault | null): Answer {
  if (fault === "gives pages of folders without a slash") {
    const content = FILES.get(`${normal(ROOT + decoded)}/index.html`)!;
    return { status: 200, content, lines: ["Content-Type: text/html"] };
  }
  const redirect = refuse(301, false);
  return { ...redirect, lines: [...redirect.lines, `Location: ${path}/`] };
}

function fileAnswer(file: string, read: Uint8Array, request: Request, fault: Fault | null): Answer {
  const { fields } = request;
  const content = fault === "reads files as text" ? asText(read) : read;
  const entityTag = fault === "entity tag without quotes"
    ? "a1"
    : `"${content.length.toString(16)}"`;
  const type = fault === "html for everything" ? "text/html" : mediaTypeOf(file);
  const meta = [`ETag: ${entityTag}`, `Last-Modified: ${MODIFIED}`];
  const tags = (fields.get("if-none-match") ?? "").split(",").map((tag) => tag.trim());
  const hasTag = fields.has("if-none-match");
  const since = fields.get("if-modified-since");
  const isSame = tags.includes(entityTag) ||
    (since === MODIFIED && (!hasTag || fault === "looks at the date beside a tag"));
  if (isSame && fault !== "knows no conditions") {
    const lines = fault === "304 without ETag" ? [] : meta;
    return { status: 304, content: new Uint8Array(0), lines };
  }
  const whole = { status: 200, content, lines: [...meta, `Content-Type: ${type}`] };
  const range = /^bytes=(\d*)-(\d*)$/.exec(fields.get("range") ?? "");
  const ifRange = fields.get("if-range") ?? entityTag;
  if (range === null || (ifRange !== entityTag && fault !== "ignores If-Range")) return whole;
  return rangeAnswer(whole, [range[1], range[2]], fault);
}

function rangeAnswer(whole: Answer, [from, to]: readonly string[], fault: Fault | null): Answer {
  const size = whole.content.length;
  const isSuffix = from === "" && fault !== "takes a suffix for a start";
  const first = isSuffix ? Math.max(0, size - Number(to)) : Number(from);
  const wanted = isSuffix || to === "" ? size - 1 : Number(to);
  const last = Math.min(wanted, size - 1) - (fault === "leaves out the last byte" ? 1 : 0);
  if (first >= size) {
    const refused = refuse(416, false);
    const line = fault === "416 without the size" ? [] : [`Content-Range: bytes */${size}`];
    return { ...refused, lines: [...refused.lines, ...line] };
  }
  return {
    status: 206,
    content: whole.content.subarray(first, last + 1),
    lines: [...whole.lines, `Content-Range: bytes ${first}-${last}/${size}`],
  };
}

function asText(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, i) => byte !== 0x0d || bytes[i + 1] !== 0x0a);
}

function lengthOf({ content }: Answer, fault: Fault | null): number {
  return fault === "counts characters" ? new TextDecoder().decode(content).length : content.length;
}

function statusLine(status: number, fault: Fault | null): string {
  if (fault === "leaves out a space") return `HTTP/1.1 ${status}`;
  return `HTTP/1.${fault === "says HTTP/1.0" ? 0 : 1} ${status} Reason`;
}

/** The bytes of one client. */
class Peer {
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

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It was closed.
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
