/** The checker as a program: its exit codes, its reports, its permissions, its folder. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { parseCheckArguments, parseWeights, wordsOf } from "../../lib/check/arguments.ts";
import { FINDING_KEYS } from "../../lib/check/check.ts";
import { DEMO_FILES } from "../../lib/check/demo.ts";
import { CHECKS } from "../../lib/check/levels.ts";
import { permissionsFor } from "../../lib/check/run/start.ts";
import { LANGUAGES } from "../../lib/check/text/languages.ts";
import { findTool, freePort, run } from "../tools.ts";
import { BrokenServer } from "./broken_server.ts";
import type { Fault } from "./faults.ts";

const START = fromFileUrl(new URL("../../lib/check/run/start.ts", import.meta.url));
const FEW = "get-file,content-type,head,dot-dot,range";

/** Runs the checker as its task does. */
async function check(...args: string[]) {
  const flags = ["run", "--quiet", "--no-prompt", "--allow-run=deno", START];
  const { code, stdout, stderr } = await run(Deno.execPath(), [...flags, ...args]);
  return { code, stdout: new TextDecoder().decode(stdout), stderr };
}

async function checkBroken(fault: Fault | null, ...args: string[]) {
  await using server = new BrokenServer(fault);
  return await check(`http://127.0.0.1:${server.port}`, ...args);
}

Deno.test("exit code 0 when the level is reached, and 1 when not", async () => {
  const good = await checkBroken(null, "--level", "1");
  assertEquals(good.code, 0, good.stdout + good.stderr);
  assertStringIncludes(good.stdout, "✓ 3/3  get-file");
  assertStringIncludes(good.stdout, "Level 1 is reached.");
  const bad = await checkBroken("ends lines with LF", "--level=1");
  assertEquals(bad.code, 1, bad.stderr);
  assertStringIncludes(bad.stdout, "A line ends with LF alone: HTTP/1.1 200 Reason");
  assertStringIncludes(bad.stdout, "│ GET /text.txt HTTP/1.1\\r\\n");
  assertStringIncludes(bad.stdout, "(RFC 9112 §2.2)");
  assertStringIncludes(bad.stdout, "No level is reached yet.");
});

Deno.test("exit code 1 and one line when nobody listens", async () => {
  const { code, stdout, stderr } = await check(`http://127.0.0.1:${freePort()}`, "--json");
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, "start your server first");
});

const BAD_USAGE = [
  // arguments, a part of the message
  [[], "Which server?"],
  [["ftp://x"], "Cannot read ftp://x"],
  [["http://h:70000"], "Cannot read"],
  [["127.1:80"], "Cannot read"],
  [["0x7f000001"], "Cannot read"],
  [["300.1.1.1"], "Cannot read"],
  [["http://h", "--level", "9"], "--level is a whole number from 1 to 8"],
  [["http://h", "--levle", "3"], "--levle is unknown"],
  [["http://h", "-x"], "-x is unknown"],
  [["http://h", "--json", "--html"], "Type one of --json and --html"],
  [["http://h", "--json=yes"], "--json takes no value"],
  [["http://h", "--time"], "--time needs a value"],
  [["http://h", "--time", "0"], "more than 0"],
  [["http://h", "--lang", "xx"], "--lang xx is unknown"],
  [["http://h", "--only", "get-fiel"], "No check is named get-fiel"],
  [["http://h", "a.html"], "a path starts with a slash"],
  [["http://h", "/a", "--root", "d"], "not both"],
  [["http://h", "--level", "1", "--level", "2"], "given twice"],
] as const;

Deno.test("parseCheckArguments() takes a number for a port of this machine, and no host", () => {
  for (
    const [typed, hostname, port] of [["6789", "127.0.0.1", 6789], ["10.0.0.7", "10.0.0.7", 80]]
  ) {
    const command = parseCheckArguments([String(typed)]);
    assert(command.kind === "check");
    assertEquals([command.hostname, command.port], [hostname, port]);
  }
});

for (const [args, message] of BAD_USAGE) {
  Deno.test(`parseCheckArguments() refuses ${args.join(" ")}`, () => {
    const command = parseCheckArguments(args);
    assert(command.kind === "usage", command.kind);
    assertStringIncludes(command.message, message);
  });
}

Deno.test("exit code 2 for bad usage, before any server is asked", async () => {
  const { code, stderr } = await check("--level", "x", "http://127.0.0.1:1");
  assertEquals(code, 2);
  assertMatch(stderr, /^check: --level /);
});

const PERMISSIONS = [
  // arguments, permissions
  [["http://127.0.0.1:6789"], ["--allow-net=127.0.0.1:6789"]],
  [["localhost/a.html"], ["--allow-net=localhost:80"]],
  [["http://[::1]:80"], ["--allow-net=[::1]:80"]],
  [["h:1", "--root", "a,b"], ["--allow-net=h:1", "--allow-read=a,,b"]],
  [["h:1", "--points", "p", "--root", "d"], ["--allow-net=h:1", "--allow-read=d,p"]],
  [["h:1", "--restart", "python3 'my server.py'"], ["--allow-net=h:1", "--allow-run=python3"]],
  [["--make", "d/"], ["--allow-write=d", "--allow-read=d", "--allow-run=ln"]],
  [["--list"], []],
  [["--help"], []],
] as const;

for (const [args, permissions] of PERMISSIONS) {
  Deno.test(`permissionsFor() gives ${args.join(" ")} what it needs`, () => {
    assertEquals(permissionsFor(parseCheckArguments(args)), [...permissions]);
  });
}

Deno.test("wordsOf() keeps spaces in quotes", () => {
  assertEquals(wordsOf(`a "b c" d'e f'  g`), ["a", "b c", "de f", "g"]);
});

Deno.test("parseWeights() reads a table, and says which line is wrong", () => {
  assertEquals(
    parseWeights("# mine\nget-file 5\nhead=0.5\n"),
    new Map([["get-file", 5], ["head", 0.5]]),
  );
  assertEquals(parseWeights("get-fiel 5"), "line 1: no check is named get-fiel");
  assertEquals(parseWeights("\nhead many"), "line 2 is not an ID and points: head many");
});

Deno.test("--json has the shape that the guide promises, twice the same", async () => {
  const [one, two] = [
    await checkBroken("sends content to HEAD", "--only", FEW, "--json"),
    await checkBroken("sends content to HEAD", "--only", FEW, "--json"),
  ];
  const withoutPort = (text: string) =>
    text.replace(/127\.0\.0\.1:\d+/g, "SERVER").replace(/Date: .*/g, "");
  assertEquals(withoutPort(one.stdout), withoutPort(two.stdout));
  assertEquals(one.code, 1);
  const report = JSON.parse(one.stdout);
  assertEquals(report.schema, "vitrine-check/1");
  assertEquals([report.success, report.askedLevel, report.language], [false, null, "en"]);
  assertEquals(report.points, { got: 11, of: 14 });
  const head = report.checks.find(({ id }: { id: string }) => id === "head");
  assertEquals(Object.keys(head), [
    ...["id", "level", "title", "rule", "outcome", "points", "finding", "sentence"],
    ...["sent", "received", "why", "hint"],
  ]);
  assertEquals([head.outcome, head.finding], ["failed", "unwantedContent"]);
  assertEquals(head.points, { got: 0, of: 3 });
  assertMatch(head.sent[0], /^HEAD \/text\.txt HTTP\/1\.1\\r\\n$/);
  const guide = await Deno.readTextFile(
    new URL("../../static/guide/checker.html", import.meta.url),
  );
  for (
    const name of [...Object.keys(report), ...Object.keys(head), ...Object.keys(report.levels[0])]
  ) {
    assert(guide.includes(`<code>${name}</code>`), `the guide does not name ${name}`);
  }
});

/** Of each element, of those that the schema of Jenkins (`junit-10.xsd`) knows; GitLab and GitHub Classroom take these. */
const JUNIT_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  testsuites: ["name", "tests", "failures", "errors"],
  testsuite: ["name", "tests", "failures", "errors", "skipped"],
  testcase: ["classname", "name"],
  failure: ["message", "type"],
};

Deno.test("--junit is XML that a parser takes, with a failure for each check that failed", async () => {
  const { stdout } = await checkBroken("repeats markup", "--only", "markup,get-file", "--junit");
  const python = findTool("python3");
  if (python !== null) {
    const read = "import sys, xml.etree.ElementTree as t; print(t.fromstring(sys.argv[1]).tag)";
    const { stdout: tag } = await run(python, ["-c", read, stdout]);
    assertEquals(new TextDecoder().decode(tag).trim(), "testsuites");
  }
  assertEquals(stdout.match(/<testcase /g)?.length, 2);
  assertEquals(stdout.match(/<failure /g)?.length, 1);
  for (const [, name, attributes] of stdout.matchAll(/<([a-z]+)((?: [a-z]+="[^"]*")*)/g)) {
    const names = [...attributes.matchAll(/ ([a-z]+)=/g)].map(([, name]) => name);
    assertEquals(names, [...JUNIT_ATTRIBUTES[name]], name);
  }
  assertStringIncludes(stdout, "&lt;script&gt;alert(1)");
});

Deno.test("--html is one page that needs nothing else, with what the server sent escaped", async () => {
  const { stdout } = await checkBroken("repeats markup", "--only", "markup,get-file", "--html");
  assertMatch(stdout, /^<!doctype html>\n<html lang="en">/);
  assertStringIncludes(stdout, "&lt;script&gt;alert(1)");
  assert(!/<script|<link|<img|src=|url\(/.test(stdout));
});

Deno.test("--lang de speaks German, in every report", async () => {
  const { stdout } = await checkBroken("sends content to HEAD", "--only=head", "--lang", "de");
  assertStringIncludes(stdout, "Stufe 4: HTTP/1.1");
  assertStringIncludes(stdout, "Bytes Inhalt, und es sollte keiner kommen.");
});

for (const [name, texts] of Object.entries(LANGUAGES)) {
  Deno.test(`${name} has a text for every check and every finding, with the gaps of English`, () => {
    assertEquals(Object.keys(texts.checks).sort(), CHECKS.map(({ id }) => id).sort());
    const gaps = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
    for (const key of FINDING_KEYS) {
      assertEquals(gaps(texts.findings[key]), gaps(LANGUAGES.en.findings[key]), key);
    }
    for (const [key, text] of Object.entries(texts.words)) {
      const english = LANGUAGES.en.words[key as keyof typeof texts.words];
      assertEquals(gaps(text), gaps(english), key);
    }
    assertEquals(texts.levels.length, 8);
  });
}

Deno.test("each check has a name and a level of its own", () => {
  assertEquals(new Set(CHECKS.map(({ id }) => id)).size, CHECKS.length);
  for (const { id, rule } of CHECKS) {
    assertMatch(id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assertMatch(rule, /^RFC \d{4} §/);
  }
});

Deno.test("--list prints every check with its points, and a teacher's own", async () => {
  const table = await Deno.makeTempFile();
  await Deno.writeTextFile(table, "head 30\n");
  const { code, stdout } = await check("--list", "--points", table);
  await Deno.remove(table);
  assertEquals(code, 0);
  assertEquals(stdout.trim().split("\n").length, CHECKS.length);
  assertMatch(stdout, /^4 {2}head +30 {2}HEAD has/m);
  // As for a run, --level leaves out what is above, and --only all else.
  const low = await check("--list", "--level", "2");
  const levels = new Set(low.stdout.trim().split("\n").map((line) => line[0]));
  assertEquals([...levels], ["1", "2"]);
  const few = await check("--list", "--only", "8,head");
  assertEquals(
    few.stdout.trim().split("\n").length,
    CHECKS.filter(({ level, id }) => level === 8 || id === "head").length,
  );
  assertEquals((await check("--list", "--level", "9")).code, 2);
});

Deno.test("--make writes the demo; --root reads it, and --restart starts a server for it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const made = await check("--make", folder);
    assertEquals(made.code, 0, made.stderr);
    for (const { names, content, leadsOutside } of DEMO_FILES) {
      const path = `${folder}/site/${names.join("/")}`;
      if (leadsOutside) { // Where there is no `ln`, as on Windows, there is no link.
        if (findTool("ln") !== null) assertEquals(await Deno.readLink(path), "../secret.txt");
      } else assertEquals((await Deno.readFile(path)).length, content.length);
    }
    assert((await Deno.stat(`${folder}/site-secret/secret.txt`)).isFile);
    if (findTool("python3") === null) return;
    const port = freePort();
    const restart = `python3 -m http.server ${port} --bind 127.0.0.1 --directory ${folder}/site`;
    const args = ["--root", `${folder}/site`, "--only", "1,symbolic-link", "--restart", restart];
    const { code, stdout, stderr } = await check(`127.0.0.1:${port}`, ...args);
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, `Starting the server: python3 -m http.server ${port}`);
    assertStringIncludes(stdout, "Level 1: It answers, 25 of 25 points");
    assertStringIncludes(stdout, "✗ 0/2  symbolic-link");
    const gone = await Deno.connect({ hostname: "127.0.0.1", port }).then(() => false, () => true);
    assert(gone, "the server that the checker started ends with it");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("paths alone: what needs known bytes is not made, and does not count", async () => {
  await using server = new BrokenServer(null);
  const url = `http://127.0.0.1:${server.port}/text.txt`;
  const { code, stdout } = await check(url, "/index.html", "--level", "1");
  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout, "–      binary");
  assertStringIncludes(stdout, "checks were not made");
});
