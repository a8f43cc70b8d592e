/** One request, opened: its bytes, what the parser made of them, where the file is, why this status, and the clock. */

import { hexView, lightTogether, textView } from "./bytes.js";
import { byId, el, fromBase64, fromLatin1, latin1, size, STEPS, tableHead } from "./dom.js";
import { copyButton } from "./copy.js";
import { decidingFields, meaningOf } from "./fields.js";
import { showSource } from "./source.js";
import { isSecret } from "./store.js";
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
    if (detail === null) {
      this.#hint("This request is not kept any more: only the last 1,000 are.");
      return;
    }
    this.#root.replaceChildren(
      this.#title(detail),
      el("div", { class: "sides" }, this.#incoming(detail), this.#outgoing(detail)),
      this.#path(detail),
      this.#clock(detail),
    );
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

  /** @param {Detail} detail */
  #title(detail) {
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
      { class: "title" },
      el("h2", {}, badge, el("span", { class: "mono" }, name)),
      el(
        "p",
        { class: "reason", id: "reason" },
        endMs === 0 ? "under way" : `${statusCode || "No status"}: ${reason.text}, `,
        endMs === 0 ? null : sectionLink(reason.section),
        ".",
      ),
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
        el("td", { class: "number" }, `+${microseconds(from - first)}`),
        el("td", { class: "number" }, microseconds(to - from)),
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

  /** @param {Detail} detail */
  #incoming(detail) {
    const head = fromBase64(detail.head);
    const { ranges, rows } = this.#ranges(detail, head);
    const { blame, reads, startMs } = detail;
    const cut = detail.headBytes > head.length
      ? `The head had ${detail.headBytes} bytes; the first ${head.length} are kept.`
      : null;
    const section = el(
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
      el("div", { class: "wide" }, el("table", { class: "parts" }, el("tbody", {}, ...rows))),
      reads.length > 2 ? transferTable("Received", reads, startMs) : null,
    );
    lightTogether(section);
    return section;
  }

  /** The ranges of a head, and a line of a table for each. @param {Detail} detail @param {Uint8Array} head */
  #ranges({ parts, reason }, head) {
    /** @type {Range[]} */
    const ranges = [];
    /** @type {HTMLElement[]} */
    const rows = [];
    const [deciding] = decidingFields(reason.section);
    let name = "";
    parts.forEach(({ start, end, kind }, i) => {
      const text = latin1(head.subarray(start, end));
      if (kind === "name") name = text;
      const secret = kind === "value" && isSecret(name) && !this.#revealed;
      const decides = (kind === "name" || kind === "value") && name.toLowerCase() === deciding;
      const className = `part-${kind}${decides ? " decides" : ""}`;
      ranges.push({ start, end, group: i, className, secret });
      const isAlone = kind === "name" && parts[i + 1]?.kind !== "value";
      if (kind === "name" && !isAlone) return; // One row for both.
      const label = kind === "value" ? name : KINDS[kind];
      rows.push(el(
        "tr",
        {
          "data-group": i,
          tabindex: 0,
          class: decides ? "decides" : null,
          title: `Bytes ${start} to ${end - 1}`,
        },
        el("th", { scope: "row", class: kind === "value" ? "mono" : "kind" }, label),
        valueCell(secret ? `${end - start} bytes masked` : text, kind === "value" ? name : ""),
      ));
    });
    return { ranges, rows };
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
    if (method !== "") add("target", el("code", {}, requestTarget));
    if (segments !== null) {
      add(
        "decoded segments",
        el(
          "span",
          {},
          ...segments.map((name) => el("code", { class: "segment" }, name)),
          segments.length === 0 ? "none: the root itself" : "",
          query === ""
            ? null
            : el("span", { class: "note" }, ` query ${query}, of no use to a file`),
        ),
      );
    }
    if (systemPath !== null) add("path", el("code", {}, systemPath));
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

  /** @param {Detail} detail */
  #outgoing(detail) {
    const { response, writes, contentLength, contentBytes } = detail;
    const head = fromBase64(response);
    const [, deciding] = decidingFields(detail.reason.section);
    const { ranges: parts, rows } = responseRanges(head, this.#revealed, deciding);
    const section = el(
      "section",
      {},
      el(
        "h3",
        {},
        `What went out: a head of ${head.length} bytes, ${size(contentBytes)} of content`,
      ),
      head.length === 0
        ? el("p", { class: "note" }, "Nothing was sent.")
        : this.#panes(head, parts, null),
      el("div", { class: "wide" }, el("table", { class: "fields" }, el("tbody", {}, ...rows))),
      contentBytes === contentLength
        ? null
        : el("p", { class: "blame-note" }, `${size(contentLength)} were promised: cut short.`),
      detail.cut ? el("p", { class: "note", id: "cut" }, detail.cut) : null,
      transferTable("Sent", writes, detail.startMs),
    );
    lightTogether(section);
    return section;
  }
}

/** What is done in a piece of time that is no step. @type {Record<string, string>} */
const NO_STEPS = {
  wait: "waits for its turn: an experiment",
  page: "looks whether the site has a page of its own for this error",
};

/** @type {Record<string, string>} */
const KINDS = {
  method: "method",
  target: "request target",
  version: "version",
  name: "field name",
  value: "field value",
  other: "no field line",
};

/**
 * The parts of a response head, and a row for each field.
 *
 * @param {Uint8Array} head @param {boolean} revealed @param {string} deciding Name of the field that decided, in lower case.
 * @returns {{ ranges: Range[], rows: HTMLElement[] }}
 */
function responseRanges(head, revealed, deciding) {
  /** @type {Range[]} */
  const ranges = [];
  /** @type {HTMLElement[]} */
  const rows = [];
  let start = 0;
  for (const [line, text] of fromLatin1(head).split("\r\n").entries()) {
    const colon = text.indexOf(": ");
    const end = start + text.length;
    if (line === 0) ranges.push({ start, end, group: 1000, className: "part-version" });
    else if (colon !== -1) {
      const name = text.slice(0, colon);
      const secret = !revealed && isSecret(name);
      const decides = name.toLowerCase() === deciding;
      const mark = decides ? " decides" : "";
      const [group, valueAt] = [1000 + 2 * line, start + colon + 2];
      ranges.push(
        { start, end: start + colon, group, className: `part-name${mark}` },
        { start: valueAt, end, group: group + 1, className: `part-value${mark}`, secret },
      );
      rows.push(el(
        "tr",
        { "data-group": group + 1, tabindex: 0, class: decides ? "decides" : null },
        el("th", { scope: "row", class: "mono" }, name),
        valueCell(secret ? `${end - valueAt} bytes masked` : text.slice(colon + 2), name),
      ));
    }
    start = end + 2;
  }
  return { ranges, rows };
}

/** @param {string} section For example `"RFC 9110 §15.5.5"`. */
function sectionLink(section) {
  const match = /^RFC (\d+) §([\d.]+)$/.exec(section);
  if (match === null) return section;
  const href = `https://www.rfc-editor.org/rfc/rfc${match[1]}#section-${match[2]}`;
  return el("a", { href, target: "_blank", rel: "noreferrer noopener" }, section);
}

/** The value of a field and what it means. @param {string} value @param {string} name */
function valueCell(value, name) {
  const meaning = meaningOf(name);
  const note = meaning === "" ? null : el("div", { class: "note" }, meaning);
  return el("td", {}, el("span", { class: "mono" }, value), note);
}

/** @param {number} ms */
function microseconds(ms) {
  return `${
    (ms * 1000).toLocaleString("en", { maximumFractionDigits: 1, minimumFractionDigits: 1 })
  } µs`;
}

/** @param {string} text */
function firstLine(text) {
  return text.split("\n", 1)[0];
}
