/**
 * Ways to the cache beside that of a plain GET: a request with content, the pages of errors, and a folder that leaves
 * the root. Each answer must be as fresh, and as contained, as any.
 */

import { assertEquals } from "@std/assert";
import { agedOnce } from "./caches.ts";
import { parseResponse, requestOf, type Running, withServer } from "./harness.ts";
import { testWithLinks } from "../tools.ts";

/** Sends literal bytes on a new connection; gives the content of what came back. */
async function contentOf({ exchange }: Running, bytes: string): Promise<string> {
  return parseResponse(await exchange(bytes)).content;
}

const PLAIN_POST = "POST /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";

const WAYS = [
  // file, bytes that get it, why
  ["a.txt", requestOf("/a.txt"), "twin: a plain GET"],
  ["a.txt", requestOf("/a.txt", ["Content-Length: 1"]) + "x", "GET with content"],
  ["a.txt", requestOf("/a.txt", ["Content-Length: 0"]), "GET with content of no byte"],
  [
    "a.txt",
    requestOf("/a.txt", ["Transfer-Encoding: chunked"]) + "1\r\nx\r\n0\r\n\r\n",
    "GET with content in chunks",
  ],
  ["404.html", requestOf("/nothing"), "twin: the page of 404"],
  ["404.html", requestOf("/nothing", ["Content-Length: 1"]) + "x", "404 of a GET with content"],
  ["405.html", PLAIN_POST + "\r\n", "twin: 405 of a POST without content"],
  ["405.html", PLAIN_POST + "Content-Length: 1\r\n\r\nx", "405 of a POST with content"],
  ["400.html", "GET / HTTP/1.1\r\n\r\n", "twin: 400 of a head that has an end"],
  ["400.html", " \r\n\r\n", "400 of what is no head"],
  ["413.html", PLAIN_POST + "Content-Length: 9999999\r\n\r\n", "413, before the content"],
  ["431.html", PLAIN_POST + "a: b\r\n".repeat(201), "431 of a head that has no end"],
] as const;

/** Gets a file into the cache, rewrites it, and gives what a way then makes of it. */
async function afterRewrite(name: string, bytes: string): Promise<string> {
  let content = "";
  await withServer({ [name]: "old" }, async (running) => {
    await agedOnce(running.root);
    for (const _ of [1, 2]) assertEquals(await contentOf(running, requestOf(`/${name}`)), "old");
    Deno.writeTextFileSync(`${running.root}/${name}`, "new");
    content = await contentOf(running, bytes);
  });
  return content;
}

Deno.test("a rewritten file is fresh, whatever way leads to the cache", async () => {
  const contents = WAYS.map(([name, bytes]) => afterRewrite(name, bytes)); // All at once: each takes a second.
  const actual = (await Promise.all(contents)).map((content, i) => `${content}: ${WAYS[i][2]}`);
  assertEquals(actual, WAYS.map(([, , why]) => `new: ${why}`));
});

Deno.test("a rewritten 503.html is fresh for a connection over the cap", async () => {
  await withServer({ "503.html": "old" }, async (running) => {
    await agedOnce(running.root);
    const client = await running.connect();
    for (const _ of [1, 2]) {
      await client.send("GET /503.html HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals((await client.readResponse()).content, "old");
    }
    Deno.writeTextFileSync(`${running.root}/503.html`, "new");
    // Whoever asks does not give way.
    await client.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
    const over = await running.connect();
    const response = await over.readResponse();
    assertEquals([response.statusCode, response.content], [503, "new"]);
  }, { maxConnections: 1 });
});

testWithLinks(
  "a file in the cache whose folder moves out of the root is 404, link or no link",
  async () => {
    await withServer({ "d/f.txt": "inside" }, async ({ root, outside, exchange }) => {
      await agedOnce(root);
      for (const _ of [1, 2]) {
        assertEquals(parseResponse(await exchange(requestOf("/d/f.txt"))).content, "inside");
      }
      Deno.renameSync(`${root}/d`, `${outside}/d`); // The file itself stays as it is, to the last time.
      Deno.symlinkSync(`${outside}/d`, `${root}/d`);
      assertEquals(parseResponse(await exchange(requestOf("/d/f.txt"))).statusCode, 404);
    });
  },
);
