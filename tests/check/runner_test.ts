/** The run: servers that end, hang or never come back, and time that runs out. */

import { assert, assertEquals } from "@std/assert";
import type { Check } from "../../lib/check/check.ts";
import { demoSite } from "../../lib/check/demo.ts";
import { CHECKS } from "../../lib/check/levels.ts";
import { type Notice, runChecks, type RunInit } from "../../lib/check/run/runner.ts";
import { siteOfFolder } from "../../lib/check/site.ts";
import { filesFor } from "./broken_answers.ts";
import { BrokenServer } from "./broken_server.ts";
import type { Fault } from "./faults.ts";

function checks(...ids: string[]): Check[] {
  return CHECKS.filter(({ id }) => ids.includes(id));
}

async function outcomes(fault: Fault | null, init: Partial<RunInit> & Pick<RunInit, "checks">) {
  await using server = new BrokenServer(fault);
  const notices: Notice[] = [];
  const told: string[] = [];
  const results = await runChecks({
    ...{ site: demoSite(`127.0.0.1:${server.port}`), hostname: "127.0.0.1", port: server.port },
    ...{ timeMs: 60_000, deadlineMs: 500, patienceMs: 500, restartMs: 300 },
    onNotice: (notice) => notices.push(notice),
    onResult: ({ check, outcome }) => told.push(`${check.id} ${outcome}`),
    ...init,
  });
  assertEquals(told, results!.map(({ check, outcome }) => `${check.id} ${outcome}`));
  return {
    told,
    keys: results!.map((result) => result.outcome === "failed" ? result.finding.key : null),
    notices: notices.map(({ kind }) => kind),
  };
}

Deno.test("a server that ends: said, and the rest is not reached when nobody starts it again", async () => {
  const { told, keys, notices } = await outcomes("dies when a client says nothing", {
    checks: checks("get-file", "leaves-silently", "leaves-in-head", "head"),
  });
  assertEquals(told, [
    "get-file passed",
    "leaves-silently failed",
    "leaves-in-head unreached",
    "head unreached",
  ]);
  assertEquals(keys[1], "crashed");
  assertEquals(notices, ["crashed", "waiting", "gone"]);
});

Deno.test("a server that hangs: said, started again, and the run goes on", async () => {
  await using server = new BrokenServer("hangs after bytes that are no text");
  const notices: string[] = [];
  const results = await runChecks({
    ...{ site: demoSite(`127.0.0.1:${server.port}`), hostname: "127.0.0.1", port: server.port },
    ...{ timeMs: 60_000, deadlineMs: 500, patienceMs: 500, restartMs: 20_000 },
    checks: checks("get-file", "not-http", "half-close"),
    restart: () => server.restart(),
    onNotice: ({ kind }) => notices.push(kind),
  });
  assertEquals(results!.map(({ outcome }) => outcome), ["passed", "failed", "passed"]);
  assertEquals(notices, ["hung", "restarting", "back"]);
});

Deno.test("the time for all is kept, whatever the server does; what is left out is not reached", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr;
  const begun = performance.now();
  const results = await runChecks({
    ...{ site: demoSite(`127.0.0.1:${port}`), checks: CHECKS, hostname: "127.0.0.1", port },
    ...{ timeMs: 1_500, deadlineMs: 400, patienceMs: 15_000, restartMs: 20_000 },
  });
  assert(performance.now() - begun < 15_000, `${performance.now() - begun} ms`);
  assertEquals(results!.length, CHECKS.length);
  assertEquals(results!.at(-1)!.outcome, "unreached");
  assert(results!.every(({ outcome }) => outcome !== "passed"));
});

Deno.test("nobody listens: null, at once", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const results = await runChecks({
    ...{ site: demoSite(`127.0.0.1:${port}`), checks: CHECKS, hostname: "127.0.0.1", port },
    ...{ timeMs: 1_500, deadlineMs: 400, patienceMs: 400, restartMs: 400 },
  });
  assertEquals(results, null);
});

Deno.test("a flood is read to its limit, and no further", async () => {
  const { told, keys } = await outcomes("floods after HEAD", {
    checks: checks("head", "get-file"),
  });
  assertEquals(told, ["get-file passed", "head failed"]);
  assert(keys[1] === "flood" || keys[1] === "unwantedContent", keys[1]!);
});

/** Takes all that a core has, until the flag is set. Deno 2.9.6 ends no worker that never pauses, whoever terminates it. */
const BUSY =
  "data:text/javascript,onmessage = ({ data }) => { while (Atomics.load(data, 0) === 0); }";

Deno.test("the same server has the same score in three runs, on a busy machine", async () => {
  const fault = "knows no conditions";
  await using server = new BrokenServer(fault);
  const site = siteOfFolder(filesFor(fault), demoSite(`127.0.0.1:${server.port}`));
  const busy = [1, 2, 3].map(() => new Worker(BUSY, { type: "module" }));
  const isOver = new Int32Array(new SharedArrayBuffer(4));
  for (const worker of busy) worker.postMessage(isOver);
  try {
    const runs = await Promise.all([1, 2, 3].map(() =>
      runChecks({
        ...{ site, hostname: "127.0.0.1", port: server.port },
        ...{ timeMs: 300_000, deadlineMs: 10_000, patienceMs: 10_000, restartMs: 300 },
        checks: CHECKS.filter(({ level }) => [1, 3, 4, 5, 6, 8].includes(level)),
      })
    ));
    for (const results of runs) {
      const failed = results!.filter(({ outcome }) => outcome !== "passed");
      assertEquals(failed.map(({ check }) => check.id), ["not-modified"]);
    }
  } finally {
    Atomics.store(isOver, 0, 1);
    for (const worker of busy) worker.terminate();
  }
});
