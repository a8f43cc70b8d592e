/** GoAccess reads every line of the access log in the combined format, with the client that a proxy told of. */

import { assert, assertEquals } from "@std/assert";
import { serve } from "../../lib/serve.ts";
import { formatEntry } from "../../lib/log/format.ts";
import { run, testWithTools } from "../tools.ts";
import { withServer, writeFile } from "../wire/harness.ts";
import { latin1Bytes } from "../latin1.ts";

testWithTools("GoAccess takes every line of the log, and counts clients behind a proxy", [
  "goaccess",
], async ({ goaccess }) => {
  const root = await Deno.makeTempDir();
  await Deno.writeTextFile(`${root}/a.txt`, "a");
  const lines: string[] = [];
  const init = { root, hostname: "127.0.0.1", port: 0, graceMs: 0, trustProxy: ["127.0.0.1"] };
  const server = serve({
    ...init,
    log: (entry) => lines.push(formatEntry(entry, "combined", false)),
  });
  const ask = async (path: string, client: string) => {
    const headers = { "x-forwarded-for": client, connection: "close", "user-agent": 'a "b" \\ c' };
    await (await fetch(`http://127.0.0.1:${server.address.port}${path}`, { headers })).text();
  };
  for (const client of ["192.0.2.1", "192.0.2.2", "2001:db8::1"]) {
    for (const path of ["/a.txt", "/none", "/a%22b", "/%zz"]) await ask(path, client);
  }
  await server.shutdown();
  await Deno.writeTextFile(`${root}/log`, lines.join("\n") + "\n");
  const args = ["--log-format=COMBINED", "--no-global-config", "-o", `${root}/report.json`];
  await run(goaccess, [`${root}/log`, ...args]);
  const { general, hosts } = JSON.parse(await Deno.readTextFile(`${root}/report.json`));
  await Deno.remove(root, { recursive: true });
  assertEquals([general.total_requests, general.valid_requests, general.failed_requests], [
    12,
    12,
    0,
  ]);
  const clients = hosts.data.map(({ data }: { data: string }) => data).sort();
  assertEquals(clients, ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
});

/** Kinds of request, each as its head is sent, and the status that it gets. */
const KINDS: readonly (readonly [head: string, statusCode: number])[] = [
  ["GET / HTTP/1.1\r\nHost: a", 200],
  ["HEAD /a.txt HTTP/1.1\r\nHost: a", 200],
  ["GET / HTTP/1.0", 200],
  ["GET http://a/a.txt HTTP/1.1\r\nHost: b", 200],
  ["OPTIONS * HTTP/1.1\r\nHost: a", 204],
  ["OPTIONS /a.txt HTTP/1.1\r\nHost: a", 204],
  ["GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0", 206],
  ["GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0,2-2", 206],
  ["GET /folder HTTP/1.1\r\nHost: a", 301],
  ["GET /old HTTP/1.1\r\nHost: a", 302],
  ["GET /a.txt HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT", 304],
  ["GET /a.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: *", 304],
  ["GET /a.txt HTTP/1.1", 400],
  ["GET /%zz HTTP/1.1\r\nHost: a", 400],
  ["GET /../x HTTP/1.1\r\nHost: a", 400],
  ["nonsense", 400],
  ["GET /a b HTTP/1.1\r\nHost: a", 400],
  ["GET /\x01\x1b[2J HTTP/1.1\r\nHost: a", 400],
  ['GET /"x" HTTP/1.1\r\nHost: a', 404],
  ["GET /locked/ HTTP/1.1\r\nHost: a", 401],
  ["GET /locked/ HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRhOmVuZ2luZQ==", 404],
  ["GET /closed/ HTTP/1.1\r\nHost: a", 403],
  ["GET /none HTTP/1.1\r\nHost: a", 404],
  ["GET /\xff\xfe%20%22%5c HTTP/1.1\r\nHost: a", 400],
  ["GET /none%20%22%0a HTTP/1.1\r\nHost: a", 404],
  ["GET /none?q=%22'<script> HTTP/1.1\r\nHost: a", 404],
  ["POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0", 405],
  ["DELETE /a.txt HTTP/1.1\r\nHost: a", 405],
  ["CONNECT a:80 HTTP/1.1\r\nHost: a", 405],
  ['GET /a.txt HTTP/1.1\r\nHost: a\r\nIf-Match: "x"', 412],
  ["GET /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999", 413],
  [`GET /${"x".repeat(9_000)} HTTP/1.1\r\nHost: a`, 414],
  ["GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=99-", 416],
  ["GET /a.txt HTTP/1.1\r\nHost: a\r\nExpect: more", 417],
  [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(70_000)}`, 431],
  ["GET /a.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip", 501],
  ["BREW /a.txt HTTP/1.1\r\nHost: a", 501],
  ["GET /a.txt HTTP/2.0\r\nHost: a", 505],
  ["GET /.vitrine/health HTTP/1.1\r\nHost: a", 200],
  ["GET /mounted/index.html HTTP/1.1\r\nHost: a", 200],
  ["GET / HTTP/1.1\r\nHost: site.example", 200],
];
/** Field lines that go with each of them. */
const LINES = [
  "",
  '\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) "quoted" \\ [b]\r\nReferer: http://a/?x="y"',
  "\r\nUser-Agent: \xff\x80\t-\r\nReferer: -",
];

testWithTools(
  "GoAccess takes a line of every kind that the log has",
  ["goaccess"],
  async (paths) => {
    const lines: string[] = [];
    const statuses: number[] = [];
    const files = {
      "index.html": "root",
      "a.txt": "abc",
      "folder/index.html": "-",
      "_headers": "/locked/*\n  Basic-Auth: ada:engine\n/closed/*\n  Authorization: x\n",
      "_redirects": "/old /a.txt 302\n",
    };
    const expected: number[] = [];
    await withServer(files, async ({ root, exchange }) => {
      for (const [head, statusCode] of KINDS) {
        for (const more of LINES) {
          const text = `${head}${more}\r\nConnection: close\r\n\r\n`;
          await exchange(latin1Bytes(text));
          expected.push(statusCode);
        }
      }
      await writeFile(root, "log/lines", lines.join("\n") + "\n");
      const args = ["--log-format=COMBINED", "--no-global-config", "-o", `${root}/log/report.json`];
      await run(paths.goaccess, [
        `${root}/log/lines`,
        ...args,
        `--invalid-requests=${root}/log/bad`,
      ]);
      const report = JSON.parse(await Deno.readTextFile(`${root}/log/report.json`));
      const { total_requests: total, valid_requests: valid, failed_requests: failed } =
        report.general;
      const bad = failed === 0 ? "" : await Deno.readTextFile(`${root}/log/bad`);
      assertEquals(statuses, expected);
      assertEquals([total, valid, failed, bad], [expected.length, expected.length, 0, ""]);
      assert(expected.length > 100);
    }, {
      onError: () => {}, // Lines of `_headers` that lock are told of.
      log(entry) {
        statuses.push(entry.statusCode);
        lines.push(formatEntry(entry, "combined", false));
      },
      sites: [["site.example", "static"], ["/mounted", "static"]],
    });
  },
);
