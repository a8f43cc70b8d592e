/**
 * The access log of a running server: lines go to standard output, faults of ours to the error stream when the format
 * has no room for them. Formatting is the work of `log/format.ts`, queueing that of `log/queue.ts`; the timers are here.
 */

import {
  formatDropped,
  formatEntry,
  formatError,
  formatFault,
  formatUnwritten,
  type LogEntry,
} from "./format.ts";
import { LogSink, type Write } from "./queue.ts";
import type { LogFormat } from "../options.ts";

/** Where the log goes. */
export interface Streams {
  /** Takes access lines. */
  readonly lines: Write;
  /** Takes what is no access line. */
  readonly faults: Write;
}

/** A log that is open for writing. */
export interface AccessLog {
  /** Queues the line of one response. Never waits, never throws. */
  write(entry: LogEntry): void;
  /** Queues one line about what belongs to no response: a failed accept, or a mistake of ours. */
  writeError(error: unknown): void;
  /** Queues a text of our own, one line or several. */
  say(stream: keyof Streams, text: string): void;
  /** Queues whole lines, each with its end, that another worker wrote to one of its {@linkcode Streams}. */
  relay(stream: keyof Streams, lines: Uint8Array): void;
  /** Whether only responses that are our fault leave a line. */
  readonly faultsOnly: boolean;
  /** Writes what still waits, for half a second at most, and says how much of it could not leave. */
  flush(): Promise<void>;
}

/** One MiB: what 5,000 lines take, and 50 ms of a server at full load. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** Long enough to share a write among the lines of a busy server, too short for a person to see. */
const GATHER_MS = 20;

const FLUSH_MS = 500;
/** For one more line on the error stream, which may be as stuck. */
const LAST_WORD_MS = 50;

const STANDARD: Streams = {
  lines: (bytes) => Deno.stdout.write(bytes),
  faults: (bytes) => Deno.stderr.write(bytes),
};

/** Opens the log, on this process's own streams unless others are given. */
export function openAccessLog(
  format: LogFormat,
  colors: boolean,
  streams: Streams = STANDARD,
): AccessLog {
  const written = format === "none" ? "pretty" : format;
  const open = (write: Write) =>
    new LogSink(write, {
      maxQueuedBytes: MAX_QUEUED_BYTES,
      droppedLine: (count) => formatDropped(count, written),
      gather: () => new Promise((resolve) => setTimeout(resolve, GATHER_MS)),
    });
  const lines = open(streams.lines);
  const faults = open(streams.faults);
  const say = (stream: keyof Streams, text: string): void =>
    (stream === "lines" ? lines : faults).push(text);
  const saysFaults = format === "pretty" || format === "json";
  return {
    write(entry) {
      if (format !== "none") lines.push(formatEntry(entry, written, colors));
      const fault = saysFaults ? null : formatFault(entry);
      if (fault !== null) faults.push(fault);
    },
    writeError: (error) => faults.push(formatError(error)),
    say,
    relay: (stream, bytes) => say(stream, new TextDecoder().decode(bytes).slice(0, -1)),
    faultsOnly: format === "none",
    async flush() {
      await flushAll([lines, faults], FLUSH_MS);
      const { unwritten } = lines;
      if (unwritten === 0) return;
      faults.push(formatUnwritten(unwritten));
      await flushAll([faults], LAST_WORD_MS);
    },
  };
}

/** Writes what waits in each of these, as long as there is time. */
async function flushAll(sinks: readonly LogSink[], ms: number): Promise<void> {
  const { promise: giveUp, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.all(sinks.map((sink) => sink.flush(giveUp)));
  clearTimeout(timer);
}
