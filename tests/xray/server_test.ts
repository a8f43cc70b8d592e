/** The X-ray's own listener: who is let in, what it hands out, and that nobody can make the server wait. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NORMAL } from "../../lib/xray/experiments.ts";
import type { Xray } from "../../lib/xray/server.ts";
import { RequestError } from "../../lib/errors.ts";
import { sendComposition } from "../../lib/xray/composer.ts";
import { makeTraffic } from "../../lib/xray/traffic.ts";
import { makePair } from "../../lib/boot/make_cert.ts";
import { ownPost, until, visit, type Watched, withXray } from "./testing.ts";

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

const STRANGERS = [
  // request, Host, field lines, why
  ["GET /traces", "evil.example", [], "DNS rebinding"],
  ["GET /events", "evil.example", [], "the same for events"],
  ["GET /", "evil.example", [], "and for the page"],
  ["GET /traces", null, ["Origin: http://evil.example"], "fetch() of another site"],
  ["GET /request?id=1", null, ["Sec-Fetch-Site: cross-site"], "a script tag of another site"],
  ["POST /experiments", null, ["Content-Type: application/json"], "no Origin"],
  [
    "POST /experiments",
    null,
    ["Origin: http://127.0.0.1:3000", "Content-Type: application/json"],
    "the site's own pages",
  ],
  ["POST /compose", null, ["Origin: null", "Content-Type: application/json"], "a sandboxed frame"],
] as const;

Deno.test("strangers get 403 and nothing else", async () => {
  await withXray(FILES, async ({ xray, exchange, recorder }) => {
    await exchange("GET /a.txt HTTP/1.1\r\nHost: a\r\nCookie: s3cr3t\r\nConnection: close\r\n\r\n");
    for (const [request, host, fieldLines, why] of STRANGERS) {
      const answer = await visit(xray, request, {
        host: host === null ? undefined : `${host}:${xray.port}`,
        fieldLines,
        content: request.startsWith("POST") ? JSON.stringify({ ...NORMAL, serial: true }) : "",
      });
      assertEquals(answer.statusCode, 403, why);
      assert(!answer.content.includes(btoa("s3cr3t")) && answer.content.length < 120, why);
    }
    assertEquals(recorder.experiments, NORMAL);
  });
});

/** The two tokens of an X-ray, from the addresses that it prints. */
function tokensOf({ url, watchUrl }: Xray): { teach: string; watch: string } {
  const [teach, watch] = [url, watchUrl!].map((address) => {
    const { hash, search } = new URL(address);
    assertEquals(search, "", "no proxy and no log gets to see it");
    return /^#token=(.{32,})$/.exec(hash)![1];
  });
  assert(teach !== watch);
  return { teach, watch };
}

Deno.test("beyond loopback the X-ray wants a token for all but its own source", async () => {
  await withXray(FILES, async ({ xray }) => {
    const { teach, watch } = tokensOf(xray);
    const ask = async (token: string | null, target = "GET /traces") => {
      const fieldLines = token === null ? [] : [`Vitrine-Token: ${token}`];
      return (await visit(xray, target, { fieldLines })).statusCode;
    };
    assertEquals(await ask(null, "GET /main.js"), 200);
    assertEquals(await ask(null), 403);
    assertEquals(await ask(teach.slice(0, -1)), 403);
    assertEquals(await ask(null, `GET /traces?token=${teach}`), 403, "in no address");
    assertEquals([await ask(teach), await ask(watch)], [200, 200]);
  }, { xrayHostname: "0.0.0.0" });
});

const HUB = "https://hub.example/user/ada/proxy/3001/";

Deno.test("who watches may look, sees no secrets, and changes nothing", async () => {
  await withXray(FILES, async ({ xray, exchange, recorder }) => {
    const { teach, watch } = tokensOf(xray);
    const heads = [
      "GET /a.txt HTTP/1.1\r\nHost: a\r\nCookie: s3cr3t=1\r\nAuthorization:s3cr3t\r\nX: seen",
      // Refused, each in its way, and shown all the same.
      "GET / HTTP/1.1\r\nHost : a\r\nCookie: s3cr3t",
      "GET / HTTP/1.1\r\nHost: a\r\nCookie : s3cr3t",
      "GET / HTTP/1.1\r\nHost: a\r\nAuthorization s3cr3t",
      "GET / HTTP/1.1\r\nHost: a\r\nCOOKIE: a\r\n s3cr3t",
      "GET / HTTP/1.1\r\nHost: a\r\nProxy-Authorization: s3cr3t\x01",
    ];
    for (const head of heads) await exchange(`${head}\r\nConnection: close\r\n\r\n`);
    await until(() => recorder.keptCount === heads.length);
    const look = async (token: string, target: string) => {
      const answer = await visit(xray, `GET ${target}`, {
        host: "hub.example",
        fieldLines: [`Vitrine-Token: ${token}`],
      });
      assertEquals(answer.statusCode, 200, target);
      return answer.content.replace(/"(?:head|response)":"([^"]*)"/g, (_, text) => atob(text));
    };
    const ids = Array.from(heads, (_, i) => `/request?id=${i + 1}`);
    for (const target of ["/traces", ...ids]) {
      const [all, seen] = [await look(teach, target), await look(watch, target)];
      assertStringIncludes(all, "s3cr3t", target);
      assert(!seen.includes("s3cr3t"), `${target}: ${seen}`);
      // Content may be behind a password: who watches gets none.
      const length = (text: string) => text.replace(/"content":"[^"]*"/g, "").length;
      assertEquals(length(seen), length(all), "a star for each byte");
    }
    assertStringIncludes(await look(watch, ids[0]), "X: seen");
    const post = (target: string, token: string) =>
      visit(xray, `POST ${target}`, {
        host: "hub.example",
        fieldLines: [
          "Origin: https://hub.example",
          "Content-Type: application/json",
          `Vitrine-Token: ${token}`,
        ],
        content: target === "/compose" ? "[]" : JSON.stringify({ ...NORMAL, serial: true }),
      });
    for (const target of ["/experiments", "/compose"]) {
      const refused = await post(target, watch);
      assertEquals(refused.statusCode, 403);
      assertStringIncludes(refused.content, "for watching");
    }
    assertEquals(recorder.experiments, NORMAL);
    assertEquals((await post("/experiments", teach)).statusCode, 200);
    assertEquals(recorder.experiments.serial, true);
  }, { xrayOrigins: [HUB] });
});

Deno.test("a proxy that was named is let in with a token, and its address is the one to open", async () => {
  await withXray(FILES, async ({ xray }) => {
    const { teach } = tokensOf(xray);
    assertEquals(xray.url, `${HUB}#token=${teach}`);
    const forwarded = ["X-Forwarded-Host: hub.example", "X-Forwarded-Proto: https"];
    for (const host of [`127.0.0.1:${xray.port}`, "hub.example", "hub.example:443"]) {
      const ask = (fieldLines: readonly string[], target = "GET /traces") =>
        visit(xray, target, { host, fieldLines: [...forwarded, ...fieldLines] });
      assertEquals((await ask([], "GET /")).statusCode, 200, "the page itself is no secret");
      const { statusCode, content } = await ask([]);
      assertEquals(statusCode, 403);
      assertStringIncludes(content, "The token is missing: open the address that Vitrine printed");
      assertEquals((await ask([`Vitrine-Token: ${teach}`])).statusCode, 200, host);
      assertEquals((await ask([`Cookie: Vitrine-Token=${teach}`])).statusCode, 403, "no cookie");
    }
    const events = await Deno.connect({ hostname: "127.0.0.1", port: xray.port });
    await events.write(
      new TextEncoder().encode(
        `GET /events HTTP/1.1\r\nHost: hub.example\r\nVitrine-Token: ${teach}\r\n\r\n`,
      ),
    );
    const bytes = new Uint8Array(4096);
    const head = new TextDecoder().decode(bytes.subarray(0, await events.read(bytes) ?? 0));
    assertStringIncludes(head, "X-Accel-Buffering: no\r\n");
    assertStringIncludes(head, "Cache-Control: no-transform\r\n");
    events.close();
  }, { xrayOrigins: [HUB] });
});

Deno.test("a proxy that was not named is told how it would be", async () => {
  await withXray(FILES, async ({ xray }) => {
    const shapes = [
      ["localhost", ["X-Forwarded-Host: x-3001.app.github.dev"]], // Codespaces
      ["localhost", ["Via: 1.1 proxy"]],
      ["localhost", ["Forwarded: for=192.0.2.1"]],
      ["localhost", ["X-Forwarded-For: 192.0.2.1"]],
      ["hub.example", ["X-Forwarded-Context: /user/ada/proxy/3001"]], // jupyter-server-proxy
    ] as const;
    for (const [name, fieldLines] of shapes) {
      for (const target of ["GET /", "GET /traces", "GET /events"]) {
        const host = name === "localhost" ? `localhost:${xray.port}` : name;
        const { statusCode, content } = await visit(xray, target, { host, fieldLines });
        assertEquals(statusCode, 403, `${fieldLines}`);
        assertStringIncludes(content, "--xray-origin");
      }
    }
  });
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

Deno.test("on loopback the address has no token in it", async () => {
  await withXray(FILES, ({ xray }) => {
    assertEquals(xray.url, `http://127.0.0.1:${xray.port}/`);
    return Promise.resolve();
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

Deno.test("the composer tells that it cannot reach the server", async () => {
  await withXray(FILES, async ({ xray, recorder, errors }) => {
    const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = free.addr;
    free.close();
    assert(recorder.place !== null);
    recorder.place = { ...recorder.place, port };
    const content = JSON.stringify([[0, "GET / HTTP/1.1\r\n\r\n"]]);
    const answer = await visit(xray, "POST /compose", { fieldLines: ownPost(xray), content });
    assertEquals(answer.statusCode, 502);
    assertStringIncludes(answer.content, `127.0.0.1:${port}: nobody listens there any more`);
    assertEquals(errors, [], "no fault of ours");
  });
});

Deno.test({
  name: "a composer that may not connect says so, and how it may",
  permissions: { net: false },
  async fn() {
    const cache = { hits: 0, misses: 0 };
    const place = {
      ...{ root: "/", hostname: "0.0.0.0", port: 3000, certificate: null, cache, maxFollowers: 1 },
      isProxy: () => false,
      isNamedHost: () => false,
    };
    const order = { target: "/", count: 2, connections: 2, bytes: 0 };
    for (const attempt of [() => sendComposition(place, []), () => makeTraffic(place, order)]) {
      const error = await attempt().then(() => null, (error) => error);
      assert(error instanceof RequestError, String(error));
      assertEquals(error.statusCode, 403);
      assertStringIncludes(
        error.message,
        "127.0.0.1:3000: the sandbox lets Vitrine listen and not",
      );
      assertStringIncludes(error.message, "--allow-net");
    }
  },
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

Deno.test("the composer sends to the watched server, and both sides show the same bytes", async () => {
  await withXray(FILES, async ({ xray, details }) => {
    const portions = [[0, "GET /a.txt HTTP/1.1\r\nHo"], [30, "st: a\r\nConnection: close\r\n\r\n"]];
    const { content } = await visit(xray, "POST /compose", {
      fieldLines: ownPost(xray),
      content: JSON.stringify(portions),
    });
    const exchange = JSON.parse(content);
    assertEquals(exchange.end, "closed by the server");
    const received = exchange.received.map(({ bytes }: { bytes: string }) => atob(bytes)).join("");
    assert(received.startsWith("HTTP/1.1 200 OK\r\n") && received.endsWith("hello"), received);
    const [detail] = await details();
    assertEquals(atob(detail.head), portions.map(([, text]) => text).join(""));
    assert(exchange.sent[1].atMs >= 25);
  });
});

Deno.test("the composer speaks TLS where the server does, whatever names its certificate has", async () => {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_" });
  try {
    const day = 86_400_000;
    for (
      const [name, madeMs] of [["now", Date.now()], ["old", Date.now() - 1_000 * day]] as const
    ) {
      const pair = await makePair(["class.example"], madeMs);
      await Deno.writeTextFile(`${folder}/${name}.pem`, pair.cert);
      await Deno.writeTextFile(`${folder}/${name}.key`, pair.key);
    }
    const compose = async ({ xray }: Watched) => {
      const request = "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      const content = JSON.stringify([[0, request]]);
      return await visit(xray, "POST /compose", { fieldLines: ownPost(xray), content });
    };
    const init = (name: string) => ({
      cert: `${folder}/${name}.pem`,
      key: `${folder}/${name}.key`,
    });
    await withXray(FILES, async (watched) => {
      const { content, statusCode } = await compose(watched);
      assertEquals(statusCode, 200, content);
      const { received, end } = JSON.parse(content);
      const text = received.map(({ bytes }: { bytes: string }) => atob(bytes)).join("");
      assert(text.startsWith("HTTP/1.1 200 OK\r\n") && text.endsWith("hello"), text);
      assertEquals(end, "closed by the server");
      assertEquals(watched.recorder.keptCount, 1);
    }, init("now"));
    await withXray(FILES, async (watched) => {
      const { statusCode, content } = await compose(watched);
      assertEquals(statusCode, 502);
      assertStringIncludes(content, "Cannot speak TLS to the server: ");
      assertStringIncludes(content, "expired");
    }, init("old"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
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
