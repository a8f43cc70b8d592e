/**
 * Whom an address belongs to, as far as that can be told: what one peer may have at once is counted by it.
 */

import { isLoopback, plainAddress } from "./lan.ts";

/** Groups of an IPv6 address that name a network; the other four, 2^64 addresses, are one subscriber's own. */
const NETWORK_GROUPS = 4;

/**
 * Gives the network of an address: of IPv4 the address itself, of IPv6 its first 64 bits (RFC 4291 §2.5.4), as in
 * `"2001:db8:0:1"`. An IPv4 address that came over a socket of both families is the same as over one of its own.
 *
 * @param hostname As Deno tells it: an address, in the shortest form.
 */
export function networkOf(hostname: string): string {
  const address = plainAddress(hostname);
  if (!address.includes(":")) return address;
  const [head, tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const rest = tail === "" ? [] : tail.split(":");
    while (groups.length + rest.length < 8) groups.push("0");
    groups.push(...rest);
  }
  return groups.slice(0, NETWORK_GROUPS).join(":");
}

/**
 * Gives the network whose passwords count together; null for this machine, from where a proxy may come for many whom it
 * does not tell apart, unless we know what it tells.
 */
export function guesserOf(
  { hostname }: { readonly hostname: string },
  isTold: boolean,
): string | null {
  return !isTold && isLoopback(plainAddress(hostname)) ? null : networkOf(hostname);
}
