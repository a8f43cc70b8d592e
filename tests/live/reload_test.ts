import { assertEquals } from "@std/assert";
import { Burst, TailedFile } from "../../lib/live/reload.ts";

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

/** A file in memory that reads at most three bytes at a time. */
function openBytes(text: string) {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return {
    seek: (offset: number | bigint) => Promise.resolve(at = Number(offset)),
    read: (into: Uint8Array) => {
      const part = bytes.subarray(at, at + Math.min(3, into.length));
      into.set(part);
      at += part.length;
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
    [Symbol.dispose]() {},
  };
}

async function readFrom(file: TailedFile, firstPos: number): Promise<string> {
  await file.seek(firstPos, Deno.SeekMode.Start);
  let text = "";
  const bytes = new Uint8Array(4);
  for (let count; (count = await file.read(bytes)) !== null;) {
    text += new TextDecoder().decode(bytes.subarray(0, count));
  }
  return text;
}

Deno.test("TailedFile is the file and its tail, from any position on", async () => {
  const whole = "0123456789tail";
  const tail = new TextEncoder().encode("tail");
  for (let firstPos = 0; firstPos <= whole.length; firstPos++) {
    const file = new TailedFile(openBytes("0123456789"), 10, tail);
    assertEquals(await readFrom(file, firstPos), whole.slice(firstPos), `from ${firstPos}`);
  }
  const grown = new TailedFile(openBytes("0123456789 and more"), 10, tail);
  assertEquals(await readFrom(grown, 0), whole, "what has grown behind the size is left out");
  const shrunk = new TailedFile(openBytes("01234"), 10, tail);
  assertEquals(await readFrom(shrunk, 0), "01234", "the tail never stands where it should not");
});
