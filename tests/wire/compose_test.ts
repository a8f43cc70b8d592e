import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { parseResponse, type RawResponse, requestOf, type Running, withServer } from "./harness.ts";
import { testOnUnix } from "../tools.ts";

/** Asks with GET and with HEAD, and compares: RFC 9110 §9.3.2. Gives the answer to GET. */
async function askBoth(running: Running, target: string, lines: readonly string[] = []) {
  const get = parseResponse(await running.exchange(requestOf(target, lines)));
  const head = parseResponse(await running.exchange(requestOf(target, lines, "HEAD")));
  const withoutDate = (response: RawResponse) => response.head.replace(/^Date: .*$/m, "Date");
  assertEquals(withoutDate(head), withoutDate(get), `HEAD ${target} ${lines.join("; ")}`);
  assertEquals(head.content, "");
  if (get.statusCode !== 304) {
    assertEquals(String(get.content.length), get.fields.get("content-length"), target);
  }
  return get;
}

/** The fields of a response as an object, those named left out. */
function fieldsWithout(response: RawResponse, ...names: string[]): Record<string, string> {
  return Object.fromEntries([...response.fields].filter(([name]) => !names.includes(name)));
}

const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

Deno.test("composeResponse() describes a file in full", async () => {
  await withServer({ "a.txt": "hello", "empty.css": "" }, async (running) => {
    const response = await askBoth(running, "/a.txt");
    assertEquals([response.statusCode, response.content], [200, "hello"]);
    for (const name of ["date", "last-modified"]) {
      assert(DATE.test(response.fields.get(name) ?? ""), name);
    }
    assert(/^"[!#-~]+"$/.test(response.fields.get("etag") ?? ""), "a strong entity tag");
    const rest = fieldsWithout(response, "date", "etag", "last-modified");
    const expected = {
      "content-type": "text/plain; charset=utf-8",
      "content-length": "5",
      "accept-ranges": "bytes",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "connection": "close",
    };
    assertEquals(rest, expected);
    const empty = await askBoth(running, "/empty.css");
    assertEquals(fieldsWithout(empty, "date", "etag", "last-modified"), {
      ...expected,
      "content-type": "text/css; charset=utf-8",
      "content-length": "0",
    });
  });
});

const MEDIA_TYPES = {
  "html": "text/html; charset=utf-8",
  "HTM": "text/html; charset=utf-8",
  "css": "text/css; charset=utf-8",
  "js": "text/javascript; charset=utf-8",
  "mjs": "text/javascript; charset=utf-8",
  "ts": "text/plain; charset=utf-8",
  "txt": "text/plain; charset=utf-8",
  "md": "text/markdown; charset=utf-8",
  "csv": "text/csv; charset=utf-8",
  "json": "application/json",
  "map": "application/json",
  "webmanifest": "application/manifest+json",
  "xml": "text/xml|application/xml",
  "wasm": "application/wasm",
  "svg": "image/svg+xml",
  "png": "image/png",
  "jpg": "image/jpeg",
  "gif": "image/gif",
  "webp": "image/webp",
  "avif": "image/avif",
  "ico": "image/vnd.microsoft.icon|image/x-icon",
  "woff": "font/woff",
  "woff2": "font/woff2",
  "mp3": "audio/mpeg",
  "mp4": "video/mp4",
  "webm": "video/webm",
  "pdf": "application/pdf",
  "zip": "application/zip",
  "tar.gz": "application/gzip",
  "unheard-of": "text/plain; charset=utf-8",
};

Deno.test("composeResponse() names the media types of today's web", async () => {
  const names = Object.keys(MEDIA_TYPES).map((extension) => `file.${extension}`);
  const files = Object.fromEntries([...names, "Makefile", ".html"].map((name) => [name, "x"]));
  await withServer(files, async (running) => {
    for (const [extension, types] of Object.entries(MEDIA_TYPES)) {
      const { fields } = await askBoth(running, `/file.${extension}`);
      const contentType = fields.get("content-type") ?? "";
      assert(types.split("|").includes(contentType.replace(/(?<=xml);.*/, "")), contentType);
    }
    for (const name of ["Makefile", ".html"]) {
      const { fields } = await askBoth(running, `/${name}`);
      assertEquals(fields.get("content-type"), "text/plain; charset=utf-8", `${name} is text`);
    }
  }, { dotfiles: true });
});

testOnUnix("composeResponse() redirects a folder with a link for people", async () => {
  await withServer({ "a<b>&/index.html": "x" }, async (running) => {
    const redirect = await askBoth(running, "/a%3Cb%3E&?q='\"<script>&x=%22");
    assertEquals(redirect.statusCode, 301);
    assertEquals(fieldsWithout(redirect, "date", "content-length"), {
      "location": "./a%3Cb%3E&/?q='\"<script>&x=%22",
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "connection": "close",
    });
    assertStringIncludes(redirect.content, "/?q=&#39;&quot;&lt;script&gt;&amp;x=%22");
    assert(!redirect.content.includes("<script>"));
  });
});

const ERRORS = [
  // request line or field lines, status, words, why
  ["/%zz-evil", [], 400, "Bad Request", "a bad escape"],
  ["/evil\\", [], 400, "Bad Request", "a backslash"],
  ["/evil<script>?evil", [], 404, "Page Not Found", "the lab's words"],
  ["/a.txt", ['If-Match: "evil"'], 412, "Precondition Failed", "no entity tag of ours"],
  ["/" + "evil".repeat(2_048), [], 414, "URI Too Long", "over 8 KiB"],
  ["/a.txt", ["Expect: evil"], 417, "Expectation Failed", "no expectation"],
  ["/a.txt", Array(201).fill("evil: 1"), 431, "Request Header Fields Too Large", "200 lines"],
] as const;

Deno.test("composeError() explains itself and repeats nothing", async () => {
  await withServer({ "a.txt": "hello" }, async (running) => {
    for (const [target, lines, statusCode, words, why] of ERRORS) {
      const response = [400, 414, 431].includes(statusCode)
        ? parseResponse(await running.exchange(requestOf(target, lines)))
        : await askBoth(running, target, lines);
      assertEquals(response.statusCode, statusCode, why);
      assertStringIncludes(response.content, `Error: ${statusCode} ${words}`);
      assertStringIncludes(response.content, "Hint: ");
      const text = response.head + response.content;
      for (const own of ["evil", running.root, "vitrine_", "/lib/", "    at "]) {
        assert(!text.includes(own), `${why}: ${own}`);
      }
      assertEquals(fieldsWithout(response, "date", "content-length"), {
        "content-type": "text/html; charset=utf-8",
        "x-content-type-options": "nosniff",
        "connection": "close",
      });
    }
    const { content } = await askBoth(running, "/missing");
    assertStringIncludes(content, "Error: 404 Page Not Found");
    assertStringIncludes(content, "Hint: visit index.html page");
  });
});

Deno.test("composeError() gives HEAD no content, even where the head is refused", async () => {
  const rows = [
    [requestOf("/" + "long".repeat(2_048), [], "HEAD"), 414, "target"],
    ["HEAD / HTTP/1.1\r\n\r\n", 400, "no Host"],
    [requestOf("/", ["Bad : x"], "HEAD"), 400, "field line"],
    [requestOf("/", ["Content-Length: x"], "HEAD"), 400, "length"],
    [requestOf("/", ["Content-Length: 9999999"], "HEAD"), 413, "content"],
    [requestOf("/", ["Transfer-Encoding: gzip"], "HEAD"), 501, "coding"],
    ["HEAD / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "version"],
  ] as const;
  await withServer({}, async ({ exchange }) => {
    for (const [request, statusCode, why] of rows) {
      const response = parseResponse(await exchange(request));
      assertEquals([response.statusCode, response.content], [statusCode, ""], `§9.3.2: ${why}`);
    }
  });
});

Deno.test("composeError() lets conditions and ranges alone: RFC 9110 §13.2.1", async () => {
  await withServer({ "d/x": "x" }, async (running) => {
    const lines = ["If-None-Match: *", 'If-Match: "x"', "Range: bytes=0-0"];
    assertEquals((await askBoth(running, "/missing", lines)).statusCode, 404);
    assertEquals((await askBoth(running, "/d", lines)).statusCode, 301);
    const options = parseResponse(await running.exchange(requestOf("/d/x", lines, "OPTIONS")));
    assertEquals([options.statusCode, options.fields.get("allow")], [204, "GET, HEAD, OPTIONS"]);
    const post = parseResponse(await running.exchange(requestOf("/d/x", lines, "POST")));
    assertEquals([post.statusCode, post.fields.get("allow")], [405, "GET, HEAD, OPTIONS"]);
  });
});

Deno.test("composeError() sends the site's own page for a status", async () => {
  const files = { "404.html": "<h1>Lost?", "412.html": "", "416.html": "<h1>Too far", "a": "1234" };
  await withServer(files, async (running) => {
    const missing = await askBoth(running, "/missing");
    assertEquals([missing.statusCode, missing.content], [404, "<h1>Lost?"]);
    assertEquals(fieldsWithout(missing, "date"), {
      "content-type": "text/html; charset=utf-8",
      "content-length": "9",
      "x-content-type-options": "nosniff",
      "connection": "close",
    });
    const failed = await askBoth(running, "/a", ['If-Match: "x"']);
    assertEquals([failed.statusCode, failed.content], [412, ""], "an empty page is a page");
    const beyond = parseResponse(await running.exchange(requestOf("/a", ["Range: bytes=4-"])));
    assertEquals([beyond.statusCode, beyond.content], [416, "<h1>Too far"]);
    assertEquals(beyond.fields.get("content-range"), "bytes */4");
    const page = await askBoth(running, "/404.html");
    assertEquals([page.statusCode, page.content], [200, "<h1>Lost?"], "by its name it is a file");
  });
});

/** The entity tag of a target, and what came with it. */
async function tagOf(running: Running, target: string): Promise<readonly [string, string]> {
  const { fields, content } = parseResponse(await running.exchange(requestOf(target)));
  return [fields.get("etag") ?? "", content];
}

Deno.test("entityTagOf() of a file that stays the same stays, and gives 304 at once", async () => {
  await withServer({}, async (running) => {
    for (let i = 0; i < 10; i++) {
      const path = `${running.root}/${i}.txt`;
      do {
        await Deno.writeTextFile(path, "fresh");
      } while ((await Deno.stat(path)).mtime!.getTime() % 1000 === 0); // See writeFile().
      const [entityTag] = await tagOf(running, `/${i}.txt`);
      const again = await askBoth(running, `/${i}.txt`, [`If-None-Match: ${entityTag}`]);
      assertEquals([again.statusCode, again.fields.get("etag")], [304, entityTag]);
    }
  });
});

Deno.test("entityTagOf() changes when the bytes do, whatever the size and the clock say", async () => {
  await withServer({ "a.txt": "00000" }, async (running) => {
    const path = `${running.root}/a.txt`;
    const seen = new Map<string, string>();
    const look = async (content: string, why: string) => {
      const [entityTag, received] = await tagOf(running, "/a.txt");
      assertEquals(received, content, why);
      assertEquals(seen.get(entityTag), undefined, why);
      seen.set(entityTag, content);
    };
    await look("00000", "at first");
    for (let i = 1; i <= 20; i++) {
      await Deno.writeTextFile(path, `${10000 + i}`);
      await look(`${10000 + i}`, "same size, within a second");
    }
    const old = new Date("2020-02-02T02:02:02.222Z");
    for (let i = 1; i <= 5; i++) {
      await Deno.writeTextFile(path, `${20000 + i}`);
      await Deno.utime(path, old, old);
      await look(`${20000 + i}`, "same size, same time set by hand");
    }
    for (let i = 1; i <= 5; i++) {
      await Deno.writeTextFile(`${path}.new`, `${30000 + i}`);
      await Deno.utime(`${path}.new`, old, old);
      await Deno.rename(`${path}.new`, path);
      await look(`${30000 + i}`, "replaced by another file of the same size and time");
    }
  });
});

Deno.test("entityTagOf() changes when the time is set back within the second of the write", async () => {
  await withServer({}, async (running) => {
    // The clock may pass from one second to the next in between, but not every time.
    for (let i = 0; i < 5; i++) {
      const path = `${running.root}/${i}.txt`;
      await Deno.writeTextFile(path, "first");
      const { mtime } = await Deno.stat(path);
      const [before] = await tagOf(running, `/${i}.txt`);
      await Deno.writeTextFile(path, "other");
      await Deno.utime(path, mtime!, mtime!);
      const [after, content] = await tagOf(running, `/${i}.txt`);
      assertEquals(content, "other");
      assertNotEquals(after, before, "as rsync -t and cp -p could do");
    }
  });
});

Deno.test("composeResponse() never dates a file later than the response", async () => {
  await withServer({ "a.txt": "x" }, async (running) => {
    const future = new Date(Date.now() + 86_400_000);
    await Deno.utime(`${running.root}/a.txt`, future, future);
    const { fields } = parseResponse(await running.exchange(requestOf("/a.txt")));
    assertEquals(fields.get("last-modified"), fields.get("date"), "RFC 9110 §8.8.2.1");
  });
});
