/**
 * What a server with a fault answers, or one without: from a head to a response that is not written yet. Its files are the
 * demo's, in a little file system of its own, so that paths which lead out do lead out.
 */

import { DEMO_FILES, DEMO_SECRETS } from "../../lib/check/demo.ts";
import type { FolderFile } from "../../lib/check/site.ts";
import { mediaTypeOf } from "../../lib/http/media_type.ts";
import type { Fault } from "./faults.ts";

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

const MODIFIED = "Tue, 03 Nov 2026 10:00:00 GMT";
const KNOWN_METHODS = ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH"];

/** A response before it is written. */
export interface Answer {
  readonly status: number;
  readonly content: Uint8Array;
  readonly lines: readonly string[];
  /** Whether the connection ends behind it. */
  readonly close?: boolean;
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

export function parse(head: string, fault: Fault | null): Request | Answer {
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

export function answerTo(request: Request, fault: Fault | null): Answer {
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
