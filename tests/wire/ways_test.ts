/** `--spa` and `--clean-urls`, over the wire. */

import { assertEquals } from "@std/assert";
import { type Ask, askTwice, withSite } from "./site.ts";

/** Status, then the content of a 200 or the address of a redirect. */
async function outcome(ask: Ask, target: string): Promise<string> {
  const { statusCode, content, fields } = await askTwice(ask, target);
  if (statusCode === 200) return `200 ${content}`;
  return statusCode === 301 ? `301 ${fields.get("location")}` : String(statusCode);
}

async function expectOutcomes(ask: Ask, cases: readonly (readonly [string, string, string])[]) {
  for (const [target, expected, why] of cases) {
    assertEquals(await outcome(ask, target), expected, `${target}: ${why}`);
  }
}

const APPLICATION = {
  "index.html": "app",
  "app.js": "script",
  "data": "data",
  "_redirects": "",
  "docs/index.html": "docs",
  "bare/x.txt": "x",
};

Deno.test("--spa answers unknown paths by index.html, and missing files by 404", async () => {
  await withSite(APPLICATION, { spa: true }, async (ask) => {
    await expectOutcomes(ask, [
      ["/", "200 app", "the page itself"],
      ["/users", "200 app", "a route"],
      ["/users/5/edit?x=1", "200 app", "a deep one, with a query"],
      ["/users/", "200 app", "with a slash"],
      ["/app.js", "200 script", "a file"],
      ["/data", "200 data", "a file without extension"],
      ["/missing.js", "404", "HTML in the place of a script is a syntax error"],
      ["/users/photo.png", "404", "the same below a route"],
      ["/v1.2", "404", "a point is an extension"],
      ["/docs/", "200 docs", "a folder"],
      ["/docs", "301 /docs/", "a folder without its slash"],
      ["/bare/", "200 app", "a folder without index.html is no page of its own"],
      ["/.git/config", "404", "private"],
      ["/.well-known/acme-challenge/x", "404", "programs ask for these, and HTML misleads them"],
      ["/_redirects", "404", "a rule, and no route"],
    ]);
    const { fields } = await ask("/users");
    const again = await ask("/other", { fields: [`If-None-Match: ${fields.get("etag")}`] });
    assertEquals(again.statusCode, 304, "one file, one tag, at each address");
    const part = await ask("/users", { fields: ["Range: bytes=1-1"] });
    assertEquals([part.statusCode, part.content], [206, "p"]);
    assertEquals(fields.get("content-type"), "text/html; charset=utf-8");
  });
});

Deno.test("--spa without an index.html is a 404, and with --listing folders are listed", async () => {
  await withSite({ "a.txt": "" }, { spa: true }, async (ask) => {
    await expectOutcomes(ask, [["/x", "404", "nothing to answer with"], ["/", "404", "nor here"]]);
  });
  await withSite(APPLICATION, { spa: true, listing: true }, async (ask) => {
    const { content } = await ask("/bare/", { fields: ["Accept: application/json"] });
    assertEquals(JSON.parse(content).entries.length, 1);
    assertEquals(await outcome(ask, "/users/"), "200 app");
  });
});

Deno.test("without --spa unknown paths stay 404", async () => {
  await withSite(APPLICATION, {}, async (ask) => {
    await expectOutcomes(ask, [["/users", "404", "off"], ["/docs", "301 /docs/", "as ever"]]);
  });
});

const PAGES = {
  "index.html": "home",
  "about.html": "about",
  "about/team.html": "team",
  "docs.html": "docs page",
  "docs/index.html": "docs folder",
  "plain/index.html": "plain folder",
  "both": "no extension",
  "both.html": "with extension",
  "a b&c.html": "name",
  "v1.2.html": "version",
  ".hidden.html": "hidden",
  "x.html/index.html": "a folder named like a page",
};

Deno.test("--clean-urls gives each page one short address", async () => {
  await withSite(PAGES, { cleanUrls: true }, async (ask) => {
    await expectOutcomes(ask, [
      ["/", "200 home", "the root"],
      ["/index.html", "301 /", "the long form of the root"],
      ["/about", "200 about", "the file wins over a folder of its name"],
      ["/about?q=1", "200 about", "with a query"],
      ["/about.html", "301 /about", "the long form"],
      ["/about.html?q=1", "301 /about?q=1", "its query is kept"],
      ["/about/", "301 /about", "a folder without index.html"],
      ["/about/team", "200 team", "below that folder"],
      ["/about/team.html", "301 /about/team", "the long form below"],
      ["/about/team/", "301 /about/team", "no folder, but a page"],
      ["/docs", "200 docs page", "both exist: without a slash it is the file"],
      ["/docs/", "200 docs folder", "and with one the folder"],
      ["/docs.html", "301 /docs", "the long form of the one"],
      ["/docs/index.html", "301 /docs/", "and of the other"],
      ["/plain", "301 /plain/", "a folder alone"],
      ["/both", "200 no extension", "the file that the path names comes first"],
      ["/both.html", "200 with extension", "so this one keeps its long address"],
      ["/a%20b&c", "200 name", "decoded"],
      ["/a%20b%26c.html", "301 /a%20b&c", "and spelled again"],
      ["/v1.2", "200 version", "a point in the name"],
      ["/nope", "404", "not there"],
      ["/nope/", "404", "not there, with a slash"],
      ["/.hidden", "404", "private"],
      ["/x.html", "301 /x.html/", "a folder"],
      ["/x.html/", "200 a folder named like a page", "a folder"],
      ["//about.html", "301 /about", "RFC 3986 §4.2: never another host"],
    ]);
  });
});

Deno.test("without --clean-urls a path names one file", async () => {
  await withSite(PAGES, {}, async (ask) => {
    await expectOutcomes(ask, [
      ["/about", "301 /about/", "the folder"],
      ["/about.html", "200 about", "the file"],
      ["/v1.2", "404", "no such file"],
    ]);
  });
});

Deno.test("--clean-urls with --spa and --listing finds pages first", async () => {
  await withSite(PAGES, { cleanUrls: true, spa: true, listing: true }, async (ask) => {
    await expectOutcomes(ask, [
      ["/about", "200 about", "a page"],
      ["/about/", "301 /about", "a page before a listing"],
      ["/nope", "200 home", "a route"],
    ]);
  });
});

Deno.test("--clean-urls leaves no file open", async () => {
  // Without a cache each look opens a file; the leak checks of Deno.test() see one that is not closed.
  await withSite(PAGES, { cleanUrls: true }, async (ask) => {
    for (const target of ["/about.html", "/both.html", "/about/", "/index.html"]) await ask(target);
  });
});
