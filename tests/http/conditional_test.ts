import { assertEquals } from "@std/assert";
import { evaluatePreconditions, rangeApplies } from "../../lib/http/conditional.ts";

const TAG = '"v2"';
const CHANGED_MS = Date.UTC(1994, 10, 6, 8, 49, 37) + 250; // the wire shows 37 s, the disk 37.25 s
const NOW_MS = Date.UTC(2026, 5, 15);
const SELECTED = { entityTag: TAG, lastModifiedMs: CHANGED_MS };

const BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT";
const SAME = "Sun, 06 Nov 1994 08:49:37 GMT";
const AFTER = "Sun, 06 Nov 1994 08:49:38 GMT";

type FieldLines = Readonly<Record<string, string>>;

function requestOf(method: string, fieldLines: FieldLines) {
  return { method, fields: { get: (name: string) => fieldLines[name] ?? null } };
}

const CONDITIONS: readonly (readonly [string, FieldLines, string, string])[] = [
  // method, field lines, 200 or status and rule, why
  ["GET", {}, "200", "no conditions"],

  ["GET", { "if-match": TAG }, "200", "§13.1.1 it is the one"],
  ["GET", { "if-match": `"v1", ${TAG}` }, "200", "§13.1.1 it is one of the list"],
  ["GET", { "if-match": "*" }, "200", "§13.1.1 there is a file"],
  ["GET", { "if-match": '"v1"' }, "412 §13.1.1", "another state is meant"],
  ["HEAD", { "if-match": '"v1"' }, "412 §13.1.1", "HEAD is GET without content"],
  ["GET", { "if-match": `W/${TAG}` }, "412 §13.1.1", "strong comparison: weak tags never match"],
  ["GET", { "if-match": "v2" }, "412 §13.1.1", "malformed: names nothing"],
  ["GET", { "if-match": "" }, "412 §13.1.1", "an empty list names nothing"],

  ["GET", { "if-unmodified-since": SAME }, "200", "§13.1.4 compared in whole seconds"],
  ["GET", { "if-unmodified-since": AFTER }, "200", "§13.1.4 unmodified since"],
  ["GET", { "if-unmodified-since": BEFORE }, "412 §13.1.4", "modified since"],
  ["PUT", { "if-unmodified-since": BEFORE }, "412 §13.1.4", "not only for reading"],
  ["GET", { "if-unmodified-since": "yesterday" }, "200", "§13.1.4 no date: MUST be ignored"],
  ["GET", { "if-unmodified-since": `${BEFORE}, ${BEFORE}` }, "200", "§13.1.4 a list is no date"],
  ["GET", { "if-match": TAG, "if-unmodified-since": BEFORE }, "200", "§13.2.2 If-Match decides"],
  ["GET", { "if-match": '"v1"', "if-unmodified-since": AFTER }, "412 §13.1.1", "If-Match decides"],
  ["GET", { "if-match": "v2", "if-unmodified-since": AFTER }, "412 §13.1.1", "malformed too"],

  ["GET", { "if-none-match": TAG }, "304 §13.1.2", "the peer has it"],
  ["HEAD", { "if-none-match": TAG }, "304 §13.1.2", "HEAD is GET without content"],
  ["GET", { "if-none-match": `W/${TAG}` }, "304 §13.1.2", "weak comparison: proxies weaken tags"],
  ["GET", { "if-none-match": `"v1", ${TAG}` }, "304 §13.1.2", "the peer has several"],
  ["GET", { "if-none-match": "*" }, "304 §13.1.2", "any, and there is one"],
  ["PUT", { "if-none-match": "*" }, "412 §13.1.2", "a write that wants there to be none"],
  ["GET", { "if-none-match": '"v1"' }, "200", "§13.1.2 the peer has another one"],
  ["GET", { "if-none-match": '"v2' }, "200", "malformed: sending is never wrong"],
  ["GET", { "if-none-match": `${TAG}, v1` }, "200", "malformed in part: the same"],
  ["GET", { "if-none-match": `*, ${TAG}` }, "200", "two field lines that make no list"],

  ["GET", { "if-modified-since": SAME }, "304 §13.1.3", "compared in whole seconds"],
  ["GET", { "if-modified-since": AFTER }, "304 §13.1.3", "not modified since"],
  ["HEAD", { "if-modified-since": SAME }, "304 §13.1.3", "HEAD is GET without content"],
  ["GET", { "if-modified-since": "Sunday, 06-Nov-94 08:49:37 GMT" }, "304 §13.1.3", "old formats"],
  ["GET", { "if-modified-since": BEFORE }, "200", "§13.1.3 modified since"],
  ["POST", { "if-modified-since": SAME }, "200", "§13.1.3 only GET and HEAD"],
  ["GET", { "if-modified-since": "0" }, "200", "§13.1.3 no date: MUST be ignored"],
  ["GET", { "if-none-match": '"v1"', "if-modified-since": SAME }, "200", "§13.1.3 tag decides"],
  ["GET", { "if-none-match": TAG, "if-modified-since": BEFORE }, "304 §13.1.2", "tag decides"],
  ["GET", { "if-none-match": "v1", "if-modified-since": SAME }, "200", "malformed too"],

  ["GET", { "if-match": TAG, "if-none-match": TAG }, "304 §13.1.2", "§13.2.2 both are asked"],
  ["GET", { "if-match": '"v1"', "if-none-match": TAG }, "412 §13.1.1", "If-Match comes first"],
  ["GET", { "if-unmodified-since": SAME, "if-modified-since": SAME }, "304 §13.1.3", "both asked"],
  ["GET", { "if-unmodified-since": BEFORE, "if-none-match": TAG }, "412 §13.1.4", "the first wins"],

  ["OPTIONS", { "if-match": '"v1"' }, "200", "§13.2.1 selects no representation"],
  ["OPTIONS", { "if-none-match": "*" }, "200", "§13.2.1 selects no representation"],
  ["TRACE", { "if-none-match": "*" }, "200", "§13.2.1 selects no representation"],
  ["CONNECT", { "if-none-match": "*" }, "200", "§13.2.1 selects no representation"],
];

for (const [method, fieldLines, expected, why] of CONDITIONS) {
  const name = `${method} ${JSON.stringify(fieldLines)}`;
  Deno.test(`evaluatePreconditions() answers ${name} with ${expected}: ${why}`, () => {
    const verdict = evaluatePreconditions(requestOf(method, fieldLines), SELECTED, NOW_MS);
    const statusCode = { proceed: "200", notModified: "304", preconditionFailed: "412" };
    const rule = verdict.outcome === "proceed" ? "" : verdict.rule.replace("RFC 9110", "");
    assertEquals(statusCode[verdict.outcome] + rule, expected);
  });
}

Deno.test("evaluatePreconditions() never matches a tag that is none", () => {
  const selected = { entityTag: "v2", lastModifiedMs: CHANGED_MS };
  const request = requestOf("GET", { "if-none-match": TAG });
  assertEquals(evaluatePreconditions(request, selected, NOW_MS), { outcome: "proceed" });
});

const RANGE = "bytes=0-4";

const IF_RANGE: readonly (readonly [string, FieldLines, number, boolean, string])[] = [
  // method, field lines, present, expected, why
  ["GET", { range: RANGE }, NOW_MS, true, "no condition"],
  ["GET", {}, NOW_MS, false, "no range"],
  ["GET", { "if-range": TAG }, NOW_MS, false, "§13.1.5 nothing without Range"],
  ["HEAD", { range: RANGE }, NOW_MS, false, "§14.2 defined for GET alone"],
  ["POST", { range: RANGE }, NOW_MS, false, "§14.2 defined for GET alone"],
  ["GET", { range: RANGE, "if-range": TAG }, NOW_MS, true, "§13.1.5 the same state"],
  ["GET", { range: RANGE, "if-range": '"v1"' }, NOW_MS, false, "§13.1.5 another state"],
  ["GET", { range: RANGE, "if-range": `W/${TAG}` }, NOW_MS, false, "a weak tag never matches"],
  ["GET", { range: RANGE, "if-range": `${TAG}, "v1"` }, NOW_MS, false, "a list is no tag"],
  ["GET", { range: RANGE, "if-range": "*" }, NOW_MS, false, "any is no tag"],
  ["GET", { range: RANGE, "if-range": SAME }, NOW_MS, true, "§13.1.5 the very date"],
  ["GET", { range: RANGE, "if-range": AFTER }, NOW_MS, false, "a later date is no exact match"],
  ["GET", { range: RANGE, "if-range": BEFORE }, NOW_MS, false, "an earlier one neither"],
  ["GET", { range: RANGE, "if-range": "soon" }, NOW_MS, false, "neither tag nor date"],
  ["GET", { range: RANGE, "if-range": "" }, NOW_MS, false, "empty: neither tag nor date"],
  ["GET", { range: RANGE, "if-range": SAME }, CHANGED_MS + 700, false, "§8.8.2.2 second runs"],
  ["GET", { range: RANGE, "if-range": SAME }, CHANGED_MS + 750, true, "twin: it is over"],
  ["GET", { range: RANGE, "if-range": TAG }, CHANGED_MS + 700, true, "tags have no such limit"],
];

for (const [method, fieldLines, nowMs, expected, why] of IF_RANGE) {
  Deno.test(`rangeApplies() of ${method} ${JSON.stringify(fieldLines)} is ${expected}: ${why}`, () => {
    assertEquals(rangeApplies(requestOf(method, fieldLines), SELECTED, nowMs), expected);
  });
}

Deno.test("rangeApplies() never matches a tag that is weak itself, or none", () => {
  const request = requestOf("GET", { range: RANGE, "if-range": TAG });
  for (const entityTag of [`W/${TAG}`, "v2"]) {
    assertEquals(rangeApplies(request, { ...SELECTED, entityTag }, NOW_MS), false);
  }
});
