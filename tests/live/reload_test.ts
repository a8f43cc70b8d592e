import { assertEquals } from "@std/assert";
import { Burst } from "../../lib/live/reload.ts";

/** Timers that run when the test says so. */
class Timers {
  nowMs = 0;
  readonly #due: { atMs: number; run: () => void }[] = [];

  readonly schedule = (run: () => void, ms: number) => {
    const timer = { atMs: this.nowMs + ms, run };
    this.#due.push(timer);
    return () => {
      const at = this.#due.indexOf(timer);
      if (at !== -1) this.#due.splice(at, 1);
    };
  };

  /** Lets time go by, one timer after the other. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const next = this.#due.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#due.splice(this.#due.indexOf(next), 1);
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = endMs;
  }

  get waiting(): number {
    return this.#due.length;
  }
}

function burst() {
  const timers = new Timers();
  const bursts: string[][] = [];
  return { timers, bursts, burst: new Burst((paths) => bursts.push([...paths]), timers.schedule) };
}

Deno.test("Burst gives what came close together at once, each path once", () => {
  const { timers, bursts, burst: one } = burst();
  for (const path of ["4913", "a~", "a", "a"]) {
    one.add([path]);
    timers.pass(10);
  }
  assertEquals(bursts, [], "not while it goes on");
  timers.pass(40);
  assertEquals(bursts, [["4913", "a~", "a"]]);
  timers.pass(1_000);
  one.add(["b"]);
  timers.pass(40);
  assertEquals(bursts.length, 2, "and the next one by itself");
  assertEquals(timers.waiting, 0);
});

Deno.test("Burst does not wait for the end of one that has none", () => {
  const { timers, bursts, burst: endless } = burst();
  for (let i = 0; i < 100; i++) {
    endless.add([`${i}`]);
    timers.pass(20);
  }
  assertEquals(bursts.length >= 4, true, "every 400 ms");
});

Deno.test("Burst forgets all when it is cancelled", () => {
  const { timers, bursts, burst: cancelled } = burst();
  cancelled.add(["a"]);
  cancelled.cancel();
  timers.pass(1_000);
  assertEquals([bursts, timers.waiting], [[], 0]);
});
