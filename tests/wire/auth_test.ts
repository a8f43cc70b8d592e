/** `--auth`, over the wire. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseResponse, withServer } from "./harness.ts";
import { askTwice, headWithoutDate, withSite } from "./site.ts";

const FILES = { "index.html": "<p>secret", "404.html": "<p>gone", "dir/a.txt": "a" };
const AUTH = { auth: "Aladdin:open sesame" };
const GOOD = "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
const BAD = "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZA==";

Deno.test("--auth answers 401 to strangers, whatever they ask for and whether it exists", async () => {
  await withSite(FILES, AUTH, async (ask) => {
    for (
      const target of ["/", "/nope", "/404.html", "/dir", "/dir/a.txt", "/%ff", "/index.html/"]
    ) {
      for (const fields of [[], [BAD], ["Authorization: Bearer x"], [GOOD, GOOD]]) {
        const response = await askTwice(ask, target, fields);
        assertEquals(response.statusCode, 401, target);
        assertEquals(
          response.fields.get("www-authenticate"),
          'Basic realm="Vitrine", charset="UTF-8"',
        );
        assertStringIncludes(response.content, "Error: 401 Unauthorized");
        assert(!/secret|gone/.test(response.content));
      }
    }
  });
});

Deno.test("--auth asks before it says what cannot be done, too", async () => {
  await withSite(FILES, AUTH, async (ask) => {
    for (const method of ["POST", "DELETE", "OPTIONS", "BREW"]) {
      assertEquals((await ask("/", { method })).statusCode, 401, method);
    }
    assertEquals((await ask("/", { method: "POST", fields: [GOOD] })).statusCode, 405);
  });
});

Deno.test("--auth answers a wrong name as a wrong password, byte by byte and in the log", async () => {
  await withSite(FILES, AUTH, async (ask, { log }) => {
    const answers = new Set<string>();
    for (const given of ["Aladdin:open sesamf", "Bladdin:open sesame", "Aladdin:", "b:c", ":"]) {
      const fields = [`Authorization: Basic ${btoa(given)}`];
      for (const target of ["/", "/nope"]) {
        const response = await ask(target, { fields });
        answers.add(headWithoutDate(response) + response.content);
      }
    }
    assertEquals(answers.size, 1);
    assertEquals(new Set(log.map(({ statusCode, detail }) => `${statusCode} ${detail}`)).size, 1);
  });
});

Deno.test("--auth asks for the password before it asks for content", async () => {
  const EXPECTING = [
    // Method, target, framing, status with the password, why
    ["GET", "/", "Content-Length: 1048576", 100, "content is taken, and dropped"],
    ["GET", "/", "Transfer-Encoding: chunked", 100, "in chunks"],
    ["HEAD", "/nope", "Content-Length: 5", 100, "what is not there"],
    ["POST", "/", "Content-Length: 5", 405, "another method"],
    ["BREW", "/", "Content-Length: 5", 501, "no method"],
    ["GET", "/%ff", "Content-Length: 5", 400, "no path"],
    ["GET", "/", "Content-Length: 1048577", 413, "too much"],
  ] as const;
  await withServer(FILES, async ({ connect }) => {
    for (const [method, target, framing, status, why] of EXPECTING) {
      const start =
        `${method} ${target} HTTP/1.1\r\nHost: a\r\n${framing}\r\nExpect: 100-continue\r\n`;
      for (const line of ["", `${BAD}\r\n`]) {
        const client = await connect();
        await client.send(`${start}${line}\r\n`);
        // The content never comes: RFC 9110 §10.1.1. What the head alone says, such as 413, needs no password.
        const text = await client.readToEnd();
        const expected = status === 413 ? 413 : 401;
        assertMatch(text, new RegExp(`^HTTP/1\\.1 ${expected} [^]*\r\nConnection: close\r\n`), why);
        assertEquals(text.split("HTTP/1.1 ").length, 2, why);
        client.close();
      }
      const client = await connect();
      await client.send(`${start}${GOOD}\r\n\r\n`);
      assertEquals((await client.readResponse()).statusCode, status, why);
      client.close();
    }
  }, AUTH);
});

Deno.test("--auth lets in whoever has the password, and the site is as ever", async () => {
  await withSite(FILES, AUTH, async (ask) => {
    const { statusCode, content, fields } = await askTwice(ask, "/", [GOOD]);
    assertEquals([statusCode, content], [200, "<p>secret"]);
    const again = await ask("/", { fields: [GOOD, `If-None-Match: ${fields.get("etag")}`] });
    assertEquals(again.statusCode, 304);
    const missing = await askTwice(ask, "/nope", [GOOD]);
    assertEquals([missing.statusCode, missing.content], [404, "<p>gone"]);
    // What one reader may see is not kept for the next: the cache holds files, not answers.
    assertEquals((await ask("/")).statusCode, 401);
  });
});

Deno.test("--auth shows the site's own page for 401 if it has one", async () => {
  await withSite({ ...FILES, "401.html": "<p>who?" }, AUTH, async (ask) => {
    const { statusCode, content } = await askTwice(ask, "/");
    assertEquals([statusCode, content], [401, "<p>who?"]);
  });
});

const OWN = {
  "index.html": "<p>secret",
  ...Object.fromEntries(
    [400, 401, 403, 404, 405, 408, 412, 413, 414, 416, 417, 431, 500, 501, 503, 505]
      .map((statusCode) => [`${statusCode}.html`, `<p>own ${statusCode}`]),
  ),
  "_headers": "/*\n  X-Rule: secret\n",
};
const LINES = { ...AUTH, fields: [["X-Flag", "secret"]] as const };
const HEADS = [
  // first bytes, status, with the password: status and the site's own page
  ["GET / HTTP/1.1\r\nHost : a\r\n", 400, 400, "no request, so no password either"],
  ["GET / HTTP/9.9\r\nHost: a\r\n", 505, 505, "the same"],
  [`GET /${"a".repeat(9_000)} HTTP/1.1\r\nHost: a\r\n`, 414, 414, "the same"],
  [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(70_000)}\r\n`, 431, 431, "the same"],
  [
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n",
    413,
    413,
    "before its content is read",
  ],
  ["BREW / HTTP/1.1\r\nHost: a\r\n", 401, 501, "asked first"],
  ["POST / HTTP/1.1\r\nHost: a\r\n", 401, 405, "asked first"],
  ["GET /%ff HTTP/1.1\r\nHost: a\r\n", 401, 400, "asked first"],
] as const;

for (const [start, stranger, friend, why] of HEADS) {
  Deno.test(`--auth shows a stranger nothing of the site with ${stranger}: ${start.slice(0, 30).trim()}, ${why}`, async () => {
    await withServer(OWN, async ({ exchange, errors }) => {
      const refused = parseResponse(await exchange(`${start}Connection: close\r\n\r\n`));
      assertEquals(refused.statusCode, stranger);
      const isOwn = refused.content.includes("own");
      assertEquals(isOwn, stranger === 401, "401.html is there to be seen");
      assert(!/secret|X-Flag|X-Rule/i.test(refused.head + refused.content), refused.head);
      const known = parseResponse(await exchange(`${start}${GOOD}\r\nConnection: close\r\n\r\n`));
      assertEquals(known.statusCode, friend);
      // Where a request was read, and its password with it, the site is itself again.
      if (stranger === 401) {
        assertEquals(known.content, `<p>own ${friend}`);
        assertStringIncludes(known.head, "X-Flag: secret");
      }
      assertEquals(errors, []);
    }, LINES);
  });
}

Deno.test("--auth with --cors: the answer to a preflight has no line of -H", async () => {
  await withSite(FILES, { ...LINES, cors: true }, async (ask) => {
    const fields = ["Origin: https://b", "Access-Control-Request-Method: GET"];
    const { statusCode, head } = await ask("/", { method: "OPTIONS", fields });
    assertEquals([statusCode, head.includes("X-Flag")], [204, false]);
    assertStringIncludes(head, "Access-Control-Allow-Origin: *");
  });
});

Deno.test("--auth with --cors lets a preflight pass, which never has credentials", async () => {
  await withSite(FILES, { ...AUTH, cors: true }, async (ask) => {
    const fields = ["Origin: https://b", "Access-Control-Request-Method: GET"];
    assertEquals((await ask("/", { method: "OPTIONS", fields })).statusCode, 204);
    assertEquals((await ask("/", { method: "OPTIONS" })).statusCode, 401);
    assertEquals((await ask("/", { fields })).statusCode, 401);
  });
});

Deno.test("--auth leaves no password in the log", async () => {
  await withSite(FILES, AUTH, async (ask, { log, errors }) => {
    await ask("/", { fields: [GOOD] });
    await ask("/", { fields: [BAD] });
    const text = JSON.stringify([log, errors]);
    assert(!/sesame|QWxhZGRp/.test(text), text);
    assertStringIncludes(text, "Cannot let in with these credentials");
  });
});
