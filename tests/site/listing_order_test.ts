import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { FolderEntry } from "../../lib/http/message.ts";
import { listingOrder } from "../../lib/site/listing.ts";
import * as order from "../../lib/site/listing_order.ts";

function sortEntries(entries: FolderEntry[], by: order.ListingOrder): FolderEntry[] {
  const work = order.sortEntries(entries, by);
  for (let step = work.next();; step = work.next()) if (step.done) return step.value;
}

function file(name: string, size = 0, mtimeMs = 0): FolderEntry {
  return { name, kind: "file", size, mtimeMs };
}

function folder(name: string, mtimeMs = 0): FolderEntry {
  return { name, kind: "folder", size: 0, mtimeMs };
}

const ENTRIES = [
  file("b10", 1, 30),
  file("b2", 3, 20),
  folder("z", 5),
  file("a", 1, 10),
  folder("c", 9),
];
const SORTED = [
  // query, names, why
  ["", "c z a b2 b10", "folders first, natural order"],
  ["?order=desc", "z c b10 b2 a", "turned, and folders are first all the same"],
  ["?sort=size", "c z b2 a b10", "equal sizes stand by name"],
  ["?sort=size&order=asc", "c z a b10 b2", "turned, and equal ones are not"],
  ["?sort=time", "c z b10 b2 a", "the latest first, folders too"],
  ["?sort=time&order=asc", "z c a b2 b10", "the oldest first"],
] as const;

for (const [query, names, why] of SORTED) {
  Deno.test(`sortEntries() by ${JSON.stringify(query)}: ${why}`, () => {
    const before = [...ENTRIES];
    assertEquals(
      sortEntries(ENTRIES, listingOrder(query)).map(({ name }) => name).join(" "),
      names,
    );
    assertEquals(ENTRIES, before);
  });
}

Deno.test("sortEntries() tells names apart that collate as equal", () => {
  const pair = [file("a\u0301"), file("\u00e1")];
  const sorted = sortEntries(pair, listingOrder(""));
  assertEquals(sortEntries([...pair].reverse(), listingOrder("")), sorted);
});

/** What `sortEntries` has to come to. */
const NATURAL = new Intl.Collator("en", { numeric: true });

function namesSorted(names: readonly string[]): string[] {
  return [...names].sort((a, b) => NATURAL.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0));
}

const ascii = fc.string({ unit: "grapheme-ascii", maxLength: 12 });
const numbered = fc.array(
  fc.constantFrom("a", "A", "b", "_", "-", ".", " ", "0", "00", "1", "10", "007", "é", "e", "ß"),
  { maxLength: 8 },
).map((parts) => parts.join(""));

Deno.test("sortEntries() comes to the order of the collator, by keys that are quicker", () => {
  const names = fc.uniqueArray(fc.oneof(ascii, numbered, fc.string()), { maxLength: 40 });
  fc.assert(
    fc.property(names, (names) => {
      const sorted = sortEntries(names.map((name) => file(name)), listingOrder(""));
      assertEquals(sorted.map(({ name }) => name), namesSorted(names));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("sortKey() tells two names apart as the collator does, if by more than case", () => {
  fc.assert(
    fc.property(fc.oneof(ascii, numbered), fc.oneof(ascii, numbered), (a, b) => {
      const [first, second] = [order.sortKey(a), order.sortKey(b)];
      if (first === null || second === null || first === second) return;
      assertEquals(
        first < second,
        NATURAL.compare(a, b) < 0,
        JSON.stringify([a, b, first, second]),
      );
    }),
    { numRuns: 20_000 },
  );
});

Deno.test("sortEntries() may be interrupted every few milliseconds, whatever the names", () => {
  for (const prefix of ["entry-", "\u00e9ntry-"]) {
    const entries = Array.from({ length: 20_000 }, (_, i) => file(`${prefix}${i * 7919 % 20_011}`));
    const stops: number[] = [];
    const work = order.sortEntries(entries, listingOrder(""));
    for (let startedMs = performance.now();; startedMs = performance.now()) {
      const { done } = work.next();
      stops.push(performance.now() - startedMs);
      if (done) break;
    }
    stops.sort((a, b) => a - b);
    assert(stops.length > 200, `${stops.length} parts`);
    const p99 = stops[Math.floor(stops.length * 0.99)];
    assert(p99 < 20, `${p99} ms`); // 0.5 on a machine at rest.
  }
});
