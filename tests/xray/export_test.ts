/** Requests for other tools: what curl sends again is what came, and a HAR has what its readers need. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { curlOf, harOf } from "../../lib/xray/page/export.js";
import { decidingFields, meaningOf } from "../../lib/xray/page/fields.js";
import { testWithTools } from "../tools.ts";
import { until, withXray } from "./testing.ts";

const FILES = { "a.txt": "hello", "it's $HOME.txt": "odd" };

/** A head that nearly every character of the shell is in. */
const ODD =
  "GET /it's%20$HOME.txt?a=[1-3]&b={x} HTTP/1.1\r\nHost: a\r\nX-Odd: '\"`$(id)\\ ;|\r\nEmpty:\r\n" +
  "Accept: text/*\r\nConnection: close\r\n\r\n";

testWithTools(
  "curlOf() is a command that sends the same request again",
  ["curl", "sh"],
  async ({ sh }) => {
    await withXray(FILES, async ({ port, exchange, details, recorder }) => {
      const heads = [
        ODD,
        "HEAD /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "OPTIONS /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /x/../a.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\nConnection: close\r\n\r\n",
      ];
      for (const head of heads) {
        await exchange(head);
        const first = (await details()).at(-1)!;
        const command = curlOf(first, `http://127.0.0.1:${port}/`);
        assert(command !== null);
        const before = recorder.keptCount;
        await new Deno.Command(sh, { args: ["-c", command], stdout: "null", stderr: "null" })
          .output();
        await until(() => recorder.keptCount > before);
        const second = (await details()).at(-1)!;
        assertEquals(
          [second.method, second.requestTarget, second.statusCode],
          [first.method, first.requestTarget, first.statusCode],
        );
        for (const line of atob(first.head).split("\r\n").slice(1)) {
          if (/^(?:Host|Connection):|^$/.test(line)) continue;
          assertStringIncludes(atob(second.head), line);
        }
      }
    });
  },
);

Deno.test("curlOf() makes no command of what curl could not send", async () => {
  await withXray(FILES, async ({ exchange, details }) => {
    await exchange("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    await exchange("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const commands = (await details()).map((detail) => curlOf(detail, "http://a/"));
    assertEquals(commands, [null, null]);
  });
});

Deno.test("harOf() has each response with its fields and times, and no request without one", async () => {
  await withXray(FILES, async ({ exchange, details }) => {
    await exchange("GET /a.txt?q=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await exchange("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    const kept = await details();
    const givenUp = { ...kept[0], statusCode: 0, response: "" };
    const ofAll = [...kept, givenUp];
    const { log } = harOf(ofAll, { site: "http://localhost:3000/", epochMs: 0 });
    assertEquals([log.version, log.entries.length], ["1.2", 2]);
    const [{ request, response, timings, time }] = log.entries;
    assertEquals([request.method, request.url], ["GET", "http://localhost:3000/a.txt?q=1"]);
    assertEquals(request.queryString, [{ name: "q", value: "1" }]);
    assertEquals(request.headers[0], { name: "Host", value: "a" });
    assertEquals([response.status, response.statusText, response.content.size], [200, "OK", 5]);
    assertEquals(response.content.mimeType, "text/plain; charset=utf-8");
    assertEquals(log.entries[1].response.status, 400);
    const { blocked, connect: connecting, wait, receive } = timings;
    assert(Math.abs(blocked + connecting + wait + receive - time) < 0.001, "as HAR 1.2 wants it");
    assert(wait > 0 && new Date(log.entries[0].startedDateTime).getTime() > 0);
  });
});

Deno.test("every field that this server sends has a meaning on the page", async () => {
  await withXray({ ...FILES, "index.html": "x" }, async ({ exchange, details }) => {
    for (
      const lines of ["", "Range: bytes=0-1\r\n", "Range: bytes=9-\r\n", "If-None-Match: *\r\n"]
    ) {
      await exchange(`GET /a.txt HTTP/1.1\r\nHost: a\r\n${lines}Connection: close\r\n\r\n`);
    }
    await exchange("PUT /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    for (const { response, reason } of await details()) {
      const names = [...atob(response).matchAll(/\r\n([^:\r\n]+):/g)].map(([, name]) => name);
      assert(names.length > 2);
      assertEquals(names.filter((name) => meaningOf(name) === ""), []);
      const [, said] = decidingFields(reason.section);
      if (said !== "") assert(names.some((name) => name.toLowerCase() === said), reason.section);
    }
  });
});
