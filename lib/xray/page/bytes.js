/** Bytes made visible: as text in which no control character hides, and as hex; ranges light up together. */

import { el } from "./dom.js";

/**
 * @typedef {{ start: number, end: number, group: number, className: string, secret?: boolean }} Range
 * @typedef {{ ranges: readonly Range[], blame: { start: number, end: number } | null }} Marks What is to be seen in
 *   bytes: ranges, sorted and not overlapping, and what broke a rule.
 */

/** Bytes that the hex view shows at first. */
const HEX_BYTES = 2048;

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
  for (const byte of bytes) {
    if (!isMark(byte)) {
      plain += visible(byte);
      continue;
    }
    flush();
    run.append(el("span", { class: byte === 0x20 ? "ctl" : "ctl boxed" }, visible(byte)));
    if (byte === 0x0a) run.append("\n");
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
  const view = el("pre", { class: "bytes text", tabindex: 0, "aria-label": "Bytes as text" });
  for (const { start, end, range, blamed } of pieces(bytes.length, ranges, blame)) {
    if (range?.secret) {
      const words = `${end - start} bytes masked: click to show`;
      view.append(el("button", { class: "mask", onclick: reveal }, words));
    } else {
      view.append(el("span", propsOf(range, blamed), textRun(bytes.subarray(start, end))));
    }
  }
  return view;
}

/**
 * Shows bytes as hex, sixteen a line.
 *
 * @param {Uint8Array} bytes
 * @param {Marks} marks
 * @returns {HTMLElement}
 */
export function hexView(bytes, { ranges, blame }) {
  const view = el("div", { class: "bytes hex", tabindex: 0, "aria-label": "Bytes as hex" });
  const shown = Math.min(bytes.length, HEX_BYTES);
  const owners = pieces(bytes.length, ranges, blame);
  let at = 0;
  for (let row = 0; row < shown; row += 16) {
    const line = el("div", {}, el("span", { class: "offset" }, row.toString(16).padStart(4, "0")));
    for (let i = row; i < Math.min(row + 16, shown); i++) {
      while (owners[at].end <= i) at++;
      const { range, blamed } = owners[at];
      const text = range?.secret ? "••" : bytes[i].toString(16).padStart(2, "0");
      line.append(el("span", { ...propsOf(range, blamed) }, text), i % 16 === 7 ? "  " : " ");
    }
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
