/**
 * Vitrine behind code-server itself, whose `/proxy/PORT/` many classrooms have, in a real browser. Ignored where it is not
 * installed, also by CI, as its install takes half a minute. It needs no more of code-server than its own part:
 *
 *     npm install --ignore-scripts code-server
 *     npm rebuild argon2
 *     PATH=$PWD/node_modules/.bin:$PATH
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { BrowserContext, Page } from "playwright-core";
import { withBrowser } from "../chromium.ts";
import { freePort, makePair } from "../hostile/servers.ts";
import { openRecorder, serveXray } from "../../lib/xray/server.ts";
import { findTool } from "../tools.ts";
import { withServer, writeFile } from "../wire/harness.ts";
import { until } from "../xray/testing.ts";

const TOOL = findTool("code-server");
const STARTED_MS = 60_000;

/** Runs code-server with TLS, by another name, while `test` runs. */
async function withCodeServer(test: (origin: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_code_server_" });
  const { cert, key } = await makePair();
  await Deno.writeTextFile(`${folder}/cert.pem`, cert);
  await Deno.writeTextFile(`${folder}/key.pem`, key);
  const port = freePort();
  const child = new Deno.Command(TOOL!, {
    args: [
      ...["--bind-addr", `127.0.0.1:${port}`, "--auth", "none", "--disable-telemetry"],
      ...["--disable-update-check", "--cert", `${folder}/cert.pem`],
      ...["--cert-key", `${folder}/key.pem`, "--user-data-dir", folder],
      ...["--config", `${folder}/config.yaml`],
    ],
    env: { HOME: folder },
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await until(
      () =>
        Deno.connect({ hostname: "127.0.0.1", port }).then((conn) => {
          conn.close();
          return true;
        }, () => false),
      STARTED_MS,
    );
    await test(`https://hub.test:${port}`);
  } finally {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended.
    }
    await child.status;
    await Deno.remove(folder, { recursive: true });
  }
}

/** What leaves the prefix, and what a page throws. */
async function watched(context: BrowserContext, complaints: string[]): Promise<Page> {
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!/^\/proxy\/\d+\//.test(new URL(request.url()).pathname)) {
      complaints.push(`left the prefix: ${request.url()}`);
    }
  });
  return page;
}

const page = (text: string) => `<!doctype html><link rel="icon" href="data:,"><p>${text}`;
const FILES = {
  "index.html": page("home"),
  "docs/index.html": page("docs"),
  "bare/deep/x.txt": "x",
  "_redirects": "/old /docs/ 301\n",
};

Deno.test({
  name: "code-server: redirects, listings, error pages, --live and the X-ray work behind it",
  ignore: TOOL === null || findTool("chromium") === null,
  async fn() {
    const recorder = openRecorder();
    const init = { listing: true, live: true, observer: recorder };
    await withServer(FILES, async ({ port, root, errors, exchange }) => {
      await withCodeServer((origin) =>
        withBrowser(async (browser) => {
          const context = await browser.newContext({
            viewport: { width: 1440, height: 900 },
          });
          const complaints: string[] = [];
          const tab = await watched(context, complaints);
          const site = `${origin}/proxy/${port}/`;

          await tab.goto(`${site}docs`);
          assertEquals([tab.url(), await tab.innerText("p")], [`${site}docs/`, "docs"]);
          await tab.goto(`${site}old`); // A rule's path is that of the host; code-server leads it back.
          assertEquals([tab.url(), await tab.innerText("p")], [`${site}docs/`, "docs"]);
          await tab.goto(`${site}bare`);
          await tab.click("text=deep");
          await tab.click("text=Parent folder");
          assertEquals(tab.url(), `${site}bare/`);
          await tab.goto(`${site}no/such/page`);
          await tab.click("text=Hint: visit index.html page");
          assertEquals([tab.url(), await tab.innerText("p")], [`${site}index.html`, "home"]);

          await writeFile(root, "index.html", page("changed"));
          await until(async () => await tab.innerText("p") === "changed", STARTED_MS);

          const xrayPort = freePort();
          const address = `${origin}/proxy/${xrayPort}/`;
          const onError = (error: unknown) => errors.push(error);
          const xrayInit = { hostname: "127.0.0.1", port: xrayPort, origins: [address], onError };
          const xray = serveXray(recorder, xrayInit);
          try {
            const shown = await watched(context, complaints);
            await shown.goto(xray.url);
            const isLive = () => shown.evaluate<boolean>("document.body.dataset.state === 'live'");
            await until(isLive, STARTED_MS);
            assertEquals(shown.url(), address, "the token is out of sight");
            await exchange("GET /docs/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            await shown.locator("#recent tr button").first().click();
            await shown.waitForSelector("#reason");
            await shown.click("#tab-composer");
            await shown.fill("#raw", "GET / HTTP/1.1\nHost: a\nConnection: close\n\n");
            await shown.click("#panel-composer button.main");
            await shown.waitForSelector("text=Ended:");
            assertStringIncludes(await shown.innerText("#panel-composer"), "200");
            await shown.click("#tab-experiments");
            await shown.click("text=one at a time");
            await until(() => recorder.experiments.serial);
            const folder = Deno.env.get("VITRINE_SHOTS"); // To be looked at.
            if (folder !== undefined) await shown.screenshot({ path: `${folder}/code-server.png` });
          } finally {
            await context.close();
            await xray.close();
          }
          assertEquals([complaints, errors], [[], []]);
        }, ["--ignore-certificate-errors"]) // That of a context is not for its shared workers.
      );
    }, init);
  },
});
