/** The command line of the peers' benchmark: flags in, checked options or one clear line out. Pure. */

import { parseArgs } from "@std/cli/parse-args";

/** What one run of the benchmark does. */
export interface BenchOptions {
  /** Case ids to run; empty is all. */
  readonly cases: readonly string[];
  /** Peers to compare with, in each case that they can; empty is every one that is here. Vitrine always runs. */
  readonly peers: readonly string[];
  /** Turns per server and case; medians are over these. */
  readonly rounds: number;
  /** Seconds of load per turn. */
  readonly seconds: number;
  /** File that gets every sample, or "" for none. */
  readonly json: string;
  /** File that gets the picture, or "" for none. */
  readonly svg: string;
  /** What starts Vitrine instead of `deno run … main.ts`, or empty. */
  readonly vitrineCommand: readonly string[];
  /** Arguments added to Vitrine's own, for example `--cache-size 0`. */
  readonly vitrineArgs: readonly string[];
  /** A checkout of Vitrine that takes part as well, or "". */
  readonly before: string;
}

/** Options, or text to print and the exit code that goes with it. */
export type Parsed =
  | { readonly kind: "run"; readonly options: BenchOptions }
  | { readonly kind: "stop"; readonly text: string; readonly code: 0 | 2 };

/** What `--cases` and `--peers` may hold. */
export interface Known {
  readonly cases: readonly string[];
  readonly peers: readonly string[];
  /** The last of the peers that take part in each case. */
  readonly lastMain: string;
}

const TEXTS = [
  "cases",
  "peers",
  "rounds",
  "seconds",
  "json",
  "svg",
  "vitrine-command",
  "vitrine-args",
  "before",
];

const HELP = `deno task bench:peers [options]

Starts Vitrine and each peer that is installed, loads them in turns, and prints Markdown.
All of it takes about 20 minutes on a machine that does nothing else.

  --cases A,B            only these: CASES
  --peers A,B            only these beside Vitrine: PEERS
                         (without this, those behind MAIN take part in the first case only)
  --rounds N             turns per server and case, 1 to 20 (default 3)
  --seconds N            seconds of load per turn, 1 to 60 (default 2)
  --json FILE            write every sample to FILE
  --svg FILE             write a picture of the ratios to FILE
  --vitrine-command CMD  start CMD instead of "deno run … main.ts"; words part at spaces
  --vitrine-args ARGS    add ARGS to Vitrine's own; words part at spaces
  --before DIR           compare with the Vitrine of that checkout as well
  --help                 print this`;

/** Reads the arguments of `peers.ts`. Never throws. */
export function parseOptions(
  args: readonly string[],
  known: Known,
): Parsed {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    string: TEXTS,
    boolean: ["help"],
    alias: { h: "help" },
    unknown: (arg: string) => void unknown.push(arg),
  });
  if (flags.help) return { kind: "stop", text: helpText(known), code: 0 };
  if (unknown.length > 0) return refuse(`Unknown argument "${unknown[0]}": try --help`);

  const text = (name: string): string => lastOf(flags[name]);
  const cases = listOf(text("cases"), ",");
  const peers = listOf(text("peers"), ",");
  const rounds = numberOf(text("rounds"), 3);
  const seconds = numberOf(text("seconds"), 2);
  const strangeCase = cases.find((name) => !known.cases.includes(name));
  const strangePeer = peers.find((name) => !known.peers.includes(name));
  if (strangeCase) return refuse(`No case "${strangeCase}": choose of ${known.cases.join(",")}`);
  if (strangePeer) return refuse(`No peer "${strangePeer}": choose of ${known.peers.join(",")}`);
  if (!isWithin(rounds, 1, 20)) return refuse("--rounds takes a whole number from 1 to 20");
  if (!isWithin(seconds, 1, 60)) return refuse("--seconds takes a whole number from 1 to 60");
  const options: BenchOptions = {
    cases,
    peers,
    rounds,
    seconds,
    json: text("json"),
    svg: text("svg"),
    vitrineCommand: listOf(text("vitrine-command"), " "),
    vitrineArgs: listOf(text("vitrine-args"), " "),
    before: text("before"),
  };
  return { kind: "run", options };
}

function helpText(known: Known): string {
  return HELP.replace("CASES", known.cases.join(",")).replace("PEERS", known.peers.join(","))
    .replace("MAIN", known.lastMain);
}

function refuse(text: string): Parsed {
  return { kind: "stop", text, code: 2 };
}

/** A flag given twice arrives as a list; the last one counts, as in most tools. */
function lastOf(value: unknown): string {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === "string" ? last : "";
}

function listOf(text: string, separator: string): string[] {
  return text.split(separator).map((word) => word.trim()).filter((word) => word !== "");
}

function numberOf(text: string, whenAbsent: number): number {
  if (text === "") return whenAbsent;
  return /^\d{1,4}$/.test(text) ? Number(text) : NaN;
}

function isWithin(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}
