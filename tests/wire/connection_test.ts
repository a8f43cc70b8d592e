/** The life of a connection on the wire: how long it goes on, and how it ends. RFC 9112 §9. */

import { assert, assertEquals } from "@std/assert";
import type { LogEntry } from "../../lib/log/format.ts";
import { BIG_BYTES, countBytes, GET_BIG, writeBigFile } from "./download.ts";
import { latin1Bytes, parseResponse, withServer } from "./harness.ts";
import { untilItHolds } from "../tools.ts";
import { until } from "../xray/testing.ts";
import {
  assertError,
  assertPage,
  CLOSE_LINES,
  keepAliveLines,
  splitResponses,
} from "./responses.ts";

const FILES = { "index.html": "<p>hi" };
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const GET_LAST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
/** More than a peer takes in that does not read, and less than the system keeps for it. */
const MIDDLE_BYTES = 150_000;
const GET_MIDDLE = "GET /middle.bin HTTP/1.1\r\nHost: a\r\n\r\n";
const GET_MIDDLE_LAST = "GET /middle.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

const PERSISTENCE = [
  // Options, requests sent, connection lines of the last answer, answers, why
  [{}, 1, keepAliveLines(1), 1, "§9.3: on by default"],
  [{}, 99, keepAliveLines(99), 99, "one is left"],
  [{}, 101, CLOSE_LINES, 100, "the hundredth is the last, as in the lab"],
  [{ keepAliveMax: 1 }, 2, CLOSE_LINES, 1, "off"],
  [{ keepAliveMax: 2 }, 3, CLOSE_LINES, 2, "two"],
  [
    { keepAliveMax: 0, keepAliveTimeoutMs: 2_999 },
    150,
    ["Connection: keep-alive", "Keep-Alive: timeout=2"],
    150,
    "no limit; whole seconds, never more than there are",
  ],
  [
    { keepAliveMax: 7, keepAliveTimeoutMs: 60_000 },
    3,
    ["Connection: keep-alive", "Keep-Alive: timeout=60, max=4"],
    3,
    "what is left is counted down",
  ],
] as const;

Deno.test("serve() keeps a connection for as many requests as the options say", async () => {
  for (const [init, requests, connectionLines, answers, why] of PERSISTENCE) {
    await withServer(FILES, async ({ connect, log }) => {
      const client = await connect();
      await client.send(GET.repeat(requests));
      await client.closeWrite();
      const responses = splitResponses(await client.readToEnd());
      assertEquals([responses.length, log.length], [answers, answers], why);
      assertPage(responses[answers - 1], "<p>hi", connectionLines);
      for (const response of responses.slice(0, -1)) {
        assertEquals(response.fields.get("connection"), "keep-alive", why);
      }
    }, init);
  }
});

Deno.test("serve() goes on after an error response that leaves nothing in doubt", async () => {
  await withServer(FILES, async ({ connect }) => {
    const client = await connect();
    await client.send(GET.replace("/", "/none") + GET + GET.replace("/", "/%") + GET);
    assertError(await client.readResponse(), 404, { connectionLines: keepAliveLines(1) });
    assertPage(await client.readResponse(), "<p>hi", keepAliveLines(2));
    // A 400 ends the connection, as in nginx.
    assertError(parseResponse(await client.readToEnd()), 400);
  });
});

Deno.test("a duration begins with its own request, whatever came before on the connection", async () => {
  const restMs = 400;
  for (const next of [GET, "NONSENSE\r\n\r\n", GET + GET]) {
    await withServer(FILES, async ({ connect, log }) => {
      const client = await connect();
      await client.send(GET);
      await client.readResponse();
      await new Promise((resolve) => setTimeout(resolve, restMs));
      await client.send(next);
      for (let i = 0; i < next.split("GET").length - 1; i++) await client.readResponse();
      client.close();
      while (log.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
      for (const { durationMs } of log) {
        assert(durationMs > 0 && durationMs < restMs, `${durationMs} ms for ${next}`);
      }
    });
  }
});

Deno.test("serve() numbers connections in the log, and tells who asked for what", async () => {
  await withServer(FILES, async ({ connect, exchange, log }) => {
    const first = await connect();
    await first.send(GET.replace("\r\n\r\n", "\r\nUser-Agent: u\r\nReferer: r\r\n\r\n"));
    await first.readResponse();
    await exchange("GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await first.send("\r\nHEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await first.readToEnd();
    const { port } = first.conn.localAddr as Deno.NetAddr;
    const [one, two, three] = log.map(({ timeMs: _t, durationMs, detail: _d, ...entry }) => {
      assertEquals(durationMs >= 0 && durationMs < 5_000, true);
      return entry;
    });
    const entry = { peer: "127.0.0.1", peerPort: port, connection: 1, site: null, complete: true };
    assertEquals(one, {
      ...entry,
      requestLine: "GET / HTTP/1.1",
      host: "a",
      statusCode: 200,
      contentBytes: 5,
      referer: "r",
      userAgent: "u",
    });
    assertEquals(three, {
      ...entry,
      requestLine: "HEAD / HTTP/1.1",
      host: "a",
      statusCode: 200,
      contentBytes: 0,
      referer: null,
      userAgent: null,
    });
    assertEquals([two.connection, two.statusCode, two.requestLine], [
      2,
      404,
      "GET /none HTTP/1.1",
    ]);
    assertEquals(log.length, 3);
  });
});

const STILL_SENT = [
  // Head, status of the answer, why
  ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n", 413, "a length over the limit"],
  [
    "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n800000\r\n",
    413,
    "a chunk over the limit",
  ],
  [
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\nExpect: 100-continue\r\n\r\n",
    413,
    "content that was not waited for",
  ],
  [
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
    200,
    "more than its content",
  ],
  [
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET",
    200,
    "a request behind the last one",
  ],
  ["\x16\x03\x01", 400, "something else altogether"],
] as const;

Deno.test("serve() closes at once behind the last request, and all of its response arrives", async () => {
  const bytes = new Uint8Array(300_000).map((_, i) => i % 251);
  const files = { "a.bin": bytes };
  await withServer(files, async ({ connect, server, log }) => {
    const client = await connect();
    await client.send("GET /a.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    while (log.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await server.shutdown(); // Nothing of the connection is left, though its peer has read nothing yet.
    const { content, fields } = parseResponse(await client.readToEnd());
    assertEquals(fields.get("connection"), "close");
    assertEquals(latin1Bytes(content), bytes);
  }, { graceMs: 60_000 });
});

Deno.test("serve() lets a peer that still sends read the whole of the last response", () =>
  // The 2 s for which it reads on are over when a busy machine passes 8 MiB on, 1 KiB at a time.
  untilItHolds(() =>
    withServer(FILES, async ({ connect }) => {
      const part = new Uint8Array(256 * 1024);
      for (const [head, statusCode, why] of STILL_SENT) {
        const client = await connect();
        await client.send(head);
        // RFC 9112 §9.6: closing with these bytes unread would reset the connection, which is an error here.
        for (let sent = 0; sent < 8_388_608; sent += part.length) await client.send(part);
        const response = parseResponse(await client.readToEnd());
        assertEquals(response.statusCode, statusCode, why);
        assertEquals(response.content.length, Number(response.fields.get("content-length")), why);
        assertEquals(response.fields.get("connection"), "close", why);
        client.close();
      }
    })
  ));

/** Runs a test with a big file, and gives it the next log entry as a promise. */
async function withBigFile(
  test: (
    running: Parameters<Parameters<typeof withServer>[1]>[0],
    entry: Promise<LogEntry>,
  ) => Promise<void>,
  init: Parameters<typeof withServer>[2] = {},
): Promise<void> {
  const first = Promise.withResolvers<LogEntry>();
  const entries: LogEntry[] = [];
  await withServer(FILES, async (running) => {
    await writeBigFile(running.root);
    await test(running, first.promise);
    await running.server.shutdown();
    assertEquals(entries.length, 1, "one entry in the log for one request");
  }, {
    ...init,
    log: (entry) => {
      entries.push(entry);
      first.resolve(entry);
    },
  });
}

Deno.test("serve() closes on a peer that takes no byte for the time of stallTimeoutMs", async () => {
  await withBigFile(async ({ connect }, entry) => {
    const client = await connect();
    await client.send(GET_BIG);
    const { statusCode, complete, contentBytes } = await entry;
    assertEquals([statusCode, complete, contentBytes < BIG_BYTES], [200, false, true]);
    const { count } = await countBytes(client);
    assertEquals(count < BIG_BYTES, true);
  }, { stallTimeoutMs: 150 });
});

Deno.test("serve() logs a peer that leaves in the middle of a download once, as incomplete", async () => {
  await withBigFile(async ({ connect }, entry) => {
    const client = await connect();
    await client.send(GET_BIG);
    await countBytes(client, 1_000_000);
    client.close();
    const { statusCode, complete, contentBytes, detail } = await entry;
    assertEquals([statusCode, complete, detail], [200, false, null]);
    assertEquals(contentBytes >= 900_000 && contentBytes < BIG_BYTES, true);
  });
});

Deno.test("serve() finishes a download of a peer that has stopped sending", async () => {
  await withBigFile(async ({ connect }, entry) => {
    const client = await connect();
    await client.send(GET_BIG);
    await client.closeWrite();
    const head = (await countBytes(client, 1)).count;
    const { count } = await countBytes(client);
    assertEquals(head + count > BIG_BYTES, true);
    const { complete, contentBytes } = await entry;
    assertEquals([complete, contentBytes], [true, BIG_BYTES]);
  });
});

const CLOSING = [
  // Sent, one after the other, answers, why
  [[GET_MIDDLE + GET_LAST], 2, "an answer before the last one is still on its way"],
  [[GET_MIDDLE, GET_LAST], 2, "the same, and its request came alone"],
  [[GET_MIDDLE + GET_LAST.slice(0, 9), GET_LAST.slice(9)], 2, "the same, cut in two"],
  [[GET_MIDDLE_LAST], 1, "the last one itself is"],
] as const;

for (const [parts, answers, why] of CLOSING) {
  Deno.test(`serve() lets nothing be destroyed by who sends more after its last request: ${why}`, async () => {
    await withServer(
      { ...FILES, "middle.bin": "x".repeat(MIDDLE_BYTES) },
      async ({ connect, log }) => {
        const client = await connect();
        for (const part of parts) {
          await client.send(part);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await until(() => log.length === answers);
        await new Promise((resolve) => setTimeout(resolve, 50)); // All is in the buffers of the system by now.
        await client.send(GET); // RFC 9112 §9.6: it must not, and if it does, it is not answered.
        await new Promise((resolve) => setTimeout(resolve, 50));
        await client.closeWrite();
        const responses = splitResponses(await client.readToEnd());
        assertEquals(responses.length, answers);
        assertEquals(responses[0].content.length, MIDDLE_BYTES);
      },
    );
  });
}

Deno.test("serve() sends a response at once while the one before is not acknowledged yet", async () => {
  await withServer(FILES, async ({ connect }) => {
    const client = await connect();
    client.conn.setNoDelay();
    const timeMs = async (sends: readonly string[]) => {
      const startMs = performance.now();
      for (let i = 0; i < 50; i++) {
        for (const send of sends) {
          await client.send(send);
          for (let at = 0; at < send.length; at += GET.length) await client.readResponse();
        }
      }
      return performance.now() - startMs;
    };
    const aloneMs = await timeMs([GET, GET]);
    // RFC 9293 §3.7.4: with Nagle's algorithm each second response waits 40 ms for a delayed ACK, 2 s in all.
    assertEquals(await timeMs([GET + GET]) < aloneMs + 1_000, true);
  }, { keepAliveMax: 0 });
});
