/** When the bytes of a request came, and when those of its response went. */

import { duration, el, size, tableHead } from "./dom.js";

/**
 * A table of the reads or writes of a request: when, which bytes, and a bar as long as they are many.
 *
 * @param {"Received" | "Sent"} verb
 * @param {readonly number[]} pairs Times in ms and byte counts, in turns.
 * @param {number} startMs From where the times are counted.
 * @returns {HTMLElement | null} Null if there are none.
 */
export function transferTable(verb, pairs, startMs) {
  if (pairs.length === 0) return null;
  const times = pairs.filter((_, i) => i % 2 === 0);
  const counts = pairs.filter((_, i) => i % 2 === 1);
  const most = Math.max(...counts, 1);
  const body = el("tbody");
  let offset = 0;
  counts.forEach((bytes, i) => {
    const bar = el("span", { class: "meter" });
    bar.style.width = `${Math.max(1, (bytes / most) * 100)}%`;
    body.append(el(
      "tr",
      {},
      el("td", { class: "number" }, `+${duration(Math.max(0, times[i] - startMs))}`),
      el("td", { class: "number" }, `${offset}–${offset + bytes - 1}`),
      el("td", { class: "number" }, size(bytes)),
      el("td", { class: "meter-cell" }, bar),
    ));
    offset += bytes;
  });
  const noun = verb === "Received" ? "read" : "write";
  const head = tableHead([verb, "Bytes", "Size", ""], ["number", "number", "number", ""]);
  return el(
    "details",
    { open: counts.length <= 12 },
    el("summary", {}, `${verb} in ${counts.length} ${noun}${counts.length === 1 ? "" : "s"}`),
    el("div", { class: "wide" }, el("table", { class: "transfers" }, head, body)),
  );
}
