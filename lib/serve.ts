/**
 * The server as a value, for `main.ts` and for programs that embed it: opens the root and the listening socket, and
 * joins step (i) to the connection loop.
 *
 * ```ts
 * const server = serve({ root: "./static", port: 0 });
 * console.log(server.address.port);
 * await server.shutdown();
 * ```
 */

import { acceptConnections } from "./1_accept.ts";
import type { Site } from "./4_locate.ts";
import { DeadlineClock, MAX_TIMER_MS } from "./net/deadlines.ts";
import { Connection } from "./connection.ts";
import type { Descriptors } from "./net/descriptors.ts";
import type { LogEntry } from "./log/format.ts";
import { AcceptFailures } from "./log/accept_failures.ts";
import { guarded } from "./log/guarded.ts";
import { lanUrl } from "./net/lan.ts";
import { type LiveInit, LiveReload, type LiveShare } from "./live/reload.ts";
import { type Door, Entrance } from "./net/entrance.ts";
import { type Conn, readCertificate } from "./net/listen.ts";
import { networkOf } from "./net/network.ts";
import { ProxiedSocket } from "./net/proxied_socket.ts";
import type { Proxies } from "./net/proxies.ts";
import { Renewal } from "./net/renewal.ts";
import { acceptTurns } from "./net/turns.ts";
import { Counter } from "./metrics/counts.ts";
import { contextOf, type ServerContext } from "./server_context.ts";
import { openSites } from "./sites.ts";
import { DEFAULT_OPTIONS, type LogFormat, type Options } from "./options.ts";
import type { Observer, Socket } from "./observer.ts";
import { APPEARS_WITHIN_MS } from "./files/site_rules.ts";
import { Tally } from "./log/tally.ts";
import { slotLimits, Slots } from "./net/slots.ts";
import { TlsSocket } from "./net/tls_socket.ts";

export type { LogEntry, LogFormat, Options };

/** The place of one of several workers that serve the same port; see `workers.ts`. */
export interface Share {
  /** 0 opens the port, the others join it. */
  readonly index: number;
  /** Workers in all: the cache and the connection cap are split among them. */
  readonly count: number;
  /** How many connections each worker has had, in memory that all of them share. */
  readonly connections: BigInt64Array;
  /**
   * The changes that `--live` tells of.
   *
   * @internal
   */
  readonly live: Omit<LiveShare, "isFirst">;
}

/**
 * What {@linkcode serve} takes: any of the options, and what only programs can give. What they are told by must be quick;
 * what it throws is told to `onError`, and what that throws to the console.
 */
export interface ServeInit extends Partial<Options> {
  /** Shuts the server down when it is aborted. */
  readonly signal?: AbortSignal;
  /** Gets an entry for each response. */
  readonly log?: (entry: LogEntry) => void;
  /** Whether `log` is for responses that are our fault (500) only. Default false. */
  readonly faultsOnly?: boolean;
  /** Told of what is no response: failed accepts and mistakes of ours. Default: `console.error`. */
  readonly onError?: (error: unknown) => void;
  /**
   * Sees what the steps do: the X-ray.
   *
   * @internal
   */
  readonly observer?: Observer;
  /** Told once: the address at which another machine has reached the server. */
  readonly onVisitor?: (url: string) => void;
  /**
   * Bounds the connections by what the system allows. Default: it is assumed to allow whatever the options do.
   *
   * @internal
   */
  readonly descriptors?: Descriptors;
  /**
   * Arrays to count into, one for each worker; see `metrics/counts.ts`.
   *
   * @internal
   */
  readonly counts?: readonly Float64Array[];
  /** Given to one of several workers. Default: this server is alone on its port. */
  readonly share?: Share;
}

/** A running server, in the manner of `Deno.serve`. */
export interface Server {
  /** Where it listens; with port 0 the port that was free. */
  readonly address: Deno.NetAddr;
  /** Resolves when the last connection has ended. Never rejects. */
  readonly finished: Promise<void>;
  /**
   * Says so to health checks for `drainMs`; then stops accepting, closes idle connections and lets responses finish, for
   * `graceMs` at the most. Gives `finished`; calling it again changes nothing.
   */
  shutdown(): Promise<void>;
  /**
   * Takes the certificate with its key, the rules, and where the root leads anew; nothing ends. Gives what was taken, in a
   * line without its end. Never rejects.
   */
  reload(): Promise<string>;
}

/**
 * Starts serving a folder.
 *
 * @throws {Deno.errors.NotFound | Deno.errors.NotADirectory} The root is no folder.
 * @throws {Deno.errors.AddrInUse | Deno.errors.AddrNotAvailable} The port is taken or the host is not ours.
 * @throws {Deno.errors.PermissionDenied} The system does not allow it.
 * @throws {CertificateError} The certificate or its key cannot be used.
 * @throws {Deno.errors.NotCapable} The sandbox of Deno does not allow it.
 */
export function serve(init: ServeInit = {}): Server {
  const options: Options = { ...DEFAULT_OPTIONS, ...init };
  const { signal, share } = init;
  const listeners = listenersOf(init);
  const { onError, onVisitor } = listeners;
  const count = share?.count ?? 1;
  const { site, sites, hosts } = openSites(options, { onError, count });
  const entrance = new Entrance(options, { index: share?.index ?? null });
  const limits = slotLimits(options, count);
  const clock = new DeadlineClock(performance.now());
  const descriptors = init.descriptors ?? null;
  const slots = new Slots({ ...limits, descriptors, wake: () => void clock.nowMs });
  const maxFollowers = Math.ceil(limits.maxConnections / 4);
  const live = options.live
    ? startLive(site, options, { onError, entrance, maxFollowers, share })
    : null;
  const context = contextOf(sites, {
    ...{ site, hosts, options, live, slots, clock, ...listeners },
    faultsOnly: init.faultsOnly ?? init.log === undefined,
    observer: init.observer,
    counter: init.counts === undefined ? null : new Counter(init.counts[share?.index ?? 0]),
  });
  const { address } = entrance;
  if (init.observer !== undefined) tellPlace(init.observer, { context, address, maxFollowers });
  const handlers = new Handlers(context, { onVisitor, share });
  const failures = new AcceptFailures(onError);
  const renewal = new Renewal({ entrance, sites, options, say: onError });
  clock.run(lookAround(context, { sites, handlers, failures, renewal }));
  const finished = entrance.open({
    accept: (door) => acceptThrough(door, handlers, { failures, context }),
    rounds: context.rounds,
    sleep: site.sleep,
  }).finally(() => clock.close());

  const stop = (): void => {
    context.draining = true;
    entrance.close().then(() => slots.stop());
    finished.then(endByGrace(context));
  };
  const shutdown = (): Promise<void> => {
    if (context.leaving) return finished;
    context.leaving = true;
    if (options.drainMs === 0) stop();
    else setTimeout(stop, Math.min(options.drainMs, MAX_TIMER_MS));
    return finished;
  };
  if (signal?.aborted) shutdown();
  signal?.addEventListener("abort", shutdown, { once: true });
  finished.then(() => signal?.removeEventListener("abort", shutdown));
  return { address, finished, shutdown, reload: () => renewal.all() };
}

/** What is done at each tick of the clock, and once a second. Gives how long the clock may sleep, in ms. */
function lookAround(
  { slots, clock, counter }: ServerContext,
  { sites, handlers, failures, renewal }: {
    sites: readonly Site[];
    handlers: Handlers;
    failures: AcceptFailures;
    renewal: Renewal;
  },
): (nowMs: number) => number {
  const tallies = [...failures.tallies, ...handlers.tallies];
  let lookedMs = performance.now(); // All of it was looked at when it was opened.
  return (nowMs) => {
    slots.tick();
    counter?.look({
      lateMs: clock.lateMs,
      handlers,
      slots,
      caches: sites.map(({ cache }) => cache),
    });
    // Whoever wakes the clock wants to know, so nothing has to be looked at while it sleeps.
    if (nowMs - lookedMs >= APPEARS_WITHIN_MS) {
      lookedMs = nowMs;
      renewal.look();
      for (const site of sites) site.hasTurned();
      for (const site of sites) site.rules.look();
      for (const tally of tallies) tally.look(nowMs);
    }
    if (slots.isTicking) return 0;
    const isLooking = renewal.isWatching || tallies.some((tally) => tally.isWaiting);
    return isLooking ? APPEARS_WITHIN_MS : Infinity;
  };
}

function tellPlace(
  observer: Observer,
  { context, address, maxFollowers }: {
    context: ServerContext;
    address: Deno.NetAddr;
    maxFollowers: number;
  },
): void {
  const { site, hosts, options, proxies } = context;
  const certificate = options.cert === null ? null : readCertificate(options.cert);
  observer.serving({
    ...{ root: site.path, ...address, certificate, cache: site.cache, maxFollowers },
    isProxy: (hostname) => proxies?.trusts(hostname) ?? false,
    isNamedHost: (hostname) => hosts?.isNamed(hostname) ?? false,
  });
}

/** What the program is told by, so that nothing that goes wrong in it reaches us. */
function listenersOf({ onError: given = console.error, onVisitor, log }: ServeInit) {
  const onError = guarded(given, console.error);
  return {
    onError,
    onVisitor: onVisitor === undefined ? null : guarded(onVisitor, onError),
    log: guarded(log ?? (() => {}), onError),
  };
}

/** Lets what is under way end, for `graceMs` at the most. Gives what calls that off, once all has ended by itself. */
function endByGrace({ live, observer, slots, options }: ServerContext): () => void {
  live?.close();
  observer?.leaving();
  for (const connection of slots) connection.drain();
  const timer = setTimeout(() => {
    for (const connection of slots) connection.close();
  }, Math.min(options.graceMs, MAX_TIMER_MS));
  return () => clearTimeout(timer);
}

/** Starts watching; if that fails, nothing stays open. */
function startLive(
  site: Site,
  { dotfiles, stallTimeoutMs: stallMs, liveIgnore: ignore, livePollMs: pollMs }: Options,
  { entrance, share, ...init }: Pick<LiveInit, "onError" | "maxFollowers"> & {
    entrance: Entrance;
    share?: Share;
  },
): LiveReload {
  const ofLive = share && { share: { ...share.live, isFirst: share.index === 0 } };
  try {
    return new LiveReload({
      ...init,
      ...{ root: site, dotfiles, stallMs, ignore, pollMs },
      ...ofLive,
    });
  } catch (error) {
    entrance.abandon();
    throw error;
  }
}

function addressOf(conn: Conn): string {
  return (conn.remoteAddr as Deno.NetAddr).hostname;
}

/** Step (i), as long as a door is open. */
function acceptThrough(
  door: Door,
  handlers: Handlers,
  { failures, context }: { failures: AcceptFailures; context: ServerContext },
): Promise<void> {
  const { slots, onError, site } = context;
  return acceptConnections(door.listener, {
    handle: (conn) => handlers.serve(conn),
    refuse: (conn) => handlers.refuse(conn),
    admit(conn) {
      door.accepted++;
      handlers.count++;
      return handlers.admits(conn);
    },
    room: () => slots.room() ?? acceptTurns.next(1),
    isStopping: () => door.isClosed,
    onFailure: failures.add,
    onError,
    sleep: site.sleep,
  });
}

/** What step (i) does with the connections of one server. */
class Handlers {
  readonly #context: ServerContext;
  readonly #share: Omit<Share, "live">;
  /** Connections that were accepted. */
  count = 0;
  /** Those of them that found no slot. */
  refused = 0;
  readonly #refusals: Tally;
  /** Null when it has been told, or nobody wants to know. */
  #onVisitor: ((url: string) => void) | null;

  constructor(
    context: ServerContext,
    { onVisitor, share }: { onVisitor: ((url: string) => void) | null; share?: Share },
  ) {
    this.#context = context;
    this.#onVisitor = onVisitor;
    this.#share = share ?? { index: 0, count: 1, connections: new BigInt64Array(1) };
    this.#refusals = new Tally((count) =>
      context.onError(
        `${count} connection(s) were refused: every slot was taken, or every one of their address ` +
          `(--max-connections, --max-connections-per-address)`,
      )
    );
  }

  /** Whether a connection may be served. */
  admits(conn: Conn): boolean {
    const { slots, clock, proxies } = this.#context;
    const address = addressOf(conn);
    return slots.admit(networkOf(address), clock.nowMs, proxies?.trusts(address));
  }

  serve(conn: Conn): Promise<void> {
    const { proxies } = this.#context;
    if (proxies?.mayConnect(addressOf(conn)) === false) return this.#close(conn, proxies);
    if (this.#onVisitor !== null) this.#greet(conn, this.#onVisitor);
    const connection = this.#connectionOf(conn);
    this.#context.slots.add(connection, networkOf(addressOf(conn)));
    return connection.serve();
  }

  #close(conn: Conn, proxies: Proxies): Promise<void> {
    proxies.addStranger();
    return Promise.resolve(conn.close());
  }

  refuse(conn: Conn): Promise<void> {
    const { proxies } = this.#context;
    if (proxies?.mayConnect(addressOf(conn)) === false) return this.#close(conn, proxies);
    this.refused++;
    this.#refusals.add();
    const { slots } = this.#context;
    const network = networkOf(addressOf(conn));
    if (!slots.mayRefuse(network, this.#context.clock.nowMs)) {
      return Promise.resolve(this.#socketOf(conn).close());
    }
    const connection = this.#connectionOf(conn);
    slots.addRefused(connection, network);
    return connection.refuse();
  }

  /** To be looked at now and then. */
  get tallies(): readonly Tally[] {
    const { mixUps, guessed, proxies } = this.#context;
    return [this.#refusals, mixUps, guessed, ...proxies?.tallies ?? []];
  }

  #connectionOf(conn: Conn): Connection {
    return new Connection(this.#socketOf(conn), this.#context, this.#nextNumber());
  }

  #socketOf(conn: Conn): Socket {
    const { slots, proxies } = this.#context;
    if ("handshake" in conn) return new TlsSocket(conn, slots);
    return proxies?.isProtocol ? new ProxiedSocket(conn, proxies.addStranger) : conn;
  }

  #greet(conn: Conn, onVisitor: (url: string) => void): void {
    const { cert } = this.#context.options;
    const url = lanUrl(
      conn.localAddr as Deno.NetAddr,
      conn.remoteAddr as Deno.NetAddr,
      cert !== null,
    );
    if (url === null) return;
    this.#onVisitor = null;
    onVisitor(url);
  }

  /** 1, 2, 3 …; the first of two workers takes 1, 3, 5 …, so that no two connections share a number. */
  #nextNumber(): number {
    const { index, count, connections } = this.#share;
    return Number(Atomics.add(connections, index, 1n)) * count + index + 1;
  }
}
