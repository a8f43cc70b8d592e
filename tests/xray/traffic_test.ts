/** Traffic at a click: what it loads, over how many connections, and what the experiments make of it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Experiments, NORMAL } from "../../lib/xray/experiments.ts";
import { parseTrafficOrder, type TrafficResult } from "../../lib/xray/traffic.ts";
import { ownPost, until, visit, type Watched, withXray } from "./testing.ts";
import { testOfTimes, untilItHolds } from "../tools.ts";

const FILES = { "big.txt": "x".repeat(20_000) };
const ORDER = { target: "/big.txt", count: 4, connections: 4, bytes: 0 };

async function load({ xray }: Watched, order: unknown = ORDER) {
  const { statusCode, content } = await visit(xray, "POST /traffic", {
    fieldLines: ownPost(xray),
    content: JSON.stringify(order),
  });
  return { statusCode, content };
}

async function loaded(watched: Watched, change: Partial<typeof ORDER> = {}) {
  const { statusCode, content } = await load(watched, { ...ORDER, ...change });
  assertEquals(statusCode, 200, content);
  return JSON.parse(content) as TrafficResult;
}

function experiment({ recorder }: Watched, change: Partial<Experiments>): void {
  recorder.experiments = { ...NORMAL, ...change };
}

const LOADS = [
  // order, statuses, bytes of content, connections, why
  [{}, { "200": 4 }, 80_000, 4, "each on a connection of its own"],
  [{ count: 6, connections: 2 }, { "200": 6 }, 120_000, 2, "kept alive: three on each"],
  [{ count: 2, connections: 9 }, { "200": 2 }, 40_000, 2, "no more connections than files"],
  [{ bytes: 100 }, { "206": 4 }, 400, 4, "a part of each, by Range"],
  [{ target: "/none", connections: 1 }, { "404": 4 }, null, 1, "no such file"],
] as const;

for (const [change, statuses, bytes, connections, why] of LOADS) {
  Deno.test(`traffic of ${JSON.stringify(change)} is measured: ${why}`, async () => {
    await withXray(FILES, async (watched) => {
      const result = await loaded(watched, change);
      assertEquals(result.statuses, statuses);
      if (bytes !== null) assertEquals(result.receivedBytes, bytes);
      assertEquals([result.connectionCount, result.cutCount], [connections, 0]);
      assertEquals(result.isUnfinished, false);
      const { count } = { ...ORDER, ...change };
      await until(() => watched.recorder.keptCount === count);
      const kept = await watched.details();
      assertEquals(new Set(kept.map(({ connection }) => connection)).size, connections);
      for (const { startMs, endMs } of kept) {
        assert(startMs >= result.startMs && endMs > startMs, "all in the time that it tells");
      }
    });
  });
}

testOfTimes(
  "traffic shows serial against concurrent: four times as long",
  () =>
    untilItHolds(() =>
      withXray(FILES, async (watched) => {
        experiment(watched, { bytesPerSecond: 80_000 });
        const concurrent = await loaded(watched);
        experiment(watched, { bytesPerSecond: 80_000, serial: true });
        const serial = await loaded(watched);
        const ratio = (serial.endMs - serial.startMs) / (concurrent.endMs - concurrent.startMs);
        assert(ratio > 2.5 && ratio < 5, `${ratio} times as long`);
      })
    ),
);

Deno.test("traffic takes more connections where none is kept, and tells what was cut", async () => {
  await withXray(FILES, async (watched) => {
    for (const protocol of ["close", "http10"] as const) {
      experiment(watched, { protocol });
      const { connectionCount, statuses } = await loaded(watched, { connections: 1 });
      assertEquals([connectionCount, statuses], [4, { "200": 4 }], protocol);
    }
    experiment(watched, { cutAfterBytes: 1_000 });
    const cut = await loaded(watched);
    assertEquals([cut.cutCount, cut.statuses], [4, { "200": 4 }]);
    experiment(watched, { cutAfterBytes: 5 });
    assertEquals((await loaded(watched)).statuses, { "0": 4 });
  });
});

Deno.test("one load at a time is measured, and a second is told so", async () => {
  await withXray(FILES, async (watched) => {
    experiment(watched, { bytesPerSecond: 50_000 });
    const first = load(watched);
    await until(() => watched.recorder.tracesUnderWay().length > 0);
    const second = await load(watched);
    assertEquals(second.statusCode, 503);
    assertStringIncludes(second.content, "Cannot measure two loads at once");
    assertEquals((await first).statusCode, 200);
    experiment(watched, {});
    await loaded(watched);
  });
});

const ORDERS = [
  // change, why it is refused
  [{ target: "big.txt" }, "no path"],
  [{ target: "/a b" }, "a space would be another request line"],
  [{ target: "/a\r\nX: y" }, "and a line end another field"],
  [{ target: "/" + "a".repeat(2_000) }, "too long"],
  [{ target: 1 }, "no text"],
  [{ count: 0 }, "none"],
  [{ count: 101 }, "too many"],
  [{ count: 1.5 }, "no whole number"],
  [{ connections: 51 }, "too many connections"],
  [{ connections: 0 }, "none"],
  [{ bytes: -1 }, "less than nothing"],
] as const;

for (const [change, why] of ORDERS) {
  Deno.test(`parseTrafficOrder() refuses ${JSON.stringify(change).slice(0, 40)}: ${why}`, () => {
    let refusal: unknown = null;
    try {
      parseTrafficOrder({ ...ORDER, ...change });
    } catch (error) {
      refusal = error;
    }
    assertStringIncludes(String(refusal), "Cannot make such traffic");
  });
}

Deno.test("parseTrafficOrder() takes an order, and nothing that is none", () => {
  assertEquals(parseTrafficOrder({ ...ORDER, more: 1 }), ORDER);
  for (const value of [null, undefined, 1, "x", []]) {
    let isRefused = false;
    try {
      parseTrafficOrder(value);
    } catch {
      isRefused = true;
    }
    assert(isRefused, String(value));
  }
});

Deno.test("the sample says of each line where it begins: 1,000,000 bytes, 50 a line", async () => {
  const text = await Deno.readTextFile(new URL("../../static/sample.txt", import.meta.url));
  assertEquals([text.length, new TextEncoder().encode(text).length], [1_000_000, 1_000_000]);
  const lines = text.trimEnd().split("\n");
  assertEquals(lines.length, 20_000);
  lines.forEach((line, i) => {
    assert(
      line.startsWith(`byte ${String(i * 50).padStart(7, "0")}: `) && line.length === 49,
      line,
    );
  });
});
