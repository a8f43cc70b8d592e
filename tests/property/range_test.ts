/** Properties of ranges and dates, for inputs that nobody thought of. A failure prints its seed. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatHttpDate, parseHttpDate } from "../../lib/http/date.ts";
import { type ByteRange, selectRanges } from "../../lib/http/range.ts";

const MAX_RANGES = 16;

// Mostly in or near a file of 64 bytes, at times far out.
const position = fc.oneof(fc.nat(80), fc.maxSafeNat());
const rangeSpec = fc.oneof(
  fc.tuple(position, position).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  position.map((firstPos) => `${firstPos}-`),
  position.map((suffixLength) => `-${suffixLength}`),
);
const rangeSet = fc.array(rangeSpec, { minLength: 1, maxLength: MAX_RANGES });
const divider = fc.constantFrom(",", ", ", " ,\t", ",,", ", ,");
const file = fc.uint8Array({ maxLength: 64 });

/** The positions that a range-spec asks for, by the plainest reading of RFC 9110 §14.1.2. */
function askedFor(spec: string, size: number): number[] {
  const [firstPos, lastPos] = spec.split("-");
  const all = Array.from({ length: size }, (_, pos) => pos);
  if (firstPos === "") return all.filter((pos) => pos >= size - Number(lastPos));
  return all.filter((pos) => pos >= Number(firstPos) && (lastPos === "" || pos <= Number(lastPos)));
}

function positionsOf(ranges: readonly ByteRange[]): number[] {
  return ranges.flatMap(({ firstPos, lastPos }) =>
    Array.from({ length: lastPos - firstPos + 1 }, (_, i) => firstPos + i)
  );
}

Deno.test("selectRanges() never throws, and gives ranges of the file or says why not", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."bytes=0123456789-, \t") }).map((text) => `bytes=${text}`),
  );
  fc.assert(fc.property(anything, fc.nat(100), (fieldValue, size) => {
    const ranges = selectRanges(fieldValue, size, MAX_RANGES);
    if (typeof ranges === "string") return ranges === "ignore" || ranges === "unsatisfiable";
    return ranges.length > 0 &&
      ranges.every(({ firstPos, lastPos }) =>
        0 <= firstPos && firstPos <= lastPos && lastPos < size
      );
  }));
});

Deno.test("selectRanges() selects exactly the bytes asked for, each once", () => {
  fc.assert(fc.property(rangeSet, divider, fc.nat(64), (specs, comma, size) => {
    const ranges = selectRanges(`bytes=${specs.join(comma)}`, size, MAX_RANGES);
    const expected = new Set(specs.flatMap((spec) => askedFor(spec, size)));
    if (ranges === "ignore") {
      return assertEquals(size, 0, "valid sets are never ignored, but for this");
    }
    if (ranges === "unsatisfiable") return assertEquals(expected.size, 0);
    const selected = positionsOf(ranges);
    assertEquals(selected.toSorted((a, b) => a - b), [...expected].toSorted((a, b) => a - b));
  }));
});

Deno.test("selectRanges() gives ranges that neither overlap nor touch, and no more than the file", () => {
  fc.assert(fc.property(rangeSet, fc.oneof(fc.nat(64), fc.maxSafeNat()), (specs, size) => {
    const ranges = selectRanges(`bytes=${specs.join()}`, size, MAX_RANGES);
    if (typeof ranges === "string") return;
    const ascending = ranges.toSorted((a, b) => a.firstPos - b.firstPos);
    for (let i = 1; i < ascending.length; i++) {
      assert(ascending[i].firstPos > ascending[i - 1].lastPos + 1, JSON.stringify(ranges));
    }
    const total = ranges.reduce((sum, { firstPos, lastPos }) => sum + lastPos - firstPos + 1, 0);
    assert(total <= size, `${total} bytes of ${size}`);
  }));
});

Deno.test("selectRanges() keeps the order asked for", () => {
  fc.assert(fc.property(rangeSet, fc.nat(64), (specs, size) => {
    const ranges = selectRanges(`bytes=${specs.join()}`, size, MAX_RANGES);
    if (typeof ranges === "string") return;
    const firstAsked = ranges.map((range) =>
      specs.findIndex((spec) =>
        askedFor(spec, size).includes(range.firstPos) ||
        askedFor(spec, size).some((pos) => pos >= range.firstPos && pos <= range.lastPos)
      )
    );
    assertEquals(firstAsked, firstAsked.toSorted((a, b) => a - b));
  }));
});

Deno.test("selectRanges() of a range and of its complement rebuild the file", () => {
  fc.assert(fc.property(file, fc.nat(63), fc.nat(63), (bytes, a, b) => {
    const [firstPos, lastPos] = [Math.min(a, b), Math.max(a, b)];
    const complement = firstPos === 0 ? `${lastPos + 1}-` : `0-${firstPos - 1},${lastPos + 1}-`;
    const rebuilt = new Map<number, number>();
    for (const set of [`${firstPos}-${lastPos}`, complement]) {
      const ranges = selectRanges(`bytes=${set}`, bytes.length, MAX_RANGES);
      if (typeof ranges === "string") continue;
      for (const pos of positionsOf(ranges)) {
        assertEquals(rebuilt.has(pos), false, `byte ${pos} comes once`);
        rebuilt.set(pos, bytes[pos]);
      }
    }
    assertEquals(Uint8Array.from(bytes, (_, pos) => rebuilt.get(pos) ?? -1), bytes);
    assertEquals(rebuilt.size, bytes.length);
  }));
});

Deno.test("parseHttpDate() reads what formatHttpDate() wrote", () => {
  const seconds = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }); // years 0 to 9999
  fc.assert(fc.property(seconds, fc.nat(999), (wholeSeconds, ms) => {
    const fieldValue = formatHttpDate(wholeSeconds * 1000 + ms);
    assertEquals(parseHttpDate(fieldValue, 0), wholeSeconds * 1000);
  }));
});

Deno.test("parseHttpDate() never throws, and reads nothing but dates", () => {
  const almost = fc.string({ unit: fc.constantFrom(..."SunNovGMT, -:0123456789") });
  fc.assert(fc.property(fc.oneof(fc.string({ unit: "binary" }), almost), (fieldValue) => {
    const epochMs = parseHttpDate(fieldValue, 0);
    assert(epochMs === null || Number.isSafeInteger(epochMs));
  }));
});

Deno.test("parseHttpDate() finds a year that is at most 50 years ahead, and the last such", () => {
  const nowMs = fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(2400, 0) });
  fc.assert(fc.property(nowMs, fc.nat(99), (nowMs, year) => {
    const fieldValue = `Monday, 01-Mar-${String(year).padStart(2, "0")} 00:00:00 GMT`;
    const found = new Date(parseHttpDate(fieldValue, nowMs)!);
    const limit = new Date(nowMs);
    limit.setUTCFullYear(limit.getUTCFullYear() + 50);
    assertEquals(found.getUTCFullYear() % 100, year);
    assert(found <= limit, "not further ahead");
    found.setUTCFullYear(found.getUTCFullYear() + 100);
    assert(found > limit, "the next century would be");
  }));
});
