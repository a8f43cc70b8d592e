/** Plain HTTP that leads to HTTPS, by bytes on a socket; then as a program, with curl. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { makePair } from "../../lib/boot/make_cert.ts";
import { serveRedirect, together } from "../../lib/boot/https_redirect.ts";
import { DEFAULT_OPTIONS } from "../../lib/options.ts";
import { serve } from "../../lib/serve.ts";
import { testWithTools } from "../tools.ts";
import { parseResponse, type Running, withServer, writeFile } from "./harness.ts";

const FILES = {
  "index.html": "secret",
  "sub/index.html": "secret",
  "_headers": "/*\n  Strict-Transport-Security: max-age=9\n  Basic-Auth: ada:engine\n",
  "_redirects": "/old https://other.example/ 301!\n",
  ".well-known/acme-challenge/token": "proof",
  ".well-known/acme-challenge/sub/index.html": "page",
  ".well-known/security.txt": "secret",
};
const INIT = { httpsPort: 8443, auth: "ada:engine" };

async function ask({ exchange }: Running, head: string) {
  return parseResponse(await exchange(head));
}

Deno.test("every path leads to the same one by HTTPS, at the host that was asked", async () => {
  const { auth: _, ...init } = INIT;
  await withServer(FILES, async (running) => {
    const CASES = [
      // target, Host, Location, why
      ["/", "a.example", "https://a.example:8443/", "the root"],
      ["/a/b?c=d&e", "a.example", "https://a.example:8443/a/b?c=d&e", "a path with a query"],
      ["/sub", "A.example:8080", "https://A.example:8443/sub", "the port of the host goes"],
      ["/", "[::1]:3000", "https://[::1]:8443/", "IPv6"],
      ["/old", "a", "https://a:8443/old", "rules are for HTTPS"],
      ["//evil.example/x", "a", "https://a:8443/evil.example/x", "no host in a path"],
      ["/%2f%2fevil.example", "a", "https://a:8443/evil.example", "however it is spelled"],
      ["/@evil.example", "a", "https://a:8443/@evil.example", "nor one behind an at sign"],
      ["/%0d%0aX:y", "a", "https://a:8443/%0D%0AX:y", "no line of its own"],
      ["/b%C3%BCcher", "a", "https://a:8443/b%C3%BCcher", "another script"],
      ["/?\xff", "a", "https://a:8443/?%C3%BF", "a byte beyond ASCII in a query"],
      ["http://b.example:81/x", "a", "https://b.example:8443/x", "RFC 9112 §3.2.2"],
      ["/.well-known/security.txt", "a", "https://a:8443/.well-known/security.txt", "no proof"],
      [
        "/.well-known/acme-challenge/",
        "a",
        "https://a:8443/.well-known/acme-challenge/",
        "a folder",
      ],
    ] as const;
    for (const [target, host, location, why] of CASES) {
      for (const method of ["GET", "HEAD"]) {
        const lines = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
        const response = await ask(running, lines);
        assertEquals(response.statusCode, 301, why);
        const found = response.fields.get("location");
        if (!target.includes("\xff")) assertEquals(found, location, why);
        else assertMatch(found ?? "", /^https:\/\/a:8443\/\?[!-~]+$/, why);
        assertEquals(response.fields.get("strict-transport-security"), undefined);
        if (method === "HEAD") assertEquals(response.content, "");
        assert(!response.content.includes("secret"));
      }
    }
  }, init);
});

Deno.test("a host that is none leads nowhere: 400", async () => {
  await withServer(FILES, async (running) => {
    const CASES = [
      ["GET / HTTP/1.1\r\n", "no Host"],
      ["GET / HTTP/1.0\r\n", "none in HTTP/1.0, where it may be absent"],
      ["GET / HTTP/1.1\r\nHost:\r\n", "an empty one"],
      ["GET / HTTP/1.1\r\nHost: :80\r\n", "a port alone"],
      ["GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n", "two"],
      ["GET / HTTP/1.1\r\nHost: evil.example/x\r\n", "a path in it"],
      ["GET / HTTP/1.1\r\nHost: a@evil.example\r\n", "a name before it"],
      ["GET / HTTP/1.1\r\nHost: a\\evil.example\r\n", "a backslash"],
      ["GET / HTTP/1.1\r\nHost: a?b\r\n", "a query"],
      ["GET / HTTP/1.1\r\nHost: a#b\r\n", "a fragment"],
    ] as const;
    for (const [head, why] of CASES) {
      const response = await ask(running, head + "Connection: close\r\n\r\n");
      assertEquals(response.statusCode, 400, why);
      assertEquals(response.fields.get("location"), undefined, why);
    }
  }, INIT);
});

Deno.test("proofs of RFC 8555 are served, with no password asked for; health is told", async () => {
  await withServer(FILES, async (running) => {
    const at = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    const proof = await ask(running, at("/.well-known/acme-challenge/token"));
    assertEquals([proof.statusCode, proof.content], [200, "proof"]);
    assertEquals(proof.fields.get("strict-transport-security"), undefined);
    assertEquals((await ask(running, at("/.well-known/acme-challenge/none"))).statusCode, 404);
    assertEquals((await ask(running, at("/.well-known/acme-challenge/../../"))).statusCode, 301);
    assertEquals((await ask(running, at("/.vitrine/health"))).content, "serving\n");
    const post = await ask(running, at("/").replace("GET", "POST"));
    assertEquals(post.statusCode, 405, "as over HTTPS");
  }, { httpsPort: 443 });
});

Deno.test("sites and mounts lead to themselves, and hosts that nobody has to 421", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_redirect_" }));
  await writeFile(folder, "token", "proof of the mount");
  const sites = [
    ["a.example", folder],
    ["/docs", folder],
    ["/.well-known/acme-challenge", folder],
  ] as const;
  try {
    await withServer(FILES, async (running) => {
      const at = (path: string, host: string) =>
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      const CASES = [
        ["/x", "a.example", "https://a.example/x"],
        ["/docs", "a.example", "https://a.example/docs"],
        ["/docs/", "a.example", "https://a.example/docs/"],
        ["/docs/x?y", "a.example", "https://a.example/docs/x?y"],
      ] as const;
      for (const [path, host, location] of CASES) {
        assertEquals((await ask(running, at(path, host))).fields.get("location"), location);
      }
      const proof = await ask(running, at("/.well-known/acme-challenge/token", "a.example"));
      assertEquals(proof.content, "proof of the mount");
      assertEquals((await ask(running, at("/", "evil.example"))).statusCode, 421);
    }, { sites, defaultSite: false, httpsPort: 443 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("serveRedirect() asks nobody for the password of the site", async () => {
  const root = await Deno.makeTempDir({ prefix: "vitrine_redirect_" });
  const init = { ...DEFAULT_OPTIONS, root, hostname: "127.0.0.1", auth: "ada:engine" };
  const server = serveRedirect({ ...init, httpsRedirect: 0 }, 8443);
  try {
    const response = await fetch(`http://127.0.0.1:${server.address.port}/a`, {
      redirect: "manual",
      headers: { connection: "close" },
    });
    await response.body?.cancel();
    assertEquals(response.status, 301);
    assertEquals(response.headers.get("location"), "https://127.0.0.1:8443/a");
  } finally {
    await server.shutdown();
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("two servers end and reload together", async () => {
  const root = await Deno.makeTempDir({ prefix: "vitrine_redirect_" });
  const init = { root, hostname: "127.0.0.1", port: 0, onError: () => {} };
  const [one, other] = [serve(init), serve({ ...init, httpsPort: 1 })];
  const both = together(one, other);
  assertEquals(both.address.port, one.address.port);
  assertStringIncludes(await both.reload(), "took the rules");
  await both.shutdown();
  await Promise.all([one.finished, other.finished]);
  await Deno.remove(root, { recursive: true });
});

testWithTools(
  "main.ts --https-redirect leads curl to the site, and ends",
  ["curl"],
  async (paths) => {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_redirect_" }));
    const pair = await makePair([], Date.now());
    await writeFile(folder, "cert.pem", pair.cert);
    await writeFile(folder, "key.pem", pair.key);
    await writeFile(`${folder}/site`, "a.txt", "by HTTPS");
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--unstable-net",
        `--allow-read=${folder}`,
        "--allow-net",
        "main.ts",
      ]
        .concat(`${folder}/site`, "--host", "127.0.0.1", "--port", "0", "--https-redirect", "0")
        .concat("--cert", `${folder}/cert.pem`, "--key", `${folder}/key.pem`),
      cwd: new URL("../..", import.meta.url),
      stdout: "null",
      stderr: "piped",
    }).spawn();
    try {
      const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (!text.includes("Press Ctrl+C")) {
        const { value, done } = await reader.read();
        assert(!done, text);
        text += value;
      }
      const [, plain] = /^(http:\/\/127\.0\.0\.1:\d+\/) leads there$/m.exec(text) ?? [];
      const args = ["-sSL", "--cacert", `${folder}/cert.pem`, "-w", " %{url_effective}"];
      const { stdout } = await new Deno.Command(paths.curl, { args: [...args, `${plain}a.txt`] })
        .output();
      const [, secure] = /^Open (\S+)/m.exec(text) ?? [];
      assertEquals(new TextDecoder().decode(stdout), `by HTTPS ${secure}a.txt`);
      child.kill("SIGTERM");
      while (!(await reader.read()).done);
      assertEquals((await child.status).code, 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
