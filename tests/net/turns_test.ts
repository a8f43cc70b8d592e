/** Large things are sent in turns, between which the loop looks at its sockets. */

import { assert, assertEquals } from "@std/assert";
import { TURN_BYTES, Turns } from "../../lib/net/turns.ts";

/** Lets the timer of the last turn ring, so that none is left behind. */
const rest = () => new Promise((resolve) => setTimeout(resolve, 5));

Deno.test("Turns.next() lets bytes go at once as long as the turn has some left", async () => {
  const turns = new Turns(TURN_BYTES);
  assertEquals(turns.next(TURN_BYTES / 2), null);
  assertEquals(
    turns.next(TURN_BYTES),
    null,
    "what is more than is left, goes, and nothing after it",
  );
  assert(turns.next(1) instanceof Promise);
  await rest();
});

Deno.test("Turns.next() lets those who wait go in their order, a turn's bytes at a time", async () => {
  const turns = new Turns(TURN_BYTES);
  turns.next(TURN_BYTES);
  const gone: number[] = [];
  const all = Array.from({ length: 4 }, async (_, i) => {
    await turns.next(TURN_BYTES / 2);
    gone.push(i);
  });
  for (let microtask = 0; microtask < 20; microtask++) await null;
  assertEquals(gone, [], "only a timer begins a turn");
  await all[1];
  for (let microtask = 0; microtask < 20; microtask++) await null;
  assertEquals(gone, [0, 1]);
  await Promise.all(all);
  assertEquals(gone, [0, 1, 2, 3]);
  await rest();
});

Deno.test("Turns.next() starts over when a turn is long ago", async () => {
  const turns = new Turns(TURN_BYTES);
  turns.next(TURN_BYTES);
  await rest();
  assertEquals(turns.next(1), null);
  await rest();
});

Deno.test("Turns.next() sets no timer for whoever uses little", async () => {
  const real = globalThis.setTimeout;
  let timers = 0;
  const counting = (go: () => void, ms: number) => (timers++, real(go, ms));
  try {
    Object.assign(globalThis, { setTimeout: counting });
    const turns = new Turns(8);
    for (let i = 0; i < 2; i++) assertEquals(turns.next(1), null);
    assertEquals(timers, 0);
    for (let i = 0; i < 6; i++) assertEquals(turns.next(1), null);
    assertEquals(timers, 1);
    const last = turns.next(1);
    assert(last instanceof Promise);
    await last;
    assertEquals(timers, 1, "of the next turn little is used");
  } finally {
    Object.assign(globalThis, { setTimeout: real });
  }
});
