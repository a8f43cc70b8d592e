/** The arguments of the checker: text in, what to do out. Pure; every mistake is one line that says what to type. */

import { CHECKS, LEVELS } from "./levels.ts";
import type { Weights } from "./score.ts";
import { LANGUAGES } from "./text/languages.ts";

/** How results are written. */
export type Format = "terminal" | "json" | "html" | "junit";

/** What is to be checked, and how. */
export interface CheckOptions {
  readonly kind: "check";
  /** As typed, without a path. */
  readonly url: string;
  readonly hostname: string;
  readonly port: number;
  /** Paths whose bytes are not known; empty: the demo, or `root`. */
  readonly paths: readonly string[];
  readonly root: string | null;
  readonly level: number;
  readonly only: readonly string[];
  readonly points: string | null;
  readonly language: string;
  readonly timeMs: number;
  readonly deadlineMs: number;
  /** A program and its arguments. */
  readonly restart: readonly string[] | null;
  readonly format: Format;
}

/** Which checks are asked for. */
type Selection = Pick<CheckOptions, "level" | "only">;

/** What the arguments ask for. */
export type CheckCommand =
  | CheckOptions
  | { readonly kind: "make"; readonly folder: string; readonly language: string }
  | ({ readonly kind: "list" } & Selection & Pick<CheckOptions, "language" | "points">)
  | { readonly kind: "help" }
  | { readonly kind: "usage"; readonly message: string };

const VALUES = ["level", "only", "points", "lang", "time", "deadline", "restart", "make", "root"];
const SWITCHES = ["json", "html", "junit", "list", "help"];

/** The names of all flags. */
export const CHECK_FLAGS: readonly string[] = [...VALUES, ...SWITCHES];

/** What `--help` prints. */
export const HELP = `Checks a web server that a student has written, level by level.

  deno task check --make DIR          make the demo folder; let your server serve DIR/site
  deno task check http://127.0.0.1:6789

Instead of the demo:
  --root DIR          your server serves this folder; its bytes are compared
  URL /a.html /b.png  only these paths are asked for; their bytes are not known

What is asked for:
  --level N       reach level N, 1 to ${LEVELS.length}; checks above are left out (default ${LEVELS.length})
  --only ID,ID    only these checks; a number stands for all checks of a level
  --list          print these checks with their points
  --points FILE   a teacher's weights, a line each: ID POINTS
  --lang LANG     ${Object.keys(LANGUAGES).join(", ")} (default en)
  --time S        seconds for everything (default 60)
  --deadline S    seconds for a response (default 2)
  --restart CMD   start the server with this, at first and whenever it has ended

How it is told, on standard output:
  --json, --html, --junit   instead of text for a terminal

Exit code 0: reached; 1: not reached; 2: wrong arguments.`;

/** Reads arguments. Never throws. */
export function parseCheckArguments(args: readonly string[]): CheckCommand {
  const split = splitArguments(args);
  if (typeof split === "string") return { kind: "usage", message: split };
  const { flags, positionals } = split;
  if (flags.has("help")) return { kind: "help" };
  const language = flags.get("lang") ?? "en";
  if (!(language in LANGUAGES)) {
    return usage(`--lang ${language} is unknown; type one of ${Object.keys(LANGUAGES).join(", ")}`);
  }
  const points = flags.get("points") ?? null;
  const selection = readSelection(flags);
  if (typeof selection === "string") return usage(selection);
  if (flags.has("list")) return { kind: "list", ...selection, language, points };
  const folder = flags.get("make");
  if (folder !== undefined) {
    return { kind: "make", folder: withoutSlash(folder), language };
  }
  return readCheck(flags, positionals, { ...selection, language, points });
}

/** A folder as it is named without a slash at its end. */
function withoutSlash(folder: string): string {
  let end = folder.length;
  while (end > 1 && folder[end - 1] === "/") end--;
  return folder.slice(0, end);
}

type Flags = ReadonlyMap<string, string>;

function splitArguments(args: readonly string[]) {
  const flags = new Map<string, string>();
  const positionals: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(args[i]);
    if (match === null) {
      if (/^-./.test(args[i])) return `${args[i]} is unknown; --help lists what there is`;
      positionals.push(args[i]);
      continue;
    }
    const [, name, attached] = match;
    if (flags.has(name)) return `--${name} is given twice; type it once`;
    if (SWITCHES.includes(name)) {
      if (attached !== undefined) return `--${name} takes no value; type --${name} alone`;
      flags.set(name, "");
    } else if (VALUES.includes(name)) {
      const value = attached ?? args[++i];
      if (value === undefined || value === "") return `--${name} needs a value`;
      flags.set(name, value);
    } else {
      return `--${name} is unknown; --help lists what there is`;
    }
  }
  return { flags, positionals };
}

function readSelection(flags: Flags): Selection | string {
  const level = numberOf(flags, "level", LEVELS.length);
  if (!Number.isInteger(level) || level < 1 || level > LEVELS.length) {
    return `--level is a whole number from 1 to ${LEVELS.length}`;
  }
  const only = (flags.get("only") ?? "").split(",").map((id) => id.trim()).filter((id) =>
    id !== ""
  );
  const unknown = only.find((id) => !isSelector(id));
  return unknown === undefined
    ? { level, only }
    : `No check is named ${unknown}; --list prints all names`;
}

function readCheck(
  flags: Flags,
  positionals: readonly string[],
  asked: Selection & Pick<CheckOptions, "language" | "points">,
): CheckCommand {
  const [typed, ...more] = positionals;
  if (typed === undefined) return usage("Which server? Type for example http://127.0.0.1:6789");
  const server = serverOf(typed);
  if (server === null) return usage(`Cannot read ${typed}; type for example http://127.0.0.1:6789`);
  const paths = [...(server.path === "/" ? [] : [server.path]), ...more];
  const wrong = paths.find((path) => !/^\/[\x21-\x7e]*$/.test(path));
  if (wrong !== undefined) return usage(`Cannot ask for ${wrong}; a path starts with a slash`);
  const root = flags.get("root") ?? null;
  if (root !== null && paths.length > 0) return usage("Type --root or paths, not both");
  const seconds = [numberOf(flags, "time", 60), numberOf(flags, "deadline", 2)];
  if (!seconds.every((s) => s > 0 && s <= 3600)) {
    return usage("--time and --deadline are seconds, more than 0 and at most 3600");
  }
  const formats = (["json", "html", "junit"] as const).filter((format) => flags.has(format));
  if (formats.length > 1) return usage(`Type one of --${formats.join(" and --")}`);
  const restart = flags.has("restart") ? wordsOf(flags.get("restart")!) : null;
  if (restart?.length === 0) return usage("--restart needs a command");
  const [timeMs, deadlineMs] = seconds.map((s) => s * 1000);
  return {
    ...{ kind: "check", ...server, paths, root, ...asked },
    ...{ timeMs, deadlineMs, restart, format: formats[0] ?? "terminal" },
  };
}

function serverOf(text: string) {
  // A port alone. As a host it would be an address, and somebody else's: 22899 is 0.0.89.115.
  const typed = /^\d+$/.test(text) ? `127.0.0.1:${text}` : text;
  const match = /^(?:http:\/\/)?(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?(\/\S*)?$/i.exec(typed);
  if (match === null) return null;
  const [, host, port = "80", path = "/"] = match;
  if (Number(port) < 1 || Number(port) > 65_535 || isOddAddress(host)) return null;
  const hostname = host.replace(/^\[|\]$/g, "");
  return { url: `http://${host}:${port}`, hostname, port: Number(port), path };
}

/** Whether a host would be taken for another one, as `127.1` and `0x7f000001` are for 127.0.0.1, or for none, as `300.1.1.1`. */
function isOddAddress(host: string): boolean {
  return !host.startsWith("[") && URL.parse(`http://${host}`)?.hostname !== host.toLowerCase();
}

function numberOf(flags: Flags, name: string, otherwise: number): number {
  const value = flags.get(name);
  return value === undefined ? otherwise : /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
}

function isSelector(id: string): boolean {
  return CHECKS.some((check) => check.id === id || String(check.level) === id);
}

/** The checks that are asked for. */
export function selectChecks({ level, only }: Pick<CheckOptions, "level" | "only">) {
  if (only.length === 0) return CHECKS.filter((check) => check.level <= level);
  return CHECKS.filter(({ id, level }) => only.includes(id) || only.includes(String(level)));
}

/** Words of a command, without a shell: quotes keep spaces, and nothing else has a meaning. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)]
    .map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
}

/** Reads a table of weights; a string says what is wrong with it. */
export function parseWeights(text: string): Weights | string {
  const weights = new Map<string, number>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const words = line.replace(/#.*/, "").trim().split(/[\s,;=]+/).filter((word) => word !== "");
    if (words.length === 0) continue;
    const [id, points] = words;
    if (words.length !== 2 || !/^\d+(\.\d+)?$/.test(points)) {
      return `line ${i + 1} is not an ID and points: ${line.trim()}`;
    }
    if (!CHECKS.some((check) => check.id === id)) return `line ${i + 1}: no check is named ${id}`;
    weights.set(id, Number(points));
  }
  return weights;
}

function usage(message: string): CheckCommand {
  return { kind: "usage", message };
}
