/**
 * Strictly fresh: every response is one whole version of its file, and none is older than the last version whose
 * write had returned when the request was sent. With the cache, without it, and with one that is always full.
 *
 * Writers and readers run at once, on sockets that are kept; nothing waits but for what it reads.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { watchCaches } from "../wire/caches.ts";
import { type RawClient, type RawResponse, type Running, withServer } from "../wire/harness.ts";
import { VersionedFile, versionOf, type Way, WAYS } from "./versioned_files.ts";

/** Files that are rewritten only after a rest, so that they get into the cache; and some that never rest. */
const RESTING_FILES = 90;
const RESTLESS_FILES = 4;
/** After this the times of a file are settled, in ms: the second of its change is over. */
const REST_MS = 1_050;
const RUN_MS = 2_800;
/** Fewer in that time, and it is taken again, so often. */
const LEAST_WRITES = 60;
const MOST_TRIES = 5;
const CONNECTIONS = 6;

/** A request as it was sent, and what its response must be. */
interface Asked {
  readonly file: VersionedFile;
  readonly method: "GET" | "HEAD";
  /** The version that its If-None-Match names; 0 for no condition. */
  readonly known: number;
  /** The last version whose write had returned when it was sent. */
  readonly floor: number;
}

/** One turn of a reader: what it asks for in one segment. `pick` chooses among files, 0 the last one written. */
type Turn = readonly { pick: number; method: "GET" | "HEAD"; conditional: boolean }[];

interface Write {
  readonly restless: boolean;
  readonly way: Way;
  readonly tokens: number;
}

const turn: fc.Arbitrary<Turn> = fc.array(
  fc.record({
    pick: fc.oneof(fc.constant(0), fc.nat({ max: 999 })),
    method: fc.constantFrom("GET", "GET", "GET", "HEAD"),
    conditional: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

const write: fc.Arbitrary<Write> = fc.record({
  restless: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
  way: fc.constantFrom(...WAYS),
  tokens: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 500 })),
});

/** What a reader did, counted, so that a test says nothing by having asked nothing. */
class Counts {
  writes = 0;
  readonly statuses = new Map<string, number>();

  add(key: string): void {
    this.statuses.set(key, (this.statuses.get(key) ?? 0) + 1);
  }

  of(key: string): number {
    return this.statuses.get(key) ?? 0;
  }
}

/** The files of one server and the writers and readers on them. */
class Scene {
  readonly counts = new Counts();
  readonly #resting: VersionedFile[];
  readonly #restless: VersionedFile[];
  #last: VersionedFile;

  constructor(running: Running) {
    const make = (count: number, kind: string) =>
      Array.from({ length: count }, (_, i) => new VersionedFile(running, `${kind}-${i}.txt`));
    this.#resting = make(RESTING_FILES, "resting");
    this.#restless = make(RESTLESS_FILES, "restless");
    this.#last = this.#restless[0];
  }

  async create(): Promise<void> {
    for (const file of [...this.#resting, ...this.#restless]) await file.create(40);
  }

  /** Rewrites files, one after the other: mostly the one that has rested longest, if it has rested. */
  async write(writes: readonly Write[]): Promise<void> {
    for (const { restless, way, tokens } of writes) {
      const oldest = this.#resting[0];
      const hasRested = Date.now() - oldest.writtenMs > REST_MS;
      const file = restless || !hasRested ? this.#restless[tokens % RESTLESS_FILES] : oldest;
      if (file === oldest) this.#resting.push(...this.#resting.splice(0, 1));
      await file.rewrite(way, tokens);
      this.#last = file;
      this.counts.writes++;
    }
  }

  /** Asks in turns, each turn in one segment, and checks every response. */
  async read(client: RawClient, turns: readonly Turn[]): Promise<void> {
    for (const asks of turns) {
      let segment = "";
      const asked = asks.map(({ pick, method, conditional }): Asked => {
        const file = this.#fileOf(pick);
        const known = conditional ? Math.max(0, ...file.entityTags.keys()) : 0;
        const condition = known === 0 ? "" : `If-None-Match: ${file.entityTags.get(known)}\r\n`;
        segment += `${method} ${file.target} HTTP/1.1\r\nHost: a\r\n${condition}\r\n`;
        return { file, method, known, floor: file.written };
      });
      await client.send(segment);
      for (const ask of asked) this.#check(ask, await client.readResponse(ask.method));
    }
  }

  #fileOf(pick: number): VersionedFile {
    if (pick === 0) return this.#last;
    // Few of the resting ones often, so that they are asked for while they are in the cache.
    const all = pick % 10 === 0 ? this.#restless : this.#resting;
    return all[pick % all.length];
  }

  #check(ask: Asked, response: RawResponse): void {
    const { file, method, known, floor } = ask;
    const { statusCode, fields, content } = response;
    const entityTag = fields.get("etag") ?? "";
    const what = `${method} ${file.target}, version ${floor} written before, ${file.started} begun`;
    this.counts.add(`${method} ${statusCode}`);
    if (statusCode === 304) {
      assert(known >= floor, `${what}: 304 for version ${known}`);
      assertEquals(entityTag, file.entityTags.get(known), what);
      return;
    }
    assertEquals(statusCode, 200, `${what}: ${response.head}`);
    const length = Number(fields.get("content-length"));
    if (method === "HEAD") {
      const versions = Array.from({ length: file.started - floor + 1 }, (_, i) => floor + i);
      const isCurrent = versions.some((version) => file.hadLength(version, length));
      assert(isCurrent, `${what}: HEAD with Content-Length ${length}`);
      return;
    }
    const version = versionOf(content);
    assert(version !== -1, `${what}: a mix, ${[...new Set(content.match(/\d+/g))]}`);
    assert(version >= floor, `${what}: version ${version}`);
    assert(version <= file.started && file.hadLength(version, length), `${what}: ${version}`);
    // A tag is of one version; a version that was cut on its way out has more than one.
    for (const [other, otherTag] of file.entityTags) {
      assert(other === version || otherTag !== entityTag, `${what}: tag of version ${other}`);
    }
    file.entityTags.set(version, entityTag);
  }
}

/** A first run that took all of the time has no error: on a busy machine that is no failure. */
function report<Turns>({ failed, seed, errorInstance }: fc.RunDetails<Turns>): Promise<void> {
  return failed && errorInstance !== null
    ? Promise.reject(new Error(`Seed ${seed}`, { cause: errorInstance }))
    : Promise.resolve();
}

const CONFIGURATIONS = [
  // cache in MiB, least answers from memory, why
  [64, 200, "on: all files fit"],
  [0, 0, "off"],
  [0.07, 100, "tiny: only the smaller half of the files, and not all of those"],
] as const;

for (const [cacheSizeMiB, leastHits, why] of CONFIGURATIONS) {
  const name = `responses neither mix nor predate, cache ${why}`;
  // Under Wine not one run ends in its time; `tests/windows/freshness_test.ts` is for that.
  Deno.test({ name, ignore: Deno.build.os === "windows" }, async () => {
    using watch = watchCaches();
    await withServer({ "links/readme": "" }, async (running) => {
      const scene = new Scene(running);
      await scene.create();
      const clients: RawClient[] = [];
      while (clients.length < CONNECTIONS) clients.push(await running.connect());
      const turns = fc.array(turn, { minLength: 20, maxLength: 40 });
      const asks = fc.array(turns, { minLength: CONNECTIONS, maxLength: CONNECTIONS });
      const writes = fc.array(write, { minLength: 30, maxLength: 60 });
      let lastRun: Promise<unknown> = Promise.resolve();
      const property = fc.asyncProperty(writes, asks, async (changes, asked) => {
        const readers = clients.map((client, i) => scene.read(client, asked[i]));
        const run = [scene.write(changes), ...readers];
        lastRun = Promise.allSettled(run);
        await Promise.all(run);
      });
      for (let i = 0; i < MOST_TRIES && scene.counts.writes <= LEAST_WRITES; i++) {
        try {
          await fc.assert(property, {
            numRuns: 10_000,
            interruptAfterTimeLimit: RUN_MS,
            endOnFailure: true, // A race is not run again in the same way, so a failure is not made smaller,
            asyncReporter: report, // nor its hundred requests shown.
          });
        } finally {
          await lastRun; // The time limit, or a reader's failure, leaves the others of that run under way.
        }
      }
      const [{ hits, misses, usedBytes }] = [...watch.caches];
      const { counts } = scene;
      assert(counts.writes > LEAST_WRITES, `${counts.writes} writes`);
      for (const key of ["GET 200", "GET 304", "HEAD 200", "HEAD 304"]) {
        assert(counts.of(key) > 20, `${counts.of(key)} of ${key}`);
      }
      assert(hits >= leastHits, `${hits} hits, ${misses} misses`);
      assert(usedBytes <= cacheSizeMiB * 1024 * 1024, `${usedBytes} bytes`);
    }, { keepAliveMax: 0, cacheSizeMiB, faultsOnly: true });
  });
}
