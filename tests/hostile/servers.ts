/** The servers under attack: Vitrine of any checkout as `deno task serve` starts it, and nginx with one worker. */

import { fromFileUrl } from "@std/path";

import { generate } from "selfsigned";
import { findTool, freePort, LineReader } from "../tools.ts";
import type { Setup } from "./attack.ts";

/** A certificate and its key in PEM, as text. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** What a server takes of the system. */
export interface Usage {
  /** Resident memory in bytes. */
  readonly memory: number;
  readonly descriptors: number;
}

/** How a server ended. */
export interface Ending {
  /** From the signal to the end. */
  readonly ms: number;
  /** Whether it had ended before it was told to. */
  readonly early: boolean;
  /** Whether it had to be killed. */
  readonly killed: boolean;
}

/** A server that runs, in processes of its own. */
export interface RunningServer {
  readonly port: number;
  /** The process that serves. */
  readonly pid: number;
  /** The process that takes signals. */
  readonly mainPid: number;
  readonly gentleSignal: Deno.Signal;
  /** What it said on its error stream after it had started. */
  readonly errorLines: readonly string[];
  /** Lines of its access log that name the well-behaved client; counted with `log: "reader"` alone. */
  readonly honestLines: () => number;
  readonly hasEnded: () => boolean;
  /** What it takes now; nothing once it has ended. */
  usage(): Usage;
  stop(): Promise<Ending>;
}

/** Where a server runs. */
export interface Seat {
  /** What it serves; a real path. */
  readonly root: string;
  /** For its settings. */
  readonly folder: string;
  readonly pair: Pair;
}

/** Starts one server. Rejects if it does not listen within {@linkcode START_MS}. */
export type Start = (place: Seat, setup: Setup) => Promise<RunningServer>;

const START_MS = 5_000;
/** Beyond the grace of 1 s that each server is told to give. */
const STOP_MS = 4_000;
/** As the well-behaved client calls itself. */
export const HONEST = "well-behaved";

/** Makes a pair for `localhost`, as `deno task cert` does. */
export async function makePair(): Promise<Pair> {
  const name = [{ name: "commonName", value: "localhost" }];
  const { cert, private: key } = await generate(name, {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] },
    ],
  });
  return { cert, key };
}

/** Vitrine of the checkout in `directory`. */
export function vitrine(directory: string): Start {
  return async ({ root, folder }, setup) => {
    const { tasks } = JSON.parse(await Deno.readTextFile(`${directory}/deno.json`));
    const { workers = 1 } = setup;
    const [ofDeno] = tasks[workers > 1 ? "serve:workers" : "serve"].split("main.ts");
    const taskFlags = ofDeno.split(" ")
      .filter((word: string) => word.startsWith("--") && !word.startsWith("--allow-read"));
    const [cert, key] = [`${folder}/cert.pem`, `${folder}/key.pem`];
    const readable = [
      root,
      ...(setup.tls ? [cert, key] : []),
      ...(workers > 1 ? [`${directory}/lib`] : []),
    ].join();
    const sharing = setup.flags?.includes("--share-port") ? ["--unstable-net"] : [];
    const child = spawn([
      ...limit(setup),
      ...[Deno.execPath(), "run", ...taskFlags, ...sharing, ...setup.denoFlags ?? []],
      ...[`--allow-read=${readable}`, `${directory}/main.ts`],
      ...[root, "--port", `${setup.port ?? 0}`, "--host", "127.0.0.1"],
      ...["--log", "combined", "--grace", "1"],
      ...(workers > 1 ? ["--workers", `${workers}`] : []),
      ...(setup.tls ? ["--cert", cert, "--key", key] : []),
      ...(setup.maxConnections ? ["--max-connections", String(setup.maxConnections)] : []),
      ...(setup.flags ?? []),
    ], setup);
    const port = await child.waitFor(/^Open https?:\/\/.*:(\d+)\/$/);
    await child.waitFor(/^(Press)/);
    return child.running({ port: Number(port), pid: child.pid, gentleSignal: "SIGTERM" });
  };
}

/** nginx, with the limits that Vitrine has by default. */
export const nginx: Start = async ({ root, folder }, setup) => {
  const { port = freePort() } = setup;
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `daemon off; error_log stderr crit; ${nginxConfig({ root, folder }, { ...setup, port })}`,
  );
  const program = findTool("nginx") ?? "nginx"; // Where Debian has it, only root looks.
  const child = spawn(
    [...limit(setup), program, "-e", "stderr", "-c", `${folder}/nginx.conf`],
    setup,
  );
  await listens(port);
  const pid = await firstChildOf(child.pid);
  return child.running({ port, pid, gentleSignal: "SIGQUIT" });
};

/** Settings of nginx, but for whether it is a daemon and where it tells of errors. */
export function nginxConfig(
  { root, folder }: Pick<Seat, "root" | "folder">,
  setup: Setup & { readonly port: number },
): string {
  const { port, workers = 1 } = setup;
  const log = setup.log === "nobody" ? "/dev/stdout" : `${folder}/access.log`;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ");
  const tls = setup.tls
    ? `ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;`
    : "";
  return `worker_processes ${workers}; pid ${folder}/pid; ${Deno.uid() === 0 ? "user root;" : ""}
     worker_shutdown_timeout 1s;
     events { worker_connections ${setup.maxConnections ?? 10_000}; }
     http {
       ${temporary} sendfile on; tcp_nopush on; access_log ${log};
       keepalive_timeout 10s; keepalive_requests 100; client_header_timeout 10s; send_timeout 30s;
       types { text/plain txt; text/html html; }
       server {
         listen 127.0.0.1:${port} backlog=4096 ${setup.tls ? "ssl" : ""}; ${tls}
         root ${root}; ${setup.nginx ?? ""}
       }
     }\n`;
}

/** A loop that does next to nothing on Deno's sockets; see `bare.ts`. */
export const bare: Start = async ({ root, folder }, setup) => {
  const port = freePort();
  const pair = setup.tls ? [`${folder}/cert.pem`, `${folder}/key.pem`] : [];
  const child = spawn([
    ...limit(setup),
    ...[Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-net"],
    `--allow-read=${[root, ...pair].join()}`,
    ...[BARE, root, String(port), ...pair],
  ], setup);
  await listens(port);
  return child.running({ port, pid: child.pid, gentleSignal: "SIGTERM" });
};

const BARE = fromFileUrl(new URL("bare.ts", import.meta.url));

/** What starts a program with fewer descriptors. */
function limit({ descriptors }: Setup): string[] {
  return descriptors ? ["sh", "-c", 'ulimit -n "$0"; exec "$@"', String(descriptors)] : [];
}

function spawn(command: readonly string[], { log = "devNull" }: Setup) {
  const oneStream = ["sh", "-c", 'exec "$0" "$@" 2>&1'];
  const [program, ...args] = [...(log === "nobody" ? oneStream : []), ...command];
  const stdout = log === "devNull" ? "null" : "piped";
  const child = new Deno.Command(program, { args, stdin: "null", stdout, stderr: "piped" }).spawn();
  return new Child(child, log);
}

/** A process of a server, and what it says. */
class Child {
  readonly #child: Deno.ChildProcess;
  readonly #streams: Promise<unknown>[];
  readonly #errorLines: string[] = [];
  #honestLines = 0;
  #unread: LineReader | null = null;
  #runs = false;
  #ended = false;

  constructor(child: Deno.ChildProcess, log: Setup["log"]) {
    this.#child = child;
    child.status.then(() => this.#ended = true);
    this.#streams = [eachLine(child.stderr, (line) => this.#errorLines.push(line))];
    if (log === "reader") {
      this.#streams.push(eachLine(child.stdout, (line) => {
        if (line.includes(HONEST)) this.#honestLines++;
      }));
    } else if (log === "nobody") {
      this.#unread = new LineReader(child.stdout);
      this.#readUntilItRuns(this.#unread);
    }
  }

  /** Both streams are one, as of `2>&1 | less`: it says there that it listens, and then nobody reads on. */
  async #readUntilItRuns(lines: LineReader): Promise<void> {
    while (!this.#runs) {
      const line = await lines.next();
      if (line === null) return;
      this.#errorLines.push(line);
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Waits for a line on the error stream, and gives what the brackets caught; lines up to it are no news. */
  async waitFor(pattern: RegExp): Promise<string> {
    for (let waitedMs = 0; waitedMs < START_MS && !this.#ended; waitedMs += 5) {
      const at = this.#errorLines.findIndex((line) => pattern.test(line));
      if (at !== -1) return pattern.exec(this.#errorLines.splice(0, at + 1)[at])?.[1] ?? "";
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const why = this.#ended ? "it ended" : `it is silent for ${START_MS / 1000} s`;
    await this.#stop("SIGKILL");
    throw new Error(`Cannot start the server: ${why}: ${this.#errorLines.join(" | ")}`);
  }

  running(init: Pick<RunningServer, "port" | "pid" | "gentleSignal">): RunningServer {
    this.#runs = true;
    return {
      ...init,
      mainPid: this.pid,
      errorLines: this.#errorLines,
      honestLines: () => this.#honestLines,
      hasEnded: () => this.#ended,
      usage: () => usageOf(init.pid),
      stop: () => this.#stop(init.gentleSignal, init.pid),
    };
  }

  async #stop(signal: Deno.Signal, servingPid = this.pid): Promise<Ending> {
    const early = this.#ended;
    const begun = performance.now();
    if (!early) this.#child.kill(signal);
    let killed = false;
    const late = setTimeout(() => {
      killed = true;
      if (servingPid !== this.pid) Deno.kill(servingPid, "SIGKILL"); // A worker outlives its master.
      this.#child.kill("SIGKILL");
    }, STOP_MS);
    await this.#child.status;
    clearTimeout(late);
    const ms = early ? 0 : performance.now() - begun;
    await Promise.all([...this.#streams, this.#unread?.drain()]);
    return { ms, early, killed };
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  see: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(see);
  }
}

function usageOf(pid: number): Usage {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const memory = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    return { memory, descriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length };
  } catch {
    return { memory: 0, descriptors: 0 };
  }
}

/** nginx listens before its worker is there. */
export async function firstChildOf(pid: number): Promise<number> {
  for (let waitedMs = 0; waitedMs < START_MS; waitedMs += 5) {
    const [child] = (await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`)).split(" ");
    if (child !== "") return Number(child);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("Cannot find the worker of nginx");
}

export async function listens(port: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_MS; waitedMs += 10) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  throw new Error(`Cannot connect to nginx within ${START_MS / 1000} s`);
}
