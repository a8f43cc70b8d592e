/** curl, which most people will try first: what it sends by itself, and what its options make of our answers. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { gzipSync } from "node:zlib";
import { type Files, latin1, type Running, withServer, writeFile } from "../wire/harness.ts";
import { run, testWithTools } from "../tools.ts";

const LARGE = Uint8Array.from({ length: 2_000_000 }, (_, i) => (i * i) >> 5);

const FILES: Files = {
  "index.html": "<p>index",
  "digits.txt": "0123456789",
  "d/index.html": "<p>folder",
  "\u00e9 \u{1f600}/a b.txt": "unicode",
  "large.bin": LARGE,
  "secret.txt": "in the root",
};

const ROWS: readonly (readonly [args: string, statusCode: number, content: string, why: string])[] =
  [
    ["{url}", 200, "<p>index", "no path at all"],
    ["{url}/", 200, "<p>index", "the index"],
    ["{url}/d", 301, "", "a folder, without -L"],
    ["-L {url}/d?x=1", 200, "<p>folder", "redirected on the same connection"],
    ["-L {url}/d/", 200, "<p>folder", "nothing to redirect"],
    ["{url}/\u00e9%20\u{1f600}/a%20b.txt", 200, "unicode", "UTF-8 as it is"],
    ["{url}/%C3%A9%20%F0%9F%98%80/a%20b.txt", 200, "unicode", "UTF-8 encoded"],
    ["--range 2-4 {url}/digits.txt", 206, "234", "a range"],
    ["--range -3 {url}/digits.txt", 206, "789", "a suffix"],
    ["--range 7- {url}/digits.txt", 206, "789", "open"],
    ["--range 10- {url}/digits.txt", 416, "", "past the end"],
    ["--range 0-9,5-6 {url}/digits.txt", 206, "0123456789", "joined to one"],
    ["-z 20200101 {url}/digits.txt", 200, "0123456789", "changed since"],
    ["-z 20370101 {url}/digits.txt", 304, "", "not changed since"],
    ["-z -20200101 {url}/digits.txt", 412, "", "If-Unmodified-Since"],
    ["--http1.0 {url}/digits.txt", 200, "0123456789", "HTTP/1.0"],
    ["--http0.9 {url}/digits.txt", 200, "0123456789", "a client that would take any answer"],
    ["--http2 {url}/digits.txt", 200, "0123456789", "RFC 9110 §7.8: Upgrade is ignored"],
    ["--compressed {url}/digits.txt", 200, "0123456789", "no coding is asked for by us"],
    ["--tr-encoding {url}/digits.txt", 200, "0123456789", "TE and Connection: TE"],
    ["-H Host: {url}/digits.txt", 400, "", "no Host field"],
    ["-H Host:evil.example {url}/digits.txt", 200, "0123456789", "another Host"],
    ["--request-target * -X OPTIONS {url}/", 204, "", "the asterisk form"],
    ["--request-target http://x/digits.txt {url}/", 200, "0123456789", "the absolute form"],
    ["--proxy {url} http://x/digits.txt", 200, "0123456789", "taken for a proxy: the same form"],
    ["{url}/../secret.txt", 200, "in the root", "curl itself resolves the dots"],
    ["--path-as-is {url}/../secret.txt", 400, "", "and here it does not"],
    ["--path-as-is {url}/%2e%2e/secret.txt", 400, "", "nor here"],
    ["--path-as-is {url}/./x/%2e%2e/digits.txt", 200, "0123456789", "dots that stay inside"],
    ["-d a=b {url}/digits.txt", 405, "", "POST"],
    ["-T {file} {url}/digits.txt", 405, "", "PUT, which waits for 100 Continue"],
    ["-H Transfer-Encoding:chunked -T {file} {url}/", 405, "", "PUT in chunks"],
    ["-X DELETE {url}/digits.txt", 405, "", "DELETE"],
    ["-X BREW {url}/digits.txt", 501, "", "no method of HTTP"],
  ];

/** Runs curl without the user's settings; gives what it wrote. */
async function curl(path: string, args: readonly string[]): Promise<string> {
  const common = [
    "--disable",
    "--silent",
    "--show-error",
    "--no-progress-meter",
    "--noproxy",
    "127.0.0.1",
    "--max-time",
    "30",
  ];
  const { code, stdout, stderr } = await run(path, [...common, ...args]);
  assertEquals([code, stderr], [0, ""], args.join(" "));
  return latin1(stdout);
}

function withFiles(test: (running: Running, url: string) => Promise<void>): Promise<void> {
  return withServer(FILES, async (running) => {
    await writeFile(running.outside, "secret.txt", "outside");
    await test(running, `http://127.0.0.1:${running.port}`);
    assertEquals(running.errors, []);
  });
}

testWithTools("serve() answers what curl sends, option by option", ["curl"], async (paths) => {
  await withFiles(async ({ outside }, url) => {
    for (const [template, statusCode, content, why] of ROWS) {
      const args = template.split(" ").map((argument) =>
        argument.replace("{url}", url).replace("{file}", `${outside}/secret.txt`)
      );
      const text = await curl(paths.curl, [...args, "--write-out", "|%{http_code}"]);
      const end = text.lastIndexOf("|");
      assertEquals(Number(text.slice(end + 1)), statusCode, `${template}: ${why}`);
      assert(!text.includes("outside"));
      if (statusCode < 300) assertEquals(text.slice(0, end), content, `${template}: ${why}`);
    }
  });
});

testWithTools("serve() answers curl -I with the head of a GET", ["curl"], async (paths) => {
  await withFiles(async (_, url) => {
    const withoutDate = (head: string) => head.replace(/^Date: .*$/m, "");
    const head = await curl(paths.curl, ["-I", `${url}/digits.txt`]);
    const get = await curl(paths.curl, ["-i", `${url}/digits.txt`]);
    assert(head.startsWith("HTTP/1.1 200 OK\r\n"));
    assertEquals(withoutDate(get), withoutDate(head) + "0123456789");
  });
});

testWithTools("serve() sends curl several ranges as parts", ["curl"], async (paths) => {
  await withFiles(async (_, url) => {
    const text = await curl(paths.curl, ["-i", "--range", "0-1,8-9", `${url}/digits.txt`]);
    const boundary = /multipart\/byteranges; boundary=(\S+)/.exec(text)?.[1];
    const partHead = (range: string) =>
      `--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ${range}/10\r\n\r\n`;
    const parts = `\r\n${partHead("0-1")}01\r\n${partHead("8-9")}89\r\n--${boundary}--\r\n`;
    assertEquals(text.slice(text.indexOf("\r\n\r\n") + 4), parts);
  });
});

testWithTools(
  "serve() keeps curl's connection, also after errors and content",
  ["curl"],
  async (paths) => {
    await withFiles(async ({ outside, log }, url) => {
      const targets = ["/", "/d", "/missing", "/digits.txt", "/"].map((target) => url + target);
      const counts = await curl(paths.curl, [
        "--write-out",
        "%{num_connects}",
        "--output-dir",
        outside,
        "--remove-on-error",
        "--no-clobber",
        ...targets.flatMap((target, i) => ["-o", `${i}`, target]),
      ]);
      assertEquals(counts, "10000", "one connection, made for the first");
      await curl(paths.curl, ["-d", "a=b", `${url}/`, "--next", "-s", `${url}/`]);
      await curl(paths.curl, ["--http1.0", "-H", "Connection: keep-alive", `${url}/`, `${url}/d/`]);
      assertEquals(new Set(log.map((entry) => entry.connection)).size, 3);
    });
  },
);

testWithTools(
  "serve() lets curl resume a download, and says when it is whole",
  ["curl"],
  async (paths) => {
    await withFiles(async ({ outside, log }, url) => {
      const path = `${outside}/part.bin`;
      await Deno.writeFile(path, LARGE.subarray(0, 1_234_567));
      for (const statusCode of [206, 416]) {
        await curl(paths.curl, ["-C", "-", "-o", path, `${url}/large.bin`]);
        assertEquals(log.at(-1)?.statusCode, statusCode);
        assert(latin1(await Deno.readFile(path)) === latin1(LARGE));
      }
    });
  },
);

testWithTools(
  "serve() gives curl --compressed ranges of the file itself",
  ["curl"],
  async (paths) => {
    const csv = Array.from({ length: 2_000 }, (_, i) => `${i},${i * 7919 % 1009}\n`).join("");
    const files = { "a.csv": csv, "a.csv.gz": gzipSync(csv) };
    await withServer(files, async ({ outside, port }) => {
      const url = `http://127.0.0.1:${port}/a.csv`;
      const whole = await curl(paths.curl, ["--compressed", "-i", url]);
      assertMatch(whole, /^Content-Encoding: gzip\r$/m, "without a range it is compressed");
      const part = await curl(paths.curl, ["--compressed", "-i", "-r", "100-199", url]);
      assertMatch(part, new RegExp(`^Content-Range: bytes 100-199/${csv.length}\r$`, "m"));
      assertEquals(part.slice(part.indexOf("\r\n\r\n") + 4), csv.slice(100, 200));
      const path = `${outside}/part.csv`;
      await Deno.writeTextFile(path, csv.slice(0, 1_234));
      await curl(paths.curl, ["--compressed", "-C", "-", "-o", path, url]);
      assertEquals(await Deno.readTextFile(path), csv, "resumed");
    }, { compression: true });
  },
);

testWithTools("serve() gives curl 304 for the entity tag it saved", ["curl"], async (paths) => {
  await withFiles(async ({ outside, root }, url) => {
    const tag = `${outside}/tag`;
    const compare = ["--etag-compare", tag, "--write-out", "%{http_code}", `${url}/digits.txt`];
    assertEquals(await curl(paths.curl, ["--etag-save", tag, `${url}/digits.txt`]), "0123456789");
    assertEquals(await curl(paths.curl, compare), "304");
    await writeFile(root, "digits.txt", "9876543210");
    assertEquals(await curl(paths.curl, compare), "9876543210200");
  });
});

testWithTools("serve() refuses what curl uploads, and reads on", ["curl"], async (paths) => {
  await withFiles(async ({ root }, url) => {
    const rows = [
      [["-T", `${root}/large.bin`], "413", "2 MB, announced by Expect: 100-continue"],
      [["-H", "Expect:", "--data-binary", `@${root}/large.bin`], "413", "2 MB at once"],
      [["-F", `file=@${root}/digits.txt`], "405", "a form"],
    ] as const;
    for (const [args, expected, why] of rows) {
      const report = ["-o", "/dev/null", "--write-out", "%{http_code}"];
      assertEquals(await curl(paths.curl, [...args, ...report, `${url}/`]), expected, why);
    }
  });
});

testWithTools("serve() serves curl's parallel transfers", ["curl"], async (paths) => {
  const files = Array.from({ length: 40 }, (_, i) => [`${i}.bin`, LARGE.subarray(i, i * 5_000)]);
  await withServer(Object.fromEntries(files), async ({ port, outside, errors }) => {
    const url = `http://127.0.0.1:${port}/[0-39].bin`;
    const parallel = [
      "--parallel",
      "--parallel-immediate",
      "--parallel-max",
      "20",
    ];
    await curl(paths.curl, [...parallel, "-o", `${outside}/#1.bin`, url]);
    for (const [name, content] of files) {
      const received = await Deno.readFile(`${outside}/${name}`);
      assert(latin1(received) === latin1(content as Uint8Array), `${name}`);
    }
    assertEquals(errors, []);
  });
});
