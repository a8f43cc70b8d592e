/** How many descriptors there are, tried on a system that is made up. */

import { assertEquals } from "@std/assert";
import { Descriptors, descriptorsFor } from "../../lib/net/descriptors.ts";

/** A system that has so many descriptors. */
class System {
  open = 0;
  peak = 0;

  constructor(readonly limit: number, readonly code = "EMFILE") {}

  readonly take = () => {
    if (this.open === this.limit) {
      throw Object.assign(new Error("Too many open files"), { code: this.code });
    }
    this.peak = Math.max(this.peak, ++this.open);
    return { close: () => void this.open-- };
  };
}

/** Connections that are admitted one after the other, each of which then takes a descriptor. */
function admitted(system: System, descriptors: Descriptors, most: number): number {
  let served = 0;
  while (served < most && descriptors.admit({ served, others: 0 }, 0)) {
    served++;
    system.open++;
  }
  return served;
}

const LIMITS = [
  // descriptors left, connections that are admitted, why
  [40, 10, "half is kept, and each connection may open a file"],
  [232, 91, "50 are kept"],
  [1000, 475, "the same"],
  [1, 0, "nothing can be served"],
] as const;

for (const [limit, expected, why] of LIMITS) {
  Deno.test(`Descriptors admits ${expected} connections where ${limit} are left: ${why}`, () => {
    const system = new System(limit);
    let told = 0;
    const descriptors = new Descriptors(system.take, { onLimit: () => told++ });
    descriptors.look(2_000);
    assertEquals([system.open, told, descriptors.isLimit, descriptors.known], [0, 1, true, limit]);
    assertEquals(admitted(system, descriptors, 2_000), expected);
    assertEquals(told, 1);
  });
}

Deno.test("Descriptors looks for no more than is needed, and further when it is", () => {
  const system = new System(5_000);
  const descriptors = new Descriptors(system.take);
  descriptors.look(descriptorsFor(100));
  assertEquals([system.peak, descriptors.isLimit], [250, false]);
  assertEquals(admitted(system, descriptors, 10_000), 2_475);
  assertEquals([descriptors.isLimit, descriptors.known], [true, 5_000]);
});

Deno.test("Descriptors counts those that connections have already", () => {
  const system = new System(300);
  const descriptors = new Descriptors(system.take);
  system.open = 100; // Of connections that are served.
  assertEquals(descriptors.admit({ served: 100, others: 0 }, 0), true);
  assertEquals([descriptors.known, system.peak], [300, 300]);
});

Deno.test("Descriptors keeps some for refusals, and some beyond those", () => {
  const system = new System(232);
  const descriptors = new Descriptors(system.take);
  descriptors.look(1_000);
  const rows = [
    // served, others, kept of them, admitted, refused in words, accepted
    [90, 0, 0, true, true, true],
    [91, 0, 0, false, true, true],
    [60, 62, 62, false, true, true],
    [91, 24, 0, false, true, true],
    [91, 25, 0, false, false, true],
    [91, 37, 0, false, false, true],
    [91, 38, 0, false, false, false],
  ] as const;
  for (const [served, others, kept, admit, refuse, accept] of rows) {
    const use = { served, others };
    const actual = [
      descriptors.admit(use, kept),
      descriptors.refuse(use),
      descriptors.accept(use),
    ];
    assertEquals(actual, [admit, refuse, accept], `${served} and ${others}`);
  }
});

Deno.test("Descriptors lets few leave at once where there are few", () => {
  const counts = [1_000_000, 232, 40].map((limit) => {
    const descriptors = new Descriptors(new System(limit).take);
    descriptors.look(2_000);
    return descriptors.maxLeaving;
  });
  assertEquals(counts, [Infinity, 10, 4]);
});

Deno.test("Descriptors leaves each of two threads half of what there is", () => {
  const system = new System(1_000);
  const descriptors = new Descriptors(system.take, { threads: 2 });
  descriptors.look(1_000);
  assertEquals([descriptors.known, descriptors.connections], [500, 225]);
});

Deno.test("Descriptors that cannot be tried bound nothing", () => {
  const descriptors = new Descriptors(new System(0, "EACCES").take);
  descriptors.look(1_000);
  assertEquals([descriptors.isLimit, descriptors.known], [false, Infinity]);
});
