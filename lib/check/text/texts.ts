/** What the checker says, in one language. */

import type { FindingKey } from "../check.ts";

/** What is said of one check: what is looked at, why that matters, and a hint that gives no code away. */
export type CheckTexts = readonly [title: string, why: string, hint: string];

/** All texts of a language. `{gap}` is filled in. */
export interface Texts {
  /** As `--lang` and `lang` in HTML name it. */
  readonly language: string;
  /** Titles of the levels; the first is of level 1. */
  readonly levels: readonly string[];
  /** By the id of a check. */
  readonly checks: Readonly<Record<string, CheckTexts>>;
  readonly findings: Readonly<Record<FindingKey, string>>;
  readonly words: Words;
}

/** Words around the results. */
export interface Words {
  readonly title: string;
  readonly level: string;
  readonly points: string;
  readonly sent: string;
  readonly received: string;
  readonly why: string;
  readonly hint: string;
  readonly passed: string;
  readonly failed: string;
  readonly skipped: string;
  readonly unreached: string;
  readonly nothing: string;
  readonly more: string;
  readonly pause: string;
  readonly pauseEach: string;
  readonly fileMissing: string;
  readonly notReached: string;
  readonly reached: string;
  readonly noneReached: string;
  readonly askedReached: string;
  readonly askedMissed: string;
  readonly allPassed: string;
  readonly someFailed: string;
  readonly total: string;
  readonly skippedNote: string;
  readonly crashedNotice: string;
  readonly hungNotice: string;
  readonly restarting: string;
  readonly waiting: string;
  readonly back: string;
  readonly gone: string;
  readonly nobody: string;
  readonly made: string;
  readonly demoHint: string;
}

/** Fills the gaps of a sentence. */
export function fill(sentence: string, args: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (gap, name: string) => String(args[name] ?? gap));
}
