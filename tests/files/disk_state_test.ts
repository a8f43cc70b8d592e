import { assertEquals } from "@std/assert";
import { isSameFile, isSameFileState, isSameFolder } from "../../lib/files/disk_state.ts";

/** The first inode that shares its number with a neighbour: 2^53 + 1 is none. */
const INEXACT = 2 ** 53;
const EXACT = 2 ** 53 - 1;

const SEEN = {
  isFile: true,
  isDirectory: true,
  size: 5,
  mtimeMs: 1_000,
  ctimeMs: 2_000,
  device: 1,
  inode: EXACT,
};

const SIGHTS = [
  // what is different at the second look, whether it is the same thing, also if inodes are inexact, why
  [{}, true, true, "nothing"],
  [{ inode: EXACT - 1 }, false, false, "the inode"],
  [{ device: 2 }, false, false, "the disk"],
  [{ mtimeMs: 1_001 }, true, false, "written to, or another thing"],
  [{ ctimeMs: 2_001 }, true, false, "the same by the other time"],
] as const;

for (const [change, expected, expectedInexact, why] of SIGHTS) {
  Deno.test(`isSameFile() and isSameFolder() of ${JSON.stringify(change)}: ${why}`, () => {
    for (const isSame of [isSameFile, isSameFolder]) {
      assertEquals(isSame(SEEN, { ...SEEN, ...change }), expected, isSame.name);
      for (const inode of [INEXACT, 0]) {
        const seen = { ...SEEN, inode };
        assertEquals(
          isSame(seen, { ...seen, ...change }),
          expectedInexact,
          `${isSame.name} ${inode}`,
        );
      }
    }
  });
}

Deno.test("isSameFile() of inexact inodes looks at the size, too", () => {
  const longer = { ...SEEN, size: 6 };
  assertEquals(isSameFile(SEEN, longer), true, "written to");
  assertEquals(isSameFile({ ...SEEN, inode: INEXACT }, { ...longer, inode: INEXACT }), false);
  assertEquals(isSameFileState(SEEN, longer), false, "twin: the state is another in any case");
});
