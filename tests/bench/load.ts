/** The load: wrk or ab with a browser's headers, and beside it a quiet client that shows how long everybody else waits. */

import { join } from "@std/path";
import { type Field, fieldsWith, type Target, type Verified } from "./answers.ts";
import type { LoadCase } from "./cases.ts";
import type { SiteFile } from "./site.ts";

/** What was measured in one turn. */
export interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** Bytes received, heads included. */
  readonly bytes: number;
  /** Latency; NaN if no answer was whole before the time was up. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Answers of 400 and above. */
  readonly refused: number;
  /** Socket errors and timeouts in words; "" if there were none. */
  readonly errors: string;
}

/** Marks the one line of wrk's output that is ours, written by {@linkcode DONE_LUA}. */
const MARK = "bench-result";

/** Exact figures instead of wrk's rounded ones. Durations are microseconds. */
const DONE_LUA = `
function done(summary, latency, requests)
  local e = summary.errors
  print(string.format("${MARK} %d %d %d %d %d %d %d %d %d %d %d", summary.requests, summary.duration,
    summary.bytes, latency:percentile(50), latency:percentile(99), latency.max,
    e.connect, e.read, e.write, e.timeout, e.status))
end
`;

/** After the last path wrk ends: its thread by what wrk offers, its main thread, which sleeps, as by Ctrl+C. */
const ONCE_LUA = `
local ffi = require("ffi")
ffi.cdef("int kill(int, int); int getpid(void);")
at = -1 -- The first call is wrk's own trial, which is not sent.
function request()
  at = at + 1
  if at > count then
    wrk.thread:stop()
    ffi.C.kill(ffi.C.getpid(), 2)
  end
  return heads[(at - 1) % count + 1]
end
`;

const AGAIN_LUA = `
function request()
  at = at % count + 1
  return heads[at]
end
`;

/** What a script is made of. */
export interface ScriptInit {
  readonly paths: readonly string[];
  readonly fields?: readonly Field[];
  /** Whether each request comes on a connection of its own. */
  readonly closing?: boolean;
  /** Whether each path is asked for once, and the load then ends. */
  readonly once?: boolean;
  /** Milliseconds to rest before each request. */
  readonly restMs?: number;
}

/**
 * The Lua script of one load. One path is a constant request, which wrk sends without entering Lua; many are
 * rendered once, before the load begins.
 */
export function loadScript({ paths, fields = [], closing, once, restMs }: ScriptInit): string {
  const lines = [...fieldsWith(fields), ["Connection", closing ? "close" : "keep-alive"]]
    .map(([name, value]) => `wrk.headers[${luaText(name)}] = ${luaText(value)}\n`)
    .join("");
  const rest = restMs === undefined ? "" : `function delay() return ${restMs} end\n`;
  if (paths.length === 1) {
    return `wrk.path = ${luaText(paths[0])}\n${lines}${rest}${DONE_LUA}`;
  }
  return `${lines}${rest}
local paths = {${paths.map(luaText).join(",\n")}}
local heads, count, at = {}, #paths, 0
function init()
  for i = 1, count do heads[i] = wrk.format("GET", paths[i]) end
end
${once ? ONCE_LUA : AGAIN_LUA}${DONE_LUA}`;
}

/** A string of Lua, whose escapes are not those of JSON but for these two. */
function luaText(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * Reads what {@linkcode loadScript} made wrk print.
 *
 * @throws {Error} If wrk stopped before its end, and so printed no result.
 */
export function parseLoad(output: string): Load {
  const line = new RegExp(`^${MARK}((?: \\d+){11})$`, "m").exec(output);
  if (!line) {
    throw new Error(`wrk printed no result: ${output.trim().split("\n").at(-1) || "(nothing)"}`);
  }
  const [requests, durationUs, bytes, p50Us, p99Us, maxUs, ...counts] = line[1].trim().split(" ")
    .map(Number);
  const errors = ["connect error", "read error", "write error", "timeout"]
    .flatMap((kind, i) => counts[i] > 0 ? [`${kind} × ${counts[i]}`] : [])
    .join(", ");
  const ms = (us: number) => requests > 0 ? us / 1000 : NaN;
  return {
    ...{ requests, seconds: durationUs / 1e6, bytes },
    ...{ p50Ms: ms(p50Us), p99Ms: ms(p99Us), maxMs: ms(maxUs), refused: counts[4], errors },
  };
}

/**
 * Reads what ab prints, and the table of its option `-e`.
 *
 * @throws {Error} If ab stopped before its end.
 */
export function parseAb(output: string, table: string): Load {
  const of = (name: string) =>
    Number(new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(output)?.[1] ?? NaN);
  const requests = of("Complete requests");
  if (Number.isNaN(requests)) {
    throw new Error(`ab printed no result: ${output.trim().split("\n").at(-1) || "(nothing)"}`);
  }
  const percentile = (percent: number) =>
    Number(new RegExp(`^${percent},([\\d.]+)$`, "m").exec(table)?.[1] ?? NaN);
  const failed = of("Failed requests");
  return {
    ...{ requests, seconds: of("Time taken for tests"), bytes: of("Total transferred") },
    ...{ p50Ms: percentile(50), p99Ms: percentile(99), maxMs: percentile(100) },
    refused: of("Non-2xx responses") || 0,
    errors: failed > 0 ? `failed request × ${failed}` : "",
  };
}

/** A load that is ready to be put on one server. */
export interface PreparedLoad {
  readonly loadCase: LoadCase;
  readonly verified: Verified;
  readonly path: string;
  readonly script: string;
  /** The quiet client's. */
  readonly quietScript: string;
}

/** What a load is made of. */
export interface PrepareInit {
  readonly files: readonly SiteFile[];
  readonly quiet: SiteFile;
  readonly verified: Verified;
  /** Where its scripts go. */
  readonly folder: string;
}

/** The quiet client asks so long after its last answer. */
const QUIET_REST_MS = 10;

/** Writes the scripts of a load. */
export async function prepareLoad(loadCase: LoadCase, init: PrepareInit): Promise<PreparedLoad> {
  const { files, quiet, verified, folder } = init;
  const script = join(folder, `load-${loadCase.id}.lua`);
  const paths = files.map((file) => file.path);
  const once = loadCase.tool === "wrk-once";
  const { closing } = loadCase;
  await Deno.writeTextFile(script, loadScript({ paths, closing, once, fields: verified.fields }));
  const quietScript = join(folder, "quiet.lua");
  const quietInit = { paths: [quiet.path], restMs: QUIET_REST_MS };
  await Deno.writeTextFile(quietScript, loadScript(quietInit));
  return { loadCase, verified, path: paths[0], script, quietScript };
}

/** How a load is put on a server. */
export interface LoadInit {
  readonly target: Target;
  readonly seconds: number;
  /** Words before the command, such as `["taskset", "-c", "1"]`. */
  readonly pin: readonly string[];
  readonly signal: AbortSignal;
}

/** A load of {@linkcode MANY_FILES} requests has so long for them. */
const ONCE_SECONDS = 20;

/**
 * Puts one load on a server. It is ended 20 s after its time at the latest. A load that fails is a
 * result too, without figures, so that one server that breaks does not end the run of the others.
 */
export async function runLoad(load: PreparedLoad, init: LoadInit): Promise<Load> {
  const isAb = load.loadCase.tool === "ab";
  const seconds = load.loadCase.tool === "wrk-once" ? ONCE_SECONDS : init.seconds;
  const table = `${load.script}.csv`;
  const command = isAb
    ? abCommand(load, { ...init, table })
    : wrkCommand(load.script, load.loadCase.connections, { ...init, seconds });
  const output = await run([...init.pin, ...command], { seconds, signal: init.signal });
  try {
    const measured = isAb ? parseAb(output, await Deno.readTextFile(table)) : parseLoad(output);
    return { ...measured, errors: measured.errors || answersError(load, measured) };
  } catch (error) {
    return failedLoad(init.seconds, error);
  }
}

function failedLoad(seconds: number, error: unknown): Load {
  const errors = error instanceof Error ? error.message : String(error);
  const none = { p50Ms: NaN, p99Ms: NaN, maxMs: NaN };
  return { requests: NaN, seconds, bytes: NaN, ...none, refused: 0, errors };
}

function urlOf({ port, caCert }: Target, path = "/"): string {
  return `${caCert === "" ? "http" : "https"}://127.0.0.1:${port}${path}`;
}

function wrkCommand(script: string, connections: number, init: LoadInit): string[] {
  return [
    ...["wrk", "--threads=1", `--connections=${connections}`, `--duration=${init.seconds}s`],
    ...["--timeout=5s", "--latency", `--script=${script}`, urlOf(init.target)],
  ];
}

/** ab speaks HTTP/1.0 without keep-alive, so that each request has a connection of its own. */
function abCommand(load: PreparedLoad, init: LoadInit & { readonly table: string }): string[] {
  const fields = fieldsWith(load.verified.fields).flatMap(([name, value]) => [
    "-H",
    `${name}: ${value}`,
  ]);
  return [
    ...["ab", "-q", "-t", `${init.seconds}`, "-n", "200000", "-c", `${load.loadCase.connections}`],
    ...["-s", "5", "-e", init.table, ...fields, urlOf(init.target, load.path)],
  ];
}

async function run(
  command: readonly string[],
  init: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<string> {
  const { stdout } = await new Deno.Command(command[0], {
    args: command.slice(1),
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    signal: AbortSignal.any([init.signal, AbortSignal.timeout((init.seconds + 20) * 1000)]),
  }).output();
  init.signal.throwIfAborted();
  return new TextDecoder().decode(stdout);
}

/** Puts a load on a server for so long, and forgets what came of it. */
export async function warmUp(load: PreparedLoad, init: LoadInit, ms: number): Promise<void> {
  const enough = AbortSignal.timeout(ms);
  const either = AbortSignal.any([enough, init.signal]);
  const seconds = Math.ceil(ms / 1000) + 1;
  await runLoad(load, { ...init, seconds, signal: either }).catch(() => {});
  init.signal.throwIfAborted();
}

/** Runs the load with the quiet client beside it: one connection, one request every 10 ms. */
export async function runBeside(
  load: PreparedLoad,
  init: LoadInit,
): Promise<{ readonly load: Load; readonly quiet: Load }> {
  const isOnce = load.loadCase.tool === "wrk-once";
  const seconds = isOnce ? ONCE_SECONDS : init.seconds;
  const [program, ...args] = [
    ...init.pin,
    ...wrkCommand(load.quietScript, 1, { ...init, seconds }),
  ];
  const child = new Deno.Command(program, {
    ...{ args, stdin: "null", stdout: "piped", stderr: "null" },
    signal: init.signal,
  }).spawn();
  const output = child.output();
  try {
    const measured = await runLoad(load, init);
    if (isOnce) interrupt(child);
    const text = new TextDecoder().decode((await output).stdout);
    let quiet: Load;
    try {
      quiet = parseLoad(text);
    } catch (error) {
      quiet = failedLoad(seconds, error);
    }
    return { load: measured, quiet };
  } finally {
    await output;
  }
}

/** wrk then prints what it has. */
function interrupt(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGINT");
  } catch {
    // It has ended already, and its output says why.
  }
}

/** Refuses answers of another status or length; wrk itself never looks at them. */
function answersError({ loadCase, verified }: PreparedLoad, load: Load): string {
  const { requests, bytes, refused } = load;
  if (bytes === 0) return "no answer";
  const expected = loadCase.answer === "absent" ? requests : 0;
  if (refused < expected) return `${requests - refused} answers below 400`;
  if (refused > expected) return `status of 400 or above × ${refused}`;
  if (loadCase.unit === "GB/s") return ""; // The time ends within a file, perhaps the first.
  const perRequest = Math.round(bytes / requests);
  const { answerLength } = verified;
  const partial = answerLength * loadCase.connections / requests; // Of those on their way when the time is up.
  const isRight = perRequest > answerLength - 300 && perRequest < answerLength + 300 + partial;
  return isRight ? "" : `answers of ${perRequest} bytes on average instead of ${answerLength}`;
}
