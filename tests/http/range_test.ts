import { assertEquals, assertNotEquals } from "@std/assert";
import {
  contentRange,
  multipartBoundary,
  multipartClose,
  multipartPartHead,
  selectRanges,
  unsatisfiedRange,
} from "../../lib/http/range.ts";

const MAX_RANGES = 4;
const HUGE = "9".repeat(400); // Number() makes it infinite

const CASES = [
  // Range field, size in bytes, expected as first-last, why
  ["bytes=0-4", 10, "0-4", "§14.1.2 both ends given"],
  ["bytes=0-0", 10, "0-0", "§14.1.2 positions are inclusive"],
  ["bytes=3-", 10, "3-9", "§14.1.2 open"],
  ["bytes=0-", 10, "0-9", "§14.1.2 all of it, as media players ask first"],
  ["bytes=-3", 10, "7-9", "§14.1.2 suffix"],
  ["bytes=-5", 3, "0-2", "§14.1.2 suffix is longer"],
  ["bytes=5-20", 10, "5-9", "§14.1.2 lastPos past the end"],
  ["bytes=007-08", 10, "7-8", "1*DIGIT allows zeros in front"],
  ["BYTES=0-4", 10, "0-4", "§14.1 units are case-insensitive"],
  ["bytes= 0-4", 10, "0-4", "§14.1.2 an example has this blank"],
  ["bytes =0-4", 10, "ignore", "twin: none before the equals sign"],
  ["bytes=0- 4", 10, "ignore", "twin: none inside"],

  ["bytes=10-", 10, "unsatisfiable", "§14.1.2 starts at the end"],
  ["bytes=3-", 3, "unsatisfiable", "§14.1.2 starts past the end"],
  ["bytes=-0", 10, "unsatisfiable", "§14.1.2 the last zero bytes"],
  ["bytes=10-,20-30,-0", 10, "unsatisfiable", "§15.5.17 none of several"],
  ["bytes=10-,0-1", 10, "0-1", "§14.2 one of several is enough"],

  ["bytes=0-0", 0, "unsatisfiable", "§14.1.2 an empty file has no first byte"],
  ["bytes=0-", 0, "unsatisfiable", "§14.1.2 an empty file has no first byte"],
  ["bytes=-1", 0, "ignore", "§14.1.2 satisfiable, and no Content-Range can say so"],
  ["bytes=-0", 0, "unsatisfiable", "§14.1.2 the last zero bytes"],

  [`bytes=0-${HUGE}`, 10, "0-9", "§14.1.2 large numerals MUST be expected"],
  [`bytes=-${HUGE}`, 10, "0-9", "the same of a suffix"],
  [`bytes=${HUGE}-`, 10, "unsatisfiable", "the same of a start"],
  ["bytes=0-18446744073709551616", 10, "0-9", "2^64 does not wrap to 0"],
  ["bytes=18446744073709551616-", 10, "unsatisfiable", "2^64 does not wrap to 0"],
  ["bytes=9007199254740993-9007199254740992", 10, "ignore", "last before first, past 2^53"],
  ["bytes=9007199254740992-9007199254740993", 10, "unsatisfiable", "twin: in order"],
  [`bytes=${HUGE}-1`, 10, "ignore", "last before first, of other lengths"],
  ["bytes=9-09", 10, "9-9", "zeros in front make no number larger"],
  ["bytes=09-9", 10, "9-9", "neither the first nor the last"],

  ["bytes=4-3", 10, "ignore", "§14.1.1 last before first is invalid"],
  ["bytes=0-1,4-3", 10, "ignore", "§14.1.1 and spoils the set"],
  ["bytes=", 10, "ignore", "§14.1.1 1#range-spec"],
  ["bytes=,", 10, "ignore", "§14.1.1 1#range-spec, and commas are none"],
  ["bytes=-", 10, "ignore", "§14.1.1 a dash alone"],
  ["bytes=5", 10, "ignore", "§14.1.1 no dash"],
  ["bytes=+1-5", 10, "ignore", "no signs"],
  ["bytes=--5", 10, "ignore", "no signs"],
  ["bytes=0x0-5", 10, "ignore", "no other base"],
  ["bytes=0-1e3", 10, "ignore", "no exponents"],
  ["bytes=0.5-5", 10, "ignore", "no fractions"],
  ["bytes=٠-٥", 10, "ignore", "no digits but ASCII's"],
  ["bytes=0-4;5-6", 10, "ignore", "no divider but the comma"],
  ["bytes=0-4/10", 10, "ignore", "a Content-Range is no Range"],
  ["bytes 0-4", 10, "ignore", "a Content-Range is no Range"],
  ["bytes=0-1, bytes=3-4", 10, "ignore", "two field lines that make no set"],
  ["bytes=\u00a00-4", 10, "ignore", "OWS is SP and HTAB, no other blank"],
  ["lines=0-4", 10, "ignore", "§14.2 a unit that is not understood MUST be ignored"],
  ["0-4", 10, "ignore", "no unit"],
  ["", 10, "ignore", "nothing"],

  ["bytes=0-1,4-5", 10, "0-1 4-5", "§14.1.2 several"],
  ["bytes=,0-1 \t,, 4-5,", 10, "0-1 4-5", "§5.6.1.2 empty elements, OWS"],
  ["bytes=4-5,0-1", 10, "4-5 0-1", "§15.3.7.2 in the order asked for"],
  ["bytes=0-0,-1", 10, "0-0 9-9", "§14.1.2 first and last byte"],
  ["bytes=0-1,1-2", 10, "0-2", "§15.3.7.2 they overlap"],
  ["bytes=0-1,2-3", 10, "0-3", "they touch: one part is shorter than two"],
  ["bytes=0-1,3-4", 10, "0-1 3-4", "twin: one byte between them"],
  ["bytes=0-9,3-4", 10, "0-9", "one inside the other"],
  ["bytes=3-4,0-9", 10, "0-9", "the same, the other way round"],
  ["bytes=8-9,0-0,7-7", 10, "7-9 0-0", "§15.3.7.2 joined, where the first was asked for"],
  ["bytes=0-1,4-5,1-4", 10, "0-5", "a bridge joins three"],
  ["bytes=0-,0-,0-,0-", 10, "0-9", "§17.15 never more bytes than the file"],
  ["bytes=0-0,2-2,4-4,6-6", 10, "0-0 2-2 4-4 6-6", "as many as are allowed"],
  ["bytes=0-0,2-2,4-4,6-6,8-8", 10, "ignore", "§14.2 one more than is allowed"],
  ["bytes=0-,0-,0-,0-,0-", 10, "ignore", "counted as asked for, before any are joined"],
  ["bytes=,,,,,,,0-1", 10, "0-1", "empty elements do not count"],
] as const;

for (const [fieldValue, size, expected, why] of CASES) {
  const name = fieldValue.length > 60 ? `${fieldValue.slice(0, 60)}…` : fieldValue;
  Deno.test(`selectRanges() of ${JSON.stringify(name)} of ${size} bytes: ${why}`, () => {
    const ranges = selectRanges(fieldValue, size, MAX_RANGES);
    const shown = typeof ranges === "string"
      ? ranges
      : ranges.map((range) => `${range.firstPos}-${range.lastPos}`).join(" ");
    assertEquals(shown, expected);
  });
}

Deno.test("selectRanges() is exact in files of 2^53 bytes", () => {
  assertEquals(selectRanges("bytes=9007199254740990-", Number.MAX_SAFE_INTEGER, MAX_RANGES), [
    { firstPos: 9007199254740990, lastPos: 9007199254740990 },
  ]);
  assertEquals(
    selectRanges("bytes=9007199254740991-", Number.MAX_SAFE_INTEGER, MAX_RANGES),
    "unsatisfiable",
  );
});

Deno.test("selectRanges() takes time in proportion to a hostile value", () => {
  // A quadratic match would take 10^12 steps here, and this test would never end.
  for (const filler of [" ", "\t", ",", "0", "-", "0 "]) {
    const fieldValue = `bytes=${filler.repeat(1_000_000 / filler.length)}x`;
    assertEquals(selectRanges(fieldValue, 10, MAX_RANGES), "ignore");
  }
});

Deno.test("contentRange() and unsatisfiedRange() follow RFC 9110 §14.4", () => {
  assertEquals(contentRange({ firstPos: 0, lastPos: 4 }, 10), "bytes 0-4/10");
  assertEquals(unsatisfiedRange(10), "bytes */10");
  assertEquals(unsatisfiedRange(0), "bytes */0");
});

Deno.test("multipartPartHead() and multipartClose() compose the content of RFC 9110 §14.6", () => {
  const boundary = "THIS_STRING_SEPARATES";
  const part = { boundary, mediaType: "application/pdf", size: 8000 };
  const content = multipartPartHead({ ...part, range: { firstPos: 500, lastPos: 999 } }) +
    "<one>" +
    multipartPartHead({ ...part, range: { firstPos: 7000, lastPos: 7999 } }) +
    "<two>" + multipartClose(boundary);
  assertEquals(content.split("\r\n"), [
    "",
    "--THIS_STRING_SEPARATES",
    "Content-Type: application/pdf",
    "Content-Range: bytes 500-999/8000",
    "",
    "<one>",
    "--THIS_STRING_SEPARATES",
    "Content-Type: application/pdf",
    "Content-Range: bytes 7000-7999/8000",
    "",
    "<two>",
    "--THIS_STRING_SEPARATES--",
    "",
  ]);
});

const RANGES = [{ firstPos: 0, lastPos: 4 }, { firstPos: 6, lastPos: 9 }];

Deno.test("multipartBoundary() is the same for the same arguments and 32 digits long", () => {
  const boundary = multipartBoundary('"v1"', RANGES, "seed");
  assertEquals(multipartBoundary('"v1"', RANGES.map((range) => ({ ...range })), "seed"), boundary);
  assertEquals(/^[0-9a-f]{32}$/.test(boundary), true, boundary);
});

const OTHER_BOUNDARIES = [
  // entityTag, ranges, seed, why another one
  ['"v2"', RANGES, "seed", "another state of the file"],
  ['"v1"', RANGES.slice(0, 1), "seed", "fewer parts"],
  ['"v1"', RANGES.toReversed(), "seed", "another order"],
  ['"v1"', RANGES, "seed2", "another process: who writes a file cannot know it"],
] as const;

for (const [entityTag, ranges, seed, why] of OTHER_BOUNDARIES) {
  Deno.test(`multipartBoundary() changes with its arguments: ${why}`, () => {
    const boundary = multipartBoundary('"v1"', RANGES, "seed");
    const other = multipartBoundary(entityTag, ranges, seed);
    for (const lane of [0, 8, 16, 24]) {
      assertNotEquals(other.slice(lane, lane + 8), boundary.slice(lane, lane + 8), why);
    }
  });
}
