/** What all forms of the report have in common: results, put into words of one language. */

import { pointsOf, type Result, type Score, type Weights } from "../score.ts";
import { type CheckTexts, fill, type Texts } from "../text/texts.ts";
import { type VisibleInit, visibleLines } from "../visible.ts";

/** Of which each is shown where it was; where there are more, each byte comes by itself. */
const MAX_PAUSES = 8;

/** All that a report is made of. */
export interface Report {
  readonly url: string;
  readonly texts: Texts;
  readonly score: Score;
  readonly weights: Weights;
  /** The level asked for; null where single checks were. */
  readonly askedLevel: number | null;
}

/** A result in words. */
export interface Described {
  readonly id: string;
  readonly level: number;
  readonly rule: string;
  readonly outcome: Result["outcome"];
  readonly points: number;
  readonly title: string;
  readonly why: string;
  readonly hint: string;
  /** What is wrong, or why it was not made; null if it passed. */
  readonly sentence: string | null;
  /** Null if nothing is to be shown. */
  readonly bytes: { readonly sent: readonly string[]; readonly received: readonly string[] } | null;
}

/** Puts a result into words. */
export function describe(result: Result, { texts, weights }: Pick<Report, "texts" | "weights">) {
  const { check, outcome } = result;
  const [title, why, hint]: CheckTexts = texts.checks[check.id];
  const described: Described = {
    id: check.id,
    level: check.level,
    rule: check.rule,
    outcome,
    points: pointsOf(check, weights),
    title,
    why,
    hint,
    sentence: sentenceOf(result, texts),
    bytes: bytesOf(result, texts),
  };
  return described;
}

function sentenceOf(result: Result, { findings, words }: Texts): string | null {
  switch (result.outcome) {
    case "passed":
      return null;
    case "skipped":
      return words.fileMissing;
    case "unreached":
      return words.notReached;
    case "failed":
      return fill(findings[result.finding.key], result.finding.args);
  }
}

function bytesOf(result: Result, texts: Texts): Described["bytes"] {
  if (result.outcome !== "failed" || result.exchange === undefined) return null;
  const { sent, sentCount, pauses, received } = result.exchange;
  const total = Math.max(sentCount, sent.length);
  const { pause, pauseEach } = texts.words;
  return {
    // One line for each of a hundred bytes would show neither the request nor the pauses.
    sent: pauses.length > MAX_PAUSES
      ? [pauseEach, ...shown(sent, texts, { total })]
      : shown(sent, texts, { total, pauses: { at: pauses, mark: pause } }),
    received: shown(received, texts),
  };
}

function shown(bytes: Uint8Array, { words }: Texts, init: VisibleInit = {}): readonly string[] {
  if ((init.total ?? bytes.length) === 0) return [`(${words.nothing})`];
  const { lines, left } = visibleLines(bytes, init);
  return left === 0 ? lines : [...lines, fill(words.more, { n: left })];
}

/** The last lines: levels, points, and whether what was asked for is reached. */
export function summaryOf({ texts: { words }, score, askedLevel }: Report): readonly string[] {
  const asked = askedLevel === null
    ? (score.success ? words.allPassed : words.someFailed)
    : fill(score.success ? words.askedReached : words.askedMissed, { n: askedLevel });
  return [
    fill(words.total, { got: score.got, of: score.of }),
    ...(askedLevel === null ? [] : [
      score.reached === 0 ? words.noneReached : fill(words.reached, { n: score.reached }),
    ]),
    asked,
    ...(score.skipped === 0 ? [] : [fill(words.skippedNote, { n: score.skipped })]),
  ];
}
