/** `_redirects`, over the wire: where a rule leads, and what comes before it. */

import { assertEquals } from "@std/assert";
import { outcome, SITE } from "./rules.ts";
import { askTwice, withSite } from "./site.ts";

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
