/**
 * RFC 7239: who asked, as the proxies on the way tell it, and `X-Forwarded-For`, which was there before it.
 *
 * Each proxy adds whom it was asked by at the right end; all that stands further left came with the request, and a
 * peer can write there what it likes. So both fields are read from the right, starting with the peer of the connection,
 * and only as long as the one who wrote is trusted: the first address that is not is the client. What is to the left of
 * it is never looked at, and so can neither be believed nor do harm.
 *
 * In go the lines of both fields and the peer, out comes the client. Nothing is thrown: what cannot be read ends the walk
 * at the last one who is known, which is a proxy of ours.
 */

import { type Address, formatAddress, parseAddress } from "./ip_address.ts";

/** One end of a connection, as Deno tells it. */
export interface Peer {
  readonly hostname: string;
  /** 0 if nobody told it. */
  readonly port: number;
}

/** What {@linkcode clientOf} reads. */
export interface ForwardedFields {
  getAll(fieldName: string): readonly string[];
}

/** Proxies in a row, at the most: real sites have three. */
const MAX_HOPS = 32;
/** The same with empty elements. */
const MAX_ELEMENTS = 64;
/** Longest element of a field, in characters, and most commas that may be inside it: real ones have 60, and none. */
const MAX_ELEMENT = 512;
const MAX_COMMAS = 8;

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
/** RFC 9110 §5.6.4. */
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*"';
/** One pair of RFC 7239 §4, where it is looked for. */
const PAIR = new RegExp(`(${TOKEN})=(${TOKEN}|${QUOTED})`, "y");

/**
 * Finds who asked.
 *
 * @param peer Of the connection.
 * @param trusts Whether what an address writes into these fields is believed.
 * @returns The peer itself if it is not trusted, or says nothing that can be read; null if the two fields tell of
 * different clients: a proxy that writes one of them lets the other one through, and nobody can tell which that is.
 */
export function clientOf(
  fields: ForwardedFields,
  peer: Peer,
  trusts: (address: Address) => boolean,
): Peer | null {
  const start = parseAddress(peer.hostname);
  if (start === null || !trusts(start)) return peer;
  const forwarded = fields.getAll("forwarded");
  const others = fields.getAll("x-forwarded-for");
  if (forwarded.length === 0 && others.length === 0) return peer;
  if (forwarded.length === 0) return walk(hopsOf(others, commaEnd, plainNode), peer, trusts);
  const client = walk(hopsOf(forwarded, elementEnd, forwardedNode), peer, trusts);
  if (others.length === 0) return client;
  const other = walk(hopsOf(others, commaEnd, plainNode), peer, trusts);
  return other.hostname === client.hostname ? client : null;
}

function walk(
  hops: Iterable<Hop | null>,
  peer: Peer,
  trusts: (address: Address) => boolean,
): Peer {
  let client = peer;
  let count = 0;
  for (const hop of hops) {
    if (hop === null || ++count > MAX_HOPS) break;
    client = { hostname: formatAddress(hop.address), port: hop.port };
    if (!trusts(hop.address)) break;
  }
  return client;
}

/** One who was asked by a proxy. */
interface Hop {
  readonly address: Address;
  readonly port: number;
}

/** Gives the elements of all lines from the right; null for one that tells no address, after which nothing is certain. */
function* hopsOf(
  lines: readonly string[],
  startOf: (line: string) => number,
  read: (element: string) => Hop | null,
): Generator<Hop | null, void> {
  let elements = 0;
  for (let i = lines.length - 1; i >= 0; i--) {
    for (let line = lines[i];;) {
      // RFC 9110 §5.6.1.2: a reasonable number of empty ones is ignored.
      if (++elements > MAX_ELEMENTS) return yield null;
      const start = startOf(line);
      const element = line.slice(start + 1);
      if (!/^[ \t]*$/.test(element)) yield read(element);
      if (start === -1) break;
      line = line.slice(0, start);
    }
  }
}

/** Where the comma before the last element is; -1 if there is none. */
function commaEnd(line: string): number {
  return line.lastIndexOf(",");
}

/**
 * The same where commas may be in quotes: the shortest end that is an element. A quote that a peer left open, for a
 * proxy's own element to fall into, does not reach it from the left.
 */
function elementEnd(line: string): number {
  let comma = line.lastIndexOf(",");
  const last = comma;
  for (let tries = 0; tries < MAX_COMMAS && comma !== -1; tries++) {
    if (line.length - comma > MAX_ELEMENT) break;
    if (pairsOf(line.slice(comma + 1)) !== null) return comma;
    comma = comma === 0 ? -1 : line.lastIndexOf(",", comma - 1);
  }
  return comma === -1 ? -1 : last;
}

/**
 * RFC 7239 §4: the pairs of an element, with semicolons between them. Empty ones are allowed; blanks are not, and some
 * proxies write one. Null if it is no element.
 */
function pairsOf(element: string): (readonly [name: string, value: string])[] | null {
  const pairs: (readonly [string, string])[] = [];
  let at = 0;
  const skipBlanks = () => {
    while (at < element.length && " \t".includes(element[at])) at++;
  };
  for (;; at++) {
    skipBlanks();
    PAIR.lastIndex = at;
    const pair = PAIR.exec(element);
    if (pair !== null) {
      pairs.push([pair[1], pair[2]]);
      at += pair[0].length;
      skipBlanks();
    }
    if (at === element.length) return pairs;
    if (element[at] !== ";") return null;
  }
}

/** RFC 7239 §4 and §5.2: the `for` of an element. */
function forwardedNode(element: string): Hop | null {
  const pairs = element.length > MAX_ELEMENT ? null : pairsOf(element);
  if (pairs === null) return null;
  let node: string | null = null;
  for (const [name, value] of pairs) {
    if (name.toLowerCase() !== "for") continue;
    if (node !== null) return null; // RFC 7239 §4: no parameter occurs twice in an element.
    node = value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
  }
  return node === null ? null : parseNode(node);
}

/**
 * RFC 7239 §6: an address with a port or without, IPv6 in brackets. Null for `unknown`, for a name that a proxy made up to hide who
 * it was (`_hidden`), and for what is nothing at all. A port may be made up as well: then it is 0.
 */
function parseNode(node: string): Hop | null {
  const [, ipv6, ipv4, port] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::(\d{1,5}|_[A-Za-z0-9._\-]+))?$/.exec(node) ?? [];
  const text = ipv6 ?? ipv4;
  if (text === undefined || (ipv6 !== undefined && !ipv6.includes(":"))) return null;
  const address = parseAddress(text);
  const number = port === undefined || port.startsWith("_") ? 0 : Number(port);
  return address === null || number > 65_535 ? null : { address, port: number };
}

/** `X-Forwarded-For` has no grammar: what proxies write are bare addresses, and some write ports as above. */
function plainNode(element: string): Hop | null {
  const text = element.trim();
  const address = parseAddress(text);
  return address === null ? parseNode(text) : { address, port: 0 };
}
