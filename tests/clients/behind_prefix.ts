/**
 * What a class does behind a proxy that forwards a port below a prefix, in a real browser: it follows redirects, walks listings,
 * finds its way back from a page that is missing, edits a page that follows, and teaches with the X-ray.
 */

import { freePort } from "../tools.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { BrowserContext, Page } from "playwright-core";
import { withBrowser } from "../chromium.ts";
import { openRecorder, serveXray } from "../../lib/xray/server.ts";
import { type Running, withServer, writeFile } from "../wire/harness.ts";
import { until } from "../xray/testing.ts";

/** A proxy that runs. */
export interface PrefixProxy {
  /** Such as `"https://hub.test:4430"`. */
  readonly origin: string;
  /** Where a port of this machine is, with a slash at both ends. */
  prefixOf(port: number): string;
  /** Whether it leads a `Location` from the top of the host back below the prefix. */
  readonly leadsBack: boolean;
  /** One more that leads to the same ports, below the same prefixes. */
  readonly otherOrigin?: string;
}

const STARTED_MS = 60_000;

const page = (text: string) => `<!doctype html><link rel="icon" href="data:,"><p>${text}`;
const FILES = {
  "index.html": page("home"),
  "docs/index.html": page("docs"),
  "bare/deep/x.txt": "x",
  "_redirects": "/old /docs/ 301\n",
};

/**
 * Uses a site and its X-ray behind a proxy.
 *
 * @param shot What a picture of the X-ray is called, to be looked at.
 * @param within Runs a proxy that forwards to both ports while its argument runs.
 */
export async function useBehind(
  shot: string,
  within: (
    ports: { readonly site: number; readonly xray: number },
    use: (proxy: PrefixProxy) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  const recorder = openRecorder();
  const init = { listing: true, live: true, observer: recorder };
  await withServer(FILES, async (running) => {
    const xrayPort = freePort();
    await within({ site: running.port, xray: xrayPort }, (proxy) =>
      withBrowser(async (browser) => {
        const viewport = { width: 1440, height: 900 };
        await using context = await browser.newContext({ viewport });
        const complaints: string[] = [];
        await useSite(await watched(context, proxy, complaints), running, proxy);
        const { origin, prefixOf } = proxy;
        const address = origin + prefixOf(xrayPort);
        const onError = (error: unknown) => running.errors.push(error);
        const other = proxy.otherOrigin?.concat(prefixOf(xrayPort));
        const origins = other === undefined ? [address] : [address, other];
        const init = { hostname: "127.0.0.1", port: xrayPort, origins, onError };
        const xray = serveXray(recorder, init);
        try {
          const shown = await watched(context, proxy, complaints);
          await shown.goto(xray.url);
          await useXray(shown, running, address);
          await until(() => recorder.experiments.serial, STARTED_MS);
          const folder = Deno.env.get("VITRINE_SHOTS");
          if (folder !== undefined) await shown.screenshot({ path: `${folder}/${shot}.png` });
          if (other !== undefined) {
            await shown.goto(xray.url.replace(address, other));
            await shown.click("#banner:not([hidden]) #reset");
            await until(() => !recorder.experiments.serial, STARTED_MS);
          }
        } finally {
          await context.close();
          await xray.close();
        }
        assertEquals([complaints, running.errors], [[], []]);
      }, ["--ignore-certificate-errors"])); // That of a context is not for its shared workers.
  }, init);
}

/** A tab, and what leaves the prefix or is thrown in it. */
async function watched(
  context: BrowserContext,
  { prefixOf }: PrefixProxy,
  complaints: string[],
): Promise<Page> {
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    const port = Number(/\/(\d+)\//.exec(pathname)?.[1]);
    if (!pathname.startsWith(prefixOf(port))) complaints.push(`left the prefix: ${request.url()}`);
  });
  return page;
}

async function useSite(tab: Page, { port, root }: Running, proxy: PrefixProxy): Promise<void> {
  const site = proxy.origin + proxy.prefixOf(port);
  await tab.goto(`${site}docs`);
  assertEquals([tab.url(), await tab.innerText("p")], [`${site}docs/`, "docs"]);
  if (proxy.leadsBack) { // A rule's path is that of the host.
    await tab.goto(`${site}old`);
    assertEquals([tab.url(), await tab.innerText("p")], [`${site}docs/`, "docs"]);
  }
  await tab.goto(`${site}bare`);
  await tab.click("text=deep");
  await tab.click("text=Parent folder");
  assertEquals(tab.url(), `${site}bare/`);
  await tab.goto(`${site}no/such/page`);
  await tab.click("text=Hint: visit index.html page");
  assertEquals([tab.url(), await tab.innerText("p")], [`${site}index.html`, "home"]);

  await writeFile(root, "index.html", page("changed"));
  await until(async () => await tab.innerText("p") === "changed", STARTED_MS);
}

async function useXray(shown: Page, { exchange }: Running, address: string): Promise<void> {
  await untilLive(shown);
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
}

function untilLive(shown: Page): Promise<void> {
  const state = "document.body.dataset.state === 'live'";
  return until(() => shown.evaluate<boolean>(state), STARTED_MS);
}
