/** The bars that Vitrine has to clear, as data, and the verdict on each, beside what Deno's floor does. Pure. */

import { LOADS } from "./cases.ts";
import {
  figure,
  LOG_SUFFIX,
  markdownTable,
  type Measure,
  median,
  medianRatio,
  ownOf,
  problemsOf,
  type Sample,
} from "./report.ts";
import type { CaseResult, Results } from "./report.ts";

/** A bar on what one server measures: Vitrine is judged, and the floor shown where it does not clear the bar either. */
interface Bar {
  readonly title: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** NaN if the run did not measure it. */
  value(server: string): number;
  /** All samples that it touches: a turn with a problem fails it. */
  readonly touched: readonly Sample[];
  /** Why Vitrine did not take part, or "". */
  readonly leftOut: string;
  readonly unit: string;
}

/**
 * The verdict on one bar. "floor" is one that neither Vitrine nor Deno's floor clears in this run, and Vitrine is at the
 * floor. null was not measured.
 */
export interface Verdict {
  readonly bar: string;
  readonly measured: string;
  readonly verdict: "met" | "missed" | "floor" | null;
}

/** A bar on a median ratio within one case, or of one case to another. */
interface RatioBar {
  readonly caseId: string;
  readonly measure: Measure;
  /** Who is compared with: a peer, or null for the judged server itself. */
  readonly peer: string | null;
  /** The case of the second figure, if it is another. */
  readonly otherCase?: string;
  /** What the judged one's name ends with in this case. */
  readonly suffix?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const RATE = { measure: "rate" } as const;
const TAIL = { measure: "p99Ms", peer: "nginx" } as const;

/** All of one run, logging off but for the case of the log, every answer of Vitrine strictly fresh. */
const RATIO_BARS: readonly RatioBar[] = [
  { ...RATE, caseId: "1k", peer: "lighttpd", atLeast: 1 },
  { ...RATE, caseId: "1k", peer: "nginx-cache", atLeast: 1 },
  { ...RATE, caseId: "1k", peer: "deno-std", atLeast: 6 },
  { ...RATE, caseId: "100k", peer: "nginx", atLeast: 1 },
  { ...RATE, caseId: "100m", peer: "nginx", atLeast: 1.2 },
  { ...RATE, caseId: "many", peer: "nginx", atLeast: 1 },
  { ...RATE, caseId: "close", peer: "nginx", atLeast: 1 },
  { ...RATE, caseId: "512", peer: "lighttpd", atLeast: 0.9 },
  { ...RATE, caseId: "404", peer: null, otherCase: "1k", atLeast: 0.5 },
  { ...RATE, caseId: "404", peer: "nginx", atLeast: 0.5 },
  { ...RATE, caseId: "304", peer: "nginx", atLeast: 1 },
  { ...RATE, caseId: "tls-1k", peer: "nginx", atLeast: 1 },
  { ...RATE, caseId: "tls-100k", peer: "nginx", atLeast: 0.9 },
  { ...RATE, caseId: "tls-new", peer: "nginx", atLeast: 0.7 },
  { ...RATE, caseId: "tls-again", peer: "nginx", atLeast: 0.7 },
  { ...RATE, caseId: "gzip", peer: "nginx", atLeast: 5 },
  { ...RATE, caseId: "log", peer: null, suffix: LOG_SUFFIX, atLeast: 0.88 },
  ...["1k", "100k", "100m", "many", "close", "512"].map((caseId) => ({
    ...TAIL,
    caseId,
    atMost: 1,
  })),
  { ...TAIL, caseId: "tls-1k", atMost: 2 },
  { ...TAIL, caseId: "tls-100k", atMost: 2 },
  { ...TAIL, caseId: "tls-new", atMost: 2 },
  { ...TAIL, caseId: "tls-again", atMost: 2 },
];

const QUIET_BAR_MS = 20;
const WORN_BAR_MB = 150;
const REST_BAR_MB = 65;
const START_BAR_MS = 100;

/** Who does so much of what the floor does has reached it. */
const FLOOR_SHARE = 0.9;

/** Judges each bar by what was measured, before rounding. */
export function judge(results: Results): Verdict[] {
  const bars = [
    ...RATIO_BARS.map((bar) => ratioBar(bar, results)),
    ...results.cases.map(quietBar),
    ...ownBars(results),
  ];
  return [...bars.map(judgeBar), {
    bar: "a replaced file is seen by the next request",
    ...freshness(results),
  }];
}

function judgeBar(bar: Bar): Verdict {
  const title = `${bar.title} ${
    bar.atLeast === undefined ? `≤ ${bar.atMost}` : `≥ ${bar.atLeast}`
  }${bar.unit}`;
  if (bar.leftOut !== "") return { bar: title, measured: bar.leftOut, verdict: "missed" };
  const clears = (value: number) =>
    value >= (bar.atLeast ?? 0) && value <= (bar.atMost ?? Infinity);
  const text = (value: number) => bar.unit === "" ? value.toFixed(3) : figure(value) + bar.unit;
  const [own, floor] = [bar.value("vitrine"), bar.value("floor")];
  if (Number.isNaN(own)) return { bar: title, measured: "not measured", verdict: null };
  const problems = problemsOf(bar.touched);
  if (problems !== "none") {
    return { bar: title, measured: `${text(own)} (${problems})`, verdict: "missed" };
  }
  if (clears(own)) return { bar: title, measured: text(own), verdict: "met" };
  if (Number.isNaN(floor)) return { bar: title, measured: text(own), verdict: "missed" };
  const share = bar.atLeast === undefined ? floor / own : own / floor;
  const isNear = !clears(floor) && share >= FLOOR_SHARE;
  const measured = `${text(own)}; floor ${text(floor)}`;
  return { bar: title, measured, verdict: isNear ? "floor" : "missed" };
}

function ratioBar(bar: RatioBar, { cases }: Results): Bar {
  const { caseId, measure, peer, otherCase = caseId, suffix = "" } = bar;
  const result = cases.find(({ id }) => id === caseId);
  const other = cases.find(({ id }) => id === otherCase);
  const [samples, others] = [result?.samples ?? [], other?.samples ?? []];
  const first = (server: string) => ({ samples, server: server + suffix });
  const second = (server: string) => ({ samples: others, server: peer ?? server });
  const what = measure === "rate" ? "" : "p99, ";
  const against = peer ?? (suffix === "" ? shortOf(otherCase) : "itself without");
  return {
    title: `${shortOf(caseId)}: ${what}Vitrine ÷ ${against}`,
    ...limitOf(bar),
    value: (server) => medianRatio(measure, first(server), second(server)),
    touched: [...ownOf(first("vitrine")), ...ownOf(second("vitrine"))],
    leftOut: reasonOf(result, `vitrine${suffix}`),
    unit: "",
  };
}

function shortOf(caseId: string): string {
  return LOADS.find(({ id }) => id === caseId)?.short ?? caseId;
}

function limitOf({ atLeast, atMost }: RatioBar): Pick<Bar, "atLeast" | "atMost"> {
  return atLeast === undefined ? { atMost } : { atLeast };
}

function reasonOf(result: CaseResult | undefined, name: string): string {
  return result?.leftOut.find(({ server }) => server === name)?.reason ?? "";
}

function quietBar(result: CaseResult): Bar {
  const { samples, short } = result;
  const suffix = samples.some(({ server }) => server.endsWith(LOG_SUFFIX)) ? LOG_SUFFIX : "";
  const of = (server: string) => ownOf({ samples, server: server + suffix });
  return {
    title: `${short}: the quiet client's p99`,
    atMost: QUIET_BAR_MS,
    value: (server) => median(of(server).map(({ quietP99Ms }) => quietP99Ms)),
    touched: of("vitrine"),
    leftOut: reasonOf(result, `vitrine${suffix}`),
    unit: " ms",
  };
}

/** What is asked of Vitrine by itself. */
function ownBars({ worn, idle, starts }: Results): Bar[] {
  const none = { touched: [], leftOut: "" };
  const nameIs = (name: string) => ({ server }: { readonly server: string }) => server === name;
  return [
    {
      ...{ ...none, title: "resident after all loads of this run", unit: " MB" },
      atMost: WORN_BAR_MB,
      value: (name) => {
        const own = worn.filter(nameIs(name)).map(({ resident }) => resident / 1e6);
        return own.length > 0 ? Math.max(...own) : NaN;
      },
    },
    {
      ...{ ...none, title: "resident at rest", unit: " MB" },
      atMost: REST_BAR_MB,
      value: (name) => (idle.find(nameIs(name))?.atRest ?? NaN) / 1e6,
    },
    {
      ...{ ...none, title: "start to first answer", unit: " ms" },
      atMost: START_BAR_MS,
      value: (name) => median(starts.find(nameIs(name))?.firstByteMs ?? []),
    },
  ];
}

function freshness({ servers }: Results): Pick<Verdict, "measured" | "verdict"> {
  const own = servers.find(({ name }) => name === "vitrine");
  if (!own) return { measured: "not measured", verdict: null };
  return { measured: own.fresh ? "new bytes" : "old bytes", verdict: own.fresh ? "met" : "missed" };
}

/** The verdicts as a Markdown table. */
export function renderBars(verdicts: readonly Verdict[]): string {
  const words = { met: "met", missed: "**missed**", floor: "floor nearer" };
  const rows = verdicts.map(({ bar, measured, verdict }) => [
    bar,
    measured,
    verdict === null ? "–" : words[verdict],
  ]);
  return `### Bars\n\n${markdownTable(["Bar", "Measured", "Verdict"], rows)}`;
}
