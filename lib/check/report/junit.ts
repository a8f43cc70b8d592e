/** The report in the XML of JUnit, as GitHub Classroom, GitLab and most graders read it: a suite is a level. */

import type { LevelScore } from "../score.ts";
import { fill } from "../text/texts.ts";
import { describe, type Described, type Report } from "./report.ts";

/** Gives the report as XML. */
export function junitReport(report: Report): string {
  const { url, score, texts } = report;
  const suites = score.levels.map((level) => suite(level, report));
  // Jenkins' schema, which is the strictest, has no place for a count of skipped ones here.
  const counts = countsOf(score.levels.flatMap(({ results }) => results)).replace(
    / skipped=.*/,
    "",
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escape(fill(texts.words.title, { url }))}" ${counts}>`,
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

function suite({ level, results }: LevelScore, report: Report): string {
  const { words, levels } = report.texts;
  const name = escape(fill(words.level, { n: level, title: levels[level - 1] }));
  return [
    `  <testsuite name="${name}" ${countsOf(results)}>`,
    ...results.map((result) => testCase(describe(result, report), name)),
    "  </testsuite>",
  ].join("\n");
}

function countsOf(results: LevelScore["results"]): string {
  const count = (...outcomes: string[]) =>
    results.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return `tests="${results.length}" failures="${count("failed", "unreached")}" errors="0" ` +
    `skipped="${count("skipped")}"`;
}

function testCase(described: Described, suiteName: string): string {
  const { id, title, outcome, sentence } = described;
  const name = `    <testcase classname="${suiteName}" name="${escape(`${id}: ${title}`)}"`;
  if (outcome === "passed") return `${name}/>`;
  const message = escape(sentence ?? "");
  const inner = outcome === "skipped"
    ? `<skipped>${message}</skipped>`
    : `<failure message="${message}" type="${outcome}">${escape(detailOf(described))}</failure>`;
  return `${name}>\n      ${inner}\n    </testcase>`;
}

function detailOf({ bytes, why, hint, rule }: Described): string {
  return [
    ...(bytes === null ? [] : bytes.sent.map((line) => `> ${line}`)),
    ...(bytes === null ? [] : bytes.received.map((line) => `< ${line}`)),
    `${why} (${rule})`,
    hint,
  ].join("\n");
}

/** XML 1.0 §2.2 has no place for control characters; `visible()` left none, but a file name may. */
function escape(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, "\ufffd")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("\n", "&#10;");
}
