/** From samples to Markdown: medians, ratios within a round, tables. Pure. */

import type { Variant } from "./cases.ts";

/** What the name of a server with an access log ends with, beside the same one without. */
export const LOG_SUFFIX = "-log";

/** One turn of one server under one load. */
export interface Sample {
  readonly server: string;
  /** From 0. */
  readonly round: number;
  /** Requests/s or GB/s, as the case says; NaN if the turn failed. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How long a client waited that asked for another small file, once every 10 ms. */
  readonly quietP99Ms: number;
  readonly quietMaxMs: number;
  /** Processor seconds of the server per second of load: about 1 says that the server set the pace. */
  readonly cpu: number;
  /** The same of wrk: about 1 says that the load set it, and a faster server would not show. */
  readonly loadCpu: number;
  /** The same of all other processes; see {@linkcode DISTURBED_CPU}. */
  readonly othersCpu: number;
  /** What went wrong, or "". */
  readonly problem: string;
}

/** All turns under one load. */
export interface CaseResult {
  readonly id: string;
  readonly title: string;
  /** For the picture. */
  readonly short: string;
  readonly unit: "requests/s" | "GB/s";
  readonly samples: readonly Sample[];
  /** Servers whose answers were not right, or that did not start, and so were not measured. */
  readonly leftOut: readonly { readonly server: string; readonly reason: string }[];
}

/** A server that takes part. */
export interface ServerFacts {
  readonly name: string;
  readonly version: string;
  readonly setup: string;
  /** Whether a replaced file is seen by the next request. */
  readonly fresh: boolean;
}

/** Memory of a server that has just started, in bytes. */
export interface IdleMemory {
  readonly server: string;
  readonly atRest: number;
  readonly perIdle: number;
  readonly problem: string;
}

/** Memory of a server in one of its variants, after all its loads, in bytes. */
export interface WornMemory {
  readonly server: string;
  readonly variant: Variant;
  readonly resident: number;
  readonly peak: number;
}

/** Milliseconds from the start of a process to the first byte of its first answer. */
export interface ColdStart {
  readonly server: string;
  readonly firstByteMs: readonly number[];
}

/** All that one run measured. */
export interface Results {
  readonly machine: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly servers: readonly ServerFacts[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly cases: readonly CaseResult[];
  readonly worn: readonly WornMemory[];
  readonly starts: readonly ColdStart[];
  readonly idle: readonly IdleMemory[];
}

/** Cores that other processes may use during a turn before it counts as disturbed. */
export const DISTURBED_CPU = 0.15;

/** What two servers are compared by. */
export type Measure = "rate" | "p99Ms";

/** A server's samples of one case. */
export interface Side {
  readonly samples: readonly Sample[];
  readonly server: string;
}

/** The middle value, or the mean of the middle two, of those that are finite; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return NaN;
  return Number.isInteger(middle)
    ? (sorted[middle - 1] + sorted[middle]) / 2
    : sorted[Math.floor(middle)];
}

/**
 * The median over rounds of `first` divided by `second`, both of the same round, so that a machine that slows
 * down between rounds harms neither. NaN if they share no round.
 */
export function medianRatio(measure: Measure, first: Side, second: Side): number {
  const ratios = ownOf(first).flatMap((sample) => {
    const other = ownOf(second).find(({ round }) => round === sample.round);
    return other ? [sample[measure] / other[measure]] : [];
  });
  return median(ratios);
}

/** The samples of one side. */
export function ownOf({ samples, server }: Side): readonly Sample[] {
  return samples.filter((sample) => sample.server === server);
}

/** A Markdown table. Columns of figures stand to the right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = head.map((_, i) => rows.every((row) => /^[\d–]/.test(row[i])) ? "---:" : "---");
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

/** A number with as many digits as a reader can use: `98,765`, `3.21`, `0.045`; "–" if there is none. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ",");
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** The whole report but for the bars, which `bars.ts` adds. */
export function renderResults(results: Results): string {
  const parts = [
    `Measured on ${results.machine}. Rounds: ${results.rounds}, in turns of ${results.seconds} s, ` +
    "after a warm-up. *Quiet* is a client that asks for another small file, on a connection of its own, once every " +
    "10 ms while the load runs: the median of its 99th percentiles, and its longest wait, in ms.",
    serversTable(results),
    ...results.cases.map(renderCase),
    memoryTable(results),
  ];
  for (const { name, reason } of results.skipped) parts.push(`Left out: ${name} (${reason}).`);
  return parts.filter((part) => part !== "").join("\n\n");
}

function serversTable({ servers }: Results): string {
  const rows = servers.map(({ name, version, setup, fresh }) => [
    name,
    version,
    setup,
    fresh ? "yes" : "no",
  ]);
  return markdownTable(["Server", "Version", "Setup", "Fresh at once"], rows);
}

function renderCase(result: CaseResult): string {
  const { samples, leftOut, title, unit } = result;
  const names = [...new Set(samples.map(({ server }) => server))];
  const rows = names.map((name) => {
    const own = ownOf({ samples, server: name });
    const of = (measure: keyof Sample) => own.map((one) => Number(one[measure]));
    const rates = of("rate");
    return [
      name,
      figure(median(rates)),
      `${figure(Math.min(...rates))} to ${figure(Math.max(...rates))}`,
      ratioText(result, name),
      figure(median(of("p50Ms"))),
      figure(median(of("p99Ms"))),
      figure(median(of("quietP99Ms"))),
      figure(Math.max(...of("quietMaxMs"))),
      `${Math.round(median(of("cpu")) * 100)} %`,
      figure(median(own.map(({ cpu, rate }) => cpu * 1e6 / rate))),
      `${Math.round(median(of("loadCpu")) * 100)} %`,
      problemsOf(own),
    ];
  });
  const head = [
    ...["Server", unit, "Range", "Vitrine ÷ it", "p50 ms", "p99 ms", "Quiet p99", "Quiet max"],
    ...["CPU", unit === "GB/s" ? "CPU µs per GB" : "CPU µs each", "CPU of load", "Problems"],
  ];
  const missing = leftOut.map(({ server, reason }) => `\n\nNot measured: ${server} (${reason}).`);
  return `### ${title}\n\n${markdownTable(head, rows)}${disturbance(result)}${missing.join("")}`;
}

/** With a log, what counts is the share of the same server's rate without one. */
function ratioText({ samples }: CaseResult, server: string): string {
  const own = { samples, server };
  if (!server.endsWith(LOG_SUFFIX)) {
    return figure(medianRatio("rate", { samples, server: "vitrine" }, own));
  }
  const plain = server.slice(0, -LOG_SUFFIX.length);
  return `${figure(medianRatio("rate", own, { samples, server: plain }))} of ${plain}`;
}

function disturbance({ samples }: CaseResult): string {
  const turns = samples.filter(({ othersCpu }) => othersCpu > DISTURBED_CPU);
  if (turns.length === 0) return "";
  const most = Math.max(...turns.map(({ othersCpu }) => othersCpu * 100));
  return `\n\n${turns.length} of ${samples.length} turns were disturbed: ` +
    `other processes used up to ${figure(most)} % of a core.`;
}

/** The problems of some turns, each named once; "none" if there were none. */
export function problemsOf(samples: readonly Sample[]): string {
  const problems = new Set(samples.map(({ problem }) => problem).filter((text) => text !== ""));
  return [...problems].join("; ") || "none";
}

function memoryTable({ servers, starts, idle, worn }: Results): string {
  if (starts.length + idle.length + worn.length === 0) return "";
  const mega = (bytes = NaN) => figure(bytes / 1e6);
  const rows = servers.map(({ name }) => {
    const start = starts.find(({ server }) => server === name);
    const memory = idle.find(({ server }) => server === name);
    const after = worn.filter(({ server }) => server === name);
    const most = (measure: "resident" | "peak") =>
      after.length > 0 ? Math.max(...after.map((one) => one[measure])) : NaN;
    return [
      name,
      figure(median(start?.firstByteMs ?? [])),
      mega(memory?.atRest),
      figure((memory?.perIdle ?? NaN) / 1024) + (memory?.problem ? ` (${memory.problem})` : ""),
      mega(most("resident")),
      mega(most("peak")),
    ];
  });
  const head = ["Server", "Start to first byte, ms", "At rest, MB", "Per idle connection, KiB"];
  head.push("After all loads, MB", "Peak, MB");
  return `### Start and resident memory\n\n${markdownTable(head, rows)}`;
}
