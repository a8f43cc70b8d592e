/** What an attack is: a small program beside which a well-behaved client goes on asking. */

import { connect, type Peer, type Way } from "./peer.ts";

/** Numbers that an attack or the harness counted, by what they are. */
export type Figures = Readonly<Record<string, number>>;

/** What the attack's process is told of its target. */
export interface Target extends Way {
  /** The process that serves: of nginx, its worker. */
  readonly pid: number;
  /** The process that takes signals: of nginx, its master. */
  readonly mainPid: number;
  /** The signal upon which the server finishes what it has begun, and ends. */
  readonly gentleSignal: Deno.Signal;
  /** Real path of the folder that is served. */
  readonly root: string;
}

/** How the server is set up. */
export interface Setup {
  /** Flags of Vitrine. */
  readonly flags?: readonly string[];
  /** Flags of Deno, for Vitrine. */
  readonly denoFlags?: readonly string[];
  /** What nginx has in their place, in its `server` block. */
  readonly nginx?: string;
  /** Connections at once, for both. */
  readonly maxConnections?: number;
  /** Descriptors that the system allows (`ulimit -n`). */
  readonly descriptors?: number;
  /** Whether it speaks TLS. */
  readonly tls?: boolean;
  /** Where it listens; one that is free by default. */
  readonly port?: number;
  /** Workers; one by default. */
  readonly workers?: number;
  /** Who reads the access log: nobody is a reader of all that is said who has stopped. Default `"devNull"`. */
  readonly log?: "devNull" | "reader" | "nobody";
}

/** What the well-behaved client asks for. */
export interface HonestInit {
  /** Asked for in turn; the default is one small file. */
  readonly targets?: readonly string[];
  readonly fieldLines?: readonly string[];
  /** A new connection each time, connections that are kept, or both in turn, which is the default. */
  readonly mode?: "new" | "keep" | "both";
  /** Status codes that are answers; all else is a failure. Default 200 alone. */
  readonly good?: readonly number[];
}

/** One attack, with all that has to be there for it. */
export interface Attack {
  /** As `--only` takes it, and with no spaces. */
  readonly name: string;
  /** For the reader of the table. */
  readonly title: string;
  readonly setup?: Setup;
  /** Null if nobody asks beside it, as where the server ends. */
  readonly honest?: HonestInit | null;
  /** How long it lasts: in a test, and in the table. */
  readonly seconds: { readonly test: number; readonly table: number };
  /** How often it is done, each time with a new server; what it counted is added up. Default once. */
  readonly repeats?: { readonly test: number; readonly table: number };
  /** How long the server may take afterwards until all is well again, in ms. Default 300. */
  readonly recoveryMs?: number;
  /** Fills the folder that is served, in which there is a small `a.txt` already. */
  prepare?(root: string): void | Promise<void>;
  /** Attacks until the time is up, in a process of its own; gives what it counted. */
  run(target: Target, seconds: number): Promise<Figures>;
}

/** The time at which an attack is over, as `performance.now()` tells it. */
export function endOf(seconds: number): number {
  return performance.now() + seconds * 1000;
}

/** What a loop of one client does. */
export interface LoopInit {
  /** When to stop, as `performance.now()` tells it. */
  readonly until: number;
  /** Gives the next request. */
  readonly request: () => Uint8Array;
  /** See {@linkcode Peer}. */
  readonly open: (conn: Deno.Conn) => Peer;
}

/** Counts answers by their status: `s200` and so on. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  get figures(): Figures {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a < b ? -1 : 1));
  }
}

/**
 * Asks without a pause, on one connection after the other, until the time is up. What fails is counted and followed
 * by a short rest, as a peer that is refused at once would else spin here and not there.
 */
export async function askOn(way: Way, counts: Counts, init: LoopInit): Promise<void> {
  while (performance.now() < init.until) {
    try {
      using peer = init.open(await connect(way));
      const late = setTimeout(() => peer.close(), init.until - performance.now() + 2000);
      try {
        while (performance.now() < init.until) {
          const answer = await peer.ask(init.request());
          if (answer === null) break;
          counts.add(`s${answer.statusCode}`);
          if (!answer.keeps) break;
        }
      } finally {
        clearTimeout(late);
      }
    } catch {
      counts.add("broken");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
