/** All lessons, in their order, and the languages that they are told in. */

import { LESSON_1 } from "./01_request.ts";
import { LESSON_2 } from "./02_status.ts";
import { LESSON_3 } from "./03_fields.ts";
import { LESSON_4 } from "./04_steps.ts";
import { LESSON_5 } from "./05_objects.ts";
import { LESSON_6 } from "./06_connections.ts";
import { LESSON_7 } from "./07_serial.ts";
import { LESSON_8 } from "./08_conditional.ts";
import { LESSON_9 } from "./09_ranges.ts";
import { LESSON_10 } from "./10_coding.ts";
import { LESSON_11 } from "./11_hostile.ts";
import { LESSON_12 } from "./12_slow.ts";
import { LESSON_13 } from "./13_password.ts";
import { LESSON_14 } from "./14_own_server.ts";
import { GERMAN } from "./german.ts";
import type { Lesson, LessonText, Step, StepText } from "./lesson.ts";

export const LESSONS: readonly Lesson[] = [
  LESSON_1,
  LESSON_2,
  LESSON_3,
  LESSON_4,
  LESSON_5,
  LESSON_6,
  LESSON_7,
  LESSON_8,
  LESSON_9,
  LESSON_10,
  LESSON_11,
  LESSON_12,
  LESSON_13,
  LESSON_14,
];

/** The languages; English is the one beside the predicates, each other one a table. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

/** A language by its tag; English for any other. */
export function languageOf(tag: string | null): Language {
  return tag === "de" ? "de" : "en";
}

/** The words of a lesson. Each table is complete: a test says so. */
export function textOf({ number, title, goal, steps }: Lesson, language: Language): LessonText {
  if (language === "de") return GERMAN[number];
  return { title, goal, steps: Object.fromEntries(steps.map(({ name, text }) => [name, text])) };
}

/** The words of a step. */
export function stepText(lesson: Lesson, step: Step, language: Language): StepText {
  return textOf(lesson, language).steps[step.name];
}
