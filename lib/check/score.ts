/** What the results are worth: points, levels, and the exit code. Pure. */

import type { Check, Dialogue, Finding } from "./check.ts";

/** What came of a check. */
export type Result =
  | { readonly check: Check; readonly outcome: "passed" }
  /** The site lacks a file for it; it counts nowhere. */
  | { readonly check: Check; readonly outcome: "skipped" }
  /** No time was left, or the server was gone; it counts as failed. */
  | { readonly check: Check; readonly outcome: "unreached" }
  | {
    readonly check: Check;
    readonly outcome: "failed";
    readonly finding: Finding;
    /** The exchange that shows it; undefined if none does. */
    readonly exchange?: Dialogue;
  };

/** Points that were got, of those that could be. */
export interface Points {
  readonly got: number;
  readonly of: number;
}

/** A level, with its results. */
export interface LevelScore extends Points {
  /** 1 is the first. */
  readonly level: number;
  /** Whether no check of it failed. */
  readonly passed: boolean;
  readonly results: readonly Result[];
}

/** All of it. */
export interface Score extends Points {
  readonly levels: readonly LevelScore[];
  /** The highest level that passed with all below it; 0 if none. */
  readonly reached: number;
  readonly skipped: number;
  /** Whether what was asked for was reached: the exit code. */
  readonly success: boolean;
}

/** What was asked for. */
export interface Asked {
  /** The level to reach. */
  readonly level: number;
  /** Whether single checks were asked for: then those have to pass, whatever their level. */
  readonly only: boolean;
}

/** Points for a check; a teacher's own go before ours. */
export type Weights = ReadonlyMap<string, number>;

/** Counts points and levels. */
export function scoreOf(results: readonly Result[], asked: Asked, weights: Weights): Score {
  const numbers = [...new Set(results.map(({ check }) => check.level))].sort((a, b) => a - b);
  const levels = numbers.map((level) =>
    levelScore(level, results.filter(({ check }) => check.level === level), weights)
  );
  let reached = 0;
  for (const { level, passed } of levels) {
    if (!passed || level !== reached + 1) break;
    reached = level;
  }
  const isGood = ({ outcome }: Result) => outcome === "passed" || outcome === "skipped";
  return {
    levels,
    reached,
    got: sum(levels.map(({ got }) => got)),
    of: sum(levels.map(({ of }) => of)),
    skipped: results.filter(({ outcome }) => outcome === "skipped").length,
    success: asked.only ? results.every(isGood) : reached >= asked.level,
  };
}

function levelScore(level: number, results: readonly Result[], weights: Weights): LevelScore {
  const counted = results.filter(({ outcome }) => outcome !== "skipped");
  const points = (those: readonly Result[]) =>
    sum(those.map(({ check }) => pointsOf(check, weights)));
  return {
    level,
    results,
    passed: counted.length > 0 && counted.every(({ outcome }) => outcome === "passed"),
    got: points(counted.filter(({ outcome }) => outcome === "passed")),
    of: points(counted),
  };
}

/** Points for a check. */
export function pointsOf(check: Check, weights: Weights): number {
  return weights.get(check.id) ?? check.points;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
