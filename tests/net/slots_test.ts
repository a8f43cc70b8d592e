/** Who may have a slot, and who gives way. Time is a number here. */

import { assertEquals } from "@std/assert";
import type { Descriptors } from "../../lib/net/descriptors.ts";
import { type SlotLimits, Slots, type Tenant } from "../../lib/net/slots.ts";

/** A connection that is only a name, and ends when it is closed. */
class Guest implements Tenant {
  group: Tenant["group"] = null;
  place = -1;
  isClosed = false;

  constructor(readonly name: string, public waitingSinceMs: number) {}

  drain(): void {}

  close(): void {
    this.isClosed = true;
  }
}

/** Slots, and all who have come. */
class House {
  readonly slots: Slots;
  readonly guests: Guest[] = [];

  constructor(limits: Partial<SlotLimits>) {
    this.slots = new Slots({
      maxConnections: 4,
      maxPerAddress: null,
      descriptors: null,
      ...limits,
    });
  }

  /** A connection comes. Gives who gives way, or whether nobody has to; null if it is refused. */
  enter(network: string, nowMs: number, sinceMs = nowMs): string | null {
    const before = this.closed;
    if (!this.slots.admit(network, nowMs)) return null;
    const guest = new Guest(`${network}${this.guests.length}`, sinceMs);
    this.guests.push(guest);
    this.slots.add(guest, network);
    return this.closed.find((name) => !before.includes(name)) ?? "";
  }

  get closed(): string[] {
    return this.guests.filter(({ isClosed }) => isClosed).map(({ name }) => name);
  }
}

const BUSY = Infinity;

Deno.test("Slots admits all up to the cap, and up to half of it from one address", () => {
  const full = new House({});
  const entered = ["a", "a", "a", "b", "b", "c"].map((network) => full.enter(network, 0, BUSY));
  assertEquals(entered, ["", "", null, "", "", null]);
  assertEquals(full.slots.served, 4);
  for (const guest of full.guests) full.slots.delete(guest);
  assertEquals([full.slots.served, [...full.slots].length], [0, 0]);
});

Deno.test("Slots lets the one of an address give way that has waited longest, at its share", () => {
  const house = new House({ maxConnections: 100, maxPerAddress: 3 });
  for (const sinceMs of [30, 10, 20]) house.enter("a", 30, sinceMs);
  house.enter("b", 30, 0);
  assertEquals(house.enter("a", 1_000), "a1");
  assertEquals(house.enter("a", 1_000), "a2");
  assertEquals(house.enter("a", 1_000), "a0");
  assertEquals(house.enter("a", 1_000), null, "the others have only just come");
  assertEquals(house.slots.served, 4);
});

Deno.test("Slots takes from the address that has most, at the cap", () => {
  const house = new House({ maxConnections: 5, maxPerAddress: 5 });
  house.enter("b", 0, 0);
  for (const sinceMs of [1, 2, 3]) house.enter("a", 3, sinceMs);
  house.enter("c", 3, BUSY);
  assertEquals(house.enter("d", 1_000, BUSY), "a1", "b has waited longer, but has one alone");
  assertEquals(house.enter("d", 1_000, BUSY), "a2", "now there are two of a, and one of d");
  assertEquals(house.enter("d", 1_000, BUSY), null, "nobody gives way to who has more");
  assertEquals(house.enter("e", 1_000), "b0", "d has most, but answers; a and b have one each");
});

const KEEPERS = [
  // since when it waits, now, whether it gives way, why
  [BUSY, 100_000, false, "it answers"],
  [801, 1_000, false, "what it has sent may be here already"],
  [800, 1_000, true, "200 ms are long enough"],
  [-Infinity, 1_000, true, "whoever follows changes goes first"],
] as const;

for (const [sinceMs, nowMs, givesWay, why] of KEEPERS) {
  Deno.test(`Slots and one that waits since ${sinceMs}, at ${nowMs}: ${why}`, () => {
    const house = new House({ maxConnections: 1 });
    house.enter("a", 0, sinceMs);
    assertEquals(house.enter("b", nowMs), givesWay ? "a0" : null);
  });
}

Deno.test("Slots passes over who has left or asked since it was found", () => {
  const house = new House({ maxConnections: 8, maxPerAddress: 4 });
  for (const sinceMs of [1, 2, 3, 4]) house.enter("a", 4, sinceMs);
  assertEquals(house.enter("a", 1_000, BUSY), "a0"); // Finds the three others as well.
  house.guests[1].waitingSinceMs = 900;
  house.slots.delete(house.guests[2]);
  assertEquals(house.enter("a", 1_000, BUSY), "", "there is room");
  assertEquals(house.enter("a", 1_000, BUSY), "a3");
  assertEquals(house.enter("a", 1_100, BUSY), "a1");
});

Deno.test("Slots asks an address that has nobody to give once a tick", () => {
  const house = new House({ maxConnections: 2, maxPerAddress: 1 });
  house.enter("a", 0, BUSY);
  let looks = 0;
  Object.defineProperty(house.guests[0], "waitingSinceMs", { get: () => (looks++, BUSY) });
  for (let i = 0; i < 100; i++) assertEquals(house.enter("a", 100), null);
  assertEquals(looks, 1);
  assertEquals(house.enter("a", 200), null);
  assertEquals(looks, 2);
});

Deno.test("Slots turns away without a word whoever comes too often at its share", () => {
  const house = new House({ maxConnections: 1_000, maxPerAddress: 100 });
  for (let i = 0; i < 100; i++) house.enter("a", 0, 0);
  house.enter("b", 0, BUSY);
  for (const nowMs of [1_000, 1_100]) {
    let [admitted, told] = [0, 0];
    for (let i = 0; i < 100; i++) {
      if (house.enter("a", nowMs) !== null) admitted++;
      else if (house.slots.mayRefuse("a", nowMs)) told++;
    }
    assertEquals([admitted, told], [16, 50]);
    assertEquals(house.slots.mayRefuse("b", nowMs), true, "others have their own");
  }
});

Deno.test("Slots lets nobody in while many leave, and goes on when they have", async () => {
  const house = new House({ maxConnections: 100, maxPerAddress: 100 });
  for (let i = 0; i < 100; i++) house.enter("a", 0, 0);
  for (let i = 0; i < 64; i++) {
    assertEquals(house.slots.room(), null);
    house.enter(`b${i}`, 1_000, BUSY);
  }
  const room = house.slots.room();
  assertEquals(room === null, false);
  house.slots.delete(house.guests.find(({ isClosed }) => isClosed)!);
  await room;
  assertEquals(house.slots.room(), null);
});

Deno.test("Slots ends the wait for room when the server stops", async () => {
  const descriptors = { accept: () => false } as unknown as Descriptors;
  const { slots } = new House({ descriptors });
  const room = slots.room();
  slots.stop();
  await room;
});

Deno.test("Slots counts what Deno keeps until the tick after the next", () => {
  const { slots } = new House({});
  slots.keep();
  slots.keep();
  slots.lose();
  const counts = [slots.others];
  for (const _ of [1, 2]) {
    slots.tick();
    counts.push(slots.others);
  }
  assertEquals(counts, [2, 2, 1]);
});

Deno.test("Slots tells 100 at a time that they are refused, half of them of one address", () => {
  const { slots } = new House({ maxConnections: 1 });
  const told = { a: 0, b: 0, c: 0 };
  for (const network of ["a", "b", "c"] as const) {
    while (slots.mayRefuse(network, 0)) {
      slots.addRefused(new Guest(network, BUSY), network);
      told[network]++;
    }
  }
  assertEquals(told, { a: 50, b: 25, c: 13 });
  assertEquals([slots.served, slots.others, [...slots].length], [0, 88, 88]);
  for (const guest of slots) slots.delete(guest);
  assertEquals([slots.others, slots.mayRefuse("a", 0)], [0, true]);
});
