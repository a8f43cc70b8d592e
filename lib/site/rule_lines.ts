/** What `_headers` and `_redirects` have in common: lines, comments, and a warning for each line that is no good. */

/** A line that is not used as it was meant, and why. */
export interface Warning {
  /** Counted from 1. */
  readonly line: number;
  /** Words that complete "the line …". */
  readonly problem: string;
  /** What comes of it, such as `"nothing at /a/* is served"`; else it is ignored. */
  readonly effect?: string;
}

/** Old Macs, whose editors some still use, ended a line by CR alone. */
const LINE_END = /\r\n|\n|\r/;

/** Whether a text has more lines than that; it has as many as it has ends. */
export function hasOverLines(text: string, maxLines: number): boolean {
  return text.split(LINE_END, maxLines + 2).length > maxLines + 1;
}

/**
 * The same file with those lines alone that `keeps` takes, each with the path that it stands below, at their numbers: what of a
 * file that is too long has to hold all the same. Takes 20 ms for 100,000 lines, where reading them as rules takes 500; and
 * 1 ms if there is no `hint` of such a line in all of the text.
 */
export function linesKept(
  text: string,
  { hint, opens, keeps }: {
    readonly hint: RegExp;
    /** Whether a line is a path that others stand below. */
    readonly opens: (line: string) => boolean;
    readonly keeps: (line: string) => boolean;
  },
): string {
  if (!hint.test(text)) return "";
  const lines = text.split(LINE_END);
  const kept: string[] = new Array(lines.length).fill("");
  let path = -1;
  for (let i = 0; i < lines.length; i++) {
    if (opens(lines[i])) path = i;
    if (!keeps(lines[i])) continue;
    if (path !== -1) kept[path] = lines[path];
    kept[i] = lines[i];
  }
  return kept.join("\n");
}

/** Lines of text, without those that are empty or a comment, by their number; and as they stand there, blanks in front. */
export function* ruleLines(
  text: string,
): Generator<readonly [line: number, text: string, raw: string]> {
  let line = 0;
  for (const raw of text.split(LINE_END)) {
    line++;
    const trimmed = raw.trim();
    if (trimmed !== "" && !trimmed.startsWith("#")) yield [line, trimmed, raw];
  }
}

/** Warnings that are told one by one: a file that is no rules at all would fill the screen. */
const MAX_TOLD = 10;

/** Gives warnings as lines for a person. */
export function warningTexts(file: string, warnings: readonly Warning[]): string[] {
  // What is refused is told first: nobody should have to guess why their site is closed.
  const isMild = ({ effect }: Warning) => effect === undefined;
  const sorted = [...warnings.filter((warning) => !isMild(warning)), ...warnings.filter(isMild)];
  const texts = sorted.slice(0, MAX_TOLD).map(({ line, problem, effect = "ignored" }) =>
    `${file}, line ${line}: ${effect}, as it ${problem}`
  );
  const more = sorted.slice(MAX_TOLD);
  const what = more.every(isMild) ? "are ignored" : "are ignored, or refuse their path";
  return more.length > 0 ? [...texts, `${file}: ${more.length} more lines ${what}`] : texts;
}
