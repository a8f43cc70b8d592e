import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Bag } from "../../lib/net/bag.ts";

class Thing {
  place = -1;
}

Deno.test("Bag holds what a Set would hold, whatever comes and goes", () => {
  const steps = fc.array(fc.nat({ max: 9 }), { maxLength: 60 });
  fc.assert(fc.property(steps, (turns) => {
    const things = Array.from({ length: 10 }, () => new Thing());
    const bag = new Bag<Thing>();
    const expected = new Set<Thing>();
    for (const turn of turns) {
      const thing = things[turn];
      if (expected.has(thing)) {
        bag.delete(thing);
        bag.delete(thing); // Twice is once.
        expected.delete(thing);
      } else {
        bag.add(thing);
        expected.add(thing);
      }
      assertEquals(bag.size, expected.size);
      const members = [...bag];
      assertEquals(members.length, expected.size, "nobody twice");
      for (const member of members) assert(expected.has(member));
      for (const other of things) assertEquals(other.place !== -1, expected.has(other));
    }
  }));
});

Deno.test("Bag: members may leave while one goes through it, and others may come", () => {
  for (let leaver = 0; leaver < 5; leaver++) {
    for (let left = 0; left < 5; left++) {
      const things = Array.from({ length: 5 }, () => new Thing());
      const bag = new Bag<Thing>();
      for (const thing of things) bag.add(thing);
      const late = new Thing();
      const seen = new Set<Thing>();
      for (const thing of bag) {
        assert(thing.place !== -1, "one that has left is passed over");
        seen.add(thing);
        if (thing !== things[leaver] || late.place !== -1) continue;
        bag.delete(things[left]);
        bag.add(late);
      }
      for (const thing of things) assert(seen.has(thing) || thing === things[left], "all others");
      assertEquals(bag.size, 5);
    }
  }
});
