/**
 * Where flags come from beside the command line, so that the unit of a service stays readable and a password stays out of the
 * list of processes: files of arguments (`@file`) and the environment (`VITRINE_PORT=8080`). What is nearer to whoever
 * starts the server wins: the command line over the environment, and of two the last.
 *
 * The environment is read where `--allow-env` has been granted for the variable. It is never asked for.
 */

import { readSmallText } from "../files/disk_file.ts";
import { type Flag, FLAGS, UsageError } from "./flags.ts";

/** How files and variables are read. */
export interface Sources {
  /** Gives a variable of the environment; null if there is none, or none that we may read. */
  readonly variable: (name: string) => string | null;
  /** Gives the text of a file. Throws a `UsageError` that says why it cannot. */
  readonly text: (path: string) => string;
}

/** Longest file of arguments, in bytes. */
const MAX_BYTES = 100_000;

/** Those of the system. */
export const SYSTEM: Sources = {
  variable(name) {
    const { state } = Deno.permissions.querySync({ name: "env", variable: name });
    return state === "granted" ? Deno.env.get(name) ?? null : null;
  },
  text(path) {
    if (path === "") throw new UsageError("there is no name of a file behind @");
    const what = JSON.stringify(path);
    if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") {
      throw new UsageError(
        `the sandbox does not let Vitrine read ${what}; add it to --allow-read`,
      );
    }
    try {
      const small = readSmallText(path, MAX_BYTES, markedEncoding);
      if ("text" in small) return small.text;
      throw new UsageError(`${what} ${small.refusal}; name a file of arguments`);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const isMissing = (error as { code?: unknown }).code === "ENOENT";
      throw new UsageError(
        isMissing ? `there is no file ${what}` : `the system does not let Vitrine read ${what}`,
      );
    }
  },
};

/** What Notepad calls Unicode, and what PowerShell 5 writes behind `>`, is UTF-16, and begins with its mark. */
function markedEncoding([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

/** Puts what is in files of arguments in the place of their names: `@vitrine.args`. */
export function expandFiles(args: readonly string[], { text }: Sources): string[] {
  const expanded: string[] = [];
  for (const [i, arg] of args.entries()) {
    if (arg === "--") return [...expanded, ...args.slice(i)];
    const isFile = arg.startsWith("@") && !takesValue(args[i - 1]);
    expanded.push(...isFile ? argumentsOf(text(arg.slice(1))) : [arg]);
  }
  return expanded;
}

/** Whether what stands behind an argument is its value. */
function takesValue(arg: string | undefined): boolean {
  return FLAGS.some(({ name, alias, value }) =>
    value !== undefined && (arg === `--${name}` || alias !== undefined && arg === `-${alias}`)
  );
}

/** One argument a line, with its value behind it as it is: no quotes are needed. `#` begins a line that is a comment. */
function argumentsOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#")).flatMap((line) => {
    const flag = /^-[^\s=]+(?=\s)/.exec(line)?.[0];
    return flag === undefined ? [line] : [flag, line.slice(flag.length).trim()];
  });
}

/** What the environment asks for, as arguments. A switch takes 1 or 0; what may be repeated has one value a line. */
export function environmentArguments({ variable }: Sources): string[] {
  return FLAGS.filter(({ name }) => name !== "help" && name !== "version").flatMap((flag) => {
    const name = variableOf(flag);
    const value = variable(name);
    if (value === null || value === "" && flag.value === undefined) return [];
    // It was to be filled in: to go on would be to serve without a password, or on another port.
    if (value.trim() === "") throw new UsageError(`${name} is empty; give it a value, or unset it`);
    if (flag.value === undefined) return switchOf(flag, name, value);
    const values = flag.repeats ? value.split("\n").filter((line) => line !== "") : [value];
    return values.map((each) => `--${flag.name}=${each}`);
  });
}

function switchOf(flag: Flag, name: string, value: string): string[] {
  if (value === "1") return [`--${flag.name}`];
  if (value === "0") return [];
  throw new UsageError(`${name} takes 1 or 0, not ${JSON.stringify(value)}`);
}

/** For example `VITRINE_MAX_CONNECTIONS`. */
function variableOf({ name }: Flag): string {
  return `VITRINE_${name.replaceAll("-", "_").toUpperCase()}`;
}

/** Whether the list of processes shows a password. */
export function showsSecret(args: readonly string[]): boolean {
  const secrets = FLAGS.filter(({ secret }) => secret).map(({ name }) => `--${name}`);
  return args.some((arg, i) =>
    secrets.some((flag) =>
      arg === flag ? args[i + 1]?.startsWith("@") === false : arg.startsWith(`${flag}=`) &&
        !arg.startsWith(`${flag}=@`)
    )
  );
}
