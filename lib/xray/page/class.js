/** The teacher's table of a class: who is there, and which steps of which lesson the server has seen each one do. */

import { ask, post } from "./access.js";
import { byId, count, duration, el } from "./dom.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {{ lesson: number, done: string[], stepCount: number, isCurrent: boolean }} Mark
 * @typedef {{ client: number, name: string, address: string | null, requests: number, idleMs: number | null,
 *   isHere: boolean, lessons: Mark[] }} Student
 * @typedef {{ isOn: boolean, isMasked: boolean, lessons: { number: number, title: string }[], students: Student[] }} Class
 */

/** How often the table is asked for while it is looked at, in ms. */
const ASK_MS = 1_500;

/** The panel. */
export class ClassView {
  #store;
  #panel = byId("panel-class", HTMLElement);
  #tab = byId("tab-class", HTMLElement);
  #said = el("p", { class: "note", role: "status" });
  #mask = el("input", { type: "checkbox", id: "mask" });
  #table = el("table", { class: "class-table" });
  #hasAsked = false;
  #shown = "";

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    this.#panel.append(
      el(
        "div",
        { class: "section-head" },
        el("h2", {}, "Class"),
        this.#said,
        el("label", { class: "class-mask" }, this.#mask, " Mask addresses"),
      ),
      el(
        "div",
        {
          class: "class-scroll",
          tabindex: 0,
          role: "region",
          "aria-label": "Students and lessons",
        },
        this.#table,
      ),
    );
    this.#mask.addEventListener("change", () => this.#change({ isMasked: this.#mask.checked }));
    this.#tab.addEventListener("click", () => this.#look());
    store.addEventListener("change", () => this.#begin());
    setInterval(() => this.#look(), ASK_MS);
  }

  /** Whether there is a class is asked once of each server, by who teaches. */
  #begin() {
    if (this.#store.state !== "live") this.#hasAsked = false;
    if (this.#hasAsked || this.#store.report?.role !== "teach") return;
    this.#hasAsked = true;
    this.#ask();
  }

  #look() {
    if (!this.#panel.hidden && !document.hidden && this.#store.state === "live") this.#ask();
  }

  async #ask() {
    try {
      const response = await ask("class");
      if (response.ok) this.#show(await response.json());
    } catch {
      // The server is away: asked again.
    }
  }

  /** @param {unknown} change */
  async #change(change) {
    try {
      const told = /** @type {Class} */ (await post("class", change));
      this.#shown = "";
      this.#show(told, true);
    } catch (error) {
      this.#said.textContent = `The server did not take it: ${error}`;
    }
  }

  /** @param {Class} told @param {boolean} [isAnswer] Whether it is one to a change of ours. */
  #show(told, isAnswer = false) {
    this.#tab.hidden = !told.isOn;
    const here = told.students.filter(({ isHere }) => isHere).length;
    const { report } = this.#store;
    const words = told.students.length === 0
      ? `Nobody yet: students open /.vitrine/me on port ${report?.port} of this machine.`
      : `${count(told.students.length)} clients, ${count(here)} with their page open`;
    if (this.#said.textContent !== words) this.#said.textContent = words;
    this.#mask.checked = told.isMasked;
    const steady = told.students.map(({ idleMs, ...student }) => [
      student,
      agoWords(idleMs),
    ]);
    const key = JSON.stringify([steady, told.isMasked]);
    // While a name is being typed, the table stays as it is.
    if (key === this.#shown || (!isAnswer && this.#table.contains(document.activeElement))) return;
    this.#shown = key;
    this.#table.replaceChildren(
      el("caption", { class: "unseen" }, "Steps of each lesson that were seen, by client"),
      this.#head(told),
      el("tbody", {}, ...told.students.map((student) => this.#row(student, told))),
    );
  }

  /** @param {Class} told */
  #head({ lessons }) {
    return el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("th", { scope: "col" }, "Name"),
        el("th", { scope: "col" }, "Address"),
        el("th", { scope: "col", class: "number" }, "Requests"),
        el("th", { scope: "col" }, "Last seen"),
        ...lessons.map(({ number, title }) =>
          el("th", { scope: "col", class: "mark", title: `${number} · ${title}` }, String(number))
        ),
      ),
    );
  }

  /** @param {Student} student @param {Class} told */
  #row({ client, name, address, requests, idleMs, isHere, lessons }, told) {
    const isNamed = name !== address && name !== `Client ${client}`;
    const input = el("input", {
      value: isNamed ? name : "",
      placeholder: isNamed ? "" : `Client ${client}`,
      "aria-label": `Name of ${name}`,
      autocomplete: "off",
      maxlength: 60,
    });
    input.addEventListener("change", () => this.#change({ client, name: input.value }));
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, input),
      el("td", { class: "mono" }, address ?? "masked"),
      el("td", { class: "number" }, count(requests)),
      el(
        "td",
        {},
        el("span", { class: isHere ? "here" : "away" }, isHere ? "● " : "○ "),
        el("span", { class: "unseen" }, isHere ? "page open, " : "page closed, "),
        agoWords(idleMs),
      ),
      ...told.lessons.map(({ number }) => markCell(lessons.find((mark) => mark.lesson === number))),
    );
  }
}

/** @param {Mark | undefined} mark */
function markCell(mark) {
  if (mark === undefined) {
    return el("td", { class: "mark none" }, el("span", { class: "unseen" }, "not begun"), "·");
  }
  const { done, stepCount, isCurrent } = mark;
  const isDone = done.length === stepCount;
  const kind = isDone ? " complete" : done.length > 0 ? " begun" : "";
  return el(
    "td",
    { class: `mark${kind}${isCurrent ? " current" : ""}`, title: done.join(", ") },
    `${isDone ? "✓ " : ""}${done.length}/${stepCount}`,
  );
}

/** @param {number | null} ms */
function agoWords(ms) {
  if (ms === null) return "nothing yet";
  if (ms < 10_000) return "now";
  if (ms < 60_000) return `${Math.round(ms / 10_000) * 10} s ago`;
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min ago` : `${duration(ms)} ago`;
}
