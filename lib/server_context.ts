/** What all connections of a server share. */

import type { Site } from "./4_locate.ts";
import type { DeadlineClock } from "./net/deadlines.ts";
import { HeadMemo } from "./http/head_memo.ts";
import type { LiveReload } from "./live/reload.ts";
import type { LogEntry } from "./log/format.ts";
import { mixUpText } from "./log/accept_failures.ts";
import { Tally } from "./log/tally.ts";
import type { Options } from "./options.ts";
import { Proxies } from "./net/proxies.ts";
import { Guesses, MAX_GUESSES } from "./site/guesses.ts";
import type { Hosts } from "./site/hosts.ts";
import { Rounds } from "./net/rounds.ts";
import type { Slots } from "./net/slots.ts";
import type { Counter } from "./metrics/counts.ts";
import type { Observer } from "./observer.ts";

/** What all connections of a server share. */
export interface ServerContext {
  readonly site: Site;
  /** Which site a request is for; null where there is one, for all. */
  readonly hosts: Hosts<Site> | null;
  readonly options: Options;
  readonly clock: DeadlineClock;
  readonly rounds: Rounds;
  /** Whether somebody reads how long requests take. */
  readonly isTimed: boolean;
  /** When the last of them began, on the clock of `performance.now()`; 0 if nobody wants to know: one look for all in it. */
  roundBeganMs: number;
  readonly heads: HeadMemo;
  /** Tells pages of changes; null without `--live`. */
  readonly live: LiveReload | null;
  /** Whose word on who asked is taken; null if nobody's. */
  readonly proxies: Proxies | null;
  /** Gets an entry for each response. */
  readonly log: (entry: LogEntry) => void;
  /** Whether it gets those that are our fault only: then no time is spent on describing the others. */
  readonly faultsOnly: boolean;
  /** Told of what belongs to no response: a mistake of ours. */
  readonly onError: (error: unknown) => void;
  /** Peers that spoke HTTPS to an HTTP port, or the other way around. */
  readonly mixUps: Tally;
  /** Who tries passwords, and how many of those tries were refused. */
  readonly guesses: Guesses;
  readonly guessed: Tally;
  /** Random text of this server, for multipart boundaries. */
  readonly secret: string;
  /** Sees what the steps do; absent unless X-ray is on. */
  readonly observer?: Observer;
  /** The connections that are open. */
  readonly slots: Slots;
  /** Counts for metrics; null if nobody wants to know. */
  readonly counter: Counter | null;
  /** Whether it will stop soon: health checks then fail, and all else is answered as ever. */
  leaving: boolean;
  /** Whether a shutdown began: every response then says `Connection: close`. */
  draining: boolean;
}

/** What is made of the rest. */
type Made =
  | ("rounds" | "isTimed" | "roundBeganMs" | "heads" | "proxies" | "mixUps" | "guesses" | "guessed")
  | ("secret" | "leaving" | "draining");

/** What all connections share, at the start. */
export function contextOf(
  sites: readonly Site[],
  parts: Omit<ServerContext, Made>,
): ServerContext {
  const { options, onError, clock } = parts;
  const guessed = new Tally((count) =>
    onError(
      `${count} request(s) got 429: over ${MAX_GUESSES} passwords a minute from their addresses were wrong`,
    )
  );
  const isTimed = !parts.faultsOnly || parts.counter !== null;
  const context: ServerContext = {
    ...parts,
    isTimed,
    roundBeganMs: 0,
    rounds: new Rounds(() => {
      if (isTimed) context.roundBeganMs = performance.now();
      void clock.nowMs; // Awake, it looks for rules that have appeared.
      for (const site of sites) site.beginRound();
    }),
    heads: new HeadMemo(),
    proxies: options.trustProxy.length === 0 ? null : new Proxies(options, onError),
    mixUps: new Tally((count) => onError(mixUpText(count, options.cert !== null))),
    guesses: new Guesses(() => guessed.add(), () => clock.nowMs),
    guessed,
    secret: crypto.randomUUID(),
    leaving: false,
    draining: false,
  };
  return context;
}
