/** The checker: what it confirms, what it notices, and what it takes for no hand-in at all. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkHandIn, contradictionsIn, parseHandIn } from "../../lib/lessons/hand_in.ts";
import type { Traced } from "../../lib/lessons/seen.ts";
import { progressOf } from "../../lib/xray/course.ts";
import { withXray } from "../xray/testing.ts";
import { answer, get, type Made, seenOf } from "./testing.ts";

function traceOf(made: Partial<Made> = {}): Traced {
  return seenOf({ request: get("/a.txt"), ...made })[0].traced;
}

const CLAIM = { lesson: 1, done: ["get"], answers: {}, evidence: [1] };

Deno.test("checkHandIn() confirms what the bytes show", () => {
  const verdict = checkHandIn({ student: "Ada", requests: [traceOf()], claims: [CLAIM] });
  assertEquals(verdict, {
    student: "Ada",
    lessons: [{ lesson: 1, stepCount: 6, confirmed: ["get"], unfounded: [] }],
    contradictions: [],
    isHonest: true,
  });
});

const MADE_UP = [
  // what is claimed, what is unfounded of it, why
  [{ ...CLAIM, evidence: [] }, ["get"], "no evidence"],
  [{ ...CLAIM, evidence: [2] }, ["get"], "evidence that is not in the file"],
  [{ ...CLAIM, done: ["get", "headBytes"] }, ["headBytes"], "a question without an answer"],
  [{ ...CLAIM, done: ["get", "no such step"] }, ["no such step"], "a step that there is not"],
  [
    { ...CLAIM, done: ["get", "headBytes"], answers: { headBytes: "1" } },
    ["headBytes"],
    "a wrong answer",
  ],
  [{ ...CLAIM, done: ["get", "byHand"] }, ["byHand"], "one request for two steps"],
] as const;

for (const [claim, unfounded, why] of MADE_UP) {
  Deno.test(`checkHandIn() notices ${why}`, () => {
    const verdict = checkHandIn({ student: "", requests: [traceOf()], claims: [claim] });
    assertEquals(verdict.lessons[0].unfounded, [...unfounded]);
    assertEquals(verdict.isHonest, false);
  });
}

const CHANGED: readonly [change: Partial<Traced>, told: string][] = [
  [{ statusCode: 404 }, "its status is 404"],
  [{ method: "POST" }, "its bytes say GET /a.txt"],
  [{ requestTarget: "/b.txt" }, "its bytes say GET /a.txt"],
  [{ headBytes: 3 }, "its head is shorter"],
  [{ endMs: -1 }, "ended before it began"],
  [{ steps: [1, 5, 4] }, "run backwards"],
  [{ steps: [1, 0, 5, 2, 3, 6] }, "run backwards"],
  [{ contentBytes: 4 }, "not as long as the response"],
  [{ writes: [1, 6] }, "not as long as the response"],
  [{ response: btoa(answer(500)) }, "its status is 200"],
];

for (const [change, told] of CHANGED) {
  Deno.test(`contradictionsIn() sees ${JSON.stringify(change)}`, () => {
    assertEquals(contradictionsIn(traceOf()), []);
    assertStringIncludes(contradictionsIn({ ...traceOf(), ...change }).join(), told);
  });
}

Deno.test("contradictionsIn() has nothing against responses without content", () => {
  const length = "Content-Length: 5";
  for (
    const made of [
      { request: "HEAD / HTTP/1.1\r\n\r\n", response: answer(200, length), contentBytes: 0 },
      { response: answer(304, length), contentBytes: 0 },
      { response: answer(200, length), contentBytes: 2, complete: false },
      { request: "x\r\n\r\n", method: "", requestTarget: "", response: "", statusCode: 0 },
    ]
  ) assertEquals(contradictionsIn(traceOf(made)), []);
});

const FILE = { handIn: { student: "Ada", claims: [CLAIM] }, requests: [traceOf()] };
const NO_HAND_INS: readonly [value: unknown, why: string][] = [
  [null, "nothing"],
  [[], "a list"],
  [{ requests: [] }, "an ordinary trace"],
  [{ ...FILE, requests: {} }, "requests that are no list"],
  [{ ...FILE, requests: [{ ...traceOf(), head: 1 }] }, "a head that is no text"],
  [{ ...FILE, requests: [{ ...traceOf(), steps: ["1"] }] }, "steps that are no numbers"],
  [{ ...FILE, handIn: { student: 1, claims: [] } }, "a name that is none"],
  [{ ...FILE, handIn: { student: "", claims: [{ ...CLAIM, answers: { a: 1 } }] } }, "answers"],
];

for (const [value, why] of NO_HAND_INS) {
  Deno.test(`parseHandIn() takes no ${why}`, () => assertEquals(parseHandIn(value), null));
}

Deno.test("parseHandIn() takes a hand-in, and bytes that are no base64 show nothing", () => {
  assertEquals(parseHandIn(FILE)?.student, "Ada");
  const broken = parseHandIn({ ...FILE, requests: [{ ...traceOf(), head: "%", response: "%" }] });
  assertEquals(broken && checkHandIn(broken).isHonest, false);
});

Deno.test("a student on another machine has only what came from there", async () => {
  await withXray({ "a.txt": "hello" }, async ({ recorder, exchange }) => {
    await exchange("GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const value = { lesson: 1, sinceRun: "r", sinceId: 0, answers: {}, evidence: [] };
    const first = (address: string, changed = {}) => {
      const states = progressOf(recorder, { ...value, ...changed }, { address, run: "r" });
      return (states as { state: string }[])[0].state;
    };
    assertEquals(first("127.0.0.1"), "done");
    assertEquals(first("192.0.2.7"), "open", "somebody else’s request");
    assertEquals(first("127.0.0.1", { sinceId: 1 }), "open", "before the lesson began");
    assertEquals(first("127.0.0.1", { sinceId: 1, sinceRun: "q" }), "done", "another run");
  });
});
