/**
 * The checker: arguments, what is served, the run, the report, the exit code. It needs `--allow-net` for the one server
 * alone; `start.ts` gives it that and nothing more.
 */

import {
  type CheckCommand,
  HELP,
  parseCheckArguments,
  parseWeights,
  selectChecks,
} from "../arguments.ts";
import type { CheckOptions } from "../arguments.ts";
import { demoSite } from "../demo.ts";
import { htmlReport } from "../report/html.ts";
import { jsonReport } from "../report/json.ts";
import { junitReport } from "../report/junit.ts";
import type { Report } from "../report/report.ts";
import { TerminalReport } from "../report/terminal.ts";
import { pointsOf, scoreOf, type Weights } from "../score.ts";
import { type Site, siteOfPaths } from "../site.ts";
import { LANGUAGES } from "../text/languages.ts";
import { fill, type Texts } from "../text/texts.ts";
import { makeDemo, readSite } from "./folder.ts";
import { Restarter } from "./restarter.ts";
import { type Notice, runChecks } from "./runner.ts";

const PATIENCE_MS = 15_000;
const RESTART_MS = 20_000;

/** Gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const command = parseCheckArguments(args);
  switch (command.kind) {
    case "help":
      await print(HELP + "\n");
      return 0;
    case "usage":
      return refuse(command.message);
    case "list":
      return await list(command);
    case "make":
      return await make(command.folder, LANGUAGES[command.language]);
    case "check":
      return await check(command);
  }
}

async function make(folder: string, { words }: Texts): Promise<number> {
  try {
    await makeDemo(folder);
  } catch (error) {
    return refuse(`Cannot write ${folder}: ${messageOf(error)}`);
  }
  await print(fill(words.made, { folder }) + "\n");
  return 0;
}

async function list(
  { language, points, ...selection }: Extract<CheckCommand, { kind: "list" }>,
): Promise<number> {
  const weights = await readWeights(points);
  if (typeof weights === "string") return refuse(weights);
  const lines = selectChecks(selection).map((check) => {
    const [title] = LANGUAGES[language].checks[check.id];
    return `${check.level}  ${check.id.padEnd(20)} ${pointsOf(check, weights)}  ${title}`;
  });
  await print(lines.join("\n") + "\n");
  return 0;
}

async function check(options: CheckOptions): Promise<number> {
  const { url, format, level, only } = options;
  const texts = LANGUAGES[options.language];
  const weights = await readWeights(options.points);
  if (typeof weights === "string") return refuse(weights);
  let site: Site;
  try {
    site = await siteOf(options);
  } catch (error) {
    return refuse(`Cannot read ${options.root}: ${messageOf(error)}`);
  }
  const colors = Deno.stdout.isTerminal() && !Deno.noColor;
  const terminal = format === "terminal" ? new TerminalReport({ texts, weights, colors }) : null;
  const say = (text: string) => console.error(text);
  using restarter = new Restarter(options.restart);
  const results = await runChecks({
    ...{ site, checks: selectChecks(options), hostname: options.hostname, port: options.port },
    ...{ timeMs: options.timeMs, deadlineMs: options.deadlineMs },
    ...{ patienceMs: PATIENCE_MS, restartMs: RESTART_MS },
    restart: options.restart === null ? undefined : () => restarter.start(),
    onResult: (result) => terminal && printNow(terminal.line(result) + "\n"),
    onNotice: (notice) => say(noticeText(notice, texts, options)),
  });
  if (results === null) {
    say(fill(texts.words.nobody, { url }));
    return 1;
  }
  const score = scoreOf(results, { level, only: only.length > 0 }, weights);
  const report = { url, texts, score, weights, askedLevel: only.length > 0 ? null : level };
  await print(terminal?.rest(report) ?? FORMATS[format](report));
  if (terminal !== null) {
    await print("\n");
    if (score.got === 0 && options.paths.length === 0 && options.root === null) {
      await print(texts.words.demoHint + "\n");
    }
  }
  return score.success ? 0 : 1;
}

const FORMATS: Readonly<Record<CheckOptions["format"], (report: Report) => string>> = {
  terminal: () => "",
  json: jsonReport,
  html: htmlReport,
  junit: junitReport,
};

/** What the server is taken to serve. */
async function siteOf({ root, paths, url }: CheckOptions): Promise<Site> {
  const host = url.slice("http://".length);
  if (root !== null) return await readSite(root, host);
  return paths.length > 0 ? siteOfPaths(paths, host) : demoSite(host);
}

async function readWeights(table: string | null): Promise<Weights | string> {
  if (table === null) return new Map();
  try {
    const weights = parseWeights(await Deno.readTextFile(table));
    return typeof weights === "string" ? `${table}, ${weights}` : weights;
  } catch (error) {
    return `Cannot read ${table}: ${messageOf(error)}`;
  }
}

function noticeText(notice: Notice, { words }: Texts, { restart }: CheckOptions): string {
  switch (notice.kind) {
    case "crashed":
      return fill(words.crashedNotice, { id: notice.id });
    case "hung":
      return fill(words.hungNotice, { id: notice.id });
    case "restarting":
      return fill(words.restarting, { command: restart?.join(" ") ?? "" });
    case "waiting":
      return fill(words.waiting, { seconds: notice.seconds });
    default:
      return words[notice.kind];
  }
}

function refuse(message: string): number {
  console.error(`check: ${message}`);
  return 2;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const encoder = new TextEncoder();

/** Writes all of a text: a pipe may take a part of it at a time. */
async function print(text: string): Promise<void> {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}

/** A line while it runs. */
function printNow(text: string): void {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

Deno.exit(await main(Deno.args));
