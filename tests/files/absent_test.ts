import { assertEquals } from "@std/assert";
import { Absences } from "../../lib/files/absent.ts";
import { CAN_LINK, testWithLinks } from "../tools.ts";

/** Runs a test in a new folder with a file, a folder, and links. */
async function withFolder(test: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_" });
  try {
    await Deno.mkdir(`${folder}/a/b`, { recursive: true });
    await Deno.writeTextFile(`${folder}/a/file.txt`, "");
    if (CAN_LINK) {
      await Deno.symlink("file.txt", `${folder}/a/link`, { type: "file" });
      await Deno.symlink("nowhere", `${folder}/a/dangling`, { type: "file" });
      await Deno.symlink("circle", `${folder}/circle`, { type: "file" });
      await Deno.symlink("a", `${folder}/linked`, { type: "dir" });
    }
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
  const test = why.includes("link") ? testWithLinks : Deno.test;
  test(`Absences.has() gives ${expected} for ${why}`, async () => {
    await withFolder((folder) => {
      const names = path.split("/").filter((name) => name !== "");
      const absences = new Absences(folder);
      for (const round of [1, 1, 2]) assertEquals(absences.has(names, round), expected);
    });
  });
}

Deno.test("Absences: nothing is thrown once the rights of a folder are known", async () => {
  await withFolder((folder) => {
    const absences = new Absences(folder);
    absences.has(["nothing"], 1);
    const { lstatSync } = Deno;
    let looks = 0;
    Deno.lstatSync = (path) => (looks++, lstatSync(path));
    try {
      for (let i = 0; i < 10; i++) assertEquals(absences.has([`nothing-${i}`], i), true);
    } finally {
      Deno.lstatSync = lstatSync;
    }
    assertEquals(looks, 0);
  });
});

Deno.test("Absences: what appears or goes shows at once", async () => {
  await withFolder((folder) => {
    const absences = new Absences(folder);
    for (let i = 0; i < 100; i++) {
      assertEquals(absences.has(["new.txt"], 2 * i), true);
      Deno.writeTextFileSync(`${folder}/new.txt`, "");
      assertEquals(absences.has(["new.txt"], 2 * i + 1), false);
      Deno.removeSync(`${folder}/new.txt`);
    }
  });
});

Deno.test("Absences: nothing is certain where the folder is gone", () => {
  assertEquals(new Absences("/tmp/vitrine-that-is-not-there").has(["a"], 1), false);
});

Deno.test("Absences.has() looks once a round", async () => {
  await withFolder((folder) => {
    const absences = new Absences(folder);
    const has = (round: number) => absences.has(["404.html"], round);
    assertEquals(has(1), true);
    Deno.writeTextFileSync(`${folder}/404.html`, "");
    assertEquals(has(1), true, "a request of the same round");
    assertEquals(has(2), false, "a later one sees it at once");
    Deno.removeSync(`${folder}/404.html`);
    assertEquals(has(3), true);
    assertEquals(has(2), true, "an earlier one is served as well");
  });
});

Deno.test("Absences.has() starts over when it knows too many", async () => {
  await withFolder((folder) => {
    const absences = new Absences(folder);
    assertEquals(absences.has(["first"], 1), true);
    Deno.writeTextFileSync(`${folder}/first`, "");
    for (let i = 0; i < 64; i++) assertEquals(absences.has([`nothing-${i}`], 1), true);
    assertEquals(absences.has(["first"], 1), false, "looked for again");
  });
});
