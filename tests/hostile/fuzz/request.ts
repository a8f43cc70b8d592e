/**
 * What a request of the fuzzer is, as plain data that fast-check can shrink, and how it is written down as bytes. Every
 * request here is valid: RFC 9112 §3 to §7.
 */

import { ADDRESSES } from "./site.ts";

/** Content of a request, and how it is framed: RFC 9112 §6. */
export type Content =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly size: number }
  | {
    readonly kind: "chunked";
    readonly sizes: readonly number[];
    /** A chunk extension with its semicolon, or nothing; behind every size. */
    readonly extension: string;
    readonly trailers: readonly string[];
  };

/** A condition or range: name in lower case, and a value in which `{tag}` is the file's entity tag. */
export type Condition = readonly [name: string, value: string];

/** One valid request. */
export interface FuzzRequest {
  /** Empty lines before it: RFC 9112 §2.2. */
  readonly emptyLines: number;
  readonly method: string;
  readonly minorVersion: number;
  readonly form: "origin" | "absolute" | "asterisk" | "authority";
  /** Index into `ADDRESSES`. */
  readonly address: number;
  /** Decides which characters are percent-encoded, and where slashes are doubled; 0: only what has to be. */
  readonly spelling: number;
  /** From the question mark on, or nothing. */
  readonly query: string;
  /** The value of `Host`, or null for none, in HTTP/1.0 alone. */
  readonly host: string | null;
  /** The values of `Connection`, a line each. */
  readonly connection: readonly string[];
  /** The value of `Expect`, or null. */
  readonly expect: string | null;
  readonly conditions: readonly Condition[];
  /** Lines that no server of files looks at. */
  readonly noise: readonly (readonly [name: string, value: string])[];
  /** Decides the case of names, the white space around values, and the order of the lines; 0: plain. */
  readonly dress: number;
  readonly content: Content;
  /** Whether the client holds the content back until it is asked for, or refused: RFC 9110 §10.1.1. */
  readonly waits: boolean;
}

/** The parts of a request as they are written, for a flaw to break one of them. */
export interface Written {
  readonly emptyLines: string;
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly lines: readonly string[];
  readonly content: string;
}

/** Pseudo-random numbers that a seed decides, from 0 on: 0 gives zeros alone, so that shrinking makes things plain. */
export function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    if (seed === 0) return 0;
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return (state >>> 8) % sides;
  };
}

/** Writes a request, one byte a character, in parts. */
export function writeParts(request: FuzzRequest, entityTag: string): Written {
  const { method, minorVersion } = request;
  const target = writeTarget(request);
  const lines = fieldsOf(request, entityTag);
  const roll = dice(request.dress);
  // RFC 9110 §5.3: lines of different names may stand in any order; turning them keeps those of one name in theirs.
  const turn = roll(lines.length + 1) % (lines.length || 1);
  const mayTurn = new Set(lines.map(([name]) => name)).size === lines.length;
  const turned = mayTurn ? [...lines.slice(turn), ...lines.slice(0, turn)] : lines;
  return {
    emptyLines: "\r\n".repeat(request.emptyLines),
    method,
    target,
    version: `HTTP/1.${minorVersion}`,
    lines: turned.map(([name, value]) => writeLine(name, value, roll)),
    content: writeContent(request.content),
  };
}

/** The head of written parts, its empty line included. */
export function headOf({ emptyLines, method, target, version, lines }: Written): string {
  return `${emptyLines}${method} ${target} ${version}\r\n${
    lines.map((line) => `${line}\r\n`).join("")
  }\r\n`;
}

function fieldsOf(request: FuzzRequest, entityTag: string): (readonly [string, string])[] {
  const { host, content, expect } = request;
  const fields: (readonly [string, string])[] = [];
  if (host !== null) fields.push(["Host", host]);
  fields.push(...request.noise);
  for (const options of request.connection) fields.push(["Connection", options]);
  for (const [name, value] of request.conditions) {
    fields.push([name, value.replaceAll("{tag}", entityTag)]);
  }
  if (expect !== null) fields.push(["Expect", expect]);
  if (content.kind === "length") fields.push(["Content-Length", String(content.size)]);
  if (content.kind === "chunked") fields.push(["Transfer-Encoding", "chunked"]);
  return fields;
}

/** RFC 9112 §5: names in any case, any white space around values. */
function writeLine(name: string, value: string, roll: (sides: number) => number): string {
  const kind = roll(4);
  const spelled = kind === 1
    ? name.toLowerCase()
    : kind === 2
    ? name.toUpperCase()
    : kind === 3
    ? [...name].map((c) => roll(2) === 0 ? c.toLowerCase() : c.toUpperCase()).join("")
    : name;
  const before = [" ", "", "\t", " \t  "][roll(4)];
  const after = ["", "", " ", "\t "][roll(4)];
  return `${spelled}:${before}${value}${after}`;
}

/** The target of a request, spelled as it asks for. */
export function writeTarget({ form, address, spelling, query, host }: FuzzRequest): string {
  if (form === "asterisk") return "*";
  if (form === "authority") return "a.example:443";
  const { names, slash } = ADDRESSES[address];
  const roll = dice(spelling);
  const path = names.map((name) => (roll(8) === 1 ? "//" : "/") + encodeName(name, roll)).join("");
  const origin = path + (slash ? "/" : "") + query;
  if (form === "origin") return origin;
  const scheme = ["http", "HTTP", "https"][roll(3)];
  // RFC 9112 §3.2.2: an absolute form may end with its authority, and then asks for the root.
  const isShort = names.length === 0 && roll(2) === 1;
  return `${scheme}://${host || "a.example"}${isShort ? query : origin}`;
}

const encoder = new TextEncoder();
const PLAIN = /^[A-Za-z0-9\-._~!$&'()*+,;=:@]$/;

/** RFC 3986 §2.1: what has to be percent-encoded is; anything else may be, with digits of either case. */
function encodeName(name: string, roll: (sides: number) => number): string {
  let text = "";
  for (const character of name) {
    if (PLAIN.test(character) && roll(6) !== 1) text += character;
    else for (const byte of encoder.encode(character)) text += encodeByte(byte, roll(2) === 1);
  }
  return text;
}

function encodeByte(byte: number, isLower: boolean): string {
  const digits = byte.toString(16).padStart(2, "0");
  return "%" + (isLower ? digits : digits.toUpperCase());
}

/** Content that would be a request if it were taken for one. */
const BAIT = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

function bait(size: number): string {
  return BAIT.repeat(Math.ceil(size / BAIT.length)).slice(0, size);
}

/** Writes content with its framing: RFC 9112 §6.2 and §7.1. */
export function writeContent(content: Content): string {
  if (content.kind === "none") return "";
  if (content.kind === "length") return bait(content.size);
  const chunks = content.sizes.map((size, i) => {
    const digits = i % 2 === 0 ? size.toString(16) : size.toString(16).toUpperCase();
    return `${i % 3 === 2 ? "00" : ""}${digits}${content.extension}\r\n${bait(size)}\r\n`;
  });
  const trailers = content.trailers.map((line) => `${line}\r\n`).join("");
  return `${chunks.join("")}0${content.extension}\r\n${trailers}\r\n`;
}
