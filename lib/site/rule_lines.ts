/** What `_headers` and `_redirects` have in common: lines, comments, and a warning for each line that is no good. */

/** A line that is not used, and why. */
export interface Warning {
  /** Counted from 1. */
  readonly line: number;
  /** Words that complete "the line …". */
  readonly problem: string;
}

/** Lines of text, without those that are empty or a comment, by their number. */
export function* ruleLines(text: string): Generator<readonly [line: number, text: string]> {
  let line = 0;
  for (const raw of text.split(/\r\n|\n|\r/)) {
    line++;
    const trimmed = raw.trim();
    if (trimmed !== "" && !trimmed.startsWith("#")) yield [line, trimmed];
  }
}

/** Warnings that are told one by one: a file that is no rules at all would fill the screen. */
const MAX_TOLD = 10;

/** Gives warnings as lines for a person. */
export function warningTexts(file: string, warnings: readonly Warning[]): string[] {
  const texts = warnings.slice(0, MAX_TOLD).map(({ line, problem }) =>
    `${file}, line ${line}: ignored, as it ${problem}`
  );
  const more = warnings.length - texts.length;
  return more > 0 ? [...texts, `${file}: ${more} more lines are ignored`] : texts;
}
