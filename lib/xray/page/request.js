/** One request, opened: its bytes, what the parser made of them, where the file is, why this status, and the clock. */

import { hexView, lightTogether, textView } from "./bytes.js";
import { contentView } from "./content.js";
import { byId, count, el, folded, fromBase64, size, STEPS, tableHead } from "./dom.js";
import { copyButton } from "./copy.js";
import { decidingFields } from "./fields.js";
import { partsTable, requestParts, responseParts, tieOf } from "./request_parts.js";
import { showSource } from "./source.js";
import { transferTable } from "./transfer_table.js";
import { statusText } from "./words.js";

/**
 * @typedef {import("./store.js").Detail} Detail
 * @typedef {import("./bytes.js").Range} Range
 */

/** The opened request on the page. */
export class RequestView {
  #root = byId("request", HTMLElement);
  /** @type {Detail | null} */
  #detail = null;
  #revealed = false;
  #isStarred = false;

  constructor() {
    this.clear();
  }

  /** Nothing is chosen. */
  clear() {
    this.#detail = null;
    this.#hint(
      "Choose a request in the lanes or in the list, and it is opened here: its bytes, its path, its rule, its clock.",
    );
  }

  /**
   * @param {Detail | null} detail Null: it is not kept any more.
   * @param {boolean} [isStarred] Whether it came without its secrets: then nothing is left to be masked.
   */
  show(detail, isStarred = false) {
    if (detail?.id !== this.#detail?.id) this.#revealed = isStarred;
    this.#detail = detail;
    this.#isStarred = isStarred;
    if (detail === null) {
      this.#hint("This request is not kept any more: only the last 1,000 are.");
      return;
    }
    const head = fromBase64(detail.head);
    const response = fromBase64(detail.response);
    const names = decidingFields(detail.reason.section);
    const revealed = this.#revealed;
    const asked = requestParts(detail, head, { deciding: names[0], revealed });
    const said = responseParts(response, { deciding: names[1], revealed });
    const sides = el(
      "div",
      { class: "sides" },
      this.#incoming(detail, head, asked),
      this.#outgoing(detail, response, said),
    );
    const title = this.#title(detail, tieOf(names, [asked.decided, said.decided]));
    const both = el("div", { class: "both" }, title, sides);
    lightTogether(both); // Also across the two: what decided lights its counterpart.
    this.#root.replaceChildren(both, this.#path(detail), this.#clock(detail));
  }

  /** The X-ray could not say what there is to show. @param {unknown} error */
  showFault(error) {
    this.#detail = null;
    this.#hint(`The X-ray did not answer: ${error}`);
  }

  /** What stands in the place of a request. @param {string} text */
  #hint(text) {
    this.#root.replaceChildren(el("p", { class: "hint" }, text));
  }

  /** @param {Detail} detail @param {HTMLElement | null} tie */
  #title(detail, tie) {
    const { statusCode, reason, error, method, requestTarget, endMs } = detail;
    const isBad = statusCode >= 400 || statusCode === 0;
    const badge = el(
      "span",
      { class: `badge ${isBad ? "bad" : "good"}` },
      statusCode === 0 ? (endMs === 0 ? "…" : "none") : String(statusCode),
    );
    const name = `${method} ${requestTarget}`.trim() || "No request that could be read";
    return el(
      "section",
      { class: "title", "data-id": detail.id },
      el("h2", {}, badge, el("span", { class: "mono" }, folded(name))),
      el(
        "p",
        { class: "reason", id: "reason" },
        endMs === 0 ? "under way" : `${statusCode || "No status"}: ${reason.text}, `,
        endMs === 0 ? null : sectionLink(reason.section),
        ".",
      ),
      tie,
      error === null ? null : el(
        "p",
        { class: "note" },
        "The server's log says: ",
        el("q", {}, firstLine(error.detail)),
        ` (${error.rule})`,
      ),
      el(
        "p",
        { class: "note" },
        `Request ${detail.order} on lane ${detail.connection}, ${statusText(detail)}`,
      ),
      copyButton(detail),
    );
  }

  /** @param {Detail} detail */
  #clock({ steps, startMs, endMs }) {
    const first = Math.min(steps[1] ?? startMs, startMs);
    const total = Math.max((steps.at(-1) ?? endMs) - first, 0.0001);
    const bar = el("div", { class: "bar", "aria-hidden": "true" });
    const body = el("tbody");
    for (let i = 0; i < steps.length; i += 3) {
      const [step, from, to] = steps.slice(i, i + 3);
      const { name, numeral, file, symbol } = STEPS[step];
      const part = el("span", { class: `part fill ${name}`, "data-group": `s${i}`, title: name });
      part.style.left = `${((from - first) / total) * 100}%`;
      part.style.width = `${((to - from) / total) * 100}%`;
      bar.append(part);
      body.append(el(
        "tr",
        { "data-group": `s${i}`, tabindex: 0 },
        el("td", { class: `dot ${name}` }, numeral === "" ? name : `(${numeral}) ${name}`),
        el("td", { class: "number" }, `+${milliseconds(from - first)}`),
        el("td", { class: "number" }, milliseconds(to - from)),
        el(
          "td",
          {},
          file === "" ? NO_STEPS[name] : el(
            "button",
            { class: "link", onclick: () => showSource(file, symbol) },
            file,
            " ",
            `${symbol}()`,
          ),
        ),
      ));
    }
    const head = tableHead(["Step", "Begins", "Takes", "Done by"], ["", "number", "number", ""]);
    const section = el(
      "section",
      {},
      el("h3", {}, "Step clock"),
      bar,
      el("div", { class: "wide" }, el("table", { class: "clock" }, head, body)),
    );
    lightTogether(section);
    return section;
  }

  /** @param {Detail} detail @param {Uint8Array} head @param {import("./request_parts.js").Parts} parts */
  #incoming(detail, head, { ranges, rows }) {
    const { blame, reads, startMs } = detail;
    const cut = detail.headBytes > head.length
      ? `The head had ${detail.headBytes} bytes; the first ${head.length} are kept.`
      : null;
    return el(
      "section",
      {},
      el("h3", {}, `What came in: ${detail.headBytes} bytes`),
      cut === null ? null : el("p", { class: "note" }, cut),
      blame === null ? null : el(
        "p",
        { class: "blame-note", id: "blame" },
        blame.end - blame.start === 1
          ? `Byte ${blame.start} (0x${
            (head[blame.start] ?? 0).toString(16).padStart(2, "0")
          }) broke the rule.`
          : `Bytes ${blame.start} to ${blame.end - 1} broke the rule.`,
      ),
      head.length === 0
        ? el("p", { class: "note" }, "No byte of a head.")
        : this.#panes(head, ranges, blame),
      partsTable("parts", rows),
      reads.length > 2 ? transferTable("Received", reads, startMs) : null,
    );
  }

  /** Bytes as text and as hex, side by side. @param {Uint8Array} head @param {Range[]} ranges @param {Detail["blame"]} blame */
  #panes(head, ranges, blame) {
    const reveal = () => {
      this.#revealed = true;
      this.show(this.#detail);
    };
    return el(
      "div",
      { class: "panes" },
      textView(head, { ranges, blame, reveal }),
      hexView(head, { ranges, blame }),
    );
  }

  /** @param {Detail} detail */
  #path({ method, requestTarget, segments, query, systemPath, verdict, fileBytes, located }) {
    const isRefused = /^(?:refused|never)/.test(verdict);
    const steps = el("ol", { class: "way" });
    const add = (/** @type {string} */ name, /** @type {(string | Node)[]} */ ...content) =>
      steps.append(el("li", {}, el("span", { class: "note" }, name), ...content));
    if (method !== "") add("target", el("code", {}, folded(requestTarget)));
    if (segments !== null) {
      add(
        "decoded segments",
        el(
          "span",
          {},
          ...namesOf(segments),
          segments.length === 0 ? "none: the root itself" : "",
          query === ""
            ? null
            : el("span", { class: "note" }, ` query ${query}, of no use to a file`),
        ),
      );
    }
    if (systemPath !== null) add("path", el("code", {}, folded(systemPath)));
    add(
      "containment",
      el(
        "span",
        {},
        el("strong", { class: isRefused ? "bad" : "" }, verdict),
        located === "file" ? ` (${size(fileBytes)})` : "",
      ),
    );
    return el("section", {}, el("h3", {}, "From target to path"), steps);
  }

  /** @param {Detail} detail @param {Uint8Array} head @param {import("./request_parts.js").Parts} parts */
  #outgoing(detail, head, { ranges, rows }) {
    const { writes, contentLength, contentBytes } = detail;
    return el(
      "section",
      {},
      el(
        "h3",
        {},
        `What went out: a head of ${head.length} bytes, ${size(contentBytes)} of content`,
      ),
      head.length === 0
        ? el("p", { class: "note" }, "Nothing was sent.")
        : this.#panes(head, ranges, null),
      partsTable("fields", rows),
      contentBytes === contentLength
        ? null
        : el("p", { class: "blame-note" }, `${size(contentLength)} were promised: cut short.`),
      detail.cut ? el("p", { class: "note", id: "cut" }, detail.cut) : null,
      contentView(detail, this.#isStarred),
      transferTable("Sent", writes, detail.startMs),
    );
  }
}

/** What is done in a piece of time that is no step. @type {Record<string, string>} */
const NO_STEPS = {
  wait: "waits for its turn: an experiment",
  page: "looks whether the site has a page of its own for this error",
};

/** Segments that are shown at once. */
const SHOWN_SEGMENTS = 8;

/** The names of a path; many are folded. @param {readonly string[]} segments @returns {HTMLElement[]} */
function namesOf(segments) {
  const names = segments.map((name) => el("code", { class: "segment" }, folded(name)));
  if (names.length <= SHOWN_SEGMENTS) return names;
  const rest = names.splice(SHOWN_SEGMENTS - 1);
  const summary = el("summary", {}, `and ${count(rest.length)} more`);
  return [...names, el("details", { class: "fold" }, summary, ...rest)];
}

/** @param {string} section For example `"RFC 9110 §15.5.5"`. */
function sectionLink(section) {
  const match = /^RFC (\d+) §([\d.]+)$/.exec(section);
  if (match === null) return section;
  const href = `https://www.rfc-editor.org/rfc/rfc${match[1]}#section-${match[2]}`;
  return el("a", { href, target: "_blank", rel: "noreferrer noopener" }, section);
}

/** @param {number} ms */
function milliseconds(ms) {
  return `${ms.toLocaleString("en", { maximumFractionDigits: 3, minimumFractionDigits: 3 })} ms`;
}

/** @param {string} text */
function firstLine(text) {
  return text.split("\n", 1)[0];
}
