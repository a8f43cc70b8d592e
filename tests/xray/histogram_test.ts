import { assert, assertEquals } from "@std/assert";
import { Histogram } from "../../lib/xray/histogram.ts";

function histogramOf(durations: Iterable<number>): Histogram {
  const histogram = new Histogram();
  for (const ms of durations) histogram.add(ms);
  return histogram;
}

/** Fails unless `found` is as near as the slots promise. */
function assertNear(found: number | null, ms: number, why: string): void {
  assert(found !== null && Math.abs(found / ms - 1) <= 0.045, `${why}: ${found}, not ${ms}`);
}

Deno.test("Histogram.percentile() is null where nothing was counted", () => {
  const histogram = new Histogram();
  for (const share of [0.5, 0.99, 1]) assertEquals(histogram.percentile(share), null);
});

Deno.test("Histogram.percentile() is off by at most 4.5 %, from 0.1 µs to 100 s", () => {
  for (let ms = 0.0001; ms < 100_000; ms *= 1.013) {
    const histogram = histogramOf([ms]);
    for (const share of [0.01, 0.5, 1]) assertNear(histogram.percentile(share), ms, `${share}`);
  }
});

const SHARES = [
  // share, durations in ms, expected, why
  [0.5, [1, 2, 100], 2, "the middle one"],
  [0.5, [1, 100], 1, "of an even count the lower one"],
  [0.99, [...Array(99).fill(1), 100], 1, "99 of 100 take no longer"],
  [0.99, [...Array(98).fill(1), 100, 100], 100, "98 of 100 are not enough"],
  [1, [1, 2, 100], 100, "the longest"],
  [0.01, [1, 2, 100], 1, "the shortest"],
] as const;

for (const [share, durations, ms, why] of SHARES) {
  Deno.test(`Histogram.percentile(${share}) of ${durations.length} is near ${ms}: ${why}`, () => {
    assertNear(histogramOf(durations).percentile(share), ms, why);
    assertNear(histogramOf(durations.toReversed()).percentile(share), ms, "in any order");
  });
}

const BEYOND = [
  // duration in ms, nearest slot in ms, why
  [0, 0.0001, "quicker than the clock tells"],
  [-1, 0.0001, "a clock that was set back"],
  [0.00001, 0.0001, "shorter than the first slot"],
  [1e9, 107_000, "longer than the last one"],
  [Infinity, 107_000, "for ever"],
] as const;

for (const [ms, slotMs, why] of BEYOND) {
  Deno.test(`Histogram.add(${ms}) counts in the nearest slot: ${why}`, () => {
    const found = histogramOf([ms]).percentile(1);
    assert(found !== null && Math.abs(found / slotMs - 1) < 0.1, `${found}`);
  });
}

Deno.test("Histogram.clear() forgets all", () => {
  const histogram = histogramOf([1, 2, 3]);
  histogram.clear();
  assertEquals(histogram.percentile(1), null);
  histogram.add(50);
  assertNear(histogram.percentile(0.01), 50, "nothing is left of before");
});
