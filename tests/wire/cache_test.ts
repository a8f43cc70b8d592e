/**
 * The cache must not be seen from outside: the same requests to three servers, with the cache, without it and with one
 * that holds the smallest files only, get the same bytes but for the date.
 */

import { assert, assertEquals } from "@std/assert";
import { agedOnce, watchCaches } from "./caches.ts";
import { parseResponse, type RawResponse, type Running, withServer } from "./harness.ts";

/** Longer than what leaves in one write, longer than what is read whole without a cache, and short ones. */
const FILES = {
  "index.html": "<!doctype html><title>Index</title>",
  "404.html": "<!doctype html><title>Not here</title>",
  "412.html": "<!doctype html><title>Changed</title>",
  "small.txt": "0123456789",
  "empty.txt": "",
  "page.css": "a { color: red }\n".repeat(60),
  "joined.txt": "j".repeat(15 * 1024),
  "parts.txt": "abcdefgh".repeat(5 * 1024),
  "large.txt": "0123456789abcdef".repeat(8 * 1024),
  "d/index.html": "<!doctype html><title>Folder</title>",
  "a b/é.txt": "named",
};

const CONFIGURATIONS = { on: 64, off: 0, tiny: 0.07 };

// {tag} and {date} are the validators of the file that is asked for.
const REQUESTS: readonly (readonly [string, readonly string[], number, string])[] = [
  // method and target, field lines, status, why
  ["GET /small.txt", [], 200, "in all caches"],
  ["HEAD /small.txt", [], 200, "HEAD after GET"],
  ["GET /small.txt", [], 200, "GET after HEAD"],
  ["GET /empty.txt", [], 200, "no content at all"],
  ["HEAD /empty.txt", [], 200, "the same by HEAD"],
  ["GET /", [], 200, "the page of the root"],
  ["GET /index.html", [], 200, "the same by its own name"],
  ["GET /d", [], 301, "a folder without its slash"],
  ["GET /d/", [], 200, "the page of a folder"],
  ["GET /d/index.html", [], 200, "the same by its own name"],
  ["GET /small.txt/", [], 404, "a file named like a folder, and the site's page for it"],
  ["HEAD /nothing", [], 404, "the head of that page"],
  ["GET /nothing", [], 404, "and its content"],
  ["GET /page.css?v=1", [], 200, "too large for the tiny one; with a query"],
  ["GET /a%20b/%C3%A9.txt", [], 200, "a name in need of escapes"],
  ["GET /joined.txt", [], 200, "head and content in one write, just so"],
  ["HEAD /joined.txt", [], 200, "HEAD after that"],
  ["GET /parts.txt", [], 200, "in more than one write"],
  ["GET /large.txt", [], 200, "streamed unless it is cached"],
  ["HEAD /large.txt", [], 200, "the same by HEAD"],
  ["OPTIONS /small.txt", [], 204, "asks for no file"],
  ["GET /small.txt", ["Range: bytes=2-4"], 206, "a range"],
  ["GET /small.txt", ["Range: bytes=-3"], 206, "a suffix"],
  ["HEAD /small.txt", ["Range: bytes=2-4"], 200, "RFC 9110 §14.2: no range for HEAD"],
  ["GET /large.txt", ["Range: bytes=65530-65550"], 206, "a range of a streamed file"],
  ["GET /parts.txt", ["Range: bytes=0-9,20000-20009,-5"], 206, "several"],
  ["GET /large.txt", ["Range: bytes=0-9,100000-"], 206, "several of a streamed file"],
  ["GET /small.txt", ["Range: bytes=10-"], 416, "past the end"],
  ["GET /empty.txt", ["Range: bytes=0-"], 416, "past the end of nothing"],
  ["GET /small.txt", ["Range: bytes=0-0", "If-Range: {tag}"], 206, "of this state"],
  ["GET /small.txt", ["Range: bytes=0-0", 'If-Range: "x"'], 200, "of another state"],
  ["GET /small.txt", ["If-None-Match: {tag}"], 304, "known by tag"],
  ["HEAD /large.txt", ["If-None-Match: {tag}"], 304, "a streamed file, by HEAD"],
  ["GET /page.css", ["If-Modified-Since: {date}"], 304, "known by date"],
  ["GET /small.txt", ['If-Match: "x"'], 412, "not this state, and the site's page for it"],
  ["HEAD /small.txt", ['If-Match: "x"'], 412, "the head of that page"],
  ["GET /small.txt", ["If-Match: {tag}"], 200, "this state"],
  ["POST /small.txt", [], 405, "refused before any file"],
  ["GET /../small.txt", [], 400, "refused, and closed"],
];

/** Sends one request on a connection of its own; the connection goes on unless the server ends it. */
async function ask(
  { connect }: Running,
  line: string,
  fieldLines: readonly string[],
): Promise<RawResponse> {
  const client = await connect();
  await client.send([`${line} HTTP/1.1`, "Host: a", ...fieldLines, "", ""].join("\r\n"));
  await client.closeWrite();
  return parseResponse(await client.readToEnd());
}

/** A response without what may differ: its date, the secret in a boundary, how a large file's tag is made. */
function comparable({ head, content }: RawResponse, entityTag: string): string {
  const boundary = /boundary=(\S+)/.exec(head)?.[1] ?? "no boundary";
  return (head.replace(/^Date: .*$/m, "Date: DATE") + content)
    .replaceAll(boundary, "BOUNDARY").replaceAll(entityTag, '"TAG"');
}

/** All that one server says to all requests, asked in their order; with what each must be, beside it. */
async function askAll(running: Running): Promise<string[]> {
  const said: string[] = [];
  for (const [line, templates, statusCode, why] of REQUESTS) {
    const plain = await ask(running, line.replace(/^\S+/, "HEAD"), []);
    const entityTag = plain.fields.get("etag") ?? "no tag";
    const lastModified = plain.fields.get("last-modified") ?? "";
    const lines = templates.map((template) =>
      template.replace("{tag}", entityTag).replace("{date}", lastModified)
    );
    const response = await ask(running, line, lines);
    assertEquals(response.statusCode, statusCode, `${line}: ${why}`);
    said.push(`${line} ${templates}: ${why}\n${comparable(response, entityTag)}`);
  }
  return said;
}

/** Small files are tagged by their bytes, so their tags may not differ from server to server either. */
async function tagsOf(running: Running): Promise<(string | undefined)[]> {
  const small = Object.keys(FILES).filter((name) => name !== "large.txt");
  const responses = small.map((name) => ask(running, `GET /${encodeURI(name)}`, []));
  return (await Promise.all(responses)).map(({ fields }) => fields.get("etag"));
}

Deno.test("the cache is not to be seen: same bytes with it, without it and with a tiny one", async () => {
  using watch = watchCaches();
  const said: Record<string, string[]> = {};
  const tags: Record<string, (string | undefined)[]> = {};
  const askServer = async (name: string, cacheSizeMiB: number) => {
    await withServer(FILES, async (running) => {
      const past = new Date("2020-02-02T02:02:02.222Z");
      for (const file of Object.keys(FILES)) {
        await Deno.utime(`${running.root}/${file}`, past, past);
      }
      await agedOnce(running.root);
      said[`${name}, first time`] = await askAll(running);
      said[`${name}, again`] = await askAll(running);
      tags[name] = await tagsOf(running);
      assert(running.log.length > 2 * REQUESTS.length);
    }, { cacheSizeMiB });
  };
  const servers = Object.entries(CONFIGURATIONS);
  await Promise.all(servers.map(([name, cacheSizeMiB]) => askServer(name, cacheSizeMiB)));
  const hits = [...watch.caches].map((cache) => cache.hits).sort((a, b) => a - b);
  assert(hits[0] === 0 && hits[1] > 10 && hits[2] > hits[1] + 10, `${hits} answers from memory`);
  const expected = said["off, first time"];
  assertEquals([expected.length, Object.keys(said).length], [REQUESTS.length, 6]);
  for (const [name, responses] of Object.entries(said)) assertEquals(responses, expected, name);
  assertEquals(tags.on, tags.off);
  assertEquals(tags.tiny, tags.off);
});
