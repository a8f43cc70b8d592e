/**
 * The well-behaved client: every 10 ms it asks for something small, whatever became of what it asked before. It has a
 * process of its own, so that neither the attacker nor the tests stand in its way, and measures from its own clock.
 *
 * Started with its settings in JSON it prints a line when it has begun, and all that it saw when its standard input
 * ends.
 */

import { LineReader } from "../tools.ts";
import type { HonestInit } from "./attack.ts";
import { connect, pause, Peer, requestOf, type Way } from "./peer.ts";
import { HONEST } from "./servers.ts";

/** One request of the well-behaved client. */
export interface Sample {
  /** When it asked, as `Date.now()` tells it: processes share that clock. */
  readonly at: number;
  /** From asking, connecting included, to the last byte of the answer, or until it gave up; in ms. */
  readonly waitMs: number;
  /** Of the answer; 0 if there was none. */
  readonly statusCode: number;
}

/** A well-behaved client that asks on and on. */
export interface Honest {
  /** Lets it stop; gives all that it saw. */
  stop(): Promise<Sample[]>;
}

const EVERY_MS = 10;
/** A person would have gone long ago; a server that is stuck must not hold the tests up. */
export const PATIENCE_MS = 3_000;
/** More at once would be an attack. Whoever cannot even ask has waited in vain. */
const MAX_WAITING = 100;

/** Starts a client and waits until it has begun. */
export async function startHonest(way: Way, init: HonestInit): Promise<Honest> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-net",
      import.meta.filename ?? "",
      JSON.stringify({ ...way, ...init }),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = new LineReader(child.stdout);
  await lines.next();
  return {
    async stop() {
      await child.stdin.close();
      const samples = await lines.next();
      await lines.drain();
      await child.status;
      return JSON.parse(samples ?? "[]");
    },
  };
}

/** Asks, and remembers what came of it. */
class Client {
  readonly samples: Sample[] = [];
  readonly #way: Way;
  readonly #init: HonestInit;
  readonly #targets: readonly string[];
  readonly #idle: Peer[] = [];
  #asked = 0;
  waiting = 0;

  constructor(way: Way, init: HonestInit) {
    this.#way = way;
    this.#init = init;
    this.#targets = init.targets ?? ["/a.txt"];
  }

  /** Asks once. Never rejects. */
  async ask(): Promise<void> {
    const count = this.#asked++;
    const { mode = "both", fieldLines = [] } = this.#init;
    const keeps = mode === "keep" || (mode === "both" && count % 2 === 0);
    const lines = [`User-Agent: ${HONEST}`, ...fieldLines, ...(keeps ? [] : ["Connection: close"])];
    const request = requestOf(this.#targets[count % this.#targets.length], ...lines);
    const at = Date.now();
    if (this.waiting >= MAX_WAITING) {
      this.samples.push({ at, waitMs: PATIENCE_MS, statusCode: 0 });
      return;
    }
    this.waiting++;
    const begun = performance.now();
    const statusCode = await this.#answerTo(request, keeps);
    this.samples.push({ at, waitMs: performance.now() - begun, statusCode });
    this.waiting--;
  }

  /** The status code, or 0 if there is no answer in time. */
  async #answerTo(request: Uint8Array, keeps: boolean): Promise<number> {
    const late = Promise.withResolvers<number>();
    let peer: Peer | null = null;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      peer?.close();
      late.resolve(0);
    }, PATIENCE_MS);
    const use = (next: Peer) => {
      peer = next;
      if (isLate) next.close();
      return next;
    };
    try {
      return await Promise.race([late.promise, this.#exchange(request, keeps, use)]);
    } catch {
      return 0;
    } finally {
      clearTimeout(timer);
    }
  }

  async #exchange(
    request: Uint8Array,
    keeps: boolean,
    use: (peer: Peer) => Peer,
  ): Promise<number> {
    // RFC 9112 §9.3.1: a kept connection may have been closed meanwhile, and then asking again is right.
    for (let peer = keeps ? this.#idle.shift() : undefined; peer; peer = this.#idle.shift()) {
      const statusCode = await this.#askOn(use(peer), request, keeps);
      if (statusCode !== null) return statusCode;
    }
    const peer = use(new Peer(await connect(this.#way)));
    return await this.#askOn(peer, request, keeps) ?? 0;
  }

  /** Null if the connection was closed before there was an answer. */
  async #askOn(peer: Peer, request: Uint8Array, keeps: boolean): Promise<number | null> {
    try {
      const answer = await peer.ask(request);
      if (keeps && answer?.keeps) this.#idle.push(peer);
      else peer.close();
      return answer && answer.statusCode;
    } catch (error) {
      peer.close();
      throw error;
    }
  }
}

if (import.meta.main) {
  const { port, cert, ...init } = JSON.parse(Deno.args[0]);
  const client = new Client({ port, cert }, init);
  await client.ask();
  client.samples.length = 0;
  const timer = setInterval(() => client.ask(), EVERY_MS);
  console.log("begun");
  for await (const _ of Deno.stdin.readable);
  clearInterval(timer);
  while (client.waiting > 0) await pause(EVERY_MS);
  console.log(JSON.stringify(client.samples));
  Deno.exit(0); // Connecting to a full queue would else take minutes.
}
