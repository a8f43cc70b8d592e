/** Who tries passwords has to wait: over the wire, by the address that a proxy tells. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { MAX_GUESSES } from "../../lib/site/guesses.ts";
import { parseResponse, type Running, withServer } from "./harness.ts";

const FILES = {
  "index.html": "secret",
  "open.txt": "open",
  "429.html": "a page of the site",
  "400.html": "a page of the site",
};
const RIGHT = `Authorization: Basic ${btoa("ada:engine")}\r\n`;
const TRIES = 95;
const PROXIED = { auth: "ada:engine", trustProxy: ["127.0.0.1"] };

async function ask({ exchange }: Running, client: string, lines: string, target = "/") {
  const forwarded = `X-Forwarded-For: ${client}\r\n`;
  const head = `GET ${target} HTTP/1.1\r\nHost: a\r\n${forwarded}${lines}Connection: close\r\n\r\n`;
  return parseResponse(await exchange(head));
}

/** Tries many passwords, pipelined, so that no second goes by. */
async function guess({ connect }: Running, client: string, before = "", target = "/") {
  const peer = await connect();
  let text = before;
  for (let i = 0; i < TRIES; i++) {
    const close = i === TRIES - 1 ? "Connection: close\r\n" : "";
    const lines = `X-Forwarded-For: ${client}\r\nAuthorization: Basic ${btoa(`ada:${i}`)}\r\n`;
    text += `GET ${target} HTTP/1.1\r\nHost: a\r\n${lines}${close}\r\n`;
  }
  await peer.send(text);
  const statuses = (await peer.readToEnd()).match(/(?<=^HTTP\/1\.1 )\d+/gm) ?? [];
  assertEquals(statuses.length, TRIES);
  assertEquals(new Set(statuses.slice(0, MAX_GUESSES)), new Set(["401"]));
  return statuses.at(-1);
}

Deno.test("--auth answers 429 to an address with too many wrong passwords, and to no other", async () => {
  await withServer(FILES, async (running) => {
    assertEquals(await guess(running, "192.0.2.1"), "429");
    for (const lines of [RIGHT, `Authorization: Basic ${btoa("ada:x")}\r\n`]) {
      const refused = await ask(running, "192.0.2.1", lines);
      assertEquals(refused.statusCode, 429, "RFC 6585 §4");
      assertMatch(refused.fields.get("retry-after") ?? "", /^[1-9]\d*$/);
      assertEquals(refused.fields.get("cache-control"), "no-store");
      assert(!/secret|of the site/.test(refused.content), "nothing of the site");
    }
    const expecting = RIGHT + "Expect: 100-continue\r\nContent-Length: 3\r\n";
    assertEquals((await ask(running, "192.0.2.1", expecting)).statusCode, 429, "nor by content");
    const forwarded = "X-Forwarded-For: 192.0.2.1\r\n";
    const chunked =
      `GET / HTTP/1.1\r\nHost: a\r\n${forwarded}${RIGHT}Transfer-Encoding: chunked\r\n\r\n`;
    const broken = parseResponse(await running.exchange(`${chunked}x`));
    assertEquals([broken.statusCode, /of the site/.test(broken.content)], [429, false]);
    assertEquals((await ask(running, "192.0.2.1", "")).statusCode, 401, "a stranger is asked");
    assertEquals((await ask(running, "192.0.2.2", RIGHT)).content, "secret", "another address");
    assertEquals((await ask(running, "2001:db8::1", RIGHT)).content, "secret");
    const { log, errors } = running;
    const refused = log.filter(({ statusCode, peer }) =>
      statusCode === 429 && peer === "192.0.2.1"
    );
    assert(refused.length >= 4, `${refused.length}`);
    const said = errors.splice(0).map(String); // Once a minute, however many there are.
    assert(said.length <= 1 && said.every((text) => text.includes("got 429")), String(said));
  }, PROXIED);
});

Deno.test("--auth lets go on who was in, while somebody guesses from the same address", async () => {
  await withServer(FILES, async (running) => {
    const client = "192.0.2.1";
    const inBrowser = `User-Agent: Mozilla/5.0\r\n${RIGHT}`;
    assertEquals((await ask(running, client, inBrowser)).content, "secret");
    assertEquals(await guess(running, client), "429");
    assertEquals((await ask(running, client, RIGHT)).statusCode, 429, "another program");
    assertEquals((await ask(running, client, inBrowser)).content, "secret");
    assertEquals((await ask(running, client, inBrowser, "/open.txt")).content, "open");
    assertEquals((await ask(running, client, "")).statusCode, 401, "a stranger is asked");
    running.errors.splice(0);
  }, PROXIED);
});

Deno.test("--auth counts the network of IPv6, and the client of a PROXY header", async () => {
  await withServer(FILES, async (running) => {
    await guess(running, "2001:db8::1");
    assertEquals((await ask(running, "2001:db8::9:9:9:9", RIGHT)).statusCode, 429);
    assertEquals((await ask(running, "2001:db8:0:1::1", RIGHT)).statusCode, 200);
    running.errors.splice(0);
  }, PROXIED);
  await withServer(FILES, async (running) => {
    const header = (client: string) => `PROXY TCP4 ${client} 127.0.0.1 1 80\r\n`;
    await guess(running, "127.0.0.1", header("192.0.2.1"));
    const asked = async (client: string) => {
      const head = `GET / HTTP/1.1\r\nHost: a\r\n${RIGHT}Connection: close\r\n\r\n`;
      return parseResponse(await running.exchange(header(client) + head)).statusCode;
    };
    assertEquals([await asked("192.0.2.1"), await asked("192.0.2.2")], [429, 200]);
    running.errors.splice(0);
  }, { ...PROXIED, proxyProtocol: true });
});

Deno.test("a lock of _headers counts alike; what it leaves open stays so", async () => {
  const files = { ...FILES, "_headers": "/*\n  X-A: b\n/in/*\n  Basic-Auth: ada:engine\n" };
  await withServer({ ...files, "in/a.txt": "in" }, async (running) => {
    assertEquals(await guess(running, "192.0.2.1", "", "/in/a.txt"), "429");
    assertEquals((await ask(running, "192.0.2.1", RIGHT, "/in/a.txt")).statusCode, 429);
    assertEquals((await ask(running, "192.0.2.1", RIGHT, "/open.txt")).content, "open");
    assertEquals((await ask(running, "192.0.2.2", RIGHT, "/in/a.txt")).content, "in");
    running.errors.splice(0);
  }, { trustProxy: ["127.0.0.1"] });
});

Deno.test("from this machine many may come by a proxy that is not trusted: nobody waits", async () => {
  await withServer(FILES, async (running) => {
    assertEquals(await guess(running, "192.0.2.1"), "401");
    assertEquals((await ask(running, "192.0.2.1", RIGHT)).content, "secret");
  }, { auth: "ada:engine" });
});
