/** Turns: each server under the same load, A B C A B C, one at a time while the others are idle. */

import { join } from "@std/path";
import type { Site } from "./cases.ts";
import { type LoadInit, type PreparedLoad, requestHead, runLoad } from "./load.ts";
import type { BenchOptions } from "./options.ts";
import { checkBytes } from "./probes.ts";
import { type CpuUse, readCpuUse } from "./proc.ts";
import { freePort, pause, type Pins, type Running, startServer } from "./process.ts";
import { type CaseResult, DISTURBED_CPU, type Sample } from "./report.ts";
import type { Server } from "./servers.ts";

/** What every step of a run needs. */
export interface Bench {
  readonly options: BenchOptions;
  readonly site: Site;
  readonly folder: string;
  readonly pins: Pins;
  readonly signal: AbortSignal;
}

/** A server under way, with its folder. */
export interface Entrant {
  readonly server: Server;
  readonly running: Running;
  readonly folder: string;
}

/** Starts a server in a folder of its own, on the server's core. */
export async function startEntrant(bench: Bench, server: Server): Promise<Entrant> {
  const folder = await Deno.makeTempDir({ dir: bench.folder, prefix: `${server.name}-` });
  await Deno.chmod(folder, 0o755);
  const port = freePort();
  const place = { root: bench.site.root, port, folder };
  const running = await startServer({
    command: [...bench.pins.server, ...await server.command(place)],
    outPath: join(folder, "out.txt"),
    errPath: join(folder, "err.txt"),
    env: server.env?.(place),
  }, { port, head: requestHead(bench.site.small.path, port, true), signal: bench.signal });
  return { server, running, folder };
}

/** A load that is not counted, in seconds: a just-in-time compiler takes two until its code is what it will be. */
const WARM_UP_SECONDS = 3;

/**
 * The same before each turn, in seconds: after 8 s of idleness, while others have their turn, V8 makes its heap small, and
 * needs a while to grow again. `static/guide/speed.html` says what that costs; the figures here are those of a server at work.
 */
const WAKE_SECONDS = 1;

/** One case: bytes checked and a warm-up for each server, uncounted, then rounds of A B C. */
export async function runCase(
  bench: Bench,
  load: PreparedLoad,
  entrants: readonly Entrant[],
): Promise<CaseResult> {
  const { id, title, unit, logging } = load.loadCase;
  const names = entrants.map(({ server }) => server.logOf);
  const taking = entrants.filter(({ server }) =>
    logging ? server.logOf !== "" || names.includes(server.name) : server.logOf === ""
  );
  const wrong = new Map<string, string>();
  for (const { server, running } of taking) {
    wrong.set(server.name, await checkBytes(running.port, load.files));
    await runLoad(load, { ...loadInit(bench, running), seconds: WARM_UP_SECONDS });
  }
  const samples: Sample[] = [];
  for (let round = 0; round < bench.options.rounds; round++) {
    for (const entrant of taking) {
      const sample = await takeQuietTurn(bench, load, entrant, round);
      samples.push({ ...sample, problem: wrong.get(sample.server) || sample.problem });
    }
  }
  return { id, title, unit, samples };
}

/**
 * A turn that other processes disturbed is taken again, up to three times, and the least disturbed counts: chosen
 * by what the others did, never by the figure.
 */
async function takeQuietTurn(
  bench: Bench,
  load: PreparedLoad,
  entrant: Entrant,
  round: number,
): Promise<Sample> {
  let best = await takeTurn(bench, load, entrant, round);
  for (let again = 0; again < 2 && best.othersCpu > DISTURBED_CPU; again++) {
    const next = await takeTurn(bench, load, entrant, round);
    if (next.othersCpu < best.othersCpu) best = next;
  }
  return best;
}

function loadInit(bench: Bench, running: Running): LoadInit {
  const { signal, pins, options } = bench;
  return { port: running.port, seconds: options.seconds, pin: pins.load, signal };
}

async function takeTurn(
  bench: Bench,
  load: PreparedLoad,
  { server, running, folder }: Entrant,
  round: number,
): Promise<Sample> {
  const logPath = server.logFile && join(folder, server.logFile);
  await runLoad(load, { ...loadInit(bench, running), seconds: WAKE_SECONDS });
  if (logPath) await Deno.truncate(logPath);
  const before = readCpuUse(running.pid);
  const measured = await runLoad(load, loadInit(bench, running));
  const after = readCpuUse(running.pid);
  const cores = (who: keyof CpuUse) => (after[who] - before[who]) / measured.seconds;
  const lines = logPath ? await countLines(logPath, bench.signal) : measured.requests;
  const amount = load.loadCase.unit === "GB/s" ? measured.bytes / 1e9 : measured.requests;
  return {
    server: server.name,
    round,
    rate: amount / measured.seconds,
    p50Ms: measured.p50Ms,
    p99Ms: measured.p99Ms,
    cpu: cores("server"),
    loadCpu: cores("ended"),
    othersCpu: Math.max(0, cores("others")),
    problem: measured.errors ||
      (lines < measured.requests ? `${lines} log lines for ${measured.requests} requests` : ""),
  };
}

/** Lines of a file; a log that lags behind gets a second to catch up. */
async function countLines(path: string, signal: AbortSignal): Promise<number> {
  await pause(1000, signal);
  let lines = 0;
  using file = await Deno.open(path);
  for await (const chunk of file.readable) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
  }
  return lines;
}
