/** What the samples of a soak come to: the first tenth beside the last, and what must not have happened. Pure. */

/** What was seen in one second. */
export interface Sample {
  /** Since the start of the soak. */
  readonly seconds: number;
  /** Descriptors that the server has open. */
  readonly descriptors: number;
  readonly residentBytes: number;
  /** Latencies of the well-behaved client, in ms; null if no answer came. */
  readonly p50Ms: number | null;
  /** Of the last 10 s: of the hundred requests of one it would be the maximum. */
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** Cores kept busy by neither the server nor the soak itself: what disturbs the latencies. */
  readonly othersCores: number;
  /** Answers to it, and requests of it that failed. */
  readonly answers: number;
  readonly failures: number;
}

/** What one kind of peer did. */
export interface KindCount {
  readonly name: string;
  readonly isHostile: boolean;
  readonly done: number;
  readonly wrong: number;
}

/** All that a soak saw. */
export interface SoakRecord {
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly samples: readonly Sample[];
  readonly kinds: readonly KindCount[];
  /** Changes of files on the disk. */
  readonly changes: number;
  /** Descriptors before any peer came, and after all had left. */
  readonly descriptorsBefore: number;
  readonly descriptorsAfter: number;
  /** What went wrong, in words; the first ones. */
  readonly wrongs: readonly string[];
  readonly serverDied: boolean;
}

/** Means and maxima of some seconds; latencies are NaN if no answer came in any of them. */
export interface Tenth {
  readonly descriptors: number;
  readonly residentMb: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly othersCores: number;
}

/** What it comes to. */
export interface Verdict {
  readonly first: Tenth;
  readonly last: Tenth;
  /** How much more memory the last tenth has, in percent. */
  readonly grownPercent: number;
  /** Of the whole soak. */
  readonly failedRequests: number;
  readonly answers: number;
  /** Why the soak failed, in words; empty if it did not. */
  readonly reasons: readonly string[];
}

/** Descriptors that may be open after the soak beside those before: files and sockets that are kept for a while. */
const SLACK_DESCRIPTORS = 8;
const MAX_GROWTH_PERCENT = 10;

/** The nearest-rank percentile of numbers in any order; null of none. */
export function percentile(numbers: readonly number[], percent: number): number | null {
  if (numbers.length === 0) return null;
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * percent / 100) - 1)];
}

/** Judges a soak. */
export function judgeSoak(record: SoakRecord): Verdict {
  const warm = record.samples.filter(({ seconds }) => seconds >= record.warmUpSeconds);
  const count = Math.max(1, Math.floor(warm.length / 10));
  const [first, last] = [tenthOf(warm.slice(0, count)), tenthOf(warm.slice(-count))];
  const grownPercent = 100 * (last.residentMb / first.residentMb - 1);
  const failedRequests = record.samples.reduce((sum, { failures }) => sum + failures, 0);
  const answers = record.samples.reduce((sum, { answers }) => sum + answers, 0);
  const wrong = record.kinds.reduce((sum, { wrong }) => sum + wrong, 0);
  const { descriptorsBefore, descriptorsAfter } = record;
  const reasons = [
    record.serverDied && "the server ended",
    descriptorsAfter > descriptorsBefore + SLACK_DESCRIPTORS &&
    `descriptors grew from ${descriptorsBefore} to ${descriptorsAfter}`,
    grownPercent > MAX_GROWTH_PERCENT && `memory grew by ${grownPercent.toFixed(1)} %`,
    wrong > 0 && `${wrong} rounds of other peers went wrong`,
    failedRequests > 0 && `${failedRequests} requests of the well-behaved client failed`,
    answers === 0 && "the well-behaved client got no answer",
  ].filter((reason) => reason !== false);
  return { first, last, grownPercent, failedRequests, answers, reasons };
}

function tenthOf(samples: readonly Sample[]): Tenth {
  const mean = (of: (sample: Sample) => number | null) => {
    const numbers = samples.map(of).filter((number) => number !== null);
    return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  };
  return {
    descriptors: mean(({ descriptors }) => descriptors),
    residentMb: mean(({ residentBytes }) => residentBytes / 1e6),
    p50Ms: mean(({ p50Ms }) => p50Ms),
    p99Ms: mean(({ p99Ms }) => p99Ms),
    maxMs: samples.reduce((most, { maxMs }) => Math.max(most || 0, maxMs ?? 0) || NaN, NaN),
    othersCores: mean(({ othersCores }) => othersCores),
  };
}

function format(number: number, digits: number): string {
  return Number.isFinite(number) ? number.toFixed(digits) : "none";
}

/** The summary for people, in Markdown. */
export function renderVerdict(record: SoakRecord, verdict: Verdict): string {
  const { first, last, grownPercent } = verdict;
  const row = (name: string, a: number, b: number, digits: number) =>
    `| ${name} | ${format(a, digits)} | ${format(b, digits)} |`;
  const kinds = record.kinds.map(({ name, isHostile, done, wrong }) =>
    `| ${name} | ${isHostile ? "hostile" : "honest"} | ${done.toLocaleString("en")} | ${wrong} |`
  );
  return [
    `| after ${record.warmUpSeconds} s of warm-up | first tenth | last tenth |`,
    "| --- | ---: | ---: |",
    row("descriptors, mean", first.descriptors, last.descriptors, 0),
    row(
      `memory, MB (${grownPercent < 0 ? "" : "+"}${grownPercent.toFixed(1)} %)`,
      first.residentMb,
      last.residentMb,
      1,
    ),
    row("latency p50, ms", first.p50Ms, last.p50Ms, 2),
    row("latency p99, ms", first.p99Ms, last.p99Ms, 2),
    row("latency maximum, ms", first.maxMs, last.maxMs, 1),
    row("cores used by others", first.othersCores, last.othersCores, 2),
    "",
    `Descriptors before any peer came: ${record.descriptorsBefore}, after all left: ` +
    `${record.descriptorsAfter}. Changes on the disk: ${record.changes.toLocaleString("en")}.`,
    "",
    "| peers | | done | wrong |",
    "| --- | --- | ---: | ---: |",
    `| well-behaved, every 10 ms | honest | ${verdict.answers.toLocaleString("en")} | ` +
    `${verdict.failedRequests} |`,
    ...kinds,
    "",
    ...record.wrongs.map((wrong) => `- ${wrong}`),
    verdict.reasons.length === 0 ? "Passed." : `FAILED: ${verdict.reasons.join("; ")}.`,
  ].join("\n");
}
