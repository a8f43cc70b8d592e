/**
 * What X-ray costs: a server that is watched, with a viewer, against one that is not, both asked 20,000 times a second
 * in turns. Compared is how much of that each gets done.
 */

import { fromFileUrl } from "@std/path";

import { assert, assertEquals } from "@std/assert";
import { LineReader, untilItHolds } from "../tools.ts";
import { visit } from "./testing.ts";

/** Issue 5: requests a second that are offered. */
const OFFERED_PER_S = 20_000;
/** Requests of one turn, and turns of each server. */
const REQUESTS = 20_000;
const TURNS = 3;
const CONNECTIONS = 16;
/** Issue 5: throughput with a viewer, as a share of that without X-ray. */
const LEAST_SHARE = 0.9;

const REQUEST = new TextEncoder().encode(
  "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n" +
    "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en\r\n\r\n",
);

/** A server in a process of its own. */
class Served implements AsyncDisposable {
  readonly port: number;
  readonly xrayPort: number;
  readonly #child: Deno.ChildProcess;
  readonly #lines: LineReader;

  private constructor(child: Deno.ChildProcess, lines: LineReader, ports: number[]) {
    this.#child = child;
    this.#lines = lines;
    [this.port, this.xrayPort] = ports;
  }

  static async start(root: string, isWatched: boolean): Promise<Served> {
    const main = fromFileUrl(new URL("../../main.ts", import.meta.url));
    const child = new Deno.Command(Deno.execPath(), {
      // deno-fmt-ignore
      args: [
        "run", "--quiet", "--no-prompt", `--allow-read=${root}`, "--allow-net", main, root,
        "--port", "0", "--host", "127.0.0.1", "--log", "none", "--keep-alive-max", "0",
        ...(isWatched ? ["--xray", "--xray-port", "0"] : []),
      ],
      stdout: "piped",
    }).spawn();
    const lines = new LineReader(child.stdout);
    const ports: number[] = [];
    while (ports.length < (isWatched ? 2 : 1)) {
      const line = await lines.next();
      assert(line !== null, "the server did not start");
      const match = /open http:\/\/[^:]+:(\d+)\//i.exec(line);
      if (match !== null) ports.push(Number(match[1]));
    }
    return new Served(child, lines, ports);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#lines.drain();
    await this.#child.status;
  }
}

/**
 * Asks `REQUESTS` times for a page that the cache has, on several connections at once and never faster than is to be
 * offered. Gives requests a second.
 */
async function throughputOf({ port }: Served): Promise<number> {
  const startMs = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const buffer = new Uint8Array(64 * 1024);
    for (let i = 0; i < REQUESTS / CONNECTIONS; i++) {
      const dueMs = startMs + i * CONNECTIONS / OFFERED_PER_S * 1000;
      const aheadMs = dueMs - performance.now();
      if (aheadMs > 0) await new Promise((resolve) => setTimeout(resolve, aheadMs));
      await conn.write(REQUEST);
      // The page is a small one: an answer is one write, and so one read.
      assert(await conn.read(buffer) !== null, "the server closed");
    }
  }));
  return REQUESTS / (performance.now() - startMs) * 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Looks at a watched server like a browser, until it is stopped. */
async function view(port: number, seen: { bytes: number }, stop: AbortSignal): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  stop.addEventListener("abort", () => conn.close());
  await conn.write(
    new TextEncoder().encode(`GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`),
  );
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (;;) {
      const count = await conn.read(buffer);
      assert(count !== null, "the X-ray ended the events");
      seen.bytes += count;
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

Deno.test({
  name: "with X-ray and a viewer, the server does at least 0.9 of 20,000 requests a second",
  ignore: Deno.build.os === "windows", // Under Wine it does some hundred.
  async fn() {
    const root = await Deno.makeTempDir({ prefix: "vitrine_" });
    await Deno.writeTextFile(`${root}/index.html`, "<p>hi".repeat(200));
    await Deno.utime(`${root}/index.html`, 1_700_000_000, 1_700_000_000);
    await untilItHolds(async () => {
      const seen = { bytes: 0 };
      const stop = new AbortController();
      await using plain = await Served.start(root, false);
      await using watched = await Served.start(root, true);
      const viewing = view(watched.xrayPort, seen, stop.signal);
      viewing.catch(() => {}); // A run that fails ends the server while it is viewed; the next run has a viewer of its own.
      for (const served of [plain, watched]) await throughputOf(served); // Warm up.
      const done = { plain: [] as number[], watched: [] as number[] };
      for (let turn = 0; turn < TURNS; turn++) {
        done.plain.push(await throughputOf(plain));
        done.watched.push(await throughputOf(watched));
      }
      const share = median(done.watched) / median(done.plain);
      const page = await visit({ port: watched.xrayPort }, "GET /");
      assertEquals(page.statusCode, 200, "the page still answers");
      stop.abort();
      await viewing;
      assert(
        share >= LEAST_SHARE,
        `${share.toFixed(3)} of the work: ${JSON.stringify(done)}`,
      );
      assert(seen.bytes > 10_000, "the viewer was told");
    });
    await Deno.remove(root, { recursive: true });
  },
});
