/**
 * A disk that finds a file by any spelling of its name (FUSE; FAT, NTFS and `chattr +F` are such): whoever asks by another
 * one than the folder's own gets past no rule that looks at names. Windows' own ways are in `tests/windows/`.
 */

import { assertEquals } from "@std/assert";
import { testWithTools } from "../tools.ts";
import { mountAnyName, TOOLS } from "./faulty_fs.ts";
import { ask } from "./raw.ts";
import { startVitrine } from "./vitrine.ts";

const SPELLINGS: readonly (readonly [target: string, statusCode: number, why: string])[] = [
  ["/good.txt", 200, "as the folder spells it"],
  ["/GOOD.TXT", 404, "in another case"],
  ["/good.txt.", 404, "with a point at its end"],
  ["/123", 200, "no letters in it"],
  ["/123.", 404, "and a point at its end"],
  ["/%C3%BC.txt", 200, "beyond ASCII"],
  ["/u%CC%88.txt", 200, "in the other form of Unicode, which is the same name"],
  ["/%C3%9C.txt", 404, "in another case"],
  ["/.env", 404, "a dotfile"],
  ["/ENV~1", 404, "by its short name"],
  ["/env~1", 404, "in another case"],
  ["/GIT~1/config", 404, "in a folder of a short name"],
  ["/_Headers", 404, "rules, as they are spelled there"],
  ["/_headers", 404, "as they are read"],
  ["/_HEADERS", 404, "in another case"],
  ["/_HEADE~1", 404, "by their short name"],
  ["/_REDIRECTS", 404, "the other rules"],
  ["/_redirects.", 404, "with a point at the end"],
  ["/private/p.txt", 401, "locked"],
  ["/PRIVATE/p.txt", 401, "a lock holds for any case"],
  ["/private./p.txt", 404, "what it does not hold for is not there"],
  ["/forced/f.txt", 302, "a rule with !"],
  ["/FORCED/f.txt", 404, "which is not got past"],
  ["/sub/", 200, "a folder"],
  ["/SUB/", 404, "in another case"],
  ["/SUB", 404, "nor is it led to"],
  ["/sub/INDEX.html", 404, "its index in another case"],
  ["/upper/", 404, "an index that is spelled otherwise is none, as on Linux"],
  ["/upper/INDEX.HTML", 200, "but a file of its name"],
  ["/sub/large.bin", 200, "a large file"],
  ["/sub/LARGE.bin", 404, "in another case"],
  ["/sub/LongFileName.text", 200, "a long name"],
  ["/sub/LONGFI~1.TEX", 404, "and its short one"],
  ["/link/index.html", 200, "through a link"],
  ["/LINK/index.html", 404, "whose own name is in another case"],
  ["/link/INDEX.HTML", 404, "whose file's name is"],
];

for (const cache of ["0", "64"]) {
  testWithTools(
    `hostile: a disk that ignores case gives each file one name, cache ${cache}`,
    TOOLS,
    async () => {
      await using mounted = await mountAnyName();
      const root = mounted.folder;
      await using vitrine = await startVitrine({ root, flags: ["--cache-size", cache] });
      for (let round = 0; round < 2; round++) { // The second may be answered by what was kept of the first.
        for (const [target, statusCode, why] of SPELLINGS) {
          const response = await ask(vitrine.port, target);
          assertEquals(response.statusCode, statusCode, `${target}: ${why}`);
          assertEquals(response.content.includes("SECRET"), false, target);
        }
      }
    },
  );
}
