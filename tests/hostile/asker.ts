/** A well-behaved client that asks every 10 ms while something else goes on, and what it waits. */

import { ask } from "./raw.ts";

/** What it waited, in ms. */
export interface Waits {
  readonly asked: number;
  /** Requests without an answer, or with another than the one that is right. */
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const EVERY_MS = 10;
const PATIENCE_MS = 3_000;

/** Asks for `target`, on a new connection each time, until `task` has ended. */
export async function askMeanwhile<Result>(
  { port, target, content }: { port: number; target: string; content: string },
  task: () => Promise<Result>,
): Promise<{ result: Result; waits: Waits }> {
  const times: number[] = [];
  const asking = new Set<Promise<void>>();
  let failed = 0;
  const askOnce = async () => {
    const begun = performance.now();
    try {
      const response = await ask(port, target, { ms: PATIENCE_MS });
      if (response.content !== content) failed++;
    } catch {
      failed++;
    }
    times.push(performance.now() - begun);
  };
  await askOnce(); // The first one is slow anywhere: code is compiled.
  times.length = 0;
  const timer = setInterval(() => {
    const asked = askOnce().finally(() => asking.delete(asked));
    asking.add(asked);
  }, EVERY_MS);
  try {
    const result = await task();
    clearInterval(timer);
    await Promise.all(asking);
    return { result, waits: { asked: times.length, failed, ...summarize(times) } };
  } finally {
    clearInterval(timer);
    await Promise.all(asking);
  }
}

function summarize(times: number[]): Pick<Waits, "p50" | "p99" | "max"> {
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.max(0, Math.ceil(times.length * share) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
