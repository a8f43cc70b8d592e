/**
 * What pages of today want of a server, in Chromium: htmx with its fragments and its history, a service worker that takes
 * over, WebAssembly that is compiled while it comes, and a film that is sought in. Each on Vitrine and on nginx.
 */

import { assert, assertEquals } from "@std/assert";
import htmx from "htmx/script" with { type: "text" };
import type { Page } from "playwright-core";
import { testInChromium } from "../chromium.ts";
import { writeFile } from "../wire/harness.ts";
import { csv, doTwice, runIn, type Site, targetsOf } from "./beside_nginx.ts";

/** A job in a page of a new, empty profile; nothing may be complained of but what `expected` names. */
interface PageJob {
  readonly make: (root: string, spare: string) => Promise<void>;
  readonly work: (page: Page, site: Site) => Promise<unknown>;
  readonly expected?: RegExp;
  /** Programs that it needs beside Chromium. */
  readonly tools?: readonly string[];
}

function testPage(name: string, { make, work, expected = /^$/, tools = [] }: PageJob): void {
  testInChromium(name, async (browser) => {
    await doTwice<never>({
      tools: [],
      make: (root, _, spare) => make(root, spare),
      async work(site) {
        const context = await browser.newContext();
        try {
          const page = await context.newPage();
          page.setDefaultTimeout(15_000);
          const complaints: string[] = [];
          page.on("console", (message) => {
            if (["error", "warning"].includes(message.type())) complaints.push(message.text());
          });
          page.on("pageerror", (error) => complaints.push(String(error)));
          const result = await work(page, site);
          assertEquals(complaints.filter((text) => !expected.test(text)), []);
          return result;
        } finally {
          await context.close();
        }
      },
    }, {});
  }, tools);
}

const head = (more: string) =>
  `<!DOCTYPE html><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">${more}`;

testPage("serve() gives htmx its fragments, its pages, and its way back, in Chromium", {
  async make(root) {
    const files = {
      "htmx.js": htmx,
      "index.html": `${head('<script src="htmx.js"></script>')}<body hx-boost="true"><h1>First</h1>
        <button hx-get="parts/hello.html" hx-target="#out">Hello</button>
        <button hx-get="parts/gone.html" hx-target="#out">Gone</button>
        <a href="second/">Second</a><div id="out">nothing</div>
        <div hx-get="parts/late.html" hx-trigger="load" id="late"></div>
        <script>addEventListener("htmx:responseError", (e) => document.title = e.detail.xhr.status)</script>`,
      "second/index.html": `${
        head('<script src="../htmx.js"></script>')
      }<body hx-boost="true"><h1>Second</h1>
        <a href="../index.html">First</a>`,
      "parts/hello.html": "<p>hello, <b>fragment</b></p>",
      "parts/late.html": "<p>on load</p>",
    };
    for (const [path, content] of Object.entries(files)) await writeFile(root, path, content);
  },
  expected: /404 \(|Response Status Error Code 404/,
  async work(page, { url }) {
    const seen: string[] = [];
    const see = async (selector: string, text: string) => {
      await page.locator(selector, { hasText: text }).waitFor();
      seen.push(
        `${new URL(page.url()).pathname} ${await page.title()} ${await page.innerText(selector)}`,
      );
    };
    await page.goto(url);
    await see("#late", "on load");
    await page.click("text=Hello");
    await see("#out", "hello, fragment");
    await page.click("text=Gone");
    await page.waitForFunction("document.title === '404'");
    await see("#out", "hello, fragment"); // An error page is not put into a page.
    // Boosted links and the way back, without a new document.
    await page.evaluate("window.isSameDocument = true");
    await page.click("text=Second");
    await see("h1", "Second");
    await page.goBack();
    await see("h1", "First");
    await see("#out", "hello, fragment");
    await page.goForward();
    await page.click("text=First");
    await see("h1", "First");
    assertEquals(await page.evaluate("window.isSameDocument"), true);
    return seen;
  },
});

const worker = (version: string) => `
  const NAME = "${version}";
  addEventListener("install", (event) => event.waitUntil((async () => {
    const cache = await caches.open(NAME);
    await cache.addAll(["./", "app.js", "table.csv", "picture.svg"]);
    await skipWaiting();
  })()));
  addEventListener("activate", (event) => event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
    await clients.claim();
  })()));
  addEventListener("fetch", (event) => event.respondWith((async () =>
    await caches.match(event.request) ?? await fetch(event.request))()));`;

testPage("serve() has a service worker keep its site in Chromium, and take a new one", {
  async make(root) {
    const files = {
      "app/index.html": `${
        head('<script type="module" src="app.js"></script>')
      }<p>loading</p><img src="picture.svg">`,
      "app/app.js": `
        await navigator.serviceWorker.register("sw.js");
        await navigator.serviceWorker.ready;
        const rows = (await (await fetch("table.csv")).text()).split("\\n").length;
        document.querySelector("p").textContent = rows + " rows";`,
      "app/table.csv": csv(200_000),
      "app/picture.svg":
        '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>',
      "app/sw.js": worker("one"),
    };
    for (const [path, content] of Object.entries(files)) await writeFile(root, path, content);
  },
  async work(page, { url, root }) {
    const rows = `${csv(200_000).split("\n").length} rows`;
    const shows = () => page.locator("p", { hasText: rows }).waitFor();
    const names = () => page.evaluate("caches.keys()");
    await page.goto(`${url}app/`);
    await shows();
    await page.waitForFunction("navigator.serviceWorker.controller !== null");
    assertEquals(await names(), ["one"]);
    // Without the server, all comes from what the worker has kept.
    await page.context().setOffline(true);
    await page.reload();
    await shows();
    const width = await page.evaluate(
      "document.images[0].decode().then(() => document.images[0].naturalWidth)",
    );
    await page.context().setOffline(false);
    // Another worker is found by a request of Chromium that asks past all caches.
    await writeFile(root, "app/sw.js", worker("two"));
    await page.evaluate(
      "navigator.serviceWorker.ready.then((registration) => registration.update())",
    );
    await page.waitForFunction("caches.keys().then((names) => names.join() === 'two')");
    await writeFile(root, "app/sw.js", worker("one"));
    return { rows, width, names: await names() };
  },
});

/** A module that adds two numbers, and has more to it that nobody uses. */
function wasmModule(): Uint8Array {
  const name = new TextEncoder().encode("unused");
  const unused = new TextEncoder().encode(csv(200_000));
  const leb = (value: number) => {
    const bytes = [];
    for (; value > 127; value >>>= 7) bytes.push(value & 127 | 128);
    return [...bytes, value];
  };
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...[1, 7, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f], // a type: (i32, i32) -> i32
    ...[3, 2, 1, 0], // a function of it
    ...[7, 7, 1, 3, 0x61, 0x64, 0x64, 0, 0], // is exported as "add"
    ...[10, 9, 1, 7, 0, 0x20, 0, 0x20, 1, 0x6a, 0x0b], // get 0, get 1, add
    ...[0, ...leb(1 + name.length + unused.length), name.length, ...name, ...unused],
  ]);
}

testPage("serve() streams WebAssembly to Chromium, and modules that import it", {
  async make(root) {
    await writeFile(root, "add.wasm", wasmModule());
    await writeFile(
      root,
      "lib/add.js",
      'export const load = () => WebAssembly.instantiateStreaming(fetch("/add.wasm"));',
    );
    await writeFile(
      root,
      "index.html",
      head(`<p></p><script type="module">
      import { load } from "./lib/add.js";
      const { instance } = await load();
      document.querySelector("p").textContent = "sum " + instance.exports.add(40, 2);</script>`),
    );
  },
  async work(page, { url }) {
    await page.goto(url);
    await page.locator("p", { hasText: "sum" }).waitFor();
    const text = await page.innerText("p");
    assertEquals(text, "sum 42");
    return text;
  },
});

testPage("serve() lets Chromium seek in films, the index of one of which is at its end", {
  tools: ["ffmpeg"],
  async make(root, spare) {
    for (const name of Object.keys(CODECS)) {
      const quiet = ["-nostdin", "-loglevel", "error"];
      await runIn(spare, ["ffmpeg", ...quiet, ...FILM, ...CODECS[name], `${root}/${name}`]);
      assert(
        (await Deno.stat(`${root}/${name}`)).size > 2_000_000,
        "more than a browser reads ahead",
      );
      const film = `<video muted preload="metadata" src="${name}"></video>`;
      await writeFile(root, `${name}.html`, head(film));
    }
  },
  async work(page, site) {
    const seen: Still[] = [];
    for (const name of Object.keys(CODECS)) {
      await page.goto(`${site.url}${name}.html`);
      for (const seconds of [18, 2, 11]) {
        const still = await page.evaluate<Still>(`(${LOOK})(${seconds})`);
        const { time, end, brightness } = still;
        assertEquals([time, end], [seconds, 20], name);
        assert(Math.abs(brightness - 12 * seconds) < 40, `${name} at ${seconds} s: ${brightness}`);
        seen.push(still);
      }
      const parts = targetsOf(site, 206).filter((target) => target === `/${name}`);
      // The index of the MP4 is at its end; a WebM of this size may come in one.
      const least = name.endsWith(".mp4") ? 2 : 1;
      if (site.vitrine !== null) assert(parts.length >= least, `${name}: ${parts.length} parts`);
    }
    return seen;
  },
});

/** What is seen of a film. */
interface Still {
  readonly time: number;
  readonly end: number;
  /** 0 to 255. */
  readonly brightness: number;
}

/** Seeks in the film of the page, and gives what is seen then; for the page. */
const LOOK = `async (seconds) => {
  const film = document.querySelector("video");
  const until = (event) => new Promise((go, fail) => {
    film.addEventListener(event, go, { once: true });
    film.addEventListener("error", () => fail(film.error), { once: true });
  });
  if (film.readyState < film.HAVE_METADATA) await until("loadedmetadata");
  const sought = until("seeked");
  film.currentTime = seconds;
  await sought;
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = canvas.getContext("2d");
  let green = 0;
  for (let tries = 0; green === 0 && tries < 100; tries++) { // A busy machine shows it some time after.
    if (tries > 0) await new Promise((go) => setTimeout(go, 100));
    context.drawImage(film, 0, 0, 1, 1);
    green = context.getImageData(0, 0, 1, 1).data[1];
  }
  return { time: film.currentTime, end: Math.round(film.seekable.end(0)), brightness: green };
}`;

/** 20 s of noise, first dark and then ever brighter. */
const FILM = [
  ...["-f", "lavfi", "-i", "nullsrc=size=320x240:rate=5,geq=lum='12*T+random(1)*20':cb=128:cr=128"],
  ...["-t", "20", "-g", "10", "-pix_fmt", "yuv420p"],
];
const CODECS: Readonly<Record<string, readonly string[]>> = {
  "film.mp4": ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "10"],
  "film.webm": ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "4M"],
};
