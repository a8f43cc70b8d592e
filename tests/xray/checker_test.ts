/** The checker, aimed at Vitrine itself: the X-ray shows a class what each of its checks sends, as lanes of its own. */

import { assertEquals } from "@std/assert";
import { DEMO_FILES, demoSite } from "../../lib/check/demo.ts";
import { CHECKS } from "../../lib/check/levels.ts";
import { runChecks } from "../../lib/check/run/runner.ts";
import { until, withXray } from "./testing.ts";

Deno.test("every check is a lane of the X-ray, with its name in User-Agent", async () => {
  const files = DEMO_FILES.filter(({ leadsOutside }) => !leadsOutside)
    .map(({ names, content }) => [names.join("/"), content] as const);
  await withXray(Object.fromEntries(files), async ({ port, details, recorder }) => {
    // `slow-head` waits for longer than a test may.
    const checks = CHECKS.filter(({ id }) => id !== "slow-head");
    const results = await runChecks({
      ...{ site: demoSite(`127.0.0.1:${port}`), hostname: "127.0.0.1", port, checks },
      ...{ timeMs: 300_000, deadlineMs: 10_000, patienceMs: 20_000, restartMs: 300 },
    });
    const outcomes = results?.map(({ check, outcome }) => `${check.id} ${outcome}`);
    assertEquals(outcomes, checks.map(({ id }) => `${id} passed`));
    // A request is told when its response is sent, which the checker may have had a moment before.
    await until(() => recorder.tracesUnderWay().length === 0);
    const heads = (await details()).map(({ head }) => atob(String(head)));
    const missing = checks.filter(({ id }) =>
      !heads.some((head) => head.includes(`User-Agent: vitrine-check (${id})\r\n`))
    );
    assertEquals(missing.map(({ id }) => id), [], `of ${recorder.seenCount} requests`);
  });
});
