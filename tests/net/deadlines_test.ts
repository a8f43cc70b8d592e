import { assert, assertEquals } from "@std/assert";
import { type Alarm, AlarmClock, type AlarmOwner, TICK_MS } from "../../lib/net/deadlines.ts";

/** Somebody who notes when the alarm rang, and may do something then. */
class Sleeper implements AlarmOwner {
  readonly rings: number[] = [];
  readonly alarm: Alarm;

  constructor(readonly clock: AlarmClock, readonly then: (sleeper: Sleeper) => void = () => {}) {
    this.alarm = clock.add(this);
  }

  late(): void {
    this.rings.push(this.clock.nowMs);
    this.then(this);
  }
}

/** Ticks at each of the times from one to another, both included. */
function tickThrough(clock: AlarmClock, fromMs: number, toMs: number): void {
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += TICK_MS) clock.tick(nowMs);
}

const WAITS = [
  // wait in ms, why
  [0, "no wait at all"],
  [1, "shorter than a tick"],
  [TICK_MS - 1, "just under a tick"],
  [TICK_MS, "a tick"],
  [TICK_MS + 1, "just over a tick"],
  [10_000, "the keep-alive timeout"],
] as const;

for (const [ms, why] of WAITS) {
  Deno.test(`Alarm rings after ${ms} ms, never early and less than two ticks late: ${why}`, () => {
    for (let phaseMs = 1; phaseMs < TICK_MS; phaseMs += 7) {
      const clock = new AlarmClock(0);
      const { alarm, rings } = new Sleeper(clock);
      alarm.set(ms); // The clock still says 0, though phaseMs have gone by since it ticked.
      tickThrough(clock, TICK_MS, ms + 5 * TICK_MS);
      assertEquals(rings.length, 1, "it rings once, then rests");
      const waitedMs = rings[0] - phaseMs;
      assert(waitedMs >= ms, `${waitedMs} ms is early`);
      assert(waitedMs < ms + 2 * TICK_MS, `${waitedMs} ms is late`);
    }
  });
}

Deno.test("Alarm rests until it is set, and after it was cleared", () => {
  const clock = new AlarmClock(0);
  const { alarm, rings } = new Sleeper(clock);
  tickThrough(clock, 0, 1_000);
  alarm.set(100);
  alarm.clear();
  tickThrough(clock, 1_100, 3_000);
  assertEquals(rings, []);
});

Deno.test("Alarm.set() moves the deadline that was there, in either direction", () => {
  const clock = new AlarmClock(0);
  const { alarm, rings } = new Sleeper(clock);
  alarm.set(100);
  alarm.set(500);
  tickThrough(clock, 100, 900);
  assertEquals(rings, [600]);
  alarm.set(5_000);
  alarm.set(100);
  tickThrough(clock, 1_000, 9_000);
  assertEquals(rings, [600, 1_100]);
});

Deno.test("Alarm.set() in its own ring makes it ring again, and not in the same tick", () => {
  const clock = new AlarmClock(0);
  const { alarm, rings } = new Sleeper(clock, (sleeper) => sleeper.alarm.set(0));
  alarm.set(0);
  tickThrough(clock, 100, 400);
  assertEquals(rings, [100, 200, 300, 400]);
});

Deno.test("Alarm tells the owner that it has when it rings", () => {
  const clock = new AlarmClock(0);
  const [first, second] = [new Sleeper(clock), new Sleeper(clock)];
  first.alarm.set(0);
  first.alarm.owner = second; // As a read under a deadline borrows the alarm of its connection.
  clock.tick(1_000);
  assertEquals([first.rings, second.rings], [[], [1_000]]);
});

Deno.test("AlarmClock.tick() rings every alarm that is due, and no other", () => {
  const clock = new AlarmClock(1_000_000); // Any scale will do.
  const sleepers = [300, 100, 200, 5_000].map((ms) => {
    const sleeper = new Sleeper(clock);
    sleeper.alarm.set(ms);
    return sleeper;
  });
  clock.tick(1_000_100);
  clock.tick(1_000_200);
  clock.tick(1_000_350); // A tick that is late by half a tick.
  assertEquals(sleepers.map(({ rings }) => rings.length), [0, 1, 1, 0]);
  clock.tick(1_000_400);
  assertEquals(sleepers.map(({ rings }) => rings.length), [1, 1, 1, 0]);
});

Deno.test("AlarmClock.tick() holds a stall of our own against no peer", () => {
  const clock = new AlarmClock(0);
  const sleeper = new Sleeper(clock);
  sleeper.alarm.set(300);
  clock.tick(5_000); // Nothing of ours ran for five seconds; the peer's bytes may be waiting.
  assertEquals(sleeper.rings, []);
  clock.tick(5_100);
  clock.tick(5_200);
  assertEquals(sleeper.rings, [5_200]);
});

Deno.test("Alarm.remove() leaves the clock for good, also from the ring of another alarm", () => {
  const clock = new AlarmClock(0);
  const removed = new Sleeper(clock);
  const remover = new Sleeper(clock, () => removed.alarm.remove()); // The latest is looked at first.
  removed.alarm.set(0);
  remover.alarm.set(0);
  clock.tick(1_000);
  removed.alarm.set(0);
  clock.tick(2_000);
  assertEquals([remover.rings, removed.rings], [[1_000], []]);
  assertEquals([...clock.alarms], [remover.alarm]);
  remover.alarm.remove();
  assertEquals(clock.alarms.size, 0);
});
