import { assert, assertEquals } from "@std/assert";
import { Slices } from "../../lib/files/slices.ts";

/** Work of so many steps, each of about as many ms. */
function* steps(count: number, ms: number): Generator<number, string> {
  for (let i = 0; i < count; i++) {
    for (const startedMs = performance.now(); performance.now() - startedMs < ms;);
    yield i;
  }
  return "done";
}

Deno.test("Slices.run() does all of the work, in order, and gives what it returns", async () => {
  const taken: number[] = [];
  assertEquals(await new Slices().run(steps(20, 0.3), (i) => taken.push(i)), "done");
  assertEquals(taken, Array.from({ length: 20 }, (_, i) => i));
});

Deno.test("Slices: all work together has one slice in a turn, and each gets its own", async () => {
  const slices = new Slices();
  const order: number[] = [];
  let isDone = false;
  const works = [0, 1, 2, 3].map((name) => slices.run(steps(10, 1), () => order.push(name)));
  const all = Promise.all(works).then(() => isDone = true);
  const counts: number[] = [];
  while (!isDone) {
    const before = order.length;
    await new Promise((resolve) => setTimeout(resolve, 0));
    counts.push(order.length - before);
  }
  await all;
  assertEquals(order.length, 40);
  // A slice is 2 ms, so it has three steps of 1 ms at the most; two timers may ring in one turn.
  const crowded = counts.filter((count) => count > 6).length; // Where the machine let us wait.
  assert(crowded <= 2, counts.join());
  assertEquals(new Set(order.slice(0, 12)).size, 4, "they take turns");
});

Deno.test("Slices.run() rejects with what the work throws, and goes on with other work", async () => {
  const slices = new Slices();
  // deno-lint-ignore require-yield
  const failing = slices.run(function* (): Generator<number, void> {
    throw new Error("no");
  }());
  const other = slices.run(steps(3, 1));
  assertEquals(await failing.catch((error) => error.message), "no");
  assertEquals(await other, "done");
});
