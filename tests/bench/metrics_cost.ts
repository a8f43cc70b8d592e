/**
 * What `--metrics` costs a request: its count, and the look at the clock that the log has otherwise. By CPU time of the thread,
 * so that a busy machine changes little:
 *
 *     deno run --config tests/deno.json -A tests/bench/metrics_cost.ts
 */

import { Counter, newCounts } from "../../lib/metrics/counts.ts";

const TIMES = 3_000_000;
const ROUNDS = 5;

const counter = new Counter(newCounts());
let sum = 0;

/** Nanoseconds that this thread has had a processor: proc(5), `schedstat`. */
function cpuNs(): number {
  return Number(Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ", 1)[0]);
}

function nsEach(work: (i: number) => void): number {
  const costs = Array.from({ length: ROUNDS }, () => {
    const began = cpuNs();
    for (let i = 0; i < TIMES; i++) work(i);
    return (cpuNs() - began) / TIMES;
  });
  return costs.sort((a, b) => a - b)[ROUNDS >> 1];
}

const count = nsEach((i) => counter.ended(200, 1024 + (i & 7), 0.02 + (i & 3) * 0.01));
const look = nsEach(() => sum += performance.now());
console.log(
  `to count a response: ${count.toFixed(0)} ns; to look at the clock: ${look.toFixed(0)} ns`,
);
if (sum < 0) throw new Error("The clock runs backwards");
