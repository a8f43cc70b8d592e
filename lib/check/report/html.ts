/** The report as one page that needs nothing else: for a screen, light or dark, and for paper. */

import { escape } from "@std/html/entities";
import type { LevelScore } from "../score.ts";
import { fill } from "../text/texts.ts";
import { REPORT_STYLE } from "./html_style.ts";
import { describe, type Described, type Report, summaryOf } from "./report.ts";

const MARKS: Readonly<Record<Described["outcome"], string>> = {
  passed: "✓",
  failed: "✗",
  skipped: "–",
  unreached: "?",
};

/** Gives the report as HTML. Everything that came from the server is escaped. */
export function htmlReport(report: Report): string {
  const { url, texts, score } = report;
  const title = escape(fill(texts.words.title, { url }));
  return `<!doctype html>
<html lang="${texts.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<ol class="ladder">
${score.levels.map((level) => rung(level, report)).join("\n")}
</ol>
<p class="summary ${score.success ? "good" : "bad"}">${
    summaryOf(report).map(escape).join("<br>\n")
  }</p>
</header>
<main>
${score.levels.map((level) => section(level, report)).join("\n")}
</main>
</body>
</html>
`;
}

function rung({ level, passed, got, of }: LevelScore, { texts }: Report): string {
  const title = escape(texts.levels[level - 1]);
  const outcome = passed ? "passed" : "failed";
  return `<li class="${outcome}"><a href="#level-${level}"><b>${level}</b> ` +
    `<i role="img" aria-label="${escape(texts.words[outcome])}">${
      MARKS[outcome]
    }</i> <span>${title}</span> <small>${got} / ${of}</small></a></li>`;
}

function section({ level, got, of, results }: LevelScore, report: Report): string {
  const { words, levels } = report.texts;
  const title = escape(fill(words.level, { n: level, title: levels[level - 1] }));
  return `<section id="level-${level}">
<h2>${title} <small>${escape(fill(words.points, { got, of }))}</small></h2>
${results.map((result) => row(describe(result, report), report)).join("\n")}
</section>`;
}

function row(described: Described, report: Report): string {
  const { id, title, outcome, points, sentence } = described;
  const { words } = report.texts;
  const got = outcome === "passed" ? points : 0;
  const count = outcome === "skipped" ? "" : `${got} / ${points}`;
  return `<article class="${outcome}">
<h3><span class="mark" role="img" aria-label="${escape(words[outcome])}">${MARKS[outcome]}</span> ${
    escape(title)
  } <code>${escape(id)}</code> <small>${count}</small></h3>${
    sentence === null ? "" : `\n<p class="sentence">${escape(sentence)}</p>`
  }${outcome === "failed" ? failure(described, report) : ""}
</article>`;
}

function failure({ bytes, why, hint, rule }: Described, { texts: { words } }: Report): string {
  const block = (name: string, lines: readonly string[]) =>
    `<figure><figcaption>${escape(name)}</figcaption><pre>${
      lines.map(escape).join("\n")
    }</pre></figure>`;
  return `
${
    bytes === null
      ? ""
      : `<div class="bytes">${block(words.sent, bytes.sent)}${
        block(words.received, bytes.received)
      }</div>`
  }
<dl><dt>${escape(words.why)}</dt><dd>${escape(why)} <cite>${escape(rule)}</cite></dd>
<dt>${escape(words.hint)}</dt><dd>${escape(hint)}</dd></dl>`;
}
