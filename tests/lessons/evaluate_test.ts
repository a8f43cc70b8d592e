/** How a lesson is run: what ticks a step, what does not, and that its evidence alone ticks it again. */

import { assert, assertEquals } from "@std/assert";
import { evaluate, numbersIn } from "../../lib/lessons/evaluate.ts";
import { GLOSSARY } from "../../lib/lessons/glossary.ts";
import { type Language, LANGUAGES, LESSONS, textOf } from "../../lib/lessons/lessons.ts";
import type { Lesson, StepText } from "../../lib/lessons/lesson.ts";
import { get, OK, seenOf } from "./testing.ts";

const [LESSON] = LESSONS;

/** Names of the steps in each state. */
function statesOf(...args: Parameters<typeof evaluate>): Record<string, string> {
  return Object.fromEntries(evaluate(...args).map(({ name, state }) => [name, state]));
}

Deno.test("evaluate() ticks nothing by itself, in any lesson", () => {
  for (const lesson of LESSONS) {
    for (const { state, evidence } of evaluate(lesson, [], {})) {
      assert(state !== "done", `${lesson.number}`);
      assertEquals(evidence, []);
    }
    // Answers alone do not either: each answer waits for the request that it is about.
    const answers = Object.fromEntries(lesson.steps.map(({ name }) => [name, "1"]));
    const done = evaluate(lesson, [], answers).filter(({ state }) => state === "done");
    const guesses = lesson.steps.findIndex(({ kind }) => kind !== "prediction");
    assertEquals(done.length, guesses, `lesson ${lesson.number}`);
  }
});

Deno.test("evaluate() wants the steps in their order", () => {
  const request = get("/a.txt", "User-Agent: x");
  const seen = seenOf({ request });
  assertEquals(statesOf(LESSON, seen, {}), {
    get: "done",
    headBytes: "open",
    contentBytes: "locked",
    byHand: "locked",
    head: "locked",
    headLength: "locked",
  });
  const answers = { contentBytes: "5" };
  assertEquals(statesOf(LESSON, seen, answers).contentBytes, "locked", "an answer too early");
  assertEquals(statesOf(LESSON, seen, { headBytes: "1" }).headBytes, "wrong");
  const right = { headBytes: `${request.length} bytes`, contentBytes: "5" };
  assertEquals(statesOf(LESSON, seen, right).byHand, "open");
});

Deno.test("evaluate() counts no request for two steps, and none that came before", () => {
  // As short as HTTP/1.1 allows, so it would do for the fourth step as well as for the first.
  const short = { request: get("/a.txt") };
  const answers = { headBytes: String(short.request.length), contentBytes: "5" };
  assertEquals(statesOf(LESSON, seenOf(short), answers).byHand, "open");
  assertEquals(statesOf(LESSON, seenOf(short, short), answers).byHand, "done");
});

Deno.test("evaluate() is not undone by what comes later", () => {
  const before = { request: get("/a.txt", "User-Agent: x") };
  const answers = { headBytes: String(before.request.length) };
  const later = seenOf(before, { request: get("/b.txt") }, {
    request: "BAD\r\n\r\n",
    response: "",
  });
  assertEquals(statesOf(LESSON, later, answers).headBytes, "done");
});

Deno.test("evaluate() takes a name such as constructor for no answer", () => {
  const lesson: Lesson = {
    ...LESSON,
    steps: [{ ...LESSON.steps[1], name: "constructor", kind: "prediction" }],
  };
  assertEquals(evaluate(lesson, [], {})[0].state, "open");
});

const NUMBERS = [
  // answer, readings, why
  ["1234", [1234], "plain"],
  ["1,234 bytes", [1234, 1.234], "English thousands, or a German fraction"],
  ["1.234", [1234, 1.234], "German thousands, or an English fraction"],
  ["0.9 s", [0.9], "a fraction"],
  ["0,9 s", [0.9], "a German one"],
  ["0.900", [0.9], "no thousands begin with 0"],
  ["12 345", [12345], "spaces"],
  ["1,234,567", [1234567], "no fraction has two commas"],
  ["about 7.", [7], "the end of a sentence"],
  ["many", [], "no number"],
  ["1 or 2", [], "two"],
  ["", [], "nothing"],
] as const;

for (const [answer, readings, why] of NUMBERS) {
  Deno.test(`numbersIn() reads ${JSON.stringify(answer)}: ${why}`, () => {
    assertEquals(numbersIn(answer), [...readings]);
  });
}

function placeholdersOf({ seen }: StepText): string[] {
  return [...seen.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
}

for (const language of Object.keys(LANGUAGES) as Language[]) {
  Deno.test(`the table of ${language} has every lesson, step and term, and names the same values`, () => {
    for (const lesson of LESSONS) {
      const { title, goal, steps } = textOf(lesson, language);
      assert(title !== "" && goal !== "");
      assertEquals(Object.keys(steps), lesson.steps.map(({ name }) => name), `${lesson.number}`);
      for (const { name, text } of lesson.steps) {
        const { task, hints, seen } = steps[name];
        for (const words of [task, ...hints, seen]) assert(words.length > 4, `${name}: ${words}`);
        assertEquals(hints.length, 2);
        assertEquals(placeholdersOf(steps[name]), placeholdersOf(text), `${lesson.number} ${name}`);
        if (language !== "en") assert(task !== text.task, `${name} is not translated`);
      }
    }
    assertEquals(Object.keys(GLOSSARY[language]), Object.keys(GLOSSARY.en));
  });
}

Deno.test("each lesson is well made: numbers, names, sections, and questions that follow their actions", () => {
  assertEquals(LESSONS.map(({ number }) => number), LESSONS.map((_, i) => i + 1));
  for (const { number, minutes, steps } of LESSONS) {
    assert(minutes >= 5 && minutes <= 15, `lesson ${number}`);
    assertEquals(new Set(steps.map(({ name }) => name)).size, steps.length);
    assert(steps.length >= 4, `lesson ${number}`);
    for (const { section } of steps) assert(/^RFC \d{4} §[\d.]+$/.test(section), section);
  }
  assert(seenOf({ request: get("/"), response: OK })[0].isGet(200));
});
