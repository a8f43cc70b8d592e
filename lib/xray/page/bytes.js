/** Bytes made visible: as text in which no control character hides, and as hex with ASCII beside; ranges light up together. */

import { el } from "./dom.js";

/**
 * @typedef {{ start: number, end: number, group: number | string, className: string, secret?: boolean }} Range
 * @typedef {{ ranges: readonly Range[], blame: { start: number, end: number } | null }} Marks What is to be seen in
 *   bytes: ranges, sorted and not overlapping, and what broke a rule.
 */

/** Bytes that the hex view shows at first. */
const HEX_BYTES = 2048;
/** Bytes of a line of it: two views stand beside each other, each with its ASCII. */
const ROW = 8;

/** @param {number} byte @returns {string} */
function visible(byte) {
  if (byte === 0x0d) return "CR";
  if (byte === 0x0a) return "LF";
  if (byte === 0x20) return "·";
  if (byte === 0x09) return "HTAB";
  if (byte > 0x20 && byte < 0x7f) return String.fromCharCode(byte);
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

/** @param {number} byte @returns {boolean} */
function isMark(byte) {
  return byte <= 0x20 || byte >= 0x7f;
}

/**
 * Makes one run of bytes visible as text.
 *
 * @param {Uint8Array} bytes
 * @returns {DocumentFragment}
 */
function textRun(bytes) {
  const run = document.createDocumentFragment();
  let plain = "";
  const flush = () => {
    if (plain !== "") run.append(plain);
    plain = "";
  };
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (!isMark(byte)) {
      plain += visible(byte);
      continue;
    }
    flush();
    const mark = el("span", { class: byte === 0x20 ? "ctl" : "ctl boxed" }, visible(byte));
    // CR LF is one end of a line: it is not torn apart. A space is where a line may be folded.
    if (byte === 0x0d && bytes[i + 1] === 0x0a) {
      const lf = el("span", { class: "ctl boxed" }, visible(bytes[++i]));
      run.append(el("span", { class: "eol" }, mark, lf));
    } else run.append(mark);
    if (byte === 0x20) run.append(el("wbr"));
  }
  flush();
  return run;
}

/**
 * Cuts `bytes` at the ends of the ranges: each piece with the range that it is in, or null.
 *
 * @param {number} length
 * @param {readonly Range[]} ranges Sorted, not overlapping.
 * @param {{ start: number, end: number } | null} blame
 * @returns {{ start: number, end: number, range: Range | null, blamed: boolean }[]}
 */
function pieces(length, ranges, blame) {
  const cuts = new Set([0, length]);
  for (const { start, end } of [...ranges, ...(blame === null ? [] : [blame])]) {
    cuts.add(Math.min(start, length)).add(Math.min(end, length));
  }
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(0, -1).map((start, i) => ({
    start,
    end: sorted[i + 1],
    range: ranges.find((range) => range.start <= start && start < range.end) ?? null,
    blamed: blame !== null && blame.start <= start && start < blame.end,
  }));
}

/** @param {Range | null} range @param {boolean} blamed */
function propsOf(range, blamed) {
  const blame = blamed ? " blame" : "";
  return {
    class: `${range?.className ?? ""}${blame}`.trim(),
    "data-group": range === null ? null : range.group,
    title: blamed ? "This broke the rule" : null,
  };
}

/**
 * Shows bytes as text.
 *
 * @param {Uint8Array} bytes
 * @param {Marks & { reveal?: () => void }} marks `reveal` is called when a masked secret is clicked.
 * @returns {HTMLElement}
 */
export function textView(bytes, { ranges, blame, reveal = () => {} }) {
  const view = el("pre", region("text", "Bytes as text"));
  // A line of the head is one of the view: what is folded hangs below its beginning.
  let line = el("span", { class: "line" });
  const finish = () => {
    if (line.hasChildNodes()) view.append(line, "\n");
    line = el("span", { class: "line" });
  };
  for (const { start, end, range, blamed } of pieces(bytes.length, ranges, blame)) {
    if (range?.secret) {
      const words = `${end - start} bytes masked: click to show`;
      line.append(el("button", { class: "mask", onclick: reveal }, words));
      continue;
    }
    for (let from = start; from < end;) {
      const lf = bytes.indexOf(0x0a, from);
      const to = lf === -1 || lf >= end ? end : lf + 1;
      line.append(el("span", propsOf(range, blamed), textRun(bytes.subarray(from, to))));
      if (bytes[to - 1] === 0x0a) finish();
      from = to;
    }
  }
  finish();
  return view;
}

/** What makes a piece of the page that scrolls one that can be reached and has a name. @param {string} kind @param {string} name */
function region(kind, name) {
  return { class: `bytes ${kind}`, tabindex: 0, role: "group", "aria-label": name };
}

/** One byte in the column of ASCII: a dot stands for what has no sign. @param {number} byte */
function ascii(byte) {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";
}

/**
 * Shows bytes as hex, eight a line, and beside it as ASCII.
 *
 * @param {Uint8Array} bytes
 * @param {Marks} marks
 * @returns {HTMLElement}
 */
export function hexView(bytes, { ranges, blame }) {
  const view = el("div", region("hex", "Bytes as hex and ASCII"));
  const shown = Math.min(bytes.length, HEX_BYTES);
  const owners = pieces(bytes.length, ranges, blame);
  let at = 0;
  for (let row = 0; row < shown; row += ROW) {
    const line = el("div", {}, el("span", { class: "offset" }, row.toString(16).padStart(4, "0")));
    const signs = el("span", { class: "ascii", "aria-hidden": "true" }); // As text it is said already.
    for (let i = row; i < row + ROW; i++) {
      if (i >= shown) {
        line.append("   ");
        continue;
      }
      while (owners[at].end <= i) at++;
      const { range, blamed } = owners[at];
      const props = propsOf(range, blamed);
      const text = range?.secret ? "••" : bytes[i].toString(16).padStart(2, "0");
      line.append(el("span", props, text), " ");
      signs.append(el("span", props, range?.secret ? "•" : ascii(bytes[i])));
    }
    line.append(signs);
    view.append(line);
  }
  if (shown < bytes.length) {
    view.append(el("p", { class: "note" }, `the first ${shown} of ${bytes.length} bytes`));
  }
  return view;
}

/**
 * Lets all elements of one `data-group` inside `root` light up when one of them is under the pointer or has the focus.
 *
 * @param {HTMLElement} root
 */
export function lightTogether(root) {
  /** @type {Element[]} */
  let lit = [];
  /** @param {Event} event */
  const light = ({ target }) => {
    const group = target instanceof Element ? target.closest("[data-group]") : null;
    for (const element of lit) element.classList.remove("lit");
    const name = group?.getAttribute("data-group") ?? null;
    lit = name === null ? [] : [...root.querySelectorAll(`[data-group="${CSS.escape(name)}"]`)];
    for (const element of lit) element.classList.add("lit");
  };
  root.addEventListener("pointerover", light);
  root.addEventListener("pointerleave", light);
  root.addEventListener("focusin", light);
}
