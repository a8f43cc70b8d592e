/** The bar above the lanes: which requests are shown, and whether by client; each client can be folded and named. */

import { post } from "./access.js";
import { byId, count, el } from "./dom.js";
import { STATUSES, wholeChoice } from "./lanes_rows.js";
import { isStudent } from "./student.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./store.js").Lane} Lane
 */

/** Clients in the list; more are found by the choice. */
const MAX_SHOWN = 60;

/** The bar. */
export class LanesChoice {
  choice = wholeChoice();
  #store;
  /** Called when another choice is made. @type {() => void} */
  #changed;
  #client = el("select", { id: "only-client" }, el("option", { value: "" }, "all clients"));
  #status = el("select", { id: "only-status" }, el("option", { value: "" }, "any status"));
  #path = el("input", { id: "only-path", type: "search", placeholder: "any path", size: 14 });
  #group = el("input", { id: "group", type: "checkbox" });
  #clients = el("ul", { class: "clients", "aria-label": "Clients" });
  #shown = "";

  /** @param {Store} store @param {() => void} changed */
  constructor(store, changed) {
    this.#store = store;
    this.#changed = changed;
    for (const [value, text] of Object.entries(STATUSES)) {
      this.#status.append(el("option", { value }, text));
    }
    byId("lanes-choice", HTMLElement).append(
      isStudent ? "" : el("span", {}, el("label", { for: "only-client" }, "Client"), this.#client),
      el("span", {}, el("label", { for: "only-status" }, "Status"), this.#status),
      el("span", {}, el("label", { for: "only-path" }, "Path"), this.#path),
      isStudent ? "" : el("label", {}, this.#group, " Group by client"),
    );
    byId("lanes-choice", HTMLElement).after(this.#clients);
    for (const input of [this.#client, this.#status, this.#path, this.#group]) {
      input.addEventListener("input", () => this.#choose());
    }
    store.addEventListener("change", () => this.#show());
    this.#show();
  }

  /** Folds a client into one lane, or unfolds it. @param {number} client */
  fold(client) {
    const { folded } = this.choice;
    if (!folded.delete(client)) folded.add(client);
    this.#shown = "";
    this.#show();
    this.#changed();
  }

  #choose() {
    this.choice.client = this.#client.value === "" ? null : Number(this.#client.value);
    this.choice.status = this.#status.value;
    this.choice.path = this.#path.value.trim();
    this.choice.isGrouped = this.#group.checked;
    this.#show();
    this.#changed();
  }

  /** The clients that are known, by number: their names, and how many lanes each has. */
  #known() {
    /** @type {Map<number, { name: string, lanes: number }>} */
    const clients = new Map();
    for (const { client, clientName } of this.#store.lanes.values()) {
      if (client === undefined) continue; // A file of before there were clients.
      const known = clients.get(client);
      clients.set(client, { name: clientName, lanes: (known?.lanes ?? 0) + 1 });
    }
    return [...clients].sort(([a], [b]) => a - b);
  }

  #show() {
    const known = this.#known();
    const { isGrouped, folded } = this.choice;
    this.#clients.hidden = !isGrouped;
    const key = JSON.stringify([known, isGrouped, [...folded]]);
    if (key === this.#shown || this.#clients.contains(document.activeElement)) return;
    this.#shown = key;
    const options = known.map(([client, { name }]) => el("option", { value: client }, name));
    const { value } = this.#client;
    this.#client.replaceChildren(el("option", { value: "" }, "all clients"), ...options);
    this.#client.value = value;
    if (!isGrouped) return;
    this.#clients.replaceChildren(
      ...known.slice(0, MAX_SHOWN).map(([client, told]) => this.#item(client, told)),
    );
  }

  /** @param {number} client @param {{ name: string, lanes: number }} told */
  #item(client, { name, lanes }) {
    const isFolded = this.choice.folded.has(client);
    const fold = el(
      "button",
      { type: "button", class: "fold", "aria-expanded": String(!isFolded) },
      `${isFolded ? "▸" : "▾"} ${name} `,
      el("small", {}, `${count(lanes)} ${lanes === 1 ? "lane" : "lanes"}`),
    );
    fold.addEventListener("click", () => {
      fold.blur(); // So that the list is made anew.
      this.fold(client);
      const again = this.#clients.querySelector(`[data-client="${client}"] .fold`);
      if (again instanceof HTMLElement) again.focus();
    });
    const mayName = this.#store.report?.role === "teach" && this.#store.fileName === null;
    const rename = el("button", { type: "button", class: "link" }, "Name");
    rename.addEventListener("click", () => this.#rename(client, rename, name));
    return el("li", { "data-client": client }, fold, mayName ? rename : null);
  }

  /** @param {number} client @param {HTMLElement} button @param {string} name */
  #rename(client, button, name) {
    const input = el("input", {
      "aria-label": `Name of ${name}`,
      maxlength: 60,
      size: 12,
      placeholder: name,
    });
    const form = el("form", { class: "rename" }, input);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      await post("class", { client, name: input.value }).catch(() => {}); // The list shows what is so.
      input.blur();
    });
    input.addEventListener("blur", () => {
      this.#shown = "";
      setTimeout(() => this.#show());
    });
    button.replaceWith(form);
    input.focus();
  }
}
