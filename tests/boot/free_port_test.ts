import { assertEquals, assertMatch } from "@std/assert";
import { stopGently } from "../signals.ts";
import { HAS_IPV6, LineReader } from "../tools.ts";
import { isLocalhostTaken, startOnFreePort, type Wish } from "../../lib/boot/free_port.ts";

const WISH: Wish = { port: 3000, portGiven: false, avoid: null, isTaken: () => false };

/** A machine on which some ports are taken, or kept by the system, and which the sandbox allows up to one of them. */
function machine(taken: readonly number[], lastAllowed = 65_535, kept: readonly number[] = []) {
  const tried: number[] = [];
  const start = (port: number) => {
    tried.push(port);
    if (port > lastAllowed) throw new Deno.errors.NotCapable("Requires net access");
    if (kept.includes(port)) {
      throw new Deno.errors.PermissionDenied(`kept: ${port}`);
    }
    if (taken.includes(port)) throw new Deno.errors.AddrInUse(`taken: ${port}`);
    return `server on ${port}`;
  };
  return { tried, start };
}

const CASES:
  readonly (readonly [taken: number[], given: boolean, port: number | null, why: string])[] = [
    [[], false, 3000, "free"],
    [[], true, 3000, "free, and asked for"],
    [[3000], false, 3001, "the next one"],
    [[3000, 3001, 3002], false, 3003, "the next free one"],
    [[3000], true, null, "asked for by name: that one or none"],
    [Array.from({ length: 20 }, (_, i) => 3000 + i), false, null, "ten of them, not all"],
  ];

for (const [taken, portGiven, port, why] of CASES) {
  Deno.test(`startOnFreePort() takes ${port}: ${why}`, () => {
    const { start } = machine(taken);
    try {
      const started = startOnFreePort({ ...WISH, portGiven }, start);
      const refusal = port === 3000 ? null : "taken by another program";
      assertEquals(started, { server: `server on ${port}`, port: port!, refusal });
    } catch (error) {
      assertEquals([port, (error as Error).message], [null, "taken: 3000"]);
    }
  });
}

Deno.test("startOnFreePort() goes on past ports that the system keeps, first or later", () => {
  const CASES = [
    // taken, kept, port, refusal
    [[], [3000], 3001, "kept by the system"],
    [[3002], [3000, 3001], 3003, "kept by the system"],
    [[3000], [3001, 3002], 3003, "taken by another program"],
  ] as const;
  for (const [taken, kept, port, refusal] of CASES) {
    const { start } = machine(taken, 65_535, kept);
    const started = startOnFreePort(WISH, start);
    assertEquals(started, { server: `server on ${port}`, port, refusal });
  }
});

Deno.test("startOnFreePort() tells of a port that the system keeps, if that was asked for or all are so", () => {
  const all = Array.from({ length: 20 }, (_, i) => 3000 + i);
  for (const [kept, portGiven] of [[[3000], true], [all, false]] as const) {
    const { start } = machine([], 65_535, kept);
    let error: unknown;
    try {
      startOnFreePort({ ...WISH, portGiven }, start);
    } catch (caught) {
      error = caught;
    }
    assertEquals(String(error), "PermissionDenied: kept: 3000");
  }
});

Deno.test("startOnFreePort() goes on past ports that are no good, unless one was asked for", () => {
  const isTaken = (port: number) => port < 3002;
  const { start, tried } = machine([]);
  const found = startOnFreePort({ ...WISH, isTaken }, start);
  assertEquals([found.port, found.refusal, tried], [3002, "taken by another program", [3002]]);
  assertEquals(startOnFreePort({ ...WISH, isTaken, portGiven: true }, start).port, 3000);
});

Deno.test("startOnFreePort() leaves the port that the X-ray is about to take", () => {
  const { start, tried } = machine([3000]);
  const started = startOnFreePort({ ...WISH, avoid: 3001 }, start);
  assertEquals([started.port, tried], [3002, [3000, 3002]]);
});

Deno.test("startOnFreePort() tells of the first port where the sandbox allows no other", () => {
  const { start, tried } = machine([3000], 3000);
  let error: unknown;
  try {
    startOnFreePort(WISH, start);
  } catch (caught) {
    error = caught;
  }
  assertEquals(error instanceof Deno.errors.AddrInUse, true);
  assertEquals(tried.length, 10);
});

Deno.test("startOnFreePort() does not hide other errors, nor pass the last port", () => {
  const broken = () => {
    throw new Deno.errors.NotFound("no folder");
  };
  let message = "";
  try {
    startOnFreePort(WISH, broken);
  } catch (error) {
    message = (error as Error).message;
  }
  assertMatch(message, /no folder/);
  const { start, tried } = machine([65_535]);
  try {
    startOnFreePort({ ...WISH, port: 65_535 }, start);
  } catch (error) {
    assertMatch(String(error), /taken: 65535/);
  }
  assertEquals(tried, [65_535]);
});

Deno.test("main.ts takes the next port when the default one is taken, and says so", async () => {
  // By us or by whoever had it before.
  using _taken = tryListen(3000);
  const { said, stop } = await startTask("serve", "--host", "0.0.0.0");
  const port = /^Port 3000 is taken by another program, so this is (30\d\d)$/m.exec(said)?.[1];
  assertMatch(said, new RegExp(`^Open http://localhost:${port}/$`, "m"));
  await assertAnswers(`http://127.0.0.1:${port}/`);
  await stop();
});

Deno.test("main.ts --xray takes the next port for the X-ray when its default one is taken, and says so", async () => {
  using _taken = tryListen(3001, "127.0.0.1");
  const { said, stop } = await startTask("xray", "--host", "127.0.0.1");
  const port = /^Port 3001 is taken by another program, so the X-ray is on (30\d\d)$/m
    .exec(said)?.[1];
  assertMatch(said, new RegExp(`^X-ray: open http://127.0.0.1:${port}/$`, "m"));
  await assertAnswers(`http://127.0.0.1:${port}/`);
  await stop();
});

Deno.test("main.ts --xray says so when something else of ours has its default port", async () => {
  await untilFree(3001);
  const CASES = [
    [["--port", "3001"], "the site"],
    [["--port", "0", "--metrics", "127.0.0.1:3001"], "the metrics"],
  ] as const;
  for (const [args, owner] of CASES) {
    const { said, stop } = await startTask("xray", "--host", "127.0.0.1", ...args);
    const line = new RegExp(`^Port 3001 is taken by ${owner}, so the X-ray is on 30\\d\\d$`, "m");
    assertMatch(said, line);
    await stop();
  }
});

async function startTask(task: string, ...args: string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", task, ...args],
    cwd: new URL("../../", import.meta.url),
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const stderr = new LineReader(child.stderr);
  let said = "";
  while (!said.includes("Ctrl+C")) {
    const line = await stderr.next();
    if (line === null) throw new Error(said);
    said += `${line}\n`;
  }
  const stop = async () => {
    stopGently(child);
    await stderr.drain();
    assertEquals((await child.status).code, 0);
  };
  return { said, stop };
}

async function assertAnswers(url: string): Promise<void> {
  const answer = await fetch(url);
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
}

/** Other tests have ports for a while. */
async function untilFree(port: number): Promise<void> {
  for (const until = performance.now() + 30_000;;) {
    using listener = tryListen(port, "127.0.0.1");
    if (listener !== null) return;
    if (performance.now() > until) throw new Error(`Another program has port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function tryListen(port: number, hostname = "0.0.0.0"): Deno.Listener | null {
  try {
    return Deno.listen({ hostname, port });
  } catch {
    return null;
  }
}

Deno.test({
  name: "isLocalhostTaken() sees a program that has ::1 alone, of which the system says nothing",
  ignore: !HAS_IPV6,
  fn() {
    const other = Deno.listen({ hostname: "::1", port: 0 });
    const { port } = other.addr;
    const wish = { hostname: "0.0.0.0", port };
    Deno.listen(wish).close(); // So it would be ours, and localhost theirs.
    const seen = [
      isLocalhostTaken(wish),
      isLocalhostTaken({ hostname: "127.0.0.1", port }),
      isLocalhostTaken({ hostname: "::1", port }),
    ];
    other.close();
    assertEquals([...seen, isLocalhostTaken(wish)], [true, false, false, false]);
  },
});
