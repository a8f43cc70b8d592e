/** Compression, and the pairs that break servers elsewhere: with ranges, 304, HEAD, error pages, each kind of cache. */

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import {
  brotliCompressSync,
  brotliDecompressSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import {
  ask,
  latin1,
  latin1Bytes,
  type RawResponse,
  type Running,
  withServer as withPlainServer,
  writeFile,
} from "./harness.ts";
import { testOnUnix, testWithLinks } from "../tools.ts";

const withServer: typeof withPlainServer = (files, test, init) =>
  withPlainServer(files, test, { compression: true, ...init });

const TEXT = Array.from({ length: 400 }, (_, i) => `line ${i * 7919 % 1009}\n`).join("");
const BINARY = new Uint8Array(4096).fill(7);

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
};

function decode({ fields, content }: RawResponse): string {
  const bytes = latin1Bytes(content);
  const coding = fields.get("content-encoding");
  return latin1(coding === undefined ? bytes : DECODERS[coding](bytes));
}

const BR = "Accept-Encoding: br";
const GZIP = "Accept-Encoding: gzip";

/** Asks until a file is old enough to be kept and compressed, which is a second after its last change. */
async function untilCoded(running: Running, target: string, field = BR): Promise<RawResponse> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const response = await ask(running, target, [field]);
    if (response.fields.has("content-encoding")) return response;
    assertEquals(response.content, TEXT, "until then the plain file, whole");
    assertEquals(response.fields.get("vary"), "Accept-Encoding", "which says that this may change");
  }
  throw new Error("Expected a coded response within ten seconds");
}

/** What HEAD must repeat of GET: all but the moment and the count of requests. */
function steadyFields({ fields }: RawResponse): [string, string][] {
  return [...fields].filter(([name]) => name !== "date" && name !== "keep-alive");
}

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

for (const [cacheSizeMiB, what] of [[64, "on"], [0, "off"], [0.2, "tiny"]] as const) {
  testWithLinks(`compression: ready-made files are preferred, with the cache ${what}`, async () => {
    const [br, gz, zstd] = [brotliCompressSync, gzipSync, zstdCompressSync].map((f) => f(TEXT));
    const files = { "d/index.html": TEXT, "a.txt": TEXT, "one.txt": TEXT, "tiny.txt": "tiny" };
    await withServer(files, async (running) => {
      const { root, outside } = running;
      for (const name of ["d/index.html", "a.txt"]) {
        await writeFile(root, `${name}.br`, br);
        await writeFile(root, `${name}.gz`, gz);
        await writeFile(root, `${name}.zst`, zstd);
      }
      await writeFile(root, "one.txt.gz", gz);
      await writeFile(root, "tiny.txt.br", brotliCompressSync("tiny"));
      const CASES: readonly (readonly [string, string, Uint8Array | string, string | undefined])[] =
        [
          // target, Accept-Encoding, content, coding
          ["/a.txt", "br", br, "br"],
          ["/a.txt", "gzip", gz, "gzip"],
          ["/a.txt", "zstd", zstd, "zstd"],
          ["/a.txt", "br;q=0.5, gzip;q=0.6", gz, "gzip"],
          ["/a.txt", "br;q=0", TEXT, undefined],
          ["/d/", "br, gzip", br, "br"],
          ["/d/index.html", "gzip", gz, "gzip"],
          ["/one.txt", "br, gzip", gz, "gzip"],
          ["/tiny.txt", "br", brotliCompressSync("tiny"), "br"],
        ];
      for (const round of ["first", "second"]) {
        for (const [target, accepted, content, coding] of CASES) {
          const why = `${target} ${accepted}, ${round} time`;
          const response = await ask(running, target, [`Accept-Encoding: ${accepted}`]);
          assertEquals(
            response.content,
            typeof content === "string" ? content : latin1(content),
            why,
          );
          assertEquals(response.fields.get("content-encoding"), coding, why);
          assertEquals(response.fields.get("vary"), "Accept-Encoding", why);
          assertMatch(
            response.fields.get("content-type")!,
            /^text\/(plain|html); charset=utf-8$/,
            why,
          );
          if (coding !== undefined && response.fields.get("etag")!.includes("-u")) continue;
          const tag = response.fields.get("etag")!;
          const cached = await ask(running, target, [
            `Accept-Encoding: ${accepted}`,
            `If-None-Match: ${tag}`,
          ]);
          if (!cached.fields.get("etag")!.includes("-u")) assertEquals(cached.statusCode, 304, why);
        }
      }
      assertEquals((await ask(running, "/a.txt.br", [BR])).content, latin1(br), "by its own name");

      // Links: inside the root fine, out of it as if absent.
      await writeFile(outside, "secret.br", "SECRET");
      await Deno.remove(`${root}/a.txt.br`);
      await Deno.symlink(`${outside}/secret.br`, `${root}/a.txt.br`);
      const contained = await ask(running, "/a.txt", ["Accept-Encoding: br, gzip;q=0.5"]);
      assertEquals(contained.content, latin1(gz), "the next best");
      await Deno.remove(`${root}/a.txt.br`);
      await Deno.mkdir(`${root}/a.txt.br`);
      const folder = await ask(running, "/a.txt", ["Accept-Encoding: br, gzip;q=0.5"]);
      assertEquals(folder.content, latin1(gz), "a folder is no form of a file");

      // An edit makes all of them old; a build makes them new.
      const changed = TEXT + "changed\n";
      await Deno.utime(`${root}/a.txt.gz`, new Date(0), new Date(0));
      await writeFile(root, "a.txt", changed);
      const edited = await ask(running, "/a.txt", [GZIP]);
      assertEquals(decode(edited), changed, "an older form is of an older file");
      await writeFile(root, "a.txt.gz", gzipSync(changed));
      const built = await ask(running, "/a.txt", [GZIP]);
      assertEquals(decode(built), changed);
      await Deno.remove(`${root}/a.txt.gz`);
      assertEquals(decode(await ask(running, "/a.txt", [GZIP])), changed, "gone again");
    }, { cacheSizeMiB });
  });
}

Deno.test("compression: a ready-made form that comes later is found, and one that goes is left", async () => {
  await withServer({ "a.txt": TEXT }, async (running) => {
    const { root } = running;
    const made = await untilCoded(running, "/a.txt", GZIP);
    const ready = gzipSync(TEXT, { level: 1 });
    assertNotEquals(latin1(ready), made.content);
    await writeFile(root, "a.txt.gz", ready);
    const deadline = performance.now() + 10_000;
    let response = made;
    while (response.content !== latin1(ready)) {
      assert(performance.now() < deadline, "found within ten seconds");
      response = await ask(running, "/a.txt", [GZIP]);
      assertEquals(decode(response), TEXT);
    }
    await Deno.remove(`${root}/a.txt.gz`);
    assertEquals((await ask(running, "/a.txt", [GZIP])).content, made.content, "at once");
  });
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

Deno.test("compression: a ready-made form of the same tick is taken if it is of the same bytes", async () => {
  const other = TEXT.replaceAll("line", "LINE");
  const files = { "same.txt": TEXT, "other.txt": TEXT, "bomb.txt": TEXT, "junk.txt": TEXT };
  await withServer(files, async (running) => {
    const { root } = running;
    await writeFile(root, "same.txt.br", brotliCompressSync(TEXT));
    await writeFile(root, "other.txt.br", brotliCompressSync(other));
    await writeFile(root, "bomb.txt.br", brotliCompressSync(new Uint8Array(10_000_000)));
    await writeFile(root, "junk.txt.br", "junk");
    const time = new Date(Date.now() - 60_000);
    for (const name of Object.keys(files)) {
      await Deno.utime(`${root}/${name}`, time, time);
      await Deno.utime(`${root}/${name}.br`, time, time);
    }
    const same = await ask(running, "/same.txt", [BR]);
    assertEquals(same.content, latin1(brotliCompressSync(TEXT)), "as brotli and gzip -k leave it");
    for (const name of ["other", "bomb", "junk"]) {
      const response = await ask(running, `/${name}.txt`, [BR]);
      assertEquals(decode(response), TEXT, `${name}: of another state`);
    }
  });
});

testOnUnix(
  "compression: under a stream of rewrites no form is older than the request",
  async () => {
    const version = (n: number) => `${n}\n` + TEXT;
    await withServer({ "a.txt": version(0) }, async (running) => {
      const { root } = running;
      let written = 0;
      let isDone = false;
      const writer = (async () => {
        for (let n = 1; n <= 60; n++) {
          await Deno.writeTextFile(`${root}/a.tmp`, version(n)); // Renamed, so that no read finds a half.
          await Deno.rename(`${root}/a.tmp`, `${root}/a.txt`);
          written = n;
          await Deno.writeFile(
            `${root}/a.tmp`,
            (n % 2 === 0 ? brotliCompressSync : gzipSync)(version(n)),
          );
          await Deno.rename(`${root}/a.tmp`, `${root}/a.txt.${n % 2 === 0 ? "br" : "gz"}`);
        }
        isDone = true;
      })();
      const seen = new Set<string>();
      const reader = async (field: string) => {
        while (!isDone) {
          const before = written;
          const response = await ask(running, "/a.txt", [field]);
          assertEquals(
            response.statusCode,
            200,
            "however often it was changed while it was opened",
          );
          const text = decode(response);
          const n = Number(text.split("\n", 1)[0]);
          assertEquals(text, version(n), "never a mixture");
          assert(n >= before, `version ${n} after ${before} was written`);
          seen.add(response.fields.get("content-encoding") ?? "plain");
        }
      };
      await Promise.all([writer, reader(BR), reader(GZIP), reader("Accept-Encoding: br, gzip")]);
      assertEquals(running.errors, []);
      assert(seen.size > 0);
    });
  },
);

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
