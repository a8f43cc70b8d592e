/** The dashboard for Grafana asks for metrics that are told, by labels that they have, in words that Prometheus reads. */

import { assert, assertEquals } from "@std/assert";
import dashboard from "../../static/guide/grafana.json" with { type: "json" };
import { newCounts } from "../../lib/metrics/counts.ts";
import { exposition } from "../../lib/metrics/exposition.ts";
import { run, testWithTools } from "../tools.ts";
import { parseSamples } from "./testing.ts";

const NOW = { version: "1", denoVersion: "2", startSeconds: 1, residentBytes: 1, heapBytes: 1 };
const SAMPLES = [...parseSamples(exposition(newCounts(), NOW)).keys()];
const NAMES = new Set(SAMPLES.map((sample) => sample.split("{", 1)[0]));
/** The labels of each, with those that Prometheus adds. */
const LABELS = new Map([...NAMES].map((name) => {
  const own = SAMPLES.filter((sample) => sample.startsWith(`${name}{`));
  const labels = own.flatMap((sample) =>
    [...sample.matchAll(/(\w+)="/g)].map(([, label]) => label)
  );
  return [name, new Set(["job", "instance", ...labels])];
}));
const QUERIES = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

Deno.test("the dashboard names only metrics and labels that there are", () => {
  assert(QUERIES.length > 10);
  for (const query of QUERIES) {
    const names = [...query.matchAll(/\b(?:vitrine|process)_\w+/g)].map(([name]) => name);
    assert(names.length > 0, query);
    for (const name of names) {
      assert(NAMES.has(name), `${name} is told nowhere`);
      const [, by = ""] = /by \(([^)]*)\)/.exec(query) ?? [];
      const used = by.split(",").map((label) => label.trim()).filter((label) => label !== "");
      for (const label of used) assert(LABELS.get(name)!.has(label), `${name} has no ${label}`);
    }
  }
});

Deno.test("the dashboard shows every metric, but for when the server was started", () => {
  const all = QUERIES.join("\n");
  const isShown = (name: string) => {
    const family = name.replace(/_(?:bucket|sum|count)$/, "");
    return all.includes(family);
  };
  assertEquals([...NAMES].filter((name) => !isShown(name)), ["process_start_time_seconds"]);
});

testWithTools(
  "Prometheus reads each query of the dashboard",
  ["promtool"],
  async ({ promtool }) => {
    const path = await Deno.makeTempFile({ suffix: ".json" });
    const rules = QUERIES.map((query, i) => {
      const expr = query.replaceAll("$__rate_interval", "1m").replaceAll("$job", "vitrine");
      return { record: `query${i}`, expr };
    });
    await Deno.writeTextFile(path, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    const { code, stderr } = await run(promtool, ["check", "rules", path]);
    await Deno.remove(path);
    assertEquals([code, stderr], [0, ""]);
  },
);
