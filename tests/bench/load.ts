/** The load: wrk with a browser's headers, and a small client that checks what a server sends. */

import { join } from "@std/path";
import { digestOf, type LoadCase, type SiteFile } from "./cases.ts";

/** What wrk measured in one turn. */
export interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** Bytes received, heads included. */
  readonly bytes: number;
  /** Latency; NaN if no answer was whole before the time was up. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Socket errors, timeouts and answers of 400 and above, in words; "" if there were none. */
  readonly errors: string;
}

/** Marks the one line of wrk's output that is ours, written by {@linkcode DONE_LUA}. */
const MARK = "bench-result";

/** Exact figures instead of wrk's rounded ones. Durations are microseconds. */
const DONE_LUA = `
function done(summary, latency, requests)
  local e = summary.errors
  print(string.format("${MARK} %d %d %d %d %d %d %d %d %d %d", summary.requests, summary.duration,
    summary.bytes, latency:percentile(50), latency:percentile(99),
    e.connect, e.read, e.write, e.timeout, e.status))
end
`;

/** What Chrome sends for an image of a page, without a cookie. */
const BROWSER_FIELDS: readonly (readonly [string, string])[] = [
  ["sec-ch-ua-platform", '"Linux"'],
  [
    "User-Agent",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  ],
  ["sec-ch-ua", '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"'],
  ["sec-ch-ua-mobile", "?0"],
  ["Accept", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"],
  ["Sec-Fetch-Site", "same-origin"],
  ["Sec-Fetch-Mode", "no-cors"],
  ["Sec-Fetch-Dest", "image"],
  ["Referer", "http://127.0.0.1/gallery/index.html"],
  ["Accept-Encoding", "gzip, deflate, br, zstd"],
  ["Accept-Language", "en-GB,en;q=0.9,de;q=0.8"],
];

/**
 * The Lua script of one load. One path is a constant request, which wrk sends without entering Lua; many are
 * rendered once, before the load begins.
 */
export function loadScript(paths: readonly string[], closing: boolean): string {
  const fields = [...BROWSER_FIELDS, ["Connection", closing ? "close" : "keep-alive"]]
    .map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}\n`)
    .join("");
  if (paths.length === 1) return `wrk.path = ${JSON.stringify(paths[0])}\n${fields}${DONE_LUA}`;
  return `${fields}
local paths = {${paths.map((path) => JSON.stringify(path)).join(",\n")}}
local heads, count, at = {}, #paths, 0
function init()
  for i = 1, count do heads[i] = wrk.format("GET", paths[i]) end
end
function request()
  at = at % count + 1
  return heads[at]
end
${DONE_LUA}`;
}

/**
 * Reads what {@linkcode loadScript} made wrk print.
 *
 * @throws {Error} If wrk stopped before its end, and so printed no result.
 */
export function parseLoad(output: string): Load {
  const line = output.split("\n").find((line) => line.startsWith(`${MARK} `));
  const numbers = line?.split(" ").slice(1).map(Number) ?? [];
  if (numbers.length !== 10 || numbers.some(Number.isNaN)) {
    throw new Error(`wrk printed no result: ${output.trim().split("\n").at(-1)?.slice(0, 200)}`);
  }
  const [requests, durationUs, bytes, p50Us, p99Us, ...counts] = numbers;
  const errors = ["connect error", "read error", "write error", "timeout", "status of 400 or above"]
    .flatMap((kind, i) => counts[i] > 0 ? [`${kind} × ${counts[i]}`] : [])
    .join(", ");
  return {
    requests,
    seconds: durationUs / 1e6,
    bytes,
    p50Ms: requests > 0 ? p50Us / 1000 : NaN,
    p99Ms: requests > 0 ? p99Us / 1000 : NaN,
    errors,
  };
}

/** A load that is ready to be put on any server. */
export interface PreparedLoad {
  readonly loadCase: LoadCase;
  readonly files: readonly SiteFile[];
  readonly script: string;
}

/** Writes the script of a load into `folder`. */
export async function prepareLoad(
  loadCase: LoadCase,
  files: readonly SiteFile[],
  folder: string,
): Promise<PreparedLoad> {
  const script = join(folder, `load-${loadCase.id}.lua`);
  await Deno.writeTextFile(script, loadScript(files.map((file) => file.path), loadCase.closing));
  return { loadCase, files, script };
}

/** How wrk is run. */
export interface LoadInit {
  readonly port: number;
  readonly seconds: number;
  /** Words before the command, such as `["taskset", "-c", "1"]`. */
  readonly pin: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Puts one load on the server at `init.port`. wrk is ended 20 s after its time at the latest. A load that fails is a
 * result too, without figures, so that one server that breaks does not end the run of the others.
 */
export async function runLoad(load: PreparedLoad, init: LoadInit): Promise<Load> {
  const { loadCase, script } = load;
  const command = [
    ...init.pin,
    "wrk",
    "--threads=1",
    `--connections=${loadCase.connections}`,
    `--duration=${init.seconds}s`,
    "--timeout=5s",
    "--latency",
    `--script=${script}`,
    `http://127.0.0.1:${init.port}/`,
  ];
  const { stdout } = await new Deno.Command(command[0], {
    args: command.slice(1),
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    signal: AbortSignal.any([init.signal, AbortSignal.timeout((init.seconds + 20) * 1000)]),
  }).output();
  init.signal.throwIfAborted();
  let measured: Load;
  try {
    measured = parseLoad(new TextDecoder().decode(stdout));
  } catch (error) {
    const errors = error instanceof Error ? error.message : String(error);
    return { requests: NaN, seconds: init.seconds, bytes: NaN, p50Ms: NaN, p99Ms: NaN, errors };
  }
  return { ...measured, errors: measured.errors || sizeError(load, measured) };
}

/** Refuses answers that are too short or too long to be the file; wrk itself never looks at them. */
function sizeError({ loadCase, files }: PreparedLoad, { requests, bytes }: Load): string {
  if (bytes === 0) return "no answer";
  if (loadCase.unit === "GB/s") return ""; // The time ends within a file, perhaps the first.
  const perRequest = bytes / requests;
  const { size } = files[0];
  return perRequest < size || perRequest > size + 1500
    ? `answers of ${Math.round(perRequest)} bytes on average`
    : "";
}

/** One request as the load sends it, CRLFs and the empty line included. */
export function requestHead(path: string, port: number, closing: boolean): Uint8Array<ArrayBuffer> {
  const fields = [
    ["Host", `127.0.0.1:${port}`],
    ...BROWSER_FIELDS,
    ["Connection", closing ? "close" : "keep-alive"],
  ].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${fields}\r\n`);
}

/** An answer whose head and content have been told apart. */
export interface Answer {
  /** Status line and field lines. */
  readonly head: string;
  readonly content: Uint8Array;
}

/**
 * Sends one request on a connection of its own and reads all that comes back.
 *
 * @throws {Error} If no whole head came, or the answer did not end within 10 s.
 */
export async function fetchRaw(path: string, port: number): Promise<Answer> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const late = setTimeout(() => conn.close(), 10_000); // Ends the read below with an error.
  try {
    await conn.write(requestHead(path, port, true));
    const bytes = new Uint8Array(await new Response(conn.readable).arrayBuffer());
    const end = new TextDecoder("latin1").decode(bytes.subarray(0, 8192)).indexOf("\r\n\r\n");
    if (end < 0) throw new Error(`No whole head in the ${bytes.length} bytes for ${path}`);
    const head = new TextDecoder("latin1").decode(bytes.subarray(0, end));
    return { head, content: bytes.subarray(end + 4) };
  } finally {
    clearTimeout(late);
  }
}

/** Why an answer is not the file, or "" if it is: status 200, no coding, right length and digest. */
export function answerError(answer: Answer, file: SiteFile): string {
  const status = answer.head.slice(0, answer.head.indexOf("\r\n"));
  if (!/^HTTP\/1\.1 200(?: |$)/.test(status)) return `${file.path}: "${status}"`;
  const coded = /^(?:content|transfer)-encoding:.*$/im.exec(answer.head);
  if (coded) return `${file.path}: sent with "${coded[0].trim()}"`;
  const declared = /^content-length:[ \t]*(\d+)/im.exec(answer.head)?.[1];
  if (declared !== undefined && Number(declared) !== file.size) {
    return `${file.path}: Content-Length ${declared} instead of ${file.size}`;
  }
  if (answer.content.length !== file.size) {
    return `${file.path}: ${answer.content.length} bytes instead of ${file.size}`;
  }
  return digestOf(answer.content) === file.digest ? "" : `${file.path}: other bytes than the file`;
}
