/**
 * Runs the fuzzer for a while: a server with its cache and one without, several connections to them at once, cases made
 * and shrunk by fast-check. Everything of a run follows from its seed.
 */

import fc from "fast-check";
import { Room } from "./client.ts";
import { FLAWS } from "./flaws.ts";
import { anyCase, type Case } from "./grammar.ts";
import { KEEP_ALIVE_MAX } from "./model.ts";
import { describe, play, type Target } from "./play.ts";
import { startVitrine } from "./process.ts";
import { ADDRESSES, type Resource, writeSite } from "./site.ts";

/** What a run is told. */
export interface FuzzInit {
  readonly seed: number;
  readonly durationMs: number;
  /** Connections at once. */
  readonly lanes: number;
  /** Called about once a second. */
  readonly onProgress?: (progress: Progress) => void;
}

/** What was done so far. */
export interface Progress {
  readonly answers: number;
  readonly connections: number;
  readonly elapsedMs: number;
}

/** What a run came to. */
export interface FuzzResult extends Progress {
  /** How many connections had each flaw, by its name. */
  readonly flaws: ReadonlyMap<string, number>;
  /** In words, with seed and bytes; empty if all was well. */
  readonly failures: readonly string[];
}

/** Cases of one call of fast-check: its seed is one more than that of the call before. */
const CASES_PER_SEED = 100;
/** How long shrinking may take, in ms. */
const SHRINK_MS = 30_000;
/** Of so many seeds, the cases of one are for the server that has no cache. */
const UNCACHED_EVERY = 8;
/** Until the times of files just written are taken for settled, in ms; see `contain.ts`. */
const SETTLE_MS = 1_200;

/** Fuzzes until time is up or a lane found a failure; that one is shrunk. */
export async function fuzz(init: FuzzInit): Promise<FuzzResult> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_fuzz_" }));
  try {
    await writeSite(root);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const flags = ["--no-compression", "--keep-alive-max", String(KEEP_ALIVE_MAX)];
    await using cached = await startVitrine(root, flags);
    await using uncached = await startVitrine(root, [...flags, "--cache-size", "0"]);
    const targets: Target[] = [];
    for (const { port } of [cached, uncached]) {
      targets.push({ port, tags: await learnTags(port), pages: new Map() });
    }
    const result = await new Run(init, targets).toEnd();
    const gone = [cached, uncached].filter((server) => !server.isAlive());
    const said = gone.map((server) => `The server ended: ${server.errors()}`);
    return { ...result, failures: [...result.failures, ...said] };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Asks once for each file's entity tag. */
async function learnTags(port: number): Promise<Map<Resource, string>> {
  const tags = new Map<Resource, string>();
  for (const { names, slash, outcome } of ADDRESSES) {
    if (outcome.kind !== "file") continue;
    const path = "/" + names.map(encodeURIComponent).join("/") + (slash && names.length ? "/" : "");
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    await response.body?.cancel();
    tags.set(outcome.resource, response.headers.get("etag") ?? "");
  }
  return tags;
}

class Run {
  readonly #init: FuzzInit;
  readonly #targets: readonly Target[];
  readonly #startedMs = performance.now();
  readonly #flaws = new Map<string, number>(FLAWS.map(({ name }) => [name, 0]));
  readonly #failures: string[] = [];
  #answers = 0;
  #connections = 0;
  #nextSeed: number;

  constructor(init: FuzzInit, targets: readonly Target[]) {
    this.#init = init;
    this.#targets = targets;
    this.#nextSeed = init.seed;
  }

  async toEnd(): Promise<FuzzResult> {
    const { lanes, onProgress } = this.#init;
    const timer = setInterval(() => onProgress?.(this.#progress()), 1_000);
    try {
      await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
    } finally {
      clearInterval(timer);
    }
    return { ...this.#progress(), flaws: this.#flaws, failures: this.#failures };
  }

  #progress(): Progress {
    return {
      answers: this.#answers,
      connections: this.#connections,
      elapsedMs: performance.now() - this.#startedMs,
    };
  }

  #isOver(): boolean {
    return this.#failures.length > 0 || this.#progress().elapsedMs > this.#init.durationMs;
  }

  async #lane(): Promise<void> {
    const room = new Room();
    while (!this.#isOver()) {
      const seed = this.#nextSeed++;
      const isUncached = seed % UNCACHED_EVERY === UNCACHED_EVERY - 1;
      await this.#batch(seed, this.#targets[isUncached ? 1 : 0], room);
    }
  }

  /** Plays the cases of one seed. */
  async #batch(seed: number, target: Target, room: Room): Promise<void> {
    let hasFailed = false;
    const property = fc.asyncProperty(anyCase, async (a) => {
      if (!hasFailed && this.#isOver()) return; // Time is up: the rest of the batch is nothing.
      try {
        const answers = await play(a, target, room);
        this.#answers += answers; // Other lanes count meanwhile.
      } catch (error) {
        hasFailed = true;
        throw error;
      }
      this.#count(a);
    });
    const details = await fc.check(property, {
      seed,
      numRuns: CASES_PER_SEED,
      interruptAfterTimeLimit: this.#init.durationMs + SHRINK_MS,
    });
    if (details.failed) this.#failures.push(tell(details, target));
  }

  #count({ flaw }: Case): void {
    this.#connections++;
    if (flaw === null) return;
    const { name } = FLAWS[flaw.index];
    this.#flaws.set(name, (this.#flaws.get(name) ?? 0) + 1);
  }
}

/** A failure in words: how to see it again, what was wrong, and the bytes. */
function tell(details: fc.RunDetails<[Case]>, target: Target): string {
  const { seed, counterexample, counterexamplePath, errorInstance, numShrinks } = details;
  const error = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  const a = counterexample?.[0];
  return [
    `Seed ${seed} (deno task fuzz --minutes 1 --seed ${seed}), path ${counterexamplePath}, ` +
    `shrunk ${numShrinks} times`,
    error,
    a === undefined ? "no counterexample" : describe(a, target.tags),
  ].join("\n");
}
