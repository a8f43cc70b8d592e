/** The experiments, by what a client sees of them. */

import { assert, assertEquals } from "@std/assert";
import { type Experiments, NORMAL } from "../../lib/xray/experiments.ts";
import { ownPost, until, visit, type Watched, withXray } from "./testing.ts";
import { testOfTimes, untilItHolds } from "../tools.ts";

const FILES = { "a.txt": "hello", "big.txt": "x".repeat(20_000) };
const GET = "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n";

async function change({ xray }: Watched, experiments: Partial<Experiments>): Promise<void> {
  const content = JSON.stringify({ ...NORMAL, ...experiments });
  const { statusCode } = await visit(xray, "POST /experiments", {
    fieldLines: ownPost(xray),
    content,
  });
  assertEquals(statusCode, 200);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

Deno.test("slow motion makes each step take its time, and ends at once when it is switched off", async () => {
  await withXray(FILES, async (watched) => {
    await change(watched, { stepMs: 60 });
    const client = await watched.connect();
    await client.send(GET);
    await client.readResponse();
    const [detail] = await watched.details();
    for (let at = 0; at < detail.steps.length; at += 3) {
      const ms = detail.steps[at + 2] - detail.steps[at + 1];
      assert(ms >= 58, `step ${detail.steps[at]} took ${ms} ms`);
    }
    await change(watched, {});
    const ms = await timed(async () => {
      await client.send(GET);
      await client.readResponse();
    });
    assert(ms < 5 * 60, `${ms} ms at full speed`);
  });
});

testOfTimes(
  "serial mode serves four slow downloads one after another: four times as long",
  () =>
    untilItHolds(() =>
      withXray(FILES, async (watched) => {
        const download = async () => {
          const client = await watched.connect();
          await client.send("GET /big.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
          assertEquals((await client.readToEnd()).endsWith("x".repeat(20_000)), true);
        };
        const four = () => Promise.all([download(), download(), download(), download()]);
        await change(watched, { bytesPerSecond: 100_000 });
        const concurrentMs = await timed(four);
        await change(watched, { bytesPerSecond: 100_000, serial: true });
        const serialMs = await timed(four);
        const ratio = serialMs / concurrentMs;
        assert(ratio > 3 && ratio < 5, `${serialMs} ms against ${concurrentMs} ms`);
        const waits = (await watched.details()).slice(4).map(({ steps }) => {
          const at = steps.indexOf(6);
          return Math.round(steps[at + 2] - steps[at + 1]);
        });
        // A truly serial server has not even received the others: they wait before that.
        for (const { steps } of (await watched.details()).slice(4)) {
          assertEquals(steps.filter((_, at) => at % 3 === 0), [0, 6, 1, 2, 3, 4, 5]);
        }
        waits.sort((a, b) => a - b);
        assert(waits[0] < 50 && waits[3] > 2 * concurrentMs, `waits of ${waits} ms`);
      })
    ),
);

Deno.test("who waits for a turn is not late, however short the server's patience", async () => {
  await withXray(FILES, async (watched) => {
    await change(watched, { serial: true, bytesPerSecond: 20_000 });
    const first = await watched.connect();
    await first.send("GET /big.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    await until(() => watched.recorder.tracesUnderWay().length === 1);
    const second = await watched.connect();
    await second.send(GET);
    const steps = () => watched.recorder.tracesUnderWay().map(({ now }) => now).sort();
    await until(() => steps().join() === "5,6"); // The first is being sent, the second has no turn.
    assertEquals((await second.readResponse()).content, "hello");
    await until(() => watched.recorder.keptCount === 2);
    const waitMs = (await watched.details()).map(({ steps }) => steps)
      .filter((steps) => steps[3] === 6).map((steps) => steps[5] - steps[4]);
    assert(Math.max(...waitMs) > 600, "longer than the server's patience");
    // Nobody is served now: then it is late as ever.
    assertEquals(await second.readToEnd(), "");
  }, { keepAliveTimeoutMs: 300 });
});

Deno.test("switching serial mode off lets in all who wait", async () => {
  await withXray(FILES, async (watched) => {
    await change(watched, { serial: true, bytesPerSecond: 10_000 });
    const first = await watched.connect();
    const second = await watched.connect();
    await first.send("GET /big.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    await second.send(GET);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await change(watched, {});
    assertEquals((await second.readResponse()).content, "hello");
    assertEquals((await first.readResponse()).content.length, 20_000);
  });
});

Deno.test("a peer that leaves while it has its turn gives it up", async () => {
  await withXray(FILES, async (watched) => {
    await change(watched, { serial: true, bytesPerSecond: 20_000 });
    const first = await watched.connect();
    await first.send("GET /big.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    await new Promise((resolve) => setTimeout(resolve, 50));
    first.close();
    const second = await watched.connect();
    await second.send(GET);
    assertEquals((await second.readResponse()).content, "hello");
  });
});

Deno.test("the rate limit holds, and every byte arrives", async () => {
  await withXray(FILES, async (watched) => {
    await change(watched, { bytesPerSecond: 50_000 });
    const ms = await timed(async () => {
      const client = await watched.connect();
      await client.send("GET /big.txt HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals((await client.readResponse()).content, "x".repeat(20_000));
    });
    // The last of four portions need not wait for its tenth of a second to be over.
    assert(ms > 280, `20,000 bytes in ${ms} ms at 50,000 a second`);
    // The limit also rests after the last byte: only then is the response over.
    await until(() => watched.recorder.keptCount === 1);
    const [detail] = await watched.details();
    assert(detail.writes.length >= 8, "in several writes, each with its time");
  });
});

Deno.test("a response is cut after so many bytes, its head included", async () => {
  await withXray(FILES, async (watched) => {
    for (const cutAfterBytes of [1, 9, 100, 5_000]) {
      await change(watched, { cutAfterBytes });
      const answer = await watched.exchange("GET /big.txt HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals(answer.length, cutAfterBytes);
    }
    assert((await watched.details()).every(({ complete }) => !complete));
  });
});

/** What the page says of the latest request under the experiment that cuts. */
async function cutOf(watched: Watched, request: string): Promise<string | null> {
  const before = watched.recorder.keptCount;
  await watched.exchange(request);
  await until(() => watched.recorder.keptCount > before);
  return (await watched.details()).at(-1)!.cut;
}

Deno.test("the cut experiment says when a 304 has nothing to cut, and what it cut elsewhere", async () => {
  await withXray(FILES, async (watched) => {
    const asked = (lines: string) =>
      `GET /big.txt HTTP/1.1\r\nHost: a\r\n${lines}Connection: close\r\n\r\n`;
    const conditional = asked("If-None-Match: *\r\n");
    assertEquals(await cutOf(watched, conditional), null, "without the experiment, nothing");
    await change(watched, { cutAfterBytes: 1_000 });
    const answer = await watched.exchange(conditional);
    assert(answer.startsWith("HTTP/1.1 304 "), answer);
    assertEquals(
      await cutOf(watched, conditional),
      `The experiment cuts each response after 1000 bytes: this 304 is a head of ${answer.length} bytes ` +
        "without content, so there was nothing to cut.",
    );
    const part = await cutOf(watched, asked("Range: bytes=0-1\r\n"));
    assert(/: this one has only \d+, so there was nothing to cut\.$/.test(part!), part!);
    const whole = await cutOf(watched, asked(""));
    assert(/, and this one had 20\d{3}: the rest was not sent\.$/.test(whole!), whole!);
    await change(watched, { cutAfterBytes: 10 });
    const head = await cutOf(watched, conditional);
    assert(head!.endsWith(`this one had ${answer.length}: the rest was not sent.`), head!);
  });
});

const PROTOCOLS = [
  // protocol, version in the status line, Connection, why
  ["full", "HTTP/1.1", "keep-alive", "as it is"],
  ["close", "HTTP/1.1", "close", "RFC 9112 §9.6: says that it closes"],
  ["http10", "HTTP/1.0", "close", "RFC 9112 §9.3: no keep-alive"],
] as const;

for (const [protocol, version, connection, why] of PROTOCOLS) {
  Deno.test(`the server can answer as ${protocol}: ${why}`, async () => {
    await withXray(FILES, async (watched) => {
      await change(watched, { protocol });
      const client = await watched.connect();
      await client.send(GET);
      if (connection === "close") {
        const answer = await client.readToEnd();
        assert(answer.startsWith(`${version} 200 OK\r\n`), answer);
        assert(answer.includes("\r\nConnection: close\r\n"), answer);
        assert(answer.endsWith("\r\n\r\nhello"), answer);
      } else {
        assertEquals((await client.readResponse()).fields.get("connection"), connection);
      }
      // What one response was made of is not left behind for the next.
      await change(watched, {});
      const next = await watched.connect();
      await next.send(GET);
      assertEquals((await next.readResponse()).fields.get("connection"), "keep-alive");
    });
  });
}
