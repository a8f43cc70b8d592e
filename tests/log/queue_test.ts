import { assert, assertEquals } from "@std/assert";
import { LogSink, type LogSinkInit } from "../../lib/log/queue.ts";

/** A writer whose every answer the test gives: the bytes of a write wait until it is settled. */
class Writer {
  readonly writes: string[] = [];
  #pending: { resolve: (taken: number) => void; reject: (error: Error) => void } | null = null;

  readonly write = (bytes: Uint8Array): Promise<number> => {
    assertEquals(this.#pending, null, "one write at a time");
    this.writes.push(new TextDecoder().decode(bytes));
    return new Promise((resolve, reject) => this.#pending = { resolve, reject });
  };

  /** Takes so many bytes of the write under way; all of them unless said otherwise. */
  async take(bytes = this.writes.at(-1)!.length): Promise<void> {
    const pending = this.#pending!;
    this.#pending = null;
    pending.resolve(bytes);
    await settle();
  }

  async fail(): Promise<void> {
    const pending = this.#pending!;
    this.#pending = null;
    pending.reject(new Deno.errors.BrokenPipe("Broken pipe"));
    await settle();
  }
}

/** Lets all that is ready to run do so: a sink without a timer needs no more than microtasks. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await null;
}

const INIT: LogSinkInit = { maxQueuedBytes: 100, droppedLine: (count) => `dropped ${count}` };
const NEVER = new Promise<never>(() => {});

Deno.test("LogSink writes what gathered during a write with the next one", async () => {
  const writer = new Writer();
  const sink = new LogSink(writer.write, INIT);
  sink.push("a");
  sink.push("b");
  await settle();
  sink.push("c");
  sink.push("d");
  await settle();
  assertEquals(writer.writes, ["a\nb\n"]);
  await writer.take();
  assertEquals(writer.writes, ["a\nb\n", "c\nd\n"]);
  await writer.take();
  assertEquals(writer.writes.length, 2, "nothing is left to write");
});

Deno.test("LogSink continues a write that took only a part", async () => {
  const writer = new Writer();
  const sink = new LogSink(writer.write, INIT);
  sink.push("abc");
  await settle();
  await writer.take(1);
  sink.push("d");
  await writer.take(2);
  await writer.take();
  assertEquals(writer.writes, ["abc\n", "bc\n", "\n", "d\n"]);
  await writer.take();
});

Deno.test("LogSink drops and counts what passes its limit while the writer hangs", async () => {
  const writer = new Writer();
  const sink = new LogSink(writer.write, INIT);
  sink.push("x".repeat(59)); // 60 bytes with its end, under way
  await settle();
  sink.push("y".repeat(39)); // 40 more: full to the byte
  sink.push("z");
  sink.push("");
  assertEquals(sink.dropped, 2);
  await writer.take();
  assertEquals(writer.writes[1], "y".repeat(39) + "\ndropped 2\n");
  sink.push("w");
  await writer.take();
  assertEquals(writer.writes[2], "w\n", "the report is made once");
  assertEquals(sink.dropped, 2, "the count stays");
  await writer.take();
});

Deno.test("LogSink keeps or drops lines that come together, and counts each", async () => {
  const writer = new Writer();
  const sink = new LogSink(writer.write, INIT);
  sink.push("a\nb");
  await settle();
  sink.push(`${"y".repeat(60)}\n${"y".repeat(60)}\nc`);
  await writer.take();
  assertEquals(sink.dropped, 3);
  sink.push("d");
  await settle();
  assertEquals(writer.writes, ["a\nb\n", "dropped 3\n"]);
  await writer.take();
  assertEquals(writer.writes.at(-1), "d\n");
  await writer.take();
});

Deno.test("LogSink counts the bytes of a part that was taken as free again", async () => {
  const writer = new Writer();
  const sink = new LogSink(writer.write, INIT);
  sink.push("x".repeat(99));
  await settle();
  sink.push("y");
  assertEquals(sink.dropped, 1);
  await writer.take(50);
  sink.push("y".repeat(49));
  assertEquals(sink.dropped, 1);
  await writer.take();
  await writer.take();
});

Deno.test("LogSink keeps lines that a writer failed to take and tries again, ever more rarely", async () => {
  const writer = new Writer();
  const sink = new LogSink(writer.write, INIT);
  const tries: number[] = [];
  sink.push("0");
  await settle();
  for (let line = 1; line < 20; line++) {
    if (writer.writes.length > tries.length) {
      tries.push(line);
      await writer.fail();
    }
    sink.push("");
    await settle();
  }
  assertEquals(tries, [1, 4, 9, 18], "after 2, 4, 8 more lines, and the one that tries");
  await sink.flush(Promise.resolve());
  assert(writer.writes.at(-1)!.startsWith("0\n"));
  await writer.take();
  assertEquals(writer.writes.slice(-2).join(""), "0\n" + "\n".repeat(19), "in order, none lost");
  await writer.take();
  assertEquals(sink.dropped, 0);
});

Deno.test("LogSink takes a writer that takes nothing, or throws at once, as failed", async () => {
  let calls = 0;
  const sink = new LogSink(() => {
    if (++calls === 1) return Promise.resolve(0);
    throw new Error("Thrown, not rejected");
  }, INIT);
  sink.push("a");
  await settle();
  await sink.flush(NEVER);
  assertEquals(calls, 2);
});

Deno.test("LogSink waits for its timer before each write", async () => {
  const writer = new Writer();
  const timers: (() => void)[] = [];
  const gather = () => new Promise<void>((resolve) => timers.push(resolve));
  const sink = new LogSink(writer.write, { ...INIT, gather });
  sink.push("a");
  await settle();
  sink.push("b");
  await settle();
  assertEquals([timers.length, writer.writes.length], [1, 0]);
  timers[0]();
  await settle();
  assertEquals(writer.writes, ["a\nb\n"]);
  sink.push("c");
  await writer.take();
  assertEquals([timers.length, writer.writes.length], [2, 1], "the next write waits, too");
  timers[1]();
  await settle();
  await writer.take();
});

Deno.test("LogSink writes on when its timer fails", async () => {
  const writer = new Writer();
  const gather = () => Promise.reject(new Error("No timer"));
  const sink = new LogSink(writer.write, { ...INIT, gather });
  sink.push("a");
  await settle();
  assertEquals(writer.writes, ["a\n"]);
  await writer.take();
});

Deno.test("LogSink.flush() does not wait for the timer and resolves when all is written", async () => {
  const writer = new Writer();
  const sink = new LogSink(writer.write, { ...INIT, gather: () => NEVER });
  sink.push("a");
  let flushed = false;
  const done = sink.flush(NEVER).then(() => flushed = true);
  await settle();
  sink.push("b");
  await writer.take();
  assertEquals([writer.writes, flushed], [["a\n", "b\n"], false]);
  await writer.take();
  await done;
});

Deno.test("LogSink.flush() gives up when told, whatever the writer does", async () => {
  const writer = new Writer();
  const sink = new LogSink(writer.write, INIT);
  sink.push("a");
  await sink.flush(Promise.resolve());
  await sink.flush(Promise.reject(new Error("Aborted")));
  assertEquals(writer.writes, ["a\n"]);
});

Deno.test("LogSink.flush() resolves when the writer fails, and when nothing waits", async () => {
  const sink = new LogSink(() => Promise.reject(new Error("Closed")), INIT);
  await sink.flush(NEVER);
  sink.push("a");
  await sink.flush(NEVER);
  await sink.flush(NEVER);
});

Deno.test("LogSink.unwritten counts the lines that did not leave, wherever they wait", async () => {
  const writer = new Writer();
  const sink = new LogSink(writer.write, INIT);
  assertEquals(sink.unwritten, 0);
  sink.push("a\nb");
  await settle();
  sink.push("c");
  assertEquals(sink.unwritten, 3, "two under way, one waits");
  await writer.take(2);
  assertEquals(sink.unwritten, 2, "one of the two has left");
  sink.push("d".repeat(200));
  assertEquals(sink.unwritten, 3, "one was dropped");
  await writer.take();
  await writer.take();
  assertEquals([sink.unwritten, writer.writes.at(-1)], [0, "c\ndropped 1\n"], "and was told of");
});

Deno.test("LogSink.unwritten counts lines that were encoded while a write was under way", async () => {
  const writer = new Writer();
  const sink = new LogSink(writer.write, { ...INIT, maxQueuedBytes: 100_000 });
  sink.push("a");
  await settle();
  for (let i = 0; i < 4_000; i++) sink.push("12345");
  assertEquals(sink.unwritten, 4_001);
  await writer.take();
  await writer.take();
  assertEquals(sink.unwritten, 0);
});
