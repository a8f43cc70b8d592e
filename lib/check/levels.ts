/** All checks, level after level. */

import type { Check } from "./check.ts";
import { LEVEL_1 } from "./levels/1_answers.ts";
import { LEVEL_2 } from "./levels/2_many.ts";
import { LEVEL_3 } from "./levels/3_receiving.ts";
import { LEVEL_4 } from "./levels/4_http_1_1.ts";
import { LEVEL_5 } from "./levels/5_names.ts";
import { LEVEL_6 } from "./levels/6_safe.ts";
import { LEVEL_7 } from "./levels/7_robust.ts";
import { LEVEL_8 } from "./levels/8_honours.ts";

/** Checks by level; the first of the list is level 1. */
export const LEVELS: readonly (readonly Check[])[] = [
  LEVEL_1,
  LEVEL_2,
  LEVEL_3,
  LEVEL_4,
  LEVEL_5,
  LEVEL_6,
  LEVEL_7,
  LEVEL_8,
];

/** Every check, in the order in which they are made. */
export const CHECKS: readonly Check[] = LEVELS.flat();
