/** Who asked: RFC 7239, and `X-Forwarded-For`, right to left, and only as far as the one who wrote is trusted. */

import { assertEquals } from "@std/assert";
import { clientOf } from "../../lib/http/forwarded.ts";
import { isWithin, parseNetwork } from "../../lib/http/ip_address.ts";

const TRUSTED = ["10.0.0.0/8", "2001:db8:ffff::/48"].map((text) => parseNetwork(text)!);
const PROXY = "10.0.0.1";

function client(
  fields: { forwarded?: string | readonly string[]; others?: string | readonly string[] },
  peer = PROXY,
): string | null {
  const byName: Record<string, readonly string[]> = {
    "forwarded": [fields.forwarded ?? []].flat(),
    "x-forwarded-for": [fields.others ?? []].flat(),
  };
  const found = clientOf(
    { getAll: (name) => byName[name] },
    { hostname: peer, port: 1234 },
    (address) => TRUSTED.some((network) => isWithin(address, network)),
  );
  return found === null ? null : `${found.hostname} ${found.port}`;
}

const OPEN = 'for="192.0.2.66';
const FORWARDED = [
  // Forwarded, client and port, why
  ["for=192.0.2.60", "192.0.2.60 0", "§4 token"],
  ["For=192.0.2.60", "192.0.2.60 0", "§4: names are case-insensitive"],
  ['for="192.0.2.43:47011"', "192.0.2.43 47011", "§6 port, in quotes"],
  ['for="192.0.2.43:_port"', "192.0.2.43 0", "§6 port that is made up"],
  ['for="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17 4711", "§6 IPv6"],
  ['for="\\1\\92.0.2.60"', "192.0.2.60 0", "RFC 9110 §5.6.4: quoted pairs"],
  ["for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60 0", "§4 several pairs"],
  ["proto=http;for=192.0.2.60", "192.0.2.60 0", "in any order"],
  ["for=192.0.2.60; proto=https;", "192.0.2.60 0", "a blank, as some write, and an empty pair"],
  ["for=192.0.2.43, for=198.51.100.17", "198.51.100.17 0", "§7.1: the right one is the proxy's"],
  ["for=192.0.2.43, for=10.9.9.9", "192.0.2.43 0", "a trusted proxy behind another one"],
  ['for=192.0.2.43,for="[2001:db8:ffff::1]",for=10.9.9.9', "192.0.2.43 0", "three in a row"],
  ["for=10.1.1.1, for=10.9.9.9", "10.1.1.1 0", "all are trusted: the one farthest away"],
  ["for=192.0.2.43,, ,", "192.0.2.43 0", "RFC 9110 §5.6.1.2: empty elements"],
  ['for=192.0.2.43;by="_a, for=9.9.9.9"', "192.0.2.43 0", "a comma in quotes is none"],
  ['by="for=9.9.9.9";for=192.0.2.43', "192.0.2.43 0", "a pair in quotes is none"],

  // What a peer wrote, to the left of what the proxy wrote.
  ["for=9.9.9.9, for=192.0.2.60", "192.0.2.60 0", "forged"],
  [`${OPEN}, for=192.0.2.60`, "192.0.2.60 0", "forged: a quote left open"],
  [`${OPEN}, for="[2001:db8:1::1]:80"`, "2001:db8:1::1 80", "forged: closed by the proxy's own"],
  [`${OPEN}\\, for="192.0.2.60"`, "192.0.2.60 0", "forged: with a backslash before the comma"],
  ["for=unknown, for=192.0.2.60", "192.0.2.60 0", "forged: nothing"],

  // Where nothing can be known the last one who is known is the client: the proxy.
  ["for=unknown", `${PROXY} 1234`, "§6.2"],
  ["for=_hidden", `${PROXY} 1234`, "§6.3"],
  ["for=9.9.9.9, for=unknown", `${PROXY} 1234`, "nothing to the left of it is believed"],
  ["for=9.9.9.9, proto=http", `${PROXY} 1234`, "§4: `for` is optional; the same"],
  ["for=9.9.9.9, for=_hidden, for=10.7.7.7", "10.7.7.7 0", "the same one further"],
  ["for=192.0.2.60;for=9.9.9.9", `${PROXY} 1234`, "§4: twice in an element"],
  ["for=192.0.2.43:47011", `${PROXY} 1234`, "§6: a colon needs quotes"],
  ["for=[2001:db8::1]", `${PROXY} 1234`, "§6: brackets need quotes"],
  ['for="2001:db8::1"', `${PROXY} 1234`, "§6: IPv6 needs brackets"],
  ['for="[192.0.2.1]"', `${PROXY} 1234`, "and IPv4 has none"],
  ['for="192.0.2.43:99999"', `${PROXY} 1234`, "no port"],
  ["for=192.0.2.60 proto=http", `${PROXY} 1234`, "no semicolon"],
  ["for =192.0.2.60", `${PROXY} 1234`, "a blank before the equals sign"],
  ["192.0.2.60", `${PROXY} 1234`, "no pair"],
  ['for="192.0.2.60', `${PROXY} 1234`, "no end of the quotes"],
  ["for=999.0.2.60", `${PROXY} 1234`, "no address"],
  ["", `${PROXY} 1234`, "nothing"],
] as const;

for (const [forwarded, expected, why] of FORWARDED) {
  Deno.test(`clientOf() of Forwarded: ${forwarded} is ${expected}; ${why}`, () => {
    assertEquals(client({ forwarded }), expected);
  });
}

const OTHERS = [
  ["192.0.2.60", "192.0.2.60 0", "one address"],
  ["9.9.9.9, 192.0.2.60", "192.0.2.60 0", "forged"],
  ["192.0.2.60, 10.1.2.3", "192.0.2.60 0", "two proxies of ours"],
  ["9.9.9.9,192.0.2.60,10.1.2.3 ,\t10.4.5.6", "192.0.2.60 0", "forged, and three proxies"],
  ["2001:DB8::1", "2001:db8::1 0", "IPv6, as most write it"],
  ["[2001:db8::1]", "2001:db8::1 0", "as some do"],
  ["[2001:db8::1]:443", "2001:db8::1 443", "with a port"],
  ["192.0.2.60:5151", "192.0.2.60 5151", "the same of IPv4"],
  ["::ffff:192.0.2.60", "192.0.2.60 0", "one client, whichever way it came"],
  ["10.0.0.9", "10.0.0.9 0", "a client inside"],
  ["unknown", `${PROXY} 1234`, "as Squid writes it"],
  ["9.9.9.9, evil", `${PROXY} 1234`, "nothing to the left of it is believed"],
  ['9.9.9.9, "192.0.2.60"', `${PROXY} 1234`, "no quotes here"],
  ["192.0.2.60;9.9.9.9", `${PROXY} 1234`, "nor semicolons"],
  ["192.0.2.60\u00009.9.9.9", `${PROXY} 1234`, "nor anything else"],
] as const;

for (const [others, expected, why] of OTHERS) {
  Deno.test(`clientOf() of X-Forwarded-For: ${others} is ${expected}; ${why}`, () => {
    assertEquals(client({ others }), expected);
  });
}

Deno.test("clientOf() believes nobody who is not trusted", () => {
  const peers = ["192.0.2.1", "11.0.0.1", "2001:db8:fffe::1", "::a00:1", "unix"];
  for (const peer of peers) {
    assertEquals(client({ forwarded: "for=9.9.9.9" }, peer), `${peer} 1234`);
    assertEquals(client({ others: "9.9.9.9" }, peer), `${peer} 1234`);
    assertEquals(client({ forwarded: "for=9.9.9.9", others: "8.8.8.8" }, peer), `${peer} 1234`);
  }
});

Deno.test("clientOf() reads several lines as one, the last first", () => {
  assertEquals(client({ others: ["9.9.9.9", "192.0.2.60, 10.1.1.1"] }), "192.0.2.60 0");
  assertEquals(client({ others: ["192.0.2.60", "10.1.1.1"] }), "192.0.2.60 0");
  assertEquals(client({ forwarded: ['for="9.9.9.9', "for=192.0.2.60"] }), "192.0.2.60 0");
  assertEquals(client({ forwarded: ["for=192.0.2.60", "for=10.1.1.1"] }), "192.0.2.60 0");
});

Deno.test("clientOf() believes neither field where they tell of two clients", () => {
  // A proxy that writes X-Forwarded-For lets a forged Forwarded through, and the other way around.
  assertEquals(client({ forwarded: "for=9.9.9.9", others: "192.0.2.60" }), null);
  assertEquals(client({ forwarded: "for=192.0.2.60", others: "192.0.2.60" }), "192.0.2.60 0");
  assertEquals(client({ forwarded: 'for="192.0.2.60:7"', others: "192.0.2.60" }), "192.0.2.60 7");
  assertEquals(client({ forwarded: "proto=http", others: "192.0.2.60" }), null);
});

Deno.test("clientOf() of 64 KiB that are made to be slow takes no time", () => {
  const size = 65_000;
  const hostile = [
    ",".repeat(size),
    ";".repeat(size),
    "; ".repeat(size / 2),
    '"'.repeat(size),
    "a".repeat(size),
    'for="' + ",".repeat(size),
    "for=10.0.0.1,".repeat(size / 13),
    "10.0.0.1,".repeat(size / 9),
    `a="${"\\".repeat(size)}`,
    `for=1.2.3.4${" ; ".repeat(150)}=`,
    "a=b;".repeat(size / 4) + "!",
    ("a=" + "b".repeat(490) + " =,").repeat(130),
    ('a="' + "\\,".repeat(200) + ",").repeat(150),
  ];
  const start = performance.now();
  for (const text of hostile) {
    client({ forwarded: text });
    client({ others: text });
    client({ forwarded: new Array(190).fill(text.slice(0, 330)) });
  }
  const tookMs = performance.now() - start;
  // All of them together take 5 ms; what grows with the square of its input takes minutes.
  assertEquals(tookMs < 2_000, true, `${tookMs} ms`);
});

Deno.test("clientOf() follows no endless chain", () => {
  const chain = (length: number) => "192.0.2.60, " + new Array(length).fill("10.0.0.7").join(", ");
  assertEquals(client({ others: chain(31) }), "192.0.2.60 0");
  assertEquals(client({ others: chain(40) }), "10.0.0.7 0");
});
