import { assertEquals } from "@std/assert";
import { Tally } from "../../lib/log/tally.ts";

Deno.test("Tally tells once a minute at the most, and forgets nothing", () => {
  const told: number[] = [];
  const tally = new Tally((count) => told.push(count));
  tally.look(0);
  assertEquals(told, [], "nothing to tell");
  for (let i = 0; i < 40; i++) tally.add();
  tally.look(1_000);
  assertEquals(told, [40]);
  tally.add();
  tally.look(60_999);
  assertEquals(told, [40], "silent for a minute");
  tally.add();
  tally.look(61_000);
  assertEquals(told, [40, 2]);
  tally.look(200_000);
  assertEquals(told, [40, 2], "nothing new");
});
