/**
 * Where a student is: kept in this browser, told by the server, which alone judges what was done. What was handed in is
 * judged by the same predicates, so what is written here proves nothing by itself.
 */

import { ask, post, refusalIn } from "./access.js";
import { isStudent } from "./student.js";

/**
 * @typedef {import("../course.ts").Evidence} Evidence
 * @typedef {import("./store.js").Store} Store
 * @typedef {{ name: string, state: "done" | "open" | "wrong" | "locked", values: Record<string, string | number>,
 *   evidence: Evidence[] }} StepState
 * @typedef {{ sinceRun: string, sinceId: number, answers: Record<string, string>, hints: Record<string, number>,
 *   states: StepState[] }} LessonProgress
 * @typedef {{ student: string, language: string, current: number, lessons: Record<string, LessonProgress> }} Kept
 */

const KEY = `vitrine-lessons ${location.pathname}`;

/** Where a student is in all lessons. Tells with an event `change`. */
export class Progress extends EventTarget {
  #store;
  /** @type {Kept} */
  kept = load();
  #isAsking = false;
  #isStale = false;
  #askedCount = -1;

  /** @param {Store} store */
  constructor(store) {
    super();
    this.#store = store;
    store.addEventListener("change", () => {
      const { report } = store;
      // Something ended, or the server is another one; where all is done, nothing is left to be asked.
      const states = this.of(this.kept.current)?.states;
      const isOpen = states !== undefined &&
        (states.length === 0 || states.some(({ state }) => state !== "done"));
      if (isOpen && report !== null && report.keptCount !== this.#askedCount) this.ask();
    });
  }

  /** @param {number} number @returns {LessonProgress | undefined} */
  of(number) {
    return this.kept.lessons[number];
  }

  /** Whether a lesson was begun, now or earlier. */
  get isUnderWay() {
    return Object.keys(this.kept.lessons).length > 0;
  }

  /** Makes a lesson the current one; the first time, only what comes from now on counts. @param {number} number */
  begin(number) {
    this.kept.current = number;
    if (this.of(number) === undefined) this.startOver(number);
    else this.ask();
  }

  /** @param {number} number */
  startOver(number) {
    const ids = [...this.#store.requests.values()].filter(({ endMs }) => endMs > 0).map(({ id }) =>
      id
    );
    this.kept.lessons[number] = {
      sinceRun: this.#store.report?.run ?? "",
      sinceId: Math.max(0, ...ids),
      answers: {},
      hints: {},
      states: [],
    };
    this.ask();
  }

  /** @param {string} name @param {string} text */
  answer(name, text) {
    const lesson = this.of(this.kept.current);
    if (lesson === undefined) return;
    lesson.answers[name] = text;
    this.ask();
  }

  /** @param {string} name */
  hint(name) {
    const lesson = this.of(this.kept.current);
    if (lesson !== undefined) lesson.hints[name] = (lesson.hints[name] ?? 0) + 1;
    this.keep();
  }

  /** Asks the server where the current lesson is; one question at a time. */
  async ask() {
    const { report, fileName } = this.#store;
    const { current } = this.kept;
    const lesson = this.of(current);
    if (lesson === undefined || report === null || fileName !== null) return this.keep();
    if (this.#isAsking) {
      this.#isStale = true;
      return;
    }
    this.#isAsking = true;
    this.#isStale = false;
    this.#askedCount = report.keptCount;
    if (lesson.sinceRun === "") lesson.sinceRun = report.run;
    try {
      const { sinceRun, sinceId, answers, states } = lesson;
      const evidence = evidenceIn(states);
      const wish = { lesson: current, sinceRun, sinceId, answers };
      lesson.states = /** @type {StepState[]} */ (
        isStudent ? await say(wish) : await post("progress", { ...wish, evidence })
      );
      this.keep();
    } catch {
      this.#askedCount = -1; // The server is away: asked again when it reports.
    }
    this.#isAsking = false;
    if (this.#isStale) this.ask();
  }

  /** Writes down what is known. */
  keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.kept));
    } catch {
      // No room or no storage: it lasts until the page is left.
    }
    this.dispatchEvent(new Event("change"));
  }

  /** The file to hand in: a trace file that can be opened here, and what it is to show. @returns {string} */
  file() {
    /** @type {Map<string, Evidence>} */
    const requests = new Map();
    /** @type {string[]} */
    const runs = [];
    const idOf = (/** @type {Evidence} */ evidence) => {
      if (!runs.includes(evidence.run)) runs.push(evidence.run);
      // Numbers begin anew with each run of a server; in the file each is of one request.
      const shift = runs.indexOf(evidence.run) * 100_000;
      const moved = {
        ...evidence,
        id: evidence.id + shift,
        connection: evidence.connection + shift,
      };
      requests.set(`${evidence.run}/${evidence.id}`, moved);
      return moved.id;
    };
    const claims = Object.entries(this.kept.lessons).map(([lesson, { answers, states }]) => ({
      lesson: Number(lesson),
      done: states.filter(({ state }) => state === "done").map(({ name }) => name),
      answers,
      evidence: evidenceIn(states).map(idOf),
    }));
    return JSON.stringify({
      format: "vitrine-xray-trace",
      version: 1,
      savedAt: new Date().toISOString(),
      root: "",
      lanes: lanesOf([...requests.values()]),
      seconds: [],
      handIn: { student: this.kept.student, claims },
      requests: [...requests.values()],
    });
  }
}

/**
 * At the site's own port content of requests is dropped, and the server has its own evidence: so what is said comes in a
 * field.
 *
 * @param {unknown} wish @returns {Promise<unknown>}
 */
async function say(wish) {
  const headers = { "Vitrine-Progress": encodeURIComponent(JSON.stringify(wish)) };
  const response = await ask("progress", { method: "POST", headers });
  if (!response.ok) throw new Error(await refusalIn(response));
  return await response.json();
}

/** The connections of some requests, as far as these tell; without addresses. @param {Evidence[]} requests */
function lanesOf(requests) {
  /** @type {Map<number, { number: number, peer: string, openMs: number, closeMs: number }>} */
  const lanes = new Map();
  for (const { connection: number, startMs, endMs, steps } of requests) {
    const firstMs = Math.min(startMs, steps[1] ?? startMs);
    const lane = lanes.get(number) ?? { number, peer: "", openMs: firstMs, closeMs: endMs };
    const [openMs, closeMs] = [Math.min(lane.openMs, firstMs), Math.max(lane.closeMs, endMs)];
    lanes.set(number, { ...lane, openMs, closeMs });
  }
  return [...lanes.values()];
}

/** What the states are shown by, each once, in the order of arrival. @param {StepState[]} states @returns {Evidence[]} */
function evidenceIn(states) {
  const all = states.flatMap(({ evidence }) => evidence);
  return [...new Map(all.map((evidence) => [`${evidence.run}/${evidence.id}`, evidence])).values()];
}

/** @returns {Kept} */
function load() {
  const language = navigator.language.startsWith("de") ? "de" : "en";
  /** @type {Kept} */
  const none = { student: "", language, current: 1, lessons: {} };
  try {
    return { ...none, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return none;
  }
}
