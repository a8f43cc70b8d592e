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

/** How many columns of the lanes have the colour of a step: 0 where no block is in sight. */
export function blockColumns(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const steps = ["cc79a7", "56b4e9", "e69f00", "009e73", "f0e442", "0072b2"];
    const colors = new Set(steps.map((hex) => parseInt(hex, 16)));
    const canvas = document.getElementById("lanes");
    // A copy: Chromium complains of a canvas that is both drawn and read.
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    const columns = new Set();
    for (let i = 0; i < data.length; i += 4) {
      if (colors.has(data[i] * 65536 + data[i + 1] * 256 + data[i + 2])) columns.add((i / 4) % canvas.width);
    }
    return columns.size;
  })()`);
}

/** Opens the latest request in the list. */
export async function openLatest(page: Page, text: string): Promise<void> {
  // The list stays as it is while somebody points at it.
  await page.mouse.move(0, 0);
  await page.evaluate("document.activeElement?.blur()");
  const row = page.locator("#recent tr", { hasText: text }).first();
  const id = await row.getAttribute("data-id");
  await row.locator("button").click();
  await page.waitForSelector(`.title[data-id="${id}"]`); // Until it comes, the one before is shown.
  await page.waitForSelector("#reason");
}
