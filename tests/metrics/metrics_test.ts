/** Metrics: what is counted, by a real scrape of the real program; and what Prometheus' own checker says of it. */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { Counter, newCounts, sumOf } from "../../lib/metrics/counts.ts";
import { exposition } from "../../lib/metrics/exposition.ts";
import { LIMITS } from "../../lib/options.ts";
import { MAX_GUESSES } from "../../lib/site/guesses.ts";
import { startVitrine } from "../hostile/vitrine.ts";
import { ask, parseSamples } from "./testing.ts";
import { freePort, testWithTools, untilItHolds } from "../tools.ts";
import { withServer } from "../wire/harness.ts";

const NOW = {
  version: "1.2.3",
  denoVersion: "2.9.6",
  startSeconds: 1_700_000_000.5,
  residentBytes: 1e8,
  heapBytes: 1e7,
};

Deno.test("exposition() adds up what several threads have counted, and every bucket holds those below it", () => {
  const threads = [newCounts(), newCounts()];
  const [one, two] = threads.map((counts) => new Counter(counts));
  one.ended(200, 1_500, 0.05);
  one.ended(304, 0, 3);
  two.ended(404, 100, 60_000);
  two.ended(431, 0, 1);
  two.ended(503, 0, 1);
  for (const statusCode of [431, 503, 404, 429, 429]) two.failed(statusCode);
  one.delayed(7);
  const known = { accepted: 4, refused: 1, cacheHits: 5, cacheMisses: 2, cacheBytes: 9 };
  one.set({ ...known, served: 2, others: 0 });
  two.set({ ...known, served: 1, others: 1 });
  const samples = parseSamples(exposition(sumOf(threads), NOW));
  const EXPECTED = [
    ['vitrine_build_info{version="1.2.3",deno="2.9.6"}', 1],
    ['vitrine_requests_total{class="2xx"}', 1],
    ['vitrine_requests_total{class="3xx"}', 1],
    ['vitrine_requests_total{class="4xx"}', 2],
    ['vitrine_requests_total{class="5xx"}', 1],
    ['vitrine_request_duration_seconds_bucket{le="0.0001"}', 1],
    ['vitrine_request_duration_seconds_bucket{le="0.001"}', 3],
    ['vitrine_request_duration_seconds_bucket{le="0.005"}', 4],
    ['vitrine_request_duration_seconds_bucket{le="30"}', 4],
    ['vitrine_request_duration_seconds_bucket{le="+Inf"}', 5],
    ["vitrine_request_duration_seconds_count", 5],
    ['vitrine_response_content_bytes_bucket{le="1000"}', 4],
    ['vitrine_response_content_bytes_bucket{le="10000"}', 5],
    ["vitrine_response_content_bytes_sum", 1_600],
    ['vitrine_connections{state="served"}', 3],
    ['vitrine_connections{state="leaving"}', 1],
    ["vitrine_connections_accepted_total", 8],
    ["vitrine_connections_refused_total", 2],
    ['vitrine_limited_total{limit="head_size"}', 1],
    ['vitrine_limited_total{limit="connections"}', 1],
    ['vitrine_limited_total{limit="passwords"}', 2],
    ['vitrine_limited_total{limit="target_size"}', 0],
    ["vitrine_cache_hits_total", 10],
    ["vitrine_cache_bytes", 18],
    ['vitrine_event_loop_delay_seconds_bucket{le="0.005"}', 0],
    ['vitrine_event_loop_delay_seconds_bucket{le="0.01"}', 1],
    ["process_start_time_seconds", 1_700_000_000.5],
  ] as const;
  for (const [name, value] of EXPECTED) assertEquals(samples.get(name), value, name);
  const sum = samples.get("vitrine_request_duration_seconds_sum")!;
  assert(Math.abs(sum - 60.00505) < 1e-9, String(sum));
});

testWithTools("promtool finds nothing wrong with the metrics of a server at work", [
  "promtool",
], async ({ promtool }) => {
  await using vitrine = await startVitrine({
    files: { "a.txt": "0123456789" },
    flags: ["--metrics", "0"],
  });
  const { port, metricsPort } = vitrine;
  for (let i = 0; i < 5; i++) assertEquals((await ask(port, "/a.txt")).status, 200);
  assertEquals((await ask(port, "/none")).status, 404);
  let samples = new Map<string, number>();
  let text = "";
  // Connections are counted at a tick of the clock, 100 ms behind them.
  // A file that has just been written is not taken for known at once.
  const lookedUp = () =>
    samples.get("vitrine_cache_hits_total")! + samples.get("vitrine_cache_misses_total")!;
  const isBehind = () => samples.get("vitrine_connections_accepted_total") !== 6 || lookedUp() < 5;
  for (const until = Date.now() + 20_000; isBehind() && Date.now() < until;) {
    const scrape = await ask(metricsPort, "/metrics");
    assertEquals(scrape.status, 200);
    assertEquals(scrape.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    samples = parseSamples(text = scrape.text);
  }
  assertEquals(samples.get('vitrine_requests_total{class="2xx"}'), 5);
  assertEquals(samples.get('vitrine_requests_total{class="4xx"}'), 1);
  assertEquals(samples.get("vitrine_response_content_bytes_count"), 6);
  assert(samples.get("vitrine_response_content_bytes_sum")! > 50, "and the page of the 404");
  assert(samples.get("process_resident_memory_bytes")! > 10_000_000);
  assert(lookedUp() >= 5);
  const child = new Deno.Command(promtool, {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(text));
  await stdin.close();
  const { code, stdout, stderr } = await child.output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals([code, said], [0, ""]);
});

testWithTools("Prometheus scrapes a server, and knows what it has answered", [
  "prometheus",
], ({ prometheus }) =>
  // Another test may take the port that was free a moment ago.
  untilItHolds(async () => {
    await using vitrine = await startVitrine({
      files: { "a.txt": "a" },
      flags: ["--metrics", "0"],
    });
    for (let i = 0; i < 3; i++) assertEquals((await ask(vitrine.port, "/a.txt")).status, 200);
    const folder = await Deno.makeTempDir({ prefix: "vitrine_prometheus_" });
    await Deno.writeTextFile(
      `${folder}/prometheus.yml`,
      `{ global: { scrape_interval: 200ms, scrape_timeout: 200ms }, scrape_configs: [{ job_name: vitrine,
       static_configs: [{ targets: ["127.0.0.1:${vitrine.metricsPort}"] }] }] }\n`,
    );
    const port = freePort();
    const child = new Deno.Command(prometheus, {
      args: [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`]
        .concat(`--web.listen-address=127.0.0.1:${port}`),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const valueOf = async (query: string): Promise<string | undefined> => {
      const path = `/api/v1/query?query=${encodeURIComponent(query)}`;
      const answer = await ask(port, path).catch(() => null);
      if (answer?.status !== 200) return undefined; // It begins to listen, and says 503 until it knows what it has stored.
      return JSON.parse(answer.text).data?.result[0]?.value[1];
    };
    try {
      const query = 'vitrine_requests_total{job="vitrine",class="2xx"}';
      let value: string | undefined;
      for (const until = Date.now() + 30_000; value === undefined && Date.now() < until;) {
        value = await valueOf(query);
        if (value === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assertEquals(value, "3");
      assertEquals(await valueOf('up{job="vitrine"}'), "1", "it took all of it");
      const median = "histogram_quantile(0.5, vitrine_request_duration_seconds_bucket)";
      assert(Number(await valueOf(median)) > 0);
    } finally {
      child.kill("SIGKILL");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    }
  }));

Deno.test("a limit that was reached is counted by its name; health checks that fail reach none", async () => {
  const counts = [newCounts()];
  const isLimited = (limit: string) =>
    parseSamples(exposition(sumOf(counts), NOW)).get(`vitrine_limited_total{limit="${limit}"}`);
  const init = { counts, auth: "ada:engine", trustProxy: ["127.0.0.1"], drainMs: 300 };
  await withServer({}, async (running) => {
    const long = "x".repeat(LIMITS.headBytes);
    const CASES = [
      ["target_size", 1, `GET /${long} HTTP/1.1\r\nHost: a\r\n\r\n`],
      ["head_size", 1, `GET / HTTP/1.1\r\nHost: a\r\nX: ${long}\r\n\r\n`],
      ["passwords", 4, guessesOf(MAX_GUESSES + 4)],
    ] as const;
    for (const [limit, times, text] of CASES) {
      await running.exchange(text);
      assertEquals(isLimited(limit), times, limit);
    }
    const finished = running.server.shutdown();
    const health = await running.exchange("GET /.vitrine/health HTTP/1.0\r\n\r\n");
    assertEquals([health.slice(9, 12), isLimited("connections")], ["503", 0]);
    await finished;
    running.errors.splice(0); // Says that passwords were guessed.
  }, init);
});

/** Wrong passwords from one address, in a row on one connection. */
function guessesOf(count: number): string {
  return Array.from({ length: count }, (_, i) => {
    const credentials = `Authorization: Basic ${btoa(`ada:${i}`)}`;
    const connection = `Connection: ${i === count - 1 ? "close" : "keep-alive"}`;
    return [
      "GET / HTTP/1.1",
      "Host: a",
      "X-Forwarded-For: 192.0.2.1",
      credentials,
      connection,
      "\r\n",
    ].join("\r\n");
  }).join("");
}

Deno.test("the listener of metrics has no other path, and the site has none of them", async () => {
  await using vitrine = await startVitrine({ files: {}, flags: ["--metrics", "0"] });
  const { metricsPort } = vitrine;
  assertEquals((await ask(metricsPort, "/")).status, 404);
  assertEquals((await ask(metricsPort, "/metrics/")).status, 404);
  assertEquals((await ask(metricsPort, "/metrics?x=y")).status, 200);
  assertEquals((await ask(metricsPort, "/metrics", "POST")).status, 405);
  assertEquals((await ask(vitrine.port, "/metrics")).status, 404);
});

Deno.test({
  name: "metrics of several workers are one sum",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const lib = fromFileUrl(new URL("../../lib/", import.meta.url));
    await using vitrine = await startVitrine({
      files: { "a.txt": "a" },
      flags: ["--workers", "2", "--metrics", "0"],
      deno: { flags: ["--unstable-net"], reads: [lib] },
    });
    // The system spreads connections by a hash: of 64 each worker gets some, but for once in 2^63.
    const asked = 64;
    for (let i = 0; i < asked; i++) assertEquals((await ask(vitrine.port, "/a.txt")).status, 200);
    while (vitrine.log.length < asked) await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals(new Set(vitrine.log.map(({ connection }) => connection % 2)).size, 2);
    const samples = parseSamples((await ask(vitrine.metricsPort, "/metrics")).text);
    assertEquals(samples.get('vitrine_requests_total{class="2xx"}'), asked);
  },
});
