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

/** A place in the text of a page. */
interface Place {
  readonly text: string;
  at: number;
}

/** HTML §13.2.3.2, "prescan a byte stream": the encoding in the first `meta` that tells one that is known, or null. */
function encodingOfPage(text: string): string | null {
  const place: Place = { text, at: 0 };
  while (place.at < text.length) {
    if (text.startsWith("<!--", place.at)) {
      if (!skipPast(place, "-->", 2)) return null;
    } else if (startsTag(place, /<meta[\t\n\f\r /]/iy)) {
      place.at += "<meta".length;
      const label = labelOfMeta(place);
      if (label !== null && encodingOf(label) !== "") return label;
    } else if (startsTag(place, /<\/?[a-z]/iy)) {
      place.at = indexOrEnd(text, /[\t\n\f\r >]/g, place.at);
      while (Array.isArray(nextAttribute(place)));
    } else if (startsTag(place, /<[!/?]/y)) {
      if (!skipPast(place, ">", 2)) return null;
    } else {
      const next = text.indexOf("<", place.at + 1);
      place.at = next === -1 ? text.length : next;
    }
  }
  return null;
}

function startsTag({ text, at }: Place, pattern: RegExp): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

/** Goes behind the next `end` that starts at least `from` characters on. False if there is none. */
function skipPast(place: Place, end: string, from: number): boolean {
  const found = place.text.indexOf(end, place.at + from);
  if (found === -1) return false;
  place.at = found + end.length;
  return true;
}

function indexOrEnd(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/** What a `meta` says of the encoding, `charset="..."` or in a `content` with its `http-equiv`; null if nothing. */
function labelOfMeta(place: Place): string | null {
  const attributes = new Map<string, string>();
  for (;;) {
    const found = nextAttribute(place);
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
function nextAttribute(place: Place): [name: string, value: string] | "end" | "cut" {
  ATTRIBUTE.lastIndex = place.at;
  const match = ATTRIBUTE.exec(place.text);
  const end = ATTRIBUTE.lastIndex;
  const isCut = match === null || end === place.text.length && !match[0].endsWith(">") ||
    /["']/.test(place.text[end]) && /=[\t\n\f\r ]*$/.test(match[0]); // A value whose quote never ends.
  if (isCut) {
    place.at = place.text.length;
    return "cut";
  }
  place.at = end;
  const [, name, double, single, bare] = match;
  return name === undefined ? "end" : [name.toLowerCase(), double ?? single ?? bare ?? ""];
}
