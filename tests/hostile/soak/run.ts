/** One soak from start to end: the server, everybody who talks to it, a sample each second, and then silence. */

import { fromFileUrl } from "@std/path";

import { findTool } from "../../tools.ts";
import { readCpuUse } from "../../bench/proc.ts";
import { Room } from "../fuzz/client.ts";
import { startVitrine, type Vitrine } from "../fuzz/process.ts";
import type { ProbeInit, ProbeReport } from "./probe.ts";
import { SoakSite, STEADY } from "./site.ts";
import { type Kind, KINDS, type Lane } from "./traffic.ts";
import { type KindCount, percentile, type Sample, type SoakRecord } from "./verdict.ts";

/** What a soak is told. */
export interface SoakInit {
  readonly seconds: number;
  /** Kinds that stay away, by name. */
  readonly without: ReadonlySet<string>;
  readonly onSample: (sample: Sample) => void;
}

/** The name of the peers that `resets.py` plays. */
export const RESETS = "resets";
/** At once, every two seconds. */
const RESETS_PER_BURST = 40;
/** At most so long, and at most a quarter of the soak: until V8 has grown to its size, and the cache is full. */
const MAX_WARM_UP_S = 60;
/** How long descriptors may take to close after all have left, in ms: longer than keep-alive and lingering. */
const SETTLE_MS = 15_000;
const MAX_WRONGS = 10;
/** Of how many seconds the p99 is. */
const P99_SECONDS = 10;

/** Runs a soak. */
export async function soak(init: SoakInit): Promise<SoakRecord> {
  const site = await SoakSite.open();
  try {
    await using server = await startVitrine(site.root, []);
    return await new Soak(init, site, server).run();
  } finally {
    await site.close();
  }
}

class Soak {
  readonly #init: SoakInit;
  readonly #site: SoakSite;
  readonly #server: Vitrine;
  readonly #done = new Map<string, number>();
  readonly #wrong = new Map<string, number>();
  readonly #wrongs: string[] = [];
  readonly #samples: Sample[] = [];
  readonly #end = Promise.withResolvers<void>();
  #isOver = false;

  constructor(init: SoakInit, site: SoakSite, server: Vitrine) {
    this.#init = init;
    this.#site = site;
    this.#server = server;
  }

  async run(): Promise<SoakRecord> {
    const { seconds, without } = this.#init;
    const response = await fetch(`http://127.0.0.1:${this.#server.port}/`);
    await response.body?.cancel();
    const descriptorsBefore = countDescriptors(this.#server.pid);
    const probe = this.#startProbe();
    await askProbe(probe); // It is loaded.
    const kinds = KINDS.filter(({ name }) => !without.has(name));
    const resets = without.has(RESETS) ? Promise.resolve() : this.#sendResets();
    const lanes = kinds.flatMap((kind) =>
      Array.from({ length: kind.lanes }, () => this.#lane(kind))
    );
    await this.#sampleEachSecond(probe);
    this.#isOver = true;
    this.#end.resolve();
    probe.terminate();
    await Promise.all([...lanes, resets]);
    const serverDied = !this.#server.isAlive();
    const settled = serverDied ? 0 : await this.#settle(descriptorsBefore);
    if (serverDied) this.#wrongs.unshift(`The server ended: ${this.#server.errors().slice(-500)}`);
    return {
      seconds,
      warmUpSeconds: Math.min(MAX_WARM_UP_S, Math.floor(seconds / 4)),
      samples: this.#samples,
      kinds: this.#counts(kinds),
      changes: this.#site.changes,
      descriptorsBefore,
      descriptorsAfter: settled,
      wrongs: this.#wrongs,
      serverDied,
    };
  }

  #counts(kinds: readonly Kind[]): KindCount[] {
    const all = this.#init.without.has(RESETS)
      ? kinds
      : [...kinds, { name: RESETS, isHostile: true }];
    return all.map(({ name, isHostile }) => ({
      name,
      isHostile,
      done: this.#done.get(name) ?? 0,
      wrong: this.#wrong.get(name) ?? 0,
    }));
  }

  #startProbe(): Worker {
    const probe = new Worker(import.meta.resolve("./probe.ts"), { type: "module" });
    const path = "small/0.txt";
    const content = STEADY.get(path)!;
    probe.postMessage({ port: this.#server.port, path, content } satisfies ProbeInit);
    return probe;
  }

  /** One of a kind of peers, round after round. */
  async #lane(kind: Kind): Promise<void> {
    const lane: Lane = {
      port: this.#server.port,
      site: this.#site,
      room: new Room(),
      pause: (ms) => this.#pause(ms),
    };
    while (!this.#isOver) {
      try {
        const done = await kind.round(lane);
        this.#done.set(kind.name, (this.#done.get(kind.name) ?? 0) + done);
      } catch (error) {
        this.#note(kind.name, error instanceof Error ? error.message : String(error));
      }
      await this.#pause(kind.restMs);
    }
  }

  #note(name: string, text: string): void {
    const count = (this.#wrong.get(name) ?? 0) + 1;
    this.#wrong.set(name, count);
    // One of each kind is more worth than ten of the first.
    if (count > 2 || this.#wrongs.length >= MAX_WRONGS) return;
    const at = this.#samples.at(-1)?.seconds ?? 0;
    this.#wrongs.push(`${at.toFixed(0)} s, ${name}: ${text.replaceAll(/\s+/g, " ").slice(0, 300)}`);
  }

  async #pause(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([
      new Promise((resolve) => timer = setTimeout(resolve, ms)),
      this.#end.promise,
    ]);
    clearTimeout(timer);
  }

  async #sendResets(): Promise<void> {
    const python = findTool("python3");
    if (python === null) return this.#note(RESETS, "no python3 in PATH");
    const child = new Deno.Command(python, {
      args: [
        fromFileUrl(
          new URL("resets.py", import.meta.url),
        ),
        `${this.#server.port}`,
        `${RESETS_PER_BURST}`,
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    await this.#end.promise;
    await child.stdin.close();
    const { stdout } = await child.output();
    this.#done.set(RESETS, Number(new TextDecoder().decode(stdout)));
  }

  async #sampleEachSecond(probe: Worker): Promise<void> {
    const startedMs = performance.now();
    const recent: (readonly number[])[] = [];
    let [beforeMs, before] = [startedMs, readCpuUse(this.#server.pid).others];
    for (let i = 1; i <= this.#init.seconds && this.#server.isAlive(); i++) {
      await this.#pause(Math.max(0, startedMs + 1_000 * i - performance.now()));
      const { latenciesMs, failures } = await askProbe(probe);
      recent.push(latenciesMs);
      if (recent.length > P99_SECONDS) recent.shift();
      for (const failure of failures) this.#note("well-behaved", failure);
      try {
        const [nowMs, { others }] = [performance.now(), readCpuUse(this.#server.pid)];
        const othersCores = Math.max(0, others - before) / ((nowMs - beforeMs) / 1_000);
        [beforeMs, before] = [nowMs, others];
        const sample: Sample = {
          seconds: (performance.now() - startedMs) / 1000,
          descriptors: countDescriptors(this.#server.pid),
          residentBytes: residentBytes(this.#server.pid),
          p50Ms: percentile(latenciesMs, 50),
          p99Ms: latenciesMs.length === 0 ? null : percentile(recent.flat(), 99),
          maxMs: percentile(latenciesMs, 100),
          othersCores,
          answers: latenciesMs.length,
          failures: failures.length,
        };
        this.#samples.push(sample);
        this.#init.onSample(sample);
      } catch (error) {
        if (this.#server.isAlive()) throw error;
      }
    }
  }

  /** Waits until the descriptors are as few as before; gives how many they are at the end. */
  async #settle(before: number): Promise<number> {
    const deadline = performance.now() + SETTLE_MS;
    let count = countDescriptors(this.#server.pid);
    while (count > before && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      count = countDescriptors(this.#server.pid);
    }
    return count;
  }
}

async function askProbe(probe: Worker): Promise<ProbeReport> {
  return await new Promise((resolve) => {
    probe.onmessage = ({ data }: MessageEvent<ProbeReport>) => resolve(data);
    probe.postMessage("report");
  });
}

function countDescriptors(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

function residentBytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
