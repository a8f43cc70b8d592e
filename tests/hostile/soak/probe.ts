/**
 * The well-behaved client: asks for one small file every 10 ms, whatever happens, and tells how long each answer took. It
 * runs in a worker, so that it never waits for the attackers of the same program.
 */

/** What it is told at the start. */
export interface ProbeInit {
  readonly port: number;
  readonly path: string;
  readonly content: Uint8Array;
}

/** What it tells: one latency for each answer, in ms, and what went wrong since the last time. */
export interface ProbeReport {
  readonly latenciesMs: readonly number[];
  readonly failures: readonly string[];
}

const EVERY_MS = 10;
const TIMEOUT_MS = 5_000;
/** A connection that was idle for longer is not used again, in ms: `Keep-Alive` said that it ends after 10 s. */
const MAX_IDLE_MS = 8_000;
/** Requests under way at once at most; beyond, the machine is what is slow. */
const MAX_UNDER_WAY = 200;

/** This file runs in a worker alone; the types that are loaded here are those of a window. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<ProbeInit | "report">) => void;
  postMessage: (report: ProbeReport) => void;
};

scope.onmessage = ({ data }) => {
  if (data === "report") report();
  else run(data);
};

let latenciesMs: number[] = [];
let failures: string[] = [];
let underWay = 0;
const idle: Kept[] = [];

function report(): void {
  scope.postMessage({ latenciesMs, failures });
  latenciesMs = [];
  failures = [];
}

function run({ port, path, content }: ProbeInit): void {
  const request = new TextEncoder().encode(
    `GET /${path} HTTP/1.1\r\nHost: a\r\nUser-Agent: well-behaved\r\n\r\n`,
  );
  setInterval(async () => {
    if (underWay >= MAX_UNDER_WAY) return void failures.push("Too many requests under way");
    underWay++;
    const startedMs = performance.now();
    try {
      await ask(port, request, content);
      latenciesMs.push(performance.now() - startedMs);
    } catch (error) {
      failures.push(String(error));
    } finally {
      underWay--;
    }
  }, EVERY_MS);
}

/** Asks once, on a connection that is free or on a new one: what a page with many files does. */
async function ask(port: number, request: Uint8Array, content: Uint8Array): Promise<void> {
  const kept = takeIdle() ?? new Kept(await Deno.connect({ hostname: "127.0.0.1", port }));
  const timer = setTimeout(() => kept.close(), TIMEOUT_MS);
  try {
    if (await kept.ask(request, content)) idle.push(kept);
    else kept.close();
  } catch (error) {
    kept.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function takeIdle(): Kept | undefined {
  const now = performance.now();
  while (idle.length > 0 && now - idle[0].usedMs > MAX_IDLE_MS) idle.shift()?.close();
  return idle.pop();
}

/** A connection that is kept. */
class Kept {
  /** When its last answer came, by `performance.now()`. */
  usedMs = 0;
  readonly #conn: Deno.TcpConn;
  readonly #bytes = new Uint8Array(16 * 1024);

  constructor(conn: Deno.TcpConn) {
    conn.setNoDelay();
    this.#conn = conn;
  }

  /** Asks, and checks the answer. Gives whether the connection goes on. */
  async ask(request: Uint8Array, content: Uint8Array): Promise<boolean> {
    await this.#conn.write(request);
    const bytes = this.#bytes;
    for (let end = 0;;) {
      const count = await this.#conn.read(bytes.subarray(end));
      if (count === null) throw new Error("Closed before the answer");
      end += count;
      const head = new TextDecoder().decode(bytes.subarray(0, end)).split("\r\n\r\n", 1)[0];
      const start = head.length + 4; // Heads are ASCII.
      if (end < start + content.length && head.startsWith("HTTP/1.1 200 ")) continue;
      const isRight = end === start + content.length &&
        content.every((byte, i) => byte === bytes[start + i]);
      if (!isRight) throw new Error(`Wrong answer: ${head.slice(0, 100)}`);
      this.usedMs = performance.now();
      return !/\r\nConnection: close/.test(head);
    }
  }

  close(): void {
    try {
      this.#conn.close();
    } catch {
      // Closed before: fine.
    }
  }
}
