/** `--live` in a real browser: a page reloads, a style sheet swaps without, and a hidden page catches up. */

import { assertEquals } from "@std/assert";
import { testInChromium } from "../chromium.ts";
import { withServer, writeFile } from "../wire/harness.ts";
import { COLOUR, hide, page, until, untilChange } from "./live.ts";

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
    await tab.goto(`http://127.0.0.1:${port}/`);
    await until(tab, `${COLOUR} === "rgb(255, 0, 0)"`);
    await tab.evaluate("window.isSamePage = true");

    await writeFile(root, "a.css", "p { color: rgb(0, 0, 255) }");
    await until(tab, `${COLOUR} === "rgb(0, 0, 255)"`);
    assertEquals(await tab.evaluate("window.isSamePage"), true, "swapped without a reload");
    await until(tab, "document.querySelectorAll('link').length === 1");

    await writeFile(root, "index.html", page("two"));
    await until(tab, "document.querySelector('p')?.textContent.trim() === 'two'");
    assertEquals(await tab.evaluate("window.isSamePage"), undefined, "a new page");

    await hide(tab, true);
    await writeFile(root, "index.html", page("three"));
    assertEquals(await tab.evaluate("document.querySelector('p').textContent.trim()"), "two");
    // A follower of our own tells when the change has been noticed.
    await untilChange(port, 3);
    await hide(tab, false).catch(() => {}); // The page may be gone before it answers.
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
      let loads = 0;
      tab.on("request", (request) => request.isNavigationRequest() && loads++);
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
      assertEquals(loads, 2, "and then it rests");
      await tab.close();
    }, { live: true });
  },
);

testInChromium("live: a page that a service worker passes on reloads as well", async (browser) => {
  const files = {
    "index.html": page("one"),
    "sw.js": `oninstall = () => skipWaiting();
      onactivate = (event) => event.waitUntil(clients.claim());
      onfetch = (event) => event.respondWith(fetch(event.request));`,
    "favicon.ico": "",
  };
  await withServer(files, async ({ root, port }) => {
    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${port}/`);
    await tab.evaluate(`navigator.serviceWorker.register("/sw.js").then(() =>
      navigator.serviceWorker.ready)`);
    for (const text of ["two", "three"]) {
      await tab.goto(`http://127.0.0.1:${port}/`);
      await until(tab, "navigator.serviceWorker.controller !== null");
      await writeFile(root, "index.html", page(text));
      await until(tab, `document.querySelector('p')?.textContent.trim() === '${text}'`);
    }
    await tab.close();
  }, { live: true });
});
