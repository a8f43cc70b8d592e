/**
 * Addresses of the Internet protocols as text, and networks of them: RFC 4291 §2.2 and §2.3, RFC 4632 §3.1. One address
 * has one value, however it is spelled, so that two spellings of one peer are never two peers.
 */

/** An address: its 128 bits, where IPv4 stands as `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2). */
export type Address = bigint;

/** The addresses whose first `bits` are those of `address`. */
export interface Network {
  readonly address: Address;
  readonly bits: number;
}

const ALL_BITS = 128;
const IPV4_BITS = 32;
const MAPPED = 0xffffn << BigInt(IPV4_BITS);
const GROUPS = 8;
/** The longest spelling: `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`. */
const MAX_LENGTH = 45;

/**
 * Reads an address, IPv4 or IPv6, without brackets, port or zone. Null if it is none.
 *
 * Stricter than some: a zero in front (`010.0.0.1`) is octal for one reader and decimal for the next (RFC 6943 §3.1.1).
 */
export function parseAddress(text: string): Address | null {
  if (text.length > MAX_LENGTH) return null;
  if (text.includes(":")) return parseIpv6(text);
  const value = parseIpv4(text);
  return value === null ? null : MAPPED | value;
}

/** Reads a network such as `10.0.0.0/8`, or one address, which is a network of one. Null if it is none. */
export function parseNetwork(text: string): Network | null {
  const [, host, length] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const address = host === undefined ? null : parseAddress(host);
  if (address === null) return null;
  const most = host.includes(":") ? ALL_BITS : IPV4_BITS;
  const bits = length === undefined ? most : Number(length);
  return bits > most ? null : { address, bits: ALL_BITS - most + bits };
}

/** Whether an address belongs to a network. What `address` of the network says beyond its bits does not matter. */
export function isWithin(address: Address, network: Network): boolean {
  return (address ^ network.address) >> BigInt(ALL_BITS - network.bits) === 0n;
}

/** Writes an address in its one recommended form: RFC 5952 §4; IPv4 with dots, whichever way it came. */
export function formatAddress(address: Address): string {
  if (address >> BigInt(IPV4_BITS) === 0xffffn) return byteTexts(address).join(".");
  const groups = Array.from(
    { length: GROUPS },
    (_, i) => Number(address >> BigInt(16 * (GROUPS - 1 - i)) & 0xffffn),
  );
  // RFC 5952 §4.2: the longest run of zeros is left out, the first of several, and never a single one.
  let best = { start: -1, length: 1 };
  for (let i = 0; i < GROUPS; i++) {
    let length = 0;
    while (groups[i + length] === 0) length++;
    if (length > best.length) best = { start: i, length };
  }
  const hex = (from: number, to?: number) =>
    groups.slice(from, to).map((group) => group.toString(16)).join(":");
  return best.start === -1 ? hex(0) : `${hex(0, best.start)}::${hex(best.start + best.length)}`;
}

function byteTexts(address: Address): string[] {
  return [24n, 16n, 8n, 0n].map((shift) => String(address >> shift & 0xffn));
}

function parseIpv4(text: string): bigint | null {
  if (!/^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text)) return null;
  let value = 0n;
  for (const part of text.split(".")) {
    if (Number(part) > 255) return null;
    value = value << 8n | BigInt(part);
  }
  return value;
}

/** RFC 4291 §2.2: eight groups, of which one run of zeros may be left out, and the last two may be IPv4. */
function parseIpv6(text: string): bigint | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0], halves.length === 1);
  const tail = halves.length === 1 ? [] : parseGroups(halves[1], true);
  if (head === null || tail === null) return null;
  const missing = GROUPS - head.length - tail.length;
  // RFC 4291 §2.2: "::" stands for one group or more.
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  let value = 0n;
  for (const group of [...head, ...new Array<number>(missing).fill(0), ...tail]) {
    value = value << 16n | BigInt(group);
  }
  return value;
}

/** @param isLast Whether IPv4 may stand at the end. */
function parseGroups(text: string, isLast: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(part)) {
      groups.push(parseInt(part, 16));
      continue;
    }
    const ipv4 = isLast && i === parts.length - 1 ? parseIpv4(part) : null;
    if (ipv4 === null) return null;
    groups.push(Number(ipv4 >> 16n), Number(ipv4 & 0xffffn));
  }
  return groups;
}
