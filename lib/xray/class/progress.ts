/**
 * Where one client is in the lessons: judged by the predicates over what the server has seen of it, and by nothing that its
 * browser says but the answers to questions.
 */

import { type Answers, evaluate, type StepState } from "../../lessons/evaluate.ts";
import type { Lesson } from "../../lessons/lesson.ts";
import { LESSONS } from "../../lessons/lessons.ts";
import { Seen } from "../../lessons/seen.ts";
import type { Student } from "../attending.ts";
import { type Desk, type Entry, ownDetail } from "./desk.ts";

/** Longest answer, in characters. */
const MAX_ANSWER = 200;

/** What a page says of a lesson. */
export interface Wish {
  readonly lesson: number;
  readonly sinceRun: string;
  readonly sinceId: number;
  readonly answers: Answers;
}

interface Begun {
  readonly lesson: Lesson;
  sinceId: number;
  answers: Answers;
  /** What shows the steps that are done: kept when the desk keeps it no more. */
  evidence: readonly Entry[];
  states: readonly StepState[];
  /** What the desk had kept when it was looked at. */
  lookedCount: number;
}

/** The lessons of one client. */
export class DeskLessons {
  readonly #desk: Desk;
  readonly #begun = new Map<number, Begun>();
  #current = 0;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Begins a lesson or goes on with it. Gives its steps, as `course.ts` tells them. */
  goOn({ lesson: number, sinceRun, sinceId, answers }: Wish): unknown {
    const lesson = LESSONS.find((each) => each.number === number);
    if (lesson === undefined) return null;
    const desk = this.#desk;
    // Numbers of another run mean nothing here.
    const since = sinceRun === desk.run ? sinceId : 0;
    let begun = this.#begun.get(number);
    if (begun === undefined || begun.sinceId !== since) {
      begun = { lesson, sinceId: since, answers, evidence: [], states: [], lookedCount: -1 };
      this.#begun.set(number, begun);
    }
    begun.answers = answersTo(lesson, answers);
    this.#current = number;
    this.#look(begun);
    return begun.states.map(({ evidence, ...state }) => ({
      ...state,
      evidence: evidence.map(({ traced }) => ({ ...traced, run: desk.run })),
    }));
  }

  /** All lessons that were begun. */
  rows(): Student["lessons"] {
    return [...this.#begun.values()].sort((a, b) => a.lesson.number - b.lesson.number)
      .map((begun) => {
        if (begun.lookedCount !== this.#desk.keptCount) this.#look(begun);
        const { lesson: { number, steps }, states } = begun;
        return {
          lesson: number,
          done: states.filter(({ state }) => state === "done").map(({ name }) => name),
          stepCount: steps.length,
          isCurrent: number === this.#current,
        };
      });
  }

  #look(begun: Begun): void {
    const { lesson, sinceId, answers, evidence } = begun;
    const kept = new Set(evidence);
    const fresh = this.#desk.entriesSince(0).filter((entry) =>
      entry.id > sinceId && !kept.has(entry)
    );
    const entries = [...evidence, ...fresh].sort((a, b) => a.id - b.id);
    const bySeen = new Map(entries.map((entry) => [seenOf(entry), entry]));
    begun.states = evaluate(lesson, [...bySeen.keys()], answers);
    begun.evidence = [...new Set(begun.states.flatMap((state) => state.evidence))]
      .map((seen) => bySeen.get(seen)).filter((entry) => entry !== undefined);
    begun.lookedCount = this.#desk.keptCount;
  }
}

function seenOf(entry: Entry): Seen {
  return entry.seen ??= new Seen(ownDetail(entry));
}

/** Answers to the questions of a lesson, and no other words. */
function answersTo({ steps }: Lesson, answers: Answers): Answers {
  const own = steps.filter(({ kind, name }) => kind !== "action" && Object.hasOwn(answers, name));
  return Object.fromEntries(own.map(({ name }) => [name, answers[name].slice(0, MAX_ANSWER)]));
}

/** Reads what a page says; null for anything else. */
export function parseWish(value: unknown): Wish | null {
  if (typeof value !== "object" || value === null) return null;
  const { lesson, sinceRun, sinceId, answers } = value as Record<keyof Wish, unknown>;
  if (typeof lesson !== "number" || typeof sinceRun !== "string") return null;
  if (typeof sinceId !== "number" || typeof answers !== "object" || answers === null) return null;
  if (!Object.values(answers).every((answer) => typeof answer === "string")) return null;
  return { lesson, sinceRun, sinceId, answers: answers as Answers };
}
