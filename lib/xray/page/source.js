/** A source file of a step, in a dialog: so a step clock leads to the function that it timed. */

import { byId, el } from "./dom.js";

byId("source-close", HTMLButtonElement).addEventListener(
  "click",
  () => byId("source", HTMLDialogElement).close(),
);

/** Shows a source file at one of its functions. @param {string} file @param {string} symbol */
export async function showSource(file, symbol) {
  const text = await (await fetch(`source/${file}`)).text();
  byId("source-title", HTMLHeadingElement).textContent = `lib/${file}`;
  const lines = text.trimEnd().split("\n");
  const at = lines.findIndex((line) => new RegExp(`\\bfunction ${symbol}\\b`).test(line));
  const items = lines.map((line, i) =>
    el("li", { class: i === at ? "here" : null }, line === "" ? "\u200b" : line)
  );
  byId("source-lines", HTMLOListElement).replaceChildren(...items);
  byId("source", HTMLDialogElement).showModal();
  items[Math.max(0, at - 3)]?.scrollIntoView({ block: "start" });
}
