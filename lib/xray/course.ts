/** The lessons, as the X-ray tells them and checks them: what the recorder kept becomes what a lesson sees. */

import { type Answers, evaluate } from "../lessons/evaluate.ts";
import { GLOSSARY } from "../lessons/glossary.ts";
import { checkHandIn, isTraced, parseHandIn } from "../lessons/hand_in.ts";
import { languageOf, LANGUAGES, LESSONS, textOf } from "../lessons/lessons.ts";
import { Seen } from "../lessons/seen.ts";
import { type Detail, detailOf } from "./detail.ts";
import { isLoopback } from "./guard.ts";
import type { Recorder } from "./recorder.ts";
import { maskDetail } from "./secrets.ts";

/** A request that shows something, with the run of the server that it is of: numbers begin anew with each. */
export type Evidence = Detail & { readonly run: string };

/** Who learns. */
export interface Student {
  /** Address that the student's browser comes from. */
  readonly address: string;
  /** Which run of the server this is. */
  readonly run: string;
}

/** What the page sends to be told where a student is. */
interface Progress {
  readonly lesson: number;
  /** The last request before the lesson was begun, and the run that it is of. */
  readonly sinceRun: string;
  readonly sinceId: number;
  readonly answers: Answers;
  /** What showed the steps so far: the recorder may have forgotten it. */
  readonly evidence: readonly Evidence[];
}

/** The whole course in one language. @param tag Such as `"de"`; English for any that there is not. */
export function courseIn(tag: string | null): unknown {
  const language = languageOf(tag);
  const lessons = LESSONS.map((lesson) => {
    const { title, goal, steps } = textOf(lesson, language);
    return {
      number: lesson.number,
      minutes: lesson.minutes,
      title,
      goal,
      steps: lesson.steps.map((step) => ({
        name: step.name,
        kind: step.kind,
        section: step.section,
        ...(step.kind === "action"
          ? { open: step.open, curl: step.curl, compose: step.compose }
          : {}),
        ...steps[step.name],
      })),
    };
  });
  return { language, languages: LANGUAGES, lessons, glossary: GLOSSARY[language] };
}

/** Where a student is in a lesson; null for what is no progress. */
export function progressOf(recorder: Recorder, value: unknown, student: Student): unknown {
  const progress = parseProgress(value);
  const lesson = LESSONS.find(({ number }) => number === progress?.lesson);
  if (progress === null || lesson === undefined) return null;
  const known = progress.evidence;
  const isKnown = new Set(known.map(({ run, id }) => `${run}/${id}`));
  const sinceId = student.run === progress.sinceRun ? progress.sinceId : 0;
  const fresh = recorder.tracesSince(0)
    .filter(({ id, connection }) =>
      id > sinceId && !isKnown.has(`${student.run}/${id}`) && isOf(recorder, connection, student)
    )
    .map((trace) => ({ ...maskDetail(detailOf(trace, ".")), run: student.run }));
  // What was kept of an earlier run came earlier; within a run, numbers are the order of arrival.
  const all = [...known.filter(({ run }) => run !== student.run)].concat(
    [...known.filter(({ run }) => run === student.run), ...fresh].sort((a, b) => a.id - b.id),
  );
  const seen = all.map((evidence) => new Seen(evidence));
  return evaluate(lesson, seen, progress.answers).map(({ evidence, ...state }) => ({
    ...state,
    evidence: evidence.map(({ traced }) => traced),
  }));
}

/** What a checker finds in a file; null if it is no hand-in. */
export function verdictOn(value: unknown): unknown {
  const handIn = parseHandIn(value);
  return handIn === null ? null : checkHandIn(handIn);
}

/** Whether a connection is a student's: from another machine, only those of that machine are. */
function isOf(recorder: Recorder, connection: number, { address }: Student): boolean {
  if (isLoopback(address)) return true;
  const peer = recorder.connections.get(connection)?.peer ?? "";
  return peer.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1") === address;
}

function parseProgress(value: unknown): Progress | null {
  if (typeof value !== "object" || value === null) return null;
  const { lesson, sinceRun, sinceId, answers, evidence } = value as Record<
    keyof Progress,
    unknown
  >;
  if (typeof lesson !== "number" || typeof sinceRun !== "string") return null;
  if (typeof sinceId !== "number" || typeof answers !== "object" || answers === null) return null;
  if (!Object.values(answers).every((answer) => typeof answer === "string")) return null;
  if (!Array.isArray(evidence) || !evidence.every(isTraced)) return null;
  return {
    lesson,
    sinceRun,
    sinceId,
    answers: answers as Answers,
    evidence: evidence as Evidence[],
  };
}
