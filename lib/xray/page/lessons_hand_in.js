/** Handing in, and checking what was handed in: a file is made and read in the browser, the server judges it. */

import { post } from "./access.js";
import { download, el } from "./dom.js";
import { isStudent } from "./student.js";

/**
 * @typedef {import("./lessons_progress.js").Progress} Progress
 * @typedef {import("./lessons_words.js").Words} Words
 * @typedef {import("../../lessons/hand_in.ts").HandInVerdict} Verdict
 * @typedef {{ name: string, verdict: Verdict | null, requests: Set<string> }} Checked
 */

/** @param {Progress} progress @param {Words} words @returns {HTMLElement} */
export function handInView(progress, words) {
  const input = el("input", { id: "student", autocomplete: "name", value: progress.kept.student });
  input.addEventListener("change", () => {
    progress.kept.student = input.value;
    progress.keep();
  });
  const result = el("div", { class: "hand-in-result wide", "aria-live": "polite" });
  const chooser = el("input", { id: "hand-ins", type: "file", accept: ".json", multiple: true });
  chooser.addEventListener("change", async () => {
    const checked = await Promise.all([...chooser.files ?? []].map(check));
    result.replaceChildren(table(checked, words));
    chooser.value = "";
  });
  return el(
    "section",
    { class: "hand-in" },
    el("p", {}, el("label", { for: "student" }, words.yourName), input),
    el(
      "p",
      { class: "lesson-tools" },
      el(
        "button",
        { type: "button", id: "hand-in", onclick: () => handIn(progress, input.value) },
        words.handIn,
      ),
      isStudent ? null : el("label", { class: "button" }, words.checkFiles, chooser),
    ),
    result,
  );
}

/** @param {Progress} progress @param {string} student */
function handIn(progress, student) {
  progress.kept.student = student;
  const name = student.trim().replace(/[^\p{L}\p{N}]+/gu, "-") || "vitrine";
  download(progress.file(), `${name}-lessons.json`);
}

/** @param {File} file @returns {Promise<Checked>} */
async function check(file) {
  try {
    const value = JSON.parse(await file.text());
    const verdict = /** @type {Verdict} */ (await post("hand-in", value));
    // Two people never receive the same bytes at the same microsecond.
    const requests = new Set(
      value.requests.map((/** @type {Record<string, unknown>} */ request) =>
        `${request.startMs} ${request.endMs} ${request.head}`
      ),
    );
    return { name: file.name, verdict, requests: /** @type {Set<string>} */ (requests) };
  } catch {
    return { name: file.name, verdict: null, requests: new Set() };
  }
}

/** Student by lesson. @param {Checked[]} checked @param {Words} words @returns {HTMLElement} */
function table(checked, words) {
  const numbers = [
    ...new Set(
      checked.flatMap(({ verdict }) => verdict?.lessons.map(({ lesson }) => lesson) ?? []),
    ),
  ]
    .sort((a, b) => a - b);
  const heads = [words.student, ...numbers.map(String), words.verdict];
  const rows = checked.map((one) => {
    const { name, verdict } = one;
    if (verdict === null) {
      return el(
        "tr",
        {},
        el("td", { class: "bad", colspan: heads.length }, `${name} ${words.noHandIn}`),
      );
    }
    const cells = numbers.map((number) => {
      const lesson = verdict.lessons.find(({ lesson }) => lesson === number);
      return el(
        "td",
        { class: "number" },
        lesson === undefined ? "–" : `${lesson.confirmed.length}/${lesson.stepCount}`,
      );
    });
    const faults = faultsOf(one, checked, words);
    return el(
      "tr",
      {},
      el("td", {}, verdict.student || name),
      ...cells,
      el("td", { class: faults.length > 0 ? "bad" : null }, faults.join("; ") || words.honest),
    );
  });
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, ...rows),
  );
}

/** What is wrong with a hand-in, in words. @param {Checked} one @param {Checked[]} all @param {Words} words */
function faultsOf(one, all, words) {
  const faults = [];
  const unfounded = one.verdict?.lessons.filter((lesson) => lesson.unfounded.length > 0) ?? [];
  if (unfounded.length > 0) {
    faults.push(`${words.unfounded} ${unfounded.map(({ lesson }) => lesson).join(", ")}`);
  }
  const [first] = one.verdict?.contradictions ?? [];
  if (first !== undefined) faults.push(`${words.contradictions} ${first}`);
  const twins = all.filter((other) =>
    other !== one && [...one.requests].some((request) => other.requests.has(request))
  );
  if (twins.length > 0) {
    faults.push(
      `${words.copied} ${twins.map(({ verdict, name }) => verdict?.student || name).join(", ")}`,
    );
  }
  return faults;
}
