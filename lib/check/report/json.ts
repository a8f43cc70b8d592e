/** The report for programs. Its shape is promised: see "The checker" in the guide; what is added later is new names. */

import { describe, type Report } from "./report.ts";

/** Raised when a name goes away or changes its meaning. */
export const SCHEMA = "vitrine-check/1";

/** Gives the report as JSON, with a line end. */
export function jsonReport(report: Report): string {
  const { url, texts, score, askedLevel } = report;
  const document = {
    schema: SCHEMA,
    url,
    language: texts.language,
    askedLevel,
    reachedLevel: score.reached,
    success: score.success,
    points: { got: score.got, of: score.of },
    levels: score.levels.map(({ level, passed, got, of }) => ({
      level,
      title: texts.levels[level - 1],
      passed,
      points: { got, of },
    })),
    checks: score.levels.flatMap(({ results }) => results).map((result) => {
      const { outcome, points, title, sentence, bytes, ...described } = describe(result, report);
      const { id, level, rule, why, hint } = described;
      return {
        ...{ id, level, title, rule, outcome },
        points: { got: outcome === "passed" ? points : 0, of: outcome === "skipped" ? 0 : points },
        finding: result.outcome === "failed" ? result.finding.key : null,
        sentence,
        sent: bytes?.sent ?? null,
        received: bytes?.received ?? null,
        ...{ why, hint },
      };
    }),
  };
  return JSON.stringify(document, null, 2) + "\n";
}
