/** Several sites on one port, told apart by Host, each with files, rules and a cache of its own. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ServeInit } from "../../lib/serve.ts";
import { parseResponse, type Running, withServer, writeFile } from "./harness.ts";
import { systemPath } from "../tools.ts";

const SITES = {
  a: { "index.html": "site a", "404.html": "a has no such page", "_headers": "/*\n  X-Site: a\n" },
  b: { "index.html": "site b", "secret.txt": "of b", "_redirects": "/old /new 301\n" },
};

/** A server with `a.example` and all below `b.example`; the root is for others, or for nobody. */
async function withSites(
  test: (running: Running) => Promise<void>,
  init: ServeInit = {},
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_sites_" }));
  for (const [site, files] of Object.entries(SITES)) {
    for (const [path, content] of Object.entries(files)) {
      await writeFile(`${folder}/${site}`, path, content);
    }
  }
  try {
    const sites = [["a.example", `${folder}/a`], ["*.b.example", `${folder}/b`]] as const;
    await withServer({ "index.html": "the root", "401.html": "-" }, test, { sites, ...init });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function get({ exchange }: Running, host: string, target = "/", method = "GET") {
  const line = host === "" ? "" : `Host: ${host}\r\n`;
  const version = host === "" ? "1.0" : "1.1";
  return parseResponse(
    await exchange(`${method} ${target} HTTP/${version}\r\n${line}Connection: close\r\n\r\n`),
  );
}

Deno.test("each host has its own files, rules and pages", async () => {
  await withSites(async (running) => {
    const CASES = [
      // Host, target, status, content, X-Site, why
      ["a.example", "/", 200, "site a", "a", "the site of a host"],
      ["A.example:99", "/", 200, "site a", "a", "whatever its spelling and port"],
      ["x.b.example", "/", 200, "site b", undefined, "a subdomain"],
      ["b.example", "/", 200, "the root", undefined, "which the name itself is not"],
      ["127.0.0.1", "/", 200, "the root", undefined, "no site has it"],
      ["", "/", 200, "the root", undefined, "HTTP/1.0 names none"],
      ["other", "http://a.example/", 200, "site a", "a", "the absolute form"],
      ["a.example", "/secret.txt", 404, "a has no such page", "a", "a file of another site"],
      ["x.b.example", "/secret.txt", 200, "of b", undefined, "its own site has it"],
    ] as const;
    for (const [host, target, statusCode, content, field, why] of CASES) {
      for (const _again of [1, 2]) { // The second time from the cache.
        const response = await get(running, host, target);
        assertEquals(response.statusCode, statusCode, why);
        assertEquals(response.content, content, why);
        assertEquals(response.fields.get("x-site"), field, why);
      }
    }
    assertEquals((await get(running, "x.b.example", "/old")).fields.get("location"), "/new");
    assertEquals((await get(running, "a.example", "/old")).statusCode, 404, "no rule of a");
  });
});

Deno.test("without a default site an unknown host is 421, with nothing of any site", async () => {
  await withSites(async (running) => {
    for (const host of ["other.example", "127.0.0.1", ""]) {
      for (const method of ["GET", "HEAD", "OPTIONS"]) {
        const response = await get(running, host, "/", method);
        assertEquals(response.statusCode, 421, "RFC 9110 §15.5.20");
        assertEquals(response.fields.get("x-site"), undefined);
        if (method === "GET") assertStringIncludes(response.content, "421");
      }
    }
    assertEquals((await get(running, "a.example")).content, "site a");
    const bad = await running.exchange("GET / HTTP/1.1\r\n\r\n");
    assert(bad.startsWith("HTTP/1.1 400 "), "what is no request is that first");
    assert(!bad.includes("X-Site"), "nor is that answered by a site");
  }, { defaultSite: false });
});

Deno.test("one connection may ask for several sites, pipelined", async () => {
  await withSites(async ({ connect }) => {
    const client = await connect();
    const hosts = ["a.example", "x.b.example", "other", "a.example"];
    await client.send(hosts.map((host) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`).join(""));
    const contents: string[] = [];
    for (const _host of hosts) contents.push((await client.readResponse()).content);
    assertEquals(contents, ["site a", "site b", "the root", "site a"]);
  });
});

Deno.test("a change of one site is seen at once, and its cache is its own", async () => {
  await withSites(async (running) => {
    assertEquals((await get(running, "a.example")).content, "site a");
    await Deno.writeTextFile(`${running.root}/index.html`, "the root, anew");
    assertEquals((await get(running, "other")).content, "the root, anew");
    assertEquals((await get(running, "a.example")).content, "site a");
    assert(
      (await running.server.reload()).includes(systemPath(running.root)),
      "SIGHUP names each root",
    );
  });
});
