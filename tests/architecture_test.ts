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
  /** Files of `lib/`, folders as `http/*`, and modules as they are named in `deno.json`. */
  readonly imports: readonly string[];
  /** Nothing: a pure file. */
  readonly touches: readonly Touch[];
}

const PURE_STD = [
  "@std/html/entities",
  "@std/http/negotiation",
  "@std/http/status",
  "@std/media-types",
];

/** Every source file: `main.ts` stands beside `lib/`, all others in it. A row for a whole folder ends in `*`. */
const ROOMS: Readonly<Record<string, Room>> = {
  "main.ts": {
    imports: [
      ...[
        "log/access_log.ts",
        "boot/boot_errors.ts",
        "boot/cli.ts",
        "boot/embedded.ts",
        "boot/free_port.ts",
        "options.ts",
      ],
      ...["boot/qr.ts", "boot/sandbox.ts", "serve.ts", "boot/workers.ts"],
      ...["xray/recorder.ts", "xray/server.ts"], // The latter only with --xray.
    ],
    touches: ["deno", "files", "clock"], // Of files: only where the root really is, to say so.
  },

  // The six steps. (i), (ii) and (vi) touch the socket they are handed, (iv) the files, the others nothing.
  "1_accept.ts": {
    imports: ["errors.ts", "http/*", "options.ts", "net/listen.ts"],
    touches: ["deno"],
  },
  "2_receive.ts": {
    imports: ["net/deadlines.ts", "errors.ts", "http/*", "options.ts"],
    touches: ["deno"],
  },
  "3_parse.ts": { imports: ["errors.ts", "http/*", "options.ts"], touches: [] },
  "4_locate.ts": {
    imports: [
      ...[
        "files/cache.ts",
        "files/contain.ts",
        "errors.ts",
        "files/folder.ts",
        "files/memory_file.ts",
        "http/fields.ts",
      ],
      ...[
        "http/media_type.ts",
        "http/message.ts",
        "live/reload.ts",
        "options.ts",
        "site/codings.ts",
      ],
      "files/variants.ts",
    ],
    touches: ["deno", "files", "clock", "chance"],
  },
  "5_compose.ts": { imports: ["errors.ts", "http/*", "options.ts", "site/*"], touches: [] },
  "6_send.ts": {
    imports: [
      "net/deadlines.ts",
      "net/file_stream.ts",
      "errors.ts",
      "files/memory_file.ts",
      "http/*",
      "options.ts",
    ],
    touches: ["deno"],
  },

  // Their loop, and who starts it.
  "connection.ts": {
    imports: [
      ...["2_receive.ts", "5_compose.ts", "6_send.ts", "exchange.ts", "http/*", "net/*"],
      ...["observer.ts", "options.ts", "server_context.ts"],
    ],
    touches: ["deno"],
  },
  "exchange.ts": {
    imports: [
      ...["2_receive.ts", "4_locate.ts", "5_compose.ts", "6_send.ts", "errors.ts"],
      ...["http/*", "live/*", "log/format.ts", "net/peer_gone.ts", "observer.ts", "options.ts"],
      ...["request_memo.ts", "server_context.ts", "site/*"],
    ],
    touches: ["deno", "clock"],
  },
  "request_memo.ts": {
    imports: ["3_parse.ts", "http/*", "log/format.ts", "options.ts"],
    touches: [],
  },
  "server_context.ts": { // Types alone.
    imports: [
      ...[
        "4_locate.ts",
        "net/deadlines.ts",
        "net/bag.ts",
        "http/head_memo.ts",
        "live/reload.ts",
        "log/format.ts",
      ],
      ...["options.ts", "net/rounds.ts", "files/site_rules.ts", "observer.ts"],
    ],
    touches: [],
  },
  "serve.ts": {
    imports: [
      ...[
        "1_accept.ts",
        "4_locate.ts",
        "net/deadlines.ts",
        "net/bag.ts",
        "connection.ts",
        "errors.ts",
      ],
      ...[
        "http/head_memo.ts",
        "net/lan.ts",
        "live/reload.ts",
        "log/format.ts",
        "options.ts",
        "net/rounds.ts",
        "net/listen.ts",
      ],
      ...["server_context.ts", "files/site_rules.ts", "log/tally.ts", "observer.ts"],
    ],
    touches: ["deno", "clock", "chance"],
  },

  // The same on all cores: `workers.ts` on the main thread, `worker.ts` on each other one.
  "boot/workers.ts": {
    imports: ["log/access_log.ts", "options.ts", "serve.ts", "boot/worker.ts"],
    touches: ["deno", "clock", "chance"],
  },
  "boot/worker.ts": {
    imports: ["log/access_log.ts", "errors.ts", "options.ts", "serve.ts"],
    touches: [],
  },

  // Rooms beside the steps.
  "net/deadlines.ts": { imports: ["net/bag.ts"], touches: [] },
  "log/tally.ts": { imports: [], touches: [] },
  "net/peer_gone.ts": { imports: ["errors.ts"], touches: ["deno"] },
  "net/bag.ts": { imports: [], touches: [] },
  "net/rounds.ts": { imports: [], touches: ["clock"] },
  "files/contain.ts": { imports: ["@std/path"], touches: ["deno", "files", "clock", "chance"] },
  "files/site_rules.ts": { imports: ["files/contain.ts", "site/*"], touches: ["deno", "files"] },
  "files/folder.ts": {
    imports: ["@std/path", "files/contain.ts", "http/message.ts", "options.ts"],
    touches: ["deno", "files"],
  },
  "net/file_stream.ts": { imports: ["options.ts"], touches: ["deno"] },
  "files/memory_file.ts": { imports: ["http/*"], touches: [] },
  "files/cache.ts": {
    imports: [
      "net/file_stream.ts",
      "files/contain.ts",
      "files/memory_file.ts",
      "http/message.ts",
      "files/in_place.ts",
    ],
    touches: ["deno", "files"],
  },
  "files/in_place.ts": { imports: ["files/contain.ts"], touches: ["deno", "files"] },
  "files/compress.ts": { imports: ["node:buffer", "node:zlib"], touches: ["clock"] },
  "live/script.ts": { imports: ["http/grammar.ts"], touches: [] },
  "live/reload.ts": {
    imports: [
      ...["@std/http/server-sent-event-stream", "@std/path", "net/deadlines.ts", "files/cache.ts"],
      ...["http/media_type.ts", "http/message.ts", "live/script.ts"],
    ],
    touches: ["deno", "files", "clock"], // Of files: that they change, never what is in them.
  },
  "boot/make_cert.ts": { imports: ["selfsigned"], touches: ["deno", "files", "clock"] },
  "boot/embedded.ts": { imports: ["@std/path"], touches: ["deno", "files"] },
  "boot/free_port.ts": { imports: [], touches: ["deno"] },
  "net/lan.ts": { imports: [], touches: [] },
  "boot/qr.ts": { imports: ["uqr"], touches: [] },
  "net/listen.ts": { imports: ["options.ts"], touches: ["deno", "files"] },
  "files/variants.ts": {
    imports: [
      ...[
        "files/cache.ts",
        "files/compress.ts",
        "files/memory_file.ts",
        "http/fields.ts",
        "http/message.ts",
      ],
      "site/codings.ts",
    ],
    touches: ["deno", "files"],
  },
  "errors.ts": { imports: [], touches: [] },
  "options.ts": { imports: [], touches: [] },
  "log/format.ts": {
    imports: ["@std/fmt/colors", "errors.ts", "http/*", "options.ts", "site/readable_bytes.ts"],
    touches: [],
  },
  "log/queue.ts": { imports: [], touches: [] },
  "log/access_log.ts": {
    imports: ["log/format.ts", "log/queue.ts", "options.ts"],
    touches: ["deno", "clock"],
  },
  "boot/flags.ts": { imports: ["options.ts", "site/fields.ts"], touches: [] },
  "boot/cli.ts": {
    imports: [
      ...["@std/cli/parse-args", "@std/text/levenshtein-distance", "../deno.json"],
      ...["boot/flags.ts", "options.ts"],
    ],
    touches: [],
  },
  "boot/boot_errors.ts": { imports: ["@std/path", "boot/cli.ts", "options.ts"], touches: ["deno"] },
  "boot/sandbox.ts": {
    imports: ["boot/boot_errors.ts", "boot/cli.ts", "options.ts"],
    touches: ["deno"],
  },

  // The X-ray. The loop knows its observer as types; the rest is reached by main.ts alone.
  "observer.ts": { imports: ["errors.ts", "http/*"], touches: ["deno"] },
  "xray/experiments.ts": { imports: [], touches: [] },
  "xray/guard.ts": { imports: [], touches: [] },
  "xray/head_parts.ts": { imports: ["errors.ts", "http/grammar.ts"], touches: [] },
  "xray/histogram.ts": { imports: [], touches: [] },
  "xray/reasons.ts": { imports: [], touches: [] },
  "xray/trace.ts": { imports: ["errors.ts", "http/message.ts"], touches: [] },
  "xray/detail.ts": { imports: ["http/grammar.ts", "xray/*"], touches: [] },
  "xray/assets.ts": { imports: ["*"], touches: [] }, // As text, which runs nothing.
  "xray/events.ts": {
    imports: ["@std/http/server-sent-event-stream", "xray/*"],
    touches: ["clock"],
  },
  "xray/server.ts": {
    imports: [
      ...["1_accept.ts", "2_receive.ts", "3_parse.ts", "net/deadlines.ts", "errors.ts", "http/*"],
      ...["options.ts", "net/listen.ts", "xray/*"],
    ],
    touches: ["deno", "clock", "chance"],
  },
  "xray/*": {
    imports: ["errors.ts", "http/*", "observer.ts", "xray/*"],
    touches: ["deno", "clock"],
  },

  // Pure rules.
  "http/*": { imports: ["errors.ts", "http/*", ...PURE_STD], touches: [] },
  "site/*": { imports: ["errors.ts", "http/*", "options.ts", "site/*", ...PURE_STD], touches: [] },
};

/** What Vitrine exists to do itself. */
const FORBIDDEN = /\bDeno\.serve\b|\bDeno\.serveHttp\b|["']node:(http|https|http2|net|tls)["']/;
const MAX_LINES = 400;

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
    /\b(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/g,
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

/** Which of {@linkcode TOUCHES} a source reaches for. */
function touchesOf(source: string): Touch[] {
  const code = codeOf(source);
  return (Object.keys(TOUCHES) as Touch[]).filter((touch) => TOUCHES[touch].test(code));
}

function roomOf(name: string): Room | undefined {
  return ROOMS[name] ?? ROOMS[name.replace(/[^/]*$/, "*")];
}

function isNumbered(name: string): boolean {
  return /^\d_/.test(name);
}

const ROOT = new URL("../", import.meta.url);

/** All sources by their name in the table. */
async function readSources(): Promise<Map<string, string>> {
  const sources = new Map([["main.ts", await Deno.readTextFile(new URL("main.ts", ROOT))]]);
  const readFolder = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(`lib/${folder}`, ROOT))) {
      if (isDirectory) await readFolder(`${folder}${name}/`);
      else if (name.endsWith(".ts")) {
        sources.set(folder + name, await Deno.readTextFile(new URL(`lib/${folder}${name}`, ROOT)));
      }
    }
  };
  await readFolder("");
  return sources;
}

const SOURCES = await readSources();
const MODULES = [...SOURCES].filter(([name]) => !name.endsWith(".d.ts"));
const GRAPH = new Map(MODULES.map(([name, source]) => [
  name,
  importsOf(source).map((specifier) => roomName(name, specifier)),
]));

for (const [name, source] of MODULES) {
  Deno.test(`${name} imports and touches only what its row allows`, () => {
    const room = roomOf(name);
    assert(room !== undefined, `Add a row for ${name} to ROOMS in tests/architecture_test.ts`);
    for (const imported of GRAPH.get(name) ?? []) {
      const isAllowed = room.imports.includes("*") || room.imports.includes(imported) ||
        (imported.includes("/") && room.imports.includes(imported.replace(/[^/]*$/, "*")));
      assert(isAllowed, `${name} may not import ${imported}`);
    }
    for (const touch of touchesOf(source)) {
      assert(room.touches.includes(touch), `${name} may not touch: ${touch}`);
    }
  });
}

Deno.test("no file uses somebody else's HTTP server or sockets", () => {
  for (const [name, source] of SOURCES) assert(!FORBIDDEN.test(withoutComments(source)), name);
});

Deno.test("no numbered file imports another: values travel through connection.ts", () => {
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

Deno.test("only step (iv), its helpers and the boot list touch the file system", () => {
  const touching = MODULES.filter(([, source]) => touchesOf(source).includes("files"));
  const allowed = [
    ...[
      "4_locate.ts",
      "files/cache.ts",
      "files/contain.ts",
      "live/reload.ts",
      "main.ts",
      "files/variants.ts",
    ],
    "boot/embedded.ts", // Whether there is a site in the binary.
    ...["boot/make_cert.ts", "net/listen.ts"], // Two files in PEM, which are not of the site.
    ...["files/folder.ts", "files/in_place.ts", "files/site_rules.ts"],
  ];
  assertEquals(touching.map(([name]) => name).filter((name) => !allowed.includes(name)), []);
});

Deno.test(`no file of lib is longer than ${MAX_LINES} lines`, () => {
  for (const [name, source] of SOURCES) {
    const lines = source.trimEnd().split("\n").length;
    assert(lines <= MAX_LINES, `${name} has ${lines} lines: is it two chapters?`);
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
});

const IMPORTS = [
  // source, imported, why
  ['import { a } from "./a.ts";', ["a.ts"], "named"],
  ['import type { A } from "../errors.ts";', ["../errors.ts"], "types count as well"],
  ['import {\n  a,\n  b,\n} from "./http/a.ts";', ["http/a.ts"], "several lines"],
  ['export * from "./a.ts";\nexport { b } from "@std/path";', ["a.ts", "@std/path"], "passed on"],
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
