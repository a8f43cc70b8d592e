/** The page in a real browser: what it shows, what it must not run, and what its buttons do. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bytesOf, openLatest, openPage, testPage } from "./page.ts";
import { until } from "./testing.ts";

testPage("three clients at once have three lanes on the page", async (opened) => {
  const { page, connect, recorder } = opened;
  const clients = await Promise.all([connect(), connect(), connect()]);
  await Promise.all(clients.map(async (client) => {
    await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.readResponse();
  }));
  await until(() => recorder.keptCount === 3);
  await until(() => page.evaluate<boolean>("document.querySelectorAll('#recent tr').length === 3"));
  const lanes = await page.locator("#recent td:first-child").allInnerTexts();
  assertEquals(lanes.sort(), ["#1", "#2", "#3"]);
  // The canvas has one block in each of the three rows, in colours of the steps. On a busy machine a block is as wide as it
  // took, and then a short step of it is no whole pixel: any step will do.
  const rowsWithBlocks = () =>
    page.evaluate<number[]>(`(() => {
    const steps = ["cc79a7", "56b4e9", "e69f00", "009e73", "f0e442", "0072b2"];
    const colors = new Set(steps.map((hex) => parseInt(hex, 16)));
    const canvas = document.getElementById("lanes");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const rows = new Set();
    for (let i = 0; i < data.length; i += 4) {
      const isStep = colors.has(data[i] * 65536 + data[i + 1] * 256 + data[i + 2]);
      if (isStep) rows.add(Math.floor((Math.floor(i / 4 / canvas.width) / devicePixelRatio - 30) / 46));
    }
    return [...rows];
  })()`);
  await until(async () => (await rowsWithBlocks()).sort().join() === "0,1,2");
});

testPage(
  "an opened request shows bytes, path, rule and clock; secrets only when clicked",
  async (opened) => {
    const { page, exchange } = opened;
    await exchange(
      "GET /index.html?q=1 HTTP/1.1\r\nHost: a\r\nCookie: s3cr3t\r\nX:\ttab\r\nConnection: close\r\n\r\n",
    );
    await openLatest(page, "/index.html");
    const text = await page.innerText("#request");
    for (
      const part of ["200: the file is there", "RFC 9110 §15.3.1", "inside the root", "query ?q=1"]
    ) {
      assertStringIncludes(text, part);
    }
    for (const mark of ["CR", "LF", "HTAB"]) assertStringIncludes(text, mark);
    assert(!text.includes("s3cr3t"), "masked");
    assertEquals(await page.locator('.hex span:text-is("••")').count(), "s3cr3t".length);
    await page.click(".mask");
    const revealed = await page.innerText("#request");
    assertStringIncludes(revealed, "s3cr3t");
    assertEquals(await page.locator('.hex span:text-is("••")').count(), 0);
    // Hover one, and the other lights up: the method in text, in hex and in the list of parts.
    await page.hover(".parts tbody tr:first-child");
    assertEquals(
      await page.locator("#request .lit").allInnerTexts(),
      ["GET", "47", "45", "54", "G", "E", "T"].concat(
        [await page.locator(".parts tr.lit").innerText()],
      ),
    );
    // Each step leads to the function that did it.
    await page.click("text=parseRequest()");
    await page.waitForSelector("#source .here");
    assertStringIncludes(await page.innerText("#source .here"), "function parseRequest");
  },
);

testPage(
  "a malformed request shows the very byte that broke a rule",
  async ({ page, exchange }) => {
    await exchange("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    await openLatest(page, "400");
    assertEquals(await page.innerText("#blame"), "Byte 20 (0x20) broke the rule.");
    assertEquals(await page.locator(".hex .blame").allInnerTexts(), ["20", " "]);
    assertStringIncludes(await page.innerText("#reason"), "RFC 9112 §5.1");
  },
);

testPage(
  "a request full of script is shown and not run",
  async ({ page, exchange, complaints }) => {
    const bytes = "<script>alert(1)</script>";
    await exchange(
      `GET /${bytes} HTTP/1.1\r\nHost: a\r\nX: <img src=x onerror=alert(2)>\r\nConnection: close\r\n\r\n`,
    );
    await openLatest(page, "404");
    const text = await page.innerText("#request");
    assertStringIncludes(text, `GET /${bytes}`);
    assertStringIncludes(text, "<img src=x onerror=alert(2)>");
    assertEquals(await page.locator("#request img, #request script").count(), 0);
    assertEquals(complaints, []);
  },
);

testPage(
  "experiments are said in a banner, and set back with one click",
  async ({ page, recorder }) => {
    await page.click("#tab-experiments");
    await page.click("text=one at a time");
    await page.click("text=0.3 s");
    await until(() =>
      page.evaluate<boolean>("document.getElementById('banner').innerText.includes('0.3 s')")
    );
    assertStringIncludes(await page.innerText("#banner"), "one request at a time");
    assertEquals([recorder.experiments.serial, recorder.experiments.stepMs], [true, 300]);
    await page.click("#reset");
    await page.waitForSelector("#banner", { state: "hidden" });
    assertEquals([recorder.experiments.serial, recorder.experiments.stepMs], [false, 0]);
  },
);

testPage("the composer sends every preset, and the X-ray has what it sent", async (opened) => {
  const { page, recorder, details } = opened;
  await page.click("#tab-composer");
  for (
    const [preset, status] of [["missing Host", 400], ["smuggling attempt", 400], ["HTTP/2", 505]]
  ) {
    const before = recorder.keptCount;
    await page.click(`.presets >> text="${preset}"`);
    await page.click("#panel-composer button.main");
    await page.waitForSelector("text=Ended: closed by the server");
    await until(() => recorder.keptCount > before);
    assertEquals((await details()).at(-1)?.statusCode, status);
    await until(() =>
      page.evaluate<boolean>("!document.querySelector('#panel-composer button.main').disabled")
    );
    await page.evaluate("document.querySelector('.result').replaceChildren()");
  }
});

testPage("a trace is saved without its secrets and opened again", async ({ page, exchange }) => {
  await exchange("GET / HTTP/1.1\r\nHost: a\r\nCookie: s3cr3t\r\nConnection: close\r\n\r\n");
  await exchange(
    "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic czNjcjN0\r\nConnection: close\r\n\r\n",
  );
  await until(async () => await page.locator("#recent tr").count() === 2);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  const path = await download.path();
  const text = await Deno.readTextFile(path);
  const [request, guarded] = JSON.parse(text).requests;
  assertStringIncludes(atob(request.head), "Cookie: ******\r\n");
  assertStringIncludes(atob(guarded.head), "Authorization: **************\r\n");
  assertEquals([atob(request.content), guarded.content], ["<p>hi", ""], "what a password guards");
  await page.setInputFiles("#open", path);
  await until(() => page.evaluate<boolean>("document.body.dataset.state === 'file'"));
  await openLatest(page, "GET /");
  assertStringIncludes(await page.innerText("#reason"), "RFC 9110 §15.3.1");
  await page.click("#live");
  await until(() => page.evaluate<boolean>("document.body.dataset.state === 'live'"));
});

testPage("traffic is loaded at a click, and what decided is lit on both sides", async (opened) => {
  const { page, exchange, recorder } = opened;
  await page.click("#tab-experiments");
  await page.fill("#traffic-target", "/big.txt");
  for (const runs of [1, 2]) {
    await page.click(".traffic button");
    await until(async () => await page.locator(".run").count() === runs);
    await until(() =>
      page.evaluate<boolean>("!document.querySelector('.traffic button').disabled")
    );
  }
  assertEquals(recorder.seenCount, 8);
  const runs = await page.locator(".run").allInnerTexts();
  for (const text of runs) {
    assertStringIncludes(text, "4 × 200; 78.1 KiB of content over 4 connections");
  }
  assert(/times as (?:long|fast)/.test(runs[1]) && !/times as/.test(runs[0]), runs.join());
  assertEquals(await page.getAttribute("#follow", "aria-pressed"), "false", "the lanes are fitted");
  await page.click("#tab-request");
  await exchange(
    "GET /big.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\nConnection: close\r\n\r\n",
  );
  await openLatest(page, "206");
  assertEquals(await page.locator("tr.decides th").allInnerTexts(), ["Range", "Content-Range"]);
  assertEquals(
    await page.innerText("#tie"),
    "What decided: Range: bytes=0-1 ⟷ answered by Content-Range: bytes 0-1/20000",
  );
  // Each lights its counterpart, on the other side.
  await page.hover(".parts tr.decides");
  assertEquals(await page.locator("tr.lit th").allInnerTexts(), ["Range", "Content-Range"]);
  assertEquals(await page.locator(".bytes.text .decides").allInnerTexts(), [
    "Range",
    "bytes=0-1",
    "Content-Range",
    "bytes·0-1/20000",
  ]);
});

testPage("a composed request is always linked, however late its events are", async (opened) => {
  const { page } = opened;
  await page.click("#tab-composer");
  await page.click('.presets >> text="bad path"');
  for (let i = 0; i < 8; i++) {
    await page.click("#panel-composer button.main");
    await page.waitForSelector(".links button");
    assertEquals(await page.innerText(".links button"), "Open request 1: 400");
    await until(() =>
      page.evaluate<boolean>("!document.querySelector('#panel-composer button.main').disabled")
    );
  }
  await page.click(".links button");
  await page.waitForSelector("#reason");
});

testPage(
  "a broken trace is one sentence, and an experiment over a trace tells where it acts",
  async (opened) => {
    const { page, exchange, recorder } = opened;
    await exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await openLatest(page, "GET /");
    const broken = { name: "x.json", mimeType: "application/json", buffer: bytesOf('{"a": 1') };
    await page.setInputFiles("#open", broken);
    await page.waitForSelector("#fault-banner:not([hidden])");
    assertEquals(await page.innerText("#fault-text"), "Cannot open x.json: it ends in the middle.");
    assertEquals(await page.evaluate("document.body.dataset.state"), "live");
    assertStringIncludes(await page.innerText("#reason"), "200: an address with a slash");
    await page.click("#fault-close");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
    await page.setInputFiles("#open", await download.path());
    await until(() => page.evaluate<boolean>("document.body.dataset.state === 'file'"));
    await page.click("#tab-experiments");
    assertStringIncludes(await page.innerText("#experiments-note"), "changes the live server");
    await page.click("text=one at a time");
    await until(() => recorder.experiments.serial);
    await page.waitForSelector("#banner:not([hidden])");
    assertStringIncludes(await page.innerText("#banner"), "On the live server, not in this trace");
    await page.setInputFiles("#open", broken);
    await page.waitForSelector("#fault-banner:not([hidden])");
    assertEquals(await page.evaluate("document.body.dataset.state"), "file", "it stays open");
  },
);

testPage("a viewer can leave and come back, and others stay", async (opened, browser) => {
  const { page, exchange, xray, complaints } = opened;
  const second = await openPage(browser, xray.url, complaints);
  await page.close();
  await exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await second.waitForSelector("#recent tr");
  const third = await openPage(browser, xray.url, complaints);
  await third.waitForSelector("#recent tr");
  assertEquals(await third.locator("#recent tr").count(), 1);
});

testPage("the plots are drawn, and keys work without a mouse", async ({ page, exchange }) => {
  await exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await page.focus("#tab-request");
  await page.keyboard.press("ArrowRight");
  await page.waitForSelector(".plots canvas");
  await page.waitForSelector(".tiles dd");
  assertEquals(await page.locator(".plots canvas").count(), 6);
  // The values under the pointer, in units that people use.
  await until(() => page.evaluate<boolean>("document.querySelector('.tiles dd').innerText !== ''"));
  await page.locator(".plots figure").nth(2).scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await page.locator(".plots .u-over").nth(2).boundingBox())!;
  await page.mouse.move(x + width / 2, y + height / 2);
  const values = page.locator(".plots figure").nth(2).locator(".value");
  await until(async () =>
    (await values.allInnerTexts()).every((text) => /^[\d.]+ (?:B|KiB)$/.test(text))
  );
  assert(
    /^(?:now|\d+ s ago)$/.test(
      await page.locator(".plots figure").nth(2).locator(".when").innerText(),
    ),
  );
  await page.mouse.move(0, 0);
  await until(async () => (await values.allInnerTexts()).join("") === "");
  await page.focus("#lanes");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#reason");
  await page.keyboard.press("Space");
  assertEquals(await page.getAttribute("#pause", "aria-pressed"), "true");
  await page.keyboard.press("f");
  assertEquals(await page.getAttribute("#follow", "aria-pressed"), "true");
});

testPage("wheel and drag move the lanes as far as the pointer", async ({ page }) => {
  // Lanes of their own on the same canvas, whose time can be read.
  await page.evaluate(`(async () => {
    const [{ Lanes }, { Store }] = await Promise.all([import("/lanes.js"), import("/store.js")]);
    window.lanes = new Lanes(new Store(), () => {});
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    const canvas = document.getElementById("lanes");
    const { left, top } = canvas.getBoundingClientRect();
    const at = (x) => ({ pointerId: 1, clientX: left + x, clientY: top + 50, bubbles: true });
    canvas.setPointerCapture = () => {}; // Of a pointer that is not there.
    // What stands under the pointer at the start stands under it at the end: 190 pixels are for the labels.
    window.msOf = (pixels) => pixels * lanes.time.spanMs / (canvas.clientWidth - 190);
    window.moved = (move) => {
      lanes.time.moveTo(1_000_000);
      move(canvas, at);
      return lanes.time.endMs - 1_000_000;
    };
    window.wheel = (init) => moved((canvas) => canvas.dispatchEvent(new WheelEvent("wheel", { ...init, cancelable: true })));
    window.drag = (from, to) => moved((canvas, at) => {
      canvas.dispatchEvent(new PointerEvent("pointerdown", at(from)));
      canvas.dispatchEvent(new PointerEvent("pointermove", at(to)));
      canvas.dispatchEvent(new PointerEvent("pointerup", at(to)));
    });
  })()`);
  const ms = async (expression: string) => Math.round(await page.evaluate<number>(expression));
  const hundred = await ms("msOf(100)");
  assertEquals(await ms("drag(600, 500)"), hundred, "to the left, later");
  assertEquals(await ms("drag(500, 600)"), -hundred);
  for (
    const [init, pixels, why] of [
      ["{ deltaX: 100 }", 100, "a touchpad"],
      ["{ deltaX: -100 }", -100, "back"],
      ["{ deltaY: 100, shiftKey: true }", 100, "a wheel with Shift"],
      ["{ deltaX: 3, deltaMode: 1 }", 48, "a wheel that counts lines"],
      [
        "{ deltaX: 1, deltaMode: 2 }",
        await page.evaluate<number>("document.getElementById('lanes').clientWidth"),
        "or pages",
      ],
    ] as const
  ) {
    assertEquals(await ms(`wheel(${init})`), await ms(`msOf(${pixels})`), why);
  }
  assertEquals(
    await page.evaluate("(wheel({ deltaY: 3, deltaMode: 1 }), lanes.time.spanMs)"),
    10_000 * Math.exp(48 / 400),
    "nearer and farther by lines, too",
  );
});
