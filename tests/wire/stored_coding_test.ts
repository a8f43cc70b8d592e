/** Files that are compressed on the disk already: by their name, or because a rule of the site says so. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  brotliCompressSync,
  brotliDecompressSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { ask, latin1, latin1Bytes, type RawResponse, withServer } from "./harness.ts";
import { run, testWithTools } from "../tools.ts";
import { withSite } from "./site.ts";

const JS = Array.from({ length: 800 }, (_, i) => `let a${i} = ${i * 7919 % 1009};\n`).join("");
const SVG = `<svg xmlns="http://www.w3.org/2000/svg"><!--${JS}--></svg>`;
/** Too small to be compressed once it has settled. */
const SMALL_SVG = `<svg xmlns="http://www.w3.org/2000/svg"><!--a--></svg>`;
/** What does not get smaller: 300 kB that are streamed, or kept, by the size of the cache. */
const DATA = crypto.getRandomValues(new Uint8Array(60_000));
const LARGE = Array.from({ length: 5 }, () => crypto.getRandomValues(new Uint8Array(60_000)));

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  zstd: zstdDecompressSync,
};

const RULES = `/Build/*.br
  Content-Encoding: br
/Build/*.gz
  Content-Encoding: gzip
/Build/*.zst
  content-encoding: zstd
/Build/typed.js.br
  Content-Type: application/javascript
/tiles/*
  Content-Encoding: x-gzip
  Content-Type: application/x-protobuf
/Build/raw/*
  ! Content-Encoding
/typed/*
  Content-Type: text/javascript
`;

const FILES = {
  "_headers": RULES,
  "a.svgz": gzipSync(SVG),
  "plain.svgz": SMALL_SVG,
  "Build/x.js.br": brotliCompressSync(JS),
  "Build/x.framework.js.gz": gzipSync(JS),
  "Build/x.wasm.gz": gzipSync(DATA),
  "Build/x.data.gz": gzipSync(DATA),
  "Build/large.data.gz": gzipSync(new Uint8Array(await new Blob(LARGE).arrayBuffer())),
  "Build/large.data.br": brotliCompressSync(new Uint8Array(await new Blob(LARGE).arrayBuffer())),
  "Build/x.js.zst": zstdCompressSync(JS),
  "Build/typed.js.br": brotliCompressSync(JS),
  "Build/false.js.gz": JS,
  "Build/false.js.br": JS,
  "Build/raw/x.js.gz": gzipSync(JS),
  "tiles/1.pbf": gzipSync(JS),
  "tiles/2.pbf": JS,
  "typed/x.js.br": brotliCompressSync(JS),
  "typed/x.bin": gzipSync(JS),
};

function decoded({ fields, content }: RawResponse): string {
  const coding = fields.get("content-encoding");
  const bytes = latin1Bytes(content);
  return latin1(coding === undefined ? bytes : DECODERS[coding](bytes));
}

const BINARY = latin1(new Uint8Array(await new Blob(LARGE).arrayBuffer()));

const ROWS: readonly (readonly [
  target: string,
  coding: string | undefined,
  mediaType: string,
  content: string,
  why: string,
])[] = [
  ["/a.svgz", "gzip", "image/svg+xml", SVG, "SVG 2 §1.3"],
  ["/plain.svgz", undefined, "image/svg+xml", SMALL_SVG, "twin: not compressed, but named so"],
  ["/Build/x.js.br", "br", "text/javascript; charset=utf-8", JS, "the type of what is inside"],
  ["/Build/x.framework.js.gz", "gzip", "text/javascript; charset=utf-8", JS, "Unity"],
  ["/Build/x.wasm.gz", "gzip", "application/wasm", latin1(DATA), "Unity: streaming compilation"],
  ["/Build/x.data.gz", "gzip", "application/octet-stream", latin1(DATA), "Unity"],
  ["/Build/large.data.gz", "gzip", "application/octet-stream", BINARY, "large"],
  ["/Build/large.data.br", "br", "application/octet-stream", BINARY, "large"],
  ["/Build/x.js.zst", "zstd", "text/javascript; charset=utf-8", JS, "RFC 8878"],
  ["/Build/typed.js.br", "br", "application/javascript", JS, "a type that is set goes before"],
  ["/Build/false.js.gz", undefined, "application/gzip", JS, "twin: it is no gzip"],
  ["/Build/false.js.br", undefined, "text/plain; charset=utf-8", JS, "twin: it is no Brotli"],
  ["/Build/raw/x.js.gz", undefined, "application/gzip", latin1(gzipSync(JS)), "taken back"],
  ["/tiles/1.pbf", "gzip", "application/x-protobuf", JS, "map tiles, under the old name of gzip"],
  ["/tiles/2.pbf", undefined, "application/x-protobuf", JS, "twin: one that is not compressed"],
  [
    "/typed/x.js.br",
    undefined,
    "text/javascript",
    latin1(brotliCompressSync(JS)),
    "no coding is named, and yet it is never compressed again",
  ],
  ["/typed/x.bin", undefined, "text/javascript", latin1(gzipSync(JS)), "nor by its mark"],
];

Deno.test("Content-Encoding: files that are coded on the disk are said to be so, and never twice", async () => {
  for (const compression of [true, false]) {
    await withSite(FILES, { compression }, async (ask) => {
      for (const [target, coding, mediaType, content, why] of ROWS) {
        for (const accepted of ["", "br, gzip, zstd", "gzip", "identity"]) {
          const fields = accepted === "" ? [] : [`Accept-Encoding: ${accepted}`];
          const got = await ask(target, { fields });
          assertEquals(got.statusCode, 200, why);
          assertEquals(got.fields.get("content-encoding"), coding, `${target}: ${why}`);
          assertEquals(got.fields.get("content-type"), mediaType, `${target}: ${why}`);
          assertEquals(decoded(got) === content, true, `${target}: ${why}`);
          const headed = await ask(target, { fields, method: "HEAD" });
          for (const name of ["content-type", "content-length", "content-encoding", "vary"]) {
            assertEquals(headed.fields.get(name), got.fields.get(name), `${target}: HEAD is GET`);
          }
          if (coding === undefined) continue;
          assertEquals(got.fields.has("vary"), false, "it has one form");
          assertEquals(got.fields.get("accept-ranges"), "none");
          assertMatch(got.fields.get("etag")!, new RegExp(`-${coding}"$`));
          const ranged = await ask(target, { fields: [...fields, "Range: bytes=1-5"] });
          assertEquals(
            [ranged.statusCode, ranged.content === got.content],
            [200, true],
            "no slice",
          );
        }
      }
    });
  }
});

Deno.test("Content-Encoding: a coded file beside the file that it is of is its form, as ever", async () => {
  const files = { "_headers": RULES, "Build/y.js": JS, "Build/y.js.br": brotliCompressSync(JS) };
  await withServer(files, async (running) => {
    const form = await ask(running, "/Build/y.js", ["Accept-Encoding: br"]);
    assertEquals(form.fields.get("content-type"), "text/javascript; charset=utf-8");
    assertEquals([form.fields.get("content-encoding"), form.fields.get("vary")], [
      "br",
      "Accept-Encoding",
    ]);
    const plain = await ask(running, "/Build/y.js");
    assertEquals([plain.fields.has("content-encoding"), plain.content], [false, JS]);
    const itself = await ask(running, "/Build/y.js.br");
    assertEquals([itself.fields.get("content-encoding"), decoded(itself)], ["br", JS]);
  }, { compression: true });
});

Deno.test("Content-Encoding: a page that is coded on the disk gets no script, and may be the page of an error", async () => {
  const page = "<!doctype html><p>page";
  const files = {
    "_headers": "/*.html\n  Content-Encoding: gzip\n",
    "coded.html": gzipSync(page),
    "404.html": gzipSync(page),
    "plain.html": page,
  };
  await withServer(files, async (running) => {
    for (const [target, statusCode] of [["/coded.html", 200], ["/missing", 404]] as const) {
      const response = await ask(running, target);
      assertEquals([response.statusCode, decoded(response)], [statusCode, page]);
      assertEquals(response.fields.get("content-encoding"), "gzip");
      assertMatch(response.fields.get("content-type")!, /^text\/html/);
    }
    const plain = await ask(running, "/plain.html");
    assert(plain.content.length > page.length, "twin: with its script");
  }, { live: true });
});

testWithTools(
  "Content-Encoding: curl decodes what is coded on the disk",
  ["curl"],
  async ({ curl }) => {
    await withServer(FILES, async ({ port }) => {
      for (const [target, coding, , content] of ROWS) {
        if (coding !== "gzip") continue; // Not every curl knows Brotli and zstd.
        const url = `http://127.0.0.1:${port}${target}`;
        const { code, stdout } = await run(curl, ["-sS", "--noproxy", "*", "--compressed", url]);
        assertEquals([code, latin1(stdout) === content], [0, true], target);
      }
    }, { compression: true });
  },
);
