/**
 * `deno task bench:peers`: Vitrine beside the static servers that are installed here, same folder, same load, in
 * turns. This file is the order of events; Markdown goes to stdout, what is going on to stderr.
 *
 * - `site.ts` the folder | `cases.ts` the loads, as data | `answers.ts` what makes an answer right
 * - `servers.ts`, `debian.ts`, `npm.ts` who takes part | `entrants.ts`, `process.ts` starting and ending
 * - `turns.ts` A B C A B C | `load.ts` wrk, ab and the quiet client | `probes.ts` what needs no load
 * - `report.ts` medians and tables | `bars.ts` verdicts | `picture.ts` the picture | `options.ts` the command line
 */

import { join } from "@std/path";
import { judge, renderBars } from "./bars.ts";
import { LOADS, PROBES } from "./cases.ts";
import { type Bench, Entrants, startEntrant, writePair } from "./entrants.ts";
import { type BenchOptions, parseOptions } from "./options.ts";
import { renderPicture } from "./picture.ts";
import { isFresh, measureIdle } from "./probes.ts";
import { choosePins, hasProgram, type Running } from "./process.ts";
import { renderResults } from "./report.ts";
import type {
  CaseResult,
  ColdStart,
  IdleMemory,
  Results,
  ServerFacts,
  WornMemory,
} from "./report.ts";
import { findServers, type Found, MAIN_PEERS, PEERS, type Server } from "./servers.ts";
import { makeSite } from "./site.ts";
import { runCase, variantsOf } from "./turns.ts";

const STARTS_PER_ROUND = 3;
const INSTALL = "apt-get install wrk apache2-utils openssl nginx lighttpd lighttpd-mod-openssl " +
  "lighttpd-mod-deflate caddy";

function say(text: string): void {
  console.error(text);
}

async function main(): Promise<number> {
  const cases = [...LOADS.map(({ id }) => id), ...PROBES];
  const known = { cases, peers: PEERS, lastMain: MAIN_PEERS[MAIN_PEERS.length - 1] };
  const parsed = parseOptions(Deno.args, known);
  if (parsed.kind === "stop") {
    (parsed.code === 0 ? console.log : console.error)(parsed.text);
    return parsed.code;
  }
  for (const program of ["wrk", "ab", "openssl"]) {
    if (Deno.build.os === "linux" && await hasProgram(program)) continue;
    say(`This benchmark needs Linux and ${program}: ${INSTALL}`);
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
    const { json, svg } = parsed.options;
    if (json) await Deno.writeTextFile(json, `${JSON.stringify(results, null, 1)}\n`);
    if (svg) await Deno.writeTextFile(svg, renderPicture(results));
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
  const pair = await writePair(folder);
  const bench = { options, site, folder, pins: await choosePins(), pair, signal };
  if (bench.pins.server.length === 0) say("One core or no taskset: nothing is pinned");

  const loaded = await measureLoads(bench, { servers, skipped });
  const plain = servers.filter((server) => loaded.servers.some(({ name }) => name === server.name));
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

/** Asks each server whether it is fresh, puts the loads on them, and asks for their memory. */
async function measureLoads(
  bench: Bench,
  found: Found,
): Promise<Pick<Results, "servers" | "skipped" | "cases" | "worn">> {
  const entrants = new Entrants(bench);
  try {
    const { servers, facts, skipped } = await startAll(bench, found, entrants);
    const wanted = LOADS.filter(({ id }) => isWanted(bench.options, id));
    const cases: CaseResult[] = [];
    const worn: WornMemory[] = [];
    for (const [i, loadCase] of wanted.entries()) {
      say(loadCase.title);
      const result = await runCase(bench, loadCase, { entrants, servers });
      for (const { server, reason } of result.leftOut) say(`Not measured: ${server} (${reason})`);
      cases.push(result);
      const needed = new Set(wanted.slice(i + 1).flatMap(variantsOf));
      worn.push(...await entrants.endAllBut(needed));
    }
    return { servers: facts, skipped: [...found.skipped, ...skipped], cases, worn };
  } finally {
    await entrants.endAllBut(new Set());
  }
}

/** Starts all plain servers, and leaves out those that do not start. */
async function startAll(bench: Bench, found: Found, entrants: Entrants) {
  const servers: Server[] = [];
  const facts: ServerFacts[] = [];
  const skipped: { name: string; reason: string }[] = [];
  for (const server of found.servers) {
    const { name, version, setup } = server;
    try {
      const entrant = await entrants.start(server, "plain");
      if (typeof entrant === "string") throw new Error(entrant);
      const fresh = await isFresh(entrant.running.target, bench.site, name);
      facts.push({ name, version, setup, fresh });
      servers.push(server);
    } catch (error) {
      bench.signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      if (name === "vitrine") throw new Error(`Vitrine did not start: ${reason}`);
      skipped.push({ name, reason });
      say(`Left out: ${name} (${reason})`);
    }
  }
  return { servers, facts, skipped };
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
