/** `--cors`, `--isolate`, `--cache-control`, `--immutable` and `-H`, over the wire. */

import { assert, assertEquals } from "@std/assert";
import { serve, type ServeInit } from "../../lib/serve.ts";
import { askTwice, withSite } from "./site.ts";

const FILES = {
  "index.html": "<p>hi",
  "app.3f9a1c.js": "1",
  "app.min.js": "2",
  "dir/a.txt": "0123456789",
};
const PREFLIGHT = {
  method: "OPTIONS",
  fields: ["Origin: https://b", "Access-Control-Request-Method: GET"],
};

Deno.test("without flags no response has a field of theirs", async () => {
  await withSite(FILES, {}, async (ask) => {
    for (const target of ["/", "/nope", "/dir"]) {
      const { head } = await askTwice(ask, target, ["Origin: https://b"]);
      assert(!/access-control|cross-origin/i.test(head), head);
    }
    assert(!/access-control/i.test((await ask("/", PREFLIGHT)).head));
    assertEquals((await ask("/app.3f9a1c.js")).fields.get("cache-control"), "no-cache");
  });
});

Deno.test("--cors opens files, errors, redirects, ranges and 304 to scripts of other sites", async () => {
  await withSite(FILES, { cors: true }, async (ask) => {
    const tag = (await ask("/dir/a.txt")).fields.get("etag") ?? "";
    const CASES = [
      ["/", [], 200],
      ["/nope", [], 404],
      ["/dir", [], 301],
      ["/dir/a.txt", ["Range: bytes=0-1"], 206],
      ["/dir/a.txt", [`If-None-Match: ${tag}`], 304],
      ["/dir/a.txt", [`If-Match: "x"`], 412],
    ] as const;
    for (const [target, fields, statusCode] of CASES) {
      const response = await ask(target, { fields });
      assertEquals(response.statusCode, statusCode);
      assertEquals(response.fields.get("access-control-allow-origin"), "*", target);
      assertEquals(response.fields.get("access-control-expose-headers"), "*", target);
    }
    await askTwice(ask, "/");
  });
});

Deno.test("--cors answers a preflight, and a plain OPTIONS as ever", async () => {
  await withSite(FILES, { cors: true }, async (ask) => {
    for (const target of ["/", "/nope", "/dir/a.txt"]) {
      const { statusCode, fields } = await ask(target, PREFLIGHT);
      assertEquals(statusCode, 204);
      assertEquals(fields.get("access-control-allow-origin"), "*");
      assertEquals(fields.get("access-control-allow-methods"), "GET, HEAD, OPTIONS");
      assertEquals(fields.get("access-control-allow-headers"), "*, Authorization");
      assertEquals(fields.get("access-control-max-age"), "7200");
    }
    const plain = await ask("/", { method: "OPTIONS" });
    assertEquals(plain.fields.get("access-control-allow-methods"), undefined);
    assertEquals(plain.fields.get("allow"), "GET, HEAD, OPTIONS");
  });
});

Deno.test("--cors lets pages of a public network in, if they ask, and nobody without it", async () => {
  const asking = (value: string) => ({
    ...PREFLIGHT,
    fields: [...PREFLIGHT.fields, `Access-Control-Request-Private-Network: ${value}`],
  });
  const name = "access-control-allow-private-network";
  await withSite(FILES, { cors: true }, async (ask) => {
    for (const target of ["/", "/nope"]) {
      const { statusCode, fields } = await ask(target, asking("true"));
      assertEquals([statusCode, fields.get(name)], [204, "true"]);
      assertEquals(fields.get("access-control-allow-origin"), "*");
      assertEquals((await ask(target, asking("false"))).fields.get(name), undefined);
      assertEquals((await ask(target, PREFLIGHT)).fields.get(name), undefined);
      assertEquals(
        (await askTwice(ask, target, asking("true").fields)).fields.get(name),
        undefined,
      );
    }
  });
  await withSite(FILES, {}, async (ask) => {
    assertEquals((await ask("/", asking("true"))).fields.get(name), undefined);
  });
});

Deno.test("--cors × -H: what a preflight is answered stands there once", async () => {
  const fields = [["Access-Control-Max-Age", "5"]] as const;
  await withSite(FILES, { cors: true, fields }, async (ask) => {
    assertEquals((await ask("/", PREFLIGHT)).fields.get("access-control-max-age"), "5");
  });
});

Deno.test("_headers: what removes nothing is told, and what flags set can be removed", async () => {
  const warnings: unknown[] = [];
  const headers = "/*\n  ! Access-Control-Allow-Origin\n  ! Content-Type\n";
  await withSite({ ...FILES, "_headers": headers }, {
    cors: true,
    onError: (warning) => warnings.push(warning),
  }, async (ask) => {
    const { fields } = await askTwice(ask, "/");
    assertEquals(fields.get("access-control-allow-origin"), undefined);
    assertEquals(fields.get("content-type"), "text/html; charset=utf-8");
  });
  const warning =
    "_headers, line 3: ignored, as it removes Content-Type, which the server sends all the same";
  assertEquals(warnings, [warning, warning], "one for each of the two servers");
});

Deno.test("--isolate gives what SharedArrayBuffer wants, and lets --cors widen who may embed", async () => {
  for (const [cors, policy] of [[false, "same-origin"], [true, "cross-origin"]] as const) {
    await withSite(FILES, { isolate: true, cors }, async (ask) => {
      for (const target of ["/", "/nope"]) {
        const { fields } = await askTwice(ask, target);
        assertEquals(fields.get("cross-origin-opener-policy"), "same-origin");
        assertEquals(fields.get("cross-origin-embedder-policy"), "require-corp");
        assertEquals(fields.get("cross-origin-resource-policy"), policy);
      }
    });
  }
});

Deno.test("--cache-control is on 200, 206 and 304, and not on errors and redirects", async () => {
  await withSite(FILES, { cacheControl: "max-age=60" }, async (ask) => {
    const { fields } = await askTwice(ask, "/dir/a.txt");
    assertEquals(fields.get("cache-control"), "max-age=60");
    const again = await ask("/dir/a.txt", { fields: [`If-None-Match: ${fields.get("etag")}`] });
    assertEquals([again.statusCode, again.fields.get("cache-control")], [304, "max-age=60"]);
    const part = await ask("/dir/a.txt", { fields: ["Range: bytes=0-1"] });
    assertEquals([part.statusCode, part.fields.get("cache-control")], [206, "max-age=60"]);
    assertEquals((await ask("/nope")).fields.get("cache-control"), undefined);
    assertEquals((await ask("/dir")).fields.get("cache-control"), "no-cache");
  });
});

Deno.test("--immutable marks hashed names alone, on 200 and 304", async () => {
  await withSite(FILES, { immutable: true, cacheControl: "max-age=60" }, async (ask) => {
    const { fields } = await askTwice(ask, "/app.3f9a1c.js");
    assertEquals(fields.get("cache-control"), "max-age=31536000, immutable");
    const again = await ask("/app.3f9a1c.js", { fields: [`If-None-Match: ${fields.get("etag")}`] });
    assertEquals(again.statusCode, 304);
    assertEquals(again.fields.get("cache-control"), "max-age=31536000, immutable");
    assertEquals((await ask("/app.min.js")).fields.get("cache-control"), "max-age=60");
    const missing = await ask("/app.000a1c.js");
    assertEquals([missing.statusCode, missing.fields.get("cache-control")], [404, undefined]);
  });
});

Deno.test("-H adds lines, wins over switches, and never changes the framing", async () => {
  const fields = [["X-A", "1"], ["X-A", "2"], [
    "Access-Control-Allow-Origin",
    "https://b",
  ]] as const;
  await withSite(FILES, { fields, cors: true }, async (ask) => {
    for (const target of ["/", "/nope", "/dir"]) {
      const response = await askTwice(ask, target);
      assertEquals(response.fields.get("x-a"), "1, 2");
      assertEquals(response.fields.get("access-control-allow-origin"), "https://b");
    }
  });
});

Deno.test("a request that cannot be parsed gets the lines of every path", async () => {
  await withSite(FILES, { fields: [["X-A", "1"]] }, async (_ask, { exchange }) => {
    const text = await exchange("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    assert(text.startsWith("HTTP/1.1 400 ") && text.includes("\r\nX-A: 1\r\n"), text);
  });
});

Deno.test("serve() refuses lines of a program that would split a response or frame it anew", () => {
  const CASES: readonly ServeInit[] = [
    { fields: [["X-A", "1\r\nX-B: 2"]] },
    { fields: [["X-A: 1\r\nX-B", "2"]] },
    { fields: [["Content-Length", "1"]] },
    { fields: [["Basic-Auth", "u:p"]] },
    { cacheControl: "a\r\nb" },
  ];
  const root = Deno.makeTempDirSync();
  for (const init of CASES) {
    let error: unknown = null;
    try {
      serve({ root, port: 0, hostname: "127.0.0.1", ...init });
    } catch (caught) {
      error = caught;
    }
    assert(error instanceof TypeError, JSON.stringify(init));
  }
  Deno.removeSync(root);
});
