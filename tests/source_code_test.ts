/** The checks of `architecture_test.ts` are only as good as what they see. */

import { assert, assertEquals } from "@std/assert";
import {
  FORBIDDEN,
  functionsOf,
  importsOf,
  roomName,
  touchesOf,
  withoutComments,
} from "./source_code.ts";

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
