import { assertEquals, assertThrows } from "@std/assert";
import { SEPARATOR } from "@std/path";
import { Absences } from "../../lib/files/absent.ts";
import { resolve, systemPathOf } from "../../lib/files/resolve.ts";
import { parseTarget } from "../../lib/http/target.ts";
import { testWithLinks } from "../tools.ts";
import { rootAt } from "./roots.ts";

const TOP = SEPARATOR === "/" ? "/" : "C:\\";

const PATHS = [
  // root, names, path, why
  [`${TOP}site`, ["a", "b.txt"], [`${TOP}site`, "a", "b.txt"].join(SEPARATOR), "a folder"],
  [`${TOP}site`, [], `${TOP}site`, "itself"],
  [TOP, ["a.txt"], `${TOP}a.txt`, "a root of the whole disk ends with its separator"],
  [TOP, [], TOP, "itself, with it"],
] as const;

for (const [path, names, expected, why] of PATHS) {
  Deno.test(`systemPathOf() spells ${path} and ${names.join("/")} as realPath does: ${why}`, () => {
    assertEquals(systemPathOf({ path }, names), expected);
  });
}

Deno.test("systemPathOf() is a real path, so that the cache follows no link where there is none", async () => {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
  const root = { path };
  try {
    await Deno.mkdir(systemPathOf(root, ["a"]));
    const file = systemPathOf(root, ["a", "b.txt"]);
    await Deno.writeTextFile(file, "");
    assertEquals(await Deno.realPath(file), file);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

/** Lets something happen just after a path was followed. */
function afterRealPathOf(path: string, happen: () => void): Disposable {
  const { realPathSync } = Deno;
  const restore = () => void (Deno.realPathSync = realPathSync);
  Deno.realPathSync = (asked) => {
    const realPath = realPathSync(asked);
    if (asked !== path) return realPath;
    restore();
    happen();
    return realPath;
  };
  return { [Symbol.dispose]: restore };
}

testWithLinks(
  "resolve() takes a file that was swapped for a link meanwhile for no device, but asks anew",
  async () => {
    const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
    const folder = { ...rootAt(path), absences: new Absences(path) };
    try {
      await Deno.mkdir(`${path}/folder`);
      for (const name of ["a.txt", "folder/index.html", "other.txt"]) {
        await Deno.writeTextFile(`${path}/${name}`, "");
      }
      const rows = [["/a.txt", "a.txt"], ["/folder/", "folder/index.html"]] as const;
      for (const [target, name] of rows) {
        const asked = parseTarget(target, "GET")!;
        using _swap = afterRealPathOf(`${path}/${name}`, () => {
          Deno.symlinkSync(`${path}/other.txt`, `${path}/next`);
          Deno.renameSync(`${path}/next`, `${path}/${name}`);
        });
        assertThrows(() => resolve(folder, asked, 1), Deno.errors.NotFound, "link", target);
        assertEquals(resolve(folder, asked, 2)?.kind, "regular", target);
      }
    } finally {
      await Deno.remove(path, { recursive: true });
    }
  },
);
