/**
 * Who may have one of the slots that a server has for connections, and who gives way.
 *
 * In goes the address of a connection that has been accepted, out comes whether it is served. As long as there is room
 * it is, up to a share for each address, so that no peer takes all. Where there is none, whoever waits gives way: RFC
 * 9112 §9.5 lets a server close an idle connection at any time, and a head that never ends is no better. The one that has
 * waited longest goes first, of the address that has most; nobody gives way to an address that has as many.
 *
 * Nothing of that is kept while there is room: for a connection that comes or leaves, an entry in a map and in a bag.
 */

import { Bag, type Member } from "./bag.ts";
import type { Descriptors } from "./descriptors.ts";
import type { Options } from "../options.ts";

/** A connection, as far as its slot is concerned. */
export interface Tenant extends Member {
  /** Where it is counted; kept by {@linkcode Slots}. */
  group: Bag<Tenant> | null;
  /**
   * Since when it has been waiting for its peer, in ms on the clock of the server; Infinity if it must not be cut, as it answers.
   * The less, the sooner it gives way.
   */
  readonly waitingSinceMs: number;
  /** Ends it if no request is under way on it; else its next response is the last. */
  drain(): void;
  /** Ends it at once. */
  close(): void;
}

/** What {@linkcode Slots} is bound by. */
export interface SlotLimits {
  /** Connections that are served at once. */
  readonly maxConnections: number;
  /** The same of one address; null is half of what there is. */
  readonly maxPerAddress: number | null;
  /** What the system allows, if that was looked for. */
  readonly descriptors: Descriptors | null;
  /** Called when there will be something to do at the next tick. */
  readonly wake?: () => void;
}

/** The share that one of `count` workers has of what the options say. */
export function slotLimits(
  { maxConnections, maxConnectionsPerAddress }: Pick<
    Options,
    "maxConnections" | "maxConnectionsPerAddress"
  >,
  count: number,
): Pick<SlotLimits, "maxConnections" | "maxPerAddress"> {
  const partOf = (number: number) => Math.max(1, Math.floor(number / count));
  return {
    maxConnections: partOf(maxConnections),
    maxPerAddress: maxConnectionsPerAddress === null ? null : partOf(maxConnectionsPerAddress),
  };
}

/** Refused connections that are told so at one time; of one address it is half of them. */
const MAX_REFUSED = 100;
/** Connections that have given way and are not gone yet, until which no other one is accepted. */
const MAX_LEAVING = 64;
/** How many that wait longest are found at one look: a look is at all connections of an address. */
const FOUND_AT_ONCE = 16;
/** Whoever waits for less than this keeps its slot, in ms: what it has sent may be here already, and unread. */
const MIN_WAIT_MS = 200;
/**
 * What an address at its share may cost in one tick of the server's clock: as many of its connections give way to new
 * ones of its own, and as many are told that they are refused. Whoever comes more often is closed without a word, which
 * is the least that can be done: accepting takes 77 µs, giving way or telling as long again.
 */
const MAX_TURNS = { giveWay: 16, refuse: 50 };
/** Addresses that are asked to give way for one connection. */
const MAX_ASKED = 2;

/** Connections by their address. */
class Groups {
  readonly byNetwork = new Map<string, Group>();
  /** Of all addresses. */
  size = 0;

  add(tenant: Tenant, network: string): void {
    let group = this.byNetwork.get(network);
    if (group === undefined) this.byNetwork.set(network, group = new Group(network, this));
    group.add(tenant);
    tenant.group = group;
    this.size++;
  }
}

/** The connections of one address. */
class Group extends Bag<Tenant> {
  readonly network: string;
  readonly #owner: Groups;
  /** Those that have waited longest, the longest last; found at the last look. */
  found: Tenant[] = [];
  /** When the last of them began to wait: whoever waits since later has done something meanwhile. */
  foundUntilMs = -Infinity;
  /** When nobody was found, by the clock of the server. */
  barrenMs = -Infinity;
  /** What it has cost in one tick of that. */
  readonly #turns = { giveWay: 0, refuse: 0 };
  #turnsMs = -Infinity;

  constructor(network: string, owner: Groups) {
    super();
    this.network = network;
    this.#owner = owner;
  }

  /** Whether there is one more turn of a kind in this tick; takes it. */
  takeTurn(kind: keyof typeof MAX_TURNS, nowMs: number): boolean {
    if (this.#turnsMs !== nowMs) this.#turns.giveWay = this.#turns.refuse = 0;
    this.#turnsMs = nowMs;
    return this.#turns[kind]++ < MAX_TURNS[kind];
  }

  override delete(tenant: Tenant): void {
    super.delete(tenant);
    this.#owner.size--;
    if (this.size === 0) this.#owner.byNetwork.delete(this.network);
  }
}

/** The slots of a server. */
export class Slots {
  readonly #limits: SlotLimits;
  readonly #served = new Groups();
  readonly #refused = new Groups();
  readonly #leaving = new Bag<Tenant>();
  /** Descriptors that outlive their connections; of them, those that go; of them, those that are gone at the next tick. */
  #kept = 0;
  #going = 0;
  #gone = 0;
  #room: PromiseWithResolvers<void> | null = null;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /** Connections that have a slot. */
  get served(): number {
    return this.#served.size;
  }

  /** All others that have a descriptor. */
  get others(): number {
    return this.#refused.size + this.#leaving.size + this.#kept;
  }

  /**
   * Whether a connection may be served. If another one has to give way, it is closed here.
   *
   * @param network Whose it is; see `network.ts`.
   * @param nowMs On a clock that only grows, and may do so in steps.
   * @param isProxy Whether it may have as many as there are, as those behind it have shares of their own.
   */
  admit(network: string, nowMs: number, isProxy = false): boolean {
    const own = this.#served.byNetwork.get(network);
    if (!isProxy && own !== undefined && own.size >= this.#share) {
      if (!own.takeTurn("giveWay", nowMs) || !this.#giveWay(own, nowMs)) return false;
    }
    if (this.served < this.#limits.maxConnections && this.#hasDescriptors()) return true;
    for (let asked = 0; asked < MAX_ASKED; asked++) {
      const largest = this.#largest(own, nowMs);
      if (largest === undefined) return false;
      if (this.#giveWay(largest, nowMs)) return true;
    }
    return false;
  }

  /** Whether a connection that is not served can be told so. One address takes half of what there is for that. */
  mayRefuse(network: string, nowMs: number): boolean {
    const { served, others } = this;
    if (this.#served.byNetwork.get(network)?.takeTurn("refuse", nowMs) === false) return false;
    const { descriptors } = this.#limits;
    const own = this.#refused.byNetwork.get(network)?.size ?? 0;
    return this.#refused.size + own < MAX_REFUSED &&
      (descriptors === null || descriptors.refuse({ served, others: others + own }));
  }

  /** Takes in a connection that was admitted. */
  add(tenant: Tenant, network: string): void {
    this.#served.add(tenant, network);
  }

  /**
   * Counts a connection as that of another address from now on: a proxy has told whose it is. Gives false, and changes
   * nothing, if that one has its share.
   */
  move(tenant: Tenant, network: string, isProxy: boolean): boolean {
    const { group } = tenant;
    if (!(group instanceof Group) || group.network === network) return true;
    if (this.#served.byNetwork.get(group.network) !== group) return true; // It is being refused.
    const size = this.#served.byNetwork.get(network)?.size ?? 0;
    if (!isProxy && size >= this.#share) return false;
    group.delete(tenant);
    this.#served.add(tenant, network);
    return true;
  }

  /** Takes in a connection that is being refused. */
  addRefused(tenant: Tenant, network: string): void {
    this.#refused.add(tenant, network);
  }

  /** Lets a connection go that has ended; it may be let go again. */
  delete(tenant: Tenant): void {
    if (tenant.group === null) return;
    tenant.group.delete(tenant);
    tenant.group = null;
    this.#checkRoom();
  }

  /** A connection has ended, but Deno keeps its descriptor: see `tls_socket.ts`. */
  keep(): void {
    this.#kept++;
  }

  /** Such a descriptor goes, which takes a moment: told of in two ticks. */
  lose(): void {
    this.#limits.wake?.();
    this.#going++;
  }

  /** Whether {@linkcode tick} has something to do. */
  get isTicking(): boolean {
    return this.#going + this.#gone > 0 || this.#room !== null;
  }

  /** To be called now and then: those that went before the last time are gone by now. */
  tick(): void {
    this.#kept -= this.#gone;
    this.#gone = this.#going;
    this.#going = 0;
    this.#checkRoom();
  }

  /** What to wait for until another connection may be accepted; null if there is nothing. */
  room(): Promise<void> | null {
    if (this.#hasRoom()) return null;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Ends the wait for room, as nothing will be accepted any more. */
  stop(): void {
    this.#room?.resolve();
  }

  /** Goes through all that are there, those that are refused or leaving included. */
  *[Symbol.iterator](): Iterator<Tenant> {
    const { byNetwork: served } = this.#served;
    const { byNetwork: refused } = this.#refused;
    for (const group of [...served.values(), ...refused.values(), this.#leaving]) yield* group;
  }

  #hasDescriptors(): boolean {
    const { descriptors } = this.#limits;
    return descriptors === null || descriptors.admit(this, this.#kept);
  }

  /** Connections that one address may have. */
  get #share(): number {
    const { maxConnections, maxPerAddress, descriptors } = this.#limits;
    if (maxPerAddress !== null) return maxPerAddress;
    const possible = descriptors?.isLimit ? descriptors.connections : Infinity;
    return Math.ceil(Math.min(maxConnections, possible) / 2);
  }

  #hasRoom(): boolean {
    const { descriptors } = this.#limits;
    const maxLeaving = Math.min(MAX_LEAVING, descriptors?.maxLeaving ?? Infinity);
    return this.#leaving.size < maxLeaving && (descriptors === null || descriptors.accept(this));
  }

  #checkRoom(): void {
    if (this.#room === null || !this.#hasRoom()) return;
    this.#room.resolve();
    this.#room = null;
  }

  /** The address that has most, and more than `own` unless it is that; null if none of those has anybody who waits. */
  #largest(own: Group | undefined, nowMs: number): Group | undefined {
    let largest = own !== undefined && own.barrenMs !== nowMs ? own : undefined;
    let most = own?.size ?? 0;
    for (const group of this.#served.byNetwork.values()) {
      if (group.size <= most || group.barrenMs === nowMs) continue;
      largest = group;
      most = group.size;
    }
    return largest;
  }

  /** Closes the connection of an address that has waited longest. Gives whether there was one. */
  #giveWay(group: Group, nowMs: number): boolean {
    if (group.barrenMs === nowMs) return false;
    for (let isSecond = false;; isSecond = true) {
      for (let tenant = group.found.pop(); tenant !== undefined; tenant = group.found.pop()) {
        if (tenant.group !== group || tenant.waitingSinceMs > group.foundUntilMs) continue;
        group.delete(tenant);
        this.#leaving.add(tenant);
        tenant.group = this.#leaving;
        tenant.close();
        return true;
      }
      if (isSecond) break;
      find(group, nowMs - MIN_WAIT_MS);
    }
    group.barrenMs = nowMs;
    return false;
  }
}

/** Finds those of an address that have waited longest, and at least since `latestMs`. */
function find(group: Group, latestMs: number): void {
  const found: { tenant: Tenant; sinceMs: number }[] = [];
  for (const tenant of group) {
    const sinceMs = tenant.waitingSinceMs;
    if (sinceMs > latestMs) continue;
    if (found.length === FOUND_AT_ONCE) {
      if (sinceMs >= found[0].sinceMs) continue;
      found.shift();
    }
    let at = found.length;
    while (at > 0 && found[at - 1].sinceMs < sinceMs) at--;
    found.splice(at, 0, { tenant, sinceMs });
  }
  group.foundUntilMs = found.length === 0 ? -Infinity : found[0].sinceMs;
  group.found = found.map(({ tenant }) => tenant);
}
