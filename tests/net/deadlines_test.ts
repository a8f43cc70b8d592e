import { assert, assertEquals } from "@std/assert";
import {
  type Deadline,
  DeadlineClock,
  type DeadlineOwner,
  TICK_MS,
} from "../../lib/net/deadlines.ts";

/** Somebody who notes when the deadline passed, and may do something then. */
class Sleeper implements DeadlineOwner {
  readonly passed: number[] = [];
  readonly deadline: Deadline;

  constructor(readonly clock: DeadlineClock, readonly then: (sleeper: Sleeper) => void = () => {}) {
    this.deadline = clock.add(this);
  }

  deadlinePassed(): void {
    this.passed.push(this.clock.nowMs);
    this.then(this);
  }
}

/** Ticks at each of the times from one to another, both included. */
function tickThrough(clock: DeadlineClock, fromMs: number, toMs: number): void {
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
  Deno.test(`Deadline passes after ${ms} ms, never early and less than two ticks late: ${why}`, () => {
    for (let phaseMs = 1; phaseMs < TICK_MS; phaseMs += 7) {
      const clock = new DeadlineClock(0);
      const { deadline, passed } = new Sleeper(clock);
      deadline.set(ms); // The clock still says 0, though phaseMs have gone by since it ticked.
      tickThrough(clock, TICK_MS, ms + 5 * TICK_MS);
      assertEquals(passed.length, 1, "it passes once, then rests");
      const waitedMs = passed[0] - phaseMs;
      assert(waitedMs >= ms, `${waitedMs} ms is early`);
      assert(waitedMs < ms + 2 * TICK_MS, `${waitedMs} ms is late`);
    }
  });
}

Deno.test("Deadline rests until it is set, and after it was cleared", () => {
  const clock = new DeadlineClock(0);
  const { deadline, passed } = new Sleeper(clock);
  tickThrough(clock, 0, 1_000);
  deadline.set(100);
  deadline.clear();
  tickThrough(clock, 1_100, 3_000);
  assertEquals(passed, []);
});

Deno.test("Deadline.set() moves the deadline that was there, in either direction", () => {
  const clock = new DeadlineClock(0);
  const { deadline, passed } = new Sleeper(clock);
  deadline.set(100);
  deadline.set(500);
  tickThrough(clock, 100, 900);
  assertEquals(passed, [600]);
  deadline.set(5_000);
  deadline.set(100);
  tickThrough(clock, 1_000, 9_000);
  assertEquals(passed, [600, 1_100]);
});

Deno.test("Deadline.set() by the owner who is told makes it pass again, and not in the same tick", () => {
  const clock = new DeadlineClock(0);
  const { deadline, passed } = new Sleeper(clock, (sleeper) => sleeper.deadline.set(0));
  deadline.set(0);
  tickThrough(clock, 100, 400);
  assertEquals(passed, [100, 200, 300, 400]);
});

Deno.test("Deadline tells the owner that it has when it passes", () => {
  const clock = new DeadlineClock(0);
  const [first, second] = [new Sleeper(clock), new Sleeper(clock)];
  first.deadline.set(0);
  first.deadline.owner = second; // As a read under a deadline borrows the deadline of its connection.
  clock.tick(1_000);
  assertEquals([first.passed, second.passed], [[], [1_000]]);
});

Deno.test("DeadlineClock.tick() tells of every deadline that has passed, and no other", () => {
  const clock = new DeadlineClock(1_000_000); // Any scale will do.
  const sleepers = [300, 100, 200, 5_000].map((ms) => {
    const sleeper = new Sleeper(clock);
    sleeper.deadline.set(ms);
    return sleeper;
  });
  clock.tick(1_000_100);
  clock.tick(1_000_200);
  clock.tick(1_000_350); // A tick that is late by half a tick.
  assertEquals(sleepers.map(({ passed }) => passed.length), [0, 1, 1, 0]);
  clock.tick(1_000_400);
  assertEquals(sleepers.map(({ passed }) => passed.length), [1, 1, 1, 0]);
});

Deno.test("DeadlineClock.tick() holds a stall of our own against no peer", () => {
  const clock = new DeadlineClock(0);
  const sleeper = new Sleeper(clock);
  sleeper.deadline.set(300);
  clock.tick(5_000); // Nothing of ours ran for five seconds; the peer's bytes may be waiting.
  assertEquals(sleeper.passed, []);
  clock.tick(5_100);
  clock.tick(5_200);
  assertEquals(sleeper.passed, [5_200]);
});

Deno.test("Deadline.remove() leaves the clock for good, also when another one passes", () => {
  const clock = new DeadlineClock(0);
  const removed = new Sleeper(clock);
  const remover = new Sleeper(clock, () => removed.deadline.remove()); // The latest is looked at first.
  removed.deadline.set(0);
  remover.deadline.set(0);
  clock.tick(1_000);
  removed.deadline.set(0);
  clock.tick(2_000);
  assertEquals([remover.passed, removed.passed], [[1_000], []]);
  assertEquals([...clock.deadlines], [remover.deadline]);
  remover.deadline.remove();
  assertEquals(clock.deadlines.size, 0);
});

Deno.test("DeadlineClock without a deadline sleeps, has no timer, and wakes who looks at it", async () => {
  const clock = new DeadlineClock(performance.now());
  const asleep = Promise.withResolvers<void>();
  const ticks: number[] = [];
  clock.run((nowMs) => {
    ticks.push(nowMs);
    asleep.resolve();
    return Infinity;
  });
  await asleep.promise;
  // It sleeps as soon as this tick is over; a timer would keep this test from ending (leak check).
  await Promise.resolve();
  assert(clock.isAsleep);
  const beforeMs = performance.now();
  assert(clock.nowMs >= beforeMs, "the time is that of now, not of the last tick");
  assert(!clock.isAsleep);
  assertEquals(ticks.length, 2, "what is to be looked at was looked at on waking");
  clock.close();
});

Deno.test("DeadlineClock sleeps until the next deadline, and no longer", async () => {
  const clock = new DeadlineClock(performance.now());
  let ticks = 0;
  clock.run(() => {
    ticks++;
    return Infinity;
  });
  const passed = Promise.withResolvers<void>();
  const deadline = clock.add({ deadlinePassed: () => passed.resolve() });
  const startMs = performance.now();
  deadline.set(1_500);
  await passed.promise;
  assert(performance.now() - startMs >= 1_500, "it is never early");
  assert(ticks <= 5, `${ticks} ticks: every ${TICK_MS} ms it would have been 15`);
  clock.close();
});

Deno.test("DeadlineClock asleep is not told of a stall where there was none", async () => {
  const clock = new DeadlineClock(performance.now());
  const asleep = Promise.withResolvers<void>();
  clock.run(() => {
    asleep.resolve();
    return Infinity;
  });
  const deadline = clock.add({ deadlinePassed() {} });
  deadline.set(60_000);
  const { dueMs } = deadline;
  await asleep.promise;
  await Promise.resolve();
  assert(clock.isAsleep);
  void clock.nowMs;
  assertEquals(deadline.dueMs, dueMs);
  clock.close();
});
