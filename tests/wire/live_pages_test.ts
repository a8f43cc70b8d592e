/** `--live` over the wire: which pages have the script at their end, in which answers, and for whom. */

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { brotliCompressSync } from "node:zlib";
import { ask, parseResponse, withServer } from "./harness.ts";
import { PAGE, TAIL_TEXT } from "./live.ts";

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
