/** The lanes in a real browser: where they open, what moves them, by list, keys and fingers, and that they stay in sight. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { blockColumns, openLatest, openPage, testPage } from "./page.ts";
import { until } from "./testing.ts";

const GET = "GET /index.html HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

function isFollowing(page: Page): Promise<boolean> {
  return page.evaluate<boolean>("document.getElementById('follow').ariaPressed === 'true'");
}

testPage(
  "the page opens on the last page load, unless a lesson has begun",
  async (opened, browser) => {
    const { exchange, xray, complaints, recorder } = opened;
    for (let i = 0; i < 3; i++) await exchange(GET);
    await until(() => recorder.keptCount === 3);
    const second = await openPage(browser, xray.url, complaints);
    await until(async () => !await isFollowing(second));
    await until(async () => await blockColumns(second) >= 3 * 40); // Six steps that can be told apart, three times.
    assertNotEquals(await second.innerText("#span"), "10.0 s");
    const third = await browser.newPage();
    await third.addInitScript(
      `localStorage.setItem("vitrine-lessons /", JSON.stringify({ student: "", language: "en", current: 1, lessons: { 1: ` +
        `{ sinceRun: "", sinceId: 0, answers: {}, hints: {}, states: [] } } }))`,
    );
    await third.goto(xray.url);
    await third.waitForSelector("#recent tr", { state: "attached" }); // Its tab is hidden.
    assertEquals(await third.getAttribute("#tab-lessons", "aria-selected"), "true");
    assertEquals([await isFollowing(third), await third.innerText("#span")], [true, "10.0 s"]);
  },
);

testPage("choosing in the list moves the lanes to what is chosen", async (opened) => {
  const { page, exchange, recorder } = opened;
  await exchange(GET);
  await until(() => recorder.keptCount === 1);
  await page.waitForSelector("#recent tr");
  const { x, y } = (await page.locator("#lanes").boundingBox())!;
  await page.mouse.move(x + 250, y + 60);
  await page.mouse.wheel(0, -3_000); // Far into what was before the request.
  await until(async () => !await isFollowing(page) && await blockColumns(page) === 0);
  await openLatest(page, "GET /index.html");
  await until(async () => await blockColumns(page) > 0);
});

testPage("lanes stay in sight beside experiments on a projector", async ({ page }) => {
  await page.setViewportSize({ width: 1024, height: 768 });
  for (
    const [tab, last] of [["experiments", "#panel-experiments .choice >> nth=-1"], [
      "composer",
      "#panel-composer button.main",
    ]]
  ) {
    await page.click(`#tab-${tab}`);
    await page.locator(last).scrollIntoViewIfNeeded();
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    const lanes = (await page.locator("#lanes").boundingBox())!;
    assert(lanes.y >= 0 && lanes.y + lanes.height < 768 * 0.6, `${tab}: ${JSON.stringify(lanes)}`);
    // Whoever presses what is changed sees the lanes at the same time.
    const choice = (await page.locator(last).boundingBox())!;
    const isBelow = choice.y > lanes.y + lanes.height && choice.y + choice.height <= 768;
    assert(isBelow, `${tab}: ${JSON.stringify(choice)}`);
  }
});

testPage(
  "a lesson begins within the window, however many lanes there are",
  async (opened) => {
    const { page, exchange, recorder } = opened;
    for (let i = 0; i < 12; i++) await exchange(GET);
    await until(() => recorder.keptCount === 12);
    await page.click("#tab-lessons");
    await page.waitForSelector(".lesson h2");
    for (const [width, height, share] of [[1440, 900, 0.6], [1024, 768, 0.8], [390, 844, 1]]) {
      await page.setViewportSize({ width, height });
      await page.evaluate("scrollTo(0, 0)");
      const { y, height: own } = (await page.locator(".lesson h2").boundingBox())!;
      assert(y + own < height * share, `${width}: from ${y} to ${y + own}`);
    }
  },
);

testPage("every mark of the lanes is in the legend", async ({ page }) => {
  await page.click(".marks summary");
  const text = await page.innerText("#marks");
  const words = ["thin line", "bar at its end", "small ticks", "grey hatch", "violet hatch"];
  for (const mark of [...words, "red frame", "thick frame", "line below"]) {
    assertStringIncludes(text, mark);
  }
  assertEquals(await page.locator("#marks .mark").count(), 8);
});

testPage("Enter keeps the focus, and the opened request is one step away", async (opened) => {
  const { page, exchange } = opened;
  await exchange(GET);
  await exchange("GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await until(async () => await page.locator("#recent tr").count() === 2);
  const focused = () =>
    page.evaluate<string>("document.activeElement.id || document.activeElement.innerText");
  await page.focus("#recent button[tabindex='0']");
  assertEquals(await focused(), "GET /none");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#reason");
  assertEquals(await focused(), "GET /index.html");
  assertEquals(
    await page.locator("#recent tr.chosen").innerText(),
    await page.locator("#recent tr").nth(1).innerText(),
  );
  await page.keyboard.press("Tab");
  assertEquals(await focused(), "request");
  await page.focus("#lanes");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#reason");
  assertEquals(await focused(), "lanes");
  await page.keyboard.press("Shift+Enter");
  assertEquals(await focused(), "request");
});

testPage(
  "on a phone a swipe scrolls the page, a pinch zooms the lanes, and labels are narrow",
  async (opened, browser) => {
    const { exchange, xray, recorder } = opened;
    await exchange(GET);
    await until(() => recorder.keptCount === 1);
    const context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    const page = await context.newPage();
    await page.goto(xray.url);
    await page.waitForSelector("#recent tr");
    await until(async () => !await isFollowing(page));
    const session = await context.newCDPSession(page);
    const { x, y } = (await page.locator("#lanes").boundingBox())!;
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...points: [number, number][]) =>
      session.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: points.map(([left, top], id) => ({ x: x + left, y: y + top, id })),
      });
    const spanMs = () =>
      page.evaluate<number>(`(() => {
      const [number, unit] = document.getElementById("span").textContent.split(" ");
      return Number(number) * { "µs": 0.001, ms: 1, s: 1000 }[unit];
    })()`);
    const before = await spanMs();
    await touch("touchStart", [150, 100], [200, 100]);
    for (const gap of [80, 120, 160, 200]) {
      await touch("touchMove", [175 - gap / 2, 100], [
        175 + gap / 2,
        100,
      ]);
    }
    await touch("touchEnd");
    await until(async () => Math.abs(await spanMs() / before - 0.25) < 0.02);
    assertEquals(
      await page.evaluate("visualViewport.scale"),
      1,
      "the lanes are nearer, not the page",
    );
    await touch("touchStart", [150, 150]);
    for (const top of [120, 60, 0, -60]) await touch("touchMove", [150, top]);
    await touch("touchEnd");
    await until(() => page.evaluate<boolean>("scrollY > 50"));
    // The number alone, in a margin of 56 pixels, against 190 where there is room.
    const margin = await page.evaluate(`import("./lanes_draw.js").then(({ LanesDrawing }) => {
    const drawing = new LanesDrawing({}, document.createElement("canvas"));
    return [390, 1440].map((width) => (drawing.width = width, drawing.labelWidth));
  })`);
    assertEquals(margin, [56, 190]);
    await context.close();
  },
);
