/** `_headers`, over the wire: which fields a path gets, and which of them are of its own file alone. */

import { assert, assertEquals } from "@std/assert";
import { askTwice, withSite } from "./site.ts";

const HEADERS = `/*
  X-Frame-Options: DENY
/assets/*
  Cache-Control: max-age=31536000, immutable
  Content-Type: text/x-own
/assets/fresh.js
  ! Cache-Control
/plain/*
  ! Cache-Control
  ! X-Content-Type-Options
`;
const STYLED = {
  "index.html": "home",
  "assets/a.js": "0123456789",
  "assets/fresh.js": "f",
  "plain/a.txt": "p",
  "_headers": HEADERS,
};

Deno.test("_headers sets fields by path, and keeps no error and no redirect for a year", async () => {
  await withSite(STYLED, {}, async (ask, { errors }) => {
    const file = await askTwice(ask, "/assets/a.js");
    assertEquals(file.fields.get("x-frame-options"), "DENY");
    assertEquals(file.fields.get("cache-control"), "max-age=31536000, immutable");
    assertEquals(file.fields.get("content-type"), "text/x-own");
    assertEquals(file.fields.get("content-length"), "10");

    const missing = await askTwice(ask, "/assets/missing.js");
    assertEquals(missing.statusCode, 404);
    assertEquals(missing.fields.get("x-frame-options"), "DENY");
    assertEquals(missing.fields.get("cache-control"), undefined);
    assertEquals(missing.fields.get("content-type"), "text/html; charset=utf-8");
    const redirect = await askTwice(ask, "/assets");
    assertEquals([redirect.statusCode, redirect.fields.get("cache-control")], [301, "no-cache"]);

    const fresh = await askTwice(ask, "/assets/fresh.js");
    assertEquals(fresh.fields.get("cache-control"), undefined);
    const plain = await askTwice(ask, "/plain/a.txt");
    assertEquals(plain.fields.get("cache-control"), undefined);
    assertEquals(plain.fields.get("x-content-type-options"), undefined);
    assertEquals((await askTwice(ask, "/_headers")).statusCode, 404);
    assertEquals(errors, []);
  });
});

Deno.test("304 × _headers: it says what a cache has to learn, and nothing of the content", async () => {
  await withSite(STYLED, {}, async (ask) => {
    const { fields } = await ask("/assets/a.js");
    const again = await askTwice(ask, "/assets/a.js", [`If-None-Match: ${fields.get("etag")}`]);
    assertEquals(again.statusCode, 304);
    assertEquals(again.fields.get("cache-control"), "max-age=31536000, immutable");
    assertEquals(again.fields.get("x-frame-options"), "DENY");
    assertEquals(again.fields.get("etag"), fields.get("etag"));
    assertEquals(again.fields.get("content-type"), undefined);
    const part = await ask("/assets/a.js", { fields: ["Range: bytes=0-0"] });
    assertEquals(part.fields.get("content-type"), "text/x-own");
    const parts = await ask("/assets/a.js", { fields: ["Range: bytes=0-0,2-2"] });
    assert(parts.fields.get("content-type")?.startsWith("multipart/byteranges; boundary="));
  });
});

const STAND_INS = {
  "index.html": "home",
  "app/index.html": "app",
  "gone.html": "gone",
  "here/app.0d4a1c.js": "script",
  "_headers": `/assets/*
  Cache-Control: public, max-age=31536000, immutable
  CDN-Cache-Control: max-age=5
  Expires: Fri, 27 Nov 2026 10:00:00 GMT
  Content-Type: text/javascript
  Content-Disposition: attachment
  Content-Language: de
  SourceMap: /app.js.map
  ! X-Content-Type-Options
  X-Frame-Options: DENY
  Content-Security-Policy: default-src 'self'
  Set-Cookie: a=1
/index.html
  Cache-Control: max-age=60
  Content-Language: en
  X-Of-Home: 1
/secret/*
  Cache-Control: no-store
/plain/*
  ! Cache-Control
`,
};
const OF_ADDRESS = ["x-frame-options", "content-security-policy", "set-cookie"];
const OF_FILE = [
  ...["cdn-cache-control", "expires", "content-disposition", "sourcemap"],
];

Deno.test("what is asked for an address describes its own file, and none that stands in", async () => {
  const WAYS = [
    // rules, flags, request, content, Cache-Control, Content-Language, why
    ["/* /index.html 200", {}, "/assets/app.0d4a1c.js", "home", "max-age=60", "en", "a rule"],
    ["/* /index.html 200!", {}, "/assets/x", "home", "max-age=60", "en", "one with !"],
    ["/* / 200", {}, "/assets/app.0d4a1c.js", "home", "no-cache", undefined, "to the root"],
    ["/* /app 200", {}, "/assets/app.0d4a1c.js", "app", "no-cache", undefined, "to a folder"],
    ["/* /gone 200", {}, "/assets/app.0d4a1c.js", "gone", "no-cache", undefined, "to a page"],
    ["", { spa: true }, "/assets/app.0d4a1c.js", "home", "max-age=60", "en", "--spa"],
    ["", { spa: true, cleanUrls: true }, "/assets/x", "home", "max-age=60", "en", "a route"],
  ] as const;
  for (const [rules, flags, target, content, cacheControl, language, why] of WAYS) {
    const files = { ...STAND_INS, "_redirects": rules + "\n" };
    await withSite(files, { ...flags, immutable: true }, async (ask) => {
      const fields = ["Sec-Fetch-Mode: navigate"];
      const response = await askTwice(ask, target, fields);
      assertEquals([response.statusCode, response.content], [200, content], why);
      const { fields: got } = response;
      assertEquals(got.get("content-type"), "text/html; charset=utf-8", why);
      assertEquals(got.get("cache-control"), cacheControl, why);
      assertEquals(got.get("content-language"), language, why);
      assertEquals(got.get("x-content-type-options"), "nosniff", why);
      for (const name of OF_FILE) assertEquals(got.get(name), undefined, `${why}: ${name}`);
      for (const name of OF_ADDRESS) assert(got.has(name), `${why}: ${name}`);
      assertEquals(got.get("x-of-home"), undefined, why);
      const tag = `If-None-Match: ${got.get("etag")}`;
      const again = await askTwice(ask, target, [...fields, tag]);
      assertEquals([again.statusCode, again.fields.get("cache-control")], [304, cacheControl], why);
      const part = await ask(target, { fields: [...fields, "Range: bytes=0-0"] });
      assertEquals([part.statusCode, part.fields.get("cache-control")], [206, cacheControl], why);
      // The same file at its own address, before and after; and a file whose address it is.
      for (let time = 0; time < 2; time++) {
        if (rules.includes("!")) break;
        assertEquals((await ask("/here/app.0d4a1c.js")).fields.get("cache-control"), IMMUTABLE);
        const own = await ask("/", { fields });
        assertEquals([own.content, own.fields.get("cache-control")], ["home", "no-cache"], why);
        assertEquals((await ask(target, { fields })).fields.get("cache-control"), cacheControl);
      }
    });
  }
});
const IMMUTABLE = "max-age=31536000, immutable";

Deno.test("a page in place of a missing one keeps what forbids to keep it, and error pages as well", async () => {
  const files = { ...STAND_INS, "404.html": "none" };
  await withSite(files, { spa: true, immutable: true }, async (ask) => {
    const page = await askTwice(ask, "/secret/x", ["Sec-Fetch-Mode: navigate"]);
    assertEquals([page.content, page.fields.get("cache-control")], ["home", "no-store"]);
    const plain = await askTwice(ask, "/plain/x", ["Sec-Fetch-Mode: navigate"]);
    assertEquals([plain.content, plain.fields.get("cache-control")], ["home", "max-age=60"]);
    for (const target of ["/assets/app.0d4a1c.js", "/secret/a.0d4a1c.js"]) {
      const missing = await askTwice(ask, target, ["Sec-Fetch-Mode: cors"]);
      assertEquals([missing.statusCode, missing.content], [404, "none"]);
      assertEquals(missing.fields.get("content-type"), "text/html; charset=utf-8");
      assertEquals(missing.fields.get("content-disposition"), undefined);
      assert(!missing.fields.get("cache-control")?.includes("max-age"));
    }
  });
});

Deno.test("a clean URL is a page's own address, and so is another spelling by a rule", async () => {
  const files = {
    "about.html": "about",
    "_headers": "/about\n  Cache-Control: max-age=5\n  Content-Language: de\n",
    "_redirects": "/about /about.html 200\n",
  };
  for (const init of [{ cleanUrls: true }, {}]) {
    await withSite(files, init, async (ask) => {
      const { content, fields } = await askTwice(ask, "/about");
      assertEquals(content, "about");
      assertEquals([fields.get("cache-control"), fields.get("content-language")], [
        "max-age=5",
        "de",
      ]);
    });
  }
});

Deno.test("listings and the script of --live are no files that a rule describes", async () => {
  const init = { listing: true, live: true, cacheControl: "max-age=9" };
  const headers = "/*\n  Content-Type: text/plain\n  Cache-Control: max-age=31536000, immutable\n" +
    "  Content-Disposition: attachment\n  X-A: 1\n";
  await withSite({ "dir/a.txt": "a", "_headers": headers }, init, async (ask) => {
    for (
      const [target, type, cache] of [
        ["/dir/", "text/html; charset=utf-8", "no-cache"],
        ["/.vitrine/live.js", "text/javascript; charset=utf-8", "no-store"],
      ]
    ) {
      const { statusCode, fields } = await askTwice(ask, target);
      assertEquals([statusCode, fields.get("content-type")], [200, type], target);
      assertEquals([fields.get("cache-control"), fields.get("x-a")], [cache, "1"], target);
      assertEquals(fields.get("content-disposition"), undefined, target);
    }
    assertEquals((await ask("/dir/a.txt")).fields.get("content-disposition"), "attachment");
  });
});

Deno.test("_headers wins over flags, path by path", async () => {
  await withSite(STYLED, {
    cacheControl: "max-age=5",
    fields: [["X-Frame-Options", "SAMEORIGIN"], ["X-B", "1"]],
  }, async (ask) => {
    const home = await ask("/");
    assertEquals(home.fields.get("cache-control"), "max-age=5");
    assertEquals(home.fields.get("x-frame-options"), "DENY");
    assertEquals(home.fields.get("x-b"), "1");
    assertEquals(
      (await ask("/assets/a.js")).fields.get("cache-control"),
      "max-age=31536000, immutable",
    );
  });
});
