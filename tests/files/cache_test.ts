/** The cache by itself, on real files, with rounds that the tests count. Over the wire: `wire/cache_test.ts`. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type CachedFile, FileCache } from "../../lib/files/cache.ts";
import { MemoryFile } from "../../lib/files/memory_file.ts";
import { timeMs } from "../../lib/files/disk_state.ts";
import { testWithLinks } from "../tools.ts";
import { rootAt } from "./roots.ts";

/** Runs a test in a folder of its own, whose real path it gets. */
async function withFolder(test: (folder: string) => void): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
  try {
    test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What step (iv) would hand over of a file, had its times settled. */
function locatedOf(systemPath: string, unsettled = 0): CachedFile {
  const info = Deno.statSync(systemPath);
  const facts = {
    name: "a",
    mediaType: "text/plain",
    size: info.size,
    mtimeMs: timeMs(info.mtime),
    ctimeMs: timeMs(info.ctime),
    device: info.dev,
    inode: info.ino ?? 0,
    unsettled,
    digest: null,
    form: { kind: "plain", varies: false },
  } as const;
  return { kind: "file", facts, file: new MemoryFile(Deno.readFileSync(systemPath)) };
}

function write(path: string, size: number): string {
  Deno.writeFileSync(path, new Uint8Array(size).fill(0x61));
  return path;
}

/** The largest file that a cache keeps, in bytes; -1 if it keeps none. */
function largestOf(cache: FileCache): number {
  let [kept, refused] = [-1, 1024 * 1024];
  while (refused - kept > 1) {
    const size = (kept + refused) >> 1;
    if (cache.takes(size)) kept = size;
    else refused = size;
  }
  return kept;
}

/** Which of some keys are in the cache. Looks in round 0, which neither moves nor rechecks an entry. */
function keysIn(cache: FileCache, keys: readonly string[]): string[] {
  return keys.filter((key) => cache.get(key, 0) !== null);
}

const BUDGET = 80 * 1024;
const ROOT = rootAt("/");
const SIZES = [0, 1, 7, 100, 600, 614, 615, 900, 1000, 1023, 1024, 1025, 2000];

Deno.test("FileCache never exceeds its budget, and gives each file's own bytes", async () => {
  const key = fc.nat({ max: 99 });
  const step = fc.oneof(
    fc.record({ put: key, size: fc.constantFrom(...SIZES), unsettled: fc.nat({ max: 9 }) }),
    fc.record({ get: key, later: fc.boolean() }),
  );
  const steps = fc.array(step, { minLength: 200, maxLength: 500, size: "max" });
  const budget = fc.constantFrom(0, 1, 50_000, BUDGET, BUDGET + 1, 68_812.8);
  let [kept, full] = [0, 0];
  await withFolder((folder) => {
    const files = SIZES.map((size) => {
      const systemPath = write(`${folder}/${size}`, size);
      return [systemPath, locatedOf(systemPath), locatedOf(systemPath, 1)] as const;
    });
    const property = fc.property(budget, steps, (budgetBytes, turns) => {
      const cache = new FileCache(budgetBytes, ROOT);
      const expected = new Map<string, CachedFile>();
      let round = 1;
      for (const turn of turns) {
        if ("put" in turn) {
          const [systemPath, settled, unsettled] = files[SIZES.indexOf(turn.size)];
          const located = turn.unsettled === 9 ? unsettled : settled;
          cache.put(`${turn.put}`, round, {
            systemPath,
            realPath: realPathOf(systemPath),
            located,
          });
          expected.delete(`${turn.put}`);
          if (cache.takes(turn.size) && turn.unsettled < 9) expected.set(`${turn.put}`, located);
        } else {
          if (turn.later) round++;
          const found = cache.get(`${turn.get}`, round);
          if (found !== null) assert(found === expected.get(`${turn.get}`), "what was put last");
          if (found !== null) kept++;
        }
        assert(cache.usedBytes <= budgetBytes, `${cache.usedBytes} of ${budgetBytes} bytes`);
        const keys = keysIn(cache, [...expected.keys()]);
        const bytes = keys.reduce((sum, k) => sum + (expected.get(k)?.file.bytes.length ?? 0), 0);
        assert(cache.usedBytes >= bytes, "no less than the files that it holds");
        assertEquals(cache.usedBytes === 0, keys.length === 0, "nothing is counted that is gone");
        if (keys.length < expected.size) full++;
      }
    });
    fc.assert(property, { numRuns: 60 });
  });
  assert(kept > 500 && full > 500, `${kept} found, ${full} times full: the above says something`);
});

Deno.test("FileCache: the least recently used goes first, one at a time", async () => {
  await withFolder((folder) => {
    const cache = new FileCache(BUDGET, ROOT);
    const systemPath = write(`${folder}/a`, largestOf(cache));
    const located = locatedOf(systemPath);
    const put = (key: string, round: number) =>
      cache.put(key, round, { systemPath, realPath: realPathOf(systemPath), located });
    const keys = Array.from({ length: 32 }, (_, i) => `${i}`);
    for (const key of keys) put(key, 1);
    assertEquals(keysIn(cache, keys), keys, "a 32nd share each: all fit");
    assert(cache.get("0", 2) !== null, "used again in a later round");
    put("new", 2);
    assertEquals(keysIn(cache, keys), keys.filter((key) => key !== "1"));
    put("2", 3); // Put anew is used anew.
    for (const key of ["x", "y"]) put(key, 3);
    assertEquals(keysIn(cache, keys), keys.filter((key) => !["1", "3", "4"].includes(key)));
    for (const key of keys) put(`z${key}`, 4);
    assertEquals(keysIn(cache, [...keys, "new", "x", "y"]), [], "all the old ones, in the end");
  });
});

const CHANGES: Readonly<Record<string, (path: string, folder: string) => void>> = {
  "rewritten in place, longer": (path) => write(path, 101),
  "rewritten in place, shorter": (path) => write(path, 99),
  "cut to nothing": (path) => Deno.truncateSync(path),
  "rewritten with as many bytes": (path) => {
    write(path, 100);
    Deno.utimeSync(path, 1_000_000_000, 1_000_000_000); // As if the write had been at another time.
  },
  "removed": (path) => Deno.removeSync(path),
  "replaced by another of its size and times": (path, folder) => {
    const { atime, mtime } = Deno.statSync(path);
    write(`${folder}/new`, 100);
    Deno.utimeSync(`${folder}/new`, atime ?? 0, mtime ?? 0);
    Deno.renameSync(`${folder}/new`, path);
  },
  "replaced by a folder": (path) => {
    Deno.removeSync(path);
    Deno.mkdirSync(path);
  },
  "replaced by a link to another": (path, folder) => {
    write(`${folder}/other`, 100);
    Deno.removeSync(path);
    Deno.symlinkSync(`${folder}/other`, path);
  },
  "replaced by a link to nothing": (path, folder) => {
    Deno.removeSync(path);
    Deno.symlinkSync(`${folder}/nothing`, path);
  },
  "replaced by a link to itself": (path) => {
    Deno.removeSync(path);
    Deno.symlinkSync(path, path);
  },
  "moved away": (path, folder) => Deno.renameSync(path, `${folder}/away`),
};

for (const [why, change] of Object.entries(CHANGES)) {
  const test = why.includes("link") ? testWithLinks : Deno.test;
  test(`FileCache drops a file that was ${why}`, async () => {
    await withFolder((folder) => {
      const cache = new FileCache(BUDGET * 32, ROOT);
      const systemPath = write(`${folder}/a`, 100);
      const located = locatedOf(systemPath);
      cache.put("a", 1, { systemPath, realPath: realPathOf(systemPath), located });
      assert(cache.get("a", 2) === located, "as long as it is unchanged");
      change(systemPath, folder);
      assert(cache.get("a", 2) === located, "a request of a round that has begun was sent before");
      assertEquals(cache.get("a", 3), null);
      assertEquals([cache.get("a", 2), cache.usedBytes], [null, 0], "gone for good");
      assertEquals([cache.hits, cache.misses], [2, 2]);
    });
  });
}

testWithLinks("FileCache drops a file whose link was turned to another", async () => {
  await withFolder((folder) => {
    const cache = new FileCache(BUDGET * 32, ROOT);
    write(`${folder}/one`, 100);
    write(`${folder}/two`, 100);
    const systemPath = `${folder}/link`;
    Deno.symlinkSync(`${folder}/one`, systemPath);
    cache.put("a", 1, {
      systemPath,
      realPath: realPathOf(systemPath),
      located: locatedOf(systemPath),
    });
    assert(cache.get("a", 2) !== null, "a link is followed");
    Deno.removeSync(systemPath);
    Deno.symlinkSync(`${folder}/two`, systemPath);
    assertEquals(cache.get("a", 3), null);
  });
});

/** The identity of style: each part of it alone tells two states apart. */
const PARTS = ["size", "mtimeMs", "ctimeMs", "device", "inode"] as const;

for (const part of PARTS) {
  Deno.test(`FileCache drops a file when only its ${part} differs`, async () => {
    await withFolder((folder) => {
      const cache = new FileCache(BUDGET * 32, ROOT);
      const systemPath = write(`${folder}/a`, 100);
      const { kind, facts, file } = locatedOf(systemPath);
      const other = { kind, facts: { ...facts, [part]: facts[part] + 1 }, file };
      cache.put("a", 1, { systemPath, realPath: realPathOf(systemPath), located: other });
      assertEquals(cache.get("a", 2), null);
    });
  });
}

const NOT_KEPT = [
  // budget, size, unsettled, why
  [0, 0, 0, "a budget of 0 keeps nothing, not even an empty file"],
  [BUDGET, BUDGET, 0, "as large as the budget"],
  [BUDGET, BUDGET / 32, 0, "over its share, as the entry costs something too"],
  [BUDGET, 10, 7, "too new: its times cannot tell it from a next write"],
] as const;

for (const [budgetBytes, size, unsettled, why] of NOT_KEPT) {
  Deno.test(`FileCache does not keep a file: ${why}`, async () => {
    await withFolder((folder) => {
      const cache = new FileCache(budgetBytes, ROOT);
      const systemPath = write(`${folder}/a`, 10);
      const before = locatedOf(systemPath);
      cache.put("a", 1, { systemPath, realPath: realPathOf(systemPath), located: before });
      write(systemPath, size);
      cache.put("a", 1, {
        systemPath,
        realPath: realPathOf(systemPath),
        located: locatedOf(systemPath, unsettled),
      });
      assertEquals(cache.get("a", 1), null, "nor what was there before");
      assertEquals([cache.usedBytes, cache.hits, cache.misses], [0, 0, 1]);
    });
  });
}

const LARGEST = [
  // budget in bytes, largest file that is kept, why
  [0, -1, "none"],
  [48 * 1024 - 1, -1, "an entry costs 1.5 KiB, so less than 32 of them are no cache"],
  [48 * 1024, 0, "twin: only empty files"],
  [80 * 1024, 1024, "a 32nd, less the cost of the entry"],
  [68_812.8, 614, "fractions of a MiB"],
] as const;

for (const [budgetBytes, largest, why] of LARGEST) {
  Deno.test(`FileCache of ${budgetBytes} bytes takes files up to ${largest}: ${why}`, () => {
    assertEquals(largestOf(new FileCache(budgetBytes, ROOT)), largest);
  });
}

Deno.test("FileCache: a look of a later round serves an earlier one, never the other way", async () => {
  await withFolder((folder) => {
    const cache = new FileCache(BUDGET * 32, ROOT);
    const systemPath = write(`${folder}/a`, 100);
    const located = locatedOf(systemPath);
    cache.put("a", 5, { systemPath, realPath: realPathOf(systemPath), located });
    write(systemPath, 50);
    assert(cache.get("a", 4) === located, "received before that round");
    assertEquals(cache.get("a", 6), null, "received after it");
  });
});

Deno.test("FileCache: the long way of an earlier round does not vouch for a later one", async () => {
  await withFolder((folder) => {
    const cache = new FileCache(BUDGET * 32, ROOT);
    const systemPath = write(`${folder}/a`, 100);
    const old = locatedOf(systemPath);
    write(systemPath, 50);
    cache.put("a", 2, {
      systemPath,
      realPath: realPathOf(systemPath),
      located: locatedOf(systemPath),
    });
    cache.put("a", 1, { systemPath, realPath: realPathOf(systemPath), located: old }); // Slower on its way, and overtaken.
    assertEquals(cache.get("a", 2), null);
  });
});

/** As step (iv) knows it when it keeps a file. */
function realPathOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}

Deno.test("FileCache bounds what is read to be kept at one time", () => {
  const cache = new FileCache(64 * 1024 * 1024, ROOT);
  const size = 1_900_000;
  let begun = 0;
  while (cache.beginReading(size)) begun++;
  assertEquals(begun, 8, "16 MiB");
  assertEquals(cache.beginReading(1), true, "a small one finds room");
  cache.endReading(size);
  assertEquals([cache.beginReading(size), cache.beginReading(size)], [true, false]);
  assertEquals(cache.beginReading(3_000_000), false, "more than is kept of one");
});
