/**
 * Locks of paths: who may see what is below a path of `_headers`, as on Netlify,
 *
 *     /protected/*
 *       Basic-Auth: ada:engine charles:difference
 *
 * and lines that are a lock elsewhere and that we cannot keep: what they lock is shown to nobody. A lock holds for every
 * spelling of a page, in any case and form of its letters, as file systems may take one for the other.
 */

import type { TargetPath } from "../http/message.ts";
import { basicCredentials } from "./auth.ts";
import { formsOf, matchForms, matchPath, parsePattern, type PathPattern } from "./path_pattern.ts";

/** One line that locks a path, or opens it again. */
export type Lock =
  & { readonly pattern: PathPattern }
  & (
    | { readonly kind: "users"; readonly credentials: readonly string[] }
    /** For nobody. */
    | { readonly kind: "closed" }
    /** Takes back the users above. */
    | { readonly kind: "open" }
  );

/** What it takes to get in: one of the credentials of each list; nothing at all; or it cannot be had. */
export type Demand = readonly (readonly string[])[] | "closed";

const NOTHING: Demand = [];
/** Paths whose demand is remembered; then it starts over. */
const MAX_REMEMBERED_PATHS = 4096;

/** The field name, in lower case, that is a lock. */
export const LOCK_NAME = "basic-auth";

/** Names that people take for it, or that are a lock elsewhere. What follows them may be a password. */
const LIKE_LOCKS =
  /^(?:basic[-_ ]?auth(?:entication|orization)?|(?:proxy-)?authorization|authenticat(?:e|ion)|auth|users?|roles?|passwords?)$/;

/** Whether a line of this name, in lower case, is meant to keep people out. */
export function isLockName(name: string): boolean {
  return LIKE_LOCKS.test(name);
}

/** Reads the value of `Basic-Auth`: names and passwords, joined by colons, between blanks. Null if it is none. */
export function parseUsers(value: string): readonly string[] | null {
  const users = value.split(/[ \t]+/).filter((user) => user !== "");
  // RFC 7617 §2: no colon in a name, no control character in either.
  const areUsers = users.length > 0 &&
    users.every((user) => /^[^:\p{Cc}]+:[^\p{Cc}]+$/u.test(user));
  return areUsers ? users.map(basicCredentials) : null;
}

/**
 * Gives a pattern that matches at least what was meant by a path that is no pattern: what stands before its first special
 * character, and all below. A lock is rather too wide than not there.
 */
export function widePattern(
  text: string,
): { readonly pattern: PathPattern; readonly path: string } {
  const path = text.replace(/^https?:\/\/[^/]*/i, "") || "/";
  const exact = path.startsWith("/") ? parsePattern(path) : "";
  if (typeof exact !== "string") return { pattern: exact, path };
  const plain = /^\/[^*:?#%.]*/.exec(path)?.[0] ?? "/";
  const wide = plain.slice(0, plain.lastIndexOf("/") + 1) + "*";
  const pattern = parsePattern(wide);
  return typeof pattern === "string" ? widePattern("/*") : { pattern, path: wide };
}

/** The locks of a site, to be asked. */
export class LockTable {
  readonly #locks: readonly Lock[];
  readonly #former: LockTable | null;
  readonly #demands = new Map<string, Demand>();

  /**
   * @param locks From top to bottom.
   * @param former Those that hold as well where these lock nothing, each list where those before it lock nothing.
   */
  constructor(locks: readonly Lock[], former: readonly (readonly Lock[])[] = []) {
    this.#former = former.length === 0 ? null : new LockTable(former[0], former.slice(1));
    this.#locks = locks.map((lock) =>
      lock.kind === "open" ? lock : { ...lock, pattern: foldPattern(lock.pattern) }
    );
  }

  /** What it takes to see what is at a path. */
  demandOf(path: TargetPath): Demand {
    const known = this.#demands.get(path.key);
    if (known !== undefined) return known;
    const found = this.#find(path);
    const demand = found.length === 0 ? this.#former?.demandOf(path) ?? found : found;
    if (this.#demands.size >= MAX_REMEMBERED_PATHS) this.#demands.clear();
    this.#demands.set(path.key, demand);
    return demand;
  }

  #find(path: TargetPath): Demand {
    const spellings = spellingsOf(path.segments.map(fold));
    let lists: (readonly string[])[] = [];
    let isClosed = false;
    for (const lock of this.#locks) {
      // What is opened is opened to the letter.
      if (lock.kind === "open") {
        if (matchForms(lock.pattern, formsOf(path)) !== null) lists = [];
        continue;
      }
      const holds = spellings.some((segments) =>
        matchPath(lock.pattern, { segments, folder: false }) !== null
      );
      if (!holds) continue;
      if (lock.kind === "closed") isClosed = true;
      // Who is in two lists has passed both: a lock below never lets in more people than one above.
      else lists.push(lock.credentials);
    }
    return isClosed ? "closed" : lists.length === 0 ? NOTHING : lists;
  }
}

/** Every address under which the page of a path may be seen: ready-made codings, `.html`, `index.html`. */
function spellingsOf(segments: readonly string[]): (readonly string[])[] {
  const above = segments.slice(0, -1);
  const name = (segments.at(-1) ?? "").replace(/(?<=.)\.(?:br|gz|zst)$/, "");
  const short = name.replace(/(?<=.)\.html$/, "");
  const page = short === "" || short === "index" ? above : [...above, short];
  const spellings = [segments, page, [...page, "index.html"], [...page, "index"]];
  if (name !== "") spellings.push([...above, name]);
  if (page.length > 0) spellings.push([...page.slice(0, -1), `${page.at(-1)}.html`]);
  return spellings;
}

function fold(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

function foldPattern({ head, splat, tail }: PathPattern): PathPattern {
  const foldAround = <Part extends { readonly before: string; readonly after: string }>(
    part: Part,
  ) => ({
    ...part,
    before: fold(part.before),
    after: fold(part.after),
  });
  return {
    head: head.map(foldAround),
    splat: splat === null ? null : foldAround(splat),
    tail: tail.map(foldAround),
  };
}
