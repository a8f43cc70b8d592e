/** The composer: raw bytes, typed or preset, sent to this server only; what went and what came, side by side. */

import { textView } from "./bytes.js";
import { post } from "./access.js";
import { byId, duration, el, fromBase64 } from "./dom.js";
import { WATCHING } from "./words.js";

/**
 * @typedef {import("../composer.ts").Outcome} Outcome
 * @typedef {import("./store.js").Store} Store
 */

const WAIT = /^-{3,} *wait *(\d+) *ms *-{3,}$/;

/** Lines as they are typed: a line's end is CR LF, `\n` a lone LF, and a line of dashes a pause. */
const PRESETS = [
  ["plain GET", "GET / HTTP/1.1\nHost: localhost\n\n"],
  ["HEAD", "HEAD / HTTP/1.1\nHost: localhost\n\n"],
  ["range", "GET / HTTP/1.1\nHost: localhost\nRange: bytes=0-99\n\n"],
  ["several ranges", "GET / HTTP/1.1\nHost: localhost\nRange: bytes=0-9, 20-29, -10\n\n"],
  ["conditional", "GET / HTTP/1.1\nHost: localhost\nIf-None-Match: *\n\n"],
  [
    "two pipelined",
    "GET / HTTP/1.1\nHost: localhost\n\nGET /missing HTTP/1.1\nHost: localhost\nConnection: close\n\n",
  ],
  ["missing Host", "GET / HTTP/1.1\n\n"],
  ["bad path", "GET /../../etc/passwd HTTP/1.1\nHost: localhost\n\n"],
  ["hidden bad path", "GET /%2e%2e/secret HTTP/1.1\nHost: localhost\n\n"],
  [
    "smuggling attempt",
    "POST / HTTP/1.1\nHost: localhost\nContent-Length: 6\nTransfer-Encoding: chunked\n\n0\n\nGET /admin HTTP/1.1\nHost: localhost\n\n",
  ],
  ["space before colon", "GET / HTTP/1.1\nHost : localhost\n\n"],
  ["lone LF", "GET / HTTP/1.1\\nHost: localhost\\n\\n"],
  [
    "slow headers",
    "GET / HTTP/1.1\n--- wait 700 ms ---\nHost: localhost\n--- wait 700 ms ---\nX-Slow: yes\n--- wait 700 ms ---\n\n",
  ],
  ["unknown method", "BREW /pot HTTP/1.1\nHost: localhost\n\n"],
  ["HTTP/2", "PRI * HTTP/2.0\n\nSM\n\n"],
  ["OPTIONS", "OPTIONS * HTTP/1.1\nHost: localhost\n\n"],
  [
    "a page's script",
    "GET /<script>alert(1)</script> HTTP/1.1\nHost: localhost\nUser-Agent: <img src=x onerror=alert(2)>\n\n",
  ],
];

/** The panel. */
export class ComposerView {
  #store;
  #isBusy = false;
  /** @type {(id: number) => void} */
  #open;
  #text = el("textarea", {
    rows: 10,
    spellcheck: "false",
    id: "raw",
    "aria-describedby": "raw-help",
  });
  #send = el("button", { class: "main", type: "submit" }, "Send");
  #note = el("p", { class: "note", id: "compose-note" });
  #result = el("div", { class: "result", "aria-live": "polite" });
  /** Ways to the requests that were sent last: they may come after the answer to whoever sent them. */
  #links = el("span", { class: "links" });
  /** Our address in the last exchange, by which its lane is found. @type {string | null} */
  #peer = null;
  #shownLinks = "";

  /** @param {Store} store @param {(id: number) => void} open */
  constructor(store, open) {
    this.#store = store;
    this.#open = open;
    const presets = el("div", { class: "presets", role: "group", "aria-label": "Presets" });
    for (const [name, text] of PRESETS) {
      const fill = () => {
        this.#text.value = text;
        this.#text.focus();
      };
      presets.append(el("button", { type: "button", onclick: fill }, name));
    }
    this.#text.value = PRESETS[0][1];
    const form = el(
      "form",
      {},
      presets,
      el("label", { for: "raw" }, "Bytes to send"),
      this.#text,
      el(
        "p",
        { class: "note", id: "raw-help" },
        "Each line ends in CR LF. Escapes: \\r \\n \\t \\xHH \\\\. A line --- wait 500 ms --- is a pause. " +
          "They go to this server, and to no other.",
      ),
      this.#send,
      this.#note,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    store.addEventListener("change", () => {
      const isTeaching = store.report?.role !== "watch";
      const words = store.fileName !== null ? OVER_A_FILE : isTeaching ? "" : WATCHING;
      if (this.#note.textContent !== words) this.#note.textContent = words;
      this.#showLinks();
      this.#send.disabled = this.#isBusy || !isTeaching;
    });
    byId("panel-composer", HTMLElement).append(el("h2", {}, "Composer"), form, this.#result);
  }

  async #submit() {
    this.#isBusy = this.#send.disabled = true;
    this.#peer = null;
    this.#result.replaceChildren(
      el("p", { class: "note" }, "Sent; waiting until the server closes or says no more…"),
    );
    try {
      const outcome = await post("compose", portionsOf(this.#text.value));
      this.#show(/** @type {Outcome} */ (outcome));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#result.replaceChildren(el("p", { class: "bad" }, `Nothing was sent. ${why}`));
    }
    this.#isBusy = this.#send.disabled = false;
  }

  /** Ways to what was sent, as soon as the page knows of it: the events and the answer race each other. */
  #showLinks() {
    if (this.#peer === null) return;
    const { lanes, requests, fileName } = this.#store;
    const lane = [...lanes.values()].findLast(({ peer }) => peer === this.#peer);
    const found = fileName !== null || lane === undefined
      ? []
      : [...requests.values()].filter(({ connection }) => connection === lane.number);
    const key = `${lane?.skipped}:${found.map(({ id, statusCode }) => `${id}/${statusCode}`)}`;
    if (key === this.#shownLinks) return;
    this.#shownLinks = key;
    const buttons = found.map(({ id, order, statusCode }) =>
      el(
        "button",
        { type: "button", onclick: () => this.#open(id) },
        `Open request ${order}: ${statusCode || "no status"}`,
      )
    );
    const skipped = lane?.skipped ?? 0;
    const note = skipped === 0
      ? ""
      : ` ${skipped} sent while so much went on that it was only counted.`;
    this.#links.replaceChildren(...buttons, note);
  }

  /** @param {Outcome} outcome */
  #show({ peer, sent, received, end }) {
    this.#peer = peer;
    this.#shownLinks = "";
    this.#showLinks();
    this.#result.replaceChildren(
      el("p", {}, `Ended: ${end}. `, this.#links),
      el(
        "div",
        { class: "panes" },
        el("div", {}, el("h3", {}, "You sent"), ...portions(sent)),
        el("div", {}, el("h3", {}, "The server sent"), ...portions(received)),
      ),
    );
  }
}

/** What is sent while a trace file is shown. */
const OVER_A_FILE =
  "A saved trace is open: what you send goes to the live server, and is seen once you are back there.";

/** @param {Outcome["sent"]} list */
function portions(list) {
  if (list.length === 0) return [el("p", { class: "note" }, "nothing")];
  return list.map(({ atMs, bytes }) =>
    el(
      "div",
      {},
      el("p", { class: "note" }, `after ${duration(atMs)}`),
      textView(fromBase64(bytes), { ranges: [], blame: null }),
    )
  );
}

/**
 * Turns what was typed into pairs of a wait in ms and text of one character per byte.
 *
 * @param {string} typed
 * @returns {[number, string][]}
 */
function portionsOf(typed) {
  /** @type {[number, string][]} */
  const pairs = [[0, ""]];
  const lines = typed.replaceAll("\r\n", "\n").split("\n");
  lines.forEach((line, i) => {
    const wait = WAIT.exec(line.trim());
    if (wait !== null) pairs.push([Number(wait[1]), ""]);
    else pairs[pairs.length - 1][1] += unescaped(line) + (i < lines.length - 1 ? "\r\n" : "");
  });
  return pairs.filter(([, text]) => text !== "");
}

/** @param {string} line @returns {string} */
function unescaped(line) {
  const bytes = new TextEncoder().encode(line);
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return text.replace(/\\(?:x([0-9A-Fa-f]{2})|([rnt\\]))/g, (_, hex, letter) => {
    if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
    return /** @type {Record<string, string>} */ ({ r: "\r", n: "\n", t: "\t", "\\": "\\" })[
      letter
    ];
  });
}
