/**
 * RFC 9110 §8.8: validators, which tell two states of a file apart. The facts of a file go in; entity
 * tags come out, and the comparisons on which `conditional.ts` builds its rules.
 */

import type { FileFacts } from "./message.ts";

/** An entity tag, read: RFC 9110 §8.8.3. */
export interface EntityTag {
  /** Whether it is marked `W/`: the same meaning, perhaps other bytes. */
  readonly weak: boolean;
  /** The characters between the quotes. */
  readonly opaque: string;
}

// RFC 9110 §8.8.3: etagc is every visible character but DQUOTE, and obs-text. `W/` is case-sensitive.
const OPAQUE_TAG = '"([\\x21\\x23-\\x7e\\x80-\\uffff]*)"';
const ENTITY_TAG = new RegExp(`^(W/)?${OPAQUE_TAG}$`);
// One element of a list up to its comma. Never two runs of blanks side by side: they would let a peer
// make the match quadratic.
const LIST_ELEMENT = new RegExp(`[ \\t]*(?:(W/)?${OPAQUE_TAG}[ \\t]*)?(?:,|$)`, "y");

/**
 * Gives the entity tag of a file, as a field value: strong, and different for different bytes.
 *
 * Where the bytes were read whole, their digest says it all, and of a large settled file `digest` has as much of them as
 * is needed (`files/samples.ts`): so copies on several machines have one tag. For the others: size and time alone miss a
 * rewrite of equal length within one tick of the clock; `ctimeMs` cannot be set back as `mtimeMs` can, `inode` and `device`
 * tell a replaced file, and `unsettled` covers a file that may still be changing.
 *
 * @returns In quotes, for example `"\"400-fI3_x0pqYLs1Zk2d\""` or `"\"400-1931f0a2b3c-1931f0a2b3c-2a-801\""`.
 * @see RFC 9110 §8.8.1 (strong) and §8.8.3
 */
export function entityTagOf(facts: Omit<FileFacts, "name" | "mediaType">): string {
  const { size, mtimeMs, ctimeMs, inode, device, unsettled, digest, form } = facts;
  let opaque = digest === null
    ? [size, mtimeMs, ctimeMs, inode, device].map((n) => n.toString(16)).join("-")
    : `${size.toString(16)}-${digest}`;
  if (digest === null && unsettled !== 0) opaque += `-u${unsettled.toString(16)}`;
  // RFC 9110 §8.8.3.3: each coding has its own tag.
  if (form.kind === "coded") opaque += `-${form.tagSuffix}`;
  if (form.kind === "stored") opaque += `-${form.coding}`; // The same bytes without a rule mean something else.
  if (form.kind === "scripted") opaque += "-live";
  return `"${opaque}"`;
}

/**
 * Reads a single entity tag.
 *
 * @param fieldValue As received, for example `"W/\"a1\""`.
 * @returns The tag, or null if this is none.
 * @see RFC 9110 §8.8.3
 */
export function parseEntityTag(fieldValue: string): EntityTag | null {
  const match = ENTITY_TAG.exec(fieldValue);
  return match === null ? null : { weak: match[1] !== undefined, opaque: match[2] };
}

/**
 * Reads the field value of `If-Match` or `If-None-Match`. Never throws.
 *
 * @param fieldValue As received, lines joined; commas inside quotes belong to the tag.
 * @returns The tags, `[]` for a list of nothing, `"*"` for any, or null if malformed.
 * @see RFC 9110 §13.1.1 and §5.6.1.2 (empty elements are skipped)
 */
export function parseEntityTagList(fieldValue: string): "*" | readonly EntityTag[] | null {
  if (fieldValue === "*") return "*";
  const entityTags: EntityTag[] = [];
  LIST_ELEMENT.lastIndex = 0;
  do {
    const match = LIST_ELEMENT.exec(fieldValue);
    if (match === null) return null;
    const [, weak, opaque] = match;
    if (opaque !== undefined) entityTags.push({ weak: weak !== undefined, opaque });
  } while (LIST_ELEMENT.lastIndex < fieldValue.length);
  return entityTags;
}

/** Strong comparison: both strong, and equal character by character. RFC 9110 §8.8.3.2. */
export function matchesStrongly(a: EntityTag, b: EntityTag): boolean {
  return !a.weak && !b.weak && a.opaque === b.opaque;
}

/** Weak comparison: equal character by character, marks aside. RFC 9110 §8.8.3.2. */
export function matchesWeakly(a: EntityTag, b: EntityTag): boolean {
  return a.opaque === b.opaque;
}

/**
 * Gives the time that `Last-Modified` may say: never one after `Date`, which would be true too long.
 *
 * @returns Milliseconds since the epoch.
 * @see RFC 9110 §8.8.2.1: a time in the future MUST be replaced
 */
export function lastModifiedOf(mtimeMs: number, nowMs: number): number {
  return Math.min(mtimeMs, nowMs);
}

/**
 * Says whether the second that a `Last-Modified` names is over, so that no write after this one can
 * fall into it. Only then does the date tell two states of the file apart.
 *
 * @see RFC 9110 §8.8.2.2
 */
export function isStrongDate(lastModifiedMs: number, nowMs: number): boolean {
  return Math.floor(nowMs / 1000) > Math.floor(lastModifiedMs / 1000);
}
