/** Processes of the benchmark: started on their core with their output in files, ended by id. */

import { dial, type Target } from "./answers.ts";
import { processTree } from "./proc.ts";

/** How a server is started. */
export interface Launch {
  readonly command: readonly string[];
  /** Files that get what it prints; each is appended to. */
  readonly outPath: string;
  readonly errPath: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A server that answers connections. */
export interface Running {
  readonly pid: number;
  readonly target: Target;
  /** Milliseconds from just before the start to the first byte of the first answer. */
  readonly firstByteMs: number;
  /** Ends it and all that it started; never throws. */
  stop(): Promise<void>;
}

/** Which cores the server and the load generator keep to; both empty where they cannot be told apart. */
export interface Pins {
  readonly server: readonly string[];
  readonly load: readonly string[];
}

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 3_000;

/** Waits, unless the run ends first. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/**
 * Starts a server and waits for the first byte of its answer to `head`. Its output goes to files through
 * `sh`, which then becomes the server: nothing here need read it, and the process id stays the same.
 *
 * @throws {Error} If it ends early or does not answer within 20 s; it is stopped before that.
 */
export async function startServer(
  launch: Launch,
  init: { readonly target: Target; readonly head: Uint8Array; readonly signal: AbortSignal },
): Promise<Running> {
  init.signal.throwIfAborted();
  const begun = performance.now();
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      'out=$1 err=$2; shift 2; exec "$@" >>"$out" 2>>"$err"',
      "sh",
      launch.outPath,
      launch.errPath,
      ...launch.command,
    ],
    env: { NO_COLOR: "1", ...launch.env },
    stdin: "null",
  }).spawn();
  const stop = () => stopProcess(child);
  try {
    const exited = child.status.then(({ code }) => {
      throw new Error(`Ended with code ${code} before it answered${tailOf(launch.errPath)}`);
    });
    exited.catch(() => {}); // A later end is not news: stop() waits for it.
    await Promise.race([firstByte(init.target, init.head, begun, init.signal), exited]);
    return { pid: child.pid, target: init.target, firstByteMs: performance.now() - begun, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Knocks until the server answers; whatever fails before that is a server that is not ready. */
async function firstByte(
  target: Target,
  head: Uint8Array,
  begun: number,
  signal: AbortSignal,
): Promise<void> {
  while (performance.now() - begun < START_TIMEOUT_MS) {
    try {
      if (await answers(target, head)) return;
    } catch {
      // Refused or reset: not yet.
    }
    await pause(1, signal);
  }
  throw new Error(`No answer within ${START_TIMEOUT_MS / 1000} s`);
}

async function answers(target: Target, head: Uint8Array): Promise<boolean> {
  using conn = await dial(target);
  const late = setTimeout(() => conn.close(), 5000);
  try {
    await conn.write(head);
    return await conn.read(new Uint8Array(1)) === 1;
  } finally {
    clearTimeout(late);
  }
}

/** The last line that speaks of an error, else the last line. */
function tailOf(path: string): string {
  try {
    const lines = Deno.readTextFileSync(path).trim().split("\n");
    return `: ${(lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1))?.slice(0, 300)}`;
  } catch {
    return "";
  }
}

/** SIGTERM; SIGKILL for the process and its children if they are still there 3 s later. */
async function stopProcess(child: Deno.ChildProcess): Promise<void> {
  const tree = processTree(child.pid);
  signalTo(child.pid, "SIGTERM");
  const late = setTimeout(() => tree.forEach((pid) => signalTo(pid, "SIGKILL")), STOP_TIMEOUT_MS);
  await child.status;
  clearTimeout(late);
}

function signalTo(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It has ended already, which is what was wanted.
  }
}

/** The server on the first core that this process may use and the load on the second, if there are two. */
export async function choosePins(): Promise<Pins> {
  const status = Deno.readTextFileSync("/proc/self/status");
  const cores = parseCores(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "");
  if (cores.length < 2 || !(await hasProgram("taskset"))) return { server: [], load: [] };
  const [server, load] = cores.map((core) => ["taskset", "-c", String(core)]);
  return { server, load };
}

/** The numbers in a list such as `0-2,5`. */
export function parseCores(list: string): number[] {
  return list.split(",").filter((part) => part !== "").flatMap((part) => {
    const [first, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Whether the shell finds a program of that name. */
export async function hasProgram(name: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", 'command -v "$1" >/dev/null', "sh", name],
  }).output();
  return success;
}

/** What a command prints on both streams, trimmed; "" if it cannot be run. */
export async function outputOf(command: readonly string[]): Promise<string> {
  try {
    const [program, ...args] = command;
    const { stdout, stderr } = await new Deno.Command(program, {
      args,
      stdin: "null",
      signal: AbortSignal.timeout(10_000),
    }).output();
    const decoder = new TextDecoder();
    return (decoder.decode(stdout) + decoder.decode(stderr)).trim();
  } catch {
    return "";
  }
}
