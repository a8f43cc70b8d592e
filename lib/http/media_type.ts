/**
 * RFC 9110 §8.3: the `Content-Type` of a file, from the extension of its name. The types come from
 * `@std/media-types`; here is what that database has wrong, or lacks, for the web of today.
 */

import { typeByExtension } from "@std/media-types/type-by-extension";

/** RFC 9110 §8.3: "unknown", which browsers download instead of guessing; see `sniff.ts`. */
const UNKNOWN = "application/octet-stream";

/**
 * Source code, which people read and no browser runs. A type of its own (`text/x-c`, or `text/typescript`,
 * which is not registered) may make a browser download it; plain text is shown by all of them.
 *
 * `.ts` and `.mts` are in the database, and in nginx, as MPEG transport streams. Folders that are served
 * by a Deno program hold TypeScript, and Deno, which imports TypeScript over HTTP, takes plain text with
 * the extension `.ts` for it. What is a stream by its bytes is one: see `sniff.ts`.
 */
const SOURCE_CODE = (
  "bash bat c cc cpp cs cts diff frag glsl go h hpp java jsx kt lua mts patch php pl properties ps1 " +
  "py r rb rs sh sql svelte swift ts tsx vert vue wat zig"
).split(" ");

const CORRECTIONS = new Map<string, string>([
  ...SOURCE_CODE.map((extension) => [extension, "text/plain"] as const),
  ["cjs", "text/javascript"], // RFC 9239 §6; the database says application/node, which no page may load
  ["flac", "audio/flac"], // RFC 9639 §12; the database has the older x- name
  ["ipynb", "application/x-ipynb+json"], // not registered; the name that Jupyter gives it
  ["jsonl", "application/x-ndjson"], // not registered; the name in use
  ["ndjson", "application/x-ndjson"],
  ["tgz", "application/gzip"], // RFC 6713 §3
  ["topojson", "application/json"],
  ["vcf", "text/vcard"], // RFC 6350 §10.1
  ["yaml", "application/yaml"], // RFC 9512 §2.1, which makes text/yaml an old alias
  ["yml", "application/yaml"],
  ["zst", "application/zstd"], // RFC 8878 §7.1
]);

/**
 * Extensions of text that browsers download by its type, or that the database knows as something else: YAML, TOML and lines
 * of JSON, subtitles, keys and signatures, sources of TeX, of RDF, of Org mode; and PEM keys, which share theirs with
 * Keynote, VHDL with virtual disks, Mermaid with karaoke. Where the bytes are text, to show them helps more.
 */
const OFTEN_TEXT = new Set(
  ("asc csh dart hjson json5 jsonl key latex mmd ndjson nq nt org ris sig srt tcl tex texi texinfo toml trig " +
    "vhd yaml yml").split(" "),
);

/** By extension in lower case; holds known extensions only, so no peer can make it grow. */
const KNOWN = new Map<string, string>();

/**
 * Gives the field value of `Content-Type` for a file, as far as its name says it.
 *
 * Types of text get `; charset=utf-8`, as without it browsers read them in the encoding of the reader's
 * country; what a text declares of itself in its first bytes goes before that (`sniff.ts`). Types that say themselves how they are encoded get none: JSON is always UTF-8 and defines no
 * such parameter (RFC 8259 §8.1, §11), and XML, with SVG, declares its encoding in its first line, which
 * a parameter would override (RFC 7303 §3: not to be sent by a server that does not look inside).
 * Chromium reads `application/json` without the parameter as UTF-8 (measured); nginx and Caddy send none.
 *
 * @param fileName The last name of a path, for example `"notes.tar.gz"`; case does not matter.
 * @returns For example `"application/gzip"`; `"application/octet-stream"` if nothing is known.
 * @see RFC 9110 §8.3, §8.3.2
 */
export function mediaTypeOf(fileName: string): string {
  return typeOf(extensionOf(fileName)) ?? UNKNOWN;
}

/** Whether a name says nothing of what is in a file, or leaves it open whether that is text; see `sniff.ts`. */
export function isOfDoubtfulType(fileName: string): boolean {
  const extension = extensionOf(fileName);
  return OFTEN_TEXT.has(extension) || typeOf(extension) === undefined;
}

/** In lower case; empty if there is none. */
function extensionOf(fileName: string): string {
  const dot = fileName.lastIndexOf(".");
  return dot <= 0 ? "" : fileName.slice(dot + 1).toLowerCase(); // A dot in front hides a file.
}

function typeOf(extension: string): string | undefined {
  return KNOWN.get(extension) ?? lookUp(extension);
}

/** The slow way, once per known extension. */
function lookUp(extension: string): string | undefined {
  const type = CORRECTIONS.get(extension) ?? typeByExtension(extension);
  if (type === undefined) return undefined;
  const contentType = type.startsWith("text/") ? `${type}; charset=utf-8` : type;
  KNOWN.set(extension, contentType);
  return contentType;
}
