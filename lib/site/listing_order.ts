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

/** Entries that are sorted at once: 2 ms where each comparison is the collator's. */
const RUN = 128;
/** Steps between two places where the work may be interrupted. */
const STEPS = 256;

/** An entry, and what its name is compared by. */
interface Keyed {
  readonly entry: FolderEntry;
  readonly key: string | null;
}

type Compare = (a: Keyed, b: Keyed) => number;

/** Sorts entries: folders first, whatever the order; what is equal stands by name. Leaves its argument alone. */
export function* sortEntries(
  entries: readonly FolderEntry[],
  order: ListingOrder,
): Generator<undefined, FolderEntry[]> {
  const keyed: Keyed[] = [];
  for (const entry of entries) {
    keyed.push({ entry, key: sortKey(entry.name) });
    if (keyed.length % STEPS === 0) yield;
  }
  const sorted = yield* mergeSort(keyed, compareBy(order));
  return sorted.map(({ entry }) => entry);
}

function compareBy({ by, descending }: ListingOrder): Compare {
  const sign = descending ? -1 : 1;
  const measure = ({ size, mtimeMs }: FolderEntry) => by === "size" ? size : mtimeMs;
  return (a, b) => {
    if (a.entry.kind !== b.entry.kind) return a.entry.kind === "folder" ? -1 : 1;
    const difference = by === "name" ? 0 : measure(a.entry) - measure(b.entry);
    if (difference !== 0) return sign * difference;
    return by === "name" ? sign * compareNames(a, b) : compareNames(a, b);
  };
}

function compareNames(a: Keyed, b: Keyed): number {
  if (a.key !== null && b.key !== null && a.key !== b.key) return a.key < b.key ? -1 : 1;
  const [first, second] = [a.entry.name, b.entry.name];
  // Names that the collator takes for equal still differ: an order that never flickers.
  return collation().natural.compare(first, second) ||
    (first < second ? -1 : first > second ? 1 : 0);
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

/** Sorts by parts, and merges those two by two. */
function* mergeSort(items: Keyed[], compare: Compare): Generator<undefined, Keyed[]> {
  let runs: Keyed[][] = [];
  for (let at = 0; at < items.length; at += RUN) {
    runs.push(items.slice(at, at + RUN).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: Keyed[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      merged.push(i + 1 < runs.length ? yield* merge(runs[i], runs[i + 1], compare) : runs[i]);
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge(a: Keyed[], b: Keyed[], compare: Compare): Generator<undefined, Keyed[]> {
  const merged: Keyed[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const isFirst = j === b.length || i < a.length && compare(a[i], b[j]) <= 0;
    merged.push(isFirst ? a[i++] : b[j++]);
    if (merged.length % STEPS === 0) yield;
  }
  return merged;
}
