import { assertEquals } from "@std/assert";
import { isAbsent } from "../../lib/files/absent.ts";

/** Runs a test in a new folder with a file, a folder, and links. */
async function withFolder(test: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_" });
  try {
    await Deno.mkdir(`${folder}/a/b`, { recursive: true });
    await Deno.writeTextFile(`${folder}/a/file.txt`, "");
    await Deno.symlink("file.txt", `${folder}/a/link`);
    await Deno.symlink("nowhere", `${folder}/a/dangling`);
    await Deno.symlink("circle", `${folder}/circle`);
    await Deno.symlink("a", `${folder}/linked`);
    test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const CASES = [
  // path, whether nothing is there, why
  ["nothing", true, "at the top"],
  ["a/nothing", true, "in a folder"],
  ["linked/nothing", true, "in a folder that is a link"],
  ["nothing/x/y/z", true, "below what is not there"],
  ["a/dangling", true, "a link to nowhere"],
  ["circle", true, "a link to itself"],
  ["a/file.txt/x", true, "below a file"],
  [`a/${"x".repeat(300)}`, true, "a name too long for the disk"],
  ["a", false, "a folder"],
  ["a/b", false, "a folder in it"],
  ["a/file.txt", false, "a file"],
  ["a/link", false, "a link to a file"],
  ["linked/file.txt", false, "a file in a folder that is a link"],
  ["", false, "the folder itself"],
] as const;

for (const [path, expected, why] of CASES) {
  Deno.test(`isAbsent() gives ${expected} for ${why}`, async () => {
    await withFolder((folder) => {
      const names = path.split("/").filter((name) => name !== "");
      for (let time = 0; time < 3; time++) assertEquals(isAbsent(folder, names), expected);
    });
  });
}

Deno.test("isAbsent() throws nothing and opens nothing, once it knows the rights of a folder", async () => {
  await withFolder((folder) => {
    isAbsent(folder, ["nothing"]);
    const { lstatSync } = Deno;
    let looks = 0;
    Deno.lstatSync = (path) => (looks++, lstatSync(path));
    try {
      for (let i = 0; i < 10; i++) assertEquals(isAbsent(folder, [`nothing-${i}`]), true);
    } finally {
      Deno.lstatSync = lstatSync;
    }
    assertEquals(looks, 0);
  });
});

Deno.test("isAbsent() sees at once what appears, and what goes", async () => {
  await withFolder((folder) => {
    for (let i = 0; i < 100; i++) {
      assertEquals(isAbsent(folder, ["new.txt"]), true);
      Deno.writeTextFileSync(`${folder}/new.txt`, "");
      assertEquals(isAbsent(folder, ["new.txt"]), false);
      Deno.removeSync(`${folder}/new.txt`);
    }
  });
});

Deno.test("isAbsent() is not certain where the folder is gone", () => {
  assertEquals(isAbsent("/tmp/vitrine-that-is-not-there", ["a"]), false);
});
