/** The X-ray's own listener: what it hands out, what it says of faults, and that nobody can make the server wait. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NORMAL } from "../../lib/xray/experiments.ts";
import { ownPost, until, visit, withXray } from "./testing.ts";

const FILES = { "a.txt": "hello" };
const GET = "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n";

Deno.test("the page and its parts come with a strict policy, and load nothing from elsewhere", async () => {
  await withXray(FILES, async ({ xray }) => {
    const { statusCode, head, content } = await visit(xray, "GET /");
    assertEquals(statusCode, 200);
    assertStringIncludes(head, "default-src 'none'; script-src 'self';");
    assertStringIncludes(head, "require-trusted-types-for 'script'");
    assertStringIncludes(head, "frame-ancestors 'none'");
    const parts = [...content.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url);
    assert(parts.length >= 5);
    for (const part of parts.filter((url) => url !== "data:,")) {
      assert(/^\w/.test(part) && !part.includes(":"), `${part} is relative, for proxies`);
      assertEquals((await visit(xray, `GET /${part}`)).statusCode, 200, part);
    }
    assert(!/\son\w+=|style=|<script>/.test(content), "nothing inline");
  });
});

Deno.test("every file of the page is served", async () => {
  await withXray(FILES, async ({ xray }) => {
    const folder = new URL("../../lib/xray/page/", import.meta.url);
    for await (const { name } of Deno.readDir(folder)) {
      const answer = await visit(xray, `GET /${name === "index.html" ? "" : name}`);
      const text = await Deno.readTextFile(new URL(name, folder));
      assertEquals([answer.statusCode, answer.content === text], [200, true], name);
    }
  });
});

Deno.test("the step clock leads to functions that there are", async () => {
  const lib = new URL("../../lib/", import.meta.url);
  const dom = await Deno.readTextFile(new URL("xray/page/dom.js", lib));
  const steps = [...dom.matchAll(/file: "(\d[^"]+)", symbol: "([^"]+)"/g)];
  assertEquals(steps.length, 6);
  for (const [, file, symbol] of steps) {
    const source = await Deno.readTextFile(new URL(file, lib));
    assert(new RegExp(`^export (?:async )?function ${symbol}\\b`, "m").test(source), symbol);
  }
});

Deno.test("no part of the page ever parses markup, or runs text", async () => {
  const folder = new URL("../../lib/xray/page/", import.meta.url);
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(new URL(name, folder));
    const found = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/
      .exec(text);
    assertEquals(found?.[0], undefined, name);
    assert(!/(?:src|href)="https?:|url\(http|import\s*\(?["']http/.test(text), name);
  }
});

Deno.test("the X-ray's port tells of browsers that speak HTTPS to it", async () => {
  await withXray(FILES, async ({ xray, told }) => {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: xray.port });
    await conn.write(Uint8Array.of(0x16, 3, 1, 0, 5));
    await new Response(conn.readable).text();
    await until(() => told.length > 0);
    assertEquals(told, [
      `X-ray: 1 connection(s) spoke HTTPS to its HTTP port; open http://127.0.0.1:${xray.port}/`,
    ]);
  });
});

const ODD = [
  // request, content, status, why
  ["GET /none", "", 404, "nothing there"],
  ["GET /request?id=99", "", 404, "not kept"],
  ["GET /request?id=x", "", 404, "no number"],
  ["POST /experiments", '{"stepMs":-1}', 400, "no set of experiments"],
  ["POST /none", "{}", 404, "nothing to do"],
  ["POST /compose", '[[0,"x"],"y"]', 400, "no composition"],
  ["POST /compose", '[[99999,"x"]]', 400, "too long a wait"],
  ["POST /compose", "[", 400, "no JSON"],
  ["PUT /experiments", "{}", 405, "another method"],
] as const;

Deno.test("odd requests get an error, and change nothing", async () => {
  await withXray(FILES, async ({ xray, recorder, errors }) => {
    for (const [request, content, statusCode, why] of ODD) {
      const answer = await visit(xray, request, { fieldLines: ownPost(xray), content });
      assertEquals(answer.statusCode, statusCode, why);
    }
    assertEquals([recorder.experiments, errors], [NORMAL, []]);
  });
});

Deno.test("a fault of the X-ray's own is told, and answered with 500", async () => {
  await withXray(FILES, async ({ xray, recorder, errors }) => {
    const fault = new TypeError("ours");
    recorder.tracesSince = () => {
      throw fault;
    };
    const answer = await visit(xray, "GET /traces");
    assertEquals([answer.statusCode, answer.content], [500, "500 Internal Server Error"]);
    await until(() => errors.length > 0);
    assertEquals(errors.splice(0), [fault]);
    // Of an answer that has begun no other can follow: the stream breaks, and the page comes back.
    const events = await visit(xray, "GET /events");
    assertEquals([events.statusCode, events.content], [200, ""]);
    await until(() => errors.length > 0);
    assertEquals(errors.splice(0), [fault]);
    delete (recorder as { tracesSince?: unknown }).tracesSince;
    assertEquals((await visit(xray, "GET /traces")).statusCode, 200, "and goes on");
  });
});

Deno.test("a viewer that leaves in the middle is no fault", async () => {
  await withXray(FILES, async ({ xray, errors }) => {
    const own = `Host: 127.0.0.1:${xray.port}\r\n`;
    const heads = [
      "GET /ev", // In its head.
      `GET /events HTTP/1.1\r\n${own}\r\n`,
      `POST /compose HTTP/1.1\r\n${own}${ownPost(xray).join("\r\n")}\r\nContent-Length: 9\r\n\r\n[`,
    ];
    for (const head of heads) {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: xray.port });
      await conn.write(new TextEncoder().encode(head));
      conn.close();
    }
    assertEquals((await visit(xray, "GET /")).statusCode, 200);
    await xray.close(); // Its tasks are over.
    xray.close = () => Promise.resolve();
    assertEquals(errors, []);
  });
});

Deno.test("a viewer that reads nothing, or leaves, costs the server nothing", async () => {
  await withXray(FILES, async ({ xray, connect, recorder }) => {
    const viewers = [];
    for (let i = 0; i < 3; i++) {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: xray.port });
      const request = `GET /events HTTP/1.1\r\nHost: 127.0.0.1:${xray.port}\r\n\r\n`;
      await conn.write(new TextEncoder().encode(request));
      viewers.push(conn);
    }
    viewers[0].close();
    const client = await connect();
    for (let i = 0; i < 90; i++) {
      await client.send(GET);
      await client.readResponse();
    }
    assertEquals(recorder.seenCount, 90);
    // The second one reads at last, and is told of the requests that it did not read of before.
    const buffer = new Uint8Array(64 * 1024);
    let text = "";
    while (!text.includes('"seenCount":90')) {
      const count = await viewers[1].read(buffer);
      assert(count !== null);
      text += new TextDecoder().decode(buffer.subarray(0, count));
    }
    assert(text.startsWith("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"), text);
    for (const conn of viewers.slice(1)) conn.close();
  });
});

Deno.test("close() ends the viewers too", async () => {
  await withXray(FILES, async ({ xray }) => {
    const answer = visit(xray, "GET /events");
    const { connect } = Deno;
    await until(async () => {
      const conn = await connect({ hostname: "127.0.0.1", port: xray.port });
      conn.close();
      return true;
    });
    await xray.close();
    await answer.catch(() => {});
    xray.close = () => Promise.resolve();
  });
});
