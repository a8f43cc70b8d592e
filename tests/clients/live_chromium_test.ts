/** `--live` in a real browser: a page reloads, a style sheet swaps without, and a hidden page catches up. */

import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { testInChromium } from "../chromium.ts";
import { withServer, writeFile } from "../wire/harness.ts";

const page = (text: string) => `<!DOCTYPE html><link rel="stylesheet" href="a.css"><p>${text}`;

/** Waits until an expression in the page is true. */
async function until(page: Page, expression: string): Promise<void> {
  await page.waitForFunction(expression, undefined, { timeout: 10_000 });
}

const COLOUR = "getComputedStyle(document.querySelector('p')).color";

testInChromium("live: Chromium reloads pages and swaps style sheets", async (browser) => {
  const files = {
    "index.html": page("one"),
    "a.css": "p { color: rgb(255, 0, 0) }",
    "favicon.ico": "", // Asked for by itself.
  };
  await withServer(files, async (running) => {
    const { root, port } = running;
    const tab = await browser.newPage();
    const complaints: string[] = [];
    tab.on("console", (message) => complaints.push(message.text()));
    tab.on("pageerror", (error) => complaints.push(String(error)));
    const followed = () =>
      tab.waitForResponse((response) => response.url().endsWith("/.vitrine/live"));

    const first = followed();
    await tab.goto(`http://127.0.0.1:${port}/`);
    await first;
    await until(tab, `${COLOUR} === "rgb(255, 0, 0)"`);
    await tab.evaluate("window.isSamePage = true");

    await writeFile(root, "a.css", "p { color: rgb(0, 0, 255) }");
    await until(tab, `${COLOUR} === "rgb(0, 0, 255)"`);
    assertEquals(await tab.evaluate("window.isSamePage"), true, "swapped without a reload");
    await until(tab, "document.querySelectorAll('link').length === 1");

    const second = followed();
    await writeFile(root, "index.html", page("two"));
    await until(tab, "document.querySelector('p')?.textContent.trim() === 'two'");
    assertEquals(await tab.evaluate("window.isSamePage"), undefined, "a new page");
    await second;

    // What a tab does when it is hidden; headless Chromium hides none by itself.
    const hide = (isHidden: boolean) =>
      tab.evaluate(
        `Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"))`,
      );
    const hungUp = running.log.length;
    await hide(true);
    while (
      !running.log.slice(hungUp).some(({ requestLine }) => requestLine?.includes("/live "))
    ) {
      await tab.evaluate("1");
    }
    await writeFile(root, "index.html", page("three"));
    assertEquals(await tab.evaluate("document.querySelector('p').textContent.trim()"), "two");
    // A follower of our own tells when the change has been noticed.
    await untilChange(port, 3);
    await hide(false).catch(() => {}); // The page may be gone before it answers.
    await until(tab, "document.querySelector('p')?.textContent.trim() === 'three'");
    assertEquals(complaints, []);
    assertEquals(running.errors, []);
    await tab.close();
  }, { live: true });
});

/** Follows until the greeting or an event tells of `count` changes. */
async function untilChange(port: number, count: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/.vitrine/live`);
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (new RegExp(`-${count}\n`).test(text)) break;
  }
}
