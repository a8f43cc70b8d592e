/** RFC 9112 §9.3.2: requests that come together get the answers that each gets alone, in order, and in time. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { agedOnce, watchCaches } from "./caches.ts";
import { testOnUnix } from "../tools.ts";
import {
  ask,
  type RawClient,
  type RawResponse,
  type Running,
  withServer,
  writeFile,
} from "./harness.ts";

const FILES = {
  "a.txt": "a",
  "b.txt": "b".repeat(3000),
  "large.bin": "l".repeat(200_000),
  "page.html": "<p>page</p>",
  "404.html": "<p>lost</p>",
  "folder/index.html": "<p>folder</p>",
};

/** Target, field lines, method, content. None of them ends the connection. */
const REQUESTS = [
  ["/a.txt", [], "GET", ""],
  ["/b.txt", [], "GET", ""],
  ["/b.txt", [], "HEAD", ""],
  ["/b.txt", ["Range: bytes=5-9"], "GET", ""],
  ["/b.txt", ["Range: bytes=0-1,5-9"], "GET", ""],
  ["/b.txt", ["Range: bytes=9999-"], "GET", ""],
  ["/a.txt", ["If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"], "GET", ""],
  ["/large.bin", [], "GET", ""],
  ["/absent", [], "GET", ""],
  ["/folder", [], "GET", ""],
  ["/folder/", [], "GET", ""],
  ["*", [], "OPTIONS", ""],
  ["/a.txt", ["Content-Length: 4"], "GET", "GET "],
  ["/a.txt", ["Transfer-Encoding: chunked"], "GET", "3\r\nabc\r\n0\r\n\r\n"],
  ["/a.txt", ["Content-Length: 3"], "POST", "abc"],
] as const;

function requestText(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

function textOf([target, fieldLines, method, content]: typeof REQUESTS[number]): string {
  return [`${method} ${target} HTTP/1.1`, "Host: a", ...fieldLines, "", content].join("\r\n");
}

/** Fields that depend on the second, on how many requests came before, or on chance: files are too new for tags. */
const VAGUE = new Set(["date", "keep-alive", "etag"]);

/** What is the same each time; large content as its length and whether it is right. */
function comparable({ statusCode, fields, content }: RawResponse): string {
  const boundary = /boundary=(\S+)/.exec(fields.get("content-type") ?? "")?.[1] ?? "none";
  const kept = [...fields].filter(([name]) => !VAGUE.has(name));
  const isLarge = content === FILES["large.bin"];
  return JSON.stringify([statusCode, kept, isLarge ? "large.bin" : content.slice(0, 4000)])
    .replaceAll(boundary, "BOUNDARY");
}

/** Serves the files, all of which are in memory. */
async function withFilesInMemory(test: (running: Running) => Promise<void>): Promise<void> {
  using watch = watchCaches();
  await withServer(FILES, async (running) => {
    await agedOnce(running.root);
    for (const name of Object.keys(FILES)) await ask(running, `/${name}`);
    await test(running);
    assert([...watch.caches][0].hits > 0, "from memory");
  });
}

async function alone(running: Running, request: typeof REQUESTS[number]): Promise<string> {
  const client = await running.connect();
  await client.send(textOf(request));
  const response = comparable(await client.readResponse(request[2]));
  client.close();
  return response;
}

for (const cacheSizeMiB of [64, 0]) {
  const title = `requests that come together are answered as each is alone, cache ${cacheSizeMiB}`;
  Deno.test(title, async () => {
    await withServer(FILES, async (running) => {
      await agedOnce(running.root);
      const expected: string[] = [];
      for (const request of REQUESTS) expected.push(await alone(running, request));
      const index = fc.nat({ max: REQUESTS.length - 1 });
      const cut = fc.integer({ min: 1, max: 400 });
      const property = fc.asyncProperty(
        fc.array(index, { minLength: 2, maxLength: 25 }),
        cut,
        async (order, size) => {
          const client = await running.connect();
          const sent = client.sendSplit(order.map((i) => textOf(REQUESTS[i])).join(""), size);
          for (const i of order) {
            assertEquals(comparable(await client.readResponse(REQUESTS[i][2])), expected[i]);
          }
          await sent;
          client.close();
        },
      );
      await fc.assert(property, { numRuns: 60 });
    }, { cacheSizeMiB, keepAliveMax: 0 });
  });
}

const BEHIND = [
  ["GET /b.txt HT", "half a head"],
  ["\r\n", "an empty line, which is no request (RFC 9112 §2.2)"],
  ["\r", "half an empty line"],
  ["POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf", "half of some content"],
] as const;

for (const [behind, why] of BEHIND) {
  Deno.test(`a response does not wait for what may never come: ${why}`, async () => {
    await withFilesInMemory(async (running) => {
      const client = await running.connect();
      const request = textOf(REQUESTS[0]);
      await client.send(request + request + behind);
      assertEquals((await client.readResponse()).content, "a");
      assertEquals((await client.readResponse()).content, "a");
    });
  });
}

Deno.test("files from memory and from the disk, asked for at once, come in order", async () => {
  await withFilesInMemory(async (running) => {
    await writeFile(running.root, "b.txt", "b".repeat(3000)); // Too new for the memory.
    const client = await running.connect();
    const order = ["/a.txt", "/b.txt", "/a.txt", "/page.html", "/a.txt", "/folder/", "/b.txt"];
    await client.send(order.map((target) => requestText(target)).join(""));
    const sizes: number[] = [];
    for (const _ of order) sizes.push((await client.readResponse()).content.length);
    assertEquals(sizes, [1, 3000, 1, 11, 1, 13, 3000]);
  });
});

testOnUnix("a response does not wait for a file that takes its time", async () => {
  await withFilesInMemory(async (running) => {
    const client = await running.connect();
    // Step (iv) waits where more folders than a few on the way are new: anybody could swap one of them unseen.
    const path = `${"new/".repeat(20)}new.txt`;
    await writeFile(running.root, path, "new");
    const sentMs = performance.now();
    await client.send(requestText("/a.txt") + requestText(`/${path}`));
    assertEquals((await client.readResponse()).content, "a");
    const firstMs = performance.now() - sentMs;
    assertEquals((await client.readResponse()).content, "new");
    const secondMs = performance.now() - sentMs - firstMs;
    assert(secondMs > 100, `${secondMs} ms after the first, so it did not wait`);
  });
});

Deno.test("100 Continue comes behind the responses to what was asked before", async () => {
  await withFilesInMemory(async (running) => {
    const client = await running.connect();
    const expecting = requestText("/a.txt").replace(
      "\r\n\r\n",
      "\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
    );
    await client.send(requestText("/a.txt").repeat(3) + expecting);
    for (const code of [200, 200, 200, 100]) {
      assertEquals((await client.readResponse()).statusCode, code);
    }
    await client.send("x");
    assertEquals((await client.readResponse()).content, "a");
  });
});

Deno.test("requests in front of one that breaks a rule are answered, then it, and that is the end", async () => {
  await withFilesInMemory(async (running) => {
    const client = await running.connect();
    const request = textOf(REQUESTS[0]);
    await client.send(request + request + "GET  /b.txt HTTP/1.1\r\n\r\n" + request);
    const codes = [];
    for (let i = 0; i < 3; i++) codes.push((await client.readResponse()).statusCode);
    assertEquals(codes, [200, 200, 400]);
    assertEquals(await client.readToEnd(), "");
  });
});

Deno.test("the last request of a connection takes those before it along", async () => {
  await withFilesInMemory(async (running) => {
    const { exchange } = running;
    const request = textOf(REQUESTS[0]);
    const text = await exchange(
      request + request + "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + request,
    );
    assertEquals(text.split("\r\n\r\na").length - 1, 3, "three answers, none to the fourth");
  });
});

Deno.test("each of several requests that came together has its line in the log", async () => {
  await withFilesInMemory(async (running) => {
    running.log.length = 0;
    const client = await running.connect();
    await client.send(textOf(REQUESTS[0]).repeat(50));
    for (let i = 0; i < 50; i++) await client.readResponse();
    const lines = running.log.map(({ statusCode, contentBytes, complete }) =>
      [statusCode, contentBytes, complete].join()
    );
    assertEquals(lines, new Array(50).fill("200,1,true"));
  });
});

Deno.test("a peer that asks for much at once and leaves costs nothing", async () => {
  await withServer(FILES, async (running) => {
    for (let i = 0; i < 20; i++) {
      const client: RawClient = await running.connect();
      await client.send(REQUESTS.map(textOf).join("").repeat(3));
      client.close();
    }
    assertEquals((await ask(running, "/a.txt")).content, "a");
    await running.server.shutdown();
    assert(running.errors.length === 0);
  });
});
