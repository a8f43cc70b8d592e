/** `_headers` and `_redirects`, over the wire. */

import { assert, assertEquals } from "@std/assert";
import { writeFile } from "./harness.ts";
import { type Ask, askTwice, withSite } from "./site.ts";
import { testWithLinks } from "../tools.ts";

async function outcome(ask: Ask, target: string): Promise<string> {
  const { statusCode, content, fields } = await askTwice(ask, target);
  const location = fields.get("location");
  return location === undefined ? `${statusCode} ${content}` : `${statusCode} ${location}`;
}

const REDIRECTS = `# comment
/old            /new?x=1        301
/blog/*         /news/:splat    308
/kept           /elsewhere      302
/hidden         /elsewhere      302!
/go/*           https://b.example/:splat
/alias          /page           200
/gone/*         /gone.html      404
/lost           /nowhere        200
/img            /folder         200
/app/*          /app/index.html 200
`;
const SITE = {
  "index.html": "home",
  "kept": "kept file",
  "hidden": "hidden file",
  "page.html": "page",
  "gone.html": "gone page",
  "folder/index.html": "folder page",
  "app/index.html": "app",
  "app/main.js": "script",
  "_redirects": REDIRECTS,
};

Deno.test("_redirects sends people on, shows other files, and lets files win", async () => {
  await withSite(SITE, {}, async (ask, { errors }) => {
    const CASES = [
      ["/old", "301 /new?x=1", "a redirect"],
      ["/old?q=1", "301 /new?x=1", "the target's query wins"],
      ["/blog/a%20b/?q=1&r", "308 /news/a%20b/?q=1&r", "redirect × query: it is kept"],
      ["/kept", "200 kept file", "a file wins over a rule"],
      ["/hidden", "302 /elsewhere", "but not over one with !"],
      ["/go//evil.example", "302 https://b.example/evil.example", "no open redirect"],
      ["/go/%0d%0aX:y", "302 https://b.example/%0D%0AX:y", "no header splitting"],
      ["/alias", "200 page", "a rewrite knows pages by their short names"],
      ["/img", "200 folder page", "and folders without their slash"],
      ["/app/users/5", "200 app", "a single-page application below a folder"],
      ["/app/main.js", "200 script", "whose files are still served"],
      ["/gone/x", "404 gone page", "an error page of a part of the site"],
      ["/", "200 home", "what no rule names"],
    ] as const;
    for (const [target, expected, why] of CASES) {
      assertEquals(await outcome(ask, target), expected, `${target}: ${why}`);
    }
    for (const target of ["/lost", "/_redirects", "/nope"]) {
      assertEquals((await askTwice(ask, target)).statusCode, 404, target);
    }
    assertEquals(errors, []);
  });
});

Deno.test("_redirects: a rewrite is a whole answer, with 304, ranges and its own type", async () => {
  await withSite(SITE, {}, async (ask) => {
    const { fields } = await ask("/alias");
    assertEquals(fields.get("content-type"), "text/html; charset=utf-8");
    const again = await ask("/alias", { fields: [`If-None-Match: ${fields.get("etag")}`] });
    assertEquals(again.statusCode, 304);
    assertEquals((await ask("/alias", { fields: ["Range: bytes=0-1"] })).content, "pa");
    const gone = await ask("/gone/x", { fields: ["Range: bytes=0-1", "If-None-Match: *"] });
    assertEquals([gone.statusCode, gone.content], [404, "gone page"], "RFC 9110 §13.2.1");
    assertEquals(gone.fields.get("etag"), undefined);
  });
});

Deno.test("_redirects × --spa × --listing × --clean-urls: rules come after files and before both", async () => {
  const init = { spa: true, listing: true, cleanUrls: true };
  await withSite(
    { ...SITE, "bare/x.txt": "", "_redirects": "/bare /old-bare 302\n/r /s 302\n" },
    init,
    async (ask) => {
      assertEquals(await outcome(ask, "/r"), "302 /s");
      assertEquals(await outcome(ask, "/page"), "200 page");
      assertEquals(await outcome(ask, "/bare/"), "302 /old-bare");
      assertEquals(await outcome(ask, "/route"), "200 home");
      assertEquals((await ask("/missing.js")).statusCode, 404);
      assertEquals((await ask("/_redirects")).statusCode, 404);
    },
  );
});

Deno.test("_redirects × --auth: strangers learn no target", async () => {
  await withSite(SITE, { auth: "a:b" }, async (ask) => {
    assertEquals((await askTwice(ask, "/old")).statusCode, 401);
    const { statusCode } = await ask("/old", { fields: ["Authorization: Basic YTpi"] });
    assertEquals(statusCode, 301);
  });
});

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

Deno.test("a file of rules is neither served nor listed in any case of its letters", async () => {
  const files = {
    "_HEADERS": "SECRET",
    "_Redirects": "SECRET",
    "_other": "",
    "sub/_HEADERS": "s",
  };
  await withSite(files, { listing: true }, async (ask, { errors }) => {
    errors.length = 0; // Where case does not count, they are rules, and of these no line is any good.
    for (const name of ["_HEADERS", "_Redirects"]) {
      assertEquals((await askTwice(ask, `/${name}`)).statusCode, 404, name);
    }
    const { content } = await askTwice(ask, "/");
    assertEquals(/_(?:headers|redirects)/i.test(content), false);
    assertEquals(content.includes("_other"), true);
    assertEquals(
      (await askTwice(ask, "/sub/_HEADERS")).statusCode,
      200,
      "twin: no rules there",
    );
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

Deno.test("rules are as fresh as files: a request after a write gets the new ones", async () => {
  await withSite({ ...SITE, "_headers": "/*\n  X-A: 0\n" }, {}, async (ask, { root }) => {
    for (let i = 1; i <= 20; i++) {
      await writeFile(root, "_headers", `/*\n  X-A: ${i % 10}\n`); // The same size each time.
      assertEquals((await ask("/")).fields.get("x-a"), String(i % 10));
      await writeFile(root, "_redirects", `/x /y${i} 302\n`);
      assertEquals(await outcome(ask, "/x"), `302 /y${i}`);
    }
    await Deno.remove(`${root}/_headers`);
    await Deno.remove(`${root}/_redirects`);
    assertEquals((await ask("/")).fields.get("x-a"), undefined);
    assertEquals((await ask("/x")).statusCode, 404);
  });
});

Deno.test("rules that appear count within a second or two", async () => {
  await withSite({ "index.html": "" }, {}, async (ask, { root }) => {
    assertEquals((await ask("/x")).statusCode, 404);
    await writeFile(root, "_redirects", "/x /y 301\n");
    const started = performance.now();
    while ((await ask("/x")).statusCode !== 301) assert(performance.now() - started < 5_000);
  });
});

Deno.test("a bad line is one warning with its number, and the rest still works", async () => {
  const files = {
    "_redirects": "/a /b 301\n/c //evil.example\n/d /e 302\n",
    "_headers": "/*\n  X-A: 1\n  Content-Length: 3\n",
    "index.html": "home",
  };
  await withSite(files, {}, async (ask, { errors }) => {
    for (let i = 0; i < 3; i++) {
      assertEquals(await outcome(ask, "/a"), "301 /b");
      assertEquals(await outcome(ask, "/d"), "302 /e");
      const { fields, content } = await ask("/");
      assertEquals([fields.get("x-a"), fields.get("content-length"), content], ["1", "4", "home"]);
    }
    assertEquals(errors.splice(0), [
      "_headers, line 3: ignored, as it sets Content-Length, which is the server's own to set",
      "_redirects, line 2: ignored, as it has a target with two slashes; write https:// before a host",
    ]);
  });
});

Deno.test({
  name: "rules behind a link that leads outside are not read",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withSite(
      { "index.html": "home", "_headers": "/*\n X-A: 1\n" },
      {},
      async (ask, { root, outside, errors }) => {
        await writeFile(outside, "rules", "/*\n  X-Leak: secret\n");
        await Deno.remove(`${root}/_headers`);
        await Deno.symlink(`${outside}/rules`, `${root}/_headers`);
        const started = performance.now();
        while (errors.length === 0) {
          assertEquals((await ask("/")).fields.get("x-leak"), undefined);
          assert(performance.now() - started < 5_000);
        }
        assertEquals(errors.splice(0), ["_headers: ignored, as it leads out of the root"]);
        assertEquals((await ask("/")).fields.get("x-leak"), undefined);
      },
    );
  },
});

Deno.test("rules are read where they are large", async () => {
  const lines = Array.from({ length: 2_000 }, (_, i) => `/old/${i} /new/${i} 301`).join("\n");
  await withSite({ "_redirects": lines }, {}, async (ask) => {
    assertEquals(await outcome(ask, "/old/1999"), "301 /new/1999");
  });
});

const HUGE = [
  ["/a /b 301\n" + "#".repeat(1_000_000), "is over 1000000 bytes"],
  ["/a /b 301\n".repeat(10_001), "has over 10000 lines"],
  ["/a /b 301\r".repeat(10_001), "has over 10000 lines"],
  ["/a /b 301\r\n".repeat(10_001), "has over 10000 lines"],
] as const;
Deno.test("rules are read where there are just as many lines as may be", async () => {
  for (const end of ["\n", "\r", "\r\n"]) {
    await withSite({ "_redirects": `/a /b 301${end}`.repeat(10_000) }, {}, async (ask) => {
      assertEquals(await outcome(ask, "/a"), "301 /b");
    });
  }
});

for (const [text, why] of HUGE) {
  Deno.test(`rules are ignored where one file ${why} (${JSON.stringify(text.slice(-2))} at its end), and that is said once`, async () => {
    await withSite({ "_redirects": text }, {}, async (ask, { errors }) => {
      for (let time = 0; time < 3; time++) assertEquals((await ask("/a")).statusCode, 404);
      assertEquals(errors.splice(0), [`_redirects: ignored, as it ${why}`]);
    });
  });
}

testWithLinks(
  "rules that are a folder or lead out of the root are ignored, and that is said",
  async () => {
    await withSite(
      { "_headers/x": "", "a.txt": "a" },
      {},
      async (ask, { errors, outside, root }) => {
        assertEquals(errors.splice(0), ["_headers: ignored, as it is not a regular file"]);
        await writeFile(outside, "rules", "/a.txt /b 301!\n");
        await Deno.symlink(`${outside}/rules`, `${root}/_redirects`);
        const untilMs = Date.now() + 5_000;
        while (errors.length === 0 && Date.now() < untilMs) await ask("/a.txt");
        assertEquals((await ask("/a.txt")).statusCode, 200);
        assertEquals(errors.splice(0), ["_redirects: ignored, as it leads out of the root"]);
      },
    );
  },
);
