/**
 * The patterns of `_headers` and `_redirects`, as far as Netlify and Cloudflare Pages agree: `/news/:year/*`. A
 * placeholder is one name or a part of it, the asterisk is any number of names.
 *
 * No regular expression is made of them: matching takes one look at each name, whatever the peer sends.
 */

import type { TargetPath } from "../http/message.ts";

/** What one name of a path has to be: text, or text around a placeholder. */
interface NamePattern {
  readonly before: string;
  /** Null: the name has to be `before`. */
  readonly placeholder: string | null;
  readonly after: string;
}

/** A pattern, taken apart. */
export interface PathPattern {
  readonly head: readonly NamePattern[];
  /** What stands around the asterisk in its own name or names; null without one, and then `tail` is empty. */
  readonly splat: { readonly before: string; readonly after: string } | null;
  readonly tail: readonly NamePattern[];
}

/** Texts by placeholder, decoded; the asterisk's is `splat`. */
export type Captures = ReadonlyMap<string, string>;

const NO_CAPTURES: Captures = new Map();
const PLACEHOLDER = /:([A-Za-z]\w*)/;

/**
 * Reads a pattern.
 *
 * @param text For example `"/blog/*"`; starts with a slash.
 * @returns The pattern, or what is wrong with it, as words that complete "the line …".
 */
export function parsePattern(text: string): PathPattern | string {
  if (/[?#]/.test(text)) return "has a query or a fragment in its path, which no path can match";
  if (text.split("/").some((name) => /^(?:\.|%2e){1,2}$/i.test(name))) {
    return "has a segment . or .. in its path, which is removed from every path";
  }
  const parts = text.split("*");
  if (parts.length > 2) return "has more than one * in its path";
  try {
    const [head, tail] = parts.map(namesOf);
    if (tail === undefined) return { head: head.map(parseName), splat: null, tail: [] };
    // What touches the asterisk is part of the same name, as in `/img-*.png`.
    const before = parts[0].endsWith("/") ? "" : decode(head.pop() ?? "");
    const after = parts[1] === "" || parts[1].startsWith("/") ? "" : decode(tail.shift() ?? "");
    if (PLACEHOLDER.test(before + after)) return "has a placeholder in the same name as its *";
    return { head: head.map(parseName), splat: { before, after }, tail: tail.map(parseName) };
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    return "has a % in its path that starts no byte of UTF-8";
  }
}

function namesOf(text: string): string[] {
  return text.split("/").filter((name) => name !== "");
}

/** Decodes text of a pattern, in one form of Unicode; {@linkcode formsOf} has that of a path. */
function decode(text: string): string {
  return decodeURIComponent(text).normalize("NFC");
}

/** What is wrong with a pattern. */
class PatternError extends Error {}

/** @throws {PatternError} When two placeholders share a name, as nothing tells where the first one ends. */
function parseName(text: string): NamePattern {
  const match = PLACEHOLDER.exec(text);
  if (match === null) return { before: decode(text), placeholder: null, after: "" };
  const after = text.slice(match.index + match[0].length);
  if (PLACEHOLDER.test(after)) {
    throw new PatternError("has two placeholders in one name of its path");
  }
  return {
    before: decode(text.slice(0, match.index)),
    placeholder: match[1],
    after: decode(after),
  };
}

/** Whether only one path matches: then a rule can be looked up. Gives its names joined by slashes, or null. */
export function fixedPath({ head, splat }: PathPattern): string | null {
  const isFixed = splat === null && head.every(({ placeholder }) => placeholder === null);
  return isFixed ? head.map(({ before }) => before).join("/") : null;
}

/** The parts of a path that matter to a pattern. */
type Path = Pick<TargetPath, "segments" | "folder">;

/** Spellings of a path that a rule has to match: as it came, and in NFC, as macOS finds a file by either form of its name. */
export function formsOf(path: Path): readonly Path[] {
  const segments = path.segments.map((name) => name.normalize("NFC"));
  return segments.every((name, i) => name === path.segments[i])
    ? [path]
    : [path, { ...path, segments }];
}

/** Matches the {@linkcode formsOf} a path, the first one first. */
export function matchForms(pattern: PathPattern, forms: readonly Path[]): Captures | null {
  for (const form of forms) {
    const captures = matchPath(pattern, form);
    if (captures !== null) return captures;
  }
  return null;
}

/**
 * Matches a path. A slash at the end makes no difference, as on Netlify, so that no address is forgotten; `/blog/*`
 * matches `/blog`, too. Case does.
 * @returns What the placeholders stand for, or null if the path does not match.
 */
export function matchPath(
  { head, splat, tail }: PathPattern,
  { segments, folder }: Path,
): Captures | null {
  const count = head.length + tail.length;
  if (splat === null ? segments.length !== count : segments.length < count) return null;
  const captures = new Map<string, string>();
  const tailStart = segments.length - tail.length;
  for (let i = 0; i < head.length; i++) if (!matchName(head[i], segments[i], captures)) return null;
  for (let i = 0; i < tail.length; i++) {
    if (!matchName(tail[i], segments[tailStart + i], captures)) return null;
  }
  if (splat === null) return captures.size === 0 ? NO_CAPTURES : captures;
  const rest = segments.slice(head.length, tailStart).join("/");
  const { before, after } = splat;
  if (rest.length < before.length + after.length) return null;
  if (!rest.startsWith(before) || !rest.endsWith(after)) return null;
  const slash = folder && rest !== "" && after === "" && tail.length === 0 ? "/" : "";
  return captures.set("splat", rest.slice(before.length, rest.length - after.length) + slash);
}

/** Whether a path may match both patterns. False is certain; true is not, where a name is a placeholder or an asterisk's. */
export function mayMeet(one: PathPattern, other: PathPattern): boolean {
  const [fewest, most] = [one, other].map(({ head, tail, splat }) => {
    const count = head.length + tail.length;
    return { count, isExact: splat === null };
  }).sort((a, b) => a.count - b.count);
  if (fewest.isExact && fewest.count < most.count) return false;
  return one.head.every((name, i) => {
    const others = other.head[i];
    const areTexts = others !== undefined && name.placeholder === null &&
      others.placeholder === null;
    return !areTexts || name.before === others.before;
  });
}

function matchName(pattern: NamePattern, name: string, captures: Map<string, string>): boolean {
  const { before, placeholder, after } = pattern;
  if (placeholder === null) return name === before;
  if (name.length <= before.length + after.length) return false; // A placeholder stands for something.
  if (!name.startsWith(before) || !name.endsWith(after)) return false;
  captures.set(placeholder, name.slice(before.length, name.length - after.length));
  return true;
}

/** Puts what placeholders stand for in their place, each as `spell` says; unknown ones are plain text. */
export function fillIn(text: string, captures: Captures, spell: (text: string) => string): string {
  return text.replace(/:([A-Za-z]\w*)/g, (whole, name) => {
    const capture = captures.get(name);
    return capture === undefined ? whole : spell(capture);
  });
}
