/**
 * RFC 9110 §8.4, §12.5.3: content codings. The `Accept-Encoding` of a request and the name of a file go in; out come the
 * codings to try, in order, and whether a file is worth one at all. Where the coded bytes come from is for `variants.ts`.
 */

import { tokenList } from "../http/grammar.ts";

/** A content coding as `Content-Encoding` names it: RFC 9110 §8.4.1, RFC 7932, RFC 8878. */
export type Coding = "br" | "zstd" | "gzip";

/** Our order where the peer has no preference, smallest result first, and the extension of a ready-made file. */
const CODINGS: readonly (readonly [coding: Coding, extension: string])[] = [
  ["br", ".br"],
  ["zstd", ".zst"],
  ["gzip", ".gz"],
];

/** Codings that we make ourselves; the others are served where a ready-made file is. */
export const MADE_CODINGS: readonly Coding[] = ["br", "gzip"];

/** Smaller files are not compressed, in bytes: they fit into one packet as they are. */
export const MIN_CODED_BYTES = 1024;

/** Gives the name of the ready-made file of a coding, for example `"app.js.br"`. */
export function siblingName(fileName: string, coding: Coding): string {
  const [, extension] = CODINGS.find(([name]) => name === coding)!;
  return fileName + extension;
}

/** Reads the one coding that a rule of the site names; null if it is none that is known. */
export function parseCoding(text: string): Coding | null {
  const name = text.toLowerCase() === "x-gzip" ? "gzip" : text.toLowerCase(); // RFC 9110 §8.4.1.3
  return CODINGS.find(([coding]) => coding === name)?.[0] ?? null;
}

/** A name without the extension of a coding: the name that the decoded file would have. */
export function decodedName(fileName: string, coding: Coding): string {
  const [, extension] = CODINGS.find(([name]) => name === coding)!;
  const isNamedSo = fileName.toLowerCase().endsWith(extension);
  return isNamedSo ? fileName.slice(0, -extension.length) : fileName;
}

/** RFC 9110 §12.4.2: three digits at the most behind the point, and nothing above 1. */
const ELEMENT =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?$/;

/** A longer `Accept-Encoding` is as good as absent: no client sends a tenth of this. */
const MAX_FIELD_LENGTH = 2048;

/** One array per order, so that an order can be a key of a `Map`: at most sixteen. */
const ORDERS = new Map<string, readonly Coding[]>();

/**
 * Tells which codings a peer prefers to the plain file. Never throws.
 *
 * A coding with a weight is taken before the plain file unless the peer gives that one a higher weight. The RFC lets an
 * absent field mean anything; all servers send the plain file then, as the peers that leave it out are those that
 * decode nothing. A field that breaks the grammar is as good as absent. So is `identity;q=0` where we have no other
 * form: RFC 9110 §12.5.3 would allow 406, and nginx, Apache and Caddy send the file, which helps more.
 *
 * @param fieldValue Of `Accept-Encoding`, lines joined; null if absent.
 * @returns The best first; the same array each time for the same order.
 * @see RFC 9110 §12.5.3
 */
export function acceptedCodings(fieldValue: string | null): readonly Coding[] {
  const isTaken = fieldValue !== null && fieldValue.length <= MAX_FIELD_LENGTH;
  const weights = isTaken ? parseWeights(fieldValue) : null;
  const codings = weights === null ? [] : orderOf(weights);
  const key = codings.join();
  const known = ORDERS.get(key);
  if (known !== undefined) return known;
  ORDERS.set(key, codings);
  return codings;
}

/** Weights in thousandths, by coding in lower case; null if the field breaks the grammar. */
function parseWeights(fieldValue: string): ReadonlyMap<string, number> | null {
  const weights = new Map<string, number>();
  for (const element of tokenList(fieldValue)) {
    const match = ELEMENT.exec(element);
    if (match === null) return null;
    const name = match[1].toLowerCase();
    const coding = name === "x-gzip" ? "gzip" : name; // RFC 9110 §8.4.1.3: the same.
    const weight = Math.round(Number(match[2] ?? "1") * 1000);
    // Said twice: the lower one, so that a refusal always counts.
    weights.set(coding, Math.min(weight, weights.get(coding) ?? 1000));
  }
  return weights;
}

function orderOf(weights: ReadonlyMap<string, number>): Coding[] {
  const others = weights.get("*") ?? 0; // RFC 9110 §12.5.3: matches what is not listed.
  const plain = weights.get("identity") ?? weights.get("*") ?? 0;
  return CODINGS
    .map(([coding]) => ({ coding, weight: weights.get(coding) ?? others }))
    .filter(({ weight }) => weight > 0 && weight >= plain)
    .sort((a, b) => b.weight - a.weight) // Stable: equal weights stay in our order.
    .map(({ coding }) => coding);
}

const TEXT = /^text\/|[+/](?:json|xml|yaml|javascript|x-ndjson|toml|sql|rtf)$|\+(?:json|xml)$/;
/** Not text, and yet not compressed by their format. */
const LOOSE = new Set([
  "application/wasm",
  "application/vnd.ms-fontobject",
  "font/otf",
  "font/ttf",
  "image/bmp",
  "image/vnd.microsoft.icon",
  "image/x-icon",
]);

/** Whether files of a type get smaller by compressing. Images, films and archives are compressed already. */
export function isCompressible(mediaType: string): boolean {
  const semicolon = mediaType.indexOf(";");
  const type = semicolon === -1 ? mediaType : mediaType.slice(0, semicolon);
  return TEXT.test(type) || LOOSE.has(type);
}
