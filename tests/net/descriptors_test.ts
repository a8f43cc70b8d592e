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

/** Calls back when it is told to. */
class Later {
  readonly #steps: (() => void)[] = [];

  readonly add = (step: () => void) => void this.#steps.push(step);

  /** Takes one step. Gives whether there was one. */
  step(): boolean {
    const step = this.#steps.shift();
    step?.();
    return step !== undefined;
  }
}

Deno.test("Descriptors searches in small steps, and closes in small steps", () => {
  const system = new System(5_000);
  const later = new Later();
  const descriptors = new Descriptors(system.take, { later: later.add });
  descriptors.search(1_000);
  for (let before = 0; later.step(); before = system.open) {
    assertEquals(Math.abs(system.open - before) <= 64, true);
  }
  assertEquals([system.open, system.peak, descriptors.known], [0, 1_008, 1_008]);
  descriptors.search(1_000);
  assertEquals(later.step(), false, "That is known.");
});

Deno.test("Descriptors that searches finds the limit beside connections, and then keeps nothing", () => {
  const system = new System(300);
  const later = new Later();
  let told = 0;
  const descriptors = new Descriptors(system.take, { later: later.add, onLimit: () => told++ });
  const use = { served: 0, others: 0 };
  descriptors.look(100);
  assertEquals(descriptors.admit(use, 0), true);
  descriptors.search(1_000);
  for (let i = 0; i < 30; i++) {
    use.served++;
    system.open++;
    if (!later.step()) break;
  }
  assertEquals([system.open, told, descriptors.isLimit], [use.served, 1, true]);
  assertEquals(descriptors.known, 300);
  assertEquals(later.step(), false);
});

Deno.test("Descriptors looks at once, if there was no time for a search", () => {
  const system = new System(5_000);
  const later = new Later();
  const descriptors = new Descriptors(system.take, { later: later.add });
  descriptors.look(100);
  descriptors.search(2_000);
  assertEquals(descriptors.admit({ served: 100, others: 0 }, 0), true);
  assertEquals(descriptors.known >= 252, true);
  while (later.step());
  assertEquals([system.open, descriptors.known >= 2_000], [0, true]);
});

Deno.test("Descriptors begins to search when half of what is known is taken", () => {
  const system = new System(5_000);
  const later = new Later();
  const descriptors = new Descriptors(system.take, { later: later.add });
  descriptors.look(400);
  assertEquals(descriptors.admit({ served: 70, others: 0 }, 0), true);
  assertEquals(later.step(), false);
  assertEquals(descriptors.admit({ served: 80, others: 0 }, 0), true);
  while (later.step());
  assertEquals(descriptors.known >= 800, true);
});

Deno.test("Descriptors searches for no more than can be needed", () => {
  const system = new System(5_000);
  const later = new Later();
  const descriptors = new Descriptors(system.take, { most: 400, later: later.add });
  descriptors.search(1_000);
  while (later.step());
  assertEquals(descriptors.known, 400);
  assertEquals(descriptors.admit({ served: 150, others: 0 }, 0), true);
  assertEquals(later.step(), false);
});
