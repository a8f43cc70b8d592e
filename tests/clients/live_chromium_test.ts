/** `--live` in a real browser: a page reloads, a style sheet swaps without, and a hidden page catches up. */

import { assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { stepsInChromium, testInChromium } from "../chromium.ts";
import type { LogEntry } from "../../lib/log/format.ts";
import { withServer, writeFile } from "../wire/harness.ts";

const page = (text: string) => `<!DOCTYPE html><link rel="stylesheet" href="a.css"><p>${text}`;

/** Waits until an expression in the page is true. */
async function until(page: Page, expression: string): Promise<void> {
  await page.waitForFunction(expression, undefined, { timeout: 10_000 });
}

/** The colour of an element, as an expression; undefined while a page or frame that reloads has none. */
const colourOf = (element: string) => `((p) => p && getComputedStyle(p).color)(${element})`;
const COLOUR = colourOf("document.querySelector('p')");

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

const RED = "p { color: rgb(255, 0, 0) }";
const BLUE = "p { color: rgb(0, 0, 255) }";
const P = "<!DOCTYPE html><meta charset=utf-8><p>hi</p>";

const STYLES: readonly (readonly [
  what: string,
  files: Record<string, string>,
  outcome: "swapped" | "reloaded",
  colour?: string,
])[] = [
  // Each has x.css in some way, which changes.
  ["a link", { "index.html": `${P}<link rel=stylesheet href=x.css>` }, "swapped"],
  ["a link with a query and other spelling", {
    "index.html": `${P}<link rel=stylesheet href="./%78.css?v=1">`,
  }, "swapped"],
  ["what a linked sheet imports", {
    "index.html": `${P}<link rel=stylesheet href=a.css>`,
    "a.css": "@import 'b.css';",
    "b.css": "@import url(x.css);",
  }, "swapped"],
  [
    "a frame with a link",
    {
      "index.html": `${P}<iframe src=frame.html></iframe>`,
      "frame.html": `${P}<link rel=stylesheet href=x.css>`,
    },
    "swapped",
    colourOf("frames[0]?.document?.querySelector('p')"),
  ],
  [
    "a link in an open shadow root",
    {
      "index.html": `<!DOCTYPE html><div><template shadowrootmode=open>
      <link rel=stylesheet href=x.css><p>hi</template></div>`,
    },
    "swapped",
    colourOf("document.querySelector('div')?.shadowRoot?.querySelector('p')"),
  ],
  ["@import in <style>", { "index.html": `${P}<style>@import "x.css";</style>` }, "reloaded"],
  ["a link, and @import in <style>", {
    "index.html": `${P}<link rel=stylesheet href=x.css><style>@import "x.css";</style>`,
  }, "reloaded"],
  [
    "@import in <style> of a frame",
    {
      "index.html": `${P}<link rel=stylesheet href=x.css><iframe src=frame.html></iframe>`,
      "frame.html": `${P}<style>@import "x.css";</style>`,
    },
    "reloaded",
    colourOf("frames[0]?.document?.querySelector('p')"),
  ],
  [
    "a closed shadow root",
    {
      "index.html": `<!DOCTYPE html><div><template shadowrootmode=closed>
      <link rel=stylesheet href=x.css></template><p>hi</div>`,
    },
    "reloaded",
    "'rgb(0, 0, 255)'",
  ],
  ["a CSS module", {
    "index.html": `${P}<script type=module>
      import sheet from "./x.css" with { type: "css" };
      document.adoptedStyleSheets = [sheet];</script>`,
  }, "reloaded"],
  ["a CSS module and a link", {
    "index.html": `${P}<link rel=stylesheet href=x.css><script type=module>
      import sheet from "./x.css" with { type: "css" };
      document.adoptedStyleSheets = [sheet];</script>`,
  }, "reloaded"],
  ["fetch", {
    "index.html": `${P}<script>fetch("x.css").then((r) => r.text()).then((text) =>
      document.head.append(Object.assign(document.createElement("style"), { textContent: text })));
      </script>`,
  }, "reloaded"],
  [
    "the style sheet of an SVG",
    {
      "index.html": `${P}<object data=x.svg></object>`,
      "x.svg": `<?xml-stylesheet href="x.css"?><svg xmlns="http://www.w3.org/2000/svg"><text y="20"
      id="t">hi</text></svg>`,
    },
    "reloaded",
    "'rgb(0, 0, 255)'",
  ],
  ["a sheet that no page here names", { "index.html": `${P}<style>${BLUE}</style>` }, "reloaded"],
];

const STYLE_STEPS = STYLES.map(([what, files, outcome, colour = COLOUR]) =>
  [`${outcome}: ${what}`, async (browser: Browser) => {
    await withServer({ ...files, "x.css": RED, "favicon.ico": "" }, async ({ root, port }) => {
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${port}/`);
      const isStatic = colour.startsWith("'") || what.includes("no page");
      if (!isStatic) await until(tab, `${colour} === "rgb(255, 0, 0)"`);
      for (const [css, value] of [[BLUE, "rgb(0, 0, 255)"], [RED, "rgb(255, 0, 0)"]]) {
        await tab.evaluate("window.isSamePage = true");
        await writeFile(root, "x.css", css);
        if (!isStatic) await until(tab, `${colour} === "${value}"`);
        if (outcome === "reloaded") await until(tab, "!window.isSamePage");
        assertEquals(await tab.evaluate("!!window.isSamePage"), outcome === "swapped");
        await tab.waitForLoadState("load");
      }
      await tab.close();
    }, { live: true });
  }] as const
);
stepsInChromium("live: a style sheet that changes is swapped, or its page reloaded", STYLE_STEPS);

/** What a tab does when it is hidden or shown; headless Chromium hides none by itself. */
async function hide(tab: Page, isHidden: boolean): Promise<void> {
  await tab.evaluate(
    `Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"))`,
  );
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

/** Follows until the greeting or an event tells of `count` changes. */
async function untilChange(port: number, count: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/.vitrine/live`);
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (new RegExp(`-${count}\n`).test(text)) break;
  }
}
