/** One server against all checks. */

import { demoSite } from "../../lib/check/demo.ts";
import type { Check } from "../../lib/check/check.ts";
import { CHECKS } from "../../lib/check/levels.ts";
import { runChecks } from "../../lib/check/run/runner.ts";
import { type Score, scoreOf } from "../../lib/check/score.ts";
import { type Contestant, type Running, startContestant } from "./servers.ts";

/** What came of it. */
export interface Row {
  readonly name: string;
  readonly setup: string;
  readonly score: Score;
  /** The ids of the checks that were made. */
  readonly asked: readonly string[];
  /** The ids of the checks that did not pass. */
  readonly failures: readonly string[];
  /** The finding of each of them. */
  readonly findings: readonly string[];
}

/** Which checks, and how long each wait may be. */
export interface RowInit {
  readonly checks?: readonly Check[];
  readonly deadlineMs?: number;
}

/** Starts a server in a folder that `--make` has made, and makes all checks. */
export async function rowOf(
  contestant: Contestant,
  folder: string,
  { checks = CHECKS, deadlineMs = 3_000 }: RowInit = {},
): Promise<Row> {
  const settings = await Deno.makeTempDir({ dir: folder });
  const place = { root: `${folder}/site`, folder: settings };
  const running: Running = await startContestant(contestant, place);
  try {
    const results = await runChecks({
      ...{ site: demoSite(`127.0.0.1:${running.port}`), checks },
      ...{ hostname: "127.0.0.1", port: running.port },
      ...{ timeMs: 300_000, deadlineMs, patienceMs: 15_000, restartMs: 1_000 },
    }) ?? [];
    const failed = results.filter(({ outcome }) => outcome !== "passed");
    return {
      name: contestant.name,
      setup: contestant.setup,
      score: scoreOf(results, { level: 8, only: false }, new Map()),
      asked: results.map(({ check }) => check.id),
      failures: failed.map(({ check }) => check.id),
      findings: failed.map((result) =>
        `${result.check.id}: ${
          "finding" in result ? JSON.stringify(result.finding) : result.outcome
        }`
      ),
    };
  } finally {
    await running[Symbol.asyncDispose]();
  }
}
