/**
 * A head stays in the room before its file (`files/memory_file.ts`), and its lines are made once: what a second, a connection or
 * a method changes must still be right on the wire. And files that change while they are in the cache.
 */

import { assert, assertEquals } from "@std/assert";
import { agedOnce, watchCaches } from "./caches.ts";
import {
  parseResponse,
  type RawClient,
  type RawResponse,
  requestOf,
  type Running,
  withServer,
} from "./harness.ts";
import {
  assertError,
  assertPage,
  CLOSE_LINES,
  keepAliveLines,
  splitResponses,
} from "./responses.ts";
import { CAN_LINK } from "../tools.ts";

const PAGE = "<!doctype html><title>Kept</title>";

/** Asks on a connection that goes on. */
async function ask(client: RawClient, method: string, target: string, lines: string[] = []) {
  await client.send([`${method} ${target} HTTP/1.1`, "Host: a", ...lines, "", ""].join("\r\n"));
  return await client.readResponse(method);
}

Deno.test("a kept response: HEAD after GET, GET after HEAD, and the count of requests left", async () => {
  using watch = watchCaches();
  await withServer({ "a.html": PAGE }, async (running) => {
    await agedOnce(running.root);
    const clients = [await running.connect(), await running.connect()];
    const methods = ["GET", "GET", "HEAD", "HEAD", "GET", "HEAD", "GET", "GET"];
    for (const [i, method] of methods.entries()) {
      for (const client of clients) { // Both have the same count, so the second finds the head of the first.
        const { statusCode, head, fields, content } = await ask(client, method, "/a.html");
        const whole = { statusCode, head, fields, content: method === "HEAD" ? PAGE : content };
        assertPage(whole, PAGE, keepAliveLines(i + 1));
        if (method === "HEAD") assertEquals(content, "");
      }
    }
    // Nothing is left over behind the last HEAD or GET: the next response starts where it should.
    const last = await Promise.all(clients.map((client) => ask(client, "OPTIONS", "*")));
    assertEquals(last.map(({ statusCode }) => statusCode), [204, 204]);
    assert([...watch.caches][0].hits > 8);
  });
});

Deno.test("a kept response: many in one segment, methods mixed, on several connections", async () => {
  await withServer({ "a.html": PAGE, "404.html": "<p>No</p>" }, async (running) => {
    await agedOnce(running.root);
    const lines = [
      "GET /a.html",
      "HEAD /a.html",
      "GET /no",
      "GET /a.html",
      "HEAD /no",
      "GET /a.html",
    ];
    const requests = Array.from({ length: 10 }, () => lines).flat();
    const segment = requests.map((line) => `${line} HTTP/1.1\r\nHost: a\r\n\r\n`).join("");
    const askAll = async () => {
      const client = await running.connect();
      await client.send(segment);
      await client.closeWrite();
      return splitResponses(await client.readToEnd(), requests.map((line) => line.split(" ")[0]));
    };
    for (const responses of await Promise.all([askAll(), askAll(), askAll()])) {
      assertEquals(responses.length, requests.length);
      for (const [i, response] of responses.entries()) {
        const isHead = requests[i].startsWith("HEAD");
        const connectionLines = keepAliveLines(i + 1);
        if (requests[i].endsWith("/no")) {
          assertError(response, 404, { content: "<p>No</p>", connectionLines, head: isHead });
        } else {
          const content = isHead ? PAGE : response.content;
          if (isHead) assertEquals(response.content, "");
          assertPage({ ...response, content }, PAGE, connectionLines);
        }
      }
    }
  });
});

Deno.test("a kept response: the last one of a connection says close, others go on", async () => {
  await withServer({ "a.html": PAGE }, async ({ root, connect, exchange }) => {
    await agedOnce(root);
    const client = await connect();
    for (const left of [1, 0]) {
      const lines = left === 0
        ? CLOSE_LINES
        : ["Connection: keep-alive", `Keep-Alive: timeout=10, max=${left}`];
      assertPage(await ask(client, "GET", "/a.html"), PAGE, lines);
    }
    assertEquals(await client.readToEnd(), "");
    assertPage(parseResponse(await exchange(requestOf("/a.html"))), PAGE, CLOSE_LINES);
    const other = await connect();
    const first = ["Connection: keep-alive", "Keep-Alive: timeout=10, max=1"];
    assertPage(await ask(other, "GET", "/a.html"), PAGE, first);
  }, { keepAliveMax: 2 });
});

Deno.test("a kept response: its Date is that of its second, and never goes back", async () => {
  await withServer({ "a.html": PAGE }, async ({ root, connect }) => {
    await agedOnce(root);
    const client = await connect();
    const dates = new Set<string>();
    for (let lastMs = 0; dates.size < 3;) {
      const earliestMs = Math.floor(Date.now() / 1000) * 1000;
      const { fields, content } = await ask(client, "GET", "/a.html");
      const date = fields.get("date") ?? "";
      assert(Date.parse(date) >= Math.max(earliestMs, lastMs), `${date} is behind`);
      assert(Date.parse(date) <= Date.now(), `${date} is ahead`);
      assertEquals(content, PAGE);
      lastMs = Date.parse(date);
      dates.add(date);
    }
  }, { keepAliveMax: 0 });
});

Deno.test("a kept response: a Last-Modified of the future stays behind Date", async () => {
  await withServer({ "a.html": PAGE }, async ({ root, connect }) => {
    const future = new Date(Date.now() + 86_400_000);
    await Deno.utime(`${root}/a.html`, future, future);
    await agedOnce(root);
    const client = await connect();
    for (let i = 0; i < 50; i++) {
      const { fields } = await ask(client, "GET", "/a.html");
      assertEquals(fields.get("last-modified"), fields.get("date"), "RFC 9110 §8.8.2.1");
    }
  });
});

/** What a file in the cache becomes, and what a request then gets. */
const CHANGES: Readonly<
  Record<string, (path: string, folders: Running) => readonly [statusCode: number, content: string]>
> = {
  "cut": (path) => {
    Deno.truncateSync(path, 5);
    return [200, PAGE.slice(0, 5)];
  },
  "cut to nothing": (path) => {
    Deno.truncateSync(path);
    return [200, ""];
  },
  "grown": (path) => {
    Deno.writeTextFileSync(path, "more", { append: true });
    return [200, PAGE + "more"];
  },
  "rewritten, its size and time kept": (path) => {
    const { atime, mtime } = Deno.statSync(path);
    Deno.writeTextFileSync(path, PAGE.replace("Kept", "Lost"));
    Deno.utimeSync(path, atime ?? 0, mtime ?? 0);
    return [200, PAGE.replace("Kept", "Lost")];
  },
  "replaced, its size and time kept": (path, { outside }) => {
    const { atime, mtime } = Deno.statSync(path);
    Deno.writeTextFileSync(`${outside}/new`, PAGE.replace("Kept", "Lost"));
    Deno.utimeSync(`${outside}/new`, atime ?? 0, mtime ?? 0);
    Deno.renameSync(`${outside}/new`, path);
    return [200, PAGE.replace("Kept", "Lost")];
  },
  "replaced by a link to another inside": (path, { root }) => {
    Deno.writeTextFileSync(`${root}/other`, "other");
    Deno.removeSync(path);
    Deno.symlinkSync("../other", path);
    return [200, "other"];
  },
  "replaced by a link to the same bytes outside": (path, { outside }) => {
    Deno.renameSync(path, `${outside}/moved.html`);
    Deno.symlinkSync(`${outside}/moved.html`, path);
    return [404, ""];
  },
  "replaced by a link to its other name outside": (path, { outside }) => {
    Deno.linkSync(path, `${outside}/same.html`);
    Deno.removeSync(path);
    Deno.symlinkSync(`${outside}/same.html`, path);
    return [404, ""];
  },
  "replaced by a folder": (path) => {
    Deno.removeSync(path);
    Deno.mkdirSync(path);
    return [301, ""];
  },
  "removed": (path) => {
    Deno.removeSync(path);
    return [404, ""];
  },
  "removed with its folder": (path) => {
    Deno.removeSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    return [404, ""];
  },
};

function assertChanged(response: RawResponse, [statusCode, content]: readonly [number, string]) {
  assertEquals(response.statusCode, statusCode);
  if (statusCode !== 200) return;
  assertEquals(response.content, content);
  assertEquals(response.fields.get("content-length"), `${content.length}`);
}

Deno.test("a file in the cache that changes is answered as it is now, by the next request", async () => {
  using watch = watchCaches();
  const names = Object.keys(CHANGES).filter((name) => CAN_LINK || !name.includes("link"));
  const files = names.map((_, i) => [`${i}/a.html`, PAGE] as const);
  await withServer(Object.fromEntries(files), async (running) => {
    await agedOnce(running.root);
    const client = await running.connect();
    for (const [i, name] of names.entries()) {
      const target = `/${i}/a.html`;
      for (const _ of [1, 2]) assertEquals((await ask(client, "GET", target)).content, PAGE, name);
      const { hits } = [...watch.caches][0];
      const { fields } = await ask(client, "GET", target);
      assertEquals([...watch.caches][0].hits, hits + 1, `${name}: in the cache before`);
      const now = CHANGES[name](`${running.root}${target}`, running);
      const condition = [`If-None-Match: ${fields.get("etag")}`];
      assertChanged(await ask(client, "GET", target, condition), now);
      assertChanged(await ask(client, "GET", target), now);
    }
  });
});
