/** The parts of a head, of a request or a response: where they are in its bytes, and a row of a table for each. */

import { el, folded, fromLatin1, latin1, tableHead } from "./dom.js";
import { meaningOf } from "./fields.js";
import { isSecret } from "./store.js";

/**
 * @typedef {import("./store.js").Detail} Detail
 * @typedef {import("./bytes.js").Range} Range
 * @typedef {{ deciding: string, revealed: boolean }} Look Name of the field that decided, in lower case, or empty; and
 *   whether secrets are shown.
 * @typedef {{ ranges: Range[], rows: HTMLElement[], decided: string }} Parts `decided` is the value of the field that
 *   decided; empty if there is none.
 */

/** What decided has one group on both sides, so that each lights its counterpart. */
const DECIDING = "decides";

/** @type {Record<string, string>} */
const KINDS = {
  method: "method",
  target: "request target",
  version: "version",
  name: "field name",
  value: "field value",
  other: "no field line",
};

/** @type {Record<string, string>} */
const KIND_MEANINGS = {
  method: "what is to be done",
  target: "what it is to be done with",
  version: "which HTTP the client speaks",
};

/** @param {Detail} detail @param {Uint8Array} head @param {Look} look @returns {Parts} */
export function requestParts({ parts }, head, { deciding, revealed }) {
  /** @type {Range[]} */
  const ranges = [];
  /** @type {HTMLElement[]} */
  const rows = [];
  let name = "";
  let decided = "";
  parts.forEach(({ start, end, kind }, i) => {
    const text = latin1(head.subarray(start, end));
    if (kind === "name") name = text;
    const isField = kind === "name" || kind === "value";
    const secret = kind === "value" && isSecret(name) && !revealed;
    const decides = isField && deciding !== "" && name.toLowerCase() === deciding;
    const group = decides ? DECIDING : i;
    const className = `part-${kind}${decides ? " decides" : ""}`;
    ranges.push({ start, end, group, className, secret });
    const isAlone = kind === "name" && parts[i + 1]?.kind !== "value";
    if (kind === "name" && !isAlone) return; // One row for both.
    if (decides && kind === "value" && !secret) decided = text;
    rows.push(row({
      group,
      decides,
      title: `Bytes ${start} to ${end - 1}`,
      name: kind === "value" ? name : KINDS[kind],
      isName: kind === "value",
      value: secret ? `${end - start} bytes masked` : text,
      meaning: kind === "value" ? meaningOf(name) : KIND_MEANINGS[kind] ?? "",
    }));
  });
  return { ranges, rows, decided };
}

/** @param {Uint8Array} head @param {Look} look @returns {Parts} */
export function responseParts(head, { deciding, revealed }) {
  /** @type {Range[]} */
  const ranges = [];
  /** @type {HTMLElement[]} */
  const rows = [];
  let start = 0;
  let decided = "";
  for (const [line, text] of fromLatin1(head).split("\r\n").entries()) {
    const colon = text.indexOf(": ");
    const end = start + text.length;
    if (line === 0) ranges.push({ start, end, group: 1000, className: "part-version" });
    else if (colon !== -1) {
      const name = text.slice(0, colon);
      const secret = !revealed && isSecret(name);
      const decides = deciding !== "" && name.toLowerCase() === deciding;
      const mark = decides ? " decides" : "";
      const valueAt = start + colon + 2;
      const group = decides ? DECIDING : 1000 + 2 * line;
      ranges.push(
        { start, end: start + colon, group, className: `part-name${mark}` },
        {
          start: valueAt,
          end,
          group: decides ? DECIDING : 1001 + 2 * line,
          className: `part-value${mark}`,
          secret,
        },
      );
      if (decides && !secret) decided = text.slice(colon + 2);
      rows.push(row({
        group: decides ? DECIDING : 1001 + 2 * line,
        decides,
        title: `Bytes ${start} to ${end - 1}`,
        name,
        isName: true,
        value: secret ? `${end - valueAt} bytes masked` : text.slice(colon + 2),
        meaning: meaningOf(name),
      }));
    }
    start = end + 2;
  }
  return { ranges, rows, decided };
}

/**
 * One part: its name, its value, what it means.
 *
 * @param {{ group: string | number, decides: boolean, title: string, name: string, isName: boolean, value: string,
 *   meaning: string }} part
 */
function row({ group, decides, title, name, isName, value, meaning }) {
  return el(
    "tr",
    { "data-group": group, tabindex: 0, class: decides ? "decides" : null, title },
    el("th", { scope: "row", class: isName ? "mono" : "kind" }, name),
    el("td", { class: "mono" }, folded(value)),
    el("td", { class: "note" }, meaning),
  );
}

/** @param {"parts" | "fields"} className @param {HTMLElement[]} rows @returns {HTMLElement} */
export function partsTable(className, rows) {
  return el(
    "table",
    { class: className },
    tableHead(["Name", "Value", "Meaning"], ["", "", ""]),
    el("tbody", {}, ...rows),
  );
}

/**
 * What decided, as one sentence: a field of the request and its counterpart in the response.
 *
 * @param {readonly [asked: string, said: string]} names In lower case; empty where there is none.
 * @param {readonly [asked: string, said: string]} values
 * @returns {HTMLElement | null} Null if no field is known to have decided.
 */
export function tieOf(names, values) {
  const sides = names.flatMap((name, i) =>
    name === "" || values[i] === ""
      ? []
      : [el("code", { "data-group": DECIDING, class: "decides" }, `${spelled(name)}: ${values[i]}`)]
  );
  if (sides.length === 0) return null;
  const [first, second] = sides;
  const join = second === undefined ? null : el("span", { class: "arrow" }, " ⟷ answered by ");
  return el("p", { class: "tie", id: "tie" }, "What decided: ", first, join, second ?? null);
}

/** A name of a field as it is commonly written. @param {string} name In lower case. */
function spelled(name) {
  return name === "etag"
    ? "ETag"
    : name.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase()).replace("Www", "WWW");
}
