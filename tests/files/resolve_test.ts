import { assertEquals } from "@std/assert";
import { SEPARATOR } from "@std/path";
import { systemPathOf } from "../../lib/files/resolve.ts";

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
