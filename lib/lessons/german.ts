/** The lessons in German, one table: by number of the lesson and name of the step. */

import { GERMAN_1_TO_6 } from "./german_1_to_6.ts";
import { GERMAN_7_TO_12 } from "./german_7_to_12.ts";
import { GERMAN_13_TO_14 } from "./german_13_to_14.ts";
import type { LessonText } from "./lesson.ts";

export const GERMAN: Readonly<Record<number, LessonText>> = {
  ...GERMAN_1_TO_6,
  ...GERMAN_7_TO_12,
  ...GERMAN_13_TO_14,
};
