/** What a browser is told of a file whose name does not say it: by its bytes, the same for GET, HEAD and a range. */

import { assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { ask, latin1, latin1Bytes, withServer, writeFile } from "./harness.ts";
import { type Ask, withSite } from "./site.ts";

const LINE = "a line of text, and another one: é\n";
/** Whole in memory always, whole in the cache, and streamed always; in the last two a character is cut. */
const SIZES = [0, 10, 5_000, 100_000, 3_000_000];
const TEXT = "text/plain; charset=utf-8";
const UNKNOWN = "application/octet-stream";
const encoder = new TextEncoder();

function textOf(size: number): Uint8Array {
  const text = encoder.encode(LINE.repeat(Math.ceil(size / LINE.length)));
  // A character of two bytes over the edge of what is looked at.
  if (size > 4096) text.set(encoder.encode("é".repeat(20)), 4095 - 20);
  return text.subarray(0, size === 0 ? 0 : text.lastIndexOf(0x0a) + 1);
}

function binaryOf(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * i) >> 5;
  return bytes;
}

/** Asks by GET and by HEAD, which say the same of what the bytes are. */
async function askTwice(ask: Ask, target: string) {
  const [got, headed] = [await ask(target), await ask(target, { method: "HEAD" })];
  for (const name of ["content-type", "content-length", "content-encoding", "vary"]) {
    assertEquals(headed.fields.get(name), got.fields.get(name), `${target}: HEAD is GET`);
  }
  return got;
}

Deno.test("Content-Type: text of an unknown kind is shown, of any size, and nothing else is", async () => {
  const files: Record<string, Uint8Array> = {};
  for (const size of SIZES) {
    for (const name of ["LICENSE", "a.lock", "a.yaml", "a.jsonl"]) {
      files[`text${size}/${name}`] = textOf(size);
      if (size > 0) files[`binary${size}/${name}`] = binaryOf(size);
    }
    files[`text${size}/a.bin`] = textOf(size);
  }
  const byName: Readonly<Record<string, string>> = {
    "a.yaml": "application/yaml",
    "a.jsonl": "application/x-ndjson",
  };
  await withSite(files, {}, async (ask) => {
    for (const [path, bytes] of Object.entries(files)) {
      const name = path.replace(/.*\//, "");
      const isShown = path.startsWith("text") && name !== "a.bin";
      const expected = isShown ? TEXT : byName[name] ?? UNKNOWN;
      const { fields, content, statusCode } = await askTwice(ask, `/${path}`);
      assertEquals(statusCode, 200, path);
      assertEquals(fields.get("content-type"), expected, path);
      assertEquals(fields.get("x-content-type-options"), "nosniff", path);
      assertEquals(content.length, bytes.length, path);
      assertEquals(content === latin1(bytes), true, `${path}: read from its start`);
      if (bytes.length < 5) continue;
      const part = await ask(`/${path}`, { fields: ["Range: bytes=1-3"] });
      assertEquals([part.statusCode, part.content], [206, latin1(bytes.subarray(1, 4))], path);
      assertEquals(part.fields.get("content-type"), expected, path);
    }
  });
});

Deno.test("Content-Type: what a file of an unknown kind is follows its bytes at once", async () => {
  await withSite({ "LICENSE": "text" }, {}, async (ask, { root }) => {
    for (let i = 0; i < 4; i++) {
      const isText = i % 2 === 0;
      await writeFile(root, "LICENSE", isText ? `text ${i}` : Uint8Array.of(i, 0, 255));
      const { fields } = await askTwice(ask, "/LICENSE");
      assertEquals(fields.get("content-type"), isText ? TEXT : UNKNOWN);
    }
  });
});

Deno.test("Content-Type: text of an unknown kind is compressed, other bytes are not", async () => {
  const files = { "LICENSE": textOf(5_000), "a.lock": textOf(5_000), "blob": binaryOf(5_000) };
  await withServer(files, async (running) => {
    const gzip = ["Accept-Encoding: gzip"];
    for (const name of ["LICENSE", "a.lock"]) {
      const deadline = performance.now() + 10_000;
      let response = await ask(running, `/${name}`, gzip);
      while (!response.fields.has("content-encoding") && performance.now() < deadline) {
        response = await ask(running, `/${name}`, gzip);
      }
      assertEquals(response.fields.get("content-encoding"), "gzip", name);
      assertEquals(response.fields.get("content-type"), TEXT);
      assertEquals(
        latin1(gunzipSync(latin1Bytes(response.content))),
        latin1(files[name as "blob"]),
      );
      assertEquals((await ask(running, `/${name}`)).fields.get("vary"), "Accept-Encoding");
    }
    const blob = await ask(running, "/blob", gzip);
    assertEquals([blob.fields.get("content-encoding"), blob.fields.get("vary")], [
      undefined,
      undefined,
    ]);
  }, { compression: true });
});

Deno.test("Content-Type: a text that declares another encoding gets no charset, wherever it is read from", async () => {
  const filler = "<p>text\n".repeat(400_000 / 8);
  const rows: readonly (readonly [name: string, content: string, expected: string])[] = [
    ["latin1.html", "<meta charset=iso-8859-1><p>\xe9", "text/html"],
    ["large.html", `<meta charset="EUC-KR">${filler}`, "text/html"],
    ["huge.html", `<meta charset="Shift_JIS">${filler.repeat(8)}`, "text/html"],
    ["utf8.html", "<meta charset=utf-8><p>", "text/html; charset=utf-8"],
    ["none.html", "<p>\xc3\xa9", "text/html; charset=utf-8"],
    ["latin1.css", '@charset "iso-8859-15";a{}', "text/css"],
    ["none.css", "a{}", "text/css; charset=utf-8"],
    ["notes.txt", "\xff\xfet\0e\0", "text/plain"],
    ["app.js", "\xff\xfet\0e\0", "text/javascript"],
    ["notes2.txt", "text", "text/plain; charset=utf-8"],
    ["a.svg", '<?xml version="1.0" encoding="EUC-JP"?><svg/>', "image/svg+xml"],
    ["a.xml", '<?xml version="1.0" encoding="EUC-JP"?><a/>', "application/xml"],
    ["404.html", "<meta charset=big5><p>\xb3", "text/html"],
  ];
  const files = Object.fromEntries(rows.map(([name, content]) => [name, latin1Bytes(content)]));
  await withSite(files, {}, async (ask, { root }) => {
    for (const [name, content, expected] of rows) {
      const response = await askTwice(ask, `/${name}`);
      assertEquals(response.fields.get("content-type"), expected, name);
      assertEquals(response.content === content, true, name);
    }
    const missing = await askTwice(ask, "/missing");
    assertEquals([missing.statusCode, missing.fields.get("content-type")], [404, "text/html"]);
    await writeFile(root, "latin1.html", "<meta charset=utf-8>");
    const changed = await askTwice(ask, "/latin1.html");
    assertEquals(changed.fields.get("content-type"), "text/html; charset=utf-8", "at once");
  });
});

/** A transport stream: packets that start with a G, and `before` bytes in front of each. */
function streamOf(packets: number, before = 0): Uint8Array {
  const bytes = new Uint8Array(packets * (188 + before));
  for (let at = before; at < bytes.length; at += 188 + before) {
    bytes.set([0x47, 0x40, at & 0xff, 0x10], at);
  }
  return bytes;
}

Deno.test("Content-Type: a .ts file is a stream by its bytes, and else TypeScript", async () => {
  const typeScript = "Go\n" + "// ".padEnd(188 - 3, "x") + "G\n" + "let a = 1;\n".repeat(200);
  assertEquals([typeScript[0], typeScript[188]], ["G", "G"]);
  const VIDEO = "video/mp2t";
  const rows: readonly (readonly [name: string, bytes: Uint8Array, expected: string])[] = [
    ["seg0.ts", streamOf(2), VIDEO],
    ["seg1.ts", streamOf(1_000), VIDEO],
    ["seg2.TS", streamOf(20_000), VIDEO],
    ["00001.mts", streamOf(40, 4), VIDEO],
    ["main.ts", encoder.encode(typeScript), TEXT],
    ["mod.mts", encoder.encode("export {};\n".repeat(200)), TEXT],
    ["empty.ts", new Uint8Array(0), TEXT],
    ["short.ts", Uint8Array.of(0x47, 0, 0), TEXT],
    ["once.ts", new Uint8Array(400).fill(0x47, 0, 1), TEXT],
    ["seg.tsx", streamOf(2), TEXT],
  ];
  const files = Object.fromEntries(rows.map(([name, bytes]) => [name, bytes]));
  for (const compression of [false, true]) {
    await withSite(files, { compression }, async (ask) => {
      for (const [name, bytes, expected] of rows) {
        const { fields, content } = await askTwice(ask, `/${name}`);
        assertEquals(fields.get("content-type"), expected, name);
        assertEquals(content === latin1(bytes), true, name);
        const varies = compression && expected === TEXT ? "Accept-Encoding" : undefined;
        assertEquals(fields.get("vary"), varies, `${name}: a video is never compressed`);
      }
    });
  }
});

Deno.test("_headers: a type that is set there decides whether a file is compressed, at once", async () => {
  const lines = encoder.encode('{"a":1}\n'.repeat(600));
  const files = { "feed.bin": lines, "data.ts": lines, "d/index.html": lines, "x.json": lines };
  const SET =
    "/feed.bin\n  Content-Type: application/json\n/data.ts\n  Content-Type: video/mp2t\n" +
    "/d/\n  Content-Type: image/webp\n";
  await withSite(files, { compression: true }, async (ask, { root }) => {
    const expectVary = async (rows: readonly (readonly [string, string, boolean])[]) => {
      for (const [target, mediaType, varies] of rows) {
        for (let time = 0; time < 2; time++) {
          const { fields } = await askTwice(ask, target);
          assertEquals(fields.get("content-type"), mediaType, target);
          assertEquals(fields.get("vary"), varies ? "Accept-Encoding" : undefined, target);
        }
      }
    };
    const BY_NAME = [
      ["/feed.bin", UNKNOWN, false],
      ["/data.ts", TEXT, true],
      ["/d/", "text/html; charset=utf-8", true],
      ["/x.json", "application/json", true],
    ] as const;
    const BY_RULE = [
      ["/feed.bin", "application/json", true],
      ["/data.ts", "video/mp2t", false],
      ["/d/", "image/webp", false],
      ["/x.json", "application/json", true],
    ] as const;
    await expectVary(BY_NAME);
    await writeFile(root, "_headers", SET);
    await new Promise((resolve) => setTimeout(resolve, 1_200)); // A file of rules is looked for once a second.
    await expectVary(BY_RULE);
    await writeFile(root, "_headers", "/x\n  A: b\n");
    await expectVary(BY_NAME);
    await writeFile(root, "_headers", SET);
    await expectVary(BY_RULE);
    await Deno.remove(`${root}/_headers`);
    await expectVary(BY_NAME);
    await writeFile(root, "_headers", SET);
  });
  // What is compressed by the rule, is; what is not, never.
  await withServer({ ...files, "_headers": SET }, async (running) => {
    const gzip = ["Accept-Encoding: gzip"];
    const deadline = performance.now() + 10_000;
    let response = await ask(running, "/feed.bin", gzip);
    while (!response.fields.has("content-encoding") && performance.now() < deadline) {
      response = await ask(running, "/feed.bin", gzip);
    }
    assertEquals(response.fields.get("content-encoding"), "gzip");
    assertEquals(response.fields.get("content-type"), "application/json");
    assertEquals(latin1(gunzipSync(latin1Bytes(response.content))), latin1(lines));
    for (const target of ["/data.ts", "/d/"]) {
      const plain = await ask(running, target, gzip);
      assertEquals([plain.fields.has("content-encoding"), plain.content], [false, latin1(lines)]);
    }
  }, { compression: true });
});
