import { assertEquals } from "@std/assert";
import { SEPARATOR } from "@std/path";
import { isSpelledAsListed, isSpelledAsReal } from "../../lib/files/spelling.ts";

const ROOT = { path: ["", "site"].join(SEPARATOR), realPath: ["", "site"].join(SEPARATOR) };

/** A disk that ignores case and form, whose real paths are those of its folders, as on macOS; no path of it is ours. */
function withDisk(
  files: readonly string[],
  links: Readonly<Record<string, string>>,
  test: () => void,
): void {
  const { realPathSync, lstatSync, readDirSync } = Deno;
  const fold = (path: string) => path.normalize("NFC").toLowerCase();
  const inside = (path: string | URL) =>
    String(path).slice(ROOT.path.length).split(SEPARATOR).filter((name) => name !== "");
  const all = () => [...files, ...Object.keys(links)];
  const linkOf = (names: readonly string[]) =>
    Object.keys(links).find((link) => fold(link) === fold(names.join("/")));
  const realOf = (names: readonly string[]): string => {
    let path = "";
    for (const name of names) {
      const asked = path === "" ? name : `${path}/${name}`;
      const link = linkOf(asked.split("/"));
      const found = all().find((file) => fold(`${file}/`).startsWith(fold(`${asked}/`)));
      if (found === undefined && link === undefined) throw new Deno.errors.NotFound(asked);
      path = link === undefined
        ? found!.split("/").slice(0, asked.split("/").length).join("/")
        : links[link];
    }
    return path;
  };
  Deno.realPathSync = (path) => [ROOT.path, ...realOf(inside(path)).split("/")].join(SEPARATOR);
  Deno.lstatSync = (path) => ({ isSymlink: linkOf(inside(path)) !== undefined }) as Deno.FileInfo;
  Deno.readDirSync = (path) => {
    const folder = inside(path).map((name) => `${name}/`).join("");
    const names = all().filter((file) => file.startsWith(folder)).map((file) =>
      file.slice(folder.length).split("/")[0]
    );
    return [...new Set(names)].map((name) => ({ name }) as Deno.DirEntry)[Symbol.iterator]();
  };
  try {
    test();
  } finally {
    Object.assign(Deno, { realPathSync, lstatSync, readDirSync });
  }
}

const FILES = [".env", "a/b.txt", "\u00fc/1.txt", "cafe\u0301.txt", "to/x.txt"];
const LINKS = { "a/link": "to" };

const CASES = [
  // names, whether they are so spelled, why
  [["a", "b.txt"], true, "as they are"],
  [["a", "B.txt"], false, "the file's in another case"],
  [["A", "b.txt"], false, "the folder's in another case"],
  [[".ENV"], false, "a dotfile"],
  [["\u00fc", "1.txt"], true, "NFC, as it is"],
  [["u\u0308", "1.txt"], true, "NFD: the same name"],
  [["U\u0308", "1.txt"], false, "in another case"],
  [["caf\u00e9.txt"], true, "NFC, where it is NFD"],
  [["a", "link", "x.txt"], true, "through a link"],
  [["a", "LINK", "x.txt"], false, "a link's own name"],
  [["a", "link", "X.txt"], false, "behind a link"],
] as const;

for (const [names, expected, why] of CASES) {
  Deno.test(`isSpelledAsReal() of ${names.join("/")} is ${expected}: ${why}`, () => {
    withDisk(FILES, LINKS, () => {
      const realPath = Deno.realPathSync([ROOT.path, ...names].join(SEPARATOR));
      assertEquals(isSpelledAsReal(ROOT, names, realPath), expected);
    });
  });
}

Deno.test("isSpelledAsListed() takes every name of a disk that tells names apart", async () => {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
  const names = ["a", "A", "1.", "1", "\u00fc", "u\u0308", "\u304c", "\u00df", "x".repeat(255)];
  try {
    for (const name of names) await Deno.writeTextFile(`${path}/${name}`, "");
    const there = [...Deno.readDirSync(path)].map(({ name }) => name);
    for (const name of there) {
      assertEquals(isSpelledAsListed({ path }, [name]), true, name);
    }
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

Deno.test("isSpelledAsReal() is true for a link that is swapped for a file while it is looked at", () => {
  const files = ["to/x.txt"];
  const links: Record<string, string> = { "a.txt": "to/x.txt" };
  withDisk(files, links, () => {
    const { realPathSync } = Deno;
    const realPath = realPathSync(ROOT.path + SEPARATOR + "a.txt");
    Deno.realPathSync = (path) => {
      const real = realPathSync(path);
      delete links["a.txt"];
      files.push("a.txt");
      return real;
    };
    assertEquals(isSpelledAsReal(ROOT, ["a.txt"], realPath), true);
  });
});
