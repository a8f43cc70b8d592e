/** A reader of the log that has stopped, as `| less` or a stuck journal: the server ends, and counts what it lost. */

import { fromFileUrl } from "@std/path";

import { assert, assertEquals, assertMatch } from "@std/assert";
import { latin1Bytes, RawClient } from "../wire/harness.ts";
import { LineReader } from "../tools.ts";
import { testHostile } from "./bounds.ts";

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));
/** Lines of 8 kB: together more than a pipe and the server's queues hold. */
const REQUESTS = 600;
const REQUEST = latin1Bytes(`GET /${"a".repeat(8_000)} HTTP/1.1\r\nHost: a\r\n\r\n`);
/** Of which the end may not take long, and this is a hundred times longer. */
const LONG_GRACE_S = 300;
const AT_ONCE_MS = 3_000;

interface Stuck {
  readonly child: Deno.ChildProcess;
  readonly port: number;
  readonly stdout: LineReader;
  /** The same as `stdout` where they are one. */
  readonly stderr: LineReader;
}

/** Starts a server, makes it log more than anybody reads, and ends it whatever happens. */
async function withStuckReader(
  { isOneStream, flags }: { isOneStream: boolean; flags: readonly string[] },
  test: (stuck: Stuck) => Promise<void>,
): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const run = ["run", "--no-prompt", "--unstable-net", "--allow-net"];
  const readable = `--allow-read=${root},${fromFileUrl(new URL("../../lib", import.meta.url))}`;
  const command = [
    ...[Deno.execPath(), ...run, readable, MAIN, root, "--host", "127.0.0.1", "--port", "0"],
    ...["--log", "combined", "--keep-alive-max", "0", ...flags],
  ];
  const wrapper = ["sh", "-c", `exec "$0" "$@" ${isOneStream ? "2>&1" : ""}`];
  const [program, ...args] = [...wrapper, ...command];
  using big = await Deno.open(`${root}/big.bin`, { create: true, write: true });
  await big.truncate(256 * 1024 * 1024);
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new LineReader(child.stdout);
  const errors = new LineReader(child.stderr);
  const stderr = isOneStream ? stdout : errors;
  try {
    let port = 0;
    for (let line = ""; line !== "Press Ctrl+C to stop";) {
      const next = await stderr.next();
      assert(next !== null, "It listens");
      line = next;
      port = Number(/^Open .*:(\d+)\/$/.exec(line)?.[1] ?? port);
    }
    await fill(port);
    await test({ child, port, stdout, stderr });
  } finally {
    kill(child, "SIGKILL");
    await child.status;
    await Promise.all([stdout.drain(), errors.drain()]);
    await Deno.remove(root, { recursive: true });
  }
}

async function fill(port: number): Promise<void> {
  const client = new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  try {
    for (let i = 0; i < REQUESTS; i++) {
      await client.send(REQUEST);
      assertEquals((await client.readResponse()).statusCode, 404, "requests go on");
    }
  } finally {
    client.close();
  }
}

/** Whether the process was still there. */
function kill(child: Deno.ChildProcess, signal: Deno.Signal): boolean {
  try {
    child.kill(signal);
    return true;
  } catch {
    return false;
  }
}

const WAYS = [
  // Whether both streams are one pipe, flags, what it is called
  [false, [], "one worker, an error stream of its own"],
  [true, [], "one worker, both streams in one pipe"],
  [true, ["--workers", "2"], "two workers, both streams in one pipe"],
] as const;

for (const [isOneStream, flags, title] of WAYS) {
  testHostile(
    `nobody reads the log: one SIGTERM ends the server within its grace: ${title}`,
    [],
    () =>
      withStuckReader(
        { isOneStream, flags: [...flags, "--grace", "1"] },
        async ({ child, port }) => {
          using _download = await startDownload(port);
          const begun = performance.now();
          child.kill("SIGTERM");
          const { code } = await child.status;
          assertEquals(code, 0);
          assert(performance.now() - begun < 1_000 + AT_ONCE_MS);
        },
      ),
  );

  testHostile(
    `nobody reads the log: a second SIGTERM ends the server at once: ${title}`,
    [],
    () => {
      const settings = { isOneStream, flags: [...flags, "--grace", `${LONG_GRACE_S}`] };
      return withStuckReader(settings, async ({ child, port }) => {
        using _download = await startDownload(port);
        child.kill("SIGTERM");
        // Its way to say that it has begun to stop is blocked as well; what listens no more has begun.
        while (await connects(port));
        const begun = performance.now();
        const again = setInterval(() => kill(child, "SIGTERM"), 100);
        const { code } = await child.status.finally(() => clearInterval(again));
        assertEquals(code, 143);
        assert(performance.now() - begun < AT_ONCE_MS);
      });
    },
  );
}

testHostile(
  "a log reader that stops for a while learns how many lines it lost",
  [],
  () =>
    withStuckReader({ isOneStream: false, flags: [] }, async ({ stdout }) => {
      const { whole, dropped } = await readUntil(stdout, (count) => count >= REQUESTS);
      assertEquals(whole + dropped, REQUESTS);
      assert(dropped > REQUESTS / 4, `${dropped} lines dropped`);
    }),
);

testHostile(
  "a log reader that never comes back: the end says how many lines were lost",
  [],
  () =>
    withStuckReader({ isOneStream: false, flags: [] }, async ({ child, stdout, stderr }) => {
      child.kill("SIGTERM");
      await child.status;
      let last = await stderr.next();
      if (last?.startsWith("Finishing responses")) last = await stderr.next();
      assertMatch(last ?? "", /^vitrine: up to \d+ log lines were not written/);
      const lost = Number(/\d+/.exec(last!)![0]);
      const { whole, dropped } = await readUntil(stdout, () => false);
      assertEquals(dropped, 0, "Nothing more came that way");
      assert(whole > 0 && whole + lost >= REQUESTS && lost <= REQUESTS, `${whole} and ${lost}`);
    }),
);

/** Reads lines until they and those that were dropped are enough, or to the end; a last one may be a part. */
async function readUntil(
  lines: LineReader,
  isEnough: (count: number) => boolean,
): Promise<{ whole: number; dropped: number }> {
  let [whole, dropped] = [0, 0];
  while (!isEnough(whole + dropped)) {
    const line = await lines.next();
    if (line === null) break;
    const told = /^# (\d+) log lines dropped/.exec(line);
    if (told === null) whole++;
    else dropped += Number(told[1]);
  }
  return { whole, dropped };
}

/** A response that nobody reads, so that the server does not end before its grace is over. */
async function startDownload(port: number): Promise<RawClient & Disposable> {
  const client = new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  await client.send("GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.conn.read(new Uint8Array(1));
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}

async function connects(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
