/**
 * The X-ray behind the proxy of a classroom, in a real browser: nginx with TLS, another name, a prefix that it strips, and
 * the fields that those of schools send. Who has no token is told so, who watches cannot change anything, and no token
 * stays where others see it.
 */

import { freePort } from "../tools.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { testInChromium } from "../chromium.ts";
import { SHAPES, withNginx } from "../nginx_proxy.ts";
import { openRecorder, serveXray, type Xray } from "../../lib/xray/server.ts";
import type { Recorder } from "../../lib/xray/recorder.ts";
import { type Running, withServer } from "../wire/harness.ts";
import { until } from "./testing.ts";

const FILES = { "index.html": '<!doctype html><link rel="icon" href="data:,"><p>hi' };

/** An X-ray behind nginx. */
interface Behind extends Running {
  readonly xray: Xray;
  readonly recorder: Recorder;
  readonly context: BrowserContext;
  /** Opens an address in a new tab. */
  open(url: string): Promise<Page>;
  readonly complaints: string[];
}

async function withProxiedXray(
  browser: Browser,
  directives: string,
  test: (behind: Behind) => Promise<void>,
): Promise<void> {
  const recorder = openRecorder();
  await withServer(FILES, async (running) => {
    const xrayPort = freePort();
    const routes = {
      [`/user/ada/proxy/${running.port}/`]: running.port,
      [`/user/ada/proxy/${xrayPort}/`]: xrayPort,
    };
    await withNginx(() => ({ routes, directives }), async ({ origin }) => {
      const address = `${origin}/user/ada/proxy/${xrayPort}/`;
      const onError = (error: unknown) => running.errors.push(error);
      const init = { hostname: "127.0.0.1", port: xrayPort, origins: [address], onError };
      const xray = serveXray(recorder, init);
      const complaints: string[] = [];
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        viewport: { width: 1440, height: 900 },
      });
      const open = async (url: string) => {
        const page = await context.newPage();
        page.on("pageerror", (error) => complaints.push(String(error)));
        page.on("request", (request) => {
          const { pathname, href } = new URL(request.url());
          if (!pathname.startsWith("/user/ada/")) complaints.push(`left the prefix: ${href}`);
          if (/token/.test(href.replace(/#.*/, ""))) complaints.push(`tells the token: ${href}`);
          if (/token/i.test(request.headers()["referer"] ?? "")) complaints.push("Referer");
        });
        await page.goto(url);
        return page;
      };
      try {
        await test({ ...running, xray, recorder, context, open, complaints });
      } finally {
        await context.close();
        await xray.close();
      }
    });
  }, { observer: recorder });
}

/** Waits for what only `evaluate()` may ask, as the page's policy forbids eval(). */
const untilIn = (page: Page, expression: string) =>
  until(() => page.evaluate<boolean>(expression), 15_000);

const isIn = (state: string) => (page: Page) =>
  untilIn(page, `document.body.dataset.state === "${state}"`);

/** Takes a picture, to be looked at. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("VITRINE_SHOTS");
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
}

testInChromium("the X-ray works behind each proxy, all of it", async (browser) => {
  await withProxiedXray(browser, SHAPES.jupyter, async (behind) => {
    const { xray, open, complaints, exchange } = behind;
    const page = await open(xray.url);
    await isIn("live")(page);
    const site = xray.url.replace(/\d+\/#.*/, `${behind.port}/`);
    await untilIn(page, `document.getElementById("empty").innerText.includes("Open ${site} in")`);
    await exchange("GET / HTTP/1.1\r\nHost: a\r\nCookie: s3cr3t\r\nConnection: close\r\n\r\n");
    await page.locator("#recent tr button").first().click();
    await page.waitForSelector("#reason");
    await page.click(".mask");
    assertStringIncludes(await page.innerText("#request"), "s3cr3t");
    await page.click("text=parseRequest()");
    await page.waitForSelector("#source .here");
    await page.click("#source-close");
    await page.click("#tab-composer");
    await page.fill("#raw", "GET / HTTP/1.1\nHost: a\nConnection: close\n\n");
    await page.click("#panel-composer button.main");
    await page.waitForSelector("text=Ended:");
    await shoot(page, "xray-jupyter");
    await page.reload();
    await isIn("live")(page);
    assertEquals([complaints, behind.errors], [[], []]);
  });
  for (const [shape, directives] of Object.entries(SHAPES)) {
    await withProxiedXray(browser, directives, async ({ xray, recorder, open, complaints }) => {
      const page = await open(xray.url);
      await isIn("live")(page);
      assertEquals(page.url(), xray.url.replace(/#.*/, ""), "the token is out of sight");
      await page.click("#tab-experiments");
      await page.click("text=one at a time");
      await until(() => recorder.experiments.serial);
      assertEquals(complaints, [], shape);
    });
  }
}, ["nginx"]);

testInChromium("who has no token is told what is missing, and is let in by it", async (browser) => {
  await withProxiedXray(browser, SHAPES.jupyter, async ({ xray, open, context, complaints }) => {
    const address = xray.url.replace(/#.*/, "");
    const page = await open(address);
    await isIn("refused")(page);
    assertEquals(await page.innerText("#status"), "Not let in");
    assertStringIncludes(await page.innerText("#empty"), "The token is missing: open the address");
    await shoot(page, "xray-no-token");
    // Typed behind the address of the page that is open already, which loads nothing anew.
    await page.evaluate("location.hash = 'token=of-yesterday'");
    await untilIn(page, "document.getElementById('empty').innerText.includes('this run')");
    await page.evaluate(`location.href = ${JSON.stringify(xray.url)}`);
    await isIn("live")(page);
    assertEquals(page.url(), address);
    assertEquals(await context.cookies(), [], "nothing that other pages of the host would send");
    const other = await open(address);
    await isIn("refused")(other);
    assertEquals(complaints, []);
  });
}, ["nginx"]);

testInChromium("who watches sees all but secrets, and can change nothing", async (browser) => {
  await withProxiedXray(browser, SHAPES.jupyter, async (behind) => {
    const { xray, recorder, open, exchange, complaints } = behind;
    const page = await open(xray.watchUrl!);
    await isIn("live")(page);
    await exchange("GET / HTTP/1.1\r\nHost: a\r\nCookie: s3cr3t\r\nConnection: close\r\n\r\n");
    await page.locator("#recent tr button").first().click();
    await page.waitForSelector("#reason");
    assertEquals(await page.locator(".mask").count(), 0, "nothing to click");
    assertStringIncludes(await page.innerText("#request"), "Cookie:·******");
    await shoot(page, "xray-watch");
    await page.click("#tab-experiments");
    assertStringIncludes(await page.innerText("#experiments-note"), "the one for teaching");
    assert(await page.isDisabled("input[name=serial]"));
    await shoot(page, "xray-watch-experiments");
    await page.click("#tab-composer");
    assertStringIncludes(await page.innerText("#compose-note"), "the one for teaching");
    assert(await page.isDisabled("#panel-composer button.main"));
    recorder.experiments = { ...recorder.experiments, serial: true };
    await page.waitForSelector("#banner:not([hidden])");
    assert(await page.isDisabled("#reset"));
    assertEquals(complaints, []);
  });
}, ["nginx"]);

testInChromium("a browser that speaks HTTPS to the HTTP port is explained", async (browser) => {
  const recorder = openRecorder();
  await withServer(FILES, async ({ port, errors }) => {
    const xray = serveXray(recorder, { hostname: "127.0.0.1", port: 0 });
    try {
      const page = await browser.newPage();
      await page.goto(xray.url);
      await isIn("live")(page);
      const other = await browser.newPage();
      const failure = await other.goto(`https://127.0.0.1:${port}/`).catch(String);
      assertStringIncludes(String(failure), "ERR_SSL_PROTOCOL_ERROR");
      await page.locator("#recent tr", { hasText: "400" }).first().locator("button").click();
      await page.waitForSelector("#reason");
      assertStringIncludes(
        await page.innerText("#reason"),
        "400: your browser spoke HTTPS to an HTTP port",
      );
      assertEquals(await page.innerText("#blame"), "Byte 0 (0x16) broke the rule.");
      await shoot(page, "xray-tls");
      await page.close();
      await other.close();
    } finally {
      await xray.close();
    }
    assertEquals(errors, []);
  }, { observer: recorder });
});
