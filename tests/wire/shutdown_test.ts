/** How a server ends: step (i) stops, idle connections close, responses under way get their time. */

import { assert, assertEquals } from "@std/assert";
import { serve } from "../../lib/serve.ts";
import { BIG_BYTES, countBytes, GET_BIG, writeBigFile } from "./download.ts";
import { type RawClient, type Running, withServer } from "./harness.ts";
import { assertPage, CLOSE_LINES, keepAliveLines } from "./responses.ts";
import { untilItHolds } from "../tools.ts";

const FILES = { "index.html": "<p>hi" };
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/** All waits are long: what ends soon was ended by the shutdown. */
const PATIENT = {
  graceMs: 60_000,
  keepAliveTimeoutMs: 60_000,
  headTimeoutMs: 60_000,
  stallTimeoutMs: 60_000,
};

/** Opens a connection on which one request has been answered. */
async function connectAndGet({ connect }: Running): Promise<RawClient> {
  const client = await connect();
  await client.send(GET);
  assertEquals((await client.readResponse()).statusCode, 200);
  return client;
}

/** Starts a download, and gives its length with the head once the first bytes have come. */
async function startDownload({ connect, root }: Running, behind = ""): Promise<RawClient> {
  await writeBigFile(root);
  const client = await connect();
  await client.send(GET_BIG + behind);
  assertEquals((await countBytes(client, 1_000_000)).count, 1_000_000);
  return client;
}

Deno.test("Server.shutdown() closes idle connections soon and accepts no new ones", async () => {
  await withServer(FILES, async (running) => {
    const { server, port, log } = running;
    const silent = await running.connect();
    const idle = await connectAndGet(running); // Accepted after the silent one, so both are known.
    const done = server.shutdown();
    assertEquals(await idle.readToEnd(), "");
    assertEquals(await silent.readToEnd(), "");
    await done;
    await server.finished;
    const refused = await Deno.connect({ hostname: "127.0.0.1", port }).then(
      (conn) => conn.close(),
      (error) => error,
    );
    assert(refused instanceof Deno.errors.ConnectionRefused);
    assertEquals(log.length, 1);
  }, PATIENT);
});

Deno.test("Server.shutdown() lets a response under way finish, and one that was asked for before", async () => {
  await withServer(FILES, async (running) => {
    const client = await startDownload(running, GET + GET);
    let isFinished = false;
    const done = running.server.shutdown().then(() => isFinished = true);
    const { count, tail } = await countBytes(client);
    assert(count > BIG_BYTES - 1_000_000);
    // The request behind it had arrived, so it is answered; the answer says that it is the last.
    assert(tail.includes("HTTP/1.1 200 OK\r\n") && tail.endsWith("Connection: close\r\n\r\n<p>hi"));
    assertEquals(isFinished, false);
    client.close();
    await done;
    assertEquals(running.log.map(({ contentBytes, complete }) => [contentBytes, complete]), [
      [BIG_BYTES, true],
      [5, true],
    ]);
  }, PATIENT);
});

Deno.test("Server.shutdown() loses no byte of a response to what came behind it and was not read", async () => {
  const size = 2 * 1024 * 1024; // Several buffers for the server, but the system can buffer nearly all of it.
  await withServer({ "two.bin": new Uint8Array(size) }, async (running) => {
    const client = await running.connect();
    await client.send(GET.replace("/", "/two.bin"));
    let { count } = await countBytes(client, 1);
    await client.send(GET + "\r\n".repeat(30_000)); // Not read while the server sends.
    const done = running.server.shutdown();
    while (running.log.length === 0) count += (await countBytes(client, 1024)).count;
    // Now the rest of the file waits in the system. Closing with bytes unread would destroy it.
    await new Promise((resolve) => setTimeout(resolve));
    count += (await countBytes(client)).count;
    assert(count > size);
    client.close();
    await done;
  }, PATIENT);
});

Deno.test("Server.shutdown() lets a request arrive whose first bytes are there", async () => {
  await withServer(FILES, async (running) => {
    const client = await running.connect();
    await client.send(GET.slice(0, 10));
    await connectAndGet(running); // Lets the server read the ten bytes.
    const done = running.server.shutdown();
    await client.send(GET.slice(10));
    assertPage(await client.readResponse(), "<p>hi", CLOSE_LINES);
    assertEquals(await client.readToEnd(), "");
    client.close();
    await done;
  }, PATIENT);
});

Deno.test("Server.shutdown() answers what arrives on idle and fresh connections a moment later", async () => {
  await withServer(FILES, async (running) => {
    const fresh = await running.connect();
    const idle = await connectAndGet(running);
    const done = running.server.shutdown();
    await new Promise((resolve) => setTimeout(resolve, 20)); // Long after it has begun; the last call lasts 300 ms.
    for (const client of [fresh, idle]) {
      await client.send(GET);
      assertPage(await client.readResponse(), "<p>hi", CLOSE_LINES);
      assertEquals(await client.readToEnd(), "");
      client.close();
    }
    await done;
  }, PATIENT);
});

Deno.test("Server.shutdown() answers those who have connected and were not accepted yet", () =>
  untilItHolds(() =>
    withServer(FILES, async (running) => {
      const connecting = Array.from({ length: 30 }, running.connect);
      const done = running.server.shutdown();
      // All at once: who says nothing for 300 ms is let go.
      await Promise.all(connecting.map(async (connected) => {
        const client = await connected;
        await client.send(GET);
        assertPage(await client.readResponse(), "<p>hi", CLOSE_LINES);
        client.close();
      }));
      await done;
    }, PATIENT)
  ));

Deno.test("Server.shutdown() cuts what takes longer than graceMs", async () => {
  await withServer(FILES, async (running) => {
    const client = await startDownload(running);
    const half = await running.connect();
    await half.send("GET / HTTP");
    await running.server.shutdown();
    assert((await countBytes(client)).count < BIG_BYTES - 1_000_000);
    assertEquals((await countBytes(half)).count, 0);
    assertEquals(running.log.map(({ statusCode, complete }) => [statusCode, complete]), [
      [200, false],
    ]);
  }, { ...PATIENT, graceMs: 100 });
});

Deno.test("Server.shutdown() called again changes nothing and gives the same promise", async () => {
  await withServer(FILES, async (running) => {
    const client = await startDownload(running);
    const { server } = running;
    const promises = [server.shutdown(), server.shutdown(), server.finished];
    assert(promises.every((promise) => promise === promises[0]));
    assert((await countBytes(client)).count > BIG_BYTES - 1_000_000);
    client.close();
    await server.finished;
    assert(server.shutdown() === server.finished);
    await server.shutdown();
  }, { ...PATIENT, keepAliveMax: 1 });
});

Deno.test("serve() shuts down when its signal is aborted", async () => {
  const controller = new AbortController();
  await withServer(FILES, async (running) => {
    const client = await connectAndGet(running);
    controller.abort();
    assertEquals(await client.readToEnd(), "");
    await running.server.finished;
  }, { ...PATIENT, signal: controller.signal });
});

Deno.test("serve() ends at once when its signal is aborted already", async () => {
  await withServer(FILES, async ({ server }) => {
    await server.finished;
  }, { ...PATIENT, signal: AbortSignal.abort() });
});

Deno.test("serve() forgets its signal when it has ended", async () => {
  const controller = new AbortController();
  await withServer(FILES, async ({ server }) => {
    await server.shutdown();
    controller.abort();
    await server.finished;
  }, { ...PATIENT, signal: controller.signal });
});

Deno.test("serve() takes any free port, tells it, and throws when it cannot start", async () => {
  await withServer(FILES, async (running) => {
    const { server, port, root } = running;
    assertEquals(server.address, { transport: "tcp", hostname: "127.0.0.1", port });
    const client = await connectAndGet(running);
    const rows = [
      // Options, error, why
      [{ root, port }, Deno.errors.AddrInUse, "the port is taken"],
      [{ root: `${root}/none`, port: 0 }, Deno.errors.NotFound, "no folder"],
      [{ root: `${root}/index.html`, port: 0 }, Deno.errors.NotADirectory, "a file"],
      [{ root, port: 0, hostname: "192.0.2.1" }, Deno.errors.AddrNotAvailable, "not our address"],
    ] as const;
    for (const [init, errorClass, why] of rows) {
      let error: unknown;
      try {
        await serve({ hostname: "127.0.0.1", ...init }).shutdown();
      } catch (thrown) {
        error = thrown;
      }
      assert(error instanceof errorClass, why);
    }
    await client.send(GET);
    assertPage(await client.readResponse(), "<p>hi", keepAliveLines(2));
  });
});

Deno.test("Server.shutdown() closes a connection when its response under way is out", async () => {
  await withServer(FILES, async (running) => {
    const client = await startDownload(running);
    const startMs = performance.now();
    const done = running.server.shutdown();
    assert((await countBytes(client)).count > BIG_BYTES - 1_000_000); // Up to the end of the connection.
    client.close();
    await done;
    assert(performance.now() - startMs < 2_500, "idle from then on, so it is closed at once");
  }, { ...PATIENT, graceMs: 5_000 });
});

Deno.test("Server.shutdown() closes connections that are being accepted", async () => {
  await withServer(FILES, async ({ connect, server }) => {
    // Those that have been accepted, but whose tasks have not begun, are idle as well.
    const clients = await Promise.all(Array.from({ length: 20 }, connect));
    const startMs = performance.now();
    await server.shutdown();
    assert(performance.now() - startMs < 1_500, "idle, so they are closed at once");
    for (const client of clients) assertEquals((await countBytes(client)).count, 0);
  }, { ...PATIENT, graceMs: 3_000 });
});

Deno.test("Server.shutdown() waits for ever when graceMs is Infinity", async () => {
  await withServer(FILES, async (running) => {
    const client = await startDownload(running);
    const done = running.server.shutdown();
    assert((await countBytes(client)).count > BIG_BYTES - 1_000_000);
    client.close();
    await done;
    assertEquals(running.log.map(({ complete }) => complete), [true]);
  }, { ...PATIENT, graceMs: Infinity, keepAliveMax: 1 });
});
