/** Who asked: fields and PROXY headers of trusted peers, and of all others; into the log, and into what one address may have. */

import { assert, assertEquals } from "@std/assert";
import type { ServeInit } from "../../lib/serve.ts";
import { requestOf, type Running, withServer } from "./harness.ts";

const FILES = { "a.txt": "a" };
const LOOPBACK: ServeInit = { trustProxy: ["127.0.0.1"] };
const PROXIED: ServeInit = { ...LOOPBACK, proxyProtocol: true };

/** Sends one request, and gives the status and whom the log names. */
async function asked({ exchange, log }: Running, fieldLines: readonly string[], before = "") {
  const text = await exchange(before + requestOf("/a.txt", fieldLines));
  const { peer, peerPort } = log.at(-1)!;
  return `${text.slice(9, 12)} ${peer} ${peerPort}`;
}

Deno.test("serve() names the client that a trusted proxy tells of, in either field", async () => {
  await withServer(FILES, async (running) => {
    assertEquals(await asked(running, ["X-Forwarded-For: 192.0.2.7"]), "200 192.0.2.7 0");
    assertEquals(await asked(running, ['Forwarded: for="192.0.2.7:81"']), "200 192.0.2.7 81");
    const forged = ["X-Forwarded-For: 8.8.8.8", "X-Forwarded-For: 9.9.9.9, 192.0.2.7, 127.0.0.1"];
    assertEquals(await asked(running, forged), "200 192.0.2.7 0");
  }, LOOPBACK);
});

Deno.test("serve() names the client of each request, and of one that is refused", async () => {
  await withServer(FILES, async (running) => {
    const client = await running.connect();
    const head = (target: string, who: string) =>
      `GET ${target} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${who}\r\n\r\n`;
    await client.send(
      head("/a.txt", "192.0.2.1") + head("/none", "192.0.2.2") + head("/..%2f..", "192.0.2.3"),
    );
    await client.readToEnd();
    assertEquals(running.log.map(({ peer, statusCode }) => `${peer} ${statusCode}`), [
      "192.0.2.1 200",
      "192.0.2.2 404",
      "192.0.2.3 400",
    ]);
  }, LOOPBACK);
});

Deno.test("serve() believes nobody else, whatever they send", async () => {
  const forged = ["X-Forwarded-For: 9.9.9.9", "Forwarded: for=9.9.9.9", "X-Real-IP: 9.9.9.9"];
  for (const init of [{}, { trustProxy: ["10.0.0.0/8", "::1"] }]) {
    await withServer(FILES, async (running) => {
      assert((await asked(running, forged)).startsWith("200 127.0.0.1 "));
    }, init);
  }
});

Deno.test("serve() says so where the two fields disagree, and believes neither", async () => {
  const told: unknown[] = [];
  await withServer(FILES, async (running) => {
    const fields = ["X-Forwarded-For: 192.0.2.7", "Forwarded: for=9.9.9.9"];
    assert((await asked(running, fields)).startsWith("200 127.0.0.1 "));
    const waiting = await running.connect(); // Its deadline keeps the clock awake.
    while (told.length === 0) await waiting.send("\r\n");
    assert(/^1 request\(s\) came with Forwarded and X-Forwarded-For of two/.test(String(told[0])));
  }, { ...LOOPBACK, onError: (error) => told.push(error) });
});

Deno.test("serve() counts what one client may have by whom the proxy tells of", async () => {
  const init = { ...LOOPBACK, maxConnections: 8, maxConnectionsPerAddress: 2 };
  const content = "POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n";
  await withServer(FILES, async (running) => {
    // Requests under way of one client: each waits for its content.
    for (let i = 0; i < 2; i++) {
      const client = await running.connect();
      await client.send(content + "X-Forwarded-For: 192.0.2.7\r\nExpect: 100-continue\r\n\r\n");
      assertEquals((await client.readResponse()).statusCode, 405);
      // Answered: the connection is the proxy's again, and waits.
    }
    assertEquals(await asked(running, ["X-Forwarded-For: 192.0.2.7"]), "200 192.0.2.7 0");
    const busy = [];
    for (let i = 0; i < 2; i++) {
      const client = await running.connect();
      await client.send(content + "X-Forwarded-For: 192.0.2.7\r\n\r\n");
      busy.push(client);
    }
    // Requests of one client in a row, until both of the others have been received.
    while (!(await asked(running, ["X-Forwarded-For: 192.0.2.7"])).startsWith("503"));
    assertEquals(await asked(running, ["X-Forwarded-For: 192.0.2.8"]), "200 192.0.2.8 0");
    await busy[0].send("12345");
    assertEquals((await busy[0].readResponse()).statusCode, 405);
    assertEquals(await asked(running, ["X-Forwarded-For: 192.0.2.7"]), "200 192.0.2.7 0");
  }, init);
});

Deno.test("serve() takes a PROXY header before each connection, however it is cut", async () => {
  const line = "PROXY TCP4 192.0.2.60 127.0.0.1 56324 80\r\n";
  const request = requestOf("/a.txt", ["X-Forwarded-For: 9.9.9.9"]);
  await withServer(FILES, async (running) => {
    for (const size of [1, 7, line.length, 1_000]) {
      const client = await running.connect();
      await client.sendSplit(line + request, size);
      assert((await client.readToEnd()).startsWith("HTTP/1.1 200 "), `in parts of ${size}`);
      const { peer, peerPort } = running.log.at(-1)!;
      assertEquals(`${peer} ${peerPort}`, "192.0.2.60 56324", "the client is not believed more");
    }
    // A chain: the balancer tells of a proxy that is trusted as well.
    const chain = "PROXY TCP4 127.0.0.1 127.0.0.1 1 80\r\n";
    assertEquals(await asked(running, ["X-Forwarded-For: 192.0.2.7"], chain), "200 192.0.2.7 0");
    assert((await asked(running, [], "PROXY UNKNOWN\r\n")).startsWith("200 127.0.0.1 "));
  }, PROXIED);
});

Deno.test("serve() with PROXY headers closes all that has none, without a word, and says so", async () => {
  const told: unknown[] = [];
  await withServer(FILES, async ({ exchange, log, connect }) => {
    const forged = [
      requestOf("/a.txt"),
      "\r\n" + requestOf("/a.txt"),
      "PROXY TCP4 192.0.2.60 127.0.0.1 99999 80\r\n" + requestOf("/a.txt"),
      "PROXY UNKNOWN" + "x".repeat(100),
      "\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff",
    ];
    for (const bytes of forged) {
      assertEquals(await exchange(bytes).catch(() => ""), "", bytes); // Or reset: it has sent more.
    }
    assertEquals(log, []);
    const line = "PROXY TCP4 192.0.2.60 127.0.0.1 56324 80\r\n";
    const client = await connect();
    await client.send(line);
    while (told.length === 0) await client.send("\r\n");
    assert(
      /^5 connection\(s\) were closed, as they began without/.test(String(told[0])),
      `${told}`,
    );
  }, { ...PROXIED, onError: (error) => told.push(error) });
});

Deno.test("serve() with PROXY headers takes them from nobody whom it does not trust", async () => {
  const line = "PROXY TCP4 192.0.2.60 127.0.0.1 56324 80\r\n";
  const init = { trustProxy: ["10.0.0.0/8"], proxyProtocol: true, onError: () => {} };
  await withServer(FILES, async ({ exchange, log }) => {
    const gone = await exchange(line + requestOf("/a.txt")).catch(() => "");
    assertEquals(gone, "");
    assertEquals(log, []);
  }, init);
});

Deno.test("serve() with PROXY headers does not wait for one longer than for a head", async () => {
  await withServer(FILES, async ({ connect, log }) => {
    const client = await connect();
    await client.send("PROXY TCP4 192.0.2.60 ");
    assertEquals(await client.readToEnd().catch(() => ""), "");
    assertEquals(log, []);
  }, { ...PROXIED, headTimeoutMs: 100 });
});

Deno.test("serve() gives each client behind PROXY headers its own share, and the proxy none", async () => {
  const init = { ...PROXIED, maxConnections: 20, maxConnectionsPerAddress: 2 };
  const line = (client: string) => `PROXY TCP4 ${client} 127.0.0.1 1 80\r\n`;
  const head = "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n";
  await withServer(FILES, async ({ connect }) => {
    const outcome = async (who: string) => {
      const client = await connect();
      await client.send(line(who) + head);
      return (await client.readResponse()).statusCode;
    };
    const outcomes = [];
    for (const who of ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"]) {
      outcomes.push(await outcome(who));
    }
    assertEquals(outcomes, [200, 200, 503, 200, 200]);
  }, init);
});
