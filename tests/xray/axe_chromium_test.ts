/** The X-ray's page by axe, on every tab and in both themes: nothing serious, nothing moderate. */

import { assertEquals } from "@std/assert";
import axe from "axe-core/script" with { type: "text" };
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

const TABS = ["request", "whole", "experiments", "composer"];

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
      for (const colorScheme of ["light", "dark"] as const) {
        const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme });
        await page.goto(xray.url);
        await page.waitForSelector("#recent button");
        await page.locator("#recent tr", { hasText: "304" }).locator("button").click();
        await page.waitForSelector("#reason");
        await page.evaluate(axe);
        const look = async (where: string) => {
          const findings = await page.evaluate(
            "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
          ) as Finding[];
          for (const { id, impact, nodes } of findings.filter(({ impact }) => impact !== "minor")) {
            const places = nodes.map(({ target, failureSummary }) =>
              `${target}: ${failureSummary}`
            );
            found.push(`${colorScheme}, ${where}: ${impact} ${id}: ${places.join("; ")}`);
          }
        };
        for (const tab of TABS) {
          await page.click(`#tab-${tab}`);
          await look(tab);
        }
        if (colorScheme === "dark") continue;
        await page.click("#tab-request");
        await page.setViewportSize({ width: 390, height: 844 });
        await look("on a phone");
        const { scrollWidth } = await page.evaluate<{ scrollWidth: number }>(
          "({ scrollWidth: document.documentElement.scrollWidth })",
        );
        assertEquals(scrollWidth, 390, "nothing sticks out");
      }
      assertEquals(found, []);
    });
  },
);
