/** The report for a terminal: one line a check while it runs, then the failures, then the points. */

import { cyan, dim, green, red, yellow } from "@std/fmt/colors";
import type { Result } from "../score.ts";
import { fill, type Texts } from "../text/texts.ts";
import { describe, type Described, type Report, summaryOf } from "./report.ts";

type Paint = (text: string) => string;

const MARKS: Readonly<Record<Result["outcome"], string>> = {
  passed: "✓",
  failed: "✗",
  skipped: "–",
  unreached: "?",
};
const PAINTS: Readonly<Record<Result["outcome"], Paint>> = {
  passed: green,
  failed: red,
  skipped: dim,
  unreached: yellow,
};
const ID_COLUMNS = 20;

/** Writes reports with colours, or without. */
export class TerminalReport {
  readonly #texts: Texts;
  readonly #weights: Report["weights"];
  readonly #colors: boolean;
  #level = 0;

  constructor({ texts, weights, colors }: Pick<Report, "texts" | "weights"> & { colors: boolean }) {
    this.#texts = texts;
    this.#weights = weights;
    this.#colors = colors;
  }

  /** The line of a result, with the title of its level before the first one of it. */
  line(result: Result): string {
    const described = describe(result, { texts: this.#texts, weights: this.#weights });
    const { outcome, level, id, title, points } = described;
    const { words, levels } = this.#texts;
    const heading = level === this.#level
      ? ""
      : `\n${this.#paint(cyan, fill(words.level, { n: level, title: levels[level - 1] }))}\n`;
    this.#level = level;
    const got = outcome === "passed" ? points : 0;
    const mark = this.#paint(PAINTS[outcome], MARKS[outcome]);
    const count = outcome === "skipped" ? "   " : `${got}/${points}`;
    return `${heading}  ${mark} ${count}  ${this.#paint(dim, id.padEnd(ID_COLUMNS))} ${title}`;
  }

  /** All failures with their bytes, then the summary. */
  rest(report: Report): string {
    const { score } = report;
    const failures = score.levels.flatMap(({ results }) => results)
      .map((result) => describe(result, report))
      .filter(({ outcome }) => outcome === "failed")
      .map((described) => this.#failure(described));
    const { words, levels } = this.#texts;
    const table = score.levels.map(({ level, got, of, passed }) => {
      const title = fill(words.level, { n: level, title: levels[level - 1] });
      const paint = passed ? green : red;
      return `  ${this.#paint(paint, passed ? "✓" : "✗")} ${title}, ${
        fill(words.points, { got, of })
      }`;
    });
    return [...failures, "", ...table, "", ...summaryOf(report)].join("\n");
  }

  #failure({ id, title, sentence, bytes, rule, why, hint }: Described): string {
    const { words } = this.#texts;
    const block = (name: string, lines: readonly string[]) => [
      `  ${this.#paint(dim, `${name}:`)}`,
      ...lines.map((line) => `    ${this.#paint(dim, "│")} ${line}`),
    ];
    return [
      "",
      `${this.#paint(red, "✗")} ${id}: ${title}`,
      `  ${this.#paint(yellow, sentence ?? "")}`,
      ...(bytes === null ? [] : block(words.sent, bytes.sent)),
      ...(bytes === null ? [] : block(words.received, bytes.received)),
      `  ${this.#paint(dim, `${words.why}:`)} ${why} (${rule})`,
      `  ${this.#paint(dim, `${words.hint}:`)} ${hint}`,
    ].join("\n");
  }

  #paint(paint: Paint, text: string): string {
    return this.#colors ? paint(text) : text;
  }
}
