/**
 * `deno task fuzz --minutes N [--seed S]`: the fuzzer for as long as one likes. Exit code 1: something is wrong with the
 * server; 2: with the arguments.
 */

import { parseArgs } from "@std/cli/parse-args";
import { fuzz, type FuzzResult, type Progress } from "./run.ts";

const HELP = `deno task fuzz --minutes N [--seed S] [--lanes N]

Sends made-up requests to a Vitrine of its own, and holds each answer against a model.

  --minutes N   how long, more than 0 and up to 1,440; parts of a minute are fine
  --seed S      whole number from 0 to 2,147,483,647; default: of the clock
  --lanes N     connections at once, 1 to 64 (default 24)
  --help        print this`;

/** Told this often, in s. */
const TELL_EVERY_S = 10;

interface FuzzOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly lanes: number;
}

/** Options, or what is wrong with the arguments; null: help is wanted. */
function readOptions(args: readonly string[]): FuzzOptions | string | null {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    string: ["minutes", "seed", "lanes"],
    boolean: ["help"],
    unknown: (arg: string) => void unknown.push(arg),
  });
  if (flags.help) return null;
  if (unknown.length > 0) return `Unknown argument "${unknown[0]}"`;
  const minutes = Number(flags.minutes || NaN);
  const seed = Number(flags.seed ?? Date.now() % 2 ** 31);
  const lanes = Number(flags.lanes ?? 24);
  if (!(minutes > 0 && minutes <= 1_440)) return "--minutes takes a number from above 0 to 1,440";
  if (!isWhole(seed, 0, 2 ** 31 - 1) || flags.seed === "") return "--seed takes 0 to 2,147,483,647";
  if (!isWhole(lanes, 1, 64)) return "--lanes takes a whole number from 1 to 64";
  return { minutes, seed, lanes };
}

function isWhole(number: number, least: number, most: number): boolean {
  return Number.isInteger(number) && number >= least && number <= most;
}

function tell({ answers, connections, elapsedMs }: Progress): string {
  const rate = Math.round(answers / (elapsedMs / 1000));
  return `${(elapsedMs / 1000).toFixed(0)} s: ${answers.toLocaleString("en")} requests on ` +
    `${connections.toLocaleString("en")} connections, ${rate.toLocaleString("en")}/s`;
}

async function main(): Promise<number> {
  const options = readOptions(Deno.args);
  if (options === null) {
    console.log(HELP);
    return 0;
  }
  if (typeof options === "string") {
    console.error(`${options}: try --help`);
    return 2;
  }
  const { minutes, seed, lanes } = options;
  console.log(`Seed ${seed}, ${minutes} minutes, ${lanes} connections at once`);
  const result = await fuzz({ seed, lanes, durationMs: minutes * 60_000, onProgress });
  console.log(tell(result));
  report(result);
  return result.failures.length > 0 ? 1 : 0;
}

function onProgress(progress: Progress): void {
  if (Math.round(progress.elapsedMs / 1000) % TELL_EVERY_S === 0) console.log(tell(progress));
}

function report({ failures, flaws }: FuzzResult): void {
  const counts = [...flaws.values()];
  console.log(
    `${counts.length} kinds of flaw, each met ${Math.min(...counts)} to ${
      Math.max(...counts)
    } times`,
  );
  console.log(`${failures.length} failures`);
  for (const failure of failures) console.log(`\n${failure}`);
}

if (import.meta.main) Deno.exit(await main());
