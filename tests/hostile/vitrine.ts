/**
 * Vitrine as a process of its own, as `deno task serve` starts it, in a folder of its own: seen from outside alone, by
 * its bytes, its access log and what the system says of it.
 */

import { fromFileUrl } from "@std/path";

import { LineReader } from "../tools.ts";

/** Content of a test's folder: a path and its bytes or text. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A line of the access log in JSON, as far as these tests look at it. */
export interface LogLine {
  readonly time: string;
  readonly peer: string;
  readonly peerPort: number;
  readonly connection: number;
  /** Null when no whole request came. */
  readonly requestLine: string | null;
  readonly statusCode: number;
  readonly durationMs: number;
  readonly userAgent: string | null;
}

/** A server that listens on loopback. */
export interface Vitrine extends AsyncDisposable {
  readonly port: number;
  /** Where it tells metrics; 0 if it does not. */
  readonly metricsPort: number;
  readonly pid: number;
  /** Real path of the folder that is served. */
  readonly root: string;
  /** A folder beside it for whatever else a test needs. */
  readonly outside: string;
  /** All lines of the access log so far. */
  readonly log: readonly LogLine[];
  /** What it said on the error stream since it listens. */
  readonly errorLines: readonly string[];
  /** Resident memory in bytes. */
  memory(): number;
  descriptors(): number;
  hasEnded(): boolean;
}

export interface VitrineInit {
  readonly files?: Files;
  /** Further flags of the command line. */
  readonly flags?: readonly string[];
  /** Further flags of Deno, and paths that it may read. */
  readonly deno?: { readonly flags: readonly string[]; readonly reads: readonly string[] };
  /** Its environment beside ours. */
  readonly env?: (outside: string) => Readonly<Record<string, string>>;
  /** A folder that is there, served instead of one that `files` are written to; a real path. */
  readonly root?: string;
  /** Called before the server starts. */
  readonly prepare?: (outside: string) => Promise<void>;
}

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));
const CONFIG = new URL("../../deno.json", import.meta.url);

/** Starts a server, and ends it, with its folder, at the end of the scope. */
export async function startVitrine(init: VitrineInit = {}): Promise<Vitrine> {
  const base = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_hostile_" }));
  await Deno.chmod(base, 0o755); // Proxies may give up being root.
  const outside = `${base}/outside`;
  const root = init.root ?? `${base}/root`;
  await Deno.mkdir(outside);
  if (init.root === undefined) {
    await Deno.mkdir(root);
    await writeFiles(root, init.files ?? {});
  }
  await init.prepare?.(outside);
  const { flags: denoFlags, reads } = init.deno ?? { flags: [], reads: [] };
  const read = `--allow-read=${[root, ...reads].join(",")}`;
  const args = ["run", ...await taskFlags(), ...denoFlags, read, MAIN, root];
  const flags = ["--host", "127.0.0.1", "--port", "0", "--grace", "1", "--log", "json"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, ...flags, ...init.flags ?? []],
    env: { ...init.env?.(outside), NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return await new Child(child, { base, root, outside }).listening();
}

/** Writes files and the folders above them. */
export async function writeFiles(root: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const full = `${root}/${path}`;
    await Deno.mkdir(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(full, content);
    else await Deno.writeFile(full, content);
  }
}

/** The flags of `deno task serve`, without the folder. */
async function taskFlags(): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(CONFIG));
  return tasks.serve.split(" ").filter((word: string) => word.startsWith("--"))
    .filter((word: string) => !word.startsWith("--allow-read"));
}

/** The process, and what it says. */
class Child implements Vitrine {
  readonly root: string;
  readonly outside: string;
  readonly log: LogLine[] = [];
  readonly errorLines: string[] = [];
  port = 0;
  metricsPort = 0;
  readonly #child: Deno.ChildProcess;
  readonly #base: string;
  readonly #streams: Promise<void>[];
  readonly #listens = Promise.withResolvers<void>();
  #ended = false;
  #stopped: Promise<void> | undefined;

  constructor(
    child: Deno.ChildProcess,
    { base, root, outside }: { base: string; root: string; outside: string },
  ) {
    this.#child = child;
    this.#base = base;
    this.root = root;
    this.outside = outside;
    child.status.then(() => this.#ended = true);
    this.#streams = [
      eachLine(child.stdout, (line) => this.log.push(JSON.parse(line))),
      eachLine(child.stderr, (line) => this.#hear(line)),
    ];
  }

  /** Waits until it said where it listens. */
  async listening(): Promise<Vitrine> {
    const silence = setTimeout(() => this.#child.kill("SIGKILL"), 20_000);
    const ended = this.#streams[1].then(() => {
      throw new Error(`Cannot start the server: ${this.errorLines.join(" | ")}`);
    });
    try {
      await Promise.race([this.#listens.promise, ended]);
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    } finally {
      clearTimeout(silence);
      ended.catch(() => {});
    }
    this.errorLines.length = 0;
    return this;
  }

  #hear(line: string): void {
    // Deno's own, of the first start with an empty cache: it may be read after the server listens.
    if (!line.startsWith("Download ")) this.errorLines.push(line);
    const port = /^Open http:\/\/.*:(\d+)\/$/.exec(line)?.[1];
    if (port !== undefined) this.port = Number(port);
    this.metricsPort ||= Number(/^Metrics: http:.*:(\d+)\/metrics$/.exec(line)?.[1] ?? 0);
    if (line.startsWith("Press Ctrl+C")) this.#listens.resolve();
  }

  get pid(): number {
    return this.#child.pid;
  }

  memory(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  descriptors(): number {
    return [...Deno.readDirSync(`/proc/${this.pid}/fd`)].length;
  }

  hasEnded(): boolean {
    return this.#ended;
  }

  /** May be called early, to have the whole log. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  async #stop(): Promise<void> {
    if (!this.#ended) this.#child.kill("SIGTERM");
    const stuck = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    await this.#child.status;
    clearTimeout(stuck);
    await Promise.allSettled(this.#streams);
    await Deno.remove(this.#base, { recursive: true });
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  hear: (line: string) => void,
): Promise<void> {
  const lines = new LineReader(stream);
  for (let line = await lines.next(); line !== null; line = await lines.next()) hear(line);
}
