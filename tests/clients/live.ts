/** What the tests of `--live` in a real browser share: a page, its colour, and waiting for what comes of a change. */

import type { Page } from "playwright-core";

export const page = (text: string) =>
  `<!DOCTYPE html><link rel="stylesheet" href="a.css"><p>${text}`;

/** Waits until an expression in the page is true. */
export async function until(page: Page, expression: string): Promise<void> {
  await page.waitForFunction(expression, undefined, { timeout: 10_000 });
}

/** The colour of an element, as an expression; undefined while a page or frame that reloads has none. */
export const colourOf = (element: string) => `((p) => p && getComputedStyle(p).color)(${element})`;
export const COLOUR = colourOf("document.querySelector('p')");

/** What a tab does when it is hidden or shown; headless Chromium hides none by itself. */
export async function hide(tab: Page, isHidden: boolean): Promise<void> {
  await tab.evaluate(
    `Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"))`,
  );
}

/** Follows until the greeting or an event tells of `count` changes. */
export async function untilChange(port: number, count: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/.vitrine/live`);
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (new RegExp(`-${count}\n`).test(text)) break;
  }
}
