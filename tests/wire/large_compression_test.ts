/** Compression of what is too large to be kept itself: a bundle of some MB, with one thread and with eight. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { ask, latin1, latin1Bytes, type RawResponse, withServer, writeFile } from "./harness.ts";

const MB = 1_000_000;
/** 3 s on a quiet laptop. */
const LONGEST_WAIT_MS = 120_000;

/** A text that is as hard to compress as a bundle of scripts. */
function bundle(bytes: number, seed = 1): string {
  const lines: string[] = [];
  for (let length = 0, state = seed; length < bytes;) {
    state = state * 1_103_515_245 + 12_345 & 0x7fffffff;
    const line = `function f${state % 997}(a,b){return a.${(state % 9973).toString(36)}(b)}\n`;
    lines.push(line);
    length += line.length;
  }
  return lines.join("").slice(0, bytes);
}

const DECODERS = { br: brotliDecompressSync, gzip: gunzipSync } as const;

function decoded({ fields, content }: RawResponse): string {
  const coding = fields.get("content-encoding") as keyof typeof DECODERS | undefined;
  const bytes = latin1Bytes(content);
  return latin1(coding === undefined ? bytes : DECODERS[coding](bytes));
}

for (
  const [cacheSizeMiB, megabytes, what] of [
    [64, 5, "one thread"],
    [8, 3, "one thread of eight"],
  ] as const
) {
  Deno.test(`compression: a bundle of ${megabytes} MB is compressed once, with the cache of ${what}`, async () => {
    const text = bundle(megabytes * MB);
    await withServer({ "app.js": text }, async (running) => {
      const { root } = running;
      const until = async (coding: string, expected: string) => {
        const deadline = performance.now() + LONGEST_WAIT_MS;
        while (performance.now() < deadline) {
          const response = await ask(running, "/app.js", [`Accept-Encoding: ${coding}`]);
          assertEquals(decoded(response) === expected, true, "whole, coded or not");
          assertEquals(response.fields.get("vary"), "Accept-Encoding");
          if (response.fields.get("content-encoding") === coding) return response;
        }
        throw new Error(`Expected ${coding} within ${LONGEST_WAIT_MS} ms`);
      };
      const tags = new Set<string>();
      for (const coding of ["br", "gzip"]) {
        const response = await until(coding, text);
        assert(response.content.length < text.length / 3);
        tags.add(response.fields.get("etag")!);
        const fields = [`Accept-Encoding: ${coding}`];
        const again = await ask(running, "/app.js", fields);
        assertEquals(again.content === response.content, true, "the same bytes from then on");
        const head = await ask(running, "/app.js", fields, "HEAD");
        for (const name of ["etag", "content-length", "content-encoding", "content-type", "vary"]) {
          assertEquals(head.fields.get(name), response.fields.get(name), `HEAD: ${name}`);
        }
        const etag = response.fields.get("etag")!;
        const cached = await ask(running, "/app.js", [...fields, `If-None-Match: ${etag}`]);
        assertEquals(cached.statusCode, 304);
        const part = await ask(running, "/app.js", [...fields, "Range: bytes=100-199"]);
        assertEquals(part.fields.get("content-range"), `bytes 100-199/${text.length}`);
        assertEquals(part.content, text.slice(100, 200), "of the file itself");
      }
      assertEquals(tags.size, 2);

      const changed = bundle(3 * MB, 2);
      await writeFile(root, "app.js", changed);
      const first = await ask(running, "/app.js", ["Accept-Encoding: br"]);
      assertEquals(decoded(first) === changed, true, "the old form is gone at once");
      const anew = await until("br", changed);
      assertNotEquals(anew.fields.get("etag"), [...tags][0]);
    }, { compression: true, cacheSizeMiB });
  });
}

Deno.test("compression: what does not get smaller, or is too large even so, goes out as it is", async () => {
  const noise = latin1(crypto.getRandomValues(new Uint8Array(60_000))).repeat(2);
  const files = {
    "noise.txt": latin1Bytes(noise),
    "large.txt": bundle(3 * MB),
    "none.js": bundle(MB),
  };
  for (const [cacheSizeMiB, times] of [[0, 1], [1, 3]]) { // No form of more than 256 KiB, or none at all.
    await withServer(files, async (running) => {
      for (let time = 0; time < times; time++) {
        for (const [name, content] of Object.entries(files)) {
          const response = await ask(running, `/${name}`, ["Accept-Encoding: gzip"]);
          const bytes = typeof content === "string" ? content : latin1(content);
          assertEquals(decoded(response) === bytes, true, name);
          if (cacheSizeMiB === 0) assertEquals(response.fields.has("content-encoding"), false);
        }
        if (time < times - 1) await new Promise((resolve) => setTimeout(resolve, 400));
      }
      assertEquals(running.errors, []);
    }, { compression: true, cacheSizeMiB });
  }
});

Deno.test("compression: listings are compressed, as a page and as JSON, large and small", async () => {
  const files: Record<string, string> = { "few/a.txt": "x" };
  for (let i = 0; i < 2_000; i++) files[`many/a file of many, number ${i}.txt`] = "x";
  await withServer(files, async (running) => {
    for (const folder of ["/many/", "/few/"]) {
      for (const accept of ["text/html", "application/json"]) {
        const fields = [`Accept: ${accept}`];
        const plain = await ask(running, folder, fields);
        assertEquals(plain.fields.get("vary"), "Accept, Accept-Encoding");
        assertEquals(plain.fields.has("content-encoding"), false);
        for (const coding of ["br", "gzip"]) {
          const coded = [...fields, `Accept-Encoding: ${coding}`];
          const response = await ask(running, folder, coded);
          const isWorthIt = plain.content.length >= 1024;
          assertEquals(response.fields.get("content-encoding"), isWorthIt ? coding : undefined);
          assertEquals(decoded(response) === plain.content, true, `${folder} ${accept} ${coding}`);
          assertEquals(response.fields.get("content-type"), plain.fields.get("content-type"));
          if (folder === "/many/") assert(response.content.length < plain.content.length / 5);
          const head = await ask(running, folder, coded, "HEAD");
          for (const name of ["content-length", "content-encoding", "content-type", "vary"]) {
            assertEquals(head.fields.get(name), response.fields.get(name), `HEAD: ${name}`);
          }
        }
      }
    }
    await writeFile(running.root, "many/new.txt", "x");
    const anew = await ask(running, "/many/", ["Accept-Encoding: gzip"]);
    assert(decoded(anew).includes("new.txt"), "as fresh as ever");
  }, { compression: true, listing: true });
  await withServer({ "few/a.txt": "x" }, async (running) => {
    const { fields } = await ask(running, "/few/", ["Accept-Encoding: gzip"]);
    assertEquals([fields.get("vary"), fields.has("content-encoding")], ["Accept", false]);
  }, { compression: false, listing: true });
});
