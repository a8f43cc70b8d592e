/** `--live` in a real browser: each way in which a page has a style sheet, when that changes. */

import { assertEquals } from "@std/assert";
import type { Browser } from "playwright-core";
import { stepsInChromium } from "../chromium.ts";
import { withServer, writeFile } from "../wire/harness.ts";
import { COLOUR, colourOf, until } from "./live.ts";

const RED = "p { color: rgb(255, 0, 0) }";
const BLUE = "p { color: rgb(0, 0, 255) }";
const P = "<!DOCTYPE html><meta charset=utf-8><p>hi</p>";

const STYLES: readonly (readonly [
  what: string,
  files: Record<string, string>,
  outcome: "swapped" | "reloaded",
  colour?: string,
])[] = [
  // Each has x.css in some way, which changes.
  ["a link", { "index.html": `${P}<link rel=stylesheet href=x.css>` }, "swapped"],
  ["a link with a query and other spelling", {
    "index.html": `${P}<link rel=stylesheet href="./%78.css?v=1">`,
  }, "swapped"],
  ["what a linked sheet imports", {
    "index.html": `${P}<link rel=stylesheet href=a.css>`,
    "a.css": "@import 'b.css';",
    "b.css": "@import url(x.css);",
  }, "swapped"],
  [
    "a frame with a link",
    {
      "index.html": `${P}<iframe src=frame.html></iframe>`,
      "frame.html": `${P}<link rel=stylesheet href=x.css>`,
    },
    "swapped",
    colourOf("frames[0]?.document?.querySelector('p')"),
  ],
  [
    "a link in an open shadow root",
    {
      "index.html": `<!DOCTYPE html><div><template shadowrootmode=open>
      <link rel=stylesheet href=x.css><p>hi</template></div>`,
    },
    "swapped",
    colourOf("document.querySelector('div')?.shadowRoot?.querySelector('p')"),
  ],
  ["@import in <style>", { "index.html": `${P}<style>@import "x.css";</style>` }, "reloaded"],
  ["a link, and @import in <style>", {
    "index.html": `${P}<link rel=stylesheet href=x.css><style>@import "x.css";</style>`,
  }, "reloaded"],
  [
    "@import in <style> of a frame",
    {
      "index.html": `${P}<link rel=stylesheet href=x.css><iframe src=frame.html></iframe>`,
      "frame.html": `${P}<style>@import "x.css";</style>`,
    },
    "reloaded",
    colourOf("frames[0]?.document?.querySelector('p')"),
  ],
  [
    "a closed shadow root",
    {
      "index.html": `<!DOCTYPE html><div><template shadowrootmode=closed>
      <link rel=stylesheet href=x.css></template><p>hi</div>`,
    },
    "reloaded",
    "'rgb(0, 0, 255)'",
  ],
  ["a CSS module", {
    "index.html": `${P}<script type=module>
      import sheet from "./x.css" with { type: "css" };
      document.adoptedStyleSheets = [sheet];</script>`,
  }, "reloaded"],
  ["a CSS module and a link", {
    "index.html": `${P}<link rel=stylesheet href=x.css><script type=module>
      import sheet from "./x.css" with { type: "css" };
      document.adoptedStyleSheets = [sheet];</script>`,
  }, "reloaded"],
  ["fetch", {
    "index.html": `${P}<script>fetch("x.css").then((r) => r.text()).then((text) =>
      document.head.append(Object.assign(document.createElement("style"), { textContent: text })));
      </script>`,
  }, "reloaded"],
  [
    "the style sheet of an SVG",
    {
      "index.html": `${P}<object data=x.svg></object>`,
      "x.svg": `<?xml-stylesheet href="x.css"?><svg xmlns="http://www.w3.org/2000/svg"><text y="20"
      id="t">hi</text></svg>`,
    },
    "reloaded",
    "'rgb(0, 0, 255)'",
  ],
  ["a sheet that no page here names", { "index.html": `${P}<style>${BLUE}</style>` }, "reloaded"],
];

const STYLE_STEPS = STYLES.map(([what, files, outcome, colour = COLOUR]) =>
  [`${outcome}: ${what}`, async (browser: Browser) => {
    await withServer({ ...files, "x.css": RED, "favicon.ico": "" }, async ({ root, port }) => {
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${port}/`);
      const isStatic = colour.startsWith("'") || what.includes("no page");
      if (!isStatic) await until(tab, `${colour} === "rgb(255, 0, 0)"`);
      for (const [css, value] of [[BLUE, "rgb(0, 0, 255)"], [RED, "rgb(255, 0, 0)"]]) {
        await tab.evaluate("window.isSamePage = true");
        await writeFile(root, "x.css", css);
        if (!isStatic) await until(tab, `${colour} === "${value}"`);
        if (outcome === "reloaded") await until(tab, "!window.isSamePage");
        assertEquals(await tab.evaluate("!!window.isSamePage"), outcome === "swapped");
        await tab.waitForLoadState("load");
      }
      await tab.close();
    }, { live: true });
  }] as const
);
stepsInChromium("live: a style sheet that changes is swapped, or its page reloaded", STYLE_STEPS);
