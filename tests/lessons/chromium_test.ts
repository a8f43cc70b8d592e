/** The lessons on the page, in a real browser: a student who does all of them, and one who does nothing. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { LESSONS } from "../../lib/lessons/lessons.ts";
import { testInChromium } from "../chromium.ts";
import { ownPost, until, visit, withXray } from "../xray/testing.ts";
import { DEEDS, type Desk } from "./student.ts";

const STATIC = new URL("../../static/", import.meta.url);
const NAMES = [
  "index.html",
  "style.css",
  "script.js",
  "diagram.svg",
  "favicon.svg",
  "plain.txt",
  "vitrine.webp",
  "guide/index.html",
  "_headers",
  "locked/index.html",
];
const FILES = Object.fromEntries(
  NAMES.map((name) => [name, Deno.readFileSync(new URL(name, STATIC))]),
);
const INIT = { compression: true, headTimeoutMs: 1_500 };

async function openLessons(page: Page, url: string): Promise<string[]> {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  await page.click("#tab-lessons");
  await page.waitForSelector(".lesson-item");
  return complaints;
}

/** The states of the steps that the page shows. */
async function statesOn(page: Page): Promise<string[]> {
  return await page.$$eval(".lesson-step", (items) => items.map(({ classList }) => classList[1]));
}

async function playLesson(page: Page, desk: Desk, number: number): Promise<void> {
  await page.click(`.lesson-item >> nth=${number - 1}`);
  const { steps } = LESSONS[number - 1];
  for (const { name } of steps) {
    const step = page.locator(`[data-step="${name}"]`);
    await page.waitForSelector(`[data-step="${name}"]:is(.open, .wrong)`);
    const answer = await DEEDS[number][name](desk);
    if (answer !== undefined) {
      await step.locator("input").fill(answer);
      await step.locator("button.main").click();
    }
    try {
      await page.waitForSelector(`[data-step="${name}"].done`, { timeout: 5_000 });
    } catch {
      throw new Error(`Lesson ${number}, ${name}, answered ${answer}: ${await step.innerText()}`);
    }
    assert(!/\{\w+\}/.test(await step.innerText()), "values are filled in");
  }
  await page.waitForSelector(".lesson-complete");
}

testInChromium("a student does all lessons, and hands in what is true", async (browser) => {
  await withXray(FILES, async (watched) => {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const complaints = await openLessons(page, watched.xray.url);
    const context = await browser.newContext();
    const site = await context.newPage();
    const last = async () => (await watched.details()).at(-1)!;
    const desk = { ...watched, site, siteUrl: `http://127.0.0.1:${watched.port}/`, last };
    for (const { number } of LESSONS) await playLesson(page, desk, number);
    assertEquals(await page.locator(".lesson-item.done").count(), LESSONS.length);

    // It is still there when the page comes back.
    await page.reload();
    await page.waitForSelector(".lesson-complete");
    assertEquals(await page.locator(".lesson-item.done").count(), LESSONS.length);

    await page.fill("#student", "Ada Lovelace");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#hand-in")]);
    assertEquals(download.suggestedFilename(), "Ada-Lovelace-lessons.json");
    const text = await Deno.readTextFile(await download.path());
    assert(!text.includes(watched.root), "no paths of the machine");
    assert(!text.includes(btoa("Basic YWRhOnNlY3JldA==").slice(0, 20)), "no secrets");
    assertEquals(complaints, []);
    await checkHandIns(page, text); // What is refused there is told on the console as well.
  }, INIT);
});

/** The file as it is, and as it must not be. */
async function checkHandIns(page: Page, text: string): Promise<void> {
  const file = JSON.parse(text);
  const [claim, second] = file.handIn.claims;
  const variants = {
    honest: file,
    empty: { ...file, requests: [] },
    answered: {
      ...file,
      handIn: {
        student: "guesses",
        claims: [{ ...claim, answers: { ...claim.answers, headBytes: "1" } }],
      },
    },
    swapped: {
      ...file,
      handIn: {
        student: "swaps",
        claims: [{ ...claim, evidence: second.evidence }],
      },
    },
    relabelled: {
      ...file,
      requests: file.requests.map((request: Record<string, unknown>) => ({
        ...request,
        statusCode: 200,
      })),
    },
  };
  const upload = async (...names: (keyof typeof variants | "broken")[]) => {
    await page.evaluate("document.querySelector('.hand-in-result').replaceChildren()");
    await page.setInputFiles(
      "#hand-ins",
      names.map((name) => ({
        name: `${name}.json`,
        mimeType: "application/json",
        buffer: Buffer.from(name === "broken" ? "{}" : JSON.stringify(variants[name])),
      })),
    );
    const rows = page.locator(".hand-in-result tbody tr");
    await until(async () => await rows.count() === names.length);
    return await rows.allInnerTexts();
  };
  const [honest] = await upload("honest");
  assertStringIncludes(honest, "agrees with its trace");
  for (const { steps } of LESSONS) assertStringIncludes(honest, `${steps.length}/${steps.length}`);
  for (const name of ["empty", "answered", "swapped"] as const) {
    const [row] = await upload(name, "broken");
    assertStringIncludes(row, "claims that its trace does not show: lesson 1", name);
  }
  const [relabelled, broken] = await upload("relabelled", "broken");
  assertStringIncludes(relabelled, "changed by hand");
  assertStringIncludes(broken, "is no hand-in of Vitrine");
  const twins = await upload("honest", "answered");
  assertStringIncludes(twins[0], "the same requests as guesses");
}

testInChromium("a lazy student has no lesson done, whatever is typed", async (browser) => {
  await withXray(FILES, async ({ xray, exchange, recorder }) => {
    // What others did before does not count.
    await exchange(
      "GET /plain.txt HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nConnection: close\r\n\r\n",
    );
    const page = await browser.newPage({ viewport: { width: 1024, height: 768 } });
    const complaints = await openLessons(page, xray.url);
    await until(() => recorder.keptCount === 1);
    for (const { number } of LESSONS) {
      await page.click(`.lesson-item >> nth=${number - 1}`);
      await page.waitForSelector(".lesson-step.open");
      const isGuess = LESSONS[number - 1].steps[0].kind === "prediction";
      assertEquals((await statesOn(page)).filter((state) => state === "open").length, 1);
      if (!isGuess) assertEquals(await page.locator(".lesson-step input").count(), 0);
    }
    assertEquals(await page.locator(".lesson-step.done, .lesson-item.done").count(), 0);
    assertEquals(complaints, []);
  }, INIT);
});

testInChromium("hints come one by one, and the language can be changed", async (browser) => {
  await withXray(FILES, async ({ xray }) => {
    const page = await browser.newPage();
    const complaints = await openLessons(page, xray.url);
    const [{ text }] = LESSONS[0].steps;
    await page.waitForSelector(".lesson-step.open");
    assertEquals(await page.locator(".lesson-hints p").count(), 0);
    for (const count of [1, 2]) {
      await page.click(".lesson-hints button");
      assertEquals(
        await page.locator(".lesson-hints p").allInnerTexts(),
        text.hints.slice(0, count),
      );
    }
    assertEquals(await page.locator(".lesson-hints button").count(), 0);
    await page.selectOption("#lesson-language", "de");
    await page.waitForSelector("text=Eine Anfrage und ihre Antwort");
    assertEquals(await page.getAttribute("#panel-lessons", "lang"), "de");
    await page.getByRole("navigation", { name: "Lektionen" }).waitFor();
    await page.emulateMedia({ media: "print" });
    assertEquals(await page.locator("#sheet li").count(), LESSONS[0].steps.length);
    assert(await page.locator("#sheet").isVisible() && !await page.locator("main").isVisible());
    assertEquals(complaints, []);
  }, INIT);
});

testInChromium("the next step comes into sight for who was at the one before", async (browser) => {
  await withXray(FILES, async (watched) => {
    const page = await browser.newPage({ viewport: { width: 1024, height: 600 } });
    const complaints = await openLessons(page, watched.xray.url);
    const last = async () => (await watched.details()).at(-1)!;
    const desk = { ...watched, site: page, siteUrl: "", last };
    const inSight = () =>
      page.evaluate<boolean>(
        `((box) => box.top >= 0 && box.bottom <= innerHeight)(document.querySelector(".lesson-step.open").getBoundingClientRect())`,
      );
    // Not by a handle: the list may be drawn anew meanwhile.
    await page.evaluate(
      `document.querySelector('[data-step="get"]').scrollIntoView({ block: "nearest" })`,
    );
    for (const name of ["get", "headBytes", "contentBytes", "byHand"]) {
      const answer = await DEEDS[1][name](desk);
      if (answer !== undefined) {
        await page.fill(".lesson-answer input", answer);
        await page.press(".lesson-answer input", "Enter");
      }
      await page.waitForSelector(`[data-step="${name}"].done`);
      await until(inSight);
    }
    // Who looks at something else stays there.
    await page.evaluate("scrollTo(0, 0)");
    await page.waitForFunction("scrollY === 0");
    await DEEDS[1].head(desk);
    await page.waitForSelector('[data-step="head"].done', { state: "attached" });
    assertEquals(await page.evaluate("scrollY"), 0);
    assertEquals(complaints, []);
  }, INIT);
});

Deno.test("lessons ask for a watcher's token, and take nothing that is no progress", async () => {
  await withXray({}, async ({ xray }) => {
    const fieldLines = ownPost(xray);
    const none = { lesson: 1, sinceRun: "", sinceId: 0, answers: {}, evidence: [] };
    const post = async (path: string, content: string) =>
      (await visit(xray, `POST ${path}`, { fieldLines, content })).statusCode;
    assertEquals(await post("/progress", JSON.stringify(none)), 200);
    for (
      const change of [
        { lesson: 99 },
        { lesson: "1" },
        { sinceId: null },
        { answers: null },
        { answers: { a: 1 } },
        { evidence: [{}] },
        { evidence: [null] },
      ]
    ) {
      const content = JSON.stringify({ ...none, ...change });
      assertEquals(await post("/progress", content), 400, content);
    }
    for (
      const content of [
        "[]",
        "{}",
        "null",
        '{"handIn":{"student":"a","claims":[{}]},"requests":[]}',
      ]
    ) {
      assertEquals(await post("/hand-in", content), 400, content);
    }
    assertEquals((await visit(xray, "POST /progress", { content: "{}" })).statusCode, 403);
    const { content } = await visit(xray, "GET /course?language=de");
    assertEquals(JSON.parse(content).lessons.length, LESSONS.length);
    assertEquals(JSON.parse((await visit(xray, "GET /course?language=xx")).content).language, "en");
  });
});
