/** The bars that Vitrine has to clear, as data, and the verdict on each. Pure. */

import { figure, markdownTable, type Measure, medianRatio, problemsOf } from "./report.ts";
import type { Results } from "./report.ts";

/** A bar on a median ratio within one case. */
interface RatioBar {
  readonly caseId: string;
  readonly measure: Measure;
  readonly first: string;
  readonly second: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** The verdict on one bar. `met` is null if the run did not measure it. */
export interface Verdict {
  readonly bar: string;
  readonly measured: string;
  readonly met: boolean | null;
}

const OWN = { measure: "rate", first: "vitrine" } as const;
const TAIL = { measure: "p99Ms", first: "vitrine", second: "nginx", atMost: 1 } as const;

/** All of one run, logging off but for the last, every answer of Vitrine strictly fresh. */
const RATIO_BARS: readonly RatioBar[] = [
  { ...OWN, caseId: "1k", second: "nginx-cache", atLeast: 1 },
  { ...OWN, caseId: "1k", second: "deno-std", atLeast: 6 },
  { ...OWN, caseId: "100k", second: "nginx", atLeast: 1.2 },
  { ...OWN, caseId: "100m", second: "nginx", atLeast: 1.2 },
  { ...OWN, caseId: "many", second: "nginx", atLeast: 1 },
  { ...OWN, caseId: "close", second: "nginx", atLeast: 0.8 },
  { ...TAIL, caseId: "1k" },
  { ...TAIL, caseId: "100k" },
  { ...TAIL, caseId: "100m" },
  { ...TAIL, caseId: "many" },
  { ...TAIL, caseId: "close" },
  { ...TAIL, caseId: "512" },
  { measure: "rate", caseId: "log", first: "vitrine-log", second: "vitrine", atLeast: 0.85 },
];

/** The memory cache's budget, 64 MiB, and 120 MB for all else. */
const MEMORY_BAR_BYTES = 64 * 1024 * 1024 + 120e6;

/** Judges each bar by what was measured, before rounding. A turn with a problem fails the bars that it touches. */
export function judge(results: Results): Verdict[] {
  return [...RATIO_BARS.map((bar) => judgeRatio(bar, results)), judgeMemory(results), {
    bar: "a replaced file is seen by the next request",
    ...freshness(results),
  }];
}

function judgeRatio(bar: RatioBar, { cases }: Results): Verdict {
  const what = bar.measure === "rate" ? "" : "p99 of ";
  const limit = bar.atLeast === undefined ? `≤ ${bar.atMost}` : `≥ ${bar.atLeast}`;
  const result = cases.find(({ id }) => id === bar.caseId);
  const title = `${result?.title ?? bar.caseId}: ${what}${bar.first} ${limit} × ${bar.second}`;
  const samples = result?.samples ?? [];
  const ratio = medianRatio(samples, bar.measure, bar.first, bar.second);
  if (Number.isNaN(ratio)) return { bar: title, measured: "not measured", met: null };

  const problems = problemsOf(
    samples.filter(({ server }) => server === bar.first || server === bar.second),
  );
  const clears = ratio >= (bar.atLeast ?? 0) && ratio <= (bar.atMost ?? Infinity);
  return {
    bar: title,
    measured: problems === "none" ? ratio.toFixed(3) : `${ratio.toFixed(3)} (${problems})`,
    met: clears && problems === "none",
  };
}

function judgeMemory({ worn }: Results): Verdict {
  const bar = `resident memory after the loads of this run ≤ ${figure(MEMORY_BAR_BYTES / 1e6)} MB`;
  const own = worn.find(({ server }) => server === "vitrine");
  if (!own) return { bar, measured: "not measured", met: null };
  return {
    bar,
    measured: `${figure(own.resident / 1e6)} MB`,
    met: own.resident <= MEMORY_BAR_BYTES,
  };
}

function freshness({ servers }: Results): Pick<Verdict, "measured" | "met"> {
  const own = servers.find(({ name }) => name === "vitrine");
  if (!own) return { measured: "not measured", met: null };
  return { measured: own.fresh ? "new bytes" : "old bytes", met: own.fresh };
}

/** The verdicts as a Markdown table. */
export function renderBars(verdicts: readonly Verdict[]): string {
  const word = (met: boolean | null) => met === null ? "–" : met ? "met" : "**not met**";
  const rows = verdicts.map(({ bar, measured, met }) => [bar, measured, word(met)]);
  return `### Bars\n\n${markdownTable(["Bar", "Measured", "Verdict"], rows)}`;
}
