/**
 * The PROXY protocol of HAProxy (haproxy.org, proxy-protocol.txt), versions 1 and 2: what a proxy sends before all else, to
 * tell whose connection it passes on. In go the first bytes of a connection, out comes how many of them are the header, and
 * the client; or that more bytes are needed; or why this is no header. Nothing is thrown.
 *
 * A header has to be there (§2: nobody guesses), and who may send one is settled elsewhere.
 */

import { formatAddress, parseAddress } from "./ip_address.ts";
import type { Peer } from "./forwarded.ts";

/** What the first bytes of a connection are. */
export type ProxyHeader =
  /** All of them may be the start of a header. */
  | { readonly kind: "more" }
  | {
    readonly kind: "header";
    /** Bytes of it; what follows is the client's. */
    readonly length: number;
    /** Null if the proxy speaks for itself, as in a health check, or does not know whom for. */
    readonly client: Peer | null;
  }
  | { readonly kind: "invalid"; readonly why: string };

/** §2.1: the longest line of version 1, CRLF included. */
export const MAX_V1_BYTES = 107;
/** The longest header of version 2 that is taken, in bytes: with what proxies add about TLS it has some hundred. */
export const MAX_V2_BYTES = 4096;

const V1_START = [0x50, 0x52, 0x4f, 0x58, 0x59, 0x20]; // "PROXY "
const V2_START = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const V2_FIXED_BYTES = 16;
/** §2.2: by address family and transport, what its addresses take, in bytes. Only streams come over TCP. */
const V2_ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [0x00, 0], // Unspecified.
  [0x11, 12], // TCP over IPv4: two addresses, two ports.
  [0x21, 36], // TCP over IPv6.
  [0x31, 216], // A stream of a Unix socket: two paths.
]);
/** §2.2.3: the type of a checksum over the whole header, taken with its own four bytes as zeros. */
const TYPE_CRC32C = 0x03;

/** Reads the header at the start of a connection. */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (startsWith(bytes, V1_START)) return parseV1(bytes);
  if (startsWith(bytes, V2_START)) return parseV2(bytes);
  return invalid("no PROXY header");
}

/** Whether bytes start like that, as far as there are any. */
function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => i >= bytes.length || bytes[i] === byte);
}

function invalid(why: string): ProxyHeader {
  return { kind: "invalid", why };
}

/** §2.1: `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443 CRLF`, with one space each. */
function parseV1(bytes: Uint8Array): ProxyHeader {
  const end = bytes.subarray(0, MAX_V1_BYTES).indexOf(0x0a);
  if (end === -1) {
    return bytes.length < MAX_V1_BYTES
      ? { kind: "more" }
      : invalid("version 1: no end of the line");
  }
  const line = String.fromCharCode(...bytes.subarray(0, end + 1));
  const length = line.length;
  // §2.1: whatever follows UNKNOWN, up to CRLF, is to be ignored.
  if (/^PROXY UNKNOWN(?: [^\r\n]*)?\r\n$/.test(line)) {
    return { kind: "header", length, client: null };
  }
  const number = "(0|[1-9]\\d{0,4})";
  const pattern = new RegExp(`^PROXY (TCP[46]) (\\S+) (\\S+) ${number} ${number}\\r\\n$`);
  const [, family, source, target, port, targetPort] = pattern.exec(line) ?? [];
  if (family === undefined) return invalid("version 1: no line of it");
  const hasFamily = [source, target].every((text) => text.includes(":") === (family === "TCP6"));
  const address = parseAddress(source);
  if (!hasFamily || address === null || parseAddress(target) === null) {
    return invalid(`version 1: no addresses of ${family}`);
  }
  if (Number(port) > 65_535 || Number(targetPort) > 65_535) return invalid("version 1: no port");
  return {
    kind: "header",
    length,
    client: { hostname: formatAddress(address), port: Number(port) },
  };
}

/** §2.2: 12 bytes that nobody else starts with, version and command, family, length, addresses, and what else is told. */
function parseV2(bytes: Uint8Array): ProxyHeader {
  if (bytes.length < V2_FIXED_BYTES) return { kind: "more" };
  const command = bytes[12];
  if (command !== 0x20 && command !== 0x21) return invalid("version 2: another version or command");
  const length = V2_FIXED_BYTES + (bytes[14] << 8 | bytes[15]);
  if (length > MAX_V2_BYTES) return invalid(`version 2: over ${MAX_V2_BYTES} bytes`);
  if (bytes.length < length) return { kind: "more" };
  // §2.2: LOCAL, a health check: the family is to be ignored, and all that follows to be skipped.
  if (command === 0x20) return { kind: "header", length, client: null };
  const family = bytes[13];
  const addressBytes = V2_ADDRESS_BYTES.get(family);
  if (addressBytes === undefined) return invalid("version 2: another family or transport");
  const header = bytes.subarray(0, length);
  const extrasAt = V2_FIXED_BYTES + addressBytes;
  if (family !== 0 && !hasGoodExtras(header, extrasAt)) {
    return invalid("version 2: too short, or its checksum is wrong");
  }
  return { kind: "header", length, client: clientOfV2(header) };
}

function clientOfV2(header: Uint8Array): Peer | null {
  const size = ({ 0x11: 4, 0x21: 16 } as Record<number, number | undefined>)[header[13]];
  if (size === undefined) return null;
  let address = size === 4 ? 0xffffn : 0n;
  for (const byte of header.subarray(V2_FIXED_BYTES, V2_FIXED_BYTES + size)) {
    address = address << 8n | BigInt(byte);
  }
  const portAt = V2_FIXED_BYTES + 2 * size;
  return { hostname: formatAddress(address), port: header[portAt] << 8 | header[portAt + 1] };
}

/** §2.2.3 ff.: type, length in two bytes and value, to the end. */
function hasGoodExtras(header: Uint8Array, extrasAt: number): boolean {
  let at = extrasAt;
  while (at + 3 <= header.length) {
    const valueAt = at + 3;
    const valueBytes = header[at + 1] << 8 | header[at + 2];
    if (header[at] === TYPE_CRC32C) {
      if (valueBytes !== 4 || valueAt + 4 > header.length) return false;
      const given = new DataView(header.buffer, header.byteOffset).getUint32(valueAt);
      if (crc32c(header, valueAt) !== given) return false;
    }
    at = valueAt + valueBytes;
  }
  return at === header.length;
}

/** RFC 3309 §2, CRC-32C: of all bytes, with four of them as zeros. */
function crc32c(bytes: Uint8Array, zerosAt: number): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc ^= i >= zerosAt && i < zerosAt + 4 ? 0 : bytes[i];
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
