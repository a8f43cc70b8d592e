/**
 * The encoding that a text declares of itself in its first bytes: HTML §13.2.3.2, CSS Syntax §3.2, XML §4.3.3, and byte
 * order marks. A `charset` parameter overrides all of these but the marks, so a server that sends one has to look first.
 */

import { byteString } from "./grammar.ts";

/** How far a declaration is looked for, in bytes: HTML §4.2.5.4, and what browsers do. */
const LOOK_BYTES = 1024;

/**
 * Whether the first bytes of a text declare another encoding than UTF-8. What no browser knows declares nothing, nor does
 * `utf-16` in ASCII letters, which browsers take for UTF-8 as it cannot be true.
 *
 * @param mediaType With or without parameters.
 */
export function declaresOtherThanUtf8(mediaType: string, bytes: Uint8Array): boolean {
  const text = byteString(bytes, 0, Math.min(LOOK_BYTES, bytes.length));
  if (text.startsWith("\xef\xbb\xbf")) return false;
  if (text.startsWith("\xfe\xff") || text.startsWith("\xff\xfe")) return true; // UTF-16
  if (mediaType.startsWith("text/css")) return isOther(CSS_CHARSET.exec(text)?.[1]);
  const ofPage = mediaType.startsWith("text/html") ? encodingOfPage(text) : null;
  return isOther(ofPage ?? XML_DECLARATION.exec(text)?.[1]);
}

/** CSS Syntax §3.2: these characters exactly, at the very start. */
const CSS_CHARSET = /^@charset "([^"]*)";/;
/** XML §2.8; browsers read it in HTML as well, where no `meta` says more. */
const XML_DECLARATION = /^<\?xml[\t\n\r ][^>]*?\bencoding[\t\n\r ]*=[\t\n\r ]*["']([^"'>]+)["']/;

function isOther(label: string | undefined): boolean {
  return label !== undefined && !["", "utf-8"].includes(encodingOf(label));
}

/** The name of the encoding that browsers take for a label; empty if they know none. Encoding §4.2. */
function encodingOf(label: string): string {
  if (/^[\t\n\f\r ]*x-user-defined[\t\n\f\r ]*$/i.test(label)) return "windows-1252";
  try {
    const { encoding } = new TextDecoder(label);
    return encoding.startsWith("utf-16") ? "utf-8" : encoding;
  } catch {
    return "";
  }
}

/** A position in the text of a page. */
interface Cursor {
  readonly text: string;
  at: number;
}

/** HTML §13.2.3.2, "prescan a byte stream": the encoding in the first `meta` that tells one that is known, or null. */
function encodingOfPage(text: string): string | null {
  const cursor: Cursor = { text, at: 0 };
  while (cursor.at < text.length) {
    if (text.startsWith("<!--", cursor.at)) {
      if (!skipPast(cursor, "-->", 2)) return null;
    } else if (startsTag(cursor, /<meta[\t\n\f\r /]/iy)) {
      cursor.at += "<meta".length;
      const label = labelOfMeta(cursor);
      if (label !== null && encodingOf(label) !== "") return label;
    } else if (startsTag(cursor, /<\/?[a-z]/iy)) {
      cursor.at = indexOrEnd(text, /[\t\n\f\r >]/g, cursor.at);
      while (Array.isArray(nextAttribute(cursor)));
    } else if (startsTag(cursor, /<[!/?]/y)) {
      if (!skipPast(cursor, ">", 2)) return null;
    } else {
      const next = text.indexOf("<", cursor.at + 1);
      cursor.at = next === -1 ? text.length : next;
    }
  }
  return null;
}

function startsTag({ text, at }: Cursor, pattern: RegExp): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

/** Goes behind the next `end` that starts at least `from` characters on. False if there is none. */
function skipPast(cursor: Cursor, end: string, from: number): boolean {
  const found = cursor.text.indexOf(end, cursor.at + from);
  if (found === -1) return false;
  cursor.at = found + end.length;
  return true;
}

function indexOrEnd(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/** What a `meta` says of the encoding, `charset="..."` or in a `content` with its `http-equiv`; null if nothing. */
function labelOfMeta(cursor: Cursor): string | null {
  const attributes = new Map<string, string>();
  for (;;) {
    const found = nextAttribute(cursor);
    if (found === "cut") return null; // It may go on with anything.
    if (found === "end") break;
    const [name, value] = found;
    if (!attributes.has(name)) attributes.set(name, value);
  }
  const charset = attributes.get("charset");
  if (charset !== undefined) return charset;
  const isPragma = attributes.get("http-equiv")?.toLowerCase() === "content-type";
  const content = isPragma ? attributes.get("content") : undefined;
  const match = content === undefined ? null : CONTENT_CHARSET.exec(content);
  return match === null ? null : match[1] ?? match[2] ?? match[3];
}

/** HTML §2.6.5.1, "extracting a character encoding from a meta element". */
const CONTENT_CHARSET =
  /charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^"'\t\n\f\r ;][^\t\n\f\r ;]*))/i;

const ATTRIBUTE =
  /[\t\n\f\r /]*(?:>|([^\t\n\f\r />][^\t\n\f\r />=]*)(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^"'\t\n\f\r >][^\t\n\f\r >]*)?))?)/y;

/** HTML §13.2.3.2, "get an attribute": name and value, the name in lower case; or that the tag ends, or the text in it. */
function nextAttribute(cursor: Cursor): [name: string, value: string] | "end" | "cut" {
  ATTRIBUTE.lastIndex = cursor.at;
  const match = ATTRIBUTE.exec(cursor.text);
  const end = ATTRIBUTE.lastIndex;
  const isCut = match === null || end === cursor.text.length && !match[0].endsWith(">") ||
    /["']/.test(cursor.text[end]) && /=[\t\n\f\r ]*$/.test(match[0]); // A value whose quote never ends.
  if (isCut) {
    cursor.at = cursor.text.length;
    return "cut";
  }
  cursor.at = end;
  const [, name, double, single, bare] = match;
  return name === undefined ? "end" : [name.toLowerCase(), double ?? single ?? bare ?? ""];
}
