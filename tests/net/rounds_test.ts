/** The promise of the cache stands on this: a round is shared by requests received before it, and by no other. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { FileCache } from "../../lib/files/cache.ts";
import { MemoryFile } from "../../lib/files/memory_file.ts";
import { rootAt } from "../files/roots.ts";
import { ROUND_SIZE, Rounds } from "../../lib/net/rounds.ts";

Deno.test("Rounds: requests that were received together share one round", async () => {
  const rounds = new Rounds();
  assertEquals(await Promise.all([rounds.next(), rounds.next(), rounds.next()]), [1, 1, 1]);
});

Deno.test("Rounds: a request received after a round began is not in it", async () => {
  const rounds = new Rounds();
  const first = rounds.next();
  let second: Promise<number> | null = null;
  await first.then(() => second = rounds.next()); // The round has begun: looks may have been taken.
  assertEquals([await first, await second], [1, 2]);
});

Deno.test("Rounds: requests that arrive one after the other have a round each", async () => {
  const rounds = new Rounds();
  const numbers: number[] = [];
  for (let i = 0; i < 5; i++) numbers.push(await rounds.next());
  assertEquals(numbers, [1, 2, 3, 4, 5]);
});

Deno.test("Rounds: no round is 0, which stands for none", async () => {
  assert(await new Rounds().next() > 0);
});

Deno.test("Rounds: a crowd goes in parts, first come, first served, though nobody else comes", async () => {
  const rounds = new Rounds();
  const inOrder: number[] = [];
  const crowd = Array.from({ length: 2 * ROUND_SIZE + 1 }, async (_, i) => {
    const round = await rounds.next();
    inOrder.push(i);
    return round;
  });
  const numbers = await Promise.all(crowd);
  assertEquals(inOrder, crowd.map((_, i) => i));
  assertEquals(numbers, crowd.map((_, i) => Math.floor(i / ROUND_SIZE) + 1));
});

Deno.test("Rounds: who comes later waits behind a crowd, and lets the next part of it begin", async () => {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout; // So that it is not the timer.
  try {
    const rounds = new Rounds();
    const crowd = Array.from({ length: ROUND_SIZE + 1 }, () => rounds.next());
    await crowd[0];
    const later = rounds.next(); // It has room with the last one of the crowd.
    assertEquals([await crowd[ROUND_SIZE], await later], [2, 2]);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
});

Deno.test("Rounds: one turn lets one part of a crowd go", async () => {
  const rounds = new Rounds();
  let gone = 0;
  const crowd = Array.from({ length: 3 * ROUND_SIZE }, () => rounds.next().then(() => gone++));
  for (let microtask = 0; microtask < 50; microtask++) await null;
  assertEquals(gone, ROUND_SIZE);
  await Promise.all(crowd);
});

Deno.test("Rounds.hold() lets nobody go until release(), also whom a timer would let go", async () => {
  const rounds = new Rounds();
  const gone: number[] = [];
  const before = Array.from(
    { length: ROUND_SIZE + 1 },
    () => rounds.next().then((n) => gone.push(n)),
  );
  await before[0];
  rounds.hold(); // The rest of the crowd waits for a timer.
  const later = rounds.next().then((number) => gone.push(number));
  await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals(gone.length, ROUND_SIZE);
  rounds.release();
  await Promise.all([...before, later]);
  assertEquals(gone.slice(ROUND_SIZE), [2, 2]);
});

Deno.test("Rounds: in a crowd no look serves a request that was received after it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_" });
  const path = `${await Deno.realPath(folder)}/a`;
  await Deno.writeTextFile(path, "old");
  const long = new Date(Date.now() - 60_000);
  await Deno.utime(path, long, long);
  const info = Deno.statSync(path);
  const facts = {
    ...{
      name: "a",
      mediaType: "text/plain",
      size: 3,
      unsettled: 0,
      device: info.dev,
      inode: info.ino ?? 0,
    },
    ...{ mtimeMs: info.mtime!.getTime(), ctimeMs: info.ctime!.getTime() },
    ...{ digest: null, form: { kind: "plain", varies: false } as const },
  } as const;
  const cache = new FileCache(1024 * 1024, rootAt(folder));
  const located = { kind: "file", facts, file: new MemoryFile(new Uint8Array(3)) } as const;
  cache.put("a", 0, { systemPath: path, realPath: path, located });
  const rounds = new Rounds();
  const crowd = Array.from({ length: 2 * ROUND_SIZE + 5 }, () => rounds.next());
  assert(cache.get("a", await crowd[0]) === located, "looked at in the first round, and the same");
  Deno.writeTextFileSync(path, "newer"); // At once: the rest of the crowd waits for a timer.
  const later = rounds.next(); // It goes with the last of the crowd, which were received before the write.
  assertEquals(await later, await crowd[2 * ROUND_SIZE]);
  assertEquals(cache.get("a", await later), null, "looked at again");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Rounds: two servers do not share rounds", async () => {
  const [a, b] = [new Rounds(), new Rounds()];
  await a.next();
  assertEquals([await a.next(), await b.next()], [2, 1]);
});

/**
 * Requests arrive at any of many microtasks. Each notes when it arrived, and when its round let it go; the first of a
 * round to go takes the look at the file that serves all of the round.
 */
Deno.test("Rounds: in any order of arrival, the look of a round follows all that it serves", async () => {
  const arrivals = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 30 });
  let shared = 0;
  const property = fc.asyncProperty(arrivals, async (delays) => {
    const rounds = new Rounds();
    let clock = 0;
    const looks = new Map<number, number>();
    const requests = delays.map(async (delay) => {
      for (let microtask = 0; microtask < delay; microtask++) await null;
      const receivedAt = ++clock;
      const round = await rounds.next();
      if (looks.has(round)) shared++;
      else looks.set(round, ++clock);
      return { receivedAt, round, goneAt: ++clock };
    });
    const done = await Promise.all(requests);
    for (const { receivedAt, round } of done) {
      const lookedAt = looks.get(round) ?? 0;
      assert(receivedAt < lookedAt, `received at ${receivedAt}, looked at ${lookedAt}`);
    }
    // Rounds only grow: who is let go later is never in an earlier one.
    const inOrder = done.toSorted((a, b) => a.goneAt - b.goneAt).map(({ round }) => round);
    assertEquals(inOrder, inOrder.toSorted((a, b) => a - b));
  });
  await fc.assert(property, { numRuns: 500 });
  assert(shared > 500, `${shared} looks were shared, so the above says something`);
});
