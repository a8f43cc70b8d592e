/** Forms that lie beside a file, as `a.txt.br` does: which is preferred, and that none is of another state of the file. */

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { testOnUnix, testWithLinks } from "../tools.ts";
import { BR, decode, GZIP, TEXT, untilCoded, withServer } from "./compressed.ts";
import { ask, latin1, writeFile } from "./harness.ts";

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
