/** A request to take away: copied as a command. */

import { byId, el } from "./dom.js";
import { curlOf } from "./export.js";

/** @typedef {import("./store.js").Detail} Detail */

/** A button that copies the request as a command; null where curl could not send the same. @param {Detail} detail */
export function copyButton(detail) {
  const site = byId("site", HTMLAnchorElement).href || "http://localhost:3000/";
  const command = curlOf(detail, site);
  if (command === null) return null;
  const said = el("span", { class: "note", role: "status" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command);
      said.textContent = " copied";
    } catch {
      said.replaceChildren(" ", el("code", {}, command)); // No clipboard on plain HTTP beyond this machine.
    }
  };
  return el(
    "p",
    {},
    el("button", { type: "button", id: "curl", onclick: copy }, "Copy as curl"),
    said,
  );
}
