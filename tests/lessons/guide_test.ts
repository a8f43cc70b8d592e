/** The chapters for teachers say of each lesson what the lesson itself says. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LESSONS } from "../../lib/lessons/lessons.ts";

/** A chapter as text, with single spaces. */
function chapter(name: string): string {
  const url = new URL(`../../static/guide/${name}`, import.meta.url);
  return plain(
    Deno.readTextFileSync(url).replace(/<\/?[a-z][^>]*>/g, "").replaceAll("&lt;", "<")
      .replaceAll("&amp;", "&"),
  );
}

function plain(text: string): string {
  return text.replace(/\s+/g, " ");
}

Deno.test("the chapter on teaching has time, goal, mistakes, projection and every question", () => {
  const text = chapter("teaching.html");
  for (const { number, title, minutes, goal, teacher, steps } of LESSONS) {
    for (
      const words of [
        `${number}. ${title}`,
        `${minutes} minutes. ${goal}`,
        teacher.mistakes,
        teacher.project,
      ]
    ) assertStringIncludes(text, plain(words));
    for (const { kind, text: { task } } of steps) {
      if (kind === "question") assertStringIncludes(text, plain(task));
    }
  }
  assert(!text.includes("undefined"), "each question has its answer");
  const total = LESSONS.reduce((sum, { minutes }) => sum + minutes, 0);
  assertStringIncludes(text, `The fourteen take ${total} minutes`);
  assertEquals(LESSONS.length, 14);
});

Deno.test("there is a worksheet for each lesson, with all of its tasks", () => {
  const text = chapter("worksheets.html");
  for (const { title, goal, steps } of LESSONS) {
    for (const words of [title, goal, ...steps.map((step) => step.text.task)]) {
      assertStringIncludes(text, plain(words));
    }
  }
});
