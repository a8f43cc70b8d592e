/** The handout: opened from disk in a real browser, it asks for nothing, and nothing in it was to be left out. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import axe from "axe-core/script" with { type: "text" };
import { NORMAL } from "../../lib/xray/experiments.ts";
import { testPage } from "./page.ts";
import { until } from "./testing.ts";

const NOTES = "Look at </p><script>document.title = 'run'</script> & the 304";

/** Heads that bring what must not be told, each in a way of its own. */
const HEADS = [
  // head, why
  ["Host: 10.1.2.3:3000\r\nCookie: id=s3cr3t-1\r\n", "an address and a cookie"],
  ["Host: a\r\nAuthorization: Basic czNjcjN0LTI=\r\n", "a password"],
  ["Host: a\r\nCookie : s3cr3t-3\r\n", "a space before the colon"],
  ["Host: a\r\nProxy-Authorization s3cr3t-4\r\n", "no colon at all"],
  ["Host: a\r\nCookie: a\r\n s3cr3t-5\r\n", "folded"],
  ["Host: a\r\nX-Forwarded-For: 203.0.113.7\r\nForwarded: for=203.0.113.8\r\n", "proxies"],
  ["Host: a\r\nReferer: http://u:s3cr3t-6@198.51.100.9:8080/x\r\n", "an address of before"],
] as const;

testPage(
  "a handout is one page without network, paths, addresses and secrets",
  async (opened, browser) => {
    const { page, exchange, recorder, root, connect } = opened;
    for (const [lines] of HEADS) {
      await exchange(`GET /big.txt HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`);
    }
    await exchange(`GET ${root}/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const client = await connect();
    await client.send("GET /index.html HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n");
    await client.readResponse();
    const count = HEADS.length + 2;
    await until(() => recorder.keptCount === count);
    recorder.experiments = { ...NORMAL, stepMs: 300, serial: true };
    await page.waitForSelector("#banner:not([hidden])");
    await page.click("#save-page");
    await page.fill("#notes", NOTES);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.click("#handout-save"),
    ]);
    const path = `${await download.path()}.html`;
    await download.saveAs(path);
    const text = await Deno.readTextFile(path);
    const peers = (await opened.details()).length;
    assertEquals(peers, count);
    for (
      const unsaid of [
        root,
        "s3cr3t",
        "czNjcjN0LTI=",
        "127.0.0.1",
        "10.1.2.3",
        "203.0.113",
        "198.51.100",
        "<script",
      ]
    ) {
      assert(
        !text.includes(unsaid),
        `${unsaid} is in it: ${text.slice(Math.max(0, text.indexOf(unsaid) - 80)).slice(0, 200)}`,
      );
    }

    const asked: string[] = [];
    const handout = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    handout.on("request", (request) => asked.push(request.url()));
    handout.on("console", (message) => opened.complaints.push(message.text()));
    const url = new URL(path, "file:///").href;
    await handout.goto(url);
    assertEquals(asked.filter((one) => !one.startsWith("data:")), [url]);
    assertEquals(await handout.title(), "Vitrine X-ray: a handout");
    assertEquals(await handout.innerText(".notes"), NOTES);
    assertStringIncludes(
      await handout.innerText("body"),
      "each step takes 0.3 s, one request at a time",
    );
    assertEquals(await handout.locator("details").count(), count);
    const summary = handout.locator("summary", { hasText: "304" });
    await summary.click();
    const told = await handout.locator("details[open]").innerText();
    for (
      const part of [
        "your If-None-Match: * names any file that is there, and one is, RFC 9110 §13.1.2.",
        "GET /index.html HTTP/1.1\nHost: a\nIf-None-Match: *",
        "HTTP/1.1 304 Not Modified",
        "(iv) locate: ",
      ]
    ) assertStringIncludes(told, part);
    await handout.evaluate(axe);
    const found = await handout.evaluate(
      "axe.run(document).then(({ violations }) => violations.filter(({ impact }) => impact !== 'minor').map(({ id }) => id))",
    );
    assertEquals(found, []);
    await Deno.remove(path);
    recorder.experiments = NORMAL;
  },
);

testPage("a HAR that is saved has each request that was answered, as it was", async (opened) => {
  const { page, exchange, recorder } = opened;
  await exchange(
    "GET /index.html?a=1 HTTP/1.1\r\nHost: a\r\nCookie: s3cr3t\r\nConnection: close\r\n\r\n",
  );
  await exchange("GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await exchange("HEAD /big.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await until(() => recorder.keptCount === 3);
  const fromMs = Date.now() - 60_000;
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#har")]);
  assert(/^vitrine-.*\.har$/.test(download.suggestedFilename()));
  const text = await Deno.readTextFile(await download.path());
  const { log } = JSON.parse(text);
  const site = await page.getAttribute("#site", "href");
  type Entry = {
    startedDateTime: string;
    time: number;
    request: { method: string; url: string; headers: { name: string; value: string }[] };
    response: { status: number; content: { size: number; text?: string } };
  };
  const entries = log.entries as Entry[];
  assertEquals(
    entries.map(({ request, response }) => [
      request.method,
      request.url.replace(site!, "/"),
      response.status,
      response.content.size,
    ]),
    [["GET", "/index.html?a=1", 200, 5], ["GET", "/none", 404, entries[1].response.content.size], [
      "HEAD",
      "/big.txt",
      200,
      0,
    ]],
  );
  assert(entries[1].response.content.size > 0);
  assertEquals(entries[0].response.content.text, "<p>hi");
  for (const { startedDateTime, time } of entries) {
    const atMs = Date.parse(startedDateTime);
    assert(time > 0 && atMs > fromMs && atMs <= Date.now() + 1_000, startedDateTime);
  }
  assert(!text.includes("s3cr3t"), "secrets are masked here as well");
});
