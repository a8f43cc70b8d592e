/**
 * No regular expression of ours takes more time than its text is long: a quadratic one let a head of 60 kB stop the
 * server for three seconds. Each literal is found in the syntax tree and given to a checker; those that are put together
 * at run time are caught on their way.
 */

import { assert, assertEquals } from "@std/assert";
import { analyse } from "scslre";

interface Found {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

/** The part of `Deno.lint` that is used here; Deno 2.9.6 has it in tests, its types do not. */
interface HasPlugins {
  readonly lint: { runPlugin(plugin: unknown, fileName: string, source: string): unknown };
}

/** The ways in which a text can make an expression slow, by the checker's names; none if it is linear. */
function waysToSlow({ source, flags }: Omit<Found, "file">): string[] {
  return analyse({ source, flags }).reports.map((report) => report.type as string);
}

function literalsOf(file: string, source: string): Found[] {
  const found: Found[] = [];
  const visit = (node: { regex?: { pattern: string; flags: string } }) => {
    if (node.regex) found.push({ file, source: node.regex.pattern, flags: node.regex.flags });
  };
  const rule = { create: () => ({ Literal: visit }) };
  (Deno as unknown as HasPlugins).lint.runPlugin({ name: "find", rules: { rule } }, file, source);
  return found;
}

async function* sourcesIn(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(name + (isDirectory ? "/" : ""), folder);
    if (isDirectory) yield* sourcesIn(url);
    else if (/\.[jt]s$/.test(name) && !name.endsWith(".d.ts")) yield url;
  }
}

/** The expressions that a module makes by `new RegExp` when it is loaded. */
async function madeBy(url: URL): Promise<Found[]> {
  const made: Found[] = [];
  const Original = RegExp;
  globalThis.RegExp = class extends Original {
    constructor(pattern: RegExp | string, flags?: string) {
      super(pattern, flags);
      if (typeof pattern === "string") {
        made.push({ file: url.pathname, source: this.source, flags: this.flags });
      }
    }
  } as RegExpConstructor;
  try {
    await import(url.href);
  } finally {
    globalThis.RegExp = Original;
  }
  return made;
}

const LIB = new URL("../lib/", import.meta.url);

Deno.test("every regular expression of lib/ takes linear time", async () => {
  const found: Found[] = [];
  for await (const url of sourcesIn(LIB)) {
    const source = await Deno.readTextFile(url);
    found.push(...literalsOf(url.pathname, source));
    if (url.pathname.endsWith(".ts") && source.includes("new RegExp(")) {
      found.push(...await madeBy(url));
    }
  }
  assert(found.length > 80, `The search finds the expressions that there are: ${found.length}`);
  const slow = found.filter((expression) => waysToSlow(expression).length > 0);
  assertEquals(slow, []);
});

Deno.test("the checker knows the expressions that stopped the server", () => {
  for (const source of ["^[ \\t]+|[ \\t]+$", "\\s*\\n\\s*", "[/\\\\]+$"]) {
    assertEquals(waysToSlow({ source, flags: "g" }).length, 1, source);
  }
  for (const source of ["^[ \\t]+", ":[0-9]+$", "[^ -~]"]) {
    assertEquals(waysToSlow({ source, flags: "" }), [], source);
  }
});

Deno.test("what is put together at run time is checked, too", async () => {
  const made = await madeBy(new URL("data:text/javascript,new RegExp(`a+${'$'}`)"));
  assertEquals(made.map(({ source }) => source), ["a+$"]);
});
