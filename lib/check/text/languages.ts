/** The languages that there are; one more is one more file, and a line here. */

import { DE } from "./de.ts";
import { EN } from "./en.ts";
import type { Texts } from "./texts.ts";

export const LANGUAGES: Readonly<Record<string, Texts>> = { en: EN, de: DE };
