/** Tests in the system's Chromium. */

import { type Browser, chromium } from "playwright-core";
import { findTool, testWithTools } from "./tools.ts";

const ARGS = [
  "--no-sandbox", // Chromium has none to offer to root, as which CI runs.
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP site.test 127.0.0.1, MAP hub.test 127.0.0.1", // Names of other machines, as far as it can tell.
];

/** Registers a test that gets a browser of its own, which is closed at the end; it may need more programs. */
export function testInChromium(
  name: string,
  test: (browser: Browser) => Promise<void>,
  tools: readonly string[] = [],
): void {
  testWithTools(name, ["chromium", ...tools], () => withBrowser(test));
}

/** Starts a browser for `test`, and closes it. */
export async function withBrowser(
  test: (browser: Browser) => Promise<void>,
  args: readonly string[] = [],
): Promise<void> {
  const executablePath = findTool("chromium") ?? undefined;
  const browser = await chromium.launch({ executablePath, args: [...ARGS, ...args] });
  try {
    await test(browser);
  } finally {
    await browser.close();
  }
}
