import { assertEquals } from "@std/assert";
import { lanUrl } from "../../lib/net/lan.ts";
import { qrLines, visitorText } from "../../lib/boot/qr.ts";

const CASES:
  readonly (readonly [local: string, remote: string, url: string | null, why: string])[] = [
    ["192.168.1.20", "192.168.1.33", "http://192.168.1.20:3000/", "a neighbour"],
    ["10.0.0.5", "172.16.9.9", "http://10.0.0.5:3000/", "from another part of the network"],
    ["::ffff:192.168.1.20", "::ffff:192.168.1.33", "http://192.168.1.20:3000/", "on both families"],
    ["2001:db8::1", "2001:db8::2", "http://[2001:db8::1]:3000/", "RFC 3986 §3.2.2: in brackets"],
    ["127.0.0.1", "127.0.0.1", null, "this machine"],
    ["127.0.0.1", "127.8.9.10", null, "all of 127/8 is"],
    ["::1", "::1", null, "in IPv6"],
    ["::ffff:127.0.0.1", "::ffff:127.0.0.1", null, "on both families"],
    ["192.168.1.20", "192.168.1.20", null, "this machine, by its own address"],
    ["fe80::1", "fe80::2", null, "link-local: no browser opens it"],
    ["fe80::1%eth0", "fe80::2%eth0", null, "with its zone"],
  ];

for (const [local, remote, url, why] of CASES) {
  Deno.test(`lanUrl() gives ${url} to ${remote}: ${why}`, () => {
    const ends = [{ hostname: local, port: 3000 }, { hostname: remote, port: 50_000 }] as const;
    assertEquals(lanUrl(...ends, false), url);
    assertEquals(lanUrl(...ends, true), url?.replace("http:", "https:") ?? null);
  });
}

Deno.test("lanUrl() leaves out the port that the scheme has anyway", () => {
  const remote = { hostname: "10.0.0.2", port: 50_000 };
  const local = (port: number) => ({ hostname: "10.0.0.1", port });
  assertEquals(lanUrl(local(80), remote, false), "http://10.0.0.1/");
  assertEquals(lanUrl(local(443), remote, true), "https://10.0.0.1/");
  assertEquals(lanUrl(local(80), remote, true), "https://10.0.0.1:80/");
});

Deno.test("qrLines() draws the three corners that scanners look for", () => {
  const lines = qrLines("http://192.168.1.20:3000/");
  const width = lines[0].length;
  assertEquals(lines.every((line) => line.length === width), true);
  assertEquals(lines.length, Math.ceil(width / 2), "two modules a line");
  // Modules of a finder: dark frame, light ring, dark middle, below a border of two.
  const FINDER = ["█▀▀▀▀▀█", "█ ███ █", "█ ▀▀▀ █", "▀▀▀▀▀▀▀"];
  assertEquals(lines.slice(1, 5).map((line) => line.slice(2, 9)), FINDER, "upper left");
  assertEquals(lines.slice(1, 5).map((line) => line.slice(-9, -2)), FINDER, "upper right");
});

Deno.test("visitorText() draws for people only", () => {
  const text = visitorText("http://10.0.0.1:3000/", false);
  assertEquals(text, "A first visitor is here; others on this network open http://10.0.0.1:3000/");
  const drawn = visitorText("http://10.0.0.1:3000/", true).split("\n");
  assertEquals(drawn[0], text);
  for (const line of drawn.slice(1)) {
    assertEquals([line.slice(0, 9), line.slice(-4)], ["\x1b[30;107m", "\x1b[0m"]);
  }
});
