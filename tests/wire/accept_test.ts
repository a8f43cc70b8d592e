/** Step (i) on the wire: the cap, connections that fail alone, and what the program is told of them. */

import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { createConnection } from "node:net";
import { parseResponse, RawClient, type Running, withServer } from "./harness.ts";
import { assertError, assertPage, CLOSE_LINES, keepAliveLines } from "./responses.ts";
import { HAS_IPV6 } from "../tools.ts";
import { Recorder } from "../../lib/xray/recorder.ts";

const FILES = { "index.html": "<p>hi" };
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const GET_CLOSE = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** Opens a connection on which one request has been answered. */
async function connectAndGet({ connect }: Running): Promise<RawClient> {
  const client = await connect();
  await client.send(GET);
  assertPage(await client.readResponse(), "<p>hi", keepAliveLines(1));
  return client;
}

/** Opens a connection that is in the middle of a request, and so does not give way. */
async function connectAndAsk({ connect }: Running): Promise<RawClient> {
  const client = await connect();
  await client.send(
    "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
  );
  assertEquals((await client.readResponse()).statusCode, 100);
  return client;
}

/** Asks on a connection of its own. */
async function askOnce({ connect }: Running) {
  const client = await connect();
  await client.send(GET_CLOSE);
  const response = parseResponse(await client.readToEnd());
  client.close();
  return response;
}

/** Asks, on a new connection each time, until there is a slot: who asks too often is turned away without a word. */
async function askUntilServed({ connect }: Running) {
  for (;;) {
    const client = await connect();
    await client.send(GET_CLOSE).catch(() => {});
    const text = await client.readToEnd().catch(() => "");
    client.close();
    if (text !== "" && !text.startsWith("HTTP/1.1 503 ")) return parseResponse(text);
  }
}

Deno.test({
  name: "serve() knows a peer of IPv4 by its plain address where it listens on both families",
  ignore: !HAS_IPV6 || Deno.build.os === "windows", // There `::` is IPv6 alone.
  async fn() {
    const recorder = new Recorder();
    await withServer(FILES, async (running) => {
      const { conn } = await connectAndGet(running); // To 127.0.0.1.
      assertEquals(running.log.map(({ peer }) => peer), ["127.0.0.1"]);
      const { port } = conn.localAddr;
      assertEquals(recorder.connections.get(1)?.peer, `127.0.0.1:${port}`);
    }, { hostname: "::", observer: recorder });
    recorder.close();
  },
});

Deno.test("serve() answers 503 to a connection over the cap, and goes on when one has left", async () => {
  await withServer(FILES, async (running) => {
    const first = await connectAndAsk(running);
    const second = await connectAndAsk(running);
    assertError(await askOnce(running), 503, { extraLines: ["Retry-After: 1"] });
    await second.send("x"); // Those under the cap notice nothing.
    assertPage(await second.readResponse(), "<p>hi", keepAliveLines(1));

    first.close();
    assertPage(await askUntilServed(running), "<p>hi", CLOSE_LINES);
  }, { maxConnections: 2, maxConnectionsPerAddress: 2 });
});

Deno.test("serve() lets whoever waits for long give way to a new connection at the cap", async () => {
  for (const begun of ["", "GET / HTTP/1.1\r\nHost: a\r\nX: "]) {
    await withServer(FILES, async (running) => {
      const idle = await connectAndGet(running);
      await idle.send(begun);
      assertPage(await askUntilServed(running), "<p>hi", CLOSE_LINES);
      assertEquals(await idle.readToEnd(), "", begun);
    }, { maxConnections: 1 });
  }
});

Deno.test("serve() gives one address half of the slots, or as many as the option says", async () => {
  for (const [options, share] of [[{}, 2], [{ maxConnectionsPerAddress: 3 }, 3]] as const) {
    await withServer(FILES, async (running) => {
      for (let i = 0; i < share; i++) await connectAndAsk(running);
      assertError(await askOnce(running), 503, { extraLines: ["Retry-After: 1"] });
    }, { maxConnections: 4, ...options });
  }
});

Deno.test("serve() answers 503 over the cap before any byte of a request", async () => {
  await withServer({ ...FILES, "503.html": "<p>full" }, async (running) => {
    await connectAndAsk(running);
    assertError(parseResponse(await running.exchange("")), 503, {
      extraLines: ["Retry-After: 1"],
      content: "<p>full",
    });
    const { requestLine, statusCode, complete } = running.log[0];
    assertEquals({ requestLine, statusCode, complete }, {
      requestLine: null,
      statusCode: 503,
      complete: true,
    });
  }, { maxConnections: 1 });
});

Deno.test("serve() closes connections without a word beyond 50 refusals of one address at once", async () => {
  await withServer(FILES, async (running) => {
    const served = await connectAndAsk(running);
    const refused = [];
    for (let i = 0; i < 51; i++) refused.push(await running.connect());
    const texts = await Promise.all(refused.map((client) => client.readToEnd()));
    assertEquals(texts.filter((text) => text.startsWith("HTTP/1.1 503 ")).length, 50);
    assertEquals(texts[50], "");
    await served.send("x");
    assertPage(await served.readResponse(), "<p>hi", keepAliveLines(1));
  }, { maxConnections: 1 });
});

Deno.test("serve() keeps serving others while one connection fails, stalls or is refused", async () => {
  await withServer(FILES, async (running) => {
    const good = await connectAndGet(running);
    const silent = await running.connect();
    const half = await running.connect();
    await half.send("GET / HTT");
    const gone = await running.connect();
    await gone.send(GET + GET);
    gone.close();
    assertError(parseResponse(await running.exchange("\x16\x03\x01")), 400);
    await good.send(GET);
    assertPage(await good.readResponse(), "<p>hi", keepAliveLines(2));
    await half.send("P/1.1\r\nHost: a\r\n\r\n");
    assertPage(await half.readResponse(), "<p>hi", keepAliveLines(1));
    await silent.send(GET);
    assertPage(await silent.readResponse(), "<p>hi", keepAliveLines(1));
  });
});

/** Asks from an address that is not loopback, as another machine would; null if this one has none. */
function askFromOutside(port: number): Promise<string> | null {
  const outside = Deno.networkInterfaces()
    .find(({ family, address }) => family === "IPv4" && !address.startsWith("127."));
  if (outside === undefined) return null;
  return new Promise((resolve, reject) => {
    let text = "";
    createConnection({ host: "127.0.0.1", port, localAddress: outside.address })
      .on("error", reject)
      .on("data", (chunk: Uint8Array) => text += new TextDecoder().decode(chunk))
      .on("close", () => resolve(text))
      .write(GET_CLOSE);
  });
}

for (const isAsync of [false, true]) {
  Deno.test(`serve() goes on when what it tells ${isAsync ? "rejects" : "throws"}`, async () => {
    const fault = new Error("a mistake of the program");
    const told: string[] = [];
    const errors: unknown[] = [];
    const listener = (name: string) => (): void => {
      told.push(name);
      if (isAsync) return Promise.reject(fault) as never;
      throw fault;
    };
    await withServer(FILES, async (running) => {
      const outside = askFromOutside(running.port);
      if (outside !== null) assertPage(parseResponse(await outside), "<p>hi", CLOSE_LINES);
      // One answer each, on the same connection, and the next one is accepted.
      const client = await connectAndGet(running);
      await client.send(GET);
      assertPage(await client.readResponse(), "<p>hi", keepAliveLines(2));
      await client.send("BREW / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals((await client.readResponse()).statusCode, 501);
      assertPage(await askOnce(running), "<p>hi", CLOSE_LINES);
      const expected = [...outside === null ? [] : ["visitor", "log"], ...Array(4).fill("log")];
      assertEquals(told, expected);
      await running.server.shutdown(); // Does not reject.
      assertEquals(errors, expected.map(() => fault));
    }, {
      log: listener("log"),
      onVisitor: listener("visitor"),
      onError: (error) => errors.push(error),
    });
  });
}

Deno.test("serve() goes on when onError throws, and tells the console", async () => {
  const said: unknown[] = [];
  const { error } = console;
  console.error = (...values) => said.push(...values);
  try {
    await withServer({ ...FILES, "_headers": "/x\n  no colon\n" }, async (running) => {
      assertPage(await askOnce(running), "<p>hi", CLOSE_LINES);
    }, {
      onError: (error) => {
        throw new Error(`Cannot take ${error}`);
      },
    });
  } finally {
    console.error = error;
  }
  assertEquals(said.map(String), [
    "Error: Cannot take _headers, line 2: ignored, as it has no colon between a name and a value",
  ]);
});

/** Lines of a process's output, one at a time. */
async function* linesOf(output: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let text = "";
  for await (const part of output.pipeThrough(new TextDecoderStream())) {
    const lines = (text + part).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}

Deno.test({
  name: "serve() answers 503 when descriptors are used up, and recovers when they come back",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const root = await Deno.makeTempDir({ prefix: "vitrine_" });
    await Deno.writeTextFile(`${root}/index.html`, FILES["index.html"]);
    const program = fromFileUrl(new URL("few_descriptors.ts", import.meta.url));
    const run = ["run", "--no-prompt", "--allow-net", `--allow-read=${root}`, program, root];
    const child = new Deno.Command("sh", {
      args: ["-c", 'ulimit -n 40; exec "$0" "$@"', Deno.execPath(), ...run],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const lines = linesOf(child.stdout);
    const nextLine = async () => (await lines.next()).value ?? "(end)";
    const port = Number(await nextLine());
    const connect = async () => new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));

    const clients = [await connect()];
    await clients[0].send(GET);
    assertPage(await clients[0].readResponse(), "<p>hi", keepAliveLines(1));
    // More than there are descriptors; the system takes connections that the server cannot accept yet.
    while (clients.length < 41) clients.push(await connect());
    assertEquals(await nextLine(), "accept failed");
    await clients[0].send(GET);
    assertError(await clients[0].readResponse(), 503, {
      extraLines: ["Retry-After: 1"],
      connectionLines: keepAliveLines(2),
    });
    for (const client of clients.splice(1)) client.close();
    const late = await connect();
    await late.send(GET);
    assertPage(await late.readResponse(), "<p>hi", keepAliveLines(1));
    await clients[0].send(GET);
    assertPage(await clients[0].readResponse(), "<p>hi", keepAliveLines(3));

    late.close();
    clients[0].close();
    await child.stdin.close();
    let line = "accept failed";
    while (line === "accept failed") line = await nextLine();
    assertEquals(line, "(end)");
    assertEquals((await child.status).code, 0);
    await Deno.remove(root, { recursive: true });
  },
});
