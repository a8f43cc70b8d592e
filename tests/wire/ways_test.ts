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
      ["/docs", "301 ./docs/", "a folder without its slash"],
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

const NAVIGATIONS = [["Sec-Fetch-Mode: navigate"], ["Accept: text/html,*/*;q=0.8"]];
const FETCHES = [
  ["Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script", "Accept: */*"],
  ["Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image", "Accept: image/avif,image/*,*/*;q=0.8"],
  ["Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty", "Accept: */*"],
];
const VARY = "Sec-Fetch-Mode, Accept";

Deno.test("--spa tells routes from missing files by what the request is for", async () => {
  const files = { ...APPLICATION, "404.html": "own 404" };
  await withSite(files, { spa: true, immutable: true }, async (ask) => {
    const routes = ["/items/1.1", "/users/john.doe", "/tag/10.4.1", "/@scope/n@1.0.0", "/users"];
    for (const target of [...routes, "/missing.js", "/v1.2/", "/bare/", "/bare/x.y/z"]) {
      for (const fields of NAVIGATIONS) {
        const response = await askTwice(ask, target, fields);
        assertEquals([response.statusCode, response.content], [200, "app"], target);
        assertEquals(response.fields.get("vary"), VARY, target);
        const tag = `If-None-Match: ${response.fields.get("etag")}`;
        const again = await askTwice(ask, target, [...fields, tag]);
        assertEquals([again.statusCode, again.fields.get("vary")], [304, VARY], target);
        const part = await ask(target, { fields: [...fields, "Range: bytes=0-0"] });
        assertEquals([part.statusCode, part.fields.get("vary")], [206, VARY], target);
      }
      for (const fields of FETCHES) {
        const response = await askTwice(ask, target, fields);
        assertEquals([response.statusCode, response.content], [404, "own 404"], target);
        assertEquals(response.fields.get("vary"), VARY, target);
      }
    }
    // What is there, and what never is a route, does not depend on it, and so any cache may keep it.
    for (const target of ["/", "/app.js", "/data", "/docs", "/docs/", "/.git/x", "/_redirects"]) {
      const answers = [];
      for (const fields of [...NAVIGATIONS, ...FETCHES]) {
        const response = await askTwice(ask, target, fields);
        assertEquals(response.fields.get("vary"), undefined, target);
        answers.push(response.content);
      }
      assertEquals(new Set(answers).size, 1, target);
    }
  });
});

Deno.test("--spa × compression and _headers: Vary names all that was looked at", async () => {
  const files = { "index.html": "app".repeat(1_000), "_headers": "/*\n  Vary: Cookie\n" };
  await withSite(files, { spa: true, compression: true }, async (ask) => {
    for (
      const fields of [["Sec-Fetch-Mode: navigate"], ["Accept: text/html", "Accept-Encoding: gzip"]]
    ) {
      const { statusCode, fields: got } = await ask("/a.b", { fields });
      assertEquals([statusCode, got.get("vary")], [200, `Accept-Encoding, Cookie, ${VARY}`]);
    }
    const missing = await ask("/a.b", { fields: ["Sec-Fetch-Mode: cors"] });
    assertEquals([missing.statusCode, missing.fields.get("vary")], [404, `${VARY}, Cookie`]);
    assertEquals((await ask("/")).fields.get("vary"), "Accept-Encoding, Cookie");
  });
});

Deno.test("without --spa no answer depends on what the request is for", async () => {
  await withSite(APPLICATION, { listing: true, cleanUrls: true }, async (ask) => {
    for (const fields of [...NAVIGATIONS, ...FETCHES]) {
      const { statusCode, fields: got } = await askTwice(ask, "/items/1.1", fields);
      assertEquals([statusCode, got.get("vary")], [404, undefined]);
    }
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
    await expectOutcomes(ask, [["/users", "404", "off"], ["/docs", "301 ./docs/", "as ever"]]);
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
      ["/index.html", "301 ./", "the long form of the root"],
      ["/about", "200 about", "the file wins over a folder of its name"],
      ["/about?q=1", "200 about", "with a query"],
      ["/about.html", "301 ./about", "the long form"],
      ["/about.html?q=1", "301 ./about?q=1", "its query is kept"],
      ["/about/", "301 ../about", "a folder without index.html"],
      ["/about/team", "200 team", "below that folder"],
      ["/about/team.html", "301 ./team", "the long form below"],
      ["/about/team/", "301 ../team", "no folder, but a page"],
      ["/docs", "200 docs page", "both exist: without a slash it is the file"],
      ["/docs/", "200 docs folder", "and with one the folder"],
      ["/docs.html", "301 ./docs", "the long form of the one"],
      ["/docs/index.html", "301 ./", "and of the other"],
      ["/plain", "301 ./plain/", "a folder alone"],
      ["/both", "200 no extension", "the file that the path names comes first"],
      ["/both.html", "200 with extension", "so this one keeps its long address"],
      ["/a%20b&c", "200 name", "decoded"],
      ["/a%20b%26c.html", "301 ./a%20b&c", "and spelled again"],
      ["/v1.2", "200 version", "a point in the name"],
      ["/nope", "404", "not there"],
      ["/nope/", "404", "not there, with a slash"],
      ["/.hidden", "404", "private"],
      ["/x.html", "301 ./x.html/", "a folder"],
      ["/x.html/", "200 a folder named like a page", "a folder"],
      ["//about.html", "301 ../about", "RFC 3986 §4.2: never another host"],
    ]);
  });
});

Deno.test("without --clean-urls a path names one file", async () => {
  await withSite(PAGES, {}, async (ask) => {
    await expectOutcomes(ask, [
      ["/about", "301 ./about/", "the folder"],
      ["/about.html", "200 about", "the file"],
      ["/v1.2", "404", "no such file"],
    ]);
  });
});

Deno.test("--clean-urls with --spa and --listing finds pages first", async () => {
  await withSite(PAGES, { cleanUrls: true, spa: true, listing: true }, async (ask) => {
    await expectOutcomes(ask, [
      ["/about", "200 about", "a page"],
      ["/about/", "301 ../about", "a page before a listing"],
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
