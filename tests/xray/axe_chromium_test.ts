/** The X-ray's page and the site by axe, on every tab and page and in both themes: nothing serious, nothing moderate. */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import axe from "axe-core/script" with { type: "text" };
import { serve } from "../../lib/serve.ts";
import { testInChromium } from "../chromium.ts";
import { until, withXray } from "./testing.ts";

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly {
    readonly target: readonly string[];
    readonly failureSummary: string;
  }[];
}

const TABS = ["lessons", "request", "whole", "experiments", "composer"];
const THEMES = ["light", "dark"] as const;
const SIZES = [[1440, 900], [1024, 768], [390, 844]] as const;

/**
 * What axe finds on a page that is worse than minor, with where it was found: all of its rules in the light, and in the dark
 * that of contrast, as nothing but colours is other than before.
 */
async function findingsOn(page: Page, where: string, theme: "light" | "dark"): Promise<string[]> {
  await page.emulateMedia({ colorScheme: theme });
  const rules = theme === "dark" ? ", runOnly: ['color-contrast']" : "";
  const findings = await page.evaluate(
    `axe.run(document, { resultTypes: ['violations']${rules} }).then(({ violations }) => violations)`,
  ) as Finding[];
  return findings.filter(({ impact }) => impact !== "minor").map(({ id, impact, nodes }) => {
    const places = nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`);
    return `${theme}, ${where}: ${impact} ${id}: ${places.join("; ")}`;
  });
}

testInChromium(
  "axe finds nothing serious or moderate on any tab, light or dark, wide or narrow",
  async (browser) => {
    await withXray({ "a.txt": "hello" }, async ({ xray, exchange, recorder }) => {
      await exchange(
        "GET /a.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\nConnection: close\r\n\r\n",
      );
      await exchange("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
      await until(() => recorder.keptCount === 2);
      const found: string[] = [];
      const page = await browser.newPage();
      await page.goto(xray.url);
      await page.waitForSelector("#recent button");
      await page.locator("#recent tr", { hasText: "304" }).locator("button").click();
      await page.waitForSelector("#reason");
      await page.click(".marks summary");
      await page.evaluate(axe);
      for (const tab of TABS) {
        await page.click(`#tab-${tab}`);
        await page.waitForSelector(tab === "whole" ? ".plots canvas" : `#panel-${tab} h2`);
        for (const [width, height] of tab === "request" ? SIZES : [SIZES[2]]) {
          await page.setViewportSize({ width, height });
          found.push(...await findingsOn(page, `${tab}, ${width}`, "light"));
          const scrollWidth = await page.evaluate("document.documentElement.scrollWidth");
          assertEquals(scrollWidth, width, `${tab}: nothing sticks out`);
        }
        found.push(...await findingsOn(page, tab, "dark"));
      }
      await page.click("#save-page");
      for (const theme of THEMES) found.push(...await findingsOn(page, "handout", theme));
      assertEquals(found, []);
    });
  },
);

testInChromium(
  "axe finds nothing serious or moderate on any page of the site, light or dark",
  async (browser) => {
    const root = await Deno.realPath("static");
    const server = serve({ root, port: 0, hostname: "127.0.0.1" });
    const found: string[] = [];
    try {
      const pages = [...Deno.readDirSync(`${root}/guide`)].filter(({ name }) =>
        name.endsWith(".html")
      )
        .map(({ name }) => `guide/${name}`);
      assert(pages.length > 10);
      const page = await browser.newPage({ viewport: { width: 1024, height: 768 } });
      for (const path of ["", "gallery/", "none.html", ...pages]) {
        await page.goto(`http://127.0.0.1:${server.address.port}/${path}`);
        await page.evaluate(axe);
        found.push(...await findingsOn(page, `/${path}`, "light"));
        if (!/^guide\/(?!xray|worksheets)/.test(path)) { // Chapters are made of the same pieces.
          found.push(...await findingsOn(page, `/${path}`, "dark"));
        }
      }
    } finally {
      await server.shutdown();
    }
    assertEquals(found, []);
  },
);

testInChromium("nothing is said by colour or motion alone", async (browser) => {
  await withXray({ "a.txt": "hello" }, async ({ xray, exchange }) => {
    await exchange(
      "GET /a.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\nConnection: close\r\n\r\n",
    );
    await exchange("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    const page = await browser.newPage({ forcedColors: "active", reducedMotion: "reduce" });
    await page.goto(xray.url);
    await page.waitForSelector("#recent button");
    await page.locator("#recent tr", { hasText: "304" }).locator("button").click();
    await page.waitForSelector("#tie");
    const outlines = (selector: string) =>
      page.evaluate<string[]>(
        `[...document.querySelectorAll("${selector}")].map((one) => getComputedStyle(one).outlineStyle)`,
      );
    for (const chosen of ["tr.decides", "tr.chosen", '[role="tab"][aria-selected="true"]']) {
      const styles = await outlines(chosen.replaceAll('"', '\\"'));
      assert(
        styles.length > 0 && styles.every((style) => style === "solid"),
        `${chosen}: ${styles}`,
      );
    }
    // Words beside colours: what decides is marked, an error is crossed, steps have their numerals.
    assertEquals(
      await page.evaluate(
        "getComputedStyle(document.querySelector('tr.decides th'), '::before').content",
      ),
      '"▸ "',
    );
    assertEquals(await page.locator("#legend .swatch").allInnerTexts(), [
      "i",
      "ii",
      "iii",
      "iv",
      "v",
      "vi",
    ]);
    const moving = await page.evaluate(
      `[...document.querySelectorAll("*")].filter((one) => {
        const { transitionDuration, animationName } = getComputedStyle(one);
        return animationName !== "none" || !/^0s(, 0s)*$/.test(transitionDuration);
      }).length`,
    );
    assertEquals(moving, 0);
    await page.close();
  });
});
