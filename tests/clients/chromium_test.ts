/** The demo site in a real browser, which forgives less than it seems to: every message and request is looked at. */

import { assert, assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { testInChromium } from "../chromium.ts";
import { type Running, withServer } from "../wire/harness.ts";

const SITE = `${import.meta.dirname}/../../static`;

const SIZES = {
  phone: { width: 390, height: 844 },
  tablet: { width: 1024, height: 768 },
  desktop: { width: 1440, height: 900 },
};

/** What a page said and asked for while it was open. */
interface Diary {
  readonly complaints: string[];
  /** Status and path of each response. */
  readonly responses: string[];
}

function keepDiary(page: Page, origin: string): Diary {
  const diary: Diary = { complaints: [], responses: [] };
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      diary.complaints.push(`${message.text()} at ${message.location().url}`);
    }
  });
  page.on("pageerror", (error) => diary.complaints.push(String(error)));
  page.on("requestfailed", (request) => diary.complaints.push(`failed: ${request.url()}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) {
      diary.complaints.push(`outside: ${url}`);
    }
  });
  page.on("response", (response) => {
    diary.responses.push(`${response.status()} ${response.url().slice(origin.length)}`);
  });
  return diary;
}

/** Opens the site in a new, empty profile of a size; gives what `visit` gives. */
async function withPage(
  browser: Browser,
  { port }: Running,
  viewport: { width: number; height: number },
  visit: (page: Page, origin: string, diary: Diary) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport });
  try {
    const page = await context.newPage();
    const origin = `http://127.0.0.1:${port}`;
    await visit(page, origin, keepDiary(page, origin));
  } finally {
    await context.close();
  }
}

/** Waits until nothing more is loaded, then looks at it. */
async function checkLayout(page: Page, where: string): Promise<void> {
  await page.waitForLoadState("networkidle");
  await checkPictures(page, where);
}

/** Looks for pictures that did not come, and for a page too wide. */
async function checkPictures(page: Page, where: string): Promise<void> {
  const broken = await page.evaluate(
    "[...document.images].filter((i) => !i.complete || i.naturalWidth === 0).map((i) => i.src)",
  );
  assertEquals(broken, [], `${where}: pictures`);
  const overflow = await page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  assertEquals(overflow, 0, `${where}: pixels too wide`);
}

async function visitSite(browser: Browser, running: Running, size: keyof typeof SIZES) {
  await withPage(browser, running, SIZES[size], async (page, origin, diary) => {
    await page.goto(`${origin}/`);
    await checkLayout(page, `index, ${size}`);
    await page.goto(`${origin}/gallery`);
    assertEquals(page.url(), `${origin}/gallery/`, "redirected to its slash");
    await checkLayout(page, `gallery, ${size}`);
    assertEquals(diary.complaints, []);
    const odd = diary.responses.filter((line) => !/^(200|304) /.test(line));
    assertEquals(odd, ["301 /gallery"]);
  });
}

async function visitMissing(browser: Browser, running: Running, size: keyof typeof SIZES) {
  await withPage(browser, running, SIZES[size], async (page, origin, diary) => {
    const response = await page.goto(`${origin}/deep/down/missing.html?q=1`);
    assertEquals(response?.status(), 404);
    await checkLayout(page, `missing page, ${size}`);
    const text = await page.innerText("body");
    assert(text.includes("404 Page Not Found"), text);
    // Chromium itself complains of the document, and must of nothing else: its style sheet is found.
    const others = diary.complaints.filter((line) => !line.endsWith("/missing.html?q=1"));
    assertEquals(others, []);
    assertEquals(diary.responses.filter((line) => !/^(200|304) /.test(line)), [
      "404 /deep/down/missing.html?q=1",
    ]);
    await page.click("text=index.html");
    await page.waitForURL(`${origin}/index.html`);
  });
}

/** Follows the guide from its first page by its own links, to the end, and looks at each chapter in every size. */
async function visitGuide(browser: Browser, running: Running) {
  await withPage(browser, running, SIZES.desktop, async (page, origin, diary) => {
    await page.goto(`${origin}/`);
    await page.click("footer a");
    for (let chapters = 1; page.url() !== `${origin}/index.html`; chapters++) {
      await page.waitForLoadState("load"); // Its script does nothing later that can be seen.
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        await checkPictures(page, `${page.url()}, ${size}`);
      }
      assertEquals(await page.locator("nav [aria-current]").count(), 1, page.url());
      assert(chapters < 20, "the guide has an end");
      await page.click("footer a");
    }
    assertEquals(diary.complaints, []);
    const chapters = diary.responses.filter((line) => /^200 \/guide\/\w+\.html/.test(line));
    assertEquals(chapters.length, await countChapters(), "each once");
  });
}

async function countChapters(): Promise<number> {
  const entries = await Array.fromAsync(Deno.readDir(`${SITE}/guide`));
  // Worksheets are for print, and linked from the chapter for teachers.
  const chapters = entries.filter(({ name }) => name !== "worksheets.html");
  return chapters.filter(({ name }) => name.endsWith(".html")).length;
}

async function reload(browser: Browser, running: Running) {
  await withPage(browser, running, SIZES.desktop, async (page, origin, diary) => {
    await page.goto(`${origin}/`, { waitUntil: "networkidle" });
    const before = running.log.length;
    await page.reload({ waitUntil: "networkidle" });
    const again = running.log.slice(before).filter((entry) => entry.requestLine?.startsWith("GET"));
    assert(again.length > 0 && again.every((entry) => entry.statusCode === 304), "all from cache");
    assertEquals(diary.complaints, []);
  });
}

testInChromium("serve() shows its site in Chromium, without complaint", async (browser) => {
  await withServer({}, async (running) => {
    for (const size of ["phone", "desktop"] as const) {
      await visitSite(browser, running, size);
      await visitMissing(browser, running, size);
    }
    await reload(browser, running);
    const { log, errors } = running;
    assertEquals(log.filter((entry) => !entry.complete), []);
    assertEquals(errors, []);
    // Chromium opens up to six connections to a host, and two in advance; keep-alive does the rest.
    const connections = new Set(log.map((entry) => entry.connection)).size;
    assert(connections <= 5 * 8 && connections < log.length, `${connections} connections`);
  }, { root: SITE });
});

testInChromium("serve() shows the guide in Chromium, chapter after chapter", async (browser) => {
  await withServer({}, async (running) => {
    await visitGuide(browser, running);
    assertEquals(running.errors, []);
  }, { root: SITE });
});
