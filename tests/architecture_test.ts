/** Style guide §2: each source file is held to its row in the table of `rooms.ts`, and to what holds for all of them. */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { ROOMS } from "./rooms.ts";
import {
  FORBIDDEN,
  functionsOf,
  importsOf,
  roomName,
  roomOf,
  type Touch,
  touchesOf,
  withoutComments,
} from "./source_code.ts";

const MAX_LINES = 400;
const MAX_FUNCTION_LINES = 60;

function isNumbered(name: string): boolean {
  return /^\d_/.test(name);
}

const ROOT = new URL("../", import.meta.url);

/** All sources by their name in the table: what runs here, and what a page is made of. */
async function readSources(): Promise<Map<string, string>> {
  const sources = new Map([["main.ts", await Deno.readTextFile(new URL("main.ts", ROOT))]]);
  const readFolder = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(`lib/${folder}`, ROOT))) {
      if (isDirectory) await readFolder(`${folder}${name}/`);
      else if (/\.(?:ts|js|css|html)$/.test(name)) {
        sources.set(folder + name, await Deno.readTextFile(new URL(`lib/${folder}${name}`, ROOT)));
      }
    }
  };
  await readFolder("");
  return sources;
}

const SOURCES = await readSources();
const MODULES = [...SOURCES].filter(([name]) => /\.[jt]s$/.test(name) && !name.endsWith(".d.ts"));
const GRAPH = new Map(MODULES.map(([name, source]) => [
  name,
  importsOf(source).map((specifier) => roomName(name, specifier)),
]));

/** What each room imports from others and touches, as it is. */
const ACTUAL = new Map<string, { imports: Set<string>; touches: Set<Touch> }>();
for (const [name, source] of MODULES) {
  const room = roomOf(name);
  const { imports, touches } = ACTUAL.get(room) ?? { imports: new Set(), touches: new Set() };
  for (const imported of GRAPH.get(name) ?? []) {
    if (roomOf(imported) !== room) imports.add(roomOf(imported));
  }
  for (const touch of touchesOf(source)) touches.add(touch);
  ACTUAL.set(room, { imports, touches });
}

for (const [room, { imports, touches }] of ACTUAL) {
  Deno.test(`${room} imports and touches what its row says, no more and no less`, () => {
    const row = ROOMS[room];
    assert(row !== undefined, `Add a row for ${room} to ROOMS in tests/rooms.ts`);
    assertEquals([...imports].sort(), [...row.imports].sort(), "imports");
    assertEquals([...touches].sort(), [...row.touches].sort(), "touches");
  });
}

Deno.test("the pure files compile where nothing of the platform is but what tests/pure.d.ts names", async () => {
  const args = ["task", "--quiet", "check:pure"];
  const command = new Deno.Command(Deno.execPath(), { args, cwd: fromFileUrl(ROOT) });
  const { success, stderr } = await command.output();
  assert(success, new TextDecoder().decode(stderr));
});

Deno.test("each row is of a room that exists", () => {
  assertEquals(Object.keys(ROOMS).filter((room) => !ACTUAL.has(room)), []);
});

Deno.test("the top of lib/ has at most 16 entries beside its folders", async () => {
  const names = (await Array.fromAsync(Deno.readDir(new URL("lib/", ROOT)))).filter(({ isFile }) =>
    isFile
  );
  assert(names.length <= 16, `${names.length}: does one of them belong to a room?`);
});

Deno.test("only main.ts names xray/", () => {
  const importers = [...GRAPH].filter(([, imports]) =>
    imports.some((name) => name.startsWith("xray/"))
  );
  assertEquals(importers.map(([name]) => name).filter((name) => !name.startsWith("xray/")), [
    "main.ts",
  ]);
});

Deno.test("only the launcher runs programs or imports Node's way to, and nothing that serves imports it", () => {
  const importing = [...GRAPH].filter(([, imports]) => imports.includes("node:child_process"));
  assertEquals(importing.map(([name]) => name), ["boot/package/launcher.ts"]);
  const users = [...GRAPH].filter(([, imports]) =>
    imports.some((name) => name.startsWith("boot/package/"))
  );
  assertEquals(users.map(([name]) => name).filter((name) => roomOf(name) !== "boot/package/"), []);
});

/** Words that a reader meets in many rooms: each is the name of one type. */
const ONE_MEANING = ["Endpoint", "Exchange", "Batch", "Visit", "FieldLine", "Part", "FolderState"];

for (const word of ONE_MEANING) {
  Deno.test(`${word} names one thing in all of lib/`, () => {
    const declaration = new RegExp(`^(?:export )?(?:class|interface|type) ${word}\\b`, "m");
    const declaring = MODULES.filter(([, source]) => declaration.test(source));
    assertEquals(declaring.length, 1, declaring.map(([name]) => name).join());
  });
}

Deno.test("no file uses somebody else's HTTP server or sockets", () => {
  for (const [name, source] of SOURCES) assert(!FORBIDDEN.test(withoutComments(source)), name);
});

Deno.test("no numbered file imports another: values travel through exchange.ts", () => {
  for (const [name, imports] of GRAPH) {
    if (isNumbered(name)) assertEquals(imports.filter(isNumbered), [], name);
  }
  for (const [name, { imports }] of Object.entries(ROOMS)) {
    if (isNumbered(name)) assertEquals(imports.filter(isNumbered), [], `the row of ${name}`);
  }
});

Deno.test("no file imports itself in a circle", () => {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]) => {
    assert(!way.includes(name), [...way, name].join(" -> "));
    if (done.has(name)) return;
    for (const imported of GRAPH.get(name) ?? []) visit(imported, [...way, name]);
    done.add(name);
  };
  for (const name of GRAPH.keys()) visit(name, []);
});

Deno.test("only step (iv), its room and those of certificates, watching and the boot touch files", () => {
  const touching = [...ACTUAL].filter(([, { touches }]) => touches.has("files"));
  const allowed = [
    "4_locate.ts",
    "boot/",
    "boot/package/",
    "check/run/",
    "files/",
    "live/",
    "main.ts",
    "net/",
  ];
  assertEquals(touching.map(([room]) => room).filter((room) => !allowed.includes(room)), []);
});

Deno.test(`no file of lib is longer than ${MAX_LINES} lines`, () => {
  for (const [name, source] of SOURCES) {
    const lines = source.trimEnd().split("\n").length;
    assert(lines <= MAX_LINES, `${name} has ${lines} lines: is it two chapters?`);
  }
});

Deno.test(`no function of lib is longer than ${MAX_FUNCTION_LINES} lines`, () => {
  for (const [file, source] of MODULES) {
    for (const { name, lines } of functionsOf(file, source)) {
      assert(lines <= MAX_FUNCTION_LINES, `${file}: ${name} has ${lines} lines: is it two tasks?`);
    }
  }
});

// The checks above are only as good as what they see.

Deno.test("the table has the files of the style guide, and they exist", () => {
  for (const step of ["1_accept", "2_receive", "3_parse", "4_locate", "5_compose", "6_send"]) {
    assert(GRAPH.has(`${step}.ts`), step);
  }
  assert(GRAPH.has("main.ts") && GRAPH.has("connection.ts") && GRAPH.has("http/target.ts"));
  assert(GRAPH.get("exchange.ts")?.includes("6_send.ts"));
  assert(GRAPH.get("main.ts")?.includes("serve.ts"));
  assert(GRAPH.get("xray/page/main.js")?.includes("xray/page/store.js"), "the page's as well");
});
