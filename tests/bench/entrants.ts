/** Servers under way: started in a variant when a case first needs it, ended after the last that does. */

import { freePort } from "../tools.ts";
import { join } from "@std/path";
import { makePair } from "../../lib/boot/make_cert.ts";
import { requestHead } from "./answers.ts";
import type { Variant } from "./cases.ts";
import type { BenchOptions } from "./options.ts";
import { memoryOf } from "./proc.ts";
import { type Pins, type Running, startServer } from "./process.ts";
import type { WornMemory } from "./report.ts";
import type { Server } from "./servers.ts";
import type { Site } from "./site.ts";

/** What every step of a run needs. */
export interface Bench {
  readonly options: BenchOptions;
  readonly site: Site;
  readonly folder: string;
  readonly pins: Pins;
  readonly pair: PairFiles;
  readonly signal: AbortSignal;
}

/** A certificate of ECDSA on P-256, as most have today, and its key: paths, and the text for clients. */
export interface PairFiles {
  readonly cert: string;
  readonly key: string;
  readonly caCert: string;
}

/** Makes the pair that all servers of HTTPS share. */
export async function writePair(folder: string): Promise<PairFiles> {
  const pair = await makePair([], Date.now());
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  await Deno.writeTextFile(cert, pair.cert);
  await Deno.writeTextFile(key, pair.key);
  return { cert, key, caCert: pair.cert };
}

/** A server under way, with its folder. */
export interface Entrant {
  readonly server: Server;
  readonly variant: Variant;
  readonly running: Running;
  readonly folder: string;
}

/** Starts a server in a folder of its own, on the server's core. */
export async function startEntrant(
  bench: Bench,
  server: Server,
  variant: Variant = "plain",
): Promise<Entrant> {
  const { site, pair } = bench;
  const folder = await Deno.makeTempDir({ dir: bench.folder, prefix: `${server.name}-` });
  await Deno.chmod(folder, 0o755);
  const port = freePort();
  const seat = { root: site.root, port, folder, variant, cert: pair.cert, key: pair.key };
  const running = await startServer({
    command: [...bench.pins.server, ...await server.command(seat)],
    outPath: join(folder, "out.txt"),
    errPath: join(folder, "err.txt"),
    env: server.env?.(seat),
  }, {
    target: { port, caCert: variant === "tls" ? pair.caCert : "" },
    head: requestHead(site.small.path, port, { closing: true }),
    signal: bench.signal,
  });
  return { server, variant, running, folder };
}

/** The servers of a run, each in as many variants as are needed at the moment. */
export class Entrants {
  readonly #bench: Bench;
  readonly #started = new Map<string, Entrant | string>();

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** The server in that variant, started now if it does not run; a string says why it does not. */
  async start(server: Server, variant: Variant): Promise<Entrant | string> {
    const key = `${server.name} ${variant}`;
    const known = this.#started.get(key);
    if (known !== undefined) return known;
    let entrant: Entrant | string;
    try {
      entrant = await startEntrant(this.#bench, server, variant);
    } catch (error) {
      this.#bench.signal.throwIfAborted();
      entrant = error instanceof Error ? error.message : String(error);
    }
    this.#started.set(key, entrant);
    return entrant;
  }

  /** Ends all that are not of these variants, and tells what memory they had at last. */
  async endAllBut(needed: ReadonlySet<Variant>): Promise<WornMemory[]> {
    const worn: WornMemory[] = [];
    for (const [key, entrant] of this.#started) {
      if (typeof entrant === "string" || needed.has(entrant.variant)) continue;
      const { server, variant, running } = entrant;
      worn.push({ server: server.name, variant, ...memoryOf(running.pid) });
      await running.stop();
      this.#started.delete(key);
    }
    return worn;
  }
}
