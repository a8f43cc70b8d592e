/**
 * `deno task test:windows`: the tests under Wine, all that can run there or those that are named. Each file is a process of its
 * own, as one that hangs must not take the others with it.
 *
 *     deno task test:windows
 *     deno task test:windows tests/wire/range_test.ts tests/live
 */

import { openWine, type Wine } from "./wine.ts";

/** What needs programs that are not there: browsers, peers, attackers, meters. */
const ELSEWHERE = ["bench", "clients", "hostile"];
/** A look at a file takes 5 to 10 ms there. */
const PATIENCE_MS = 600_000;
/** At once: most of the time of each goes by in waiting. */
const LANES = 3;

interface Count {
  passed: number;
  failed: number;
  ignored: number;
}

const ROOT = new URL("../../", import.meta.url);

async function filesIn(path: string): Promise<string[]> {
  const info = await Deno.stat(new URL(path, ROOT));
  if (info.isFile) return [path];
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${path}/`, ROOT))) {
    if (isDirectory && !(path === "tests" && ELSEWHERE.includes(name))) {
      files.push(...await filesIn(`${path}/${name}`));
    } else if (name.endsWith("_test.ts")) files.push(`${path}/${name}`);
  }
  return files.sort();
}

/** Runs one file; prints what fails. */
async function runFile(wine: Wine, file: string): Promise<Count> {
  const child = wine.start([
    "test",
    "--config",
    "tests/deno.json",
    "--no-check",
    "--no-prompt",
    "--allow-all",
    file,
  ], "piped");
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, PATIENCE_MS);
  const { stdout, stderr } = await child.output();
  clearTimeout(timer);
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const number = (word: string) =>
    Number(new RegExp(`(\\d+) ${word}`).exec(lastLine(text))?.[1] ?? 0);
  const count = { passed: number("passed"), failed: number("failed"), ignored: number("ignored") };
  if (lastLine(text) === "") count.failed = 1; // It ended without a word.
  if (count.failed > 0) console.log(text);
  console.log(`${file}: ${isLate ? "late" : lastLine(text)}`);
  return count;
}

function lastLine(text: string): string {
  return text.split("\n").findLast((line) => /^(?:ok|FAILED) \| /.test(line)) ?? "";
}

await using wine = await openWine();
const asked = Deno.args.length > 0 ? Deno.args : ["tests"];
const all: Count = { passed: 0, failed: 0, ignored: 0 };
const files = (await Promise.all(asked.map(filesIn))).flat();
await Promise.all(Array.from({ length: LANES }, async () => {
  for (let file = files.shift(); file !== undefined; file = files.shift()) {
    const count = await runFile(wine, file);
    for (const word of ["passed", "failed", "ignored"] as const) all[word] += count[word];
  }
}));
console.log(`Under Wine: ${all.passed} passed, ${all.failed} failed, ${all.ignored} ignored`);
Deno.exitCode = all.failed > 0 ? 1 : 0;
