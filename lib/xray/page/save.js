/** What can be taken away as a file: a trace, a HAR, a handout. Made here: the server writes nothing. */

import { byId, download } from "./dom.js";
import { inWords } from "./experiments.js";
import { harOf } from "./export.js";
import { handoutOf } from "./handout.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./store.js").TraceFile} TraceFile
 */

const NOTES_KEY = "vitrine-notes";

/** @param {string} text @param {string} ending @param {string} [mediaType] */
function saveAs(text, ending, mediaType) {
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  download(text, `vitrine-${time}.${ending}`, mediaType);
}

/** The address of a peer, without its port. @param {string} peer */
function hostOf(peer) {
  return peer.replace(/:\d+$/, "");
}

/** Makes the handout of what the page shows now. @param {Store} store @param {string} notes */
async function handout(store, notes) {
  /** @type {TraceFile} */
  const { requests, lanes, root, savedAt } = JSON.parse(await store.save());
  const experiments = store.report?.experiments ?? store.experiments;
  const addresses = [...new Set(lanes.flatMap(({ peer }) => [peer, hostOf(peer)]))]
    .filter((address) => address.length > 2)
    .sort((a, b) => b.length - a.length);
  const style = await (await fetch("glass.css")).text();
  const changes = experiments === null ? [] : inWords(experiments);
  return handoutOf({ requests, notes, changes, savedAt, style, unsaid: { root, addresses } });
}

/** Listens to the buttons that save. @param {Store} store */
export function listenToSave(store) {
  byId("save", HTMLButtonElement).addEventListener("click", async () => {
    saveAs(await store.save(), "json");
  });
  byId("har", HTMLButtonElement).addEventListener("click", async () => {
    const { requests } = JSON.parse(await store.save());
    const epochMs = Date.now() - store.nowMs();
    const site = byId("site", HTMLAnchorElement).href || "http://localhost/";
    saveAs(JSON.stringify(harOf(requests, { site, epochMs })), "har");
  });
  const dialog = byId("handout", HTMLDialogElement);
  const notes = byId("notes", HTMLTextAreaElement);
  try {
    notes.value = localStorage.getItem(NOTES_KEY) ?? "";
  } catch {
    // No storage: they last until the page is left.
  }
  notes.addEventListener("change", () => {
    try {
      localStorage.setItem(NOTES_KEY, notes.value);
    } catch {
      // As above.
    }
  });
  byId("save-page", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
  byId("handout-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
  byId("handout-save", HTMLButtonElement).addEventListener("click", async () => {
    saveAs(await handout(store, notes.value), "html", "text/html");
    dialog.close();
  });
}
