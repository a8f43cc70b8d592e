import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { FolderEntry, TargetPath } from "../../lib/http/message.ts";
import { parseTarget } from "../../lib/http/target.ts";
import * as listing from "../../lib/site/listing.ts";

const { listingOrder, wantsJson } = listing;

function listingPage(path: TargetPath, entries: FolderEntry[]): string {
  return [...listing.listingPage({ path, entries, order: listingOrder(path.query) })].join("");
}

function listingJson(path: TargetPath, entries: FolderEntry[]): string {
  return [...listing.listingJson({ path, entries, order: listingOrder(path.query) })].join("");
}

const ORDERS = [
  // query, by, descending, why
  ["", "name", false, "the default"],
  ["?sort=name", "name", false, "a to z"],
  ["?sort=size", "size", true, "the largest first"],
  ["?sort=time", "time", true, "the latest first"],
  ["?sort=size&order=asc", "size", false, "turned"],
  ["?order=desc&sort=name", "name", true, "in either order"],
  ["?sort=ctime", "name", false, "no such column"],
  ["?sort=sizes", "name", false, "nor this one"],
  ["?xsort=size", "name", false, "another parameter"],
  ["?sort=time&order=up", "time", true, "no such order"],
  ["?a=b&sort=time&c", "time", true, "among others"],
] as const;

for (const [query, by, descending, why] of ORDERS) {
  Deno.test(`listingOrder() of ${JSON.stringify(query)}: ${why}`, () => {
    assertEquals(listingOrder(query), { by, descending });
  });
}

function file(name: string, size = 0, mtimeMs = 0): FolderEntry {
  return { name, kind: "file", size, mtimeMs };
}

function folder(name: string, mtimeMs = 0): FolderEntry {
  return { name, kind: "folder", size: 0, mtimeMs };
}

const ACCEPTS = [
  // Accept, whether JSON is sent, why
  [null, false, "absent"],
  ["*/*", false, "curl"],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false, "a browser"],
  ["application/json", true, "a program"],
  ["application/json, text/html;q=0.5", true, "preferred"],
  ["application/json;q=0.5, text/html", false, "not preferred"],
  ["application/json;q=0, */*", false, "refused"],
  ["image/png", false, "neither: a page is better than nothing"],
  ["", false, "empty"],
] as const;

for (const [accept, expected, why] of ACCEPTS) {
  Deno.test(`wantsJson() of ${JSON.stringify(accept)} is ${expected}: ${why}`, () => {
    assertEquals(wantsJson(accept), expected);
  });
}

function pathOf(target: string): TargetPath {
  const path = parseTarget(target, "GET");
  assert(path !== null);
  return path;
}

const HOSTILE = `"><script>alert(1)</script>&amp; 'x'.txt`;

Deno.test("listingPage() shows names as text and links to them as one segment", () => {
  for (const name of [HOSTILE, "a b", "100%", "#1?.md", "javascript:alert(1)", "ü", "a:b"]) {
    const page = listingPage(pathOf("/"), [file(name)]);
    assert(!page.includes("<script"), page);
    const href = /<tr class="file"><td><a href="([^"]*)">/.exec(page)?.[1] ?? "";
    // No entities: lftp does not know them, and asked for `quote&` where there was an apostrophe.
    assert(/^[\w.!~*()%-]+$/.test(href), href);
    assertEquals(decodeURIComponent(href), name);
  }
});

Deno.test("listingPage() shows the path as text, with a link to each folder above", () => {
  const page = listingPage(pathOf("/a/%3Cb%3E/c/"), []);
  assertStringIncludes(page, "<title>/a/&lt;b&gt;/c/</title>");
  assertStringIncludes(page, '<a href="../../../"><bdi>Home</bdi></a>');
  assertStringIncludes(page, '<a href="../"><bdi>&lt;b&gt;</bdi></a>');
  assertStringIncludes(page, '<span aria-current="page"><bdi>c</bdi></span>');
  assertStringIncludes(page, '<a href="../">Parent folder</a>');
  assertStringIncludes(page, "This folder is empty.");
});

Deno.test("listingPage() of the root leads nowhere above", () => {
  assert(!listingPage(pathOf("/"), [file("a")]).includes("../"));
});

Deno.test("listingPage() links to no order that is shown, and keeps crawlers from all of them", () => {
  for (const by of ["name", "size", "time"] as const) {
    for (const descending of [false, true]) {
      const order = descending ? "desc" : "asc";
      const page = listingPage(pathOf(`/?sort=${by}&order=${order}`), []);
      const links = [...page.matchAll(/<a ([^>]*)href="(\?[^"]*)"/g)];
      assertEquals(links.map(([, attributes]) => attributes), new Array(3).fill('rel="nofollow" '));
      for (const [, , href] of links) {
        const shown = listingOrder(href.replace("&amp;", "&"));
        assert(shown.by !== by || shown.descending !== descending, href);
      }
    }
  }
});

Deno.test("listingPage() has links that turn the order, and says which one holds", () => {
  const page = listingPage(pathOf("/?sort=size"), []);
  assertStringIncludes(
    page,
    'class="size" aria-sort="descending"><a rel="nofollow" href="?sort=size&amp;order=asc">',
  );
  assertStringIncludes(page, 'class="name"><a rel="nofollow" href="?sort=name&amp;order=asc">');
  assertStringIncludes(page, 'class="time"><a rel="nofollow" href="?sort=time&amp;order=desc">');
});

const SIZES = [
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [10_239, "10 KiB"],
  [1024 ** 2 - 1, "1024 KiB"],
  [1024 ** 2, "1.0 MiB"],
  [5.5 * 1024 ** 3, "5.5 GiB"],
] as const;

for (const [size, text] of SIZES) {
  Deno.test(`listingPage() shows ${size} bytes as ${text}`, () => {
    assertStringIncludes(
      listingPage(pathOf("/"), [file("a", size)]),
      `<td class="size">${text}</td>`,
    );
  });
}

Deno.test("listingPage() counts, and shows times in UTC to the minute", () => {
  const entries = [file("a", 1024, 1_700_000_000_000), file("b", 1024), folder("c")];
  const page = listingPage(pathOf("/"), entries);
  assertStringIncludes(page, "<p>1 folder and 2 files, 2.0 KiB</p>");
  assertStringIncludes(page, '<time datetime="2023-11-14T22:13:20.000Z">2023-11-14 22:13</time>');
  assertStringIncludes(listingPage(pathOf("/"), [folder("a"), folder("b")]), "<p>2 folders</p>");
});

Deno.test("listingJson() gives what the page shows, in the same order", () => {
  const entries = [file(HOSTILE, 7, 1_700_000_000_000), folder("b", 0)];
  assertEquals(JSON.parse(listingJson(pathOf("/a%20b/?sort=time"), entries)), {
    path: "/a%20b/",
    entries: [
      { name: "b", kind: "folder", modified: "1970-01-01T00:00:00.000Z" },
      { name: HOSTILE, kind: "file", size: 7, modified: "2023-11-14T22:13:20.000Z" },
    ],
  });
});
