/** Trace files that are broken, each in a way of its own: one sentence says how, and nothing else happens. */

import { assert, assertEquals } from "@std/assert";
import { parseTraceFile } from "../../lib/xray/page/trace_file.js";
import { withXray } from "./testing.ts";

/** A good file, made of a real trace. */
async function goodFile() {
  let requests: unknown[] = [];
  await withXray({ "a.txt": "hello" }, async ({ exchange, details }) => {
    await exchange("GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await exchange("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    requests = await details();
  });
  const lanes = [{ number: 1, peer: "a:1", openMs: 1, closeMs: 2, skipped: 0 }];
  return {
    format: "vitrine-xray-trace",
    version: 1,
    savedAt: "",
    root: "",
    lanes,
    seconds: [],
    requests,
  };
}

type File = Awaited<ReturnType<typeof goodFile>>;

const GOOD = await goodFile();

/** The file with its first request changed. */
function withRequest(change: Record<string, unknown>): File {
  const [first, ...rest] = GOOD.requests as Record<string, unknown>[];
  return { ...GOOD, requests: [{ ...first, ...change }, ...rest] };
}

const text = JSON.stringify(GOOD);

const BROKEN = [
  // text, sentence, why
  ["", "it is no trace of Vitrine, as it is no JSON", "empty"],
  ["<!DOCTYPE html>", "it is no trace of Vitrine, as it is no JSON", "a page"],
  [text.slice(0, -200), "it ends in the middle", "a download that broke off"],
  ["null", "it is no trace of Vitrine", "JSON of nothing"],
  ["[]", "it is no trace of Vitrine", "another JSON"],
  [`{"log":{"entries":[]}}`, "it is no trace of Vitrine", "a HAR file"],
  [JSON.stringify({ ...GOOD, version: 2 }), "another version of Vitrine has written it", "newer"],
  [JSON.stringify({ ...GOOD, requests: {} }), "it has no list of requests", "an object"],
  [JSON.stringify({ ...GOOD, requests: [null] }), "request 1 has no good value", "a null"],
  [JSON.stringify({ ...GOOD, lanes: 5 }), "its list of lanes is none", "a number"],
  [JSON.stringify({ ...GOOD, lanes: [{}] }), "lane 1 has no good number", "an empty lane"],
  [JSON.stringify({ ...GOOD, seconds: [{}] }), "second 1 has no good atMs", "an empty second"],
  [JSON.stringify(withRequest({ id: "1" })), "request 1 has no good id", "text for a number"],
  [JSON.stringify(withRequest({ steps: [1, 2] })), "request 1 has no good steps", "not in threes"],
  [
    JSON.stringify(withRequest({ steps: [9, 1, 2] })),
    "request 1 has no good steps",
    "no such step",
  ],
  [JSON.stringify(withRequest({ head: "***" })), "request 1 has no good head", "no base64"],
  [
    JSON.stringify(withRequest({ parts: [{ start: 0, end: 99_999, kind: "name" }] })),
    "request 1 has no good parts",
    "outside of the bytes",
  ],
  [JSON.stringify(withRequest({ reason: "x" })), "request 1 has no good reason", "no reason"],
] as const;

Deno.test("parseTraceFile() reads what the page has saved", () => {
  assertEquals(parseTraceFile("a.json", text), JSON.parse(text));
});

for (const [broken, sentence, why] of BROKEN) {
  Deno.test(`parseTraceFile() says in one sentence that ${sentence}: ${why}`, () => {
    let message = "";
    try {
      parseTraceFile("a.json", broken);
    } catch (error) {
      assert(error instanceof Error);
      message = error.message;
    }
    assertEquals(message, `Cannot open a.json: ${sentence}.`);
  });
}
