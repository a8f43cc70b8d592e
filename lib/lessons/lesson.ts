/** What a lesson is: a goal and steps, each with one thing to do, a pure predicate that sees when it is done, and words. */

import type { Seen } from "./seen.ts";

/** The words of one step, in one language. `{name}` is filled in with a value of the student's own trace. */
export interface StepText {
  /** What to do: one thing. */
  readonly task: string;
  /** What helps, and what nearly gives it away. */
  readonly hints: readonly [string, string];
  /** What was to be seen, once it is done. */
  readonly seen: string;
}

/** The words of a lesson, in one language; those of its steps by their names. */
export interface LessonText {
  readonly title: string;
  readonly goal: string;
  readonly steps: Readonly<Record<string, StepText>>;
}

/** What shows that a step was done. */
export interface Found {
  /** The requests that show it; looked at again, they alone show it, too. */
  readonly evidence: readonly Seen[];
  /** For the words of the step. */
  readonly values?: Values;
}

/** What stands for `{name}` in a text. */
export type Values = Readonly<Record<string, string | number>>;

/** What the steps before have shown, by their names; a prediction leaves its number. */
export interface Before {
  readonly found: ReadonlyMap<string, Found>;
  readonly predicted: ReadonlyMap<string, number>;
}

interface StepBase {
  /** Unique in its lesson: progress is kept under it. */
  readonly name: string;
  /** Where it is written, such as `"RFC 9110 §9.3.2"`. */
  readonly section: string;
  readonly text: StepText;
}

/** Something to do, with browser, curl or composer. */
export interface Action extends StepBase {
  readonly kind: "action";
  /**
   * Looks for it in what was seen after the step before, in the order of arrival. Must say the same of its evidence alone,
   * and must not be undone by what comes later.
   */
  find(seen: readonly Seen[], before: Before): Found | null;
  /** A path of the site to open in the browser. */
  readonly open?: string;
  /** Arguments of curl; `{site}` is the address of the site. */
  readonly curl?: string;
  /** What the composer is to send, as it is typed there. */
  readonly compose?: string;
}

/** A question whose answer is computed from the student's own trace. */
export interface Question extends StepBase {
  readonly kind: "question";
  /** The right answer, and spellings that are as good; numbers may be off by `tolerance`, a share of them. */
  answers(before: Before): readonly (string | number)[];
  readonly tolerance?: number;
}

/** A number that is to be guessed before it is measured: any will do. */
export interface Prediction extends StepBase {
  readonly kind: "prediction";
}

/** One step. */
export type Step = Action | Question | Prediction;

/** One lesson. */
export interface Lesson {
  /** From 1. */
  readonly number: number;
  readonly minutes: number;
  readonly title: string;
  readonly goal: string;
  readonly steps: readonly Step[];
  /** For the teacher: what goes wrong most often, and what to show on the wall. */
  readonly teacher: { readonly mistakes: string; readonly project: string };
}

/** The evidence of a step before. Throws if there is none: a question comes after its action. */
export function evidenceOf({ found }: Before, name: string): readonly Seen[] {
  const { evidence } = found.get(name) ?? { evidence: [] };
  if (evidence.length === 0) throw new RangeError(`No evidence of ${name}`);
  return evidence;
}

/** One request as evidence. */
export function one(seen: Seen | undefined, values?: Values): Found | null {
  return seen === undefined ? null : { evidence: [seen], values };
}
