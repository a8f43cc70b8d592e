/** The door of the X-ray: made at its start, with the addresses that open it. */

import { type Door, isLoopback, type Role, type Tokens } from "./guard.ts";
import { hostAndPort } from "./socket.ts";

/** What the door is made of; see `Options`. */
export interface DoorInit {
  readonly hostname: string;
  /** The port that is listened on. */
  readonly port: number;
  /** Addresses at which proxies show it; a path behind them is for whoever opens them. */
  readonly origins: readonly string[];
}

/** Makes a door. Whatever can be reached from elsewhere, by its socket or through a proxy, wants a token of everybody. */
export function makeDoor({ hostname, port, origins }: DoorInit): Door {
  const isOwn = isLoopback(hostname) && origins.length === 0;
  const tokens: Tokens | null = isOwn
    ? null
    : { teach: crypto.randomUUID(), watch: crypto.randomUUID() };
  return { hostname, port, tokens, origins: origins.map((address) => new URL(address).origin) };
}

/**
 * The address to be opened for a role. The token stands behind a number sign, which browsers keep to themselves: no proxy
 * and no log on the way sees it.
 */
export function addressFor(
  role: Role,
  { tokens }: Door,
  { hostname, port, origins }: DoorInit,
): string {
  const shownHost = hostname === "0.0.0.0" || hostname === "::" ? "localhost" : hostname;
  const address = origins[0] ?? `http://${hostAndPort(shownHost, port)}/`;
  return tokens === null ? address : `${address}#token=${tokens[role]}`;
}
