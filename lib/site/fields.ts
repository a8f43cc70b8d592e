/**
 * Field lines that whoever runs the site asks for, by a flag or by `_headers`: which ones may be asked for, and how
 * they join those that a response has anyway.
 */

import { isLockName } from "./locks.ts";

/** One field line of a response. */
export type FieldLine = readonly [name: string, value: string];

/** What a site asks for on the responses of one path. */
export interface SiteFields {
  readonly lines: readonly FieldLine[];
  /** Names, in lower case, of fields of ours that are to be left out; see {@linkcode REMOVABLE}. */
  readonly removed: ReadonlySet<string>;
}

/**
 * Fields that say how a message is framed, what a connection does or what the bytes are: a wrong one makes two readers
 * see two messages (RFC 9112 §11.2), or a cache mix two files. Netlify refuses nearly the same list.
 */
const OURS = new Set([
  ...["accept-ranges", "age", "allow", "connection", "content-encoding", "content-length"],
  ...["content-range", "date", "etag", "keep-alive", "last-modified", "location"],
  ...["proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"],
  ...["www-authenticate"],
]);

/** The fields that are only our advice, so that a site may do without. */
const REMOVABLE = new Set(["cache-control", "x-content-type-options"]);

/** Fields that files have as well, which a site may set and not leave out: what they are, and for whom. */
const ALWAYS = new Set(["content-type", "vary"]);

/** Whether a name, in lower case, is of a field that the server sends whatever a site says. */
export function isOurs(name: string): boolean {
  return OURS.has(name) || ALWAYS.has(name);
}

/** Whether a name, in lower case, is of a field of ours that a site may leave out. */
export function isRemovable(name: string): boolean {
  return REMOVABLE.has(name);
}

/**
 * Reads a field line that somebody wrote by hand.
 *
 * @returns The line, or what is wrong with it, as words that complete "the line …".
 * @see RFC 9110 §5.1 and §5.5
 */
export function parseSiteField(text: string): FieldLine | string {
  const colon = text.indexOf(":");
  if (colon === -1) return "has no colon between a name and a value";
  const name = text.slice(0, colon).trim();
  const value = text.slice(colon + 1).trim();
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return "has a name that no field can have";
  // What follows may be a password, which is not to be sent to everybody.
  if (isLockName(name.toLowerCase())) return `sets ${name}, which is a lock and no field`;
  if (OURS.has(name.toLowerCase())) return `sets ${name}, which is the server's own to set`;
  if (value === "") return `gives ${name} no value`;
  // RFC 9110 §5.5: CR and LF would start a line or a response of their own; beyond ASCII, readers differ.
  if (!/^[\t -~]*$/.test(value)) return `gives ${name} a character that is not printable ASCII`;
  return [name, value];
}

/**
 * Joins the field lines of a response with those of the site. What both have, the site decides; `Vary` is the union,
 * as each says what it looked at (RFC 9110 §12.5.5).
 */
export function mergeFields(
  statusCode: number,
  own: readonly FieldLine[],
  { lines, removed }: SiteFields,
): readonly FieldLine[] {
  const isMultipart = own.some(([name, value]) =>
    name === "Content-Type" && value.startsWith("multipart/")
  );
  const added = lines.filter((line) => applies(line, statusCode, isMultipart));
  const names = new Set(added.map(([name]) => name.toLowerCase()));
  const merged = own.filter(([name]) => {
    const key = name.toLowerCase();
    return key === "vary" || !(names.has(key) || removed.has(key) && REMOVABLE.has(key));
  });
  const varyAt = merged.findIndex(([name]) => name.toLowerCase() === "vary");
  for (const [name, value] of added) {
    if (varyAt !== -1 && name.toLowerCase() === "vary") {
      merged[varyAt] = ["Vary", `${merged[varyAt][1]}, ${value}`];
    } else merged.push([name, value]);
  }
  return merged;
}

/**
 * Gives the field lines of a response whose content stands in for what its address names, such as the page of an
 * application. What describes the file or says how long it is good is of its own address, all else of the one that was
 * asked for. A script's name is no reason to keep a page for a year.
 *
 * @param own What is asked for the file's own address; null for content that is no file, which describes itself.
 */
export function fieldsOfStandIn(asked: SiteFields, own: SiteFields | null): SiteFields {
  // Whoever forbids to keep what is at an address means whatever is there.
  const forbids = asked.lines.filter((line) => isAboutCaches(keyOf(line)) && forbidsKeeping(line));
  const ofFile = (own?.lines ?? []).filter((line) =>
    isAboutFile(keyOf(line)) && !(forbids.length > 0 && isAboutCaches(keyOf(line)))
  );
  const others = asked.lines.filter((line) => !isAboutFile(keyOf(line)));
  return { lines: [...others, ...forbids, ...ofFile], removed: own?.removed ?? new Set() };
}

function keyOf([name]: FieldLine): string {
  return name.toLowerCase();
}

function forbidsKeeping([, value]: FieldLine): boolean {
  return /no-store|no-cache/i.test(value);
}

/** Whether a line that is asked for a path belongs on a response with this status. */
function applies(line: FieldLine, statusCode: number, isMultipart: boolean): boolean {
  const key = keyOf(line);
  const isFile = statusCode === 200 || statusCode === 206 || statusCode === 304;
  // A year of `immutable` is meant for the file, not for the 404 of a day when it was missing.
  if (!isFile && isAboutCaches(key)) return forbidsKeeping(line);
  // These describe the file's bytes: an error page has others, and a 304 has none (RFC 9110 §15.4.5).
  if (isAboutContent(key)) return (statusCode === 200 || statusCode === 206) && !isMultipart;
  return true;
}

function isAboutCaches(key: string): boolean {
  return key.endsWith("cache-control") || key === "expires" || key === "pragma" ||
    key === "surrogate-control";
}

/** Of fields of a site: those that are true of one file, whatever address it is sent for. */
function isAboutFile(key: string): boolean {
  return isAboutCaches(key) || isAboutContent(key) || FILE_FIELDS.has(key);
}

/** How to read the bytes, where their source is, and what they add up to: HTML §12.3, RFC 9530. */
const FILE_FIELDS = new Set([
  ...["x-content-type-options", "sourcemap", "x-sourcemap", "digest", "repr-digest"],
]);

function isAboutContent(key: string): boolean {
  return key.startsWith("content-") && key !== "content-location" &&
    !key.startsWith("content-security-policy");
}
