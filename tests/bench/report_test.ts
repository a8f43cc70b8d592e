/** What turns samples and arguments into tables, verdicts and a picture. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { judge, renderBars } from "./bars.ts";
import { LOADS } from "./cases.ts";
import { parseOptions } from "./options.ts";
import { renderPicture } from "./picture.ts";
import { parseCores } from "./process.ts";
import {
  type CaseResult,
  figure,
  markdownTable,
  median,
  medianRatio,
  problemsOf,
  renderResults,
  type Results,
  type Sample,
  type WornMemory,
} from "./report.ts";

function sample(server: string, round: number, rate: number, more: Partial<Sample> = {}): Sample {
  const waits = { p50Ms: 1, p99Ms: 2, quietP99Ms: 3, quietMaxMs: 4 };
  const usual = { ...waits, cpu: 1, loadCpu: 0.5, othersCpu: 0.1, problem: "" };
  return { server, round, rate, ...usual, ...more };
}

Deno.test("median() takes the middle of sorted values", () => {
  const CASES = [
    // values, expected, why
    [[3], 3, "one value is its own median"],
    [[10, 9, 100], 10, "sorted as numbers, not as text"],
    [[4, 1, 3, 2], 2.5, "of an even count, the mean of the middle two"],
    [[], NaN, "of nothing, nothing"],
  ] as const;
  for (const [values, expected, why] of CASES) assertEquals(median(values), expected, why);
});

Deno.test("medianRatio() compares within a round, not across rounds", () => {
  const samples = [
    ...[sample("a", 0, 100), sample("b", 0, 50)], // 2
    ...[sample("a", 1, 10), sample("b", 1, 10)], // 1: the machine was slow for both
    ...[sample("a", 2, 300), sample("b", 2, 100)], // 3
  ];
  const side = (server: string, of: readonly Sample[] = samples) => ({ samples: of, server });
  assertEquals(medianRatio("rate", side("a"), side("b")), 2);
  assertEquals(medianRatio("rate", side("b"), side("a")), 0.5);
  assertEquals(medianRatio("p99Ms", side("a"), side("b")), 1);
  assertEquals(medianRatio("rate", side("a"), side("c")), NaN, "c never ran");
  const halves = [sample("a", 0, 1, { p99Ms: NaN }), sample("b", 0, 1)];
  assertEquals(medianRatio("p99Ms", side("a", halves), side("b", halves)), NaN, "no latency");
  const apart = [sample("a", 0, 1), sample("b", 1, 1)];
  assertEquals(medianRatio("rate", side("a", apart), side("b", apart)), NaN, "no round in common");
  const other = [sample("a", 0, 50), sample("a", 1, 1), sample("a", 2, 150)];
  assertEquals(medianRatio("rate", side("a"), side("a", other)), 2, "of one case to another");
});

Deno.test("figure() keeps the digits that a reader can use", () => {
  const CASES = [
    [98765.4, "98,765"],
    [1234567, "1,234,567"],
    [100, "100"],
    [45.67, "45.7"],
    [3.214, "3.21"],
    [0.0454, "0.045"],
    [0, "0"],
    [NaN, "–"],
  ] as const;
  for (const [value, expected] of CASES) assertEquals(figure(value), expected);
});

Deno.test("markdownTable() escapes the bar that would end a cell, and puts figures to the right", () => {
  assertEquals(
    markdownTable(["A", "B"], [["x|y", "1"]]),
    "| A | B |\n| --- | ---: |\n| x\\|y | 1 |",
  );
});

Deno.test("parseCores() reads the kernel's list of cores", () => {
  assertEquals(parseCores("0-2,5"), [0, 1, 2, 5]);
  assertEquals(parseCores("3"), [3]);
  assertEquals(parseCores(""), []);
});

const KNOWN = { cases: ["1k", "log"], peers: ["nginx", "caddy"], lastMain: "nginx" };

Deno.test("parseOptions() has defaults, and takes what --help names", () => {
  const empty = parseOptions([], KNOWN);
  assert(empty.kind === "run");
  assertEquals([empty.options.rounds, empty.options.seconds, empty.options.json], [3, 2, ""]);
  const full = parseOptions(
    [
      "--cases",
      "1k,log",
      "--peers=caddy",
      "--rounds=5",
      "--seconds",
      "2",
      "--vitrine-args=-a b",
      "--before=/x",
      "--svg=p.svg",
    ],
    KNOWN,
  );
  assert(full.kind === "run");
  assertEquals(full.options, {
    cases: ["1k", "log"],
    peers: ["caddy"],
    rounds: 5,
    seconds: 2,
    json: "",
    svg: "p.svg",
    vitrineCommand: [],
    vitrineArgs: ["-a", "b"],
    before: "/x",
  });
  const help = parseOptions(["--help"], KNOWN);
  assert(help.kind === "stop" && help.code === 0);
  assertStringIncludes(help.text, "nginx,caddy");
});

Deno.test("parseOptions() refuses in one line what it cannot do", () => {
  const CASES = [
    // arguments, part of the line, why
    [["--round", "3"], "--round", "a misspelt flag would be ignored in silence"],
    [["extra"], "extra", "nothing stands alone"],
    [["--rounds", "0"], "--rounds", "no round, no median"],
    [["--rounds", "1e9"], "--rounds", "bounded"],
    [["--seconds", "61"], "--seconds", "bounded"],
    [["--cases", "2k"], '"2k"', "no such case"],
    [["--peers", "apache"], '"apache"', "no such peer"],
  ] as const;
  for (const [args, part, why] of CASES) {
    const parsed = parseOptions(args, KNOWN);
    assert(parsed.kind === "stop" && parsed.code === 2, why);
    assertStringIncludes(parsed.text, part, why);
    assertEquals(parsed.text.split("\n").length, 1, why);
  }
});

function caseOf(id: string, samples: readonly Sample[], leftOut: CaseResult["leftOut"] = []) {
  const title = LOADS.find((one) => one.id === id)?.title ?? id;
  const short = LOADS.find((one) => one.id === id)?.short ?? id;
  return { id, title, short, unit: "requests/s", samples, leftOut } as const;
}

function resultsOf(samples: readonly Sample[], more: Partial<Results> = {}): Results {
  const facts = { version: "1", setup: "plain", fresh: true };
  return {
    machine: "a machine",
    rounds: 1,
    seconds: 1,
    servers: [{ name: "vitrine", ...facts }, { name: "nginx", ...facts, fresh: false }],
    skipped: [{ name: "caddy", reason: "caddy is not installed" }],
    cases: [caseOf("100k", samples)],
    worn: [],
    starts: [],
    idle: [],
    ...more,
  };
}

/** The verdict on the first bar that holds a text, and what was measured. */
function verdictOn(results: Results, part: string): [string | null, string] {
  const found = judge(results).find(({ bar }) => bar.includes(part));
  assert(found !== undefined, part);
  return [found.verdict, found.measured];
}

Deno.test("judge() meets, misses and leaves open", () => {
  const RATE = "100 KiB: Vitrine ÷ nginx ≥ 1";
  const even = resultsOf([sample("vitrine", 0, 100), sample("nginx", 0, 100)]);
  assertEquals(verdictOn(even, RATE), ["met", "1.000"], "at the bar is met");
  const slow = resultsOf([sample("vitrine", 0, 99.99), sample("nginx", 0, 100)]);
  assertEquals(verdictOn(slow, RATE), ["missed", "1.000"], "judged before rounding");
  assertEquals(verdictOn(slow, "÷ deno-std"), [null, "not measured"]);

  const faulty = sample("vitrine", 0, 500, { problem: "read error × 1" });
  const broken = resultsOf([faulty, sample("nginx", 0, 100)]);
  assertEquals(verdictOn(broken, RATE), ["missed", "5.000 (read error × 1)"]);
  const wrong = caseOf("100k", [sample("nginx", 0, 1)], [{ server: "vitrine", reason: "500" }]);
  assertEquals(verdictOn(resultsOf([], { cases: [wrong] }), RATE), ["missed", "500"]);
  assertStringIncludes(renderBars(judge(slow)), "| **missed** |");
});

Deno.test("judge() shows the floor of the run where it does not clear the bar either", () => {
  const RATE = "100 KiB: Vitrine ÷ nginx ≥ 1";
  const of = (floor: number) =>
    resultsOf([sample("vitrine", 0, 80), sample("nginx", 0, 100), sample("floor", 0, floor)]);
  assertEquals(verdictOn(of(85), RATE), ["floor", "0.800; floor 0.850"]);
  assertEquals(verdictOn(of(95), RATE), ["missed", "0.800; floor 0.950"], "the floor is no excuse");
  assertEquals(verdictOn(of(70), RATE), ["floor", "0.800; floor 0.700"], "even slower");
  assertEquals(verdictOn(of(120), RATE), ["missed", "0.800; floor 1.200"], "it can be done");
  assertStringIncludes(renderBars(judge(of(85))), "| floor nearer |");
});

Deno.test("judge() compares cases, tails, logs and the quiet client", () => {
  const tls = (p99Ms: number) =>
    caseOf("tls-1k", [sample("vitrine", 0, 1, { p99Ms }), sample("nginx", 0, 1, { p99Ms: 5 })]);
  const results = (p99Ms: number, quietP99Ms: number, logRate: number) =>
    resultsOf([], {
      cases: [
        caseOf("1k", [sample("vitrine", 0, 100)]),
        caseOf("404", [sample("vitrine", 0, 49, { quietP99Ms })]),
        caseOf("log", [
          sample("vitrine", 0, 100),
          sample("vitrine-log", 0, logRate, { quietP99Ms }),
        ]),
        tls(p99Ms),
      ],
    });
  const [good, bad] = [results(10, 20, 88), results(10.1, 20.1, 87)];
  const CASES = [
    ["404: Vitrine ÷ 1 KiB ≥ 0.5", "missed", "missed"],
    ["HTTPS, 1 KiB: p99, Vitrine ÷ nginx ≤ 2", "met", "missed"],
    ["404: the quiet client's p99 ≤ 20 ms", "met", "missed"],
    ["1 KiB, with the access log: the quiet client's p99", "met", "missed"],
    ["1 KiB, with the access log: Vitrine ÷ itself without ≥ 0.88", "met", "missed"],
  ] as const;
  for (const [bar, first, second] of CASES) {
    assertEquals([verdictOn(good, bar)[0], verdictOn(bad, bar)[0]], [first, second], bar);
  }
});

Deno.test("judge() takes the most of memory that any variant was left with", () => {
  const worn = (resident: number) =>
    [[1e6, "plain"], [resident, "tls"]].map(([resident, variant]) => (
      { server: "vitrine", variant, resident, peak: resident }
    )) as WornMemory[];
  const bar = "resident after all loads of this run ≤ 150 MB";
  assertEquals(verdictOn(resultsOf([], { worn: worn(150e6) }), bar), ["met", "150 MB"]);
  assertEquals(verdictOn(resultsOf([], { worn: worn(151e6) }), bar), ["missed", "151 MB"]);
  const idle = [{ server: "vitrine", atRest: 65.1e6, perIdle: 1, problem: "" }];
  assertEquals(verdictOn(resultsOf([], { idle }), "resident at rest ≤ 65 MB")[0], "missed");
  const starts = [{ server: "vitrine", firstByteMs: [300, 90, 95] }];
  const start = verdictOn(resultsOf([], { starts }), "start to first answer ≤ 100 ms");
  assertEquals(start, ["met", "95.0 ms"], "the median");
});

Deno.test("renderResults() shows each server, its problems, and who is missing", () => {
  const samples = [
    sample("vitrine", 0, 90_000),
    sample("nginx", 0, 45_000, { problem: "timeout × 2" }),
  ];
  const leftOut = [{ server: "bun", reason: "no range" }];
  const text = renderResults(resultsOf([], { cases: [caseOf("100k", samples, leftOut)] }));
  assertStringIncludes(
    text,
    "| nginx | 45,000 | 45,000 to 45,000 | 2.00 | 1.00 | 2.00 | 3.00 | 4.00 | 100 % | 22.2 | 50 % |",
  );
  assertStringIncludes(text, "timeout × 2");
  assertStringIncludes(text, "Not measured: bun (no range).");
  assert(!text.includes("disturbed"), "a tenth of a core is no disturbance");
  const disturbed = renderResults(resultsOf([sample("vitrine", 0, 1, { othersCpu: 1.5 })]));
  assertStringIncludes(disturbed, "1 of 1 turns were disturbed: other processes used up to 150 %");
  assertStringIncludes(text, "Left out: caddy (caddy is not installed).");
  assertEquals(problemsOf([sample("a", 0, 1), sample("a", 1, 1)]), "none");
  const logs = renderResults(resultsOf([sample("nginx", 0, 10), sample("nginx-log", 0, 9)]));
  assertStringIncludes(logs, "| nginx-log | 9.00 | 9.00 to 9.00 | 0.900 of nginx |");
});

Deno.test("renderPicture() draws a bar beside nginx, a mark for each other peer, and what is beyond", () => {
  const one = (id: string, nginx: number, more: readonly Sample[] = []) =>
    caseOf(id, [sample("vitrine", 0, 100), sample("nginx", 0, nginx), ...more]);
  const draw = (...cases: CaseResult[]) => renderPicture(resultsOf([], { cases }));
  const count = (text: string, part: string) => text.split(part).length - 1;

  const even = draw(one("1k", 50));
  assertStringIncludes(even, `<rect class="more" x="240" y="190" width="70.7" height="12"/>`);
  assertStringIncludes(even, ">2.0</text>");
  assertStringIncludes(draw(one("1k", 200)), `<rect class="less" x="169.3"`);
  assertEquals(count(even, "<circle"), 0, "no floor in it, none in the legend");
  const floor = draw(one("1k", 50, [sample("floor", 0, 100)]));
  assertEquals(count(floor, "<circle"), 2, "the legend's and the row's");
  assertStringIncludes(floor, `<g transform="translate(240 196)"><circle`);
  const far = draw(one("gzip", 1));
  assertStringIncludes(far, `x="240" y="190" width="212"`);
  assertStringIncludes(far, 'Z"/>\n');
  assertStringIncludes(far, "100 KiB of text, as gzip: 100 × nginx.");
  const logs = [sample("vitrine-log", 0, 30), sample("nginx-log", 0, 10)];
  assertStringIncludes(draw(caseOf("log", logs)), ">3.0</text>", "both with their log");
  const faulty = one("1k", 50, [sample("floor", 0, 100, { problem: "read error × 1" })]);
  assertEquals(count(draw(faulty), "<circle"), 0, "who made mistakes is not compared with");
  const none = draw(caseOf("1k", [sample("vitrine", 0, 1)]));
  assertEquals(count(none, '<rect class="more"'), 1, "the legend's alone");
  assertEquals(count(draw(one("1k", 50), one("100k", 50)), 'class="label ratio"'), 2);
});
