/**
 * README and the guide in `static/guide/` name files, functions, flags, limits and tasks. Whoever moves one of them
 * without telling the reader learns it here.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { parseCommandLine, startText } from "../lib/boot/cli.ts";
import { FLAGS } from "../lib/boot/flags.ts";
import { CHECK_FLAGS } from "../lib/check/arguments.ts";
import { sandboxText } from "../lib/boot/sandbox.ts";

const ROOT = new URL("../", import.meta.url);
const MAX_WORDS = 2_000;
/** A reader's pace in the steps. */
const LINES_A_MINUTE = 18;

/** README and the chapters of the guide, by their paths. */
const PAGES = new Map([["README.md", read("README.md")]]);
for (const { name } of Deno.readDirSync(new URL("static/guide/", ROOT))) {
  if (name.endsWith(".html")) PAGES.set(`static/guide/${name}`, read(`static/guide/${name}`));
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

function isThere(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch {
    return false;
  }
}

/** What a page says, without markup. */
function textOf(page: string): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&" };
  return page.replace(/<\/?[a-z][^>]*>/g, (tag) => tag.startsWith("<br") ? " " : "")
    .replace(/&(lt|gt|amp);/g, (_, name: string) => entities[name]);
}

/** Rows of all tables of a page, as text. */
function rowsOf(path: string, page: string): string[] {
  return path.endsWith(".md")
    ? page.split("\n").filter((line) => line.startsWith("|"))
    : [...page.matchAll(/<tr[ >].*?<\/tr>/gs)].map(([row]) => textOf(row.replaceAll("</", " </")));
}

/** Whether a source file defines a function or a method of this name. */
function defines(source: string, name: string): boolean {
  return new RegExp(
    `^(export )?(async )?function ${name}\\b|^  (async )?${name}(<.*>)?\\(.*\\{?$`,
    "m",
  ).test(source);
}

Deno.test(`README has at most ${MAX_WORDS} words`, () => {
  const words = read("README.md").split(/\s+/).filter((word) => word !== "").length;
  assert(words <= MAX_WORDS, `${words} words: move a chapter to static/guide/`);
});

Deno.test("README shows what the start prints, and the command of the help", () => {
  const refused = ["write", "run", "env", "ffi", "sys", "import"];
  const printed = startText({
    ...{ root: "./static", folder: "/home/ada/vitrine/static", hostname: "0.0.0.0", port: 3000 },
    secure: false,
    notes: [sandboxText({ refused, excess: [] }, { root: "./static", follow: [] })],
  });
  assertStringIncludes(read("README.md"), `\n${printed}\n`);
  const help = parseCommandLine(["--help"], { stdoutIsTerminal: false });
  const command = help.kind === "print" && /deno run .* DIR(?= \[)/.exec(help.text)?.[0];
  for (const path of ["README.md", "static/guide/operating.html"]) {
    assertStringIncludes(read(path), String(command));
  }
});

Deno.test("README and the guide link to what is there", () => {
  for (
    const [path, page] of [...PAGES, ["static/index.html", read("static/index.html")]] as const
  ) {
    const links = path.endsWith(".md")
      ? [...page.matchAll(/\]\(([^)\s]+)\)/g)]
      : [...page.matchAll(/\b(?:href|src)="([^"]+)"/g)];
    assert(links.length > 0, path);
    for (const [, link] of links) {
      if (/^https:/.test(link) || link === "lost/property") continue; // The demo's own 404.
      const url = new URL(link, new URL(path, ROOT));
      const id = url.hash.slice(1);
      url.hash = "";
      assert(isThere(url), `${path} links to ${link}`);
      if (id !== "") assert(Deno.readTextFileSync(url).includes(`id="${id}"`), `${path}: #${id}`);
    }
  }
});

Deno.test("README and the guide name files and folders that are there", () => {
  for (const [path, page] of PAGES) {
    const text = textOf(page).replace(/https:\S+/g, "");
    const named = text.matchAll(/(?<![\w/])(?:lib|tests|static|\.ci)\/[\w./-]*\w|\b[\w/]+\.ts\b/g);
    for (const [name] of named) assert(isThere(new URL(name, ROOT)), `${path} names ${name}`);
  }
});

Deno.test("README and the guide name functions in tables beside the file that has them", () => {
  let count = 0;
  for (const [path, page] of PAGES) {
    for (const row of rowsOf(path, page)) {
      const files = [...row.matchAll(/\blib\/[\w/]+\.ts/g)].map(([file]) => read(file));
      if (files.length === 0) continue;
      for (const [, name] of row.matchAll(/(#?\b\w+)\(\)/g)) {
        assert(files.some((file) => defines(file, name)), `${path}: ${name}() in ${row.trim()}`);
        count++;
      }
    }
  }
  assert(count > 40, `${count} functions`);
});

Deno.test("README tells how long the steps are: lines within a quarter, minutes by a reader's pace", () => {
  const rows = [
    ...read("README.md").matchAll(/^\|.*`(lib\/\w+\.ts)`.*\| (\d+) +\| (\d+) +\|/gm),
  ];
  assertEquals(rows.length, 8, "the loop, six steps, the exchange");
  for (const [, file, said, minutes] of rows) {
    const lines = read(file).split("\n").length - 1;
    const isNear = Math.abs(lines - Number(said)) <= lines / 4;
    assert(isNear, `README says that ${file} has ${said} lines; it has ${lines}`);
    const isPace = Math.abs(Number(said) / LINES_A_MINUTE - Number(minutes)) <= 5;
    assert(isPace, `README gives ${file} ${minutes} minutes for ${said} lines`);
  }
});

Deno.test("the guide has every flag in its table, with its default", () => {
  const rows = rowsOf("operating.html", read("static/guide/operating.html"));
  for (const flag of FLAGS) {
    const typed = `--${flag.name}${flag.value === undefined ? "" : ` ${flag.value.name}`}`;
    const row = rows.find((row) => new RegExp(`${typed}(?![\\w-])`).test(row));
    assert(row !== undefined, typed);
    if (flag.alias !== undefined) assert(row.includes(`-${flag.alias} `), `${typed}: ${row}`);
    const words = row.split(/\s+/);
    if (flag.default !== undefined) {
      assert(words.includes(String(flag.default)), `${typed}: ${row}`);
    }
  }
});

Deno.test("README and the guide name flags and tasks that exist", () => {
  const known = new Set([
    ...FLAGS.map((flag) => flag.name),
    ...CHECK_FLAGS,
    // Of Deno, of `deno task bench:peers` and `gaps`, of curl, and of systemctl, a container's build and its program.
    ...["no-prompt", "allow-read", "allow-net", "allow-run", "allow-write", "unstable-net"],
    ...[
      "allow-env",
      "cached-only",
      "v8-flags",
      "max-semi-space-size",
      "single-threaded-gc",
    ],
    ...["frozen", "config", "no-config", "no-remote", "no-npm"],
    ...["peers", "seconds", "rounds", "requests", "svg", "cacert"],
    ...["now", "from", "read-only", "cap-drop"],
  ]);
  for (const [path, page] of PAGES) {
    const text = textOf(page);
    for (const [, name] of text.matchAll(/(?<![\w-])--([a-z]\w*(?:-\w+)*)/g)) {
      assert(known.has(name), `${path}: --${name}`);
    }
    for (const [, task] of text.matchAll(/\bdeno(?:@[\d.]+)?\s+task ([a-z:]+)/g)) {
      assert(task in config.tasks, `${path}: deno task ${task}`);
    }
  }
});

Deno.test("each chapter of the guide lists all of them in one order, and marks itself", () => {
  const lists: string[] = [];
  for (const [path, page] of PAGES) {
    // Worksheets are for print, and no chapter.
    if (path === "README.md" || path.endsWith("/worksheets.html")) continue;
    const list = /<ol>\s*<li><a href="index\.html".*?<\/ol>/s.exec(page)?.[0] ?? "";
    const marked = /href="([^"]+)" aria-current="page"/.exec(list)?.[1];
    assertEquals(`static/guide/${marked}`, path);
    lists.push(list.replace(' aria-current="page"', ""));
    assertEquals(lists.at(-1), lists[0], path);
  }
  assertEquals([...lists[0].matchAll(/href=/g)].length, lists.length, "each once");
});
