/**
 * `deno task bench:peers`: Vitrine beside the static servers that are installed here, same folder, same load, in
 * turns. This file is the order of events; Markdown goes to stdout, what is going on to stderr.
 *
 * - `cases.ts` the folder and the loads | `servers.ts`, `npm.ts` who takes part | `process.ts` starting and ending
 * - `turns.ts` A B C A B C | `load.ts` wrk | `probes.ts` what needs no wrk
 * - `report.ts` medians and tables | `bars.ts` verdicts | `options.ts` the command line
 */

import { join } from "@std/path";
import { judge, renderBars } from "./bars.ts";
import { LOADS, makeSite, PROBES, type Site } from "./cases.ts";
import { prepareLoad } from "./load.ts";
import { type BenchOptions, parseOptions } from "./options.ts";
import { isFresh, measureIdle } from "./probes.ts";
import { memoryOf } from "./proc.ts";
import { choosePins, hasProgram, type Running } from "./process.ts";
import { renderResults } from "./report.ts";
import type { CaseResult, ColdStart, IdleMemory, Results, ServerFacts } from "./report.ts";
import { findServers, type Found, PEERS, type Server } from "./servers.ts";
import { type Bench, type Entrant, runCase, startEntrant } from "./turns.ts";

const STARTS_PER_ROUND = 3;

function say(text: string): void {
  console.error(text);
}

async function main(): Promise<number> {
  const known = { cases: [...LOADS.map(({ id }) => id), ...PROBES], peers: PEERS };
  const parsed = parseOptions(Deno.args, known);
  if (parsed.kind === "stop") {
    (parsed.code === 0 ? console.log : console.error)(parsed.text);
    return parsed.code;
  }
  if (Deno.build.os !== "linux" || !(await hasProgram("wrk"))) {
    say("This benchmark needs Linux and wrk: apt-get install wrk nginx lighttpd");
    return 2;
  }

  const stopper = new AbortController();
  const interrupt = () => stopper.abort(new Error("Interrupted"));
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine-bench-" }));
  try {
    const results = await runBench(parsed.options, folder, stopper.signal);
    console.log(`${renderResults(results)}\n\n${renderBars(judge(results))}`);
    if (parsed.options.json) {
      await Deno.writeTextFile(parsed.options.json, `${JSON.stringify(results, null, 1)}\n`);
    }
    return 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return stopper.signal.aborted ? 130 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
    Deno.removeSignalListener("SIGINT", interrupt);
    Deno.removeSignalListener("SIGTERM", interrupt);
  }
}

async function runBench(
  options: BenchOptions,
  folder: string,
  signal: AbortSignal,
): Promise<Results> {
  await Deno.chmod(folder, 0o755); // nginx's worker runs as another user.
  say("Looking for servers");
  const { servers, skipped } = await findServers(options, { folder, signal });
  for (const { name, reason } of skipped) say(`Left out: ${name} (${reason})`);
  say(`Writing the folder that ${servers.map(({ name }) => name).join(", ")} will serve`);
  const root = join(folder, "site");
  await Deno.mkdir(root);
  const site = await makeSite(root, servers.map(({ name }) => name));
  const bench = { options, site, folder, pins: await choosePins(), signal };
  if (bench.pins.server.length === 0) say("One core or no taskset: nothing is pinned");

  const loaded = await measureLoads(bench, { servers, skipped });
  const plain = servers.filter((server) =>
    server.logOf === "" && loaded.servers.some(({ name }) => name === server.name)
  );
  const starts = isWanted(options, "start") ? await measureStarts(bench, plain) : [];
  const idle = isWanted(options, "memory") ? await measureMemory(bench, plain) : [];
  return {
    machine: machineName(),
    rounds: options.rounds,
    seconds: options.seconds,
    ...loaded,
    starts,
    idle,
  };
}

function isWanted({ cases }: BenchOptions, id: string): boolean {
  return cases.length === 0 || cases.includes(id);
}

/** Starts all servers, asks each whether it is fresh, puts the loads on them, and asks for their memory. */
async function measureLoads(
  bench: Bench,
  found: Found,
): Promise<Pick<Results, "servers" | "skipped" | "cases" | "worn">> {
  const entrants: Entrant[] = [];
  const facts: ServerFacts[] = [];
  const skipped = [...found.skipped];
  try {
    for (const server of found.servers) {
      try {
        const entrant = await startEntrant(bench, server);
        entrants.push(entrant);
        facts.push(await factsOf(entrant, bench.site));
      } catch (error) {
        bench.signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        if (server.name === "vitrine") throw new Error(`Vitrine did not start: ${reason}`);
        skipped.push({ name: server.name, reason });
        say(`Left out: ${server.name} (${reason})`);
      }
    }
    const sound = entrants.filter(({ server }) => facts.some(({ name }) => name === server.name));
    const cases: CaseResult[] = [];
    for (const loadCase of LOADS.filter(({ id }) => isWanted(bench.options, id))) {
      say(loadCase.title);
      const load = await prepareLoad(loadCase, loadCase.files(bench.site), bench.folder);
      cases.push(await runCase(bench, load, sound));
    }
    const worn = sound.map(({ server, running }) => ({
      server: server.name,
      ...memoryOf(running.pid),
    }));
    return { servers: facts, skipped, cases, worn: cases.length > 0 ? worn : [] };
  } finally {
    await Promise.all(entrants.map(({ running }) => running.stop()));
  }
}

async function factsOf({ server, running }: Entrant, site: Site): Promise<ServerFacts> {
  const { name, version, setup, logOf } = server;
  return { name, version, setup, logOf, fresh: await isFresh(running.port, site, name) };
}

/** Starts each server several times, in turns, after one start that fills caches of code. */
async function measureStarts(bench: Bench, servers: readonly Server[]): Promise<ColdStart[]> {
  say("Start to first byte");
  const times = new Map<string, number[]>();
  for (let turn = 0; turn <= bench.options.rounds * STARTS_PER_ROUND; turn++) {
    for (const server of servers) {
      const firstByteMs = await withServer(bench, server, ({ firstByteMs }) => firstByteMs);
      if (turn === 0 || firstByteMs === null) continue;
      times.set(server.name, [...times.get(server.name) ?? [], firstByteMs]);
    }
  }
  return [...times].map(([server, firstByteMs]) => ({ server, firstByteMs }));
}

async function measureMemory(bench: Bench, servers: readonly Server[]): Promise<IdleMemory[]> {
  say("Memory at rest and per idle connection");
  const idle: IdleMemory[] = [];
  for (const server of servers) {
    const memory = await withServer(
      bench,
      server,
      (running) => measureIdle(running, bench.site, bench.signal),
    );
    if (memory) idle.push({ server: server.name, ...memory });
  }
  return idle;
}

/** Measures a server that runs for this alone; null, with a word on stderr, if it fails. */
async function withServer<T>(
  bench: Bench,
  server: Server,
  measure: (running: Running) => T | Promise<T>,
): Promise<T | null> {
  let running: Running | null = null;
  try {
    ({ running } = await startEntrant(bench, server));
    return await measure(running);
  } catch (error) {
    bench.signal.throwIfAborted();
    say(`${server.name}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  } finally {
    await running?.stop();
  }
}

function machineName(): string {
  const model = /^model name\s*: (.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1];
  const cores = navigator.hardwareConcurrency;
  return `${model ?? "an unnamed processor"}, ${cores} cores, Linux ${Deno.osRelease()}`;
}

if (import.meta.main) Deno.exit(await main());
