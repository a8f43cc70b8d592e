/**
 * Counts as the text that Prometheus reads, version 0.0.4: names with their units, `_total` behind what only grows, help
 * and type in front, histograms as sums up to each bound. Pure: numbers in, text out.
 */

import { LIMIT_STATUSES, PLACES } from "./counts.ts";

/** The media type of that. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What is not counted, but known when somebody asks. */
export interface Now {
  readonly version: string;
  readonly denoVersion: string;
  /** Wall clock, in seconds. */
  readonly startSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
}

/** Labels in braces, and a value. */
type Sample = readonly [labels: string, value: number];

/** Writes all metrics. @param counts The sum of all threads; see `counts.ts`. */
export function exposition(counts: Float64Array, now: Now): string {
  return [
    ...responses(counts),
    ...connections(counts),
    ...cache(counts),
    ...ofProcess(counts, now),
  ].join("");
}

function responses(counts: Float64Array): string[] {
  const classes = ["2xx", "3xx", "4xx", "5xx"].map((name, i): Sample => [
    `{class="${name}"}`,
    counts[PLACES.requests + 2 + i],
  ]);
  const limits = [...LIMIT_STATUSES.values()].map((name, i): Sample => [
    `{limit="${name}"}`,
    counts[PLACES.limits + i],
  ]);
  const help = "Responses that have ended, by the class of their status.";
  return [
    metric("vitrine_requests_total", "counter", help, classes),
    histogram("vitrine_request_duration_seconds", counts, {
      ...PLACES.durations,
      help: "From a received head to the last byte of its response.",
    }),
    histogram("vitrine_response_content_bytes", counts, {
      ...PLACES.sizes,
      help: "Content that was sent.",
    }),
    metric(
      "vitrine_limited_total",
      "counter",
      "Responses that say that a limit was reached.",
      limits,
    ),
  ];
}

function connections(counts: Float64Array): string[] {
  const { accepted, refused, served, others } = PLACES;
  const total = (name: string, help: string, place: number) =>
    metric(`vitrine_connections_${name}_total`, "counter", help, [["", counts[place]]]);
  return [
    metric("vitrine_connections", "gauge", "Connections that are open.", [
      ['{state="served"}', counts[served]],
      ['{state="leaving"}', counts[others]],
    ]),
    total("accepted", "Connections that were accepted.", accepted),
    total("refused", "Connections that found no slot, told so or not.", refused),
  ];
}

function cache(counts: Float64Array): string[] {
  const one = (place: number): Sample[] => [["", counts[place]]];
  const { cacheHits, cacheMisses, cacheBytes } = PLACES;
  return [
    metric("vitrine_cache_hits_total", "counter", "Files found in the cache.", one(cacheHits)),
    metric("vitrine_cache_misses_total", "counter", "Files not found there.", one(cacheMisses)),
    metric("vitrine_cache_bytes", "gauge", "Memory of the cache.", one(cacheBytes)),
  ];
}

function ofProcess(counts: Float64Array, now: Now): string[] {
  const gauge = (name: string, help: string, value: number, labels = "") =>
    metric(name, "gauge", help, [[labels, value]]);
  const build = `{version="${now.version}",deno="${now.denoVersion}"}`;
  return [
    gauge("vitrine_build_info", "Which version runs, on which Deno.", 1, build),
    histogram("vitrine_event_loop_delay_seconds", counts, {
      ...PLACES.delays,
      help: "How late timers are; not looked at while nothing is to do.",
    }),
    gauge("process_start_time_seconds", "When it was started, since 1970.", now.startSeconds),
    gauge("process_resident_memory_bytes", "Memory of the process.", now.residentBytes),
    gauge("vitrine_heap_bytes", "Memory of JavaScript on the main thread.", now.heapBytes),
  ];
}

function metric(
  name: string,
  type: "counter" | "gauge",
  ...[help, samples]: readonly [help: string, samples: readonly Sample[]]
): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function histogram(
  name: string,
  counts: Float64Array,
  { at, bounds, help }: {
    readonly at: number;
    readonly bounds: readonly number[];
    readonly help: string;
  },
): string {
  let count = 0;
  const lines = [...bounds, Infinity].map((bound, i) => {
    count += counts[at + i];
    return `${name}_bucket{le="${bound === Infinity ? "+Inf" : bound}"} ${count}\n`;
  });
  const sum = counts[at + bounds.length + 1];
  return `# HELP ${name} ${help}\n# TYPE ${name} histogram\n${lines.join("")}` +
    `${name}_sum ${sum}\n${name}_count ${count}\n`;
}
