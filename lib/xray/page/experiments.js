/** Experiments: a form that says at once to the server what it shows, and a banner while anything is changed. */

import { post } from "./access.js";
import { byId, count, el } from "./dom.js";
import { WATCHING } from "./words.js";

/**
 * @typedef {import("../experiments.ts").Experiments} Experiments
 * @typedef {import("./store.js").Store} Store
 */

/** @type {Experiments} */
const NORMAL = { stepMs: 0, serial: false, bytesPerSecond: 0, cutAfterBytes: 0, protocol: "full" };

/** @type {{ name: keyof Experiments, title: string, why: string, choices: [value: unknown, label: string][] }[]} */
const ROWS = [
  {
    name: "stepMs",
    title: "Slow motion",
    why: "Each step takes at least this long, so that a class can follow it.",
    choices: [[0, "off"], [100, "0.1 s"], [300, "0.3 s"], [1000, "1 s"], [3000, "3 s"]],
  },
  {
    name: "serial",
    title: "Who is served",
    why:
      "The two stages of the lab: one request after another, or each connection by a task of its own.",
    choices: [[false, "concurrently"], [true, "one at a time"]],
  },
  {
    name: "bytesPerSecond",
    title: "Rate of each connection",
    why: "Makes downloads long enough to be seen.",
    choices: [[0, "no limit"], [1_000_000, "1 MB/s"], [100_000, "100 kB/s"], [10_000, "10 kB/s"], [
      1_000,
      "1 kB/s",
    ]],
  },
  {
    name: "cutAfterBytes",
    title: "Cut each response",
    why:
      "The connection breaks after so many bytes: what does a browser make of half a page? A response that is shorter, such as a 304, has nothing to cut: load the page anew past the cache (Ctrl+F5).",
    choices: [[0, "never"], [10, "10 B"], [200, "200 B"], [1_000, "1 kB"], [100_000, "100 kB"]],
  },
  {
    name: "protocol",
    title: "Answer as",
    why: "RFC 9112 §9.3: without keep-alive, each request needs a connection of its own.",
    choices: [["full", "HTTP/1.1"], ["close", "HTTP/1.1 without keep-alive"], [
      "http10",
      "HTTP/1.0",
    ]],
  },
];

/** What an experiment means while a trace file is shown. */
const OVER_A_FILE =
  "A saved trace is open, and nothing changes it: what you press here changes the live server.";

/** The panel and its banner. */
export class ExperimentsView {
  #store;
  #form = el("form", { class: "experiments" });
  #banner = byId("banner", HTMLDivElement);
  #text = byId("banner-text", HTMLElement);
  #error = el("p", { class: "bad", role: "alert" });
  #note = el("p", { class: "note warning", id: "experiments-note", role: "status" });
  #shown = "";

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    for (const { name, title, why, choices } of ROWS) {
      const group = el("fieldset", {}, el("legend", {}, title), el("p", { class: "note" }, why));
      for (const [value, label] of choices) {
        const input = el("input", { type: "radio", name, value: JSON.stringify(value) });
        group.append(el("label", { class: "choice" }, input, el("span", {}, label)));
      }
      this.#form.append(group);
    }
    this.#form.addEventListener("change", () => this.#send(this.#read()));
    byId("reset", HTMLButtonElement).addEventListener("click", () => this.#send(NORMAL));
    byId("panel-experiments", HTMLElement).append(
      el("h2", {}, "Experiments"),
      el(
        "p",
        { class: "note" },
        "They change the real server, for everybody, until they are set back.",
      ),
      this.#note,
      this.#form,
      this.#error,
    );
    store.addEventListener("change", () => this.#show());
  }

  /** @returns {Experiments} */
  #read() {
    const data = new FormData(this.#form);
    const pairs = ROWS.map(({ name }) => [name, JSON.parse(String(data.get(name) ?? "null"))]);
    // A value that no choice of ours has was set by another page: it stays.
    const given = Object.fromEntries(pairs.filter(([, value]) => value !== null));
    return { ...this.#known, ...given };
  }

  /** What the live server does, as far as we know. */
  get #known() {
    const { report, experiments } = this.#store;
    return report?.experiments ?? experiments ?? NORMAL;
  }

  /** @param {Experiments} experiments */
  async #send(experiments) {
    this.#error.textContent = "";
    try {
      const taken = /** @type {Experiments} */ (await post("experiments", experiments));
      if (this.#store.fileName === null) return;
      this.#store.experiments = taken;
      this.#shown = "";
      this.#show();
    } catch (error) {
      this.#error.textContent = `The server did not take it: ${error}`;
    }
  }

  #show() {
    const isWatching = this.#store.report?.role === "watch";
    const file = this.#store.fileName;
    const words = isWatching ? WATCHING : file === null ? "" : OVER_A_FILE;
    if (this.#note.textContent !== words) this.#note.textContent = words;
    for (const group of this.#form.querySelectorAll("fieldset")) group.disabled = isWatching;
    byId("reset", HTMLButtonElement).disabled = isWatching;
    const experiments = this.#known;
    const text = JSON.stringify([experiments, file]);
    if (text === this.#shown) return;
    this.#shown = text;
    for (const { name } of ROWS) {
      const inputs = this.#form.querySelectorAll(`input[name="${name}"]`);
      for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (inputs)) {
        input.checked = input.value === JSON.stringify(experiments[name]);
      }
    }
    const changes = inWords(experiments);
    this.#banner.hidden = changes.length === 0;
    const where = file === null ? "Experiment" : "On the live server, not in this trace";
    this.#text.textContent = `${where}: ${changes.join(", ")}`;
  }
}

/** @param {Experiments} experiments @returns {string[]} */
export function inWords({ stepMs, serial, bytesPerSecond, cutAfterBytes, protocol }) {
  return [
    stepMs > 0 ? `each step takes ${stepMs / 1000} s` : "",
    serial ? "one request at a time" : "",
    bytesPerSecond > 0 ? `${bytesPerSecond / 1000} kB/s on each connection` : "",
    cutAfterBytes > 0 ? `each response is cut after ${count(cutAfterBytes)} bytes` : "",
    protocol === "close" ? "no keep-alive" : "",
    protocol === "http10" ? "answers as HTTP/1.0" : "",
  ].filter((words) => words !== "");
}
