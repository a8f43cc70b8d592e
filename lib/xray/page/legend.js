/** What each mark of the lanes means: the steps above them, all others below. */

import { byId, el, STEPS } from "./dom.js";

/** Class of the mark in lanes.css, and what it says. */
const MARKS = [
  ["line", "a thin line: the connection is open, and nothing is asked"],
  ["tick", "a bar at its end: the connection was closed"],
  ["skips", "small ticks: requests that were only counted"],
  ["block wait", "grey hatch: waits for its turn, an experiment"],
  ["block page", "violet hatch: looks for the site’s own error page"],
  ["block wrong", "red frame and ✕: an error, or cut short"],
  ["block chosen", "thick frame: the opened request"],
  [
    "block short",
    "a line below: how long it really was, where the block is drawn wider to be read",
  ],
];

/** Fills both legends. */
export function showLegends() {
  const steps = STEPS.slice(0, 6).map(({ name, numeral }) =>
    el("li", {}, el("span", { class: `swatch fill ${name}` }, numeral), name)
  );
  byId("legend", HTMLUListElement).append(...steps);
  const marks = MARKS.map(([kind, words]) =>
    el("li", {}, el("span", { class: `mark ${kind}`, "aria-hidden": "true" }), words)
  );
  byId("marks", HTMLUListElement).append(...marks);
}
