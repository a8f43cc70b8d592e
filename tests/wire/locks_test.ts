/** `Basic-Auth` in `_headers`, and what else is a lock, over the wire. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseResponse, withServer, writeFile } from "./harness.ts";
import { type Ask, askTwice, withSite } from "./site.ts";
import { testWithLinks } from "../tools.ts";
import { serve } from "../../lib/serve.ts";

const ADA = `Authorization: Basic ${btoa("ada:engine")}`;
const BOB = "Authorization: Basic Ym9iOmNhZsOp"; // café, in UTF-8: RFC 7617 §2.1
const EVE = `Authorization: Basic ${btoa("eve:engine")}`;
const HEADERS = `/*
  X-A: 1
/protected/*
  Basic-Auth: ada:engine bob:café
  X-B: 2
/private.html
  Basic-Auth: ada:engine
/app/index.html
  Basic-Auth: ada:engine
`;
const SITE = {
  "index.html": "home",
  "404.html": "own 404",
  "protected/index.html": "protected SECRET",
  "protected/a.txt": "SECRET a",
  "protected/b/c.html": "SECRET c",
  "private.html": "SECRET page",
  "app/index.html": "SECRET app",
  "_headers": HEADERS,
};

/** What a stranger gets of a target; throws unless each kind of stranger gets the same, and never a secret. */
async function asStranger(ask: Ask, target: string): Promise<number> {
  const codes = new Set<number>();
  for (const fields of [[], [EVE], ["Authorization: Bearer x"], [ADA, ADA]]) {
    const response = await askTwice(ask, target, [...fields, "Accept: text/html"]);
    codes.add(response.statusCode);
    assert(!response.content.includes("SECRET"), target);
    assert(!/basic-auth|engine|café|caf/i.test(response.head), response.head);
    if (response.statusCode === 401) {
      assertEquals(
        response.fields.get("www-authenticate"),
        'Basic realm="Vitrine", charset="UTF-8"',
      );
      assertEquals(response.fields.get("x-b"), undefined, "the lines of a locked path are its own");
      assertStringIncludes(response.content, "401");
    }
  }
  assertEquals(codes.size, 1, target);
  return [...codes][0];
}

Deno.test("Basic-Auth in _headers locks its path, for several users, and is never sent", async () => {
  await withSite(SITE, { listing: true }, async (ask, { errors }) => {
    const LOCKED = ["/protected/", "/protected", "/protected/a.txt", "/protected/b/c.html"];
    const LOCKED_TOO = ["/protected/b/", "/protected/nope", "/%70rotected/a.txt", "/private.html"];
    for (
      const target of [...LOCKED, ...LOCKED_TOO, "/x/../protected/./a.txt", "//protected/a.txt"]
    ) {
      assertEquals(await asStranger(ask, target), 401, target);
      assertEquals((await ask(target, { method: "OPTIONS" })).statusCode, 401, target);
      const conditional = await ask(target, { fields: ["If-None-Match: *", "Range: bytes=0-0"] });
      assertEquals(conditional.statusCode, 401, target);
    }
    for (const target of ["/", "/404.html"]) assertEquals(await asStranger(ask, target), 200);
    assertEquals(await asStranger(ask, "/nope"), 404);
    for (const user of [ADA, BOB]) {
      const file = await askTwice(ask, "/protected/a.txt", [user]);
      assertEquals([file.statusCode, file.content], [200, "SECRET a"]);
      assertEquals([file.fields.get("x-a"), file.fields.get("x-b")], ["1", "2"]);
      assertEquals(file.fields.get("basic-auth"), undefined);
      const again = [user, `If-None-Match: ${file.fields.get("etag")}`];
      assertEquals((await ask("/protected/a.txt", { fields: again })).statusCode, 304);
      const missing = await askTwice(ask, "/protected/nope", [user]);
      assertEquals([missing.statusCode, missing.content], [404, "own 404"]);
      assertEquals((await askTwice(ask, "/protected", [user])).statusCode, 301);
      assertEquals((await askTwice(ask, "/protected/b/", [user])).statusCode, 200);
    }
    assertEquals(await asStranger(ask, "/protected/a.txt"), 401, "what one may see is not kept");
    assertEquals(
      (await askTwice(ask, "/private.html", [BOB])).statusCode,
      401,
      "a list of its own",
    );
    assertEquals((await askTwice(ask, "/private.html", [ADA])).content, "SECRET page");
    assertEquals(errors, []);
  });
});

Deno.test("no way around leads to what its own address would not show", async () => {
  const redirects = `/open/* /protected/:splat 200
/page /private 200
/forced /private.html 200!
/front /app 200
/gone/* /private.html 404
/sent/* /protected/:splat 302
`;
  const WAYS = [
    // target, flags, status for strangers, content for Ada, why
    ["/open/a.txt", {}, 401, "SECRET a", "a rule"],
    ["/page", {}, 401, "SECRET page", "a rule, to the short name of a page"],
    ["/forced", {}, 401, "SECRET page", "one with !"],
    ["/front", {}, 401, "SECRET app", "to a folder"],
    ["/gone/x", {}, 401, "SECRET page", "the page of an error"],
    ["/sent/a.txt", {}, 302, null, "a redirect shows nothing yet"],
    ["/private", { cleanUrls: true }, 401, "SECRET page", "a clean URL"],
    ["/private/", { cleanUrls: true }, 401, null, "which would say that it is there"],
    ["/app/", {}, 401, "SECRET app", "the index of a folder"],
    ["/app", {}, 401, null, "and the folder itself"],
    ["/nope/a.b", { spa: true }, 200, "home", "twin: an open application"],
  ] as const;
  for (const [target, flags, statusCode, content, why] of WAYS) {
    await withSite({ ...SITE, "_redirects": redirects }, flags, async (ask) => {
      assertEquals(await asStranger(ask, target), statusCode, `${target}: ${why}`);
      const response = await askTwice(ask, target, [ADA, "Accept: text/html"]);
      if (content !== null) assertEquals(response.content, content, `${target}: ${why}`);
    });
  }
  const headers = "/index.html\n  Basic-Auth: ada:engine\n/404.html\n  Basic-Auth: ada:engine\n";
  const files = { "index.html": "SECRET", "404.html": "SECRET", "a.txt": "a", "_headers": headers };
  await withSite(files, { spa: true }, async (ask) => {
    assertEquals(await asStranger(ask, "/route"), 401, "the page of a locked application");
    assertEquals(await asStranger(ask, "/"), 401, "which is the root");
    assertEquals(await asStranger(ask, "/a.txt"), 200);
    const missing = await ask("/x.js", { fields: ["Sec-Fetch-Mode: no-cors"] });
    assertEquals(missing.statusCode, 404);
    assert(
      !missing.content.includes("SECRET"),
      "a locked page of an error is for those with its key",
    );
    const known = await ask("/x.js", { fields: ["Sec-Fetch-Mode: no-cors", ADA] });
    assertEquals([known.statusCode, known.content], [404, "SECRET"]);
  });
});

Deno.test("a lock of everything shows strangers no page but 401.html, whatever they do", async () => {
  const pages = Object.fromEntries(
    [400, 404, 405, 408, 413, 431].map((code) => [`${code}.html`, "SECRET"]),
  );
  const files = {
    ...pages,
    "401.html": "who?",
    "a.txt": "SECRET",
    "_headers": "/*\n Basic-Auth: ada:engine\n",
  };
  await withSite(files, {}, async (ask, { exchange }) => {
    for (const target of ["/", "/a.txt", "/nope", "/404.html", "/_headers"]) {
      const { statusCode, content } = await askTwice(ask, target);
      assertEquals([statusCode, content], [401, "who?"], target);
    }
    for (
      const head of [
        "GET / HTTP/1.1\r\nHost : a",
        "POST / HTTP/1.1\r\nHost: a",
        "GET /%ff HTTP/1.1\r\nHost: a",
      ]
    ) {
      const text = await exchange(`${head}\r\nConnection: close\r\n\r\n`);
      assert(/^HTTP\/1\.1 40[05] /.test(text) && !text.includes("SECRET"), text);
    }
    const { content } = await askTwice(ask, "/nope", [ADA]);
    assertEquals(content, "SECRET");
  });
});

Deno.test("a lock asks before it asks for content, and lets a preflight pass with --cors", async () => {
  await withServer(SITE, async ({ exchange }) => {
    const text = await exchange(
      "GET /protected/a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    );
    assertEquals(parseResponse(text).statusCode, 401);
  });
  const preflight = ["Origin: https://b", "Access-Control-Request-Method: GET"];
  await withSite(SITE, { cors: true }, async (ask) => {
    const { statusCode } = await ask("/protected/a.txt", { method: "OPTIONS", fields: preflight });
    assertEquals(statusCode, 204);
    assertEquals(await asStranger(ask, "/protected/a.txt"), 401);
  });
});

Deno.test("_headers × --auth: a path's own lock comes in the place of the site's", async () => {
  const headers = HEADERS + "/protected/b/*\n  ! Basic-Auth\n/shut/*\n  Basic-Auth: nobody\n";
  const onError = () => {};
  const files = { ...SITE, "shut/x": "SECRET", "_headers": headers };
  await withSite(files, { auth: "site:key", onError }, async (ask) => {
    const SITE_KEY = `Authorization: Basic ${btoa("site:key")}`;
    const EXPECTED = [
      // target, stranger, with the site's key, with Ada's, why
      ["/", 401, 200, 401, "the site"],
      ["/protected/a.txt", 401, 401, 200, "only one password can be sent: the nearer lock's"],
      ["/protected/b/c.html", 401, 200, 401, "opened again: as the site is"],
      ["/shut/x", 401, 403, 401, "closed: who may see the site learns it"],
    ] as const;
    for (const [target, stranger, site, ada, why] of EXPECTED) {
      const codes = [];
      for (const fields of [[], [SITE_KEY], [ADA]]) {
        codes.push((await askTwice(ask, target, fields)).statusCode);
      }
      assertEquals(codes, [stranger, site, ada], why);
    }
  });
});

Deno.test("what is a lock elsewhere refuses its path, and that is told", async () => {
  const files = {
    "a/x.txt": "SECRET",
    "b/x.txt": "SECRET",
    "c/x.txt": "SECRET",
    "d/x.txt": "open",
    "403.html": "own 403",
    "_headers": "/a/*\n  Authorization: Basic YWRhOmVuZ2luZQ==\n",
    "_redirects": "/b/* 200! Role=admin\n/c/* /login 401!\n/d/* /nope 302\n",
  };
  await withSite(files, {}, async (ask, { root, errors }) => {
    for (const target of ["/a/x.txt", "/b/x.txt", "/c/x.txt", "/c/nope", "/b"]) {
      for (const fields of [[], [ADA]]) {
        const response = await askTwice(ask, target, fields);
        assertEquals([response.statusCode, response.content], [403, "own 403"], target);
      }
    }
    assertEquals((await askTwice(ask, "/d/x.txt")).content, "open");
    await Deno.remove(`${root}/403.html`);
    const { content } = await askTwice(ask, "/a/x.txt");
    assertStringIncludes(content, "Hint: a rule of the site locks this path");
    const told = errors.splice(0).join("\n");
    for (const place of ["/a/*", "/b/*", "/c/*"]) {
      assertStringIncludes(told, `nothing at ${place} is served, as it `);
    }
    assert(!told.includes("YWRh"), "no password in the log");
  });
});

testWithLinks(
  "a lock is as fresh as its file, and stays where the file cannot be taken any more",
  async () => {
    await withSite(SITE, {}, async (ask, { root, outside, errors }) => {
      assertEquals(await asStranger(ask, "/protected/a.txt"), 401);
      await writeFile(root, "_headers", "/other\n  Basic-Auth: ada:engine\n");
      assertEquals(await asStranger(ask, "/other"), 401);
      await opens(ask);
      await writeFile(root, "_headers", HEADERS);
      assertEquals(await asStranger(ask, "/protected/a.txt"), 401);

      await writeFile(root, "_headers", HEADERS + "\n".repeat(10_001));
      assertEquals(await asStranger(ask, "/protected/a.txt"), 401);
      assertEquals(errors.splice(0), [
        "_headers: as it was, with what it locks, as it has over 10000 lines",
      ]);
      await writeFile(root, "_headers", HEADERS + "#".repeat(1_000_000));
      assertEquals(await asStranger(ask, "/protected/a.txt"), 401);
      await Deno.remove(`${root}/_headers`);
      await writeFile(outside, "rules", "/*\n  X-Leak: 1\n");
      await Deno.symlink(`${outside}/rules`, `${root}/_headers`);
      assertEquals(await asStranger(ask, "/protected/a.txt"), 401);
      assertEquals(errors.splice(0), [
        "_headers: as it was, with what it locks, as it is over 1000000 bytes",
        "_headers: as it was, with what it locks, as it leads out of the root",
      ]);
      await Deno.remove(`${root}/_headers`);
      await opens(ask); // Whoever removes it means it.
    });
  },
);

/** Waits until the file is no longer locked. */
async function opens(ask: Ask): Promise<void> {
  for (const startedMs = Date.now(); Date.now() - startedMs < 10_000;) {
    const { statusCode, content } = await ask("/protected/a.txt");
    if (statusCode === 200) return assertEquals(content, "SECRET a");
    assertEquals(statusCode, 401);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("It stays locked");
}

const HELD_MS = 1_000;

Deno.test("a lock holds while its file is emptied, removed and written anew, in any number of steps", async () => {
  await withSite(SITE, {}, async (ask, { root }) => {
    assertEquals(await asStranger(ask, "/protected/a.txt"), 401);
    let held = 0;
    for (let i = 0; i < 20; i++) {
      const emptiedMs = performance.now();
      for (const part of ["", "/", "/protected/*\n", "/x/*\n  Basic-Auth: a:b\n", HEADERS]) {
        await Deno.writeTextFile(`${root}/_headers`, part);
        try {
          assertEquals(await asStranger(ask, "/protected/a.txt"), 401, part);
          held++;
        } catch (error) {
          // On a slow machine the second is over for which it holds without a line of its own.
          if (part === HEADERS || performance.now() - emptiedMs < HELD_MS) throw error;
        }
      }
      await Deno.remove(`${root}/_headers`);
      assertEquals(await asStranger(ask, "/protected/a.txt"), 401, "removed");
      await Deno.writeTextFile(`${root}/_headers`, HEADERS);
    }
    assert(held >= 40, `it held ${held} times`);
  });
});

testWithLinks("a site whose locks could not be read from the start on is closed", async () => {
  await withServer({ "site/a.txt": "SECRET a", "rules": HEADERS }, async ({ root }) => {
    await Deno.symlink(`${root}/rules`, `${root}/site/_headers`);
    const errors: unknown[] = [];
    const server = serve({
      ...{ root: `${root}/site`, hostname: "127.0.0.1", port: 0 },
      onError: (error) => void errors.push(error),
    });
    try {
      const ask = async () => {
        const response = await fetch(`http://127.0.0.1:${server.address.port}/a.txt`);
        return [response.status, await response.text()] as const;
      };
      const [statusCode, content] = await ask();
      assertEquals([statusCode, content.includes("SECRET")], [403, false]);
      assertStringIncludes(String(errors[0]), "_headers: nothing is served, as it leads out");
      await Deno.remove(`${root}/site/_headers`);
      await Deno.writeTextFile(`${root}/site/_headers`, "/x\n  X-A: 1\n");
      const untilMs = Date.now() + 5_000;
      while ((await ask())[0] !== 200) assert(Date.now() < untilMs, "it opens");
    } finally {
      await server.shutdown();
    }
  });
});

Deno.test("of two edits the locks of the last version hold on, and none of an earlier one", async () => {
  const files = { "a.txt": "a", "b.txt": "b", "_headers": "/a.txt\n  Basic-Auth: a:b\n" };
  await withSite(files, {}, async (ask, { root }) => {
    const codes = async () => [(await ask("/a.txt")).statusCode, (await ask("/b.txt")).statusCode];
    assertEquals(await codes(), [401, 200]);
    await writeFile(root, "_headers", "/b.txt\n  Basic-Auth: a:b\n");
    assertEquals(await codes(), [401, 401], "both for a second");
    await new Promise((resolve) => setTimeout(resolve, 1.5 * HELD_MS));
    await writeFile(root, "_headers", "/x\n  X-A: 1\n");
    const startedMs = performance.now();
    const [a, b] = await codes();
    assertEquals(a, 200, "nobody asked since its second was over");
    if (performance.now() - startedMs < HELD_MS) assertEquals(b, 401);
  });
});
