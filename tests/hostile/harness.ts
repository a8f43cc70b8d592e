/**
 * One attack on one server, and what the well-behaved client beside it waits: first it asks alone for a moment, then
 * during the attack, then until the server is well again. Memory and descriptors are looked at all the time.
 */

import type { Attack, Figures } from "./attack.ts";
import { startAttack } from "./attacker.ts";
import { type Honest, type Sample, startHonest } from "./honest.ts";
import { pause } from "./peer.ts";
import { type Ending, makePair, type RunningServer, type Start, type Usage } from "./servers.ts";

/** What the well-behaved client waited, in ms. */
export interface Waits {
  readonly asked: number;
  /** Requests without an answer, or with one that is none. */
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** How often each status came; 0 is no answer. */
  readonly statusCodes: Figures;
}

/** All that is known after an attack. */
export interface Outcome {
  /** Null if nobody asked. */
  readonly during: Waits | null;
  /** The same when the time to recover was over. */
  readonly afterwards: Waits | null;
  readonly before: Usage;
  /** The most that was seen during the attack. */
  readonly peak: Usage;
  readonly after: Usage;
  /** What the attack counted. */
  readonly figures: Figures;
  readonly errorLines: readonly string[];
  /** Lines of the well-behaved client in the access log, if that was read. */
  readonly honestLines: number;
  readonly ending: Ending;
}

/** The first requests of any server are slow: code is compiled, memory fetched. They are nobody's attack. */
const WARM_UP_MS = 300;
const RECOVERY_MS = 300;
/** How long the well-behaved client asks when all should be well again. */
const AFTERWARDS_MS = 200;
const SAMPLE_MS = 50;

const pair = makePair();

/** Runs one attack on one server that is started for it, and ended whatever happens. */
export async function attackServer(
  attack: Attack,
  start: Start,
  seconds: number,
): Promise<Outcome> {
  const { setup = {} } = attack;
  const base = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_hostile_" }));
  const place = { root: `${base}/root`, folder: `${base}/settings`, pair: await pair };
  try {
    await Deno.mkdir(place.root);
    await Deno.mkdir(place.folder);
    await Deno.writeTextFile(`${place.folder}/cert.pem`, place.pair.cert);
    await Deno.writeTextFile(`${place.folder}/key.pem`, place.pair.key);
    await Deno.writeTextFile(`${place.root}/a.txt`, "Hello.\n");
    await attack.prepare?.(place.root);
    const server = await start(place, setup);
    const cert = setup.tls ? place.pair.cert : null;
    return await observe(attack, { server, cert, root: place.root, seconds });
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

interface Scene {
  readonly server: RunningServer;
  readonly cert: string | null;
  readonly root: string;
  readonly seconds: number;
}

async function observe(attack: Attack, scene: Scene): Promise<Outcome> {
  const { server, cert } = scene;
  const way = { port: server.port, cert };
  let honest: Honest | null = null;
  let ending: Ending | null = null;
  try {
    if (attack.honest !== null) honest = await startHonest(way, attack.honest ?? {});
    await pause(WARM_UP_MS);
    const before = server.usage();
    const { begin, figures, peak } = await watchAttack(attack, scene);
    const end = Date.now();
    await recover(server, attack.recoveryMs ?? RECOVERY_MS);
    const well = Date.now();
    const after = server.usage();
    if (honest) await pause(AFTERWARDS_MS);
    const samples = await honest?.stop();
    honest = null;
    ending = await server.stop();
    const good = attack.honest?.good ?? [200];
    const between = (from: number, to: number) =>
      samples ? summarize(samples.filter(({ at }) => at >= from && at < to), good) : null;
    return {
      during: between(begin, end),
      afterwards: between(well, Infinity),
      ...{ before, peak, after, figures, ending },
      errorLines: server.errorLines,
      honestLines: server.honestLines(),
    };
  } finally {
    await honest?.stop();
    if (ending === null) await server.stop();
  }
}

/** Lets the attack run, and looks at the server meanwhile. */
async function watchAttack(
  attack: Attack,
  { server, cert, root, seconds }: Scene,
): Promise<{ begin: number; figures: Figures; peak: Usage }> {
  let peak = server.usage();
  const timer = setInterval(() => {
    const { memory, descriptors } = server.usage();
    peak = {
      memory: Math.max(peak.memory, memory),
      descriptors: Math.max(peak.descriptors, descriptors),
    };
  }, SAMPLE_MS);
  try {
    const { port, pid, mainPid, gentleSignal } = server;
    const target = { port, cert, pid, mainPid, gentleSignal, root };
    const running = await startAttack(attack, target, seconds);
    const begin = Date.now();
    const figures = await running.figures;
    return { begin, figures, peak };
  } finally {
    clearInterval(timer);
  }
}

/** Waits until the server may be well again, or has ended. */
async function recover(server: RunningServer, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (performance.now() < until && !server.hasEnded()) await pause(10);
}

/** Failures wait as well: whoever gets nothing has waited until that was clear. */
function summarize(samples: readonly Sample[], good: readonly number[]): Waits {
  const waits = samples.map(({ waitMs }) => waitMs).sort((a, b) => a - b);
  const statusCodes: Record<string, number> = {};
  for (const { statusCode } of samples) {
    statusCodes[statusCode] = (statusCodes[statusCode] ?? 0) + 1;
  }
  return {
    asked: samples.length,
    failed: samples.filter(({ statusCode }) => !good.includes(statusCode)).length,
    p50: percentile(waits, 0.5),
    p99: percentile(waits, 0.99),
    max: waits.at(-1) ?? 0,
    statusCodes,
  };
}

/** Of numbers in order; 0 if there are none. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
