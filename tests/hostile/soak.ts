/**
 * `deno task soak --minutes N`: hours of honest and hostile traffic against one server, while its files change, to see
 * that descriptors, memory and latency are at the end what they were at the start. Prints a summary, and writes the
 * samples as JSON and as a plot. Exit code 1: something is wrong with the server; 2: with the arguments.
 */

import { parseArgs } from "@std/cli/parse-args";
import { drawSoak } from "./soak/plot.ts";
import { RESETS, soak } from "./soak/run.ts";
import { KINDS } from "./soak/traffic.ts";
import { judgeSoak, renderVerdict, type Sample } from "./soak/verdict.ts";

const NAMES = [...KINDS.map(({ name }) => name), RESETS];

const HELP = `deno task soak --minutes N [--out FOLDER] [--without KIND,KIND]

Plays honest and hostile peers against a Vitrine of its own, while files change on the disk.

  --minutes N     how long, 0.1 to 1,440; below 2, memory still grows as V8 warms up
  --out FOLDER    gets soak.svg and soak.json; default: a new temporary folder
  --without A,B   kinds of peers that stay away: ${NAMES.join(", ")}
  --help          print this`;

/** Told this often, in s. */
const TELL_EVERY_S = 10;

interface SoakOptions {
  readonly minutes: number;
  /** Empty: a temporary folder. */
  readonly out: string;
  readonly without: ReadonlySet<string>;
}

/** Options, or what is wrong with the arguments; null: help is wanted. */
function readOptions(args: readonly string[]): SoakOptions | string | null {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    string: ["minutes", "out", "without"],
    boolean: ["help"],
    unknown: (arg: string) => void unknown.push(arg),
  });
  if (flags.help) return null;
  if (unknown.length > 0) return `Unknown argument "${unknown[0]}"`;
  const minutes = Number(flags.minutes || NaN);
  if (!(minutes >= 0.1 && minutes <= 1_440)) return "--minutes takes a number from 0.1 to 1,440";
  const without = String(flags.without ?? "").split(",").filter((name) => name !== "");
  const stranger = without.find((name) => !NAMES.includes(name));
  if (stranger !== undefined) return `--without does not know "${stranger}"`;
  if (Deno.build.os !== "linux") return "The soak needs Linux: it reads /proc";
  return { minutes, out: String(flags.out ?? ""), without: new Set(without) };
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
  const out = options.out || await Deno.makeTempDir({ prefix: "vitrine_soaked_" });
  await Deno.mkdir(out, { recursive: true });
  const record = await soak({
    seconds: Math.round(60 * options.minutes),
    without: options.without,
    onSample: tell,
  });
  const verdict = judgeSoak(record);
  const title = `Soak of ${options.minutes} minutes, Vitrine on Deno ${Deno.version.deno}`;
  await Deno.writeTextFile(`${out}/soak.svg`, drawSoak(record, title));
  await Deno.writeTextFile(`${out}/soak.json`, JSON.stringify({ verdict, ...record }, null, 1));
  console.log(
    `\n${renderVerdict(record, verdict)}\n\nPlot and samples: ${out}/soak.svg, soak.json`,
  );
  return verdict.reasons.length > 0 ? 1 : 0;
}

function tell(sample: Sample): void {
  const { seconds, descriptors, residentBytes, p50Ms, p99Ms, maxMs, failures } = sample;
  if (Math.round(seconds) % TELL_EVERY_S !== 0) return;
  const [p50, p99, max] = [p50Ms, p99Ms, maxMs].map((ms) => ms === null ? "none" : ms.toFixed(1));
  console.error(
    `${seconds.toFixed(0)} s: ${descriptors} descriptors, ${
      (residentBytes / 1e6).toFixed(0)
    } MB, ` +
      `p50 ${p50}, p99 ${p99}, max ${max} ms, ${failures} failed`,
  );
}

if (import.meta.main) Deno.exit(await main());
