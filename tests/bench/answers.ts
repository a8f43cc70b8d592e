/** A small client, plain or over TLS, and what makes an answer right: no server is measured for a wrong one. */

import { gunzipSync } from "node:zlib";
import type { AnswerKind } from "./cases.ts";
import { digestOf, LISTED_FILES, listedName, type SiteFile } from "./site.ts";

/** Where a server listens. */
export interface Target {
  readonly port: number;
  /** The certificate in PEM of a server of HTTPS, or "". */
  readonly caCert: string;
}

/** Name and value of a field. */
export type Field = readonly [string, string];

/** What Chrome sends for an image of a page, without a cookie. */
const BROWSER_FIELDS: readonly Field[] = [
  ["sec-ch-ua-platform", '"Linux"'],
  [
    "User-Agent",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  ],
  ["sec-ch-ua", '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"'],
  ["sec-ch-ua-mobile", "?0"],
  ["Accept", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"],
  ["Sec-Fetch-Site", "same-origin"],
  ["Sec-Fetch-Mode", "no-cors"],
  ["Sec-Fetch-Dest", "image"],
  ["Referer", "http://127.0.0.1/gallery/index.html"],
  ["Accept-Encoding", "gzip, deflate, br, zstd"],
  ["Accept-Language", "en-GB,en;q=0.9,de;q=0.8"],
];

/** The range that is asked for: 64 KiB from the middle of the largest file. */
const RANGE = { firstPos: 50_000_000, lastPos: 50_000_000 + 64 * 1024 - 1 };

/** An answer whose head and content have been told apart; content without the framing of chunks. */
export interface Answer {
  /** Status line and field lines. */
  readonly head: string;
  readonly content: Uint8Array;
  /** All that came, head and framing included. */
  readonly length: number;
}

/** The fields of a browser's request, those of `more` in their place or after them. */
export function fieldsWith(more: readonly Field[]): readonly Field[] {
  const names = new Set(more.map(([name]) => name));
  return [...BROWSER_FIELDS.filter(([name]) => !names.has(name)), ...more];
}

/** What a kind of answer is asked with, beside a browser's fields. `known` is an answer with the whole file. */
export function fieldsFor(kind: AnswerKind, known: Answer | null): readonly Field[] {
  switch (kind) {
    case "range":
      return [["Range", `bytes=${RANGE.firstPos}-${RANGE.lastPos}`]];
    case "gzip": // What all of these servers have; Vitrine would choose Brotli.
      return [["Accept-Encoding", "gzip"]];
    case "listing":
      return [["Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"]];
    case "unchanged":
      return [
        ["If-None-Match", fieldOf(known, "etag")],
        ["If-Modified-Since", fieldOf(known, "last-modified")],
      ].filter((field): field is [string, string] => field[1] !== "");
    default:
      return [];
  }
}

function fieldOf(answer: Answer | null, name: string): string {
  return new RegExp(`^${name}:[ \t]*(.*?)[ \t]*$`, "im").exec(answer?.head ?? "")?.[1] ?? "";
}

/** One request as the load sends it, CRLFs and the empty line included. */
export function requestHead(
  path: string,
  port: number,
  init: { readonly closing: boolean; readonly fields?: readonly Field[] },
): Uint8Array<ArrayBuffer> {
  const fields = [
    ["Host", `127.0.0.1:${port}`],
    ...fieldsWith(init.fields ?? []),
    ["Connection", init.closing ? "close" : "keep-alive"],
  ].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${fields}\r\n`);
}

/** Connects, with a handshake of TLS where there is a certificate. */
export function dial({ port, caCert }: Target): Promise<Deno.TcpConn | Deno.TlsConn> {
  const at = { hostname: "127.0.0.1", port };
  return caCert === "" ? Deno.connect(at) : Deno.connectTls({ ...at, caCerts: [caCert] });
}

/**
 * Sends one request on a connection of its own and reads all that comes back.
 *
 * @throws {Error} If no whole head came, or the answer did not end within 10 s.
 */
export async function fetchRaw(
  path: string,
  target: Target,
  fields: readonly Field[] = [],
): Promise<Answer> {
  using conn = await dial(target);
  const late = setTimeout(() => conn.close(), 10_000); // Ends the read below with an error.
  try {
    await conn.write(requestHead(path, target.port, { closing: true, fields }));
    return splitAnswer(await readAll(conn), path);
  } finally {
    clearTimeout(late);
  }
}

/** All bytes until the peer closes; one that does so without TLS's own goodbye has said enough, too. */
async function readAll(conn: Deno.Conn): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  try {
    for await (const part of conn.readable) parts.push(part);
  } catch (error) {
    if (!(error instanceof Deno.errors.UnexpectedEof)) throw error;
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Tells head and content apart, and takes chunks out of their framing. */
export function splitAnswer(bytes: Uint8Array<ArrayBuffer>, path: string): Answer {
  const end = new TextDecoder("latin1").decode(bytes.subarray(0, 8192)).indexOf("\r\n\r\n");
  if (end < 0) throw new Error(`No whole head in the ${bytes.length} bytes for ${path}`);
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, end));
  const content = bytes.subarray(end + 4);
  const isChunked = /^transfer-encoding:.*\bchunked/im.test(head);
  return { head, content: isChunked ? unchunk(content) : content, length: bytes.length };
}

/** RFC 9112 §7.1, as far as a server needs it that is known to mean well. */
function unchunk(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0;;) {
    const line = new TextDecoder("latin1").decode(bytes.subarray(at, at + 64));
    const [whole, size] = /^([0-9a-f]+)[^\r\n]*\r\n/i.exec(line) ?? ["", "0"];
    const start = at + whole.length;
    at = start + parseInt(size, 16);
    if (at === start || at > bytes.length) break;
    parts.push(bytes.slice(start, at));
    at += 2;
  }
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  for (const part of parts) {
    all.set(part, length);
    length += part.length;
  }
  return all;
}

const STATUS_OF: Readonly<Record<AnswerKind, number>> = {
  ...{ whole: 200, absent: 404, unchanged: 304, range: 206, gzip: 200, listing: 200 },
};

/** Why an answer is not what a kind asks for, or "" if it is. */
export function answerError(answer: Answer, file: SiteFile, kind: AnswerKind = "whole"): string {
  const status = answer.head.split("\r\n", 1)[0];
  if (!new RegExp(`^HTTP/1\\.1 ${STATUS_OF[kind]}(?: |$)`).test(status)) {
    return `${file.path}: "${status}"`;
  }
  const error = CHECKS[kind](answer, file);
  return error === "" ? "" : `${file.path}: ${error}`;
}

type Check = (answer: Answer, file: SiteFile) => string;

const CHECKS: Readonly<Record<AnswerKind, Check>> = {
  absent: () => "",
  whole: (answer, file) => codingError(answer) || contentError(answer, file.size, file.digest),
  unchanged: ({ content }) => content.length === 0 ? "" : `${content.length} bytes of content`,
  range: (answer, { size }) => {
    const { firstPos, lastPos } = RANGE;
    const said = fieldOf(answer, "content-range");
    const meant = `bytes ${firstPos}-${lastPos}/${size}`;
    if (said !== meant) return `Content-Range "${said}" instead of "${meant}"`;
    return codingError(answer) || contentError(answer, lastPos - firstPos + 1);
  },
  gzip: ({ head, content }, { size, digest }) => {
    if (!/^content-encoding:[ \t]*gzip[ \t]*$/im.test(head)) return "not sent as gzip";
    const text = gunzipSync(content);
    return contentError({ head: "", content: text, length: 0 }, size, digest);
  },
  listing: ({ content }) => {
    const page = new TextDecoder().decode(content);
    const missing = Array.from({ length: LISTED_FILES }, (_, i) => listedName(i))
      .find((name) => !page.includes(name));
    return missing === undefined ? "" : `no ${missing} in it`;
  },
};

function codingError({ head }: Answer): string {
  const coded = /^(?:content|transfer)-encoding:.*$/im.exec(head);
  return coded ? `sent with "${coded[0].trim()}"` : "";
}

/** Compares lengths, and bytes where a digest is known. */
function contentError({ head, content }: Answer, size: number, digest = ""): string {
  const declared = /^content-length:[ \t]*(\d+)/im.exec(head)?.[1];
  if (declared !== undefined && Number(declared) !== size) {
    return `Content-Length ${declared} instead of ${size}`;
  }
  if (content.length !== size) return `${content.length} bytes instead of ${size}`;
  return digest === "" || digestOf(content) === digest ? "" : "other bytes than the file";
}

/** What a load has to send to a server, and how long the server's answers are. */
export interface Verified {
  readonly fields: readonly Field[];
  readonly answerLength: number;
}

/**
 * Asks for the files of a case as the load will, and compares what comes; of many files, three are asked for.
 *
 * @returns A string that says why one is not right.
 */
export async function verify(
  target: Target,
  files: readonly SiteFile[],
  kind: AnswerKind,
): Promise<Verified | string> {
  const some = new Set([files[0], files[Math.floor(files.length / 2)], files[files.length - 1]]);
  let verified: Verified = { fields: [], answerLength: 0 };
  try {
    for (const file of some) {
      const known = kind === "unchanged" ? await fetchRaw(file.path, target) : null;
      const fields = fieldsFor(kind, known);
      // What a server makes at the first request, it may send from the second on.
      if (kind === "gzip") await fetchRaw(file.path, target, fields);
      const answer = await fetchRaw(file.path, target, fields);
      const error = answerError(answer, file, kind);
      if (error) return error;
      verified = { fields, answerLength: answer.length };
    }
    return verified;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
