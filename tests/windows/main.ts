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
/** At once, as many as `deno test --parallel` has. */
const LANES = Number(Deno.env.get("DENO_JOBS") ?? navigator.hardwareConcurrency);

const WORDS = ["passed", "failed", "ignored"] as const;
type Count = Record<typeof WORDS[number], number>;

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

/** How many of each folder, and of all; in files of the top, the folder is `tests`. */
const counts = new Map<string, Count>();

function add(name: string, count: Count): void {
  const sum = counts.get(name) ?? { passed: 0, failed: 0, ignored: 0 };
  for (const word of WORDS) sum[word] += count[word];
  counts.set(name, sum);
}

await using wine = await openWine();
const asked = Deno.args.length > 0 ? Deno.args : ["tests"];
const files = (await Promise.all(asked.map(filesIn))).flat();
await Promise.all(Array.from({ length: LANES }, async () => {
  for (let file = files.shift(); file !== undefined; file = files.shift()) {
    const count = await runFile(wine, file);
    add(/^tests\/[^/]+(?=\/)/.exec(file)?.[0] ?? "tests", count);
    add("Under Wine", count);
  }
}));
for (const [name, count] of [...counts].sort(([a], [b]) => a < b ? 1 : -1)) {
  console.log(`${name}: ${WORDS.map((word) => `${count[word]} ${word}`).join(", ")}`);
}
Deno.exitCode = (counts.get("Under Wine")?.failed ?? 0) > 0 ? 1 : 0;
