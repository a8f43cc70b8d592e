/** Which time the lanes show: the states of the window, and what stays where it is. */

import { assertEquals } from "@std/assert";
import { NEXT, TimeWindow } from "../../lib/xray/page/time_window.js";

/** A window at a present that the test moves. */
function windowAt(nowMs: number) {
  const time = { nowMs };
  return { time, view: new TimeWindow(() => time.nowMs) };
}

const WISHES = [
  // wishes, state, right edge 1 s after them, why
  [[], "following", 61_200, "a fiftieth of the span is ahead of the present"],
  [["pause"], "paused", 60_200, "what is seen stays"],
  [["pause", "pause"], "following", 61_200, "the button again: goes on"],
  [["move"], "moved", 60_200, "dragging stops the following"],
  [["move", "pause"], "paused", 60_200, "a moved window can be paused as well"],
  [["pause", "move"], "paused", 60_200, "and a paused one moved"],
  [["pause", "move", "pause"], "following", 61_200, "a pause that is over goes on"],
  [["follow"], "moved", 60_200, "the button again: stays here"],
  [["follow", "follow"], "following", 61_200, "and back"],
  [["pause", "follow"], "following", 61_200, "follow ends a pause"],
] as const;

for (const [wishes, kind, endMs, why] of WISHES) {
  Deno.test(`TimeWindow after ${JSON.stringify(wishes)} is ${kind}: ${why}`, () => {
    const { time, view } = windowAt(60_000);
    for (const wish of wishes) view.take(wish);
    time.nowMs += 1_000;
    assertEquals([view.kind, view.endMs], [kind, endMs]);
  });
}

Deno.test("NEXT has a way back to following from every state", () => {
  for (const { pause, follow } of [NEXT.paused, NEXT.moved]) {
    assertEquals([pause, follow].includes("following"), true);
  }
});

Deno.test("TimeWindow.zoom() keeps what is under the pointer where it is", () => {
  const { view } = windowAt(60_000);
  view.moveTo(60_000);
  const atMs = view.endMs - view.spanMs * (1 - 0.25);
  view.zoom(0.5, 0.25);
  assertEquals([view.spanMs, view.endMs - view.spanMs * (1 - 0.25)], [5_000, atMs]);
});

Deno.test("TimeWindow.zoom() keeps the present at the right while it follows, by buttons and keys", () => {
  const { view } = windowAt(60_000);
  view.zoom(0.5);
  assertEquals([view.kind, view.spanMs, view.endMs], ["following", 5_000, 60_100]);
});

Deno.test("TimeWindow.zoom() by a wheel keeps what is under the pointer, and follows no more", () => {
  const { view } = windowAt(60_000);
  const atMs = view.endMs - view.spanMs * (1 - 0.25);
  view.zoom(0.5, 0.25);
  assertEquals([view.kind, view.endMs - view.spanMs * (1 - 0.25)], ["moved", atMs]);
});

const REVEALED = [
  // from, to, right edge and span after it of a window of 10 s up to 60 s, why
  [55_000, 56_000, [60_000, 10_000], "it is seen: nothing moves"],
  [20_000, 22_000, [26_000, 10_000], "in the middle"],
  [59_000, 61_000, [60_000, 10_000], "half of it is seen: nothing moves"],
  [59_900, 62_000, [65_950, 10_000], "its very beginning is no sight"],
  [10_000, 30_000, [31_400, 23_000], "longer than what is seen"],
] as const;

for (const [startMs, endMs, expected, why] of REVEALED) {
  Deno.test(`TimeWindow.reveal() from ${startMs} to ${endMs} ms: ${why}`, () => {
    const { view } = windowAt(60_000);
    view.moveTo(60_000);
    view.reveal(startMs, endMs);
    assertEquals([view.endMs, Math.round(view.spanMs)], [...expected]);
  });
}

Deno.test("TimeWindow.zoom() ends at 50 µs and at ten minutes", () => {
  const { view } = windowAt(0);
  view.zoom(1e-9);
  assertEquals(view.spanMs, 0.05);
  view.zoom(1e12);
  assertEquals(view.spanMs, 600_000);
});

Deno.test("TimeWindow.follow() is not so near that nothing can be seen", () => {
  const { view } = windowAt(60_000);
  view.take("pause");
  view.zoom(1e-3);
  view.follow();
  assertEquals([view.kind, view.spanMs], ["following", 10_000]);
});

Deno.test("TimeWindow.show() has all between two times, with room on both sides", () => {
  const { view } = windowAt(60_000);
  view.show(1_000, 2_000);
  assertEquals([view.kind, view.spanMs, view.endMs], ["moved", 1_150, 2_070]);
});
