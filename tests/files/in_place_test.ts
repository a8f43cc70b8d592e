import { assertEquals } from "@std/assert";
import { SETTLE_MS } from "../../lib/files/contain.ts";
import { timeMs } from "../../lib/files/disk_state.ts";
import { KnownFolders } from "../../lib/files/in_place.ts";
import { rootAt } from "./roots.ts";
import { systemPath, testWithLinks } from "../tools.ts";

/** Runs a test on a tree of folders under a root, and gives it a count of the looks at folders. */
async function withTree(
  test: (tree: { base: string; root: string; looks: () => number }) => void,
): Promise<void> {
  const base = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
  const root = systemPath(`${base}/root`);
  for (let i = 0; i < 20; i++) Deno.mkdirSync(`${root}/many/${i}/deep`, { recursive: true });
  Deno.mkdirSync(`${base}/outside`);
  const { lstatSync } = Deno;
  let count = 0;
  Deno.lstatSync = (path) => {
    count++;
    return lstatSync(path);
  };
  const looks = () => {
    const counted = count;
    count = 0;
    return counted;
  };
  try {
    test({ base, root, looks });
  } finally {
    Deno.lstatSync = lstatSync;
    await Deno.remove(base, { recursive: true });
  }
}

/** A clock by which everything was done long ago, but nothing in the future. */
const settled = () => Date.now() + 5_000;

Deno.test("KnownFolders: folders side by side share one look a round at the folder above them", async () => {
  await withTree(({ root, looks }) => {
    const known = new KnownFolders(rootAt(root, settled));
    const all = Array.from(
      { length: 20 },
      (_, i) => known.holding(systemPath(`${root}/many/${i}/a.txt`)),
    );
    const areAllThere = (round: number) => all.every((place) => known.isInPlace(place, round));
    assertEquals(areAllThere(1), true);
    assertEquals(looks(), 1 + 1 + 1 + 20, "root, many: what it is, many: what is in it, and each");
    assertEquals(areAllThere(1), true);
    assertEquals(looks(), 0, "the same round");
    assertEquals(areAllThere(2), true);
    assertEquals(looks(), 2, "what is in the root, what is in many");
    const top = known.holding(systemPath(`${root}/b.txt`));
    assertEquals([known.isInPlace(top, 3), looks()], [true, 0], "nothing is above the root");
  });
});

Deno.test("KnownFolders: folders that are known again are the same, and unknown ones are found", async () => {
  await withTree(({ root }) => {
    const known = new KnownFolders(rootAt(root, settled));
    const one = known.holding(systemPath(`${root}/many/1/a.txt`));
    assertEquals(one === known.holding(systemPath(`${root}/many/1/b.txt`)), true);
    assertEquals(one.parent === known.holding(systemPath(`${root}/many/c.txt`)), true);
    assertEquals(one.parent?.parent === known.holding(systemPath(`${root}/d.txt`)), true);
    assertEquals(known.holding(systemPath("/a")).path, root, "the root is the top");
  });
});

const SWAPS = [
  // which folder is moved out with a link in its place, and whether the times above are set back
  ["many", false],
  ["many", true],
  ["many/7", false],
  ["many/7", true],
  ["many/7/deep", false],
  ["many/7/deep", true],
] as const;

for (const [name, isSetBack] of SWAPS) {
  for (const [what, aheadMs] of [["settled", 5_000], ["new", 0]] as const) {
    const how = isSetBack ? ", the time above set back" : "";
    testWithLinks(`KnownFolders: ${what} ${name} is a link now${how}`, async () => {
      await withTree(({ base, root }) => {
        const known = new KnownFolders(rootAt(root, () => Date.now() + aheadMs));
        const place = known.holding(systemPath(`${root}/many/7/deep/a.txt`));
        const other = known.holding(systemPath(`${root}/many/8/deep/a.txt`));
        for (let round = 1; round < 4; round++) {
          assertEquals(known.isInPlace(place, round), true);
          assertEquals(known.isInPlace(other, round), true);
        }
        const above = `${root}/${name}`.slice(0, `${root}/${name}`.lastIndexOf("/"));
        const { atime, mtime } = Deno.statSync(above);
        // What is settled has a ctime of an earlier second: that is what the word means.
        if (aheadMs > 0) waitForNextSecond(above);
        Deno.renameSync(`${root}/${name}`, `${base}/outside/moved`);
        Deno.symlinkSync(`${base}/outside/moved`, `${root}/${name}`);
        if (isSetBack) Deno.utimeSync(above, atime ?? 0, mtime ?? 0);
        assertEquals(timeMs(Deno.statSync(above).mtime) === timeMs(mtime), isSetBack);
        assertEquals(known.isInPlace(place, 4), false);
        assertEquals(known.isInPlace(other, 4), name !== "many");
        assertEquals(known.isInPlace(place, 5), false, "and stays so");
      });
    });
  }
}

/** Works until a change would get another ctime, which Deno gives in whole seconds. */
function waitForNextSecond(path: string): void {
  const second = Math.floor(timeMs(Deno.statSync(path).ctime) / 1000);
  // The system's clock for files is a tick or two late.
  while (Math.floor((Date.now() - SETTLE_MS) / 1000) <= second) Deno.statSync(path);
}
