/** Folders below a path of their own, each with files, rules, pages and containment of its own. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { ServeInit } from "../../lib/serve.ts";
import { type Files, parseResponse, type Running, withServer, writeFile } from "./harness.ts";
import { systemPath } from "../tools.ts";

const ROOT: Files = {
  "index.html": "the root",
  "404.html": "the root has no such page",
  "_headers": "/*\n  X-Site: root\n",
  "docs/index.html": "shadowed",
  "docs/only-here.txt": "shadowed",
};
const MOUNTED: Readonly<Record<string, Files>> = {
  docs: {
    "index.html": "docs",
    "404.html": "docs has no such page",
    "sub/index.html": "sub of docs",
    "about.html": "about docs",
    "secret/a.txt": "secret",
    "_headers": "/sub/*\n  X-Site: sub\n/secret/*\n  Basic-Auth: ada:engine\n",
    "_redirects": "/old /new?x 301\n/away https://other.example/ 302\n/shown /index.html 200\n" +
      "/up http://h/docs/index.html 302\n/circle http://h/docs/circle 302\n/beside http://h/beside 302\n",
  },
  api: { "data.json": "{}" },
};

async function withMounts(
  test: (running: Running, folder: string) => Promise<void>,
  init: ServeInit = {},
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_mounts_" }));
  for (const [name, files] of Object.entries(MOUNTED)) {
    for (const [path, content] of Object.entries(files)) {
      await writeFile(`${folder}/${name}`, path, content);
    }
  }
  await writeFile(folder, "outside.txt", "outside");
  const { sites = [], ...others } = init;
  const all = [...sites, ["/docs", `${folder}/docs`], ["/docs/api/v1", `${folder}/api`]] as const;
  try {
    await withServer(ROOT, (running) => test(running, folder), { sites: all, ...others });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function get({ exchange }: Running, target: string, lines = "", host = "h", method = "GET") {
  const head = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines}`;
  return parseResponse(await exchange(`${head}Connection: close\r\n\r\n`));
}

Deno.test("a mount has its own files, rules and pages, and the longest one counts", async () => {
  await withMounts(async (running) => {
    const CASES = [
      // target, status, content, X-Site, why
      ["/", 200, "the root", "root", "the root is as it was"],
      ["/docs/", 200, "docs", undefined, "the index of the mount, with its rules alone"],
      ["/docs/index.html?q", 200, "docs", undefined, "by its name"],
      ["/docs/sub/", 200, "sub of docs", "sub", "a rule of the mount, of a path inside it"],
      ["/sub/", 404, "the root has no such page", "root", "which is not at the root"],
      ["/docs/only-here.txt", 404, "docs has no such page", undefined, "the root's is shadowed"],
      ["/docs/shown", 200, "docs", undefined, "a rewrite stays inside"],
      [
        "/docs/_headers",
        404,
        "docs has no such page",
        undefined,
        "its rules are none of its files",
      ],
      ["/docs/api/v1/data.json", 200, "{}", undefined, "a mount inside of a mount"],
      ["/docs/api/", 404, "docs has no such page", undefined, "above that, the one around it"],
      ["/docs/api/v1/../../sub/", 200, "sub of docs", "sub", "dots count before the mounts"],
      ["/docs/../docs%2Fsub/", 200, "sub of docs", "sub", "any spelling"],
      ["http://x/docs/", 200, "docs", undefined, "the absolute form"],
      ["/docs/.vitrine/health", 404, "docs has no such page", undefined, "health is of the server"],
    ] as const;
    for (const [target, statusCode, content, field, why] of CASES) {
      for (const _again of [1, 2]) { // The second time from the cache.
        const response = await get(running, target);
        assertEquals([response.statusCode, response.content], [statusCode, content], why);
        assertEquals(response.fields.get("x-site"), field, why);
      }
      const head = await get(running, target, "", "h", "HEAD");
      assertEquals([head.statusCode, head.content], [statusCode, ""], why);
    }
    assertEquals((await get(running, "/.vitrine/health")).content, "serving\n");
  });
});

Deno.test("redirects lead to where the mount is", async () => {
  await withMounts(async (running) => {
    const CASES = [
      // target, Location, why
      ["/docs", "./docs/", "the mount without its slash, as any folder"],
      ["/docs?q=1", "./docs/?q=1", "with its query"],
      ["/docs/api/v1", "./v1/", "the inner one"],
      ["/docs/sub", "./sub/", "a folder in it"],
      ["//docs/sub", "../../docs/sub/", "spelled in another way: from the root on"],
      ["/docs/about.html", "./about", "clean URLs"],
      ["/docs/index.html", "./", "clean URLs, of its index"],
      ["/docs/old", "/docs/new?x", "a rule: its paths begin at the mount"],
      ["/docs/away", "https://other.example/", "a rule that names a host"],
      ["/docs/up", "http://h/docs/index.html", "a rule that names our own"],
      ["/docs/beside", "http://h/beside", "or what is beside the mount"],
    ] as const;
    for (const [target, location, why] of CASES) {
      const response = await get(running, target);
      assertMatch(String(response.statusCode), /^30[12]$/, why);
      assertEquals(response.fields.get("location"), location, why);
    }
    assertEquals((await get(running, "/docs/circle")).statusCode, 404, "a rule to itself");
  }, { cleanUrls: true });
});

Deno.test("a listing below a mount shows its names by references that hold there", async () => {
  await withMounts(async (running) => {
    const { content } = await get(
      running,
      "/docs/secret/",
      "Authorization: Basic YWRhOmVuZ2luZQ==\r\n",
    );
    const base = "http://h/docs/secret/";
    const links = [...content.matchAll(/href="([^"]+)"/g)].map(([, href]) =>
      new URL(href, base).pathname
    );
    assert(links.includes("/docs/secret/a.txt"), String(links));
    assert(links.every((path) => path.startsWith("/docs/")), String(links));
    const api = await get(running, "/docs/api/v1/");
    assertStringIncludes(api.content, "data.json");
  }, { listing: true });
});

Deno.test("a mount is locked by its own rules, and by --auth", async () => {
  await withMounts(async (running) => {
    assertEquals((await get(running, "/docs/secret/a.txt")).statusCode, 401);
    const field = "Authorization: Basic YWRhOmVuZ2luZQ==\r\n";
    assertEquals((await get(running, "/docs/secret/a.txt", field)).content, "secret");
  });
  await withMounts(async (running) => {
    for (const target of ["/", "/docs/", "/docs", "/docs/old", "/docs/none"]) {
      assertEquals((await get(running, target)).statusCode, 401, target);
    }
  }, { auth: "ada:engine" });
});

Deno.test("each mount contains what it shows: neither links nor dots lead out", async () => {
  await withMounts(async (running, folder) => {
    await Deno.symlink(`${folder}/outside.txt`, `${folder}/docs/link.txt`);
    await Deno.symlink(`${running.root}/index.html`, `${folder}/docs/root.html`);
    await Deno.symlink(`${folder}/docs/index.html`, `${running.root}/in.html`);
    for (const target of ["/docs/link.txt", "/docs/root.html", "/in.html"]) {
      assertEquals((await get(running, target)).statusCode, 404, target);
    }
    assertEquals((await get(running, "/docs/../../outside.txt")).statusCode, 400);
    assertEquals((await get(running, "/docs/..%2f..%2foutside.txt")).statusCode, 400);
    assertEquals((await get(running, "/docs/%2e%2e/outside.txt")).statusCode, 404);
  });
});

Deno.test("mounts are below every host that has a site, and below no other", async () => {
  const www = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_mounts_" }));
  await writeFile(www, "index.html", "www");
  try {
    const sites = [["www.example", www]] as const;
    await withMounts(async (running) => {
      assertEquals((await get(running, "/", "", "www.example")).content, "www");
      assertEquals((await get(running, "/docs/", "", "www.example")).content, "docs");
      assertEquals((await get(running, "/docs/", "", "other")).content, "docs");
    }, { sites });
    await withMounts(async (running) => {
      assertEquals((await get(running, "/docs/", "", "www.example")).content, "docs");
      assertEquals((await get(running, "/docs/", "", "other")).statusCode, 421);
    }, { sites, defaultSite: false });
  } finally {
    await Deno.remove(www, { recursive: true });
  }
});

Deno.test("pipelined requests go to their mounts, and SIGHUP names them", async () => {
  await withMounts(async ({ connect, server }, folder) => {
    const client = await connect();
    const targets = ["/docs/", "/", "/docs/sub/", "/docs/api/v1/data.json", "/docs/"];
    await client.send(targets.map((at) => `GET ${at} HTTP/1.1\r\nHost: h\r\n\r\n`).join(""));
    const contents: string[] = [];
    for (const _target of targets) contents.push((await client.readResponse()).content);
    assertEquals(contents, ["docs", "the root", "sub of docs", "{}", "docs"]);
    assertStringIncludes(await server.reload(), systemPath(`${folder}/docs`));
  });
});

Deno.test("the log names the site that answered, and none for that of all others", async () => {
  await withMounts(async (running) => {
    const CASES = [
      ["/", "h", null],
      ["/docs/", "h", "/docs"],
      ["/docs/none", "h", "/docs"],
      ["/docs/api/v1/data.json", "h", "/docs/api/v1"],
      ["/", "x.b.example:80", "*.b.example"],
      ["/docs", "x.b.example", "/docs"],
    ] as const;
    for (const [target, host] of CASES) await get(running, target, "", host);
    assertEquals(running.log.map(({ site }) => site), CASES.map(([, , site]) => site));
  }, { sites: [["*.b.example", "."]] });
});
