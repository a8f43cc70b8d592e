/** The soak itself: what it makes of its samples, and that it runs. Its findings come from `deno task soak --minutes N`. */

import { assertEquals, assertMatch } from "@std/assert";
import { drawSoak } from "./soak/plot.ts";
import { RESETS, soak } from "./soak/run.ts";
import {
  judgeSoak,
  percentile,
  renderVerdict,
  type Sample,
  type SoakRecord,
} from "./soak/verdict.ts";

const SAMPLES: readonly Sample[] = Array.from({ length: 50 }, (_, i) => ({
  seconds: i + 1,
  descriptors: 30,
  residentBytes: 100e6,
  p50Ms: 1,
  p99Ms: 5,
  maxMs: 9,
  othersCores: 0,
  answers: 100,
  failures: 0,
}));

const GOOD: SoakRecord = {
  seconds: 50,
  warmUpSeconds: 10,
  samples: SAMPLES,
  kinds: [{ name: "pages", isHostile: false, done: 10, wrong: 0 }],
  changes: 5,
  descriptorsBefore: 20,
  descriptorsAfter: 28,
  wrongs: [],
  serverDied: false,
};

/** The samples with the second half changed. */
function later(change: Partial<Sample>): SoakRecord {
  return {
    ...GOOD,
    samples: SAMPLES.map((sample, i) => i < 25 ? sample : { ...sample, ...change }),
  };
}

Deno.test("percentile() is the nearest rank", () => {
  assertEquals(percentile([], 50), null);
  assertEquals(percentile([3, 1, 2], 50), 2);
  assertEquals(percentile([3, 1, 2], 100), 3);
  assertEquals(percentile(Array.from({ length: 1_000 }, (_, i) => 1_000 - i), 99), 990);
});

const VERDICTS = [
  // record, reasons, why
  [GOOD, [], "all as at the start, but for the slack"],
  [later({ residentBytes: 109e6 }), [], "a little more memory"],
  [later({ residentBytes: 111e6 }), ["memory grew by 11.0 %"], "too much more"],
  [{ ...GOOD, descriptorsAfter: 29 }, ["descriptors grew from 20 to 29"], "a leak"],
  [{ ...GOOD, serverDied: true }, ["the server ended"], "it died"],
  [
    { ...GOOD, kinds: [{ ...GOOD.kinds[0], wrong: 1 }] },
    ["1 rounds of other peers went wrong"],
    "a wrong answer",
  ],
  [later({ failures: 1 }), ["25 requests of the well-behaved client failed"], "no answer"],
  [later({ p50Ms: null, p99Ms: null, maxMs: null }), [], "seconds without an answer"],
] as const;

Deno.test("judgeSoak() fails what is not as it was", () => {
  for (const [record, reasons, why] of VERDICTS) {
    assertEquals(judgeSoak(record).reasons, [...reasons], why);
    assertMatch(renderVerdict(record, judgeSoak(record)), reasons.length ? /FAILED/ : /Passed/);
  }
});

Deno.test("drawSoak() draws three panels, and leaves gaps where nothing was measured", () => {
  const svg = drawSoak(later({ p50Ms: null }), "A < B");
  assertEquals(svg.match(/<path /g)?.length, 5);
  assertEquals(/NaN|Infinity|undefined/.test(svg), false);
  assertMatch(svg, /A &lt; B/);
});

Deno.test({
  name: "soak() plays all peers for some seconds, and each answer is right",
  ignore: Deno.build.os !== "linux", // It reads /proc.
  fn: async () => {
    const record = await soak({ seconds: 4, without: new Set([RESETS]), onSample: () => {} });
    assertEquals(record.wrongs, []);
    assertEquals(record.serverDied, false);
    const { reasons } = judgeSoak(record);
    // Memory grows for longer than these seconds.
    assertEquals(reasons.filter((reason) => !reason.startsWith("memory")), []);
    const idle = record.kinds.filter(({ done }) => done === 0).map(({ name }) => name);
    // A round of these takes longer than the soak, so none may be over.
    assertEquals(idle.filter((name) => name !== "slow readers"), []);
  },
});

Deno.test("deno task soak: bad arguments are one line and exit code 2", async () => {
  for (const args of [[], ["--minutes", "0"], ["--minutes", "1", "--without", "x"], ["-x"]]) {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", import.meta.resolve("./soak.ts"), ...args],
      stderr: "piped",
    }).output();
    const text = new TextDecoder().decode(stderr);
    assertEquals([code, text.trimEnd().split("\n").length], [2, 1], `${args}: ${text}`);
  }
});
