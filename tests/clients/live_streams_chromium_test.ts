/** `--live` in a real browser: pages share a stream of events, or follow by themselves where they cannot. */

import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import type { LogEntry } from "../../lib/log/format.ts";
import { testInChromium } from "../chromium.ts";
import { withServer, writeFile } from "../wire/harness.ts";
import { hide, page, until, untilChange } from "./live.ts";

for (const [host, what] of [["127.0.0.1", "this machine"], ["site.test", "another, without TLS"]]) {
  testInChromium(
    `live: eight tabs with frames and fragments share a stream, on ${what}`,
    async (browser) => {
      const shell = (frames: number) =>
        `<!DOCTYPE html><body><p>one<div></div>${
          Array.from({ length: frames }, (_, i) => `<iframe src="frame.html?${i}"></iframe>`).join(
            "",
          )
        }<script>
        addEventListener("load", async () => {
          for (let i = 0; i < 3; i++) {
            // As htmx and jQuery's .load() do: what was fetched is put into the page, and its scripts are run.
            const text = await (await fetch("fragment.html?" + i)).text();
            const part = document.createRange().createContextualFragment(text);
            document.querySelector("div").append(part);
          }
          document.body.dataset.done = "";
        });
      </script>`;
      const files = {
        "index.html": shell(8),
        "one.html": shell(1), // Of the other tabs: eight in one are as many as eight in each.
        "frame.html": "<p>frame",
        "fragment.html": "<i>fragment</i>",
        "favicon.ico": "",
      };
      await withServer(files, async ({ root, port, log, server }) => {
        const context = await browser.newContext();
        const tabs: Page[] = [];
        for (let i = 0; i < 8; i++) {
          const tab = await context.newPage();
          await tab.goto(`http://${host}:${port}/${i === 0 ? "" : "one.html"}`);
          await until(tab, "document.body.dataset.done === ''");
          assertEquals(await tab.locator("i").count(), 3);
          tabs.push(tab);
        }
        const isSecure = await tabs[0].evaluate<boolean>("isSecureContext");
        assertEquals(isSecure, host === "127.0.0.1");
        // Without these fields, fragments and frames do get the script.
        assertEquals(
          await tabs[0].locator('script[src=".vitrine/live.js"]').count(),
          isSecure ? 1 : 4,
        );
        // A frame changes; a tab that is hidden waits until it is shown.
        await hide(tabs[0], true);
        await writeFile(root, "frame.html", "<p>new");
        const isNew =
          "frames[frames.length - 1]?.document.querySelector('p')?.textContent.trim() === 'new'";
        for (const tab of tabs.slice(1)) await until(tab, isNew);
        assertEquals(await tabs[0].evaluate(isNew), false);
        await hide(tabs[0], false).catch(() => {}); // The page may be gone before it answers.
        await until(tabs[0], isNew);
        await context.close();
        await server.shutdown();
        // One; when all reload at once, the worker may go with the old pages and come again with the new ones.
        const streams = streamsAtOnce(log);
        assertEquals(streams === 1 || streams === 2, true, `${streams} streams`);
      }, { live: true });
    },
  );
}

for (
  const [what, fields] of [
    [
      "no shared worker is allowed",
      "/*\n  Content-Security-Policy: default-src 'self'; worker-src 'none'\n",
    ],
    [
      "Trusted Types are asked for",
      "/*\n  Content-Security-Policy: require-trusted-types-for 'script'\n",
    ],
  ]
) {
  testInChromium(`live: a page follows by itself where ${what}`, async (browser) => {
    const files = { "index.html": page("one"), "favicon.ico": "", _headers: fields };
    await withServer(files, async ({ root, port, log, server }) => {
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${port}/`);
      await tab.addScriptTag({ url: "/.vitrine/live.js" }).catch(() => {});
      await writeFile(root, "index.html", page("two"));
      await tab.locator("p", { hasText: "two" }).waitFor({ timeout: 10_000 });
      await hide(tab, true);
      await writeFile(root, "index.html", page("three"));
      await untilChange(port, 2);
      assertEquals(await tab.evaluate("document.querySelector('p').textContent.trim()"), "two");
      await hide(tab, false).catch(() => {});
      await tab.locator("p", { hasText: "three" }).waitFor({ timeout: 10_000 });
      await tab.close();
      await server.shutdown();
      const streams = log.filter(({ requestLine, userAgent }) =>
        requestLine?.startsWith("GET /.vitrine/live ") && userAgent?.includes("Chrome")
      );
      assertEquals(streams.length >= 3, true, "one for each time that it was seen");
      assertEquals(streamsAtOnce(streams), 1, "the script is there twice, and runs once");
    }, { live: true });
  });
}

for (const init of [{ isolate: true }, { auth: "ada:engine" }]) {
  testInChromium(`live: pages share a stream with ${JSON.stringify(init)}`, async (browser) => {
    const files = { "index.html": page("one"), "favicon.ico": "" };
    await withServer(files, async ({ root, port, log, server }) => {
      const httpCredentials = { username: "ada", password: "engine" };
      const context = await browser.newContext({ httpCredentials });
      const tabs = [await context.newPage(), await context.newPage(), await context.newPage()];
      for (const tab of tabs) await tab.goto(`http://127.0.0.1:${port}/`);
      await writeFile(root, "index.html", page("two"));
      for (const tab of tabs) {
        await until(tab, "document.querySelector('p')?.textContent.trim() === 'two'");
      }
      await context.close();
      await server.shutdown();
      const streams = log.filter(({ requestLine, statusCode }) =>
        requestLine?.startsWith("GET /.vitrine/live ") && statusCode === 200
      );
      assertEquals(streams.length >= 1 && streamsAtOnce(streams) <= 2, true, `${streams.length}`);
    }, { live: true, ...init });
  });
}

/** How many streams there were at most at one time, of those that have ended. */
function streamsAtOnce(log: readonly LogEntry[]): number {
  const moments = log.filter(({ requestLine }) => requestLine?.startsWith("GET /.vitrine/live "))
    .flatMap(({ timeMs, durationMs }) => [[timeMs - durationMs, 1], [timeMs, -1]])
    .sort(([a, before], [b, after]) => a - b || before - after);
  let most = 0;
  moments.reduce((now, [, change]) => {
    most = Math.max(most, now + change);
    return now + change;
  }, 0);
  return most;
}
