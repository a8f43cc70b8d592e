/** The opened request in a real browser: what is shown of its bytes, its fields and its times. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openLatest, testPage } from "./page.ts";
import { until } from "./testing.ts";

testPage(
  "an opened request shows its content, its clock in ms, and folds what is long",
  async (opened) => {
    const { page, exchange } = opened;
    const close = "Connection: close\r\n\r\n";
    const shown = async (text: string, request: string) => {
      await exchange(`${request} HTTP/1.1\r\nHost: a\r\n${close}`);
      await openLatest(page, text);
      return await page.innerText("#content");
    };
    const ofText = await shown("/big.txt", "GET /big.txt");
    assert(ofText.startsWith("Content: the first 4,096 of 20,000 bytes"), ofText.slice(0, 80));
    assertEquals(await page.innerText(".bytes.plain"), "x".repeat(4_096));
    const ofBytes = await shown("/image.bin", "GET /image.bin");
    assert(/Content: all 8 B\s+0000\s*89 50 4e 47 0d 0a 1a ff/.test(ofBytes), ofBytes);
    assertStringIncludes(ofBytes.replace(/\s/g, ""), "·PNG····");
    const takes = await page.locator(".clock tbody td:nth-child(3)").allInnerTexts();
    assert(
      takes.length >= 6 && takes.every((text) => /^[\d,]+\.\d{3} ms$/.test(text)),
      takes.join(),
    );
    // A field has a row with its name, its value, and what it means.
    const cells = await page.locator(".fields tr", { hasText: "Content-Length" })
      .locator("th, td").allInnerTexts();
    assertEquals(cells, ["Content-Length", "8", "bytes of content that follow the head"]);
    // CR LF is never torn apart, and what is folded hangs below the beginning of its line.
    const path = `/${"long-name/".repeat(60)}`;
    await exchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n${close}`);
    await openLatest(page, "404");
    const heights = await page.locator(".bytes.text .eol").evaluateAll((ends) =>
      (ends as { getClientRects(): unknown[] }[]).map((end) => end.getClientRects().length)
    );
    assert(heights.length > 8 && heights.every((lines) => lines === 1), heights.join());
    const [first, second] = await page.evaluate<[number, number]>(`(() => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector(".bytes.text .line"));
    const places = [...range.getClientRects()];
    const later = places.filter(({ top }) => top > places[0].top + 10);
    return [places[0].left, Math.min(...later.map(({ left }) => left))];
  })()`);
    assert(second > first + 8, `${first} ${second}`);
    assertEquals(await page.locator(".title .fold").getAttribute("open"), null);
    assertStringIncludes(await page.innerText(".title h2"), "… (605 characters)");
    await page.click(".title .fold summary");
    assertStringIncludes(await page.innerText(".title h2"), path);
  },
);

testPage("on paper an opened request is whole, and has nothing to be pressed", async (opened) => {
  const { page, exchange } = opened;
  await exchange(
    `GET /big.txt HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(3_000)}\r\nConnection: close\r\n\r\n`,
  );
  await openLatest(page, "GET /big.txt");
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await page.setViewportSize({ width: 680, height: 900 }); // The paper, without its margins.
  for (const control of [".tools", ".tabs", ".recent", "#curl", "#lanes", "#site"]) {
    assertEquals(await page.locator(control).isVisible(), false, control);
  }
  const hidden = await page.evaluate<string[]>(
    `[...document.querySelectorAll(".bytes, #request section")].filter((one) =>
      one.scrollHeight > one.clientHeight + 1 && getComputedStyle(one).overflowY !== "visible").map((one) => one.className)`,
  );
  assertEquals(hidden, [], "nothing is cut off");
  const { right, edge, ground } = await page.evaluate<
    { right: number; edge: number; ground: string }
  >(`({
    right: Math.max(...[...document.querySelectorAll(".ascii")].map((one) => one.getBoundingClientRect().right)),
    edge: document.querySelector(".sides > section").getBoundingClientRect().right,
    ground: getComputedStyle(document.body).backgroundColor,
  })`);
  assert(right <= edge, `${right} ${edge}`);
  assertEquals(ground, "rgb(255, 255, 255)", "however dark the screen is");
  await page.emulateMedia({ media: "screen" });
});

testPage("a row under the pointer does not look like the opened one", async (opened) => {
  const { page, exchange } = opened;
  for (const path of ["/index.html", "/none"]) {
    await exchange(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  }
  await openLatest(page, "GET /none");
  const rows = page.locator("#recent tr");
  await until(async () => await rows.count() === 2);
  const colour = (at: number) =>
    page.evaluate<string>(
      `getComputedStyle(document.querySelectorAll("#recent tr")[${at}]).backgroundColor`,
    );
  await rows.nth(1).hover();
  await until(async () => await colour(1) !== "rgba(0, 0, 0, 0)");
  assert(await colour(0) !== await colour(1));
  await rows.nth(0).hover();
  await until(async () => await colour(1) === "rgba(0, 0, 0, 0)");
});
