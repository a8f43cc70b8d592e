/** Turns: each server under the same load, A B C A B C, one at a time while the others are idle. */

import { join } from "@std/path";
import { verify } from "./answers.ts";
import { type LoadCase, LOADS, type Variant } from "./cases.ts";
import { type Bench, type Entrant, type Entrants, startEntrant } from "./entrants.ts";
import { type LoadInit, type PreparedLoad, prepareLoad, runBeside, warmUp } from "./load.ts";
import type { BenchOptions } from "./options.ts";
import { resumptionError } from "./probes.ts";
import { type CpuUse, readCpuUse } from "./proc.ts";
import { pause, type Running } from "./process.ts";
import { type CaseResult, DISTURBED_CPU, LOG_SUFFIX, type Sample } from "./report.ts";
import { MAIN_PEERS, type Server } from "./servers.ts";

/**
 * A load that is not counted, before a server's first turn of a case: a just-in-time compiler needs a while until its code is
 * what it will be. The first turn may still be the slowest of three, of which the median counts.
 */
const WARM_UP_MS = 1000;

/**
 * The same before each later turn: after seconds of idleness, while others have their turn, V8 makes its heap small, and
 * needs a while to grow again. `static/guide/speed.html` says what that costs; the figures here are those of a server at work.
 */
const WAKE_MS = 500;

/** A server as it takes part in one case. */
interface Runner {
  /** Its name in the report. */
  readonly label: string;
  readonly entrant: Entrant;
  readonly load: PreparedLoad;
}

/** The variants of the servers in a case: with a log, each beside itself without one. */
export function variantsOf({ variant }: LoadCase): readonly Variant[] {
  return variant === "log" ? ["plain", "log"] : [variant];
}

/** Whether a server takes part in a case. */
export function takesPart(server: Server, loadCase: LoadCase, { peers }: BenchOptions): boolean {
  const { name, variants } = server;
  const isMain = name === "vitrine" || name === "before" || peers.includes(name) ||
    (MAIN_PEERS as readonly string[]).includes(name);
  return variants.includes(loadCase.variant) && (isMain || loadCase.forAll);
}

/** One case: the answers of each server are checked, then rounds of A B C. */
export async function runCase(
  bench: Bench,
  loadCase: LoadCase,
  init: { readonly entrants: Entrants; readonly servers: readonly Server[] },
): Promise<CaseResult> {
  const runners: Runner[] = [];
  const leftOut: { server: string; reason: string }[] = [];
  for (const server of init.servers) {
    if (!takesPart(server, loadCase, bench.options)) continue;
    for (const variant of variantsOf(loadCase)) {
      const label = variant === "log" ? `${server.name}${LOG_SUFFIX}` : server.name;
      const entrant = await init.entrants.start(server, variant);
      const load = typeof entrant === "string"
        ? entrant
        : await makeReady(bench, loadCase, entrant);
      if (typeof entrant === "string" || typeof load === "string") {
        leftOut.push({ server: label, reason: String(load) });
        continue;
      }
      runners.push({ label, entrant, load });
    }
  }
  const samples: Sample[] = [];
  for (let round = 0; round < bench.options.rounds; round++) {
    for (const runner of runners) samples.push(await takeQuietTurn(bench, runner, round));
  }
  const { id, title, short, unit } = loadCase;
  return { id, title, short, unit, samples, leftOut };
}

/** Checks a server's answers, and makes the load of them; a string says what is wrong. */
async function makeReady(
  { site, signal }: Bench,
  loadCase: LoadCase,
  { running, folder }: Entrant,
): Promise<PreparedLoad | string> {
  const files = loadCase.files(site);
  const verified = await verify(running.target, files, loadCase.answer);
  if (typeof verified === "string") return verified;
  if (loadCase.id === "tls-again") {
    const error = await resumptionError(running.target, { path: site.small.path, folder, signal });
    if (error) return error;
  }
  return await prepareLoad(loadCase, { files, quiet: site.quiet, verified, folder });
}

/**
 * A turn that other processes disturbed is taken again, up to three times, and the least disturbed counts: chosen
 * by what the others did, never by the figure.
 */
async function takeQuietTurn(bench: Bench, runner: Runner, round: number): Promise<Sample> {
  let best = await takeTurn(bench, runner, round);
  for (let again = 0; again < 2 && best.othersCpu > DISTURBED_CPU; again++) {
    const next = await takeTurn(bench, runner, round);
    if (next.othersCpu < best.othersCpu) best = next;
  }
  return best;
}

function loadInit({ signal, pins, options }: Bench, { target }: Running): LoadInit {
  return { target, seconds: options.seconds, pin: pins.load, signal };
}

async function takeTurn(bench: Bench, runner: Runner, round: number): Promise<Sample> {
  const { entrant, load } = runner;
  if (load.loadCase.tool === "wrk-once") {
    try {
      return await takeColdTurn(bench, runner, round);
    } catch (error) {
      bench.signal.throwIfAborted();
      return failedTurn(runner, round, error instanceof Error ? error.message : String(error));
    }
  }
  await warmUp(load, loadInit(bench, entrant.running), round === 0 ? WARM_UP_MS : WAKE_MS);
  return await measureTurn(bench, runner, round);
}

/** A server that starts anew, and is at work with one other file: what is cold is its cache, and not its code. */
async function takeColdTurn(bench: Bench, runner: Runner, round: number): Promise<Sample> {
  const { server, variant } = runner.entrant;
  const entrant = await startEntrant(bench, server, variant);
  try {
    const hot = await makeReady(bench, LOADS[0], entrant);
    if (typeof hot === "string") throw new Error(`${server.name}: ${hot}`);
    await warmUp(hot, loadInit(bench, entrant.running), WARM_UP_MS);
    return await measureTurn(bench, { ...runner, entrant }, round);
  } finally {
    await entrant.running.stop();
  }
}

/** A server that did not start again is a result, too, so that the run of the others goes on. */
function failedTurn({ label }: Runner, round: number, problem: string): Sample {
  const waits = { p50Ms: NaN, p99Ms: NaN, quietP99Ms: NaN, quietMaxMs: NaN };
  return {
    server: label,
    round,
    rate: NaN,
    ...waits,
    cpu: NaN,
    loadCpu: NaN,
    othersCpu: 0,
    problem,
  };
}

async function measureTurn(bench: Bench, runner: Runner, round: number): Promise<Sample> {
  const { label, load, entrant: { server, variant, running, folder } } = runner;
  const logPath = variant === "log" && server.logFile ? join(folder, server.logFile) : "";
  if (logPath) await Deno.truncate(logPath);
  const before = readCpuUse(running.pid);
  const { load: measured, quiet } = await runBeside(load, loadInit(bench, running));
  const after = readCpuUse(running.pid);
  const cores = (who: keyof CpuUse) => (after[who] - before[who]) / measured.seconds;
  const lines = logPath
    ? await countLines(logPath, measured.requests, bench.signal)
    : measured.requests;
  // Without a single answer it waited for all of the turn.
  const waitMs = quiet.requests === 0 ? measured.seconds * 1000 : NaN;
  const amount = load.loadCase.unit === "GB/s" ? measured.bytes / 1e9 : measured.requests;
  const problems = [
    measured.errors,
    quiet.errors || quiet.refused > 0 ? `quiet client: ${quiet.errors || "wrong status"}` : "",
    lines < measured.requests ? `${lines} log lines for ${measured.requests} requests` : "",
  ];
  return {
    server: label,
    round,
    rate: amount / measured.seconds,
    p50Ms: measured.p50Ms,
    p99Ms: measured.p99Ms,
    quietP99Ms: waitMs || quiet.p99Ms,
    quietMaxMs: waitMs || quiet.maxMs,
    cpu: cores("server"),
    loadCpu: cores("ended"),
    othersCpu: Math.max(0, cores("others")),
    problem: problems.filter((problem) => problem !== "").join("; "),
  };
}

/** Lines of a file; a log that lags behind gets a second to catch up. */
async function countLines(path: string, expected: number, signal: AbortSignal): Promise<number> {
  for (let isLast = false;; isLast = true) {
    let lines = 0;
    using file = await Deno.open(path);
    for await (const chunk of file.readable) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
    }
    if (isLast || lines >= expected) return lines;
    await pause(1000, signal);
  }
}
