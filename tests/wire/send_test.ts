import { assert, assertEquals } from "@std/assert";
import type { LogEntry } from "../../lib/log/format.ts";
import { LIMITS } from "../../lib/options.ts";
import { latin1, parseResponse, RawClient, requestOf, withServer } from "./harness.ts";
import { startServer } from "./server_process.ts";
import { testOnUnix } from "../tools.ts";

const MIB = 1024 * 1024;
/** More than the buffers of two sockets hold: about 4 MiB to send and 6 to receive on Linux. */
const LARGE = 32 * MIB;

/** Sizes around those where a buffer ends, and none. */
const SIZES = [
  0,
  1,
  1_000,
  LIMITS.streamBytes - 1,
  LIMITS.streamBytes,
  LIMITS.streamBytes + 1,
  MIB,
];

/** Bytes without a period that a buffer could hide in. */
function sampleBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0, x = size + 1; i < size; i++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = x >>> 16;
  }
  return bytes;
}

/** Makes a file of zeros that takes no space. */
async function makeLarge(path: string, size = LARGE): Promise<void> {
  await Deno.writeFile(path, new Uint8Array(0));
  await Deno.truncate(path, size);
}

/** A download whose first bytes are here; the rest is read when the test wants it. */
class Download {
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(256 * 1024);
  readonly contentLength: number;
  /** Bytes of content so far. */
  received: number;

  private constructor(conn: Deno.TcpConn, contentLength: number, received: number) {
    this.#conn = conn;
    this.contentLength = contentLength;
    this.received = received;
  }

  static async start(conn: Deno.TcpConn, target: string): Promise<Download> {
    await new RawClient(conn).send(requestOf(target));
    const buffer = new Uint8Array(4096);
    const count = await conn.read(buffer) ?? 0; // The head comes in one piece: it is in the first write.
    const { fields, content } = parseResponse(latin1(buffer.subarray(0, count)));
    return new Download(conn, Number(fields.get("content-length")), content.length);
  }

  /** Reads until there are `total` bytes or the server closes; gives each piece to `look`. */
  async readTo(total: number, look: (bytes: Uint8Array) => void = () => {}): Promise<void> {
    while (this.received < total) {
      const count = await this.#conn.read(this.#buffer);
      if (count === null) return;
      look(this.#buffer.subarray(0, count));
      this.received += count;
    }
  }
}

Deno.test("sendResponse() cuts the message short when the file shrinks", async () => {
  await withServer({}, async ({ root, connect, log, exchange }) => {
    for (const left of [0, 100]) {
      await makeLarge(`${root}/a.bin`);
      const { conn } = await connect();
      const download = await Download.start(conn, "/a.bin");
      assertEquals(download.contentLength, LARGE);
      await Deno.truncate(`${root}/a.bin`, left);
      await download.readTo(Infinity); // RFC 9112 §8: to the end of the connection
      assert(download.received < LARGE, "missing bytes are not made up");
      assertEquals(log.at(-1)?.complete, false);
      assertEquals(log.at(-1)?.contentBytes, download.received);
    }
    const after = parseResponse(await exchange(requestOf("/a.bin")));
    assertEquals(after.content.length, 100, "and goes on with the others");
  });
});

Deno.test("sendResponse() sends exactly Content-Length when the file grows", async () => {
  await withServer({}, async ({ root, connect }) => {
    await makeLarge(`${root}/a.bin`);
    const { conn } = await connect();
    const download = await Download.start(conn, "/a.bin");
    await Deno.writeTextFile(`${root}/a.bin`, "more", { append: true });
    await download.readTo(Infinity);
    assertEquals([download.received, download.contentLength], [LARGE, LARGE]);
  });
});

testOnUnix("sendResponse() sends the old file whole when another takes its name", async () => {
  await withServer({}, async ({ root, connect }) => {
    await makeLarge(`${root}/a.bin`);
    const { conn } = await connect();
    const download = await Download.start(conn, "/a.bin");
    await Deno.writeFile(`${root}/new.bin`, new Uint8Array(LARGE).fill(1));
    await Deno.rename(`${root}/new.bin`, `${root}/a.bin`);
    let others = 0;
    await download.readTo(Infinity, (bytes) => {
      if (bytes.includes(1)) others++;
    });
    assertEquals([download.received, others], [LARGE, 0]);
  });
});

Deno.test("sendResponse() sends 50 MB byte by byte as they are", async () => {
  const bytes = sampleBytes(50_000_000);
  await withServer({ "a.bin": bytes }, async ({ connect }) => {
    const received = new Uint8Array(bytes.length);
    const { conn } = await connect();
    await new RawClient(conn).send(requestOf("/a.bin"));
    const buffer = new Uint8Array(MIB);
    const first = await conn.read(buffer) ?? 0;
    const head = latin1(buffer.subarray(0, Math.min(first, 4096)));
    const start = head.indexOf("\r\n\r\n") + 4;
    received.set(buffer.subarray(start, first));
    let at = first - start;
    for (;;) {
      const count = await conn.read(buffer);
      if (count === null) break;
      received.set(buffer.subarray(0, count), at); // Throws when there are too many.
      at += count;
    }
    assertEquals(at, bytes.length);
    const sha256 = async (content: Uint8Array<ArrayBuffer>) =>
      new Uint8Array(await crypto.subtle.digest("SHA-256", content));
    assertEquals(await sha256(received), await sha256(Uint8Array.from(bytes)));
  });
});

Deno.test("sendResponse() finds positions beyond 32 bits", async () => {
  await withServer({}, async ({ root, exchange }) => {
    const path = `${root}/a.bin`;
    await makeLarge(path, 5 * 1024 ** 3);
    await Deno.writeTextFile(path, "tail", { append: true });
    for (const range of ["-4", "5368709120-", "5368709120-5368709123"]) {
      const text = await exchange(requestOf("/a.bin", [`Range: bytes=${range}`]));
      const { fields, content } = parseResponse(text);
      const contentRange = "bytes 5368709120-5368709123/5368709124";
      assertEquals([fields.get("content-range"), content], [contentRange, "tail"]);
    }
    const head = parseResponse(await exchange(requestOf("/a.bin", [], "HEAD")));
    assertEquals(head.fields.get("content-length"), "5368709124");
  });
});

Deno.test("sendResponse() answers pipelined requests of mixed sizes in order", async () => {
  const contents = SIZES.map(sampleBytes);
  const files = contents.map((bytes, i) => [`${i}.bin`, bytes] as const);
  await withServer(Object.fromEntries(files), async ({ connect }) => {
    const client = await connect();
    const order = Array.from({ length: 60 }, (_, n) => (n * n + 3 * n) % SIZES.length);
    const sent = client.send(
      order.map((i) => `GET /${i}.bin HTTP/1.1\r\nHost: a\r\n\r\n`).join(""),
    );
    for (const i of order) {
      const { content, statusCode } = await client.readResponse();
      assertEquals([statusCode, content.length], [200, SIZES[i]]);
      assert(content === latin1(contents[i]), `${i}.bin`);
    }
    await sent;
  });
});

Deno.test("sendResponse() goes on after a file without bytes", async () => {
  await withServer({ "empty": "", "a.txt": "a" }, async ({ connect }) => {
    const client = await connect();
    for (const [target, content] of [["/empty", ""], ["/a.txt", "a"], ["/empty", ""]]) {
      await client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const response = await client.readResponse();
      assertEquals([response.statusCode, response.content], [200, content]);
      assertEquals(response.fields.get("content-length"), String(content.length));
    }
  });
});

Deno.test("sendResponse() answers a peer that has closed its half", async () => {
  const bytes = sampleBytes(2 * MIB);
  await withServer({ "a.bin": bytes }, async ({ connect }) => {
    const client = await connect();
    await client.send("GET /a.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.closeWrite();
    assert(parseResponse(await client.readToEnd()).content === latin1(bytes));
  });
});

Deno.test("sendResponse() ends with one log line when the peer leaves", async () => {
  await withServer({}, async ({ root, connect, server, log, errors }) => {
    await makeLarge(`${root}/a.bin`);
    const client = await connect();
    const { contentLength } = await Download.start(client.conn, "/a.bin");
    client.close();
    await server.shutdown(); // Waits for the task to end by itself.
    assertEquals(log.map(({ statusCode, complete }) => [statusCode, complete]), [[200, false]]);
    assert(log[0].contentBytes < contentLength);
    assertEquals(errors, []);
  }, { graceMs: 60_000 });
});

Deno.test("sendResponse() gives up on a peer that takes no byte", async () => {
  const logged = Promise.withResolvers<LogEntry>();
  await withServer({}, async ({ root, connect }) => {
    await makeLarge(`${root}/a.bin`);
    await Download.start((await connect()).conn, "/a.bin");
    const { complete, contentBytes } = await logged.promise;
    assertEquals([complete, contentBytes < LARGE], [false, true]);
  }, { stallTimeoutMs: 1, log: logged.resolve });
});

testOnUnix("sendResponse() holds a buffer, not a file, for each of 20 slow readers", async () => {
  const size = 50 * MIB;
  await withServer({}, async ({ root }) => {
    await makeLarge(`${root}/a.bin`, size);
    await using server = await startServer(root);
    const connect = () => Deno.connect({ hostname: "127.0.0.1", port: server.port });
    // One download from end to end warms the server up: code, buffers, threads.
    {
      using conn = await connect();
      await (await Download.start(conn, "/a.bin")).readTo(Infinity);
    }
    const before = server.residentBytes();
    const conns = await Promise.all(Array.from({ length: 20 }, connect));
    const downloads = await Promise.all(conns.map((conn) => Download.start(conn, "/a.bin")));
    let most = 0;
    for (let round = 1; round <= 6; round++) {
      for (const download of downloads) {
        await download.readTo(round * 2 * MIB);
        most = Math.max(most, server.residentBytes());
      }
    }
    await downloads[0].readTo(Infinity);
    for (const conn of conns) conn.close();
    assertEquals(downloads[0].received, size);
    const grown = (most - before) / MIB;
    assert(grown < 48, `${grown.toFixed(1)} MiB for 20 readers of 50 MiB`);
  });
});
