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

testInChromium(
  "live: Chromium comes back from an error page, whatever a build does",
  async (browser) => {
    const files = { "one.html": page("one"), "sub/a.html": page("a"), "favicon.ico": "" };
    await withServer(files, async ({ root, port }) => {
      const tab = await browser.newPage();
      const shows = (text: string) =>
        until(
          tab,
          `document.readyState === "complete" && document.body?.innerText.includes("${text}")`,
        );
      await tab.goto(`http://127.0.0.1:${port}/one.html`);
      await shows("one");
      for (
        const [missing, files] of [
          ["404 Page Not Found", {}],
          ["our own", { "404.html": "<p>our own" }],
        ] as const
      ) {
        for (const [name, text] of Object.entries(files)) await writeFile(root, name, text);
        for (const made of ["two", "three"]) {
          // A clean build: away with all, and then, when the browser has seen that, all anew.
          await Deno.remove(`${root}/one.html`);
          await shows(missing);
          await writeFile(root, "one.html", page(made));
          await shows(made);
        }
      }
      // A listing reloads as well, and so does a file that it names.
      await tab.goto(`http://127.0.0.1:${port}/sub/`);
      await shows("a.html");
      await writeFile(root, "sub/b.html", page("b"));
      await shows("b.html");
      await writeFile(root, "sub/index.html", page("index"));
      await shows("index");
      await tab.close();
    }, { live: true, listing: true });
  },
);

testInChromium(
  "live: Chromium misses no change that happens while a page loads",
  async (browser) => {
    await withServer({ "favicon.ico": "" }, async ({ root, port }) => {
      const tab = await browser.newPage();
      let asked = 0;
      // The page is made, and the server has long noticed, before the script of the 404 page is asked for.
      await tab.route("**/.vitrine/live.js", async (route) => {
        if (asked++ === 0) {
          await writeFile(root, "index.html", page("made"));
          await untilChange(port, 1);
        }
        await route.continue();
      });
      await tab.goto(`http://127.0.0.1:${port}/`);
      await until(tab, "document.querySelector('p')?.textContent.trim() === 'made'");
      await until(
        tab,
        "performance.getEntriesByName(document.querySelector('script').src).length > 0",
      );
      assertEquals(asked, 2, "and then it rests");
      await tab.close();
    }, { live: true });
  },
);

/** Follows until the greeting or an event tells of `count` changes. */
async function untilChange(port: number, count: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/.vitrine/live`);
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (new RegExp(`-${count}\n`).test(text)) break;
  }
}
