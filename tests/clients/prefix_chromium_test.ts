/**
 * Vitrine behind the proxy of a classroom, in a real browser: nginx with TLS, another name, and a prefix that it strips.
 * Whatever Vitrine makes itself has to work there: redirects, listings, error pages, `--live`, the demo site.
 */

import { assert, assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { testInChromium } from "../chromium.ts";
import { SHAPES, withNginx } from "../nginx_proxy.ts";
import type { ServeInit } from "../../lib/serve.ts";
import { type Files, type Running, withServer, writeFile } from "../wire/harness.ts";

const PREFIX = "/user/ada/proxy/3000/";

/** A tab behind the proxy, and what went wrong in it: all that left the prefix, or was not found without being asked for. */
interface Behind extends Running {
  readonly page: Page;
  /** Address of the site, as the browser sees it. */
  readonly site: string;
  readonly complaints: string[];
}

async function withPage(
  browser: Browser,
  { files, init = {}, directives = "" }: { files: Files; init?: ServeInit; directives?: string },
  test: (behind: Behind) => Promise<void>,
): Promise<void> {
  await withServer(files, async (running) => {
    const forwarding = () => ({ routes: { [PREFIX]: running.port }, directives });
    await withNginx(forwarding, async ({ origin }) => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("request", (request) => {
        const { pathname } = new URL(request.url());
        if (!pathname.startsWith(PREFIX)) complaints.push(`left the prefix: ${request.url()}`);
      });
      try {
        await test({ ...running, page, site: origin + PREFIX, complaints });
      } finally {
        await context.close();
      }
    });
  }, init);
}

const SITE = {
  "index.html": '<!doctype html><link rel="icon" href="data:,"><p>home',
  "docs/index.html": '<!doctype html><link rel="icon" href="data:,"><p>docs',
  "a:b/c d/index.html": '<!doctype html><link rel="icon" href="data:,"><p>deep',
  "about.html": '<!doctype html><link rel="icon" href="data:,"><p>about',
  "bare/x.txt": "x",
  "_redirects": "/old /docs/ 301\n",
  "_headers": "/*\n  Link: <data:,>; rel=icon\n",
};

testInChromium(
  "prefix: Chromium follows every redirect of ours, behind each proxy",
  async (browser) => {
    const init = { cleanUrls: true, listing: true };
    const visits = [
      // from, to, what is there
      ["docs", "docs/", "docs"],
      ["about/", "about", "about"],
      ["docs?x=/a/..", "docs/?x=/a/..", "docs"],
      ["a:b/c%20d", "a:b/c%20d/", "deep"],
      ["docs/index.html", "docs/", "docs"],
      ["index.html?q", "?q", "home"],
      ["about.html", "about", "about"],
    ] as const;
    for (const [shape, directives] of Object.entries(SHAPES)) {
      await withPage(browser, { files: SITE, init, directives }, async (behind) => {
        const { page, site, complaints } = behind;
        for (const [from, to, text] of shape === "jupyter" ? visits : visits.slice(0, 2)) {
          await page.goto(site + from);
          assertEquals([page.url(), (await page.innerText("p")).trim()], [site + to, text], from);
        }
        assertEquals(complaints, [], shape);
        // A rule is sent as it is written: its path is that of the host.
        await page.goto(`${site}old`);
        assertEquals(page.url(), new URL("/docs/", site).href);
      });
    }
  },
  ["nginx"],
);

testInChromium(
  "prefix: a proxy that is told to can lead rules back, and ours stay",
  async (browser) => {
    const directives = `proxy_redirect / ${PREFIX};`; // As code-server does by itself.
    await withPage(browser, { files: SITE, directives }, async ({ page, site, complaints }) => {
      for (const from of ["old", "docs"]) {
        await page.goto(site + from);
        assertEquals([page.url(), (await page.innerText("p")).trim()], [`${site}docs/`, "docs"]);
      }
      assertEquals(complaints, []);
    });
  },
  ["nginx"],
);

testInChromium("prefix: listings and the built-in 404 page stay below it", async (browser) => {
  const files = { "index.html": SITE["index.html"], "bare/deep/x.txt": "x" };
  await withPage(browser, { files, init: { listing: true } }, async (behind) => {
    const { page, site } = behind;
    await page.goto(`${site}bare`);
    await page.click("text=deep");
    assertEquals(page.url(), `${site}bare/deep/`);
    await page.click("text=Size");
    await page.click("text=Parent folder");
    assertEquals(page.url(), `${site}bare/`);
    await page.click("text=Home");
    assertEquals((await page.innerText("p")).trim(), "home");
    for (const missing of ["nope", "bare/nope", "no/such/folder/", "a/b/c/d/e/f.html?x=/"]) {
      await page.goto(site + missing);
      assertEquals(await page.title(), "Error: 404 Page Not Found");
      await page.click("text=Hint: visit index.html page");
      assertEquals([page.url(), await page.innerText("p")], [`${site}index.html`, "home"], missing);
    }
  });
}, ["nginx"]);

const text = (name: string) =>
  `<!doctype html><link rel="icon" href="data:,">
  <link rel="stylesheet" href="${name.includes("/") ? "../" : ""}a.css"><p>${name}`;

testInChromium(
  "prefix: --live reloads pages and swaps style sheets, by one stream",
  async (browser) => {
    const files = {
      "index.html": text("one"),
      "sub/page.html": text("sub/one"),
      "base.html": text("sub/base").replace("<link", '<base href="sub/"><link'),
      "a.css": "p { color: rgb(255, 0, 0) }",
    };
    await withPage(browser, { files, init: { live: true } }, async (behind) => {
      const { page, site, root, complaints, log, server } = behind;
      const tabs = [page, await page.context().newPage(), await page.context().newPage()];
      const until = (tab: Page, expression: string) =>
        tab.waitForFunction(expression, undefined, { timeout: 15_000 });
      for (const [i, path] of ["", "sub/page.html", "base.html"].entries()) {
        await tabs[i].goto(site + path);
        await tabs[i].evaluate("window.isSamePage = true");
      }
      await writeFile(root, "a.css", "p { color: rgb(0, 0, 255) }");
      for (const tab of tabs) {
        await until(
          tab,
          "getComputedStyle(document.querySelector('p')).color === 'rgb(0, 0, 255)'",
        );
        assertEquals(await tab.evaluate("window.isSamePage"), true, "swapped without a reload");
      }
      await writeFile(root, "index.html", text("two"));
      await until(page, "document.querySelector('p')?.textContent.trim() === 'two'");
      await page.goto(`${site}no/such/page`); // An error page follows as well.
      await writeFile(root, "no/such/page/index.html", text("made/deep"));
      await until(page, "document.querySelector('p')?.textContent.trim() === 'made/deep'");
      assertEquals(complaints, []);
      await page.context().close();
      await server.shutdown();
      const streams = log.filter(({ requestLine }) =>
        requestLine === "GET /.vitrine/live HTTP/1.1"
      );
      assert(streams.length >= 1);
      const spans = streams.map(({ timeMs, durationMs }) => [timeMs - durationMs, timeMs]);
      const atOnce = spans.map(([start]) =>
        spans.filter(([from, to]) => from <= start && start < to)
      );
      // When all reload at once, the worker may go with the old pages and come again with the new ones.
      assert(Math.max(...atOnce.map(({ length }) => length)) <= 2, `${streams.length} streams`);
    });
  },
  ["nginx"],
);

testInChromium("prefix: the demo site and its 404 page are whole", async (browser) => {
  const init = { root: `${import.meta.dirname}/../../static` };
  await withPage(browser, { files: {}, init }, async ({ page, site, complaints }) => {
    const missing: string[] = [];
    page.on("response", (response) => {
      if (response.status() >= 400) missing.push(`${response.status()} ${response.url()}`);
    });
    for (const path of ["", "gallery/", "guide/", "guide/xray.html"]) {
      await page.goto(site + path);
      await page.waitForLoadState("networkidle");
    }
    assertEquals([complaints, missing], [[], []]);
    for (const path of ["nope", "guide/no/such/page.html"]) {
      await page.goto(site + path);
      await page.waitForFunction(
        "getComputedStyle(document.querySelector('.lid')).backgroundColor === 'rgb(20, 33, 30)'",
      );
      const folder = Deno.env.get("VITRINE_SHOTS"); // To be looked at.
      if (folder !== undefined) await page.screenshot({ path: `${folder}/404-${path.length}.png` });
      await page.click("text=Hint: visit index.html page");
      assertEquals(page.url(), `${site}index.html`);
    }
  });
}, ["nginx"]);
