/** `--auth`, over the wire. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { askTwice, withSite } from "./site.ts";

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
