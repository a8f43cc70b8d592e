import { chromium } from "playwright-core";
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const p = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
await p.goto("file:///tmp/k-s/static/guide/xray.html");
await p.screenshot({ path: "/tmp/shots-s/site-guide.png" });
await p.goto("file:///tmp/k-s/static/index.html");
await p.evaluate("document.querySelector('#case').scrollIntoView()");
await p.screenshot({ path: "/tmp/shots-s/site-case.png" });
await browser.close();
