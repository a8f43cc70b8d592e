/** What a source file imports, touches and defines: read from its text and its syntax tree, without running it. */

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

export type Touch = keyof typeof TOUCHES;

/** What Vitrine exists to do itself. */
export const FORBIDDEN =
  /\bDeno\.serve\b|\bDeno\.serveHttp\b|["']node:(http|https|http2|net|tls)["']/;

const STRINGS = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/;
const TEMPLATES = /`(?:\\.|[^`\\])*`/;
const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/;
const QUOTED_OR_COMMENT = new RegExp(
  `(?<string>${STRINGS.source})|(?<template>${TEMPLATES.source})|${COMMENTS.source}`,
  "g",
);

/** A source without its comments. */
export function withoutComments(source: string): string {
  return source.replaceAll(QUOTED_OR_COMMENT, (text) => text.startsWith("/") ? " " : text);
}

/** A source without its comments and strings; templates stay, as code may stand in them. */
function codeOf(source: string): string {
  return source.replaceAll(QUOTED_OR_COMMENT, (text) => text.startsWith("`") ? text : " ");
}

/** The modules that a source imports, in any of the ways there are. */
export function importsOf(source: string): string[] {
  const found = withoutComments(source).matchAll(
    /\b(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|(?<!["'])\bimport\s*\(?\s*["']([^"']+)["']/g,
  );
  return [...found].map(([, from, alone]) => from ?? alone);
}

/** The name in the table of what a file imports. */
export function roomName(importer: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  const path = new URL(
    specifier,
    `file:///lib/${importer === "main.ts" ? "../main.ts" : importer}`,
  );
  const inLib = path.pathname.replace(/^\/lib\//, "");
  return inLib.startsWith("/") ? `..${inLib}` : inLib;
}

/** The room of a file: its folder, or itself at the top. */
export function roomOf(name: string): string {
  return name.startsWith("..") || name.startsWith("@") || /^[a-z]+:/.test(name)
    ? name
    : name.replace(/[^/]*$/, "") || name;
}

/** Which of {@linkcode TOUCHES} a source reaches for. */
export function touchesOf(source: string): Touch[] {
  const code = codeOf(source);
  return (Object.keys(TOUCHES) as Touch[]).filter((touch) => TOUCHES[touch].test(code));
}

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
export function functionsOf(fileName: string, source: string): { name: string; lines: number }[] {
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
