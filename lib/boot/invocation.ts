/**
 * How Vitrine was started, so that what it tells people to type is what works for them: from a checkout, by the launcher
 * of the npm package or of the single file, by `deno install`, or as a compiled binary. In: what the process knows of itself. Out: words.
 */

import { dirname } from "@std/path/dirname";
import { fromFileUrl } from "@std/path/from-file-url";

/** The version of Deno that all is measured on, as in README's first command. */
export const DENO_VERSION = "2.9.6";

/** How Vitrine was started. */
export type Invocation =
  & (
    /** By `deno run` or a task: whoever types the command gives the permissions. `deno` and `main` are as to be typed. */
    | { readonly kind: "deno"; readonly deno: string; readonly main: string }
    /** By a launcher, which makes the permissions of the arguments; some have a site with them. */
    | { readonly kind: "launched"; readonly name: string; readonly hasSite: boolean }
    /** By `deno install`: the permissions are those of the folder that one is in. */
    | { readonly kind: "installed"; readonly name: string }
    /** As a binary, into which the permissions were compiled. */
    | { readonly kind: "compiled"; readonly name: string }
  )
  & {
    /** Whether the shell is one of Windows, whose quotes are others. */
    readonly isWindows: boolean;
  };

/** What is typed in the checkout. */
export const IN_CHECKOUT: Invocation = {
  ...{ kind: "deno", deno: "deno", main: "main.ts" },
  isWindows: false,
};

/** What a process knows of itself. */
export interface Process {
  readonly args: readonly string[];
  /** Path of the running program. */
  readonly execPath: string;
  /** URL of the main module. */
  readonly main: string;
  readonly cwd: string;
  readonly standalone: boolean;
  readonly isWindows: boolean;
}

/** Launchers say who they are by a first argument, since the sandbox hides the environment. */
const LAUNCHED = "--launched-as=";
const PACKED = "--packed-as=";
const INSTALLED = "--installed-as=";

/** How the process was started, and the arguments that people typed. */
export function invocationOf(
  { args, execPath, main, cwd, standalone, isWindows }: Process,
): { readonly invocation: Invocation; readonly args: readonly string[] } {
  const [first = "", ...rest] = args;
  for (const start of [LAUNCHED, PACKED]) {
    if (!first.startsWith(start)) continue;
    const name = first.slice(start.length);
    const hasSite = start === PACKED;
    return { invocation: { kind: "launched", name, hasSite, isWindows }, args: rest };
  }
  if (first.startsWith(INSTALLED)) {
    const name = first.slice(INSTALLED.length);
    return { invocation: { kind: "installed", name, isWindows }, args: rest };
  }
  if (standalone) return { invocation: { kind: "compiled", name: execPath, isWindows }, args };
  const deno = /[/\\]_npx[/\\]/.test(execPath) ? `npx -y deno@${DENO_VERSION}` : "deno";
  const path = main.startsWith("file:") ? fromFileUrl(main) : main;
  const isHere = main.startsWith("file:") && dirname(path) === cwd;
  const shown = isHere ? path.slice(cwd.length).replace(/^[/\\]/, "") : path;
  return { invocation: { kind: "deno", deno, main: shown, isWindows }, args };
}

/** The folder that is served if none is named; undefined for that of the checkout. */
export function usualRoot(invocation: Invocation): string | undefined {
  if (invocation.kind === "installed") return ".";
  return invocation.kind === "launched" && !invocation.hasSite ? "." : undefined;
}

/** How to serve any folder, for the help: each line begins with a command. */
export function usageLines(invocation: Invocation): string[] {
  if (invocation.kind === "deno") {
    const { deno } = invocation;
    return [
      `${deno} task serve [FLAGS]  serves ./static; for a folder of yours:`,
      `${commandFor({ readable: "DIR", args: ["DIR"] }, invocation)} [FLAGS]`,
    ];
  }
  const name = shellWords(invocation.name, invocation);
  if (invocation.kind === "launched") {
    const other = invocation.hasSite ? "the site inside it" : "the folder you are in";
    return [`${name} [DIR] [FLAGS]  serves DIR, or ${other}`];
  }
  return invocation.kind === "installed"
    ? [`${name} [DIR] [FLAGS]  serves the folder you are in, or DIR in it`]
    : [`${name} [FLAGS]`];
}

/** The start of a command with flags, for the help. */
export function exampleFor(invocation: Invocation): string {
  return invocation.kind === "deno"
    ? `${invocation.deno} task serve`
    : shellWords(invocation.name, invocation);
}

/** A command that starts Vitrine, whole, since it has to be typed anew: the sandbox's flags stand before the file's name. */
export function commandFor(
  { readable, args, shares = false }: {
    /** For `--allow-read`. */
    readonly readable: string;
    /** Arguments of Vitrine, which may hold a password. */
    readonly args: readonly string[];
    /** Whether a port is shared. */
    readonly shares?: boolean;
  },
  invocation: Invocation,
): string {
  const shown = withoutSecrets(args);
  const quote = (word: string) => shellWord(word, invocation);
  if (invocation.kind !== "deno") {
    return [shellWords(invocation.name, invocation), ...shown.map(quote)].join(" ");
  }
  const words = [`--allow-read=${readable}`, "--allow-net", invocation.main, ...shown];
  if (shares) words.unshift("--unstable-net");
  return `${invocation.deno} run --no-prompt ${words.map(quote).join(" ")}`;
}

/** A password that was typed is not to be printed, and scrolled past, again. */
function withoutSecrets(args: readonly string[]): string[] {
  return args.map((arg, i) => {
    if (args[i - 1] === "--auth") return "USER:PASSWORD";
    return arg.startsWith("--auth=") ? "--auth=USER:PASSWORD" : arg;
  });
}

/** A name of several words, such as `npx vitrine`, or one path, which may hold spaces. */
function shellWords(name: string, invocation: Invocation): string {
  return /[/\\]/.test(name) ? shellWord(name, invocation) : name;
}

/** One word in the quotes of the system's shell, where it needs some. */
export function shellWord(word: string, { isWindows }: Pick<Invocation, "isWindows">): string {
  // cmd.exe knows double quotes alone, in PowerShell both will do; no name there can hold a double one.
  if (isWindows) return /^[\w.,:=@+/\\-]+$/.test(word) ? word : `"${word}"`;
  return /^[\w.,:=@%+/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
