/** `--class` in a real browser: a student's page at the site's own port, and the teacher's table. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import axe from "axe-core/script" with { type: "text" };
import type { Page } from "playwright-core";
import { testInChromium } from "../../chromium.ts";
import { until } from "../testing.ts";
import { withClass } from "./testing.ts";

const FILES = { "plain.txt": "0123456789", "index.html": "<p>site" };
const SHORT = "GET /plain.txt HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nConnection: close\r\n\r\n";

/** What a page complains about. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return complaints;
}

async function findingsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  ) as { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[];
  return found.filter(({ impact }) => impact !== "minor").map(({ id, nodes }) =>
    `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`
  );
}

testInChromium(
  "a student opens /.vitrine/me, sees the own requests, and is ticked in the teacher's table",
  async (browser) => {
    await withClass(FILES, async ({ at, port, xray, recorder }) => {
      await at("127.0.0.3").exchange(SHORT.replace("plain.txt", "plain.txt?of-another"));
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      const complaints = complaintsOf(page);
      await page.goto(`http://localhost:${port}/.vitrine/me`);
      assertEquals(page.url(), `http://localhost:${port}/.vitrine/me/`);
      await page.waitForSelector(".lesson-step.open");
      assertEquals(await page.locator('[role="tab"]:visible').allInnerTexts(), [
        "Lessons",
        "Request",
      ]);
      assertEquals(await page.locator("text=Check what was handed in").count(), 0);
      await at("127.0.0.1").exchange(SHORT);
      await page.waitForSelector('[data-step="get"].done');
      await page.fill(".lesson-answer input", String(SHORT.length));
      await page.click(".lesson-answer button");
      await page.waitForSelector('[data-step="headBytes"].done');
      await page.click('[data-step="get"] .link');
      await page.waitForSelector("#reason");
      assertEquals(await page.locator("#recent tr").count(), 1, "the page itself is none of them");
      assert(!(await page.innerText("body")).includes("of-another"));
      assertEquals(await findingsOn(page), []);

      const teacher = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      const more = complaintsOf(teacher);
      await teacher.goto(xray.url);
      await teacher.click("#tab-class");
      const rows = teacher.locator(".class-table tbody tr");
      await until(async () => await rows.count() === 2);
      const own = rows.filter({ hasText: "127.0.0.1" });
      assertStringIncludes(await own.innerText(), "2/6");
      assertEquals(await own.locator(".here").count(), 1);
      const line =
        `getComputedStyle(document.querySelector(".class-table .mark"), "::before").content`;
      assertEquals(await teacher.evaluate(line), "none", "no line through the numbers");
      await own.locator("input").fill("Ada <b>Lovelace</b>");
      await own.locator("input").press("Enter");
      await until(() => recorder.clients.labelOf("127.0.0.1") === "Ada <b>Lovelace</b>");
      // The lanes by client: named, folded, filtered.
      await teacher.check("#group");
      const clients = teacher.locator(".clients li");
      await until(async () => await clients.count() === 2);
      await clients.filter({ hasText: "127.0.0.3" }).locator(".link").click();
      await teacher.fill(".clients input", "Bob");
      await teacher.press(".clients input", "Enter");
      const bob = clients.filter({ hasText: "Bob" }).locator(".fold");
      await bob.waitFor();
      await bob.click();
      assertEquals(await bob.getAttribute("aria-expanded"), "false");
      await teacher.selectOption("#only-client", { label: "Bob" });
      await teacher.click("#tab-request");
      await until(async () => await teacher.locator("#recent tr").count() === 1);
      assertStringIncludes(await teacher.innerText("#recent"), "of-another");
      await teacher.fill("#only-path", "nobody");
      await until(async () => await teacher.locator("#recent tr").count() === 0);
      await teacher.fill("#only-path", "");
      await teacher.click("#tab-class");
      await teacher.check("#mask");
      await until(async () => !(await teacher.innerText(".class-table")).includes("127.0.0.3"));
      assertEquals(await findingsOn(teacher), []);
      await teacher.setViewportSize({ width: 390, height: 844 });
      const width = await teacher.evaluate<number>("document.documentElement.scrollWidth");
      assertEquals(width, 390, "nothing sticks out");
      assertEquals([...complaints, ...more], []);
    }, { compression: true });
  },
);

testInChromium("without --class the X-ray has no such tab", async (browser) => {
  const { withXray } = await import("../testing.ts");
  await withXray(FILES, async ({ xray }) => {
    const page = await browser.newPage();
    await page.goto(xray.url);
    await page.waitForSelector('body[data-state="live"]');
    assert(!await page.isVisible("#tab-class"));
  });
});
