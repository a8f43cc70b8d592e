/** Step (ii) on the wire: heads at any split, and peers that are late, leave or send something else. */

import { assert, assertEquals } from "@std/assert";
import { parseResponse, type RawClient, type Running, withServer } from "./harness.ts";
import { assertError, assertPage, keepAliveLines, splitResponses } from "./responses.ts";

const FILES = { "index.html": "<p>hi" };
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/** Deadlines that a test can wait for; those of the other kind never come. */
const SHORT_HEAD = { headTimeoutMs: 150, keepAliveTimeoutMs: 60_000 };
const SHORT_IDLE = { headTimeoutMs: 60_000, keepAliveTimeoutMs: 150 };

/** Gives a function that lets the server read what was sent so far: it fetches the page over another connection. */
async function makeTurn({ connect }: Running): Promise<() => Promise<void>> {
  const other = await connect();
  return async () => {
    await other.send(GET);
    await other.readResponse();
  };
}

/** Sends two texts so that the server reads them one by one. */
async function sendInTwo(client: RawClient, text: string, at: number, turn: () => Promise<void>) {
  await client.send(text.slice(0, at));
  await turn();
  await client.send(text.slice(at));
}

Deno.test("serve() reads a head that comes one byte at a time", async () => {
  await withServer(FILES, async (running) => {
    const turn = await makeTurn(running);
    const client = await running.connect();
    client.conn.setNoDelay();
    for (const byte of GET) {
      await client.send(byte);
      await turn();
    }
    assertPage(await client.readResponse(), "<p>hi", keepAliveLines(1));
    // Without turns as well: then it is the system that puts bytes together.
    await client.sendSplit(GET, 1);
    assertPage(await client.readResponse(), "<p>hi", keepAliveLines(2));
  }, { keepAliveMax: 100 });
});

Deno.test("serve() reads two heads cut at every position", async () => {
  await withServer(FILES, async (running) => {
    const turn = await makeTurn(running);
    const pair = "HEAD /?1 HTTP/1.1\r\nHost: a\r\n\r\nGET /?2 HTTP/1.1\r\nHost: a\r\n\r\n";
    for (let at = 1; at < pair.length; at++) {
      const client = await running.connect();
      client.conn.setNoDelay();
      await sendInTwo(client, pair, at, turn);
      const head = await client.readResponse("HEAD");
      assertEquals(
        [head.statusCode, head.fields.get("content-length")],
        [200, "5"],
        `cut at ${at}`,
      );
      assertPage(await client.readResponse(), "<p>hi", [
        "Connection: keep-alive",
        "Keep-Alive: timeout=10",
      ]);
      client.close();
    }
  }, { keepAliveMax: 0 });
});

Deno.test("serve() answers thirty requests of one segment in their order", async () => {
  const files: Record<string, string> = {};
  for (let i = 0; i < 30; i++) files[`${i}.html`] = "x".repeat(i);
  await withServer(files, async ({ connect }) => {
    const client = await connect();
    await client.send(
      Object.keys(files).map((name) => `GET /${name} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""),
    );
    await client.closeWrite();
    const responses = splitResponses(await client.readToEnd());
    assertEquals(responses.length, 30);
    responses.forEach((response, i) => assertPage(response, "x".repeat(i), keepAliveLines(i + 1)));
  });
});

Deno.test("serve() takes a head far longer than its first buffer, and the small one behind it", async () => {
  await withServer(FILES, async ({ connect }) => {
    const client = await connect();
    const long = GET.replace("\r\n\r\n", `\r\nCookie: ${"c".repeat(60_000)}\r\n\r\n`);
    await client.send(long + GET + long);
    for (const n of [1, 2, 3]) {
      assertPage(await client.readResponse(), "<p>hi", keepAliveLines(n));
    }
  });
});

Deno.test("serve() skips empty lines before a request", async () => {
  await withServer(FILES, async (running) => {
    const turn = await makeTurn(running);
    const client = await running.connect();
    await client.send("\r\n\r\n" + GET + "\r\n" + GET); // RFC 9112 §2.2: clients of old send one after a POST.
    assertPage(await client.readResponse(), "<p>hi", keepAliveLines(1));
    assertPage(await client.readResponse(), "<p>hi", keepAliveLines(2));
    await sendInTwo(client, "\r\n" + GET, 1, turn);
    assertPage(await client.readResponse(), "<p>hi", keepAliveLines(3));
    await sendInTwo(client, "\r\n" + GET, 2, turn);
    assertPage(await client.readResponse(), "<p>hi", keepAliveLines(4));
  });
});

const NO_METHOD = [
  // First bytes, why
  ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "a TLS ClientHello"],
  ["\x80\x2e\x01\x03\x01", "an SSL 2 greeting"],
  ["\x00", "NUL"],
  [" GET / HTTP/1.1\r\n", "a space before the method"],
  ["\n", "RFC 9112 §2.2: LF alone is no empty line"],
  ["\rG", "nor is CR"],
  ["\x05\x01\x00", "a SOCKS greeting"],
  [":", "no tchar"],
  ["\xff\xfb\x1f", "a telnet negotiation"],
] as const;

Deno.test("serve() answers 400 to bytes that start no request, without waiting for more", async () => {
  await withServer(FILES, async ({ exchange }) => {
    // The deadlines are a minute away: an answer at all is one at once.
    for (const [bytes, why] of NO_METHOD) {
      assertError(parseResponse(await exchange(bytes)), 400, { hint: why });
    }
  }, { headTimeoutMs: 60_000, keepAliveTimeoutMs: 60_000 });
});

Deno.test("serve() answers 408 to a head that is late, and closes", async () => {
  await withServer(FILES, async ({ exchange, log }) => {
    const partsOfHeads = ["G", "GET / HTTP/1.1\r\nHost: a\r\n", GET.slice(0, -1)];
    const texts = await Promise.all(partsOfHeads.map((part) => exchange(part)));
    for (const text of texts) assertError(parseResponse(text), 408);
    assertEquals(log.map(({ statusCode }) => statusCode), [408, 408, 408]);
    assertEquals(log.map(({ requestLine }) => requestLine).sort(), [
      "G",
      "GET / HTTP/1.1",
      "GET / HTTP/1.1",
    ]);
  }, SHORT_HEAD);
});

Deno.test("serve() answers 408 to a head that drips, however often a byte comes", async () => {
  await withServer(FILES, async (running) => {
    const turn = await makeTurn(running);
    const client = await running.connect();
    let answered = false;
    const answer = client.readToEnd().finally(() => answered = true);
    await client.send("GET / HTTP/1.1\r\nX: ");
    while (!answered) {
      await client.send("x");
      await turn();
    }
    assertError(parseResponse(await answer), 408);
  }, { ...SHORT_HEAD, keepAliveMax: 0 });
});

Deno.test("serve() counts the deadline of each head anew, from its first byte", async () => {
  await withServer(FILES, async (running) => {
    const client = await running.connect();
    await client.send(GET + GET.slice(0, 5)); // The second is under way already when the first is answered.
    assertPage(await client.readResponse(), "<p>hi", [
      "Connection: keep-alive",
      "Keep-Alive: timeout=60, max=99",
    ]);
    assertError(parseResponse(await client.readToEnd()), 408);
  }, SHORT_HEAD);
});

Deno.test("serve() reads on after 408, but answers no more", async () => {
  await withServer(FILES, async ({ connect, log }) => {
    const client = await connect();
    await client.send(GET.slice(0, -2));
    assertError(await client.readResponse(), 408);
    // The rest of the head and one more request arrive in the time that the connection lingers.
    await client.send(GET.slice(-2) + GET);
    await client.closeWrite();
    assertEquals(await client.readToEnd(), "");
    assertEquals(log.length, 1);
  }, SHORT_HEAD);
});

Deno.test("serve() closes an idle connection without a word", async () => {
  await withServer(FILES, async ({ connect, exchange, log }) => {
    assertEquals(await exchange(""), "");
    const client = await connect();
    await client.send(GET);
    assertEquals((await client.readResponse()).statusCode, 200);
    assertEquals(await client.readToEnd(), "");
    assertEquals(log.length, 1);
  }, SHORT_IDLE);
});

Deno.test("serve() answers a client that has stopped sending", async () => {
  await withServer(FILES, async ({ connect, log }) => {
    const client = await connect();
    await client.send(GET + GET);
    await client.closeWrite();
    const responses = splitResponses(await client.readToEnd());
    assertEquals(responses.length, 2);
    responses.forEach((response, i) => assertPage(response, "<p>hi", keepAliveLines(i + 1)));
    assertEquals(log.length, 2);
  });
});

Deno.test("serve() answers 400 to a client that stops in the middle of a head", async () => {
  await withServer(FILES, async (running) => {
    for (const at of [1, 4, 14, 16, 20, GET.length - 2, GET.length - 1]) {
      const client = await running.connect();
      await client.send(GET.slice(0, at)); // RFC 9112 §8
      await client.closeWrite();
      assertError(parseResponse(await client.readToEnd()), 400, { hint: `cut at ${at}` });
    }
    assert(running.log.every(({ complete }) => complete));
  });
});

Deno.test("serve() says nothing to a client that connects and leaves", async () => {
  await withServer(FILES, async ({ connect, server, log }) => {
    const half = await connect();
    await half.closeWrite();
    assertEquals(await half.readToEnd(), "");
    (await connect()).close();
    await server.shutdown();
    assertEquals(log, []);
  });
});

Deno.test("serve() takes an empty line between requests for no request", async () => {
  // RFC 9112 §2.2: it is skipped, so the connection is as idle as before. An answer that nobody asked for would
  // be taken for that of the next request.
  await withServer(FILES, async ({ connect, log }) => {
    const leaving = await connect();
    await leaving.send("\r\n");
    await leaving.closeWrite();
    assertEquals(await leaving.readToEnd(), "");
    const idle = await connect();
    await idle.send(GET);
    await idle.readResponse();
    await idle.send("\r\n");
    assertEquals(await idle.readToEnd(), "");
    assertEquals(log.length, 1);
  }, { headTimeoutMs: 100, keepAliveTimeoutMs: 300 });
});
