/** The X-ray's own listener: who is let in, by which token, and what whoever watches gets to see. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NORMAL } from "../../lib/xray/experiments.ts";
import type { Xray } from "../../lib/xray/server.ts";
import { ownPost, until, visit, withXray } from "./testing.ts";
import { HAS_IPV6 } from "../tools.ts";

const FILES = { "a.txt": "hello" };

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

Deno.test({
  name: "a student of IPv4 has its own requests where both listeners take both families",
  ignore: !HAS_IPV6 || Deno.build.os === "windows", // There `::` is IPv6 alone.
  async fn() {
    await withXray(FILES, async ({ xray, exchange, recorder }) => {
      await exchange("GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      await until(() => recorder.keptCount === 1);
      const progress = { lesson: 1, sinceRun: "", sinceId: 0, answers: {}, evidence: [] };
      const fieldLines = [...ownPost(xray), `Vitrine-Token: ${tokensOf(xray).watch}`];
      const init = { fieldLines, content: JSON.stringify(progress) };
      const { content } = await visit(xray, "POST /progress", init);
      assertEquals(JSON.parse(content)[0].state, "done");
    }, { hostname: "::", xrayHostname: "::" });
  },
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

Deno.test("on loopback the address has no token in it", async () => {
  await withXray(FILES, ({ xray }) => {
    assertEquals(xray.url, `http://127.0.0.1:${xray.port}/`);
    return Promise.resolve();
  });
});
