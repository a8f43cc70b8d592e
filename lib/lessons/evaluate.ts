/** Runs a lesson over what was seen: which steps are done, and what shows it. Pure, so that it can be run again. */

import type { Before, Found, Lesson, Question, Step, Values } from "./lesson.ts";
import type { Seen } from "./seen.ts";

/** What is known of a step. */
export interface StepState {
  readonly name: string;
  /** `"wrong"` is an answer that is not right, `"locked"` one that waits for the step before. */
  readonly state: "done" | "open" | "wrong" | "locked";
  readonly values: Values;
  readonly evidence: readonly Seen[];
}

/** Answers of a student, by the names of questions and predictions. */
export type Answers = Readonly<Record<string, string>>;

/**
 * Evaluates a lesson. A step counts only when the one before is done, and sees only what arrived after its evidence: one
 * request never does two steps.
 *
 * @param seen In the order of arrival.
 */
export function evaluate(lesson: Lesson, seen: readonly Seen[], answers: Answers): StepState[] {
  const found = new Map<string, Found>();
  const predicted = new Map<string, number>();
  let rest = seen;
  let isLocked = false;
  return lesson.steps.map((step) => {
    const { name } = step;
    if (isLocked) return { name, state: "locked", values: {}, evidence: [] };
    const judged = judge(step, rest, { answers, before: { found, predicted } });
    isLocked = judged.state !== "done";
    if (judged.found !== null) {
      found.set(name, judged.found);
      rest = after(rest, judged.found.evidence);
    }
    const isGuess = step.kind === "prediction" && !isLocked;
    const guess = isGuess ? numbersIn(answers[name] ?? "").at(-1) : undefined;
    if (guess !== undefined) predicted.set(name, guess);
    const { evidence = [], values = {} } = judged.found ?? {};
    return { name, state: judged.state, values, evidence };
  });
}

function judge(
  step: Step,
  rest: readonly Seen[],
  { answers, before }: { answers: Answers; before: Before },
): { state: "done" | "open" | "wrong"; found: Found | null } {
  if (step.kind === "action") {
    const found = step.find(rest, before);
    return { state: found === null ? "open" : "done", found };
  }
  const given = Object.hasOwn(answers, step.name) ? String(answers[step.name]).trim() : "";
  if (given === "") return { state: "open", found: null };
  const isRight = step.kind === "question"
    ? isAnswer(step, given, before)
    : numbersIn(given).length > 0;
  return { state: isRight ? "done" : "wrong", found: null };
}

/** What arrived after the last of the evidence. */
function after(seen: readonly Seen[], evidence: readonly Seen[]): readonly Seen[] {
  return seen.slice(Math.max(...evidence.map((one) => seen.indexOf(one))) + 1);
}

function isAnswer(question: Question, given: string, before: Before): boolean {
  return question.answers(before).some((right) => {
    if (typeof right === "string") return plain(given) === plain(right);
    const slack = (question.tolerance ?? 0) * Math.abs(right) + 1e-9;
    return numbersIn(given).some((number) => Math.abs(number - right) <= slack);
  });
}

/** Without what people spell differently: case, quotes, spaces around commas. */
function plain(text: string): string {
  return text.toLowerCase().replace(/["'“”„\s]+/g, " ").replace(/ ?, ?/g, ",").trim();
}

/**
 * The numbers that an answer such as `"1,234 bytes"` or `"0.9 s"` may mean: a comma or a point before three digits may part
 * thousands or begin a fraction, in English and in German. The fraction comes last.
 */
export function numbersIn(text: string): number[] {
  const runs = text.match(/\d[\d.,\s]*/g) ?? [];
  if (runs.length !== 1) return [];
  let digits = runs[0].replace(/\s/g, "");
  while (/[.,]$/.test(digits)) digits = digits.slice(0, -1); // The end of a sentence.
  const readings = [digits.replace(",", ".")];
  if (/^[1-9]\d{0,2}([.,])\d{3}(\1\d{3})*$/.test(digits)) {
    readings.unshift(digits.replace(/[.,]/g, ""));
  }
  return readings.map(Number).filter(Number.isFinite);
}
