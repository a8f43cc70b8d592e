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

/**
 * Registers a test of steps that share a browser, as to start one takes longer than many a step. What a step leaves open is
 * noticed at the end of all, as the browser itself is open before and after each.
 */
export function stepsInChromium(
  name: string,
  steps: readonly (readonly [name: string, (browser: Browser) => Promise<void>])[],
): void {
  testWithTools(name, ["chromium"], (_paths, t) =>
    withBrowser(async (browser) => {
      for (const [name, fn] of steps) {
        await t.step({
          name,
          fn: () => fn(browser),
          sanitizeOps: false,
          sanitizeResources: false,
        });
      }
    }));
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
