/** The PROXY protocol, versions 1 and 2: each header whole, byte by byte, and with a request glued behind it. */

import { assertEquals } from "@std/assert";
import {
  MAX_V1_BYTES,
  MAX_V2_BYTES,
  parseProxyHeader,
  type ProxyHeader,
} from "../../lib/http/proxy_header.ts";
import { asciiBytes } from "../../lib/http/grammar.ts";

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const REQUEST = asciiBytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

/** A header of version 2. */
function v2(command: number, family: number, rest: readonly number[], length = rest.length) {
  return Uint8Array.from([...SIGNATURE, command, family, length >> 8, length & 255, ...rest]);
}

const IPV4 = [192, 0, 2, 60, 198, 51, 100, 1, 0xdc, 0x04, 0x01, 0xbb];
const IPV6 = [
  0x20,
  0x01,
  0x0d,
  0xb8,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  0x20,
  0x01,
  0x0d,
  0xb8,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  2,
  0xdc,
  0x04,
  0x01,
  0xbb,
];
const ALPN = [0x01, 0, 8, ...asciiBytes("http/1.1")];
/** Of `v2(0x21, 0x11, [...IPV4, 3, 0, 4, 0, 0, 0, 0])`, by another program, which gives 0xe3069283 for `123456789`, the check value of CRC-32C. */
const CHECKSUM = [0xf4, 0xf9, 0x1e, 0xea];

const V1_LONGEST = "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n";
const HEADERS: readonly (readonly [string, Uint8Array, string | null])[] = [
  // what, bytes, client
  ["TCP4", asciiBytes("PROXY TCP4 192.0.2.60 198.51.100.1 56324 443\r\n"), "192.0.2.60 56324"],
  ["TCP6", asciiBytes("PROXY TCP6 2001:db8::1 2001:DB8::2 1 0\r\n"), "2001:db8::1 1"],
  ["TCP6 of IPv4", asciiBytes("PROXY TCP6 ::ffff:192.0.2.60 ::1 65535 1\r\n"), "192.0.2.60 65535"],
  ["UNKNOWN", asciiBytes("PROXY UNKNOWN\r\n"), null],
  ["UNKNOWN with more", asciiBytes(V1_LONGEST), null],
  ["v2 TCP4", v2(0x21, 0x11, IPV4), "192.0.2.60 56324"],
  ["v2 TCP6", v2(0x21, 0x21, IPV6), "2001:db8::1 56324"],
  ["v2 Unix", v2(0x21, 0x31, new Array(216).fill(0x2f)), null],
  ["v2 unspecified", v2(0x21, 0x00, []), null],
  ["v2 unspecified with bytes", v2(0x21, 0x00, [1, 2, 3, 4, 5]), null],
  ["v2 LOCAL", v2(0x20, 0x00, []), null],
  ["v2 LOCAL with addresses", v2(0x20, 0x11, IPV4), null],
  ["v2 with ALPN", v2(0x21, 0x11, [...IPV4, ...ALPN]), "192.0.2.60 56324"],
  ["v2 with its checksum", v2(0x21, 0x11, [...IPV4, 3, 0, 4, ...CHECKSUM]), "192.0.2.60 56324"],
  [
    "v2 of the largest size",
    v2(0x21, 0x11, [
      ...IPV4,
      ...[4, (MAX_V2_BYTES - 31) >> 8, (MAX_V2_BYTES - 31) & 255],
      ...new Array(MAX_V2_BYTES - 31).fill(0),
    ]),
    "192.0.2.60 56324",
  ],
];

function told(header: ProxyHeader): unknown {
  if (header.kind !== "header") return header.kind;
  const { length, client } = header;
  return [length, client === null ? null : `${client.hostname} ${client.port}`];
}

for (const [what, bytes, client] of HEADERS) {
  Deno.test(`parseProxyHeader() reads ${what}, byte by byte and with a request behind it`, () => {
    for (let end = 0; end < bytes.length; end++) {
      assertEquals(told(parseProxyHeader(bytes.subarray(0, end))), "more", `${end} bytes`);
    }
    assertEquals(told(parseProxyHeader(bytes)), [bytes.length, client]);
    const glued = Uint8Array.from([...bytes, ...REQUEST]);
    assertEquals(told(parseProxyHeader(glued)), [bytes.length, client]);
  });
}

const INVALID: readonly (readonly [string, Uint8Array])[] = [
  ["a request", REQUEST],
  ["TLS", Uint8Array.of(0x16, 0x03, 0x01)],
  ["in lower case", asciiBytes("proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n")],
  ["no family", asciiBytes("PROXY \r\n")],
  ["another family", asciiBytes("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n")],
  ["IPv6 as TCP4", asciiBytes("PROXY TCP4 ::1 ::1 1 2\r\n")],
  ["IPv4 as TCP6", asciiBytes("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n")],
  ["one of each", asciiBytes("PROXY TCP4 1.2.3.4 ::1 1 2\r\n")],
  ["no address", asciiBytes("PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n")],
  ["a zero in front", asciiBytes("PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n")],
  ["no other address", asciiBytes("PROXY TCP4 1.2.3.4 host 1 2\r\n")],
  ["a port too large", asciiBytes("PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n")],
  ["another one", asciiBytes("PROXY TCP4 1.2.3.4 1.2.3.4 1 99999\r\n")],
  ["a port with a zero in front", asciiBytes("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n")],
  ["a port with a sign", asciiBytes("PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n")],
  ["two spaces", asciiBytes("PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n")],
  ["a space at the end", asciiBytes("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n")],
  ["a tab", asciiBytes("PROXY TCP4\t1.2.3.4 1.2.3.4 1 2\r\n")],
  ["too little", asciiBytes("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n")],
  ["a bare LF", asciiBytes("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n")],
  ["a bare CR", asciiBytes("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rX\r\n")],
  ["UNKNOWN with a CR inside", asciiBytes("PROXY UNKNOWN a\rb\r\n")],
  ["UNKNOWNX", asciiBytes("PROXY UNKNOWNX\r\n")],
  ["a line of 108 bytes", asciiBytes(`PROXY UNKNOWN ${"x".repeat(MAX_V1_BYTES - 15)}\r\n`)],
  ["a line without an end", asciiBytes("PROXY UNKNOWN ".padEnd(MAX_V1_BYTES, "x"))],
  ["v2 of version 1", v2(0x11, 0x11, IPV4)],
  ["v2 of version 3", v2(0x31, 0x11, IPV4)],
  ["v2 with another command", v2(0x22, 0x11, IPV4)],
  ["v2 of another family", v2(0x21, 0x41, IPV4)],
  ["v2 of datagrams", v2(0x21, 0x12, IPV4)],
  ["v2 of no transport", v2(0x21, 0x10, IPV4)],
  ["v2 TCP4, too short", v2(0x21, 0x11, IPV4.slice(0, 11))],
  ["v2 TCP6, too short", v2(0x21, 0x21, IPV4)],
  ["v2 Unix, too short", v2(0x21, 0x31, IPV6)],
  ["v2 with a type and no length", v2(0x21, 0x11, [...IPV4, 1])],
  ["v2 with a value that is cut", v2(0x21, 0x11, [...IPV4, 1, 0, 9, 1, 2])],
  ["v2 with a wrong checksum", v2(0x21, 0x11, [...IPV4, 3, 0, 4, 1, 2, 3, 4])],
  ["v2 with half a checksum", v2(0x21, 0x11, [...IPV4, 3, 0, 2, ...CHECKSUM.slice(0, 2)])],
  ["v2 that is too large", v2(0x21, 0x11, IPV4, MAX_V2_BYTES - 15)],
  ["v2 of the largest length there is", v2(0x20, 0x00, [], 65_535)],
  ["a signature that is nearly right", Uint8Array.from([...SIGNATURE.slice(0, 11), 0x0b])],
];

for (const [what, bytes] of INVALID) {
  Deno.test(`parseProxyHeader() refuses ${what}, at its last byte at the latest`, () => {
    assertEquals(parseProxyHeader(bytes).kind, "invalid");
    const kinds = Array.from(bytes, (_, i) => parseProxyHeader(bytes.subarray(0, i + 1)).kind);
    assertEquals(kinds.filter((kind) => kind === "header"), []);
  });
}
