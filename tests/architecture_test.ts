/**
 * Style guide §2: who may import whom, and who may touch what. The table below is the rule, and each source file is
 * held to it; a new file gets a row before it gets a reader.
 */

import { assert, assertEquals } from "@std/assert";

/** What a file may reach for beside its imports. */
const TOUCHES = {
  /** The runtime: sockets, signals, permissions, console streams, its errors and types. */
  deno: /\bDeno\./,
  /** The file system. */
  files: new RegExp(
    "\\bDeno\\.(open|create|stat|lstat|realPath|readDir|readFile|readTextFile|readLink|watchFs|writeFile|" +
      "writeTextFile|remove|rename|mkdir|makeTempDir|makeTempFile|copyFile|link|symlink|truncate|" +
      "chmod|chown|utime|cwd|chdir)(Sync)?\\b",
  ),
  /** Time that goes by. A date made of a number is no clock. */
  clock: /\bDate\.now\b|\bnew Date(\(\s*\)|;)|\bperformance\.|\bset(Timeout|Interval)\b/,
  chance: /\bMath\.random\b|\bcrypto\.(random|getRandom)/,
} as const;

type Touch = keyof typeof TOUCHES;

interface Room {
  /** Rooms: a file at the top of `lib/`, a folder with its slash, or a module as it is named in `deno.json`. */
  readonly imports: readonly string[];
  /** Nothing: a pure room. */
  readonly touches: readonly Touch[];
}

/**
 * Every room: `main.ts`, each file at the top of `lib/`, each folder. The rows are equalities: what a room does not use
 * any more leaves its row, so that the table always says what is, and a new arrow is a decision that can be seen here.
 */
const ROOMS: Readonly<Record<string, Room>> = {
  // Only this one names the X-ray.
  "main.ts": {
    imports: ["boot/", "log/", "metrics/", "serve.ts", "xray/"],
    touches: ["clock", "deno", "files"],
  },

  // The six steps. (i), (ii) and (vi) touch the socket they are handed, (iv) the files, the others nothing.
  "1_accept.ts": { imports: ["errors.ts", "net/"], touches: ["deno"] },
  "2_receive.ts": { imports: ["errors.ts", "http/", "net/", "options.ts"], touches: ["deno"] },
  "3_parse.ts": { imports: ["errors.ts", "http/", "options.ts"], touches: [] },
  "4_locate.ts": {
    imports: ["errors.ts", "files/", "http/", "live/", "net/", "options.ts", "site/"],
    touches: ["clock"],
  },
  "5_compose.ts": { imports: ["errors.ts", "http/", "options.ts", "site/"], touches: [] },
  "6_send.ts": { imports: ["files/", "http/", "net/", "options.ts"], touches: ["deno"] },

  // Their loop, one request of it, and who starts them.
  "connection.ts": {
    imports: [
      "2_receive.ts",
      "6_send.ts",
      "errors.ts",
      "exchange.ts",
      "http/",
      "net/",
      "observer.ts",
      "options.ts",
      "server_context.ts",
    ],
    touches: ["deno"],
  },
  "exchange.ts": {
    imports: [
      "2_receive.ts",
      "4_locate.ts",
      "5_compose.ts",
      "6_send.ts",
      "errors.ts",
      "http/",
      "live/",
      "log/",
      "net/",
      "observer.ts",
      "options.ts",
      "request_memo.ts",
      "server_context.ts",
      "site/",
    ],
    touches: ["clock", "deno"],
  },
  "request_memo.ts": { imports: ["3_parse.ts", "http/", "log/", "options.ts"], touches: [] },
  "serve.ts": {
    imports: [
      "1_accept.ts",
      "4_locate.ts",
      "connection.ts",
      "files/",
      "live/",
      "log/",
      "metrics/",
      "net/",
      "observer.ts",
      "options.ts",
      "server_context.ts",
      "sites.ts",
    ],
    touches: ["clock", "deno"],
  },
  "server_context.ts": {
    imports: [
      "4_locate.ts",
      "http/",
      "live/",
      "log/",
      "metrics/",
      "net/",
      "observer.ts",
      "options.ts",
      "site/",
    ],
    touches: ["chance", "clock"],
  },
  "observer.ts": { imports: ["errors.ts", "http/", "net/"], touches: ["deno"] },

  // Words that everybody uses.
  "options.ts": { imports: [], touches: [] },
  "errors.ts": { imports: [], touches: [] },

  // Rooms behind and beside the steps.
  "boot/": {
    imports: [
      "../deno.json",
      "@std/cli/parse-args",
      "@std/path/constants",
      "@std/path/dirname",
      "@std/path/from-file-url",
      "@std/path/join",
      "@std/text/levenshtein-distance",
      "errors.ts",
      "files/",
      "http/",
      "log/",
      "net/",
      "options.ts",
      "selfsigned",
      "serve.ts",
      "site/",
      "uqr",
    ],
    touches: ["chance", "clock", "deno", "files"],
  },
  "files/": {
    imports: [
      "@std/path/constants",
      "@std/path/resolve",
      "errors.ts",
      "http/",
      "net/",
      "node:buffer",
      "node:crypto",
      "node:fs",
      "node:process",
      "node:zlib",
      "options.ts",
      "site/",
    ],
    touches: ["chance", "clock", "deno", "files"],
  },
  "live/": {
    imports: ["@std/path/constants", "errors.ts", "files/", "http/", "net/", "site/"],
    touches: ["chance", "clock", "deno", "files"],
  },
  "log/": {
    imports: ["@std/fmt/colors", "errors.ts", "http/", "options.ts", "site/"],
    touches: ["clock", "deno"],
  },
  "net/": {
    imports: [
      "@std/http/server-sent-event-stream",
      "errors.ts",
      "files/",
      "http/",
      "log/",
      "options.ts",
    ],
    touches: ["clock", "deno"],
  },

  // Pure rules: no Deno, clock or chance; see also `check:pure`.
  "http/": {
    imports: [
      "@std/html/entities",
      "@std/http/status",
      "@std/media-types/type-by-extension",
      "errors.ts",
    ],
    touches: [],
  },
  "site/": {
    imports: ["@std/html/entities", "@std/http/negotiation", "errors.ts", "http/", "options.ts"],
    touches: [],
  },

  // The X-ray, and its page in the browser.
  "xray/": {
    imports: [
      "1_accept.ts",
      "2_receive.ts",
      "3_parse.ts",
      "4_locate.ts",
      "5_compose.ts",
      "6_send.ts",
      "@std/http/server-sent-event-stream",
      "@std/path/constants",
      "errors.ts",
      "http/",
      "lessons/",
      "log/",
      "net/",
      "observer.ts",
      "options.ts",
      "uplot/",
      "xray/class/",
      "xray/page/",
    ],
    touches: ["chance", "clock", "deno"],
  },
  "xray/page/": { imports: [], touches: ["clock"] },
  "lessons/": { imports: ["http/"], touches: [] },
  "metrics/": {
    imports: [
      "../deno.json",
      "1_accept.ts",
      "2_receive.ts",
      "3_parse.ts",
      "5_compose.ts",
      "6_send.ts",
      "errors.ts",
      "http/",
      "net/",
      "options.ts",
    ],
    touches: ["clock", "deno"],
  },
  "boot/package/": {
    imports: [
      "../deno.json",
      "boot/",
      "node:child_process",
      "node:fs",
      "node:module",
      "node:os",
      "node:process",
      "node:url",
    ],
    touches: ["clock", "deno", "files"],
  },
  "xray/class/": {
    imports: ["http/", "lessons/", "net/", "observer.ts", "xray/"],
    touches: ["chance", "clock"],
  },
  "sites.ts": { imports: ["4_locate.ts", "files/", "options.ts", "site/"], touches: [] },
  "check/levels/": { imports: ["check/", "http/"], touches: [] },
  "check/text/": { imports: ["check/"], touches: [] },
  "check/": { imports: ["check/levels/", "check/text/", "errors.ts", "http/"], touches: [] },
  "check/report/": {
    imports: ["@std/fmt/colors", "@std/html/entities", "check/", "check/text/"],
    touches: [],
  },
  "check/run/": {
    imports: [
      "@std/path/dirname",
      "@std/path/from-file-url",
      "@std/path/join",
      "check/",
      "check/report/",
      "check/text/",
    ],
    touches: ["clock", "deno", "files"],
  },
};

/** What Vitrine exists to do itself. */
const FORBIDDEN = /\bDeno\.serve\b|\bDeno\.serveHttp\b|["']node:(http|https|http2|net|tls)["']/;
const MAX_LINES = 400;
const MAX_FUNCTION_LINES = 60;

const STRINGS = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/;
const TEMPLATES = /`(?:\\.|[^`\\])*`/;
const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/;
const QUOTED_OR_COMMENT = new RegExp(
  `(?<string>${STRINGS.source})|(?<template>${TEMPLATES.source})|${COMMENTS.source}`,
  "g",
);

/** A source without its comments. */
function withoutComments(source: string): string {
  return source.replaceAll(QUOTED_OR_COMMENT, (text) => text.startsWith("/") ? " " : text);
}

/** A source without its comments and strings; templates stay, as code may stand in them. */
function codeOf(source: string): string {
  return source.replaceAll(QUOTED_OR_COMMENT, (text) => text.startsWith("`") ? text : " ");
}

/** The modules that a source imports, in any of the ways there are. */
function importsOf(source: string): string[] {
  const found = withoutComments(source).matchAll(
    /\b(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|(?<!["'])\bimport\s*\(?\s*["']([^"']+)["']/g,
  );
  return [...found].map(([, from, alone]) => from ?? alone);
}

/** The name in the table of what a file imports. */
function roomName(importer: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  const path = new URL(
    specifier,
    `file:///lib/${importer === "main.ts" ? "../main.ts" : importer}`,
  );
  const inLib = path.pathname.replace(/^\/lib\//, "");
  return inLib.startsWith("/") ? `..${inLib}` : inLib;
}

/** The room of a file: its folder, or itself at the top. */
function roomOf(name: string): string {
  return name.startsWith("..") || name.startsWith("@") || /^[a-z]+:/.test(name)
    ? name
    : name.replace(/[^/]*$/, "") || name;
}

/** Which of {@linkcode TOUCHES} a source reaches for. */
function touchesOf(source: string): Touch[] {
  const code = codeOf(source);
  return (Object.keys(TOUCHES) as Touch[]).filter((touch) => TOUCHES[touch].test(code));
}

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
    assert(row !== undefined, `Add a row for ${room} to ROOMS in tests/architecture_test.ts`);
    assertEquals([...imports].sort(), [...row.imports].sort(), "imports");
    assertEquals([...touches].sort(), [...row.touches].sort(), "touches");
  });
}

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

/** A function of a syntax tree; `range` is in characters. */
interface FunctionNode {
  readonly range: readonly [start: number, end: number];
  readonly id?: { readonly name: string } | null;
  readonly parent?: { readonly key?: { readonly name?: string }; readonly id?: { name?: string } };
}

/** The part of `Deno.lint` that is used here; Deno 2.9.6 has it in tests, its types do not. */
interface HasPlugins {
  readonly lint: { runPlugin(plugin: unknown, fileName: string, source: string): unknown };
}

/** All functions of a source, methods and arrows as well, with their lines; comments before them do not count. */
function functionsOf(fileName: string, source: string): { name: string; lines: number }[] {
  const found: { name: string; lines: number }[] = [];
  const visit = ({ range: [start, end], id, parent }: FunctionNode) =>
    found.push({
      name: id?.name ?? parent?.key?.name ?? parent?.id?.name ?? "one without a name",
      lines: source.slice(start, end).split("\n").length,
    });
  const visitor = {
    FunctionDeclaration: visit,
    FunctionExpression: visit,
    ArrowFunctionExpression: visit,
  };
  const plugin = { name: "measure", rules: { functions: { create: () => visitor } } };
  (Deno as unknown as HasPlugins).lint.runPlugin(plugin, fileName, source);
  return found;
}

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

Deno.test("functionsOf() sees each kind of function, with its lines", () => {
  const source = "function a() {\n}\nconst b = () =>\n  1;\nclass C {\n  /** d */\n  #d() {}\n" +
    "  constructor() {\n\n  }\n  get e() { return [].map(function () {}); }\n}\n";
  assertEquals(functionsOf("x.ts", source).map(({ name, lines }) => `${name} ${lines}`).sort(), [
    "a 2",
    "b 2",
    "constructor 3",
    "d 1",
    "e 1",
    "one without a name 1",
  ]);
});

const IMPORTS = [
  // source, imported, why
  ['import { a } from "./a.ts";', ["a.ts"], "named"],
  ['import type { A } from "../errors.ts";', ["../errors.ts"], "types count as well"],
  ['import {\n  a,\n  b,\n} from "./http/a.ts";', ["http/a.ts"], "several lines"],
  ['export * from "./a.ts";\nexport { b } from "@std/path";', ["a.ts", "@std/path"], "passed on"],
  ['const a = ["import", "b"];', [], "a word in quotes"],
  ['import "./a.ts";\nawait import("./b.ts");', ["a.ts", "b.ts"], "for its effects, or later"],
  ['// import { a } from "./a.ts";\n/* import "./b.ts"; */', [], "in comments"],
] as const;

for (const [source, imported, why] of IMPORTS) {
  Deno.test(`importsOf() sees ${JSON.stringify(source)}: ${why}`, () => {
    assertEquals(importsOf(source).map((specifier) => roomName("x.ts", specifier)), [...imported]);
  });
}

const REACHES = [
  // code, what it touches, why
  ['await Deno.open("a");', ["deno", "files"], "opening"],
  ["Deno.statSync(path)", ["deno", "files"], "the synchronous twin"],
  ["new Deno.errors.NotFound()", ["deno"], "an error is no file"],
  ["let file: Deno.FsFile;", ["deno"], "nor is a type"],
  ["const nowMs = Date.now;", ["clock"], "the clock, not even called"],
  ["new Date()", ["clock"], "the present"],
  ["new Date(nowMs)", [], "a date made of a number"],
  ["performance.now()", ["clock"], "the other clock"],
  ["setTimeout(f, 1)", ["clock"], "a timer"],
  ["crypto.randomUUID() + Math.random()", ["chance"], "randomness"],
  ["`${Date.now()}`", ["clock"], "code in a template"],
  ['"see Deno.open"; // Date.now()', [], "words in a string and a comment"],
  ['const a = "//"; Deno.exit();', ["deno"], "a string that looks like a comment"],
  ["/* Deno.open( */ x", [], "a comment in the middle"],
] as const;

for (const [code, touched, why] of REACHES) {
  Deno.test(`touchesOf() sees ${JSON.stringify(code)}: ${why}`, () => {
    assertEquals(touchesOf(code), [...touched]);
  });
}

Deno.test("the forbidden servers are seen", () => {
  for (const code of ["Deno.serve({})", 'import "node:http";', "import n from 'node:net';"]) {
    assert(FORBIDDEN.test(withoutComments(code)), code);
  }
  assert(!FORBIDDEN.test(withoutComments("// in the manner of Deno.serve")));
});
