/** What tests of the page in Chromium share: a page that is opened, and must not complain. */

import { assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { Buffer } from "node:buffer";
import { testInChromium } from "../chromium.ts";
import { until, type Watched, withXray } from "./testing.ts";

const FILES = {
  "index.html": "<p>hi",
  "big.txt": "x".repeat(20_000),
  "image.bin": new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0xff]),
};

/** The page, opened, and what went wrong on it. */
export interface Opened extends Watched {
  readonly page: Page;
  readonly complaints: string[];
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text);
}

export async function openPage(browser: Browser, url: string, complaints: string[]): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    const { origin } = new URL(url);
    if (!/^(?:data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin) {
      complaints.push(`outside: ${request.url()}`);
    }
  });
  await page.goto(url);
  await until(() => page.evaluate<boolean>("document.body.dataset.state === 'live'"));
  return page;
}

/** Registers a test in Chromium, at the end of which nobody must have complained. */
export function testPage(
  name: string,
  test: (opened: Opened, browser: Browser) => Promise<void>,
): void {
  testInChromium(name, async (browser) => {
    await withXray(FILES, async (watched) => {
      const complaints: string[] = [];
      const page = await openPage(browser, watched.xray.url, complaints);
      await test({ ...watched, page, complaints }, browser);
      assertEquals(complaints, []);
      assertEquals(watched.errors, []);
    });
  });
}

/** Opens the latest request in the list. */
export async function openLatest(page: Page, text: string): Promise<void> {
  // The list stays as it is while somebody points at it.
  await page.mouse.move(0, 0);
  await page.evaluate("document.activeElement?.blur()");
  await page.locator("#recent tr", { hasText: text }).first().locator("button").click();
  await page.waitForSelector("#reason");
}
