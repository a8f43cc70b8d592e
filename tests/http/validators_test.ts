import { assert, assertEquals } from "@std/assert";
import {
  entityTagOf,
  isStrongDate,
  lastModifiedOf,
  matchesStrongly,
  matchesWeakly,
  parseEntityTag,
  parseEntityTagList,
} from "../../lib/http/validators.ts";

const FACTS = {
  device: 0x801,
  inode: 42,
  size: 1024,
  mtimeMs: 1_700_000_000_123,
  ctimeMs: 1_700_000_000_456,
  unsettled: 0,
  digest: null,
  form: { kind: "plain", varies: false },
} as const;

Deno.test("entityTagOf() gives a strong tag that its own reader accepts", () => {
  const entityTag = entityTagOf(FACTS);
  assertEquals(entityTag, '"400-18bcfe5687b-18bcfe569c8-2a-801"');
  assertEquals(parseEntityTag(entityTag), { weak: false, opaque: entityTag.slice(1, -1) });
});

Deno.test("entityTagOf() is the same for the same facts", () => {
  assertEquals(entityTagOf({ ...FACTS }), entityTagOf(FACTS));
});

const CHANGES = [
  // changed facts, why they are another state
  [{ size: 1025 }, "one byte longer"],
  [{ mtimeMs: FACTS.mtimeMs + 1 }, "written one millisecond later"],
  [{ mtimeMs: FACTS.mtimeMs + 0.5 }, "systems with finer clocks"],
  [{ mtimeMs: -FACTS.mtimeMs }, "before the epoch"],
  [{ ctimeMs: FACTS.ctimeMs + 1 }, "same size and mtime, set back by touch -d"],
  [{ inode: 43 }, "replaced by rename"],
  [{ device: 0x802 }, "another file system mounted over it"],
  [{ unsettled: 1 }, "may be changing right now"],
  [{ unsettled: 2 }, "and once more"],
  [{ digest: "fI3_x0pqYLs1Zk2d" }, "its bytes were read"],
  [{ form: { kind: "coded", coding: "br", tagSuffix: "br" } }, "RFC 9110 §8.8.3.3: coded"],
  [{ form: { kind: "coded", coding: "br", tagSuffix: "br-1" } }, "coded by another encoder"],
  [{ form: { kind: "stored", coding: "gzip" } }, "said to be coded, by a rule"],
  [{ form: { kind: "scripted" } }, "with the script of --live"],
  [{ size: 42, inode: 1024 }, "equal numbers in other places"],
  [{ inode: 0x2, device: 0xa801 }, "equal digits, split elsewhere"],
] as const;

Deno.test("entityTagOf() differs wherever the facts do", () => {
  const seen = new Map([[entityTagOf(FACTS), "unchanged"]]);
  for (const [change, why] of CHANGES) {
    const entityTag = entityTagOf({ ...FACTS, ...change });
    assertEquals(seen.get(entityTag), undefined, why);
    assert(parseEntityTag(entityTag)?.weak === false, `${entityTag} is strong`);
    seen.set(entityTag, why);
  }
});

const strong = (opaque: string) => ({ weak: false, opaque });
const weak = (opaque: string) => ({ weak: true, opaque });

const SINGLES = [
  // fieldValue, expected, why
  ['"xyzzy"', strong("xyzzy"), "the example of RFC 9110 §8.8.3"],
  ['W/"xyzzy"', weak("xyzzy"), "marked as weak"],
  ['""', strong(""), "an empty tag is a tag"],
  ['"a,b"', strong("a,b"), "a comma is an etagc"],
  ['"a\\b"', strong("a\\b"), "a backslash is an etagc and escapes nothing"],
  ['"W/"', strong("W/"), "the mark stands outside the quotes"],
  ['"\u00e9"', strong("\u00e9"), "obs-text"],
  ['w/"xyzzy"', null, "W/ is case-sensitive"],
  ['W"xyzzy"', null, "no slash"],
  ['W/ "xyzzy"', null, "no blank after the mark"],
  ["xyzzy", null, "no quotes"],
  ['"xyzzy', null, "one quote"],
  ['"a b"', null, "a blank is no etagc"],
  ['"a"b"', null, "a quote is no etagc"],
  ['"a\u007f"', null, "DEL is no etagc"],
  ['"a", "b"', null, "a list is not a tag"],
  [' "a"', null, "nothing in front"],
  ["*", null, "any is not a tag"],
  ["", null, "nothing"],
] as const;

for (const [fieldValue, expected, why] of SINGLES) {
  Deno.test(`parseEntityTag() of ${JSON.stringify(fieldValue)}: ${why}`, () => {
    assertEquals(parseEntityTag(fieldValue), expected);
  });
}

const LISTS = [
  // fieldValue, expected, why
  ["*", "*", "RFC 9110 §13.1.1: any"],
  ['"a"', [strong("a")], "one"],
  ['"a", W/"b"', [strong("a"), weak("b")], "two"],
  ['"a","b"', [strong("a"), strong("b")], "OWS is optional"],
  ['"a" \t, \t"b"', [strong("a"), strong("b")], "OWS on both sides"],
  ['"a,b", "c"', [strong("a,b"), strong("c")], "commas inside quotes divide nothing"],
  ['"a, "b"', null, "twin: nor does a blank stand inside"],
  [', "a",, ,"b",', [strong("a"), strong("b")], "§5.6.1.2: empty elements are skipped"],
  ["", [], "§13.1.1: #entity-tag may be empty"],
  [",", [], "the same, with a comma"],
  ['"a" "b"', null, "no comma"],
  ['"a"; "b"', null, "another divider"],
  ['*, "a"', null, "any is no element"],
  ['"a", *', null, "any is no element"],
  ["a", null, "no quotes"],
  ['"a", b', null, "one bad element spoils the list"],
  ['"a', null, "a quote that never ends"],
  ['"a", W/', null, "a mark without a tag"],
] as const;

for (const [fieldValue, expected, why] of LISTS) {
  Deno.test(`parseEntityTagList() of ${JSON.stringify(fieldValue)}: ${why}`, () => {
    assertEquals(parseEntityTagList(fieldValue), expected);
    assertEquals(parseEntityTagList(fieldValue), expected, "it keeps no state between calls");
  });
}

Deno.test("parseEntityTagList() takes time in proportion to a hostile value", () => {
  // A quadratic match would take 10^12 steps here, and this test would never end.
  for (const filler of [" ", "\t", ",", ", ", '"', "W/", '"a" ']) {
    const list = parseEntityTagList(filler.repeat(1_000_000 / filler.length) + "x");
    assertEquals(list, null);
  }
});

const COMPARISONS = [
  // a, b, strong, weak: the table of RFC 9110 §8.8.3.2
  ['W/"1"', 'W/"1"', false, true],
  ['W/"1"', 'W/"2"', false, false],
  ['W/"1"', '"1"', false, true],
  ['"1"', 'W/"1"', false, true],
  ['"1"', '"1"', true, true],
  ['"a"', '"A"', false, false],
] as const;

for (const [a, b, strongly, weakly] of COMPARISONS) {
  Deno.test(`matchesStrongly() and matchesWeakly() compare ${a} with ${b} as §8.8.3.2 shows`, () => {
    const [tagA, tagB] = [parseEntityTag(a)!, parseEntityTag(b)!];
    assertEquals(matchesStrongly(tagA, tagB), strongly);
    assertEquals(matchesWeakly(tagA, tagB), weakly);
  });
}

const DATES = [
  // mtimeMs, nowMs, what Last-Modified says, whether it is strong, why
  [1_000, 5_000, 1_000, true, "long ago"],
  [1_999, 2_000, 1_999, true, "its second has just ended"],
  [1_000, 1_999, 1_000, false, "RFC 9110 §8.8.2.2: its second still runs"],
  [9_000, 5_000, 5_000, false, "§8.8.2.1: a time in the future MUST be replaced"],
] as const;

for (const [mtimeMs, nowMs, expected, isStrong, why] of DATES) {
  Deno.test(`lastModifiedOf() and isStrongDate() of ${mtimeMs} at ${nowMs}: ${why}`, () => {
    assertEquals(lastModifiedOf(mtimeMs, nowMs), expected);
    assertEquals(isStrongDate(lastModifiedOf(mtimeMs, nowMs), nowMs), isStrong);
  });
}
