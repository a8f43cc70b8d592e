import { assert, assertEquals } from "@std/assert";
import { Compressor } from "../../lib/files/compress.ts";
import { rootAt } from "./roots.ts";
import { Listings } from "../../lib/files/listings.ts";
import { MemoryFile } from "../../lib/files/memory_file.ts";
import type { TargetPath } from "../../lib/http/message.ts";
import { parseTarget } from "../../lib/http/target.ts";
import { testWithLinks } from "../tools.ts";

/** Enough for several pieces. */
const LARGE = 2_000;
/** More than are read anew for each request. Under Wine a look at each takes 4 ms. */
const MANY = Deno.build.os === "windows" ? 300 : LARGE;
/** What the listings of these tests may have on their way; a page has 450 kB. */
const MAX_SENDING_BYTES = 2_000_000;

/** What a test works with. `later` is added to the clock, so that folders are settled. */
interface Scene {
  readonly root: string;
  readonly listings: Listings;
  laterMs: number;
  /** How often a folder was read so far. */
  reads(): number;
}

async function withMany(test: (scene: Scene) => Promise<void>, count = MANY): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
  Deno.mkdirSync(`${root}/many`);
  Deno.mkdirSync(`${root}/few`);
  for (let i = 0; i < count; i++) Deno.createSync(`${root}/many/entry-${i}.txt`).close();
  Deno.createSync(`${root}/few/a.txt`).close();
  const { readDir } = Deno;
  let reads = 0;
  Deno.readDir = (path) => {
    reads++;
    return readDir(path);
  };
  const listings: Listings = new Listings(
    {
      ...rootAt(root, () => Date.now() + scene.laterMs),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
    new Compressor(),
    MAX_SENDING_BYTES,
  );
  const scene: Scene = { root, listings, laterMs: 5_000, reads: () => reads };
  try {
    await test(scene);
  } finally {
    Deno.readDir = readDir;
    await Deno.remove(root, { recursive: true });
  }
}

function pathOf(target: string): TargetPath {
  return parseTarget(target, "GET")!;
}

/** The names in a listing, which is read to its end and closed. */
async function namesIn({ listings }: Scene, target: string): Promise<string[]> {
  const listing = await listings.list(pathOf(target), "json");
  assert(listing !== null && listing !== "busy");
  const { file, size } = listing;
  try {
    const bytes = new Uint8Array(size);
    if (file instanceof MemoryFile) bytes.set(file.bytes);
    else for (let at = 0; at < size;) at += await file.read(bytes.subarray(at, at + 10_000)) ?? 1;
    const { entries } = JSON.parse(new TextDecoder().decode(bytes));
    return entries.map(({ name }: { name: string }) => name);
  } finally {
    file[Symbol.dispose]();
  }
}

Deno.test("Listings: all who ask at the same time share one reading and one page", async () => {
  await withMany(async (scene) => {
    const all = await Promise.all(Array.from({ length: 40 }, () => namesIn(scene, "/many/")));
    assertEquals(scene.reads(), 1);
    for (const names of all) assertEquals([names.length, names[2]], [MANY, "entry-2.txt"]);
    const reversed = await namesIn(scene, "/many/?order=desc");
    assertEquals([scene.reads(), reversed[0]], [1, `entry-${MANY - 1}.txt`], "another order, too");
  });
});

Deno.test("Listings: a large folder is kept for 2 s, and never past a change of what is in it", async () => {
  await withMany(async (scene) => {
    await namesIn(scene, "/many/");
    await namesIn(scene, "/many/");
    assertEquals(scene.reads(), 1);
    Deno.createSync(`${scene.root}/many/new.txt`).close();
    assertEquals((await namesIn(scene, "/many/")).at(-1), "new.txt");
    assertEquals(scene.reads(), 2);
    Deno.removeSync(`${scene.root}/many/new.txt`);
    assertEquals((await namesIn(scene, "/many/")).length, MANY);
    scene.laterMs += 5_000;
    const before = scene.reads();
    await namesIn(scene, "/many/");
    assertEquals(scene.reads(), before + 1, "as sizes and times may have changed");
  });
});

Deno.test("Listings: a folder that is too new to tell the next change is not kept", async () => {
  await withMany(async (scene) => {
    scene.laterMs = 0;
    for (let i = 0; i < 10; i++) {
      Deno.createSync(`${scene.root}/many/new-${i}.txt`).close();
      assertEquals((await namesIn(scene, "/many/")).length, MANY + i + 1);
    }
  });
});

Deno.test("Listings: a reading that began before a change serves nobody who came after it", async () => {
  await withMany(async (scene) => {
    scene.laterMs = 0;
    for (let i = 0; i < 10; i++) {
      const begun = namesIn(scene, "/many/");
      await new Promise((resolve) => setTimeout(resolve, i));
      Deno.createSync(`${scene.root}/many/new-${i}.txt`).close();
      assert((await namesIn(scene, "/many/")).includes(`new-${i}.txt`), `${i}`);
      await begun;
    }
  });
});

Deno.test("Listings: a small folder is read anew each time", async () => {
  await withMany(async (scene) => {
    for (let i = 1; i <= 3; i++) {
      assertEquals(await namesIn(scene, "/few/"), ["a.txt"]);
      assertEquals(scene.reads(), i);
    }
    assertEquals(scene.listings.keptBytes, 0);
  });
});

testWithLinks(
  "Listings: a folder that is gone, replaced by a file or by a link to outside is none",
  async () => {
    await withMany(async (scene) => {
      await namesIn(scene, "/many/");
      Deno.renameSync(`${scene.root}/many`, `${scene.root}/away`);
      assertEquals(await scene.listings.list(pathOf("/many/"), "page"), null);
      Deno.symlinkSync("/", `${scene.root}/many`);
      assertEquals(await scene.listings.list(pathOf("/many/"), "page"), null);
      assertEquals((await namesIn(scene, "/away/")).length, MANY);
    });
  },
);

Deno.test("Listings: any part of a large page can be read, and it is the same from everywhere", async () => {
  await withMany(async ({ listings }) => {
    const listing = await listings.list(pathOf("/many/"), "page");
    assert(listing !== null && listing !== "busy" && !(listing.file instanceof MemoryFile));
    const { file, size } = listing;
    const whole = new Uint8Array(size);
    assertEquals(await file.read(whole), size);
    assertEquals(await file.read(new Uint8Array(1)), null);
    for (const position of [0, 1, 65_535, 65_536, 100_000, size - 1]) {
      await file.seek(position, Deno.SeekMode.Start);
      const part = new Uint8Array(300);
      const count = await file.read(part);
      assertEquals(part.subarray(0, count ?? 0), whole.subarray(position, position + 300));
    }
    file[Symbol.dispose]();
  }, LARGE);
});

Deno.test("Listings: what is on its way to peers has a bound, and is given back", async () => {
  await withMany(async (scene) => {
    const open = [];
    for (;; scene.laterMs += 5_000) {
      const listing = await scene.listings.list(pathOf("/many/"), "page");
      assert(listing !== null);
      if (listing === "busy") break;
      open.push(listing);
      assert(open.length < 20, "a bound");
    }
    const bytes = open.reduce((sum, { size }) => sum + size, 0);
    assert(bytes > MAX_SENDING_BYTES && bytes < 1.5 * MAX_SENDING_BYTES, `${bytes}`);
    for (const { file } of open) file[Symbol.dispose]();
    assertEquals((await namesIn(scene, "/many/")).length, LARGE);
  }, LARGE);
});

testWithLinks(
  "Listings: an entry whose file is swapped for a link while it is looked at is listed",
  async () => {
    await withMany(async (scene) => {
      const { realPathSync } = Deno;
      const few = `${scene.root}/few`;
      Deno.symlinkSync("../many/entry-1.txt", `${few}/b.txt`);
      let swaps = 0;
      Deno.realPathSync = (path) => {
        const realPath = realPathSync(path);
        if (path !== `${few}/b.txt` || swaps++ > 0) return realPath;
        Deno.symlinkSync("entry-0.txt", `${scene.root}/many/next`);
        Deno.renameSync(`${scene.root}/many/next`, `${scene.root}/many/entry-1.txt`);
        return realPath;
      };
      try {
        assertEquals(await namesIn(scene, "/few/"), ["a.txt", "b.txt"]);
        assert(swaps > 1, "It was followed anew");
      } finally {
        Deno.realPathSync = realPathSync;
      }
    }, 2);
  },
);
