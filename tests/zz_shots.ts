// Temporary: screenshots of the X-ray over the real static site. Never committed.
import { chromium } from "playwright-core";
import { Recorder } from "../lib/xray/recorder.ts";
import { serveXray } from "../lib/xray/server.ts";
import { serve } from "../lib/serve.ts";
const recorder = new Recorder();
const [what = "all", out = "/tmp/shots-s"] = Deno.args;
const server = serve(
  {
    root: Deno.realPathSync("./static"),
    hostname: "127.0.0.1",
    port: 0,
    observer: recorder,
    onError: console.error,
  } as any,
);
const port = (server as any).address.port;
const xray = serveXray(
  recorder,
  { hostname: "127.0.0.1", port: 0, origins: [], onError: console.error } as any,
);
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const site = await browser.newPage();
await site.goto(`http://127.0.0.1:${port}/`);
await site.waitForTimeout(300);
await site.reload();
await site.waitForTimeout(300);
const raw = async (text: string) => {
  const c = await Deno.connect({ port });
  await c.write(new TextEncoder().encode(text));
  await new Response(c.readable).text();
};
const X = "Connection: close\r\nUser-Agent: shots/1\r\nAccept: */*\r\n\r\n";
await raw(`GET /sample.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-99\r\nCookie: secret=1\r\n${X}`);
await raw(`GET /a/../../etc/passwd HTTP/1.1\r\nHost: a\r\n${X}`);
await raw(`GET / HTTP/1.1\r\nHost : a\r\n${X}`);
await raw(`GET /nothing/${"very-long-name/".repeat(20)} HTTP/1.1\r\nHost: a\r\n${X}`);
const r = await fetch(`http://127.0.0.1:${port}/index.html`);
await r.text();
await raw(`GET /index.html HTTP/1.1\r\nHost: a\r\nIf-None-Match: ${r.headers.get("etag")}\r\n${X}`);
const sizes: [number, number][] = [[1440, 900], [1024, 768], [390, 844]];
for (const scheme of ["light", "dark"] as const) {
  for (const [w, h] of sizes) {
    const page = await browser.newPage({ viewport: { width: w, height: h }, colorScheme: scheme });
    page.on("console", (m) => m.type() === "error" && console.log("console:", m.text()));
    page.on("pageerror", (e) => console.log("error:", String(e)));
    const shot = async (name: string, full = false) => {
      if (what === "all" || what.split(",").includes(name)) {
        await page.screenshot({ path: `${out}/${name}-${w}-${scheme}.png`, fullPage: full });
      }
    };
    await page.goto(xray.url);
    await page.waitForSelector("#recent tr");
    await page.waitForTimeout(400);
    await shot("first");
    await page.locator("#recent tr", { hasText: "304" }).first().locator("button").click();
    await page.waitForSelector("#reason");
    await page.waitForTimeout(200);
    await shot("r304");
    await shot("r304full", true);
    await page.locator("#recent tr", { hasText: "206" }).first().locator("button").click();
    await page.waitForTimeout(200);
    await shot("r206full", true);
    await page.locator("#recent tr", { hasText: "404" }).first().locator("button").click();
    await page.waitForTimeout(200);
    await shot("r404full", true);
    for (const tab of ["lessons", "whole", "experiments", "composer"]) {
      await page.click(`#tab-${tab}`);
      await page.waitForTimeout(400);
      await shot(tab);
    }
    await page.close();
  }
}
await browser.close();
await xray.close();
await server.shutdown();
Deno.exit(0);
