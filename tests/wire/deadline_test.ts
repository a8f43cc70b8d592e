/**
 * The deadlines of a connection to the tick, with a clock that the test moves and a peer that does what the test
 * says. The wire tests beside this one show the same with real time.
 */

import { assertEquals } from "@std/assert";
import { openSite } from "../../lib/4_locate.ts";
import { HeadMemo } from "../../lib/http/head_memo.ts";
import { Guesses } from "../../lib/site/guesses.ts";
import { Rounds } from "../../lib/net/rounds.ts";
import { Tally } from "../../lib/log/tally.ts";
import { Slots } from "../../lib/net/slots.ts";
import { DeadlineClock, TICK_MS } from "../../lib/net/deadlines.ts";
import { Connection } from "../../lib/connection.ts";
import type { LogEntry } from "../../lib/log/format.ts";
import { DEFAULT_OPTIONS, LIMITS } from "../../lib/options.ts";
import { latin1, latin1Bytes } from "./harness.ts";

const { keepAliveTimeoutMs, headTimeoutMs, stallTimeoutMs } = DEFAULT_OPTIONS;
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** What the peer does. */
interface Script {
  /** Texts that arrive, each in one read; null is the end. When none is left, reads wait. */
  readonly incoming: (string | null)[];
  /** How many bytes the peer takes of each write; when none is left, writes wait. */
  readonly takes?: number[];
  /** What reads fail with, instead of waiting. */
  readonly failure?: Error;
  /** Whether it is over TLS, and the peer takes no goodbye. */
  readonly takesNoGoodbye?: boolean;
}

/** A connection socket without a network. */
class ScriptedConn {
  readonly remoteAddr: Deno.NetAddr = { transport: "tcp", hostname: "192.0.2.1", port: 1 };
  readonly handshake: (() => Promise<unknown>) | undefined;
  written = "";
  isWriteClosed = false;
  isClosed = false;
  readonly #script: Script;
  readonly #closed = Promise.withResolvers<never>();
  #waiting = Promise.withResolvers<void>();

  constructor(script: Script) {
    this.#script = { ...script, incoming: [...script.incoming], takes: [...script.takes ?? []] };
    this.#closed.promise.catch(() => {});
    this.handshake = script.takesNoGoodbye ? () => Promise.resolve() : undefined;
  }

  /** Resolves when the server waits for the peer. */
  async waits(): Promise<void> {
    await this.#waiting.promise;
    this.#waiting = Promise.withResolvers();
  }

  /** Resolves when the server has closed the socket. */
  async ends(): Promise<void> {
    await this.#closed.promise.catch(() => {});
  }

  read(bytes: Uint8Array): Promise<number | null> {
    if (this.#script.incoming.length === 0) {
      return this.#script.failure ? Promise.reject(this.#script.failure) : this.#wait();
    }
    const text = this.#script.incoming.shift() ?? null;
    if (text !== null) bytes.set(latin1Bytes(text));
    return Promise.resolve(text?.length ?? null);
  }

  write(bytes: Uint8Array): Promise<number> {
    const most = this.#script.takes?.shift();
    if (most === undefined) return this.#wait();
    const count = Math.min(most, bytes.length);
    this.written += latin1(bytes.subarray(0, count));
    return Promise.resolve(count);
  }

  setNoDelay(): void {}

  closeWrite(): Promise<void> {
    this.isWriteClosed = true;
    return this.#script.takesNoGoodbye ? this.#wait() : Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
    this.#closed.reject(new Deno.errors.Interrupted("operation canceled"));
  }

  #wait(): Promise<never> {
    this.#waiting.resolve();
    return this.#closed.promise;
  }
}

interface Bench {
  readonly conn: ScriptedConn;
  readonly log: LogEntry[];
  readonly served: Connection;
  /** Moves the clock on, tick by tick, and tells at which time from now the socket was closed, or null. */
  pass(ms: number): number | null;
}

/** Serves one scripted connection while `test` runs. */
async function withConnection(
  script: Script,
  test: (bench: Bench) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "vitrine_" });
  await Deno.writeTextFile(`${root}/index.html`, "x".repeat(1000));
  await Deno.utime(`${root}/index.html`, 1_000_000_000, 1_000_000_000);
  const conn = new ScriptedConn(script);
  const clock = new DeadlineClock(0);
  const log: LogEntry[] = [];
  const site = openSite(root, {
    ...DEFAULT_OPTIONS,
    place: null,
    cacheBytes: 0,
    compression: false,
    onError: console.error,
  });
  const served = new Connection(conn as unknown as Deno.TcpConn, {
    hosts: null,
    site,
    options: DEFAULT_OPTIONS,
    clock,
    rounds: new Rounds(),
    heads: new HeadMemo(),
    isTimed: false,
    roundBeganMs: 0,
    log: (entry) => log.push(entry),
    faultsOnly: false,
    onError: (error) => {
      throw error;
    },
    live: null,
    secret: "s",
    mixUps: new Tally(() => {}),
    guesses: new Guesses(() => {}, () => 0),
    guessed: new Tally(() => {}),
    slots: new Slots({ maxConnections: 1, maxPerAddress: 1, descriptors: null }),
    proxies: null,
    counter: null,
    leaving: false,
    draining: false,
  }, 1);
  const pass = (ms: number) => {
    for (let passed = TICK_MS; passed <= ms; passed += TICK_MS) {
      clock.tick(clock.nowMs + TICK_MS);
      if (conn.isClosed) return passed;
    }
    return null;
  };
  const done = served.serve();
  try {
    await test({ conn, log, served, pass });
  } finally {
    conn.close();
    await done;
    await Deno.remove(root, { recursive: true });
  }
  assertEquals(clock.deadlines.size, 0, "a connection that has ended has no deadline");
}

Deno.test("Connection closes an idle peer after keepAliveTimeoutMs, not earlier", async () => {
  await withConnection({ incoming: [] }, async ({ conn, pass, log }) => {
    await conn.waits();
    assertEquals(pass(keepAliveTimeoutMs), null);
    assertEquals(pass(1_000), TICK_MS);
    assertEquals([conn.written, log.length], ["", 0]);
  });
});

Deno.test("Connection gives a head headTimeoutMs from its first bytes, then answers 408", async () => {
  await withConnection({ incoming: ["GET", " /"], takes: [9999] }, async ({ conn, pass }) => {
    await conn.waits();
    assertEquals(pass(headTimeoutMs), null);
    assertEquals(conn.written, "");
    assertEquals(pass(TICK_MS), null);
    await conn.waits(); // Now it lingers.
    assertEquals(conn.written.slice(0, 13), "HTTP/1.1 408 ");
    assertEquals([conn.isWriteClosed, conn.isClosed], [true, false]);
  });
});

Deno.test("Connection reads on for lingerMs after its last response, then closes", async () => {
  // Behind content some clients send an empty line too many.
  const last = GET.replace("\r\n\r\n", "\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
  const incoming = [last, "more", "still"];
  await withConnection({ incoming, takes: [9999] }, async ({ conn, pass }) => {
    await conn.waits();
    assertEquals(conn.written.slice(0, 13), "HTTP/1.1 200 ");
    assertEquals(conn.isWriteClosed, true);
    assertEquals(pass(LIMITS.lingerMs), null);
    assertEquals(pass(1_000), TICK_MS);
  });
});

Deno.test("Connection closes at once after the response to a request that says it is the last", async () => {
  const incoming = [GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")];
  await withConnection({ incoming, takes: [9999] }, async ({ conn, served, log }) => {
    await conn.ends();
    assertEquals(conn.written.slice(0, 13), "HTTP/1.1 200 ");
    assertEquals([conn.isWriteClosed, log.length], [false, 1]);
    assertEquals(served.buffer.length, 0);
  });
});

Deno.test("Connection gives a peer with TLS as long to take the goodbye as any other bytes", async () => {
  const incoming = [GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")];
  const script = { incoming, takes: [9999], takesNoGoodbye: true };
  await withConnection(script, async ({ conn, pass }) => {
    await conn.waits();
    assertEquals([conn.isWriteClosed, conn.isClosed], [true, false]);
    assertEquals(pass(stallTimeoutMs), null);
    assertEquals(pass(1_000), TICK_MS);
  });
});

Deno.test("Connection that drains goes on with responses that wait for the peer to take them", async () => {
  // The empty line looks like a next request, so the response waits for that one; then nothing is left to read.
  const script = { incoming: [GET + "\r\n"], takes: [500] };
  await withConnection(script, async ({ conn, served, pass }) => {
    await conn.waits();
    served.drain();
    assertEquals([conn.isWriteClosed, pass(stallTimeoutMs)], [false, null]);
    assertEquals(pass(1_000), TICK_MS);
  });
});

Deno.test("Connection closes when the peer takes no byte of a response for stallTimeoutMs", async () => {
  await withConnection({ incoming: [GET], takes: [500] }, async ({ conn, pass, log }) => {
    await conn.waits();
    assertEquals(conn.written.length, 500);
    assertEquals(pass(stallTimeoutMs), null);
    assertEquals(pass(1_000), TICK_MS);
    assertEquals(log, []); // The entry comes when the failed write is seen: withConnection() waits for it.
  });
});

Deno.test("Connection goes on as long as the peer takes a byte now and then", async () => {
  const takes = Array(1400).fill(1);
  await withConnection({ incoming: [GET, null], takes }, async ({ conn, pass, log }) => {
    const write = conn.write.bind(conn);
    conn.write = (bytes) => {
      assertEquals(pass(stallTimeoutMs - TICK_MS), null);
      return write(bytes);
    };
    await conn.ends();
    assertEquals(log.map(({ contentBytes, complete }) => [contentBytes, complete]), [[1000, true]]);
  });
});

const EXPECTING = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n";
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

Deno.test("Connection closes when the peer takes no byte of a 100 for stallTimeoutMs", async () => {
  await withConnection({ incoming: [EXPECTING] }, async ({ conn, pass }) => {
    await conn.waits();
    assertEquals(pass(60_000) !== null, true);
  });
});

Deno.test("Connection sends all of a 100, even when the peer takes it in parts", async () => {
  const script = { incoming: [EXPECTING], takes: [1, 2, 3, 9999, 9999] };
  await withConnection(script, async ({ conn }) => {
    await conn.waits();
    assertEquals(conn.written, CONTINUE);
  });
});

Deno.test("Connection takes a peer that cannot be reached any more for one that left", async () => {
  // What a laptop that left the Wi-Fi leaves behind; Deno 2.9.6 has no class of its own for the first.
  const errors = [
    Object.assign(new Error("No route to host (os error 113)"), { code: "EHOSTUNREACH" }),
    new Deno.errors.NetworkUnreachable("Network is unreachable (os error 101)"),
  ];
  for (const error of errors) {
    const script = { incoming: [GET], takes: [9999, 9999], failure: error };
    await withConnection(script, async ({ conn, log }) => {
      await conn.ends();
      assertEquals(log.map(({ statusCode, detail }) => [statusCode, detail]), [[200, null]]);
    });
  }
});
