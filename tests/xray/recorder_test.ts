import { assert, assertEquals } from "@std/assert";
import type { Socket } from "../../lib/observer.ts";
import { HeadBuffer } from "../../lib/http/head_buffer.ts";
import { LIMITS } from "../../lib/options.ts";
import { MAX_HEAD_BYTES } from "../../lib/xray/trace.ts";
import { MAX_TRACES, Recorder } from "../../lib/xray/recorder.ts";
import { type Lane, type Report, Viewer } from "../../lib/xray/events.ts";

/** A socket that takes and gives nothing. */
const SOCKET: Socket = {
  read: () => Promise.resolve(null),
  write: (bytes) => Promise.resolve(bytes.length),
  close() {},
  closeWrite: () => Promise.resolve(),
  remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 50_000 },
};

const SENT = { contentBytes: 3, complete: true };

function headOf(text: string) {
  const buffer = new HeadBuffer(LIMITS);
  buffer.append(new TextEncoder().encode(text));
  return buffer.take()!;
}

/** Runs `test` with a recorder whose timers do not outlive it. */
async function withRecorder(test: (recorder: Recorder) => void | Promise<void>): Promise<void> {
  const recorder = new Recorder();
  try {
    await test(recorder);
  } finally {
    recorder.close();
  }
}

/** Sends requests through a connection of the recorder, so few at a time that all are kept. */
function record(recorder: Recorder, count: number): void {
  for (let left = count; left > 0; left -= 50) {
    burst(recorder, Math.min(left, 50));
    recorder.sample();
  }
}

/** Sends requests through a connection of the recorder, all at once. */
function burst(recorder: Recorder, count: number): void {
  const connection = recorder.accepted(SOCKET, recorder.connections.size + 1);
  const head = headOf("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  for (let i = 0; i < count; i++) {
    connection.received(head);
    connection.ended(null, SENT);
  }
  connection.closed();
}

const ofRun = (run: string) => ({ run, role: "teach", xrayPort: 3001 }) as const;

Deno.test("Recorder keeps the last 1,000 requests and counts all", async () => {
  await withRecorder((recorder) => {
    record(recorder, MAX_TRACES + 500);
    const kept = recorder.tracesSince(0);
    assertEquals(kept.length, MAX_TRACES);
    assertEquals([kept[0].id, kept.at(-1)?.id], [501, 1_500]);
    assertEquals(recorder.seenCount, 1_500);
    assertEquals(recorder.trace(500), null);
    assertEquals(recorder.trace(501)?.id, 501);
    assertEquals(recorder.tracesSince(1_498).map(({ id }) => id), [1_499, 1_500]);
  });
});

Deno.test("Recorder keeps 16 KiB of a head and tells how long it was", async () => {
  await withRecorder((recorder) => {
    const connection = recorder.accepted(SOCKET, 1);
    const head = headOf(`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
    connection.received(head);
    const { current } = connection;
    assertEquals(current?.head?.length, MAX_HEAD_BYTES);
    assertEquals(current?.headBytes, head.bytes.length);
    assert(current?.head?.buffer.byteLength === MAX_HEAD_BYTES, "a copy, not a view of all");
    connection.closed();
  });
});

Deno.test("Recorder keeps a burst whole, samples when there is too much, and says how many it saw", async () => {
  await withRecorder((recorder) => {
    burst(recorder, 500);
    assertEquals([recorder.keptCount, recorder.seenCount], [500, 500], "the reserve");
    burst(recorder, 400);
    assertEquals(
      [recorder.keptCount, recorder.seenCount],
      [700, 900],
      "100, then 1 of 2, of 4 ...",
    );
    recorder.sample();
    assertEquals(recorder.every, 18, "900 in a tenth of a second, of which 50 are kept");
    burst(recorder, 900);
    assertEquals([recorder.keptCount, recorder.seenCount], [750, 1_800]);
    recorder.sample();
    assertEquals(recorder.every, 18, "too many give nothing back");
    recorder.sample();
    assertEquals(recorder.every, 1, "all again once it is quiet");
    burst(recorder, 50);
    assertEquals(recorder.keptCount, 800);
    for (let i = 0; i < 10; i++) recorder.sample();
    burst(recorder, 500);
    assertEquals(recorder.keptCount, 1_300, "and a burst whole after a second of that");
  });
});

Deno.test("Recorder knows a bounded number of connections, and forgets closed ones first", async () => {
  await withRecorder((recorder) => {
    const first = recorder.accepted(SOCKET, 1);
    for (let i = 2; i <= 2_500; i++) recorder.accepted(SOCKET, i).closed();
    assertEquals(recorder.connections.size, 1_000);
    assert(recorder.connections.has(1), "it is open");
    first.closed();
  });
});

Deno.test("Recorder sums up each second, and keeps five minutes of them", async () => {
  await withRecorder((recorder) => {
    record(recorder, 10);
    recorder.sumUp(1_000);
    const [second] = recorder.seconds;
    assertEquals([second.requests, second.statuses, second.openConnections], [10, { "0": 10 }, 0]);
    assert(second.p50[1] !== null && second.p50[4] === null, "only what was done");
    for (let i = 2; i < 400; i++) recorder.sumUp(i * 1_000);
    assertEquals(recorder.seconds.length, 300);
    assertEquals(recorder.seconds.at(-1)?.requests, 0);
  });
});

Deno.test("a peer that gives up leaves a request without status", async () => {
  await withRecorder((recorder) => {
    const connection = recorder.accepted(SOCKET, 1);
    connection.read(5);
    connection.closed();
    const [trace] = recorder.tracesSince(0);
    assertEquals([trace.statusCode, trace.complete, trace.reads[1]], [0, false, 5]);
    assert(trace.endMs > 0);
  });
});

Deno.test("Viewer gets each request once, is told what it missed, and goes on where it was", async () => {
  await withRecorder((recorder) => {
    const viewer = new Viewer(recorder, ofRun("run"), null);
    record(recorder, 3);
    assertEquals(viewer.next(0).ended.map(({ id }) => id), [1, 2, 3]);
    assertEquals(viewer.next(0).ended, []);
    const { id } = viewer;
    record(recorder, 2);
    assertEquals(
      new Viewer(recorder, ofRun("run"), id).next(0).ended.map((request) => request.id),
      [
        4,
        5,
      ],
    );
    assertEquals(
      new Viewer(recorder, ofRun("other"), id).next(0).ended.length,
      5,
      "another run: from the start",
    );
    record(recorder, 2_000);
    const report = viewer.next(0);
    assertEquals(
      [report.ended.length, report.endedFrom],
      [250, 2_005 - 1_000],
      "the ring lost the rest",
    );
    const rest = [viewer, viewer, viewer, viewer].map((again) => again.next(0).ended.length);
    assertEquals(rest, [250, 250, 250, 0]);
  });
});

/** All that a viewer is told, until there is no more. */
function toldTo(recorder: Recorder): { requests: number[]; lanes: Lane[]; last: Report } {
  const viewer = new Viewer(recorder, ofRun("run"), null);
  const requests: number[] = [];
  const lanes = new Map<number, Lane>();
  for (;;) {
    const last = viewer.next(0);
    requests.push(...last.ended.map(({ id }) => id));
    for (const lane of last.lanes) lanes.set(lane.number, lane);
    if (last.ended.length + last.lanes.length === 0) {
      return { requests, lanes: [...lanes.values()], last };
    }
  }
}

Deno.test("whoever looks at 500 connections, now or after a reload, is told of all of them", async () => {
  await withRecorder((recorder) => {
    burst(recorder, 500); // So that no burst is kept whole any more.
    const connections = Array.from({ length: 500 }, (_, i) => recorder.accepted(SOCKET, i + 2));
    for (const connection of connections) connection.read(9);
    const first = toldTo(recorder);
    assertEquals(
      first.lanes.map(({ number }) => number).sort((a, b) => a - b),
      Array.from({ length: 501 }, (_, i) => i + 1),
    );
    // Far more begin at once than are kept; each lane tells what is not drawn on it.
    const { underWay, underWayCount } = first.last;
    const drawn = connections.filter(({ current }) => current !== null).length;
    assertEquals([underWay.length, underWayCount], [Math.min(250, drawn), drawn]);
    for (const connection of connections) connection.closed();
    const [now, reloaded] = [toldTo(recorder), toldTo(recorder)];
    assertEquals(now.requests, reloaded.requests);
    assertEquals(now.requests.length, recorder.keptCount);
    assertEquals(now.lanes.length, 501);
    const skipped = now.lanes.reduce((sum, lane) => sum + lane.skipped, 0);
    assert(skipped > 0, "some were only counted");
    assertEquals(skipped + recorder.keptCount, recorder.seenCount, "the counts agree");
    assertEquals(now.last.seenCount, 1_000);
  });
});

Deno.test("a viewer is told that a lane was busy with requests that were only counted", async () => {
  await withRecorder((recorder) => {
    const connection = recorder.accepted(SOCKET, 1);
    const viewer = new Viewer(recorder, ofRun("run"), null);
    assertEquals(viewer.next(0).lanes.map(({ skipped }) => skipped), [0]);
    burst(recorder, 50_001); // On lane 2; of such a load 1 of 1,001 is kept from now on.
    recorder.sample();
    const skippedBefore = recorder.skippedCount;
    connection.read(5);
    connection.closed();
    const again = recorder.accepted(SOCKET, 3);
    again.read(5);
    const told = viewer.next(0).lanes.map(({ number, skipped }) => [number, skipped]);
    assertEquals(told, [[2, skippedBefore], [1, 1], [3, 1]]);
    assertEquals(recorder.skippedCount, skippedBefore + 2);
    assertEquals(viewer.next(0).lanes, [], "once");
    again.closed();
  });
});

Deno.test("Viewer takes any Last-Event-ID", async () => {
  await withRecorder((recorder) => {
    record(recorder, 2);
    for (const id of ["", "x", "run/", "run/99999999999/x", "run/-1/0", "run/1e3/0", "//"]) {
      const { ended } = new Viewer(recorder, ofRun("run"), id).next(0);
      assert(ended.length === 2 || ended.length === 0, id);
    }
  });
});
