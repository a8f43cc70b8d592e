/**
 * In which order a listing stands, and how a hundred thousand entries get into it without anybody waiting: sorting is
 * work that can be interrupted after each few steps.
 */

import type { FolderEntry } from "../http/message.ts";

/** What a listing is sorted by, and whether from the end. */
export interface ListingOrder {
  readonly by: "name" | "size" | "time";
  readonly descending: boolean;
}

/** Steps between two places where the work may be interrupted. */
const STEPS = 256;

/** Sorts entries: folders first, whatever the order; what is equal stands by name. Leaves its argument alone. */
export function* sortEntries(
  entries: readonly FolderEntry[],
  order: ListingOrder,
): Generator<undefined, FolderEntry[]> {
  const folders: FolderEntry[] = [];
  const files: FolderEntry[] = [];
  for (let i = 0; i < entries.length; i++) {
    (entries[i].kind === "folder" ? folders : files).push(entries[i]);
    if (i % STEPS === 0) yield;
  }
  return [...yield* sortAlike(folders, order), ...yield* sortAlike(files, order)];
}

function* sortAlike(
  entries: readonly FolderEntry[],
  order: ListingOrder,
): Generator<undefined, FolderEntry[]> {
  const keys: (string | null)[] = [];
  for (const { name } of entries) {
    keys.push(sortKey(name));
    if (keys.length % STEPS === 0) yield;
  }
  const ranks = yield* ranksOf(entries, keys, order);
  const sign = order.by === "name" && order.descending ? -1 : 1;
  const places = yield* mergeSort(entries.length, (a, b) =>
    ranks[a] - ranks[b] ||
    sign * (compareKeys(keys[a], keys[b]) || compareNames(entries[a].name, entries[b].name)));
  const sorted: FolderEntry[] = [];
  for (const place of places) {
    sorted.push(entries[place]);
    if (sorted.length % STEPS === 0) yield;
  }
  return sorted;
}

/**
 * Gives each entry a number that tells it from most of the others, as comparing two takes a tenth of what their keys
 * take: by size and by time what it is sorted by, by name a few characters of its key. All 0 if a name has no key.
 */
function* ranksOf(
  entries: readonly FolderEntry[],
  keys: readonly (string | null)[],
  { by, descending }: ListingOrder,
): Generator<undefined, Float64Array> {
  const ranks = new Float64Array(entries.length);
  const shared = by === "name" ? yield* sharedLength(keys) : 0;
  if (shared === null) return ranks;
  const sign = descending ? -1 : 1;
  for (let i = 0; i < entries.length; i++) {
    const { size, mtimeMs } = entries[i];
    ranks[i] = sign * (by === "name" ? rankOf(keys[i]!, shared) : by === "size" ? size : mtimeMs);
    if (i % STEPS === 0) yield;
  }
  return ranks;
}

/** How many characters all keys begin with, as those of `photo-0` in a folder of photos; null if one is null. */
function* sharedLength(keys: readonly (string | null)[]): Generator<undefined, number | null> {
  let shared = keys[0] ?? "";
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key === null) return null;
    while (!key.startsWith(shared)) shared = shared.slice(0, -1);
    if (i % STEPS === 0) yield;
  }
  return shared.length;
}

/** Characters of a key that a rank holds: each is below 128, and a number is exact up to 53 bits. */
const RANKED = 7;

/** The characters of a key from one on, as one number; the end of a key comes before each of them. */
function rankOf(key: string, start: number): number {
  let rank = 0;
  for (let i = start; i < start + RANKED; i++) {
    rank = rank * 128 + (i < key.length ? key.charCodeAt(i) : 0);
  }
  return rank;
}

/** Gives 0 if the keys do not tell two names apart. */
function compareKeys(a: string | null, b: string | null): number {
  if (a === null || b === null || a === b) return 0;
  return a < b ? -1 : 1;
}

function compareNames(a: string, b: string): number {
  // Names that the collator takes for equal still differ: an order that never flickers.
  return collation().natural.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Printable ASCII. */
const [FIRST, COUNT, ZERO] = [32, 95, 48];

/** The order of names. */
interface Collation {
  /** As people count: `a2` before `a10`. The locale is fixed, so that a listing is the same on every machine. */
  readonly natural: Intl.Collator;
  /** Of each printable character of ASCII one of its own rank, by that order; equal where only case differs. */
  readonly ranks: Uint8Array;
}

let made: Collation | null = null;

/** Made with the first listing: the first collators of a program take 10 ms. */
function collation(): Collation {
  return made ??= { natural: new Intl.Collator("en", { numeric: true }), ranks: ranksOfAscii() };
}

function ranksOfAscii(): Uint8Array {
  const base = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const all = Array.from({ length: COUNT }, (_, i) => String.fromCharCode(FIRST + i))
    .sort(base.compare);
  const ranks = new Uint8Array(COUNT);
  let rank = FIRST;
  all.forEach((character, i) => {
    if (i > 0 && base.compare(all[i - 1], character) !== 0) rank++;
    ranks[character.charCodeAt(0) - FIRST] = rank;
  });
  return ranks;
}

/** Longest number that a key holds, in digits. */
const MAX_DIGITS = 90;

/**
 * What stands for a name when names are compared: as strings, which takes a twentieth of the collator's time, and comes
 * to the same if the names differ in more than case. Null for names that have none: those beyond printable ASCII.
 */
export function sortKey(name: string): string | null {
  const { ranks } = collation();
  const codes: number[] = [];
  for (let i = 0; i < name.length;) {
    const code = name.charCodeAt(i);
    if (code < FIRST || code >= FIRST + COUNT) return null;
    if (!isDigit(code)) {
      codes.push(ranks[code - FIRST]);
      i++;
      continue;
    }
    // A number stands where its digits do, by how many there are, and then by what they are.
    while (name.charCodeAt(i) === ZERO && isDigit(name.charCodeAt(i + 1))) i++;
    let end = i + 1;
    while (isDigit(name.charCodeAt(end))) end++;
    if (end - i > MAX_DIGITS) return null;
    codes.push(ranks[ZERO - FIRST], FIRST + end - i);
    while (i < end) codes.push(name.charCodeAt(i++));
  }
  return String.fromCharCode(...codes);
}

function isDigit(code: number): boolean {
  return code >= ZERO && code < ZERO + 10;
}

/** Gives the places 0 to `count - 1` in order, by merging what is sorted two by two. */
function* mergeSort(
  count: number,
  compare: (a: number, b: number) => number,
): Generator<undefined, Uint32Array> {
  let from = Uint32Array.from({ length: count }, (_, i) => i);
  let to = new Uint32Array(count);
  let steps = 0;
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      for (let at = start, a = start, b = middle; at < end; at++) {
        const isFirst = b === end || a < middle && compare(from[a], from[b]) <= 0;
        to[at] = isFirst ? from[a++] : from[b++];
        if (++steps % STEPS === 0) yield;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
