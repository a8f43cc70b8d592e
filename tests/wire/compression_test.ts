/** Compression, and the pairs that break servers elsewhere: with ranges, 304, HEAD, error pages, each kind of cache. */

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { BR, decode, GZIP, steadyFields, TEXT, untilCoded, withServer } from "./compressed.ts";
import { ask, writeFile } from "./harness.ts";

const BINARY = new Uint8Array(4096).fill(7);

Deno.test("compression: an error page that a rule names says how it is coded", async () => {
  const files = {
    "404.html": TEXT,
    "made.html": TEXT,
    "_redirects": "/a/* /404.html 404\n/b/* /made.html 404\n",
  };
  await withServer({ ...files, "made.html.br": brotliCompressSync(TEXT) }, async (running) => {
    for (const target of ["/a/x", "/b/x"]) {
      const coded = await untilCoded(running, target);
      assertEquals([coded.statusCode, coded.fields.get("content-encoding")], [404, "br"], target);
      assertEquals([decode(coded), coded.fields.get("vary")], [TEXT, "Accept-Encoding"]);
      const plain = await ask(running, target);
      assertEquals([plain.statusCode, plain.content], [404, TEXT]);
      assertEquals(plain.fields.get("vary"), "Accept-Encoding");
    }
  });
});

Deno.test("compression: a text is compressed once, each coding is a representation of its own", async () => {
  await withServer({ "a.txt": TEXT }, async (running) => {
    const br = await untilCoded(running, "/a.txt");
    const gzip = await ask(running, "/a.txt", [GZIP]);
    const plain = await ask(running, "/a.txt");
    for (const response of [br, gzip, plain]) {
      assertEquals(response.statusCode, 200);
      assertEquals(decode(response), TEXT);
      assertEquals(response.fields.get("vary"), "Accept-Encoding");
      assertEquals(response.fields.get("content-type"), "text/plain; charset=utf-8");
      assertEquals(response.fields.get("content-length"), String(response.content.length));
    }
    assertEquals(br.fields.get("content-encoding"), "br");
    assertEquals(gzip.fields.get("content-encoding"), "gzip");
    assertEquals(plain.fields.has("content-encoding"), false);
    const tags = [br, gzip, plain].map(({ fields }) => fields.get("etag"));
    assertEquals(new Set(tags).size, 3, "§8.8.3.3 a tag for each coding");

    const again = await ask(running, "/a.txt", [BR]);
    assertEquals([again.content, again.fields.get("etag")], [br.content, tags[0]]);

    // 304, 412 and HEAD, for each of the three.
    for (const [field, whole] of [[BR, br], [GZIP, gzip], ["X: plain", plain]] as const) {
      const tag = whole.fields.get("etag")!;
      const head = await ask(running, "/a.txt", [field], "HEAD");
      assertEquals(steadyFields(head), steadyFields(whole), `${field}: HEAD is GET`);

      const cached = await ask(running, "/a.txt", [field, `If-None-Match: ${tag}`]);
      assertEquals(cached.statusCode, 304, field);
      assertEquals(cached.fields.get("etag"), tag, field);
      assertEquals(cached.fields.get("vary"), "Accept-Encoding", "§15.4.5 304 names it as well");
      assertEquals(cached.fields.has("content-encoding"), false, "nothing is coded in a 304");

      for (const other of tags.filter((other) => other !== tag)) {
        const stale = await ask(running, "/a.txt", [field, `If-None-Match: ${other}`]);
        assertEquals(stale.statusCode, 200, "another coding's tag is another representation");
        const refused = await ask(running, "/a.txt", [field, `If-Match: ${other}`]);
        assertEquals(refused.statusCode, 412, field);
      }
      const meant = await ask(running, "/a.txt", [field, `If-Match: ${tag}`]);
      assertEquals(meant.statusCode, 200, field);
    }
  });
});

for (const [kind, siblings] of [["made here", []], ["ready-made", ["br", "gz"]]] as const) {
  Deno.test(`compression: a range is one of the plain file, forms ${kind}`, async () => {
    await withServer({ "a.txt": TEXT }, async (running) => {
      for (const extension of siblings) {
        const compress = extension === "br" ? brotliCompressSync : gzipSync;
        await writeFile(running.root, `a.txt.${extension}`, compress(TEXT));
      }
      const br = await untilCoded(running, "/a.txt");
      const gzip = await untilCoded(running, "/a.txt", GZIP);
      const plain = await ask(running, "/a.txt");
      const plainTag = plain.fields.get("etag")!;
      const size = TEXT.length;
      const ALL = "Accept-Encoding: gzip, deflate, br, zstd";
      for (const field of [BR, GZIP, ALL, "Accept-Encoding: *", "X: plain"]) {
        const get = (more: string[], method = "GET") =>
          ask(running, "/a.txt", [field, ...more], method);
        const parts = [];
        for (const range of ["0-9", `10-${size - 1}`]) {
          for (const condition of [`If-Range: ${plainTag}`, "X: none"]) {
            const part = await get([`Range: bytes=${range}`, condition]);
            assertEquals(part.statusCode, 206, field);
            assertEquals(part.fields.get("content-range"), `bytes ${range}/${size}`);
            assertEquals(part.fields.get("etag"), plainTag);
            assertEquals(part.fields.get("vary"), "Accept-Encoding");
            assertEquals(part.fields.has("content-encoding"), false);
            if (condition === "X: none") parts.push(part.content);
          }
        }
        assertEquals(parts.join(""), TEXT, `${field}: the parts are the whole`);

        const past = await get([`Range: bytes=${size}-`]);
        assertEquals([past.statusCode, past.fields.get("content-range")], [416, `bytes */${size}`]);
        const last = await get(["Range: bytes=-3"]);
        assertEquals([last.statusCode, last.content], [206, TEXT.slice(-3)]);
        const several = await get(["Range: bytes=0-0,9-9"]);
        assertEquals(several.statusCode, 206);
        assertMatch(several.fields.get("content-type")!, /^multipart\/byteranges/);
        assertEquals(several.fields.has("content-encoding"), false, "parts of the plain file");
        assertEquals(several.fields.get("etag"), plainTag);

        // §13.1.5: what was begun in a coded form cannot be continued, and is begun anew.
        for (const { fields } of [br, gzip]) {
          const restart = await get(["Range: bytes=1-4", `If-Range: ${fields.get("etag")}`]);
          assertEquals([restart.statusCode, restart.content], [200, TEXT], "not glued together");
          assertEquals(restart.fields.get("etag"), plainTag, "so that the next try can go on");
          assertEquals(restart.fields.has("content-encoding"), false);
        }
        // HEAD knows no ranges (§14.2), but tells the length and the tag of what they would be of.
        const head = await get(["Range: bytes=0-9"], "HEAD");
        assertEquals(head.statusCode, 200);
        assertEquals(steadyFields(head), steadyFields(plain), field);
      }
      assertEquals((await ask(running, "/a.txt", [BR])).content, br.content, "without, coded");
    });
  });
}

Deno.test("compression: a rewrite is never answered with the old bytes, coded or not", async () => {
  await withServer({ "a.txt": TEXT }, async (running) => {
    const first = await untilCoded(running, "/a.txt");
    const { root } = running;
    for (let i = 0; i < 5; i++) {
      const changed = TEXT.slice(0, -2) + `${i}\n`; // As long as before.
      await writeFile(root, "a.txt", changed);
      for (const field of [BR, GZIP, "X: plain"]) {
        const response = await ask(running, "/a.txt", [field]);
        assertEquals(decode(response), changed);
        assertNotEquals(response.fields.get("etag"), first.fields.get("etag"));
      }
    }
  });
});

Deno.test("compression: what is not worth it goes out as it is", async () => {
  const files = {
    "small.txt": TEXT.slice(0, 1023),
    "image.webp": BINARY,
    "archive.tar.gz": gzipSync(BINARY),
    "404.html": TEXT,
  };
  await withServer({ ...files, "a.txt": TEXT }, async (running) => {
    await untilCoded(running, "/a.txt"); // The others are as old.
    const small = await ask(running, "/small.txt", [BR]);
    assertEquals([small.fields.get("content-encoding"), small.content.length], [undefined, 1023]);
    assertEquals(small.fields.get("vary"), "Accept-Encoding", "a small.txt.br may come");
    for (const name of ["/image.webp", "/archive.tar.gz"]) {
      const { fields } = await ask(running, name, [BR]);
      assertEquals([fields.get("content-encoding"), fields.get("vary")], [undefined, undefined]);
    }
    const missing = await ask(running, "/nope", [BR]);
    assertEquals(
      [missing.statusCode, missing.content],
      [404, TEXT],
      "an error page is never coded",
    );
    assertEquals([missing.fields.get("content-encoding"), missing.fields.get("vary")], [
      undefined,
      undefined,
    ]);
    assertEquals(
      (await untilCoded(running, "/404.html")).statusCode,
      200,
      "asked for, it is a file",
    );
  });
});

Deno.test("compression: --no-compression adds no field and takes no ready-made file", async () => {
  const files = { "a.txt": TEXT, "a.txt.br": brotliCompressSync(TEXT) };
  await withServer(files, async (running) => {
    const plain = await ask(running, "/a.txt");
    const coded = await ask(running, "/a.txt", [BR]);
    assertEquals(steadyFields(coded), steadyFields(plain));
    assertEquals([coded.content, coded.fields.has("vary")], [TEXT, false]);
  }, { compression: false });
});

Deno.test("compression: many requests at once share one compression and its bytes", async () => {
  await withServer({ "a.txt": TEXT, "b.txt": TEXT }, async (running) => {
    await untilCoded(running, "/b.txt");
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => ask(running, "/a.txt", [BR])),
    );
    for (const response of responses) {
      assertEquals(decode(response), TEXT);
      assertEquals(response.fields.get("etag"), responses[0].fields.get("etag"));
    }
    assertEquals(running.errors, []);
  });
});

Deno.test("compression: a form has its own head, whichever was asked for first", async () => {
  const ready = brotliCompressSync(TEXT);
  await withServer({ "b.txt": TEXT, "a.txt": TEXT, "a.txt.br": ready }, async (running) => {
    await untilCoded(running, "/b.txt", GZIP); // All of them are kept from now on.
    for (const target of ["/b.txt", "/a.txt", "/a.txt.br"]) await ask(running, target);
    const made = await ask(running, "/b.txt", [BR]); // After its plain form, and another one.
    const sibling = await ask(running, "/a.txt", [BR]); // After the file that it is, under its own name.
    for (const response of [made, sibling]) {
      assertEquals(response.fields.get("content-encoding"), "br");
      assertEquals(response.fields.get("content-type"), "text/plain; charset=utf-8");
      assertEquals(response.fields.get("content-length"), String(response.content.length));
      assertMatch(response.fields.get("etag")!, /-br/);
      assertEquals(decode(response), TEXT);
    }
  });
});
