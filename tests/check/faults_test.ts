/**
 * Servers that nobody would want: each fault is found by the checks that are meant for it, and by no others. What a
 * server may choose fails none.
 */

import { assertEquals } from "@std/assert";
import type { Check } from "../../lib/check/check.ts";
import { CHECKS } from "../../lib/check/levels.ts";
import { demoSite } from "../../lib/check/demo.ts";
import { siteOfFolder } from "../../lib/check/site.ts";
import { runChecks } from "../../lib/check/run/runner.ts";
import { filesFor } from "./broken_answers.ts";
import { BrokenServer } from "./broken_server.ts";
import { CHOICES, type Fault, FAULTS } from "./faults.ts";

/** Takes part in what costs time: crowds, MiBs and patience. */
const DEAR = [
  ...["in-a-row", "stuck-readers", "together", "long-head", "many-lines", "long-target"],
  ...["idle-connections", "endless-content", "slow-head"],
];

/**
 * All checks; dear ones where the fault is one of receiving or of connections, as those alone could fail them. With
 * CHECK_ALL=1 every server gets every check.
 */
function checksFor(fault: Fault | null): readonly Check[] {
  const ids: readonly string[] = fault === null ? DEAR : expectedOf(fault);
  const levels = CHECKS.filter(({ id }) => ids.includes(id)).map(({ level }) => level);
  const all = levels.some((level) => [2, 3, 7].includes(level)) ||
    Deno.env.get("CHECK_ALL") === "1";
  return all ? CHECKS : CHECKS.filter(({ id }) => !DEAR.includes(id));
}

/** The checks that are to fail. */
function expectedOf(fault: Fault | null): readonly string[] {
  return fault === null || fault in CHOICES ? [] : FAULTS[fault as keyof typeof FAULTS];
}

/** Servers that let most checks wait until their deadline: they begin first. */
const WAITING: readonly Fault[] = [
  "ignores Connection: close",
  "gives up at a half-close",
  "one client at a time",
  "drops what stands behind a head",
];

/** Makes all checks; gives the ids of those that did not pass. */
async function failuresOf(fault: Fault | null): Promise<string[]> {
  await using server = new BrokenServer(fault);
  const results = await runChecks({
    site: siteOfFolder(filesFor(fault), demoSite(`127.0.0.1:${server.port}`)),
    checks: checksFor(fault),
    ...{ hostname: "127.0.0.1", port: server.port },
    ...{
      timeMs: 300_000,
      deadlineMs: WAITING.includes(fault!) ? 1_000 : 3_000,
      patienceMs: 4_000,
      restartMs: 20_000,
    },
    restart: () => server.restart(),
  });
  return (results ?? []).filter(({ outcome }) => outcome !== "passed").map(({ check }) => check.id);
}

/** How many run side by side: most of the time of each is waiting. */
const TOGETHER = 20;

// Under Wine its deadlines of 1 s to 4 s are over before the servers answer, and 10 minutes were not enough.
const ignore = Deno.build.os === "windows";

Deno.test(
  "each fault is found by the checks that are meant for it, and by no others",
  { ignore },
  async (t) => {
    const others = (Object.keys({ ...FAULTS, ...CHOICES }) as Fault[])
      .filter((fault) => !WAITING.includes(fault));
    const waiting = [...WAITING, null, ...others];
    const failures = new Map<Fault | null, string[]>();
    await Promise.all(Array.from({ length: TOGETHER }, async () => {
      for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
        failures.set(fault, await failuresOf(fault));
      }
    }));
    // Beside so many others a check may meet its deadline: who stands out is asked again, alone.
    for (const [fault, found] of failures) {
      if (found.join() !== expectedOf(fault).join()) failures.set(fault, await failuresOf(fault));
    }
    await t.step("no fault: every check passes", () => assertEquals(failures.get(null), []));
    for (const [fault, expected] of Object.entries(FAULTS)) {
      await t.step(`${fault}: ${expected.join(", ")}`, () => {
        assertEquals(failures.get(fault as Fault), [...expected]);
      });
    }
    for (const [choice, rule] of Object.entries(CHOICES)) {
      await t.step(`${choice}, by ${rule}: every check passes`, () => {
        assertEquals(failures.get(choice as Fault), []);
      });
    }
  },
);
