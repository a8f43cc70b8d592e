/** Traffic at a click: so many files over so many connections, with a stopwatch; the last two runs stand side by side. */

import { post } from "./access.js";
import { byId, count, el, size } from "./dom.js";
import { inWords } from "./experiments.js";
import { WATCHING } from "./words.js";

/**
 * @typedef {import("../traffic.ts").TrafficResult} TrafficResult
 * @typedef {import("../traffic.ts").TrafficOrder} TrafficOrder
 * @typedef {import("./store.js").Store} Store
 * @typedef {{ order: TrafficOrder, result: TrafficResult, changes: string[] }} Run
 */

const RUNS = 2;
const TICK_MS = 100;

/** @param {string} name @param {[value: number, label: string, isChosen?: boolean][]} choices @param {string} id */
function select(name, choices, id) {
  return el(
    "select",
    { name, id },
    ...choices.map(([value, label, selected = false]) => el("option", { value, selected }, label)),
  );
}

/** The form, the stopwatch and the runs. */
export class TrafficView {
  #store;
  /** Moves the lanes to a piece of time. @type {(startMs: number, endMs: number) => void} */
  #look;
  #isBusy = false;
  /** @type {Run[]} */
  #runs = [];
  #target = el("input", { id: "traffic-target", name: "target", value: "/sample.txt", size: 16 });
  #form = el("form", { class: "traffic" });
  #button = el("button", { class: "main", type: "submit" }, "Load");
  #clock = el("output", { class: "stopwatch", "aria-label": "Stopwatch" }, "0.0 s");
  #said = el("p", { class: "note", role: "status" });
  #list = el("div", { class: "runs" });

  /** @param {Store} store @param {(startMs: number, endMs: number) => void} look */
  constructor(store, look) {
    this.#store = store;
    this.#look = look;
    const field = (/** @type {string} */ label, /** @type {HTMLElement} */ input) =>
      el("label", { class: "field", for: input.id }, label, input);
    this.#form.append(
      field("File", this.#target),
      field(
        "Times",
        select(
          "count",
          [[1, "1"], [4, "4", true], [8, "8"], [20, "20"], [100, "100"]],
          "traffic-count",
        ),
      ),
      field(
        "Connections at once",
        select("connections", [[1, "1"], [2, "2"], [4, "4", true], [6, "6"], [20, "20"], [
          50,
          "50",
        ]], "traffic-connections"),
      ),
      field(
        "Of each",
        select("bytes", [[0, "all", true], [10_000, "10 kB"], [100_000, "100 kB"], [
          1_000_000,
          "1 MB",
        ]], "traffic-bytes"),
      ),
      this.#button,
      this.#clock,
    );
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#run();
    });
    byId("panel-experiments", HTMLElement).prepend(
      el(
        "section",
        { class: "traffic-box", "aria-labelledby": "traffic-title" },
        el("h2", { id: "traffic-title" }, "Traffic at a click"),
        el(
          "p",
          { class: "note" },
          "Loads a file of the site from here. Predict first: how long with one connection, how long with four? " +
            "Then change an experiment and load again: the last two runs stay side by side.",
        ),
        this.#form,
        this.#said,
        this.#list,
      ),
    );
    store.addEventListener("change", () => {
      const isWatching = store.report?.role === "watch";
      this.#button.disabled = this.#isBusy || isWatching;
      if (isWatching) this.#said.textContent = WATCHING;
    });
  }

  async #run() {
    const data = new FormData(this.#form);
    const number = (/** @type {string} */ name) => Number(data.get(name));
    const target = String(data.get("target")).trim();
    const order = {
      target: target.startsWith("/") ? target : `/${target}`,
      count: number("count"),
      connections: number("connections"),
      bytes: number("bytes"),
    };
    const experiments = this.#store.report?.experiments ?? this.#store.experiments;
    const changes = experiments === null ? [] : inWords(experiments);
    this.#isBusy = this.#button.disabled = true;
    this.#said.textContent = "";
    const startMs = performance.now();
    const ticker = setInterval(() => {
      this.#clock.textContent = seconds(performance.now() - startMs);
    }, TICK_MS);
    try {
      const result = /** @type {TrafficResult} */ (await post("traffic", order));
      const ms = result.endMs - result.startMs;
      this.#clock.textContent = seconds(ms);
      this.#runs = [...this.#runs, { order, result, changes }].slice(-RUNS);
      this.#said.textContent = `Done in ${seconds(ms)}.`;
      if (this.#store.fileName === null) this.#look(result.startMs, result.endMs);
    } catch (error) {
      this.#said.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      clearInterval(ticker);
      this.#isBusy = this.#button.disabled = false;
    }
    this.#show();
  }

  #show() {
    const [first, second] = this.#runs.map(({ result }) => result.endMs - result.startMs);
    const ratio = second === undefined
      ? null
      : second >= first
      ? `${(second / first).toFixed(1)} times as long`
      : `${(first / second).toFixed(1)} times as fast`;
    this.#list.replaceChildren(
      ...this.#runs.map((run, i) => this.#card(run, i === 1 ? ratio : null)),
    );
  }

  /** @param {Run} run @param {string | null} ratio */
  #card({ order, result, changes }, ratio) {
    const { startMs, endMs, statuses, cutCount, receivedBytes, connectionCount } = result;
    const answers = Object.entries(statuses).map(([status, times]) =>
      `${count(times)} × ${status === "0" ? "no answer" : status}`
    );
    const isMissing = Object.keys(statuses).every((status) => status === "404");
    return el(
      "article",
      { class: "run" },
      el("p", { class: "time" }, seconds(endMs - startMs)),
      ratio === null ? null : el("p", { class: "ratio" }, ratio),
      el(
        "p",
        {},
        `${count(order.count)} × ${order.target}${
          order.bytes === 0 ? "" : `, the first ${count(order.bytes)} bytes`
        }, ${count(Math.min(order.count, order.connections))} at once`,
      ),
      el(
        "p",
        { class: "note" },
        `${answers.join(", ")}; ${size(receivedBytes)} of content over ${
          count(connectionCount)
        } connection${connectionCount === 1 ? "" : "s"}`,
      ),
      el("p", { class: "note" }, changes.length === 0 ? "no experiment" : changes.join(", ")),
      cutCount === 0 ? null : el("p", { class: "bad" }, `${count(cutCount)} cut short`),
      isMissing ? el("p", { class: "bad" }, "This site has no such file: name another.") : null,
      result.isUnfinished ? el("p", { class: "bad" }, "Stopped after a minute.") : null,
      el(
        "button",
        { type: "button", onclick: () => this.#look(startMs, endMs) },
        "Show in the lanes",
      ),
    );
  }
}

/** @param {number} ms @returns {string} For example `"0.94 s"`: a stopwatch shows no other unit. */
function seconds(ms) {
  return `${(ms / 1000).toFixed(ms < 1000 ? 2 : 1)} s`;
}
