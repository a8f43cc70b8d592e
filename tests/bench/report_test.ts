/** The pure parts of `tests/bench/`: what turns samples and arguments into tables and verdicts. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { judge, renderBars } from "./bars.ts";
import { answerError, loadScript, parseLoad } from "./load.ts";
import { parseOptions } from "./options.ts";
import { parseCores } from "./process.ts";
import {
  figure,
  markdownTable,
  median,
  medianRatio,
  problemsOf,
  renderResults,
  type Results,
  type Sample,
} from "./report.ts";
import { digestOf } from "./cases.ts";

function sample(server: string, round: number, rate: number, more: Partial<Sample> = {}): Sample {
  const usual = { p50Ms: 1, p99Ms: 2, cpu: 1, loadCpu: 0.5, othersCpu: 0.1, problem: "" };
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
  assertEquals(medianRatio(samples, "rate", "a", "b"), 2);
  assertEquals(medianRatio(samples, "rate", "b", "a"), 0.5);
  assertEquals(medianRatio(samples, "p99Ms", "a", "b"), 1);
  assertEquals(medianRatio(samples, "rate", "a", "c"), NaN, "c never ran");
  const halves = [sample("a", 0, 1, { p99Ms: NaN }), sample("b", 0, 1)];
  assertEquals(medianRatio(halves, "p99Ms", "a", "b"), NaN, "no whole answer, no latency");
  const apart = [sample("a", 0, 1), sample("b", 1, 1)];
  assertEquals(medianRatio(apart, "rate", "a", "b"), NaN, "no round in common");
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

Deno.test("parseLoad() reads the line that the script makes wrk print", () => {
  const noise = "Running 1s test @ http://127.0.0.1:1/\n  2228 requests in 1.10s, 0.86MB read\n";
  const result = "bench-result 2228 1100056 904723 911 1850 0 0 0 0 0\n";
  assertEquals(parseLoad(noise + result), {
    requests: 2228,
    seconds: 1.100056,
    bytes: 904723,
    p50Ms: 0.911,
    p99Ms: 1.85,
    errors: "",
  });
  const none = parseLoad("bench-result 0 1000000 5000 0 0 0 0 0 0 0\n");
  assertEquals([none.p99Ms, none.errors], [NaN, ""], "a large file that was not whole in time");
  const broken = "bench-result 10 1000000 100 1 1 1 2 3 4 5\n";
  assertEquals(
    parseLoad(broken).errors,
    "connect error × 1, read error × 2, write error × 3, timeout × 4, status of 400 or above × 5",
  );
});

Deno.test("parseLoad() refuses output without a result", () => {
  for (const output of ["", "unable to connect to 127.0.0.1:1", "bench-result 1 2 x"]) {
    let message = "";
    try {
      parseLoad(output);
    } catch (error) {
      message = String(error);
    }
    assertStringIncludes(message, "wrk printed no result", output);
  }
});

Deno.test("loadScript() enters Lua per request for many paths only", () => {
  const one = loadScript(["/1k.png"], false);
  assertStringIncludes(one, 'wrk.path = "/1k.png"');
  assert(!one.includes("function request()"), "a constant request needs no Lua");
  assertStringIncludes(one, 'wrk.headers["Connection"] = "keep-alive"');
  assertStringIncludes(one, 'wrk.headers["sec-ch-ua-platform"] = "\\"Linux\\""', "quotes escaped");
  const many = loadScript(["/a.png", "/b.png"], true);
  assertStringIncludes(many, "function request()");
  assertStringIncludes(many, 'wrk.headers["Connection"] = "close"');
});

Deno.test("answerError() accepts the file and nothing else", () => {
  const content = new TextEncoder().encode("hello");
  const file = { path: "/a.png", size: 5, digest: digestOf(content) };
  const ok = "HTTP/1.1 200 OK\r\nContent-Length: 5";
  assertEquals(answerError({ head: ok, content }, file), "");
  const CASES = [
    // head, content, part of the error, why
    ["HTTP/1.1 404 Not Found\r\nContent-Length: 5", "hello", "404", "another status"],
    [`${ok}\r\nContent-Encoding: gzip`, "hello", "gzip", "a coding makes rates incomparable"],
    [`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked`, "hello", "chunked", "the same of framing"],
    [ok, "hell", "4 bytes instead of 5", "cut short"],
    ["HTTP/1.1 200 OK\r\ncontent-length: 4", "hello", "Content-Length 4", "a length that lies"],
    [ok, "jello", "other bytes", "right length, wrong bytes"],
  ] as const;
  for (const [head, text, part, why] of CASES) {
    assertStringIncludes(
      answerError({ head, content: new TextEncoder().encode(text) }, file),
      part,
      why,
    );
  }
});

Deno.test("parseCores() reads the kernel's list of cores", () => {
  assertEquals(parseCores("0-2,5"), [0, 1, 2, 5]);
  assertEquals(parseCores("3"), [3]);
  assertEquals(parseCores(""), []);
});

const KNOWN = { cases: ["1k", "log"], peers: ["nginx", "caddy"] };

Deno.test("parseOptions() has defaults, and takes what --help names", () => {
  const empty = parseOptions([], KNOWN);
  assert(empty.kind === "run");
  assertEquals([empty.options.rounds, empty.options.seconds, empty.options.json], [3, 4, ""]);
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

function resultsOf(samples: readonly Sample[], resident = 100e6): Results {
  const facts = { version: "1", setup: "plain", logOf: "", fresh: true };
  return {
    machine: "a machine",
    rounds: 1,
    seconds: 1,
    servers: [{ name: "vitrine", ...facts }, { name: "nginx", ...facts, fresh: false }],
    skipped: [{ name: "caddy", reason: "caddy is not installed" }],
    cases: [{ id: "100k", title: "100 KiB hot", unit: "requests/s", samples }],
    worn: [{ server: "vitrine", resident, peak: resident }],
    starts: [],
    idle: [],
  };
}

Deno.test("judge() meets, misses and leaves open", () => {
  const verdictOf = (results: Results, part: string) =>
    judge(results).find(({ bar }) => bar.includes(part));
  const RATE = "100 KiB hot: vitrine ≥ 1.2";
  const TAIL = "100 KiB hot: p99";
  const even = resultsOf([sample("vitrine", 0, 120), sample("nginx", 0, 100)]);
  assertEquals(verdictOf(even, RATE)?.met, true, "at the bar is met");
  assertEquals(verdictOf(even, TAIL)?.met, true, "no worse is met");
  const slow = resultsOf([sample("vitrine", 0, 119.9, { p99Ms: 2.1 }), sample("nginx", 0, 100)]);
  assertEquals(verdictOf(slow, RATE)?.met, false, "judged before rounding");
  assertEquals(verdictOf(slow, TAIL)?.met, false);
  assertEquals(verdictOf(slow, "open_file_cache"), undefined);
  assertEquals(verdictOf(slow, "deno-std")?.met, null, "a case that did not run is left open");

  const faulty = resultsOf([
    sample("vitrine", 0, 500, { problem: "read error × 1" }),
    sample("nginx", 0, 100),
  ]);
  assertEquals(verdictOf(faulty, RATE)?.met, false, "a fast server with errors is not fast");
  assertStringIncludes(verdictOf(faulty, RATE)?.measured ?? "", "read error × 1");
  assertEquals(verdictOf(resultsOf([], 187.0e6), "resident")?.met, true);
  assertEquals(verdictOf(resultsOf([], 187.2e6), "resident")?.met, false);
  assertStringIncludes(renderBars(judge(slow)), "| **not met** |");
});

Deno.test("renderResults() shows each server, its problems, and who is missing", () => {
  const text = renderResults(resultsOf([
    sample("vitrine", 0, 90_000),
    sample("nginx", 0, 45_000, { problem: "timeout × 2" }),
  ]));
  assertStringIncludes(
    text,
    "| nginx | 45,000 | 45,000 to 45,000 | 2.00 | 1.00 | 2.00 | 100 % | 50 % |",
  );
  assertStringIncludes(text, "timeout × 2");
  assert(!text.includes("disturbed"), "a tenth of a core is no disturbance");
  const disturbed = renderResults(resultsOf([sample("vitrine", 0, 1, { othersCpu: 1.5 })]));
  assertStringIncludes(disturbed, "1 of 1 turns were disturbed: other processes used up to 150 %");
  assertStringIncludes(text, "Left out: caddy (caddy is not installed).");
  assertEquals(problemsOf([sample("a", 0, 1), sample("a", 1, 1)]), "none");
});
