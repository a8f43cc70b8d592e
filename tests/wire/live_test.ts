/** `--live` over the wire: pages with their script, the events, and an end that waits for nobody. */

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { brotliCompressSync } from "node:zlib";
import { byteString } from "../../lib/http/grammar.ts";
import { TAIL } from "../../lib/live/script.ts";
import {
  ask,
  parseResponse,
  type RawClient,
  type Running,
  withServer,
  writeFile,
} from "./harness.ts";

const TAIL_TEXT = byteString(TAIL, 0, TAIL.length);
const PAGE = "<!DOCTYPE html><title>t</title><p>hi\n" + "more\n".repeat(400);

/** Follows the events, up to the greeting. */
async function follow({ connect }: Running): Promise<{ client: RawClient; events: Events }> {
  const client = await connect();
  await client.send("GET /.vitrine/live HTTP/1.1\r\nHost: a\r\n\r\n");
  const events = new Events(client);
  return { client, events };
}

/** Reads a stream of events, one at a time. */
class Events {
  readonly #client: RawClient;
  #text = "";

  constructor(client: RawClient) {
    this.#client = client;
  }

  async readUntil(end: string): Promise<string> {
    const bytes = new Uint8Array(4096);
    while (!this.#text.includes(end)) {
      const count = await this.#client.conn.read(bytes);
      if (count === null) throw new Error(`Expected ${JSON.stringify(end)}, got the end`);
      this.#text += new TextDecoder().decode(bytes.subarray(0, count));
    }
    const at = this.#text.indexOf(end) + end.length;
    const text = this.#text.slice(0, at);
    this.#text = this.#text.slice(at);
    return text;
  }

  /** For example `["reload", "<version>"]`. */
  async next(): Promise<[event: string, data: string]> {
    const match = /^event:\s*(\w+)\ndata:\s*(\S+)\n\n$/.exec(await this.readUntil("\n\n"));
    if (match === null) throw new Error("Cannot parse an event");
    return [match[1], match[2]];
  }
}

for (const [cacheSizeMiB, what] of [[64, "on"], [0, "off"], [0.07, "tiny"]] as const) {
  Deno.test(`live: a page has its script at the end, in every answer, with the cache ${what}`, async () => {
    const files = {
      "index.html": PAGE,
      "index.html.br": brotliCompressSync(PAGE),
      "a.txt": "text",
      "404.html": "<p>gone",
    };
    await withServer(files, async (running) => {
      const expected = PAGE + TAIL_TEXT;
      for (let time = 0; time < 3; time++) {
        const whole = await ask(running, "/");
        const { fields } = whole;
        assertEquals(whole.content, expected);
        assertEquals(fields.get("content-length"), String(expected.length));
        const tag = fields.get("etag")!;
        assertMatch(tag, /-live"$/);

        const head = await ask(running, "/", [], "HEAD");
        assertEquals(head.fields.get("content-length"), String(expected.length), "HEAD is GET");
        const coded = await ask(running, "/", ["Accept-Encoding: br, gzip"]);
        assertEquals(coded.content, expected, "a page has one form");
        for (const { fields } of [whole, coded]) {
          assertEquals(fields.has("content-encoding"), false);
          assertEquals(fields.get("vary"), "Sec-Fetch-Dest, Sec-Fetch-Mode");
        }
        if (!tag.includes("-u")) {
          const cached = await ask(running, "/", [`If-None-Match: ${tag}`]);
          assertEquals([cached.statusCode, cached.fields.get("etag")], [304, tag]);
        }
        const cut = PAGE.length - 7; // Into the file, across its end, and the tail alone.
        const ranges = [[0, cut - 1], [cut, PAGE.length + 4], [
          PAGE.length + 5,
          expected.length - 1,
        ]];
        for (const [firstPos, lastPos] of ranges) {
          const part = await ask(running, "/", [`Range: bytes=${firstPos}-${lastPos}`]);
          assertEquals(part.statusCode, 206);
          assertEquals(part.content, expected.slice(firstPos, lastPos + 1));
          assertEquals(
            part.fields.get("content-range"),
            `bytes ${firstPos}-${lastPos}/${expected.length}`,
          );
        }
        const several = await ask(running, "/", [`Range: bytes=0-1,-9`]);
        assert(several.content.includes(`\r\n\r\n${expected.slice(0, 2)}\r\n--`));
        assert(several.content.includes(`\r\n\r\n${expected.slice(-9)}\r\n--`));
        const past = await ask(running, "/", [`Range: bytes=${expected.length}-`]);
        assertEquals(past.fields.get("content-range"), `bytes */${expected.length}`);
      }
      assertEquals((await ask(running, "/a.txt")).content, "text", "only pages");
      const missing = await ask(running, "/nope");
      assertEquals([missing.statusCode, missing.content], [404, "<p>gone" + TAIL_TEXT]);
      assertEquals(running.errors, []);
    }, { live: true, cacheSizeMiB });
  });
}

Deno.test("live: a quarter of the slots is for pages that follow, and the one that came first ends for the next", async () => {
  await withServer({ "index.html": PAGE }, async (running) => {
    const [first, second, third] = [
      await follow(running),
      await follow(running),
      await follow(running),
    ];
    for (const { events } of [second, third]) {
      await events.readUntil("\r\n\r\n");
      assertEquals((await events.next())[0], "hello");
    }
    assertMatch(await first.client.readToEnd(), /^HTTP\/1\.1 200 [^]*event:\s*hello\n[^]*\n\n$/);
    await writeFile(running.root, "index.html", PAGE + "new");
    for (const { events } of [second, third]) assertEquals((await events.next())[0], "reload");
    for (const { client } of [first, second, third]) client.close();
  }, { live: true, maxConnections: 8 });
});

Deno.test("live: every page that is made here has the script as well", async () => {
  const files = {
    "sub/a.txt": "a",
    "x.html": PAGE,
    "_redirects": "/gone/* /x.html 404\n",
  };
  await withServer(files, async (running) => {
    for (
      const [target, fieldLines, method, statusCode] of [
        ["/nope", [], "GET", 404],
        ["/gone/a", [], "GET", 404],
        ["/sub/", [], "GET", 200],
        ["/x.html", [], "POST", 405],
        ["/x.html", ['If-Match: "other"'], "GET", 412],
        ["/x.html", ["Range: bytes=90000-"], "GET", 416],
        ["/x.html", ["Expect: more"], "GET", 417],
        ["/%00", [], "GET", 400],
        [`/${"a".repeat(9000)}`, [], "GET", 414],
      ] as const
    ) {
      const page = await ask(running, target, fieldLines, method);
      assertEquals(page.statusCode, statusCode, target);
      assert(page.content.endsWith(TAIL_TEXT), `${statusCode} ${target}`);
      assertEquals(page.fields.get("content-length"), String(page.content.length));
      assertEquals(page.fields.has("refresh"), false);
      assertMatch(page.fields.get("vary")!, /\bSec-Fetch-Dest, Sec-Fetch-Mode$/);
    }
    const head = await ask(running, "/sub/", [], "HEAD");
    const get = await ask(running, "/sub/");
    assertEquals(head.fields.get("content-length"), get.fields.get("content-length"));
    const json = await ask(running, "/sub/", ["Accept: application/json"]);
    assertEquals(typeof JSON.parse(json.content), "object", "a script is no JSON");
  }, { live: true, listing: true });
});

Deno.test("live: a large listing has the script at its end", async () => {
  await withServer({}, async (running) => {
    for (let i = 0; i < 2_000; i++) Deno.writeTextFileSync(`${running.root}/file-${i}.txt`, "");
    for (let time = 0; time < 2; time++) {
      const { content, fields } = await ask(running, "/");
      assert(content.endsWith(`</html>\n${TAIL_TEXT}`));
      assertEquals(fields.get("content-length"), String(content.length));
      assertEquals(content.match(/href="file-\d+\.txt"/g)?.length, 2_000);
    }
  }, { live: true, listing: true });
});

Deno.test("live: who finds no room comes again by itself", async () => {
  await withServer({}, async (running) => {
    const first = await running.connect();
    await first.send("GET / HTTP/1.1\r\nHost: a\r\n"); // It goes on, so that it cannot give way.
    const refused = parseResponse(await (await running.connect()).readToEnd());
    assertEquals(refused.statusCode, 503);
    assert(refused.content.endsWith(TAIL_TEXT));
    assertEquals(refused.fields.get("refresh"), "2");
  }, { live: true, maxConnections: 1 });
});

const DESTINATIONS = [
  // Sec-Fetch-Dest, whether the page has a script, who asks so
  [null, true, "curl, and browsers over plain HTTP on another machine"],
  ["document", true, "the address bar, a link, a form"],
  ["empty", false, "fetch, htmx, jQuery's .load(), a prefetch"],
  ["empty\r\nSec-Fetch-Mode: cors", false, "fetch"],
  ["empty\r\nSec-Fetch-Mode: navigate", true, "a service worker, for a page"],
  ["iframe\r\nSec-Fetch-Mode: navigate", false, "a frame, which is navigated as well"],
  ["iframe", false, "a frame"],
  ["frame", false, "an old one"],
  ["object", false, "and what is like one"],
  ["embed", false, "ditto"],
  ["worker", false, "who wants a script"],
] as const;

for (const [destination, hasScript, who] of DESTINATIONS) {
  Deno.test(`live: pages have ${hasScript ? "a" : "no"} script for ${JSON.stringify(destination)}: ${who}`, async () => {
    const fieldLines = destination === null ? [] : [`Sec-Fetch-Dest: ${destination}`];
    const big = "<p>" + "0123456789".repeat(100_000);
    const files = { "index.html": PAGE, "big.html": big, "sub/a.txt": "a", "403.html": "<p>own" };
    await withServer(files, async (running) => {
      for (
        const [target, content] of [["/", PAGE], ["/big.html", big], ["/nope", null], [
          "/sub/",
          null,
        ]] as const
      ) {
        const page = await ask(running, target, fieldLines);
        assertEquals(page.content.includes(TAIL_TEXT), hasScript, target);
        if (content !== null) assertEquals(page.content, content + (hasScript ? TAIL_TEXT : ""));
        assertMatch(page.fields.get("vary")!, /\bSec-Fetch-Dest, Sec-Fetch-Mode$/, target);
        const head = await ask(running, target, fieldLines, "HEAD");
        assertEquals(head.fields.get("content-length"), String(page.content.length), target);
        assertEquals(head.fields.get("vary"), page.fields.get("vary"));
      }
      // Each form has its own tag, and is revalidated by that alone.
      const tag = (await ask(running, "/", fieldLines)).fields.get("etag")!;
      assertEquals(tag.endsWith('-live"'), hasScript);
      const others = ["Sec-Fetch-Dest: document", "Sec-Fetch-Dest: empty"];
      const [scripted, bare] = await Promise.all(
        others.map((line) => ask(running, "/", [line, `If-None-Match: ${tag}`])),
      );
      assertEquals([scripted.statusCode, bare.statusCode], hasScript ? [304, 200] : [200, 304]);
      assertEquals(
        scripted.fields.get("vary"),
        "Sec-Fetch-Dest, Sec-Fetch-Mode",
        "of a 304 as well",
      );
      const text = await ask(running, "/sub/a.txt", fieldLines);
      assertEquals(text.fields.get("vary"), undefined, "what is no page has one form");
    }, { live: true, listing: true, cacheSizeMiB: 1 });
  });
}

/** The state that the script was made for. */
function stateIn(script: string): { version: string; ageMs: number } {
  const [, version, age] = /VERSION = "(\S+)";[^]*Number\(" *(\S+)"\)/.exec(script)!;
  return { version, ageMs: Number(age) };
}

Deno.test("live: the script knows the last change, whatever pages hear later", async () => {
  await withServer({ "index.html": PAGE }, async (running) => {
    const startMs = performance.now();
    const before = stateIn((await ask(running, "/.vitrine/live.js")).content);
    assertEquals(before.ageMs, Infinity);
    const { events } = await follow(running);
    await events.readUntil("\r\n\r\n");
    assertEquals((await events.next())[1], before.version);
    await writeFile(running.root, "index.html", PAGE + "new");
    const [, version] = await events.next();
    const after = stateIn((await ask(running, "/.vitrine/live.js")).content);
    assertEquals(after.version, version);
    assert(after.ageMs >= 40 - 1 && after.ageMs <= performance.now() - startMs, `${after.ageMs}`);
  }, { live: true });
});

Deno.test("live: a page too large for the cache has its script as well", async () => {
  const page = "<p>" + "0123456789".repeat(100_000);
  await withServer({ "big.html": page }, async (running) => {
    assertEquals((await ask(running, "/big.html")).content, page + TAIL_TEXT);
  }, { live: true, cacheSizeMiB: 1 });
});

Deno.test("live: nothing is added when it is off, and its addresses are nobody's", async () => {
  await withServer({ "index.html": PAGE }, async (running) => {
    const off = await ask(running, "/");
    assertEquals(off.content, PAGE);
    for (const target of ["/.vitrine/live", "/.vitrine/live.js"]) {
      assertEquals((await ask(running, target)).statusCode, 404, target);
    }
    let tag: string | undefined;
    await withServer({ "index.html": PAGE }, async (other) => {
      tag = (await ask(other, "/")).fields.get("etag");
    }, { live: true, root: running.root });
    assertNotEquals(tag, off.fields.get("etag"), "the same file, other bytes");
  });
});

Deno.test("live: the script and the events answer GET, HEAD and OPTIONS", async () => {
  await withServer({}, async (running) => {
    const script = await ask(running, "/.vitrine/live.js");
    assertEquals(script.fields.get("content-type"), "text/javascript; charset=utf-8");
    assertMatch(script.content, /new EventSource\(/);
    const head = await ask(running, "/.vitrine/live.js", [], "HEAD");
    assertEquals(head.fields.get("content-length"), String(script.content.length));
    const events = await ask(running, "/.vitrine/live", [], "HEAD");
    assertEquals(events.fields.get("content-type"), "text/event-stream");
    assertEquals(events.fields.has("content-length"), false, "there is no length to tell");
    assertEquals(events.fields.get("x-accel-buffering"), "no", "nor may nginx gather them");
    const cacheControl = events.fields.get("cache-control");
    assertEquals(cacheControl, "no-store, no-transform", "nor code-server, to compress them");
    assertEquals((await ask(running, "/.vitrine/live", [], "OPTIONS")).statusCode, 204);
    assertEquals((await ask(running, "/.vitrine/live", [], "POST")).statusCode, 405);
  }, { live: true });
});

Deno.test("live: the script is in every folder, as pages ask for it by a relative address", async () => {
  const files = {
    "a/b/page.html": PAGE,
    "a/.vitrine/live.json": "",
    "x.vitrine/live.js": "own",
  };
  await withServer(files, async (running) => {
    const cases = [
      // target, way to the root
      ["/.vitrine/live.js", "../"],
      ["/.vitrine/live.js?1", "../"],
      ["/a/b/.vitrine/live.js", "../../../"],
      ["/no/such/.vitrine/live.js", "../../../"],
      ["//.vitrine/live.js", "../../"],
    ] as const;
    for (const [target, root] of cases) {
      const { statusCode, content, fields } = await ask(running, target);
      assertEquals(
        [statusCode, fields.get("cache-control")],
        [200, "no-store"],
        target,
      );
      assertEquals(
        /ROOT = new URL\("([^"]*)"/.exec(content)?.[1],
        root,
        target,
      );
      const seen = new URL(root, `http://a/p${target.replace(/^\/\//, "/x/")}`).pathname;
      assertEquals(seen, "/p/", "below a prefix");
    }
    assertEquals((await ask(running, "/x.vitrine/live.js")).content, "own");
    for (
      const target of [
        "/a/.vitrine/live",
        "/a/.vitrine/live.js/",
        "/a/.vitrine/live.json",
      ]
    ) {
      assertEquals((await ask(running, target)).statusCode, 404, target);
    }
  }, { live: true });
});

Deno.test("live: followers hear of changes, of style sheets apart, and of a burst once", async () => {
  await withServer({ "index.html": PAGE, "a.css": "a{}" }, async (running) => {
    const { root } = running;
    const followers = [await follow(running), await follow(running)];
    for (const { events } of followers) {
      const head = await events.readUntil("\r\n\r\n");
      assertMatch(head, /^HTTP\/1\.1 200 OK\r\n/);
      assertMatch(head, /\r\nConnection: close\r\n/);
      assertEquals((await events.next())[0], "hello");
    }
    await writeFile(root, "a.css", "b{}");
    const css = await Promise.all(followers.map(({ events }) => events.next()));
    assertEquals(css.map(([event]) => event), ["css", "css"]);
    assertEquals(css[0], css[1], "all of them the same");

    // As Vim saves: a probe, a backup, the file anew; only the last of them is of the site.
    await writeFile(root, "4913", "");
    await Deno.remove(`${root}/4913`);
    await Deno.rename(`${root}/index.html`, `${root}/index.html~`);
    await writeFile(root, "index.html", PAGE);
    await Deno.remove(`${root}/index.html~`);
    let [event, version] = await followers[0].events.next();
    if (Deno.build.os === "windows") { // Wine on a busy machine may tell of one write in two bursts.
      while (event === "css") [event, version] = await followers[0].events.next();
    }
    assertEquals(event, "reload");

    await writeFile(root, "sub/deep.html", PAGE);
    const next = await followers[0].events.next();
    assertEquals(next[0], "reload", "below a new folder");
    assertEquals(Number(next[1].split("-").at(-1)), Number(version.split("-").at(-1)) + 1);

    const late = await follow(running);
    await late.events.readUntil("\r\n\r\n");
    assertEquals((await late.events.next())[1], next[1], "the greeting tells where we are");
    assertEquals(running.errors, []);
  }, { live: true });
});

Deno.test("live: followers hear of changes in a root that was removed, moved and made anew", async () => {
  await withServer({ "index.html": PAGE }, async (running) => {
    const { root, outside } = running;
    const { events } = await follow(running);
    await events.readUntil("\r\n\r\n");
    await events.next();
    const untilReload = async (content: string) => {
      while ((await ask(running, "/")).content !== content) {
        assertEquals((await events.next())[0], "reload");
      }
    };
    for (const made of ["one", "two"]) {
      await Deno.remove(root, { recursive: true });
      assertEquals((await events.next())[0], "reload");
      assertEquals((await ask(running, "/")).statusCode, 404);
      await writeFile(root, "index.html", made);
      await untilReload(made + TAIL_TEXT);
      await writeFile(root, "index.html", `${made} again`);
      await untilReload(`${made} again${TAIL_TEXT}`);
    }
    // Some tools build beside it, and swap.
    await writeFile(outside, "new/index.html", "swapped");
    await Deno.rename(root, `${outside}/old`);
    await Deno.rename(`${outside}/new`, root);
    await events.next();
    await writeFile(root, "index.html", "swapped again");
    await untilReload("swapped again" + TAIL_TEXT);
    await Deno.writeTextFile(`${outside}/old/index.html`, "nobody's");
    assertEquals(running.errors, []);
  }, { live: true });
});

for (const [livePollMs, what] of [[null, "told by the system"], [100, "looked for"]] as const) {
  Deno.test(`live: what --live-ignore names reloads nothing, with changes ${what}`, async () => {
    const files = { "index.html": PAGE, "access.log": "", "data/a.json": "{}" };
    await withServer(files, async (running) => {
      const { root } = running;
      const { events } = await follow(running);
      await events.readUntil("\r\n\r\n");
      const [, hello] = await events.next();
      const countOf = (version: string) => Number(version.split("-").at(-1));
      // Between ignored changes, one that matters: each is counted once.
      for (let i = 1; i <= 3; i++) {
        await writeFile(root, "access.log", "x".repeat(i));
        await writeFile(root, `data/${i}.json`, "{}");
        // Longer than a burst, and than a look: they would be told by themselves.
        await new Promise((resolve) => setTimeout(resolve, 500));
        await writeFile(root, "index.html", PAGE + "x".repeat(i));
        const [event, version] = await events.next();
        assertEquals([event, countOf(version)], ["reload", countOf(hello) + i]);
      }
    }, { live: true, liveIgnore: ["*.log", "/data"], livePollMs });
  });
}

Deno.test("live: a follower is never late, and ends with the server", async () => {
  let ended: Promise<string> | undefined;
  await withServer({ "index.html": PAGE }, async (running) => {
    const { client, events } = await follow(running);
    await events.readUntil("\r\n\r\n");
    await events.next();
    // Longer than every deadline of a connection, which is at work here: an idle one is closed.
    const idle = await running.connect();
    await idle.readToEnd();
    await writeFile(running.root, "index.html", PAGE + "more");
    assertEquals((await events.next())[0], "reload", "still there");
    ended = client.readToEnd();
    const shutdown = running.server.shutdown();
    assertEquals(await ended, "", "a clean end");
    client.close();
    await shutdown;
  }, {
    live: true,
    keepAliveTimeoutMs: 150,
    headTimeoutMs: 150,
    stallTimeoutMs: 150,
    graceMs: 60_000,
  });
});

Deno.test("live: a follower that leaves is forgotten", async () => {
  await withServer({ "index.html": PAGE }, async (running) => {
    const { client, events } = await follow(running);
    await events.readUntil("\r\n\r\n");
    await events.next();
    client.close();
    while (!running.log.some(({ requestLine }) => requestLine?.includes("/.vitrine/live"))) {
      await ask(running, "/");
    }
    await writeFile(running.root, "index.html", PAGE + "more");
    assertEquals((await ask(running, "/")).content, PAGE + "more" + TAIL_TEXT);
    assertEquals(running.errors, []);
  }, { live: true });
});

Deno.test("live: a change in a folder of --follow reloads pages, style sheets included", async () => {
  await withServer({}, async ({ outside }) => {
    await Deno.mkdir(`${outside}/shared`);
    await withServer({ "index.html": PAGE }, async (running) => {
      const { client, events } = await follow(running);
      await events.readUntil("\r\n\r\n");
      assertEquals((await events.next())[0], "hello");
      await writeFile(`${outside}/shared`, "s.css", "a {}");
      assertEquals((await events.next())[0], "reload");
      client.close();
    }, { live: true, follow: [`${outside}/shared`] });
  });
});
