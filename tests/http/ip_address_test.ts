/** Addresses and networks as text: RFC 4291, RFC 4632, RFC 5952. */

import { assertEquals } from "@std/assert";
import { formatAddress, isWithin, parseAddress, parseNetwork } from "../../lib/http/ip_address.ts";

const ADDRESSES = [
  // text, as it is written by us, why
  ["192.0.2.7", "192.0.2.7", "IPv4"],
  ["0.0.0.0", "0.0.0.0", "the least"],
  ["255.255.255.255", "255.255.255.255", "the largest"],
  ["::ffff:192.0.2.7", "192.0.2.7", "RFC 4291 §2.5.5.2: IPv4 over a socket of both families"],
  ["::FFFF:C000:0207", "192.0.2.7", "the same in hexadecimal"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1", "RFC 5952 §4.1 to §4.3"],
  ["2001:0db8::0001", "2001:db8::1", "zeros in front"],
  ["2001:db8::1:0:0:1", "2001:db8::1:0:0:1", "§4.2.3: the first of two runs"],
  ["2001:db8:0:0:1::1", "2001:db8::1:0:0:1", "the same address"],
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1", "§4.2.3: the longest run"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", "§4.2.2: a single zero is written"],
  ["::", "::", "none"],
  ["::1", "::1", "loopback"],
  ["1::", "1::", "zeros to the end"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221", "IPv4 at the end of IPv6 that is none"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", "§2.2: it stands for one group or more"],
] as const;

for (const [text, written, why] of ADDRESSES) {
  Deno.test(`parseAddress() reads ${text} as ${written}: ${why}`, () => {
    const address = parseAddress(text);
    assertEquals(address === null ? null : formatAddress(address), written);
    assertEquals(parseAddress(written), address, "what we write is what we read");
  });
}

const NO_ADDRESSES = [
  "",
  " ",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.04",
  "0x1.2.3.4",
  "1.2.3.4 ",
  "+1.2.3.4",
  "1..2.3",
  "1.2.3.4:80",
  "[::1]",
  "::1%eth0",
  ":",
  ":::",
  "1::2::3",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4::5:6:7:8",
  "12345::",
  "g::",
  "::1.2.3",
  "1.2.3.4::",
  "::1.2.3.4:5",
  ":1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:",
  "localhost",
  "1".repeat(10_000),
  "٣.1.1.1",
];

Deno.test("parseAddress() takes nothing else", () => {
  assertEquals(NO_ADDRESSES.filter((text) => parseAddress(text) !== null), []);
});

const NETWORKS = [
  // network, address, whether it belongs to it, why
  ["10.0.0.0/8", "10.255.255.255", true, "the last"],
  ["10.0.0.0/8", "11.0.0.0", false, "the next"],
  ["10.0.0.0/8", "9.255.255.255", false, "the one before"],
  ["10.0.0.0/8", "::ffff:10.1.2.3", true, "IPv4 over a socket of both families"],
  ["10.0.0.0/8", "a00::1", false, "the same bits of IPv6"],
  [
    "172.17.0.1/16",
    "172.17.200.9",
    true,
    "as ip(8) prints it: what is beyond the bits does not matter",
  ],
  ["127.0.0.1", "127.0.0.1", true, "one address"],
  ["127.0.0.1", "127.0.0.2", false, "and no other"],
  ["0.0.0.0/0", "203.0.113.9", true, "all of IPv4"],
  ["0.0.0.0/0", "2001:db8::1", false, "and none of IPv6"],
  ["::/0", "203.0.113.9", true, "all there is"],
  ["2001:db8::/32", "2001:db8:ffff::1", true, "IPv6"],
  ["2001:db8::/32", "2001:db9::", false, "the next"],
  ["2001:db8::/33", "2001:db8:8000::", false, "bits, not groups"],
  ["::1/128", "::1", true, "all bits"],
] as const;

for (const [network, address, expected, why] of NETWORKS) {
  Deno.test(`isWithin() of ${network}: ${address} ${expected ? "is" : "is not"}; ${why}`, () => {
    assertEquals(isWithin(parseAddress(address)!, parseNetwork(network)!), expected);
  });
}

Deno.test("parseNetwork() takes nothing else", () => {
  const texts = [
    "",
    "/8",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/08",
    "10.0.0.0/-1",
    "10/8",
    "::/129",
    "10.0.0.0/8/8",
    "10.0.0.0/255.0.0.0",
    "10.0.0.0 /8",
    "*",
    "localhost/8",
  ];
  assertEquals(texts.filter((text) => parseNetwork(text) !== null), []);
});
