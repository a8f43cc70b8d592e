/** The list of the latest requests: the way in for the keyboard and for screen readers. */

import { byId, duration, el } from "./dom.js";
import { isBad, statusText } from "./words.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./store.js").Summary} Summary
 */

/** Requests in the list; the lanes have them all. */
const RECENT = 40;

/** The list. It is one stop for the Tab key: arrows move in it, so that the opened request is one step away. */
export class Recent {
  #body = byId("recent", HTMLTableSectionElement);
  #store;
  #open;
  #isChosen;
  /** @type {number | null} */
  #selected = null;
  #shown = "";

  /**
   * @param {Store} store
   * @param {(id: number, isToGo?: boolean) => void} open
   * @param {(request: Summary) => boolean} isChosen Whether a request is one of those that are to be shown.
   */
  constructor(store, open, isChosen) {
    this.#store = store;
    this.#open = open;
    this.#isChosen = isChosen;
    this.#body.addEventListener("keydown", (event) => this.#key(event));
    this.#body.addEventListener("focusin", () => this.#mark());
  }

  /** @param {number | null} selected The request that is opened. */
  show(selected) {
    this.#selected = selected;
    const latest = [...this.#store.requests.values()].filter(this.#isChosen).slice(-RECENT)
      .reverse();
    const key = latest.map(({ id, endMs }) => `${id}/${endMs}`).join();
    // While the pointer or the focus is in the list, its rows stay where they are.
    const isHeld = this.#shown !== "" && this.#body.matches(":focus-within, :hover");
    if (key !== this.#shown && !isHeld) {
      this.#shown = key;
      this.#body.replaceChildren(...latest.map((summary) => this.#row(summary)));
    }
    this.#mark();
  }

  /** @param {Summary} summary */
  #row(summary) {
    const { id, connection, method, requestTarget, statusCode, endMs, startMs } = summary;
    const name = `${method} ${requestTarget}`.trim() || "(no request)";
    return el(
      "tr",
      { "data-id": id, onclick: () => this.#open(id) },
      el("td", {}, `#${connection}`),
      el("td", {}, el("button", { class: "link mono", title: statusText(summary) }, name)),
      el(
        "td",
        { class: isBad(summary) ? "bad" : null },
        endMs === 0 ? "…" : String(statusCode || "–"),
      ),
      el("td", { class: "number" }, endMs === 0 ? "…" : duration(endMs - startMs)),
    );
  }

  /** Marks the opened request, and the one row that Tab stops at. */
  #mark() {
    const rows = [...this.#body.rows];
    const chosen = rows.find(({ dataset }) => dataset.id === String(this.#selected));
    const focused = rows.find((row) => row.contains(document.activeElement));
    for (const row of rows) {
      row.classList.toggle("chosen", row === chosen);
      const button = row.querySelector("button");
      if (button === null) continue;
      button.tabIndex = row === (focused ?? chosen ?? rows[0]) ? 0 : -1;
      if (row === chosen) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const rows = [...this.#body.rows];
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (event.key === "Enter" && event.shiftKey && at !== -1) {
      this.#open(Number(rows[at].dataset.id), true);
    } else if (next !== undefined) rows[next]?.querySelector("button")?.focus();
    else return;
    event.preventDefault();
  }
}
