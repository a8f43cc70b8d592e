/** What is asked of a server and what has to come back: scripts, output of wrk and ab, answers, who takes part. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { gzipSync } from "node:zlib";
import { answerError, fieldsFor, splitAnswer } from "./answers.ts";
import { LOADS } from "./cases.ts";
import { loadScript, parseAb, parseLoad } from "./load.ts";
import { parseOptions } from "./options.ts";
import { digestOf, LISTED_FILES, listedName } from "./site.ts";
import { takesPart, variantsOf } from "./turns.ts";

Deno.test("parseLoad() reads the line that the script makes wrk print", () => {
  const noise = "Running 1s test @ http://127.0.0.1:1/\n  2228 requests in 1.10s, 0.86MB read\n";
  const result = "bench-result 2228 1100056 904723 911 1850 2700 0 0 0 0 0\n";
  assertEquals(parseLoad(noise + result), {
    requests: 2228,
    seconds: 1.100056,
    bytes: 904723,
    p50Ms: 0.911,
    p99Ms: 1.85,
    maxMs: 2.7,
    refused: 0,
    errors: "",
  });
  const none = parseLoad("bench-result 0 1000000 5000 0 0 0 0 0 0 0 0\n");
  assertEquals([none.p99Ms, none.errors], [NaN, ""], "a large file that was not whole in time");
  const broken = parseLoad("bench-result 10 1000000 100 1 1 1 1 2 3 4 5\n");
  assertEquals(
    broken.errors,
    "connect error × 1, read error × 2, write error × 3, timeout × 4",
  );
  assertEquals(broken.refused, 5, "a status of 400 may be what is wanted");
});

Deno.test("parseAb() reads what ab prints, and its table of percentiles", () => {
  const output = `
Time taken for tests:   2.001 seconds
Complete requests:      588
Failed requests:        0
Total transferred:      727944 bytes
Requests per second:    293.85 [#/sec] (mean)
`;
  const table = "Percentage served,Time in ms\n0,1.2\n50,20.5\n99,80.125\n100,91.7\n";
  assertEquals(parseAb(output, table), {
    requests: 588,
    seconds: 2.001,
    bytes: 727944,
    p50Ms: 20.5,
    p99Ms: 80.125,
    maxMs: 91.7,
    refused: 0,
    errors: "",
  });
  const failed = parseAb(
    output.replace(
      "Failed requests:        0",
      "Failed requests:        7\nNon-2xx responses:      9",
    ),
    table,
  );
  assertEquals([failed.errors, failed.refused], ["failed request × 7", 9]);
  let message = "";
  try {
    parseAb("apr_socket_recv: Connection refused (111)", "");
  } catch (error) {
    message = String(error);
  }
  assertStringIncludes(message, "ab printed no result: apr_socket_recv");
});

Deno.test("parseLoad() refuses output without a result", () => {
  for (
    const output of [
      "",
      "unable to connect to 127.0.0.1:1",
      "bench-result 1 2 x",
      "bench-result 1 2 3 4 5 6 7 8 9 0",
    ]
  ) {
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
  const one = loadScript({ paths: ["/1k.png"] });
  assertStringIncludes(one, 'wrk.path = "/1k.png"');
  assert(!one.includes("function request()"), "a constant request needs no Lua");
  assert(!one.includes("function delay()"), "nor one without a rest");
  assertStringIncludes(one, 'wrk.headers["Connection"] = "keep-alive"');
  assertStringIncludes(one, 'wrk.headers["sec-ch-ua-platform"] = "\\"Linux\\""', "quotes escaped");
  const many = loadScript({ paths: ["/a.png", "/b.png"], closing: true });
  assertStringIncludes(many, "function request()");
  assertStringIncludes(many, 'wrk.headers["Connection"] = "close"');
  assert(!many.includes("wrk.thread:stop()"));
  assertStringIncludes(loadScript({ paths: ["/a", "/b"], once: true }), "wrk.thread:stop()");
  assertStringIncludes(loadScript({ paths: ["/q"], restMs: 10 }), "function delay() return 10 end");
  const gzip = loadScript({ paths: ["/a"], fields: [["Accept-Encoding", "gzip"]] });
  assertEquals(gzip.match(/Accept-Encoding.*/g), ['Accept-Encoding"] = "gzip"'], "replaced");
});

Deno.test("answerError() accepts the file and nothing else", () => {
  const content = new TextEncoder().encode("hello");
  const file = { path: "/a.png", size: 5, digest: digestOf(content) };
  const ok = "HTTP/1.1 200 OK\r\nContent-Length: 5";
  assertEquals(answerError({ head: ok, content, length: 0 }, file), "");
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
      answerError({ head, content: new TextEncoder().encode(text), length: 0 }, file),
      part,
      why,
    );
  }
});

Deno.test("answerError() knows what each kind of answer must be", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const file = { path: "/a", size: 100_000_000, digest: "" };
  const slice = new Uint8Array(65_536);
  const part = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 50000000-50065535/100000000";
  const page = { path: "/p", size: 5, digest: digestOf(bytes("hello")) };
  const coded = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip";
  const names = Array.from({ length: LISTED_FILES }, (_, i) => listedName(i));
  const CASES = [
    // kind, head, content, part of the error ("" for none)
    ["absent", "HTTP/1.1 404 Not Found", bytes("x"), file, ""],
    ["absent", "HTTP/1.1 200 OK", bytes("x"), file, "200 OK"],
    ["unchanged", "HTTP/1.1 304 Not Modified", bytes(""), file, ""],
    ["unchanged", "HTTP/1.1 200 OK", bytes(""), file, "200 OK"],
    ["range", part, slice, file, ""],
    ["range", part.replace("50065535", "50065536"), slice, file, "Content-Range"],
    ["range", part, slice.subarray(1), file, "65535 bytes instead of 65536"],
    ["range", "HTTP/1.1 200 OK", slice, file, "200 OK"],
    ["gzip", coded, new Uint8Array(gzipSync(bytes("hello"))), page, ""],
    ["gzip", "HTTP/1.1 200 OK", bytes("hello"), page, "not sent as gzip"],
    ["gzip", coded, new Uint8Array(gzipSync(bytes("hallo"))), page, "other bytes"],
    ["listing", "HTTP/1.1 200 OK", bytes(names.join(" ")), file, ""],
    ["listing", "HTTP/1.1 200 OK", bytes(names.slice(1).join(" ")), file, listedName(0)],
    ["listing", "HTTP/1.1 403 Forbidden", bytes(names.join(" ")), file, "403"],
  ] as const;
  for (const [kind, head, content, of, part] of CASES) {
    const error = answerError({ head, content, length: 0 }, of, kind);
    if (part === "") assertEquals(error, "", kind);
    else assertStringIncludes(error, part, kind);
  }
});

Deno.test("splitAnswer() takes chunks out of their framing", () => {
  const answer = (text: string) => splitAnswer(new TextEncoder().encode(text), "/");
  const framed =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n2;x=y\r\nef\r\n0\r\n\r\n";
  assertEquals(new TextDecoder().decode(answer(framed).content), "abcdef");
  assertEquals(answer(framed).length, framed.length);
  const plain = answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
  assertEquals([plain.head.split("\r\n").length, plain.content.length], [2, 3]);
});

Deno.test("fieldsFor() asks again with what the server said", () => {
  const head =
    'HTTP/1.1 200 OK\r\nETag: "x"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nA: b';
  assertEquals(fieldsFor("unchanged", { head, content: new Uint8Array(), length: 0 }), [
    ["If-None-Match", '"x"'],
    ["If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT"],
  ]);
  assertEquals(fieldsFor("whole", null), []);
});

Deno.test("LOADS keeps the cases of a variant together, so that each server starts once", () => {
  const order = LOADS.map(({ variant }) => variant).filter((one, i, all) => one !== all[i - 1]);
  assertEquals(order.length, new Set(order).size, order.join());
  assertEquals(new Set(LOADS.map(({ id }) => id)).size, LOADS.length);
  assertEquals(
    LOADS.flatMap(variantsOf).lastIndexOf("plain"),
    LOADS.findIndex(({ id }) => id === "log"),
  );
});

Deno.test("takesPart() lets those of passing interest in where they are named, and where all are", () => {
  const [first, ...others] = LOADS;
  const sirv = {
    name: "sirv",
    version: "",
    setup: "",
    variants: ["plain"] as const,
    command: () => Promise.resolve([]),
  };
  const parsed = parseOptions(["--peers=caddy"], {
    cases: [],
    peers: ["caddy", "sirv"],
    lastMain: "",
  });
  assert(parsed.kind === "run");
  const { options } = parsed;
  assert(takesPart(sirv, first, options));
  assert(!others.some((one) => takesPart(sirv, one, options)));
  const named = { ...options, peers: ["sirv"] };
  assertEquals(
    LOADS.filter((one) => takesPart(sirv, one, named)),
    LOADS.filter(({ variant }) => variant === "plain"),
  );
  assert(
    LOADS.filter(({ variant }) => variant === "plain").every((one) =>
      takesPart({ ...sirv, name: "nginx" }, one, options)
    ),
  );
});
