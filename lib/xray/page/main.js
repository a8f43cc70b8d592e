/** Puts the page together: what is in the store goes to the views, what is pressed goes to where it belongs. */

import "./student.js";
import { onToken } from "./access.js";
import { ClassView } from "./class.js";
import { ComposerView } from "./composer.js";
import { byId, count, duration } from "./dom.js";
import { ExperimentsView } from "./experiments.js";
import { Lanes } from "./lanes.js";
import { showLegends } from "./legend.js";
import { LessonsView } from "./lessons.js";
import { Plots } from "./plots.js";
import { Recent } from "./recent.js";
import { RequestView } from "./request.js";
import { listenToSave } from "./save.js";
import { Store } from "./store.js";
import { TrafficView } from "./traffic.js";
import { siteAddress } from "./words.js";

const store = new Store();
const lanes = new Lanes(store, open);
const request = new RequestView();
const plots = new Plots(store);
const recent = new Recent(store, open, (request) => lanes.isChosen(request));
showLegends();
new ExperimentsView(store);
new ComposerView(store, open);
new ClassView(store);
new TrafficView(store, (startMs, endMs) => lanes.show(startMs, endMs));

/** Opens a request; the focus stays where it is, unless it is to go there. @param {number} id @param {boolean} [isToGo] */
async function open(id, isToGo = false) {
  lanes.select(id);
  showTab("request");
  recent.show(id);
  if (isToGo) byId("request", HTMLElement).focus();
  try {
    const detail = await store.detail(id);
    if (lanes.selected === id) request.show(detail, store.report?.role !== "teach");
  } catch (error) {
    request.showFault(error);
  }
}

// The tabs, as the ARIA practices ask: arrows move between them.
const tabs = [...document.querySelectorAll('[role="tab"]')].map((
  tab,
) => /** @type {HTMLElement} */ (tab));

/** @param {string} name */
function showTab(name) {
  for (const tab of tabs) {
    const isChosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    byId(tab.id.replace("tab-", "panel-"), HTMLElement).hidden = !isChosen;
  }
  document.body.dataset.tab = name;
  lanes.redraw();
  if (name === "whole") plots.show();
}

tabs.forEach((tab) => {
  tab.addEventListener("click", () => showTab(tab.id.replace("tab-", "")));
  tab.addEventListener("keydown", ({ key }) => {
    const step = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const shown = tabs.filter(({ hidden }) => !hidden);
    const next = shown[(shown.indexOf(tab) + step + shown.length) % shown.length];
    next.focus();
    next.click();
  });
});
showTab("request");
new LessonsView(store, open);

// The buttons, and their keys.
const pause = byId("pause", HTMLButtonElement);
const follow = byId("follow", HTMLButtonElement);

/** @type {Record<string, () => void>} */
const ACTIONS = {
  " ": () => lanes.press("pause"),
  f: () => lanes.press("follow"),
  "+": () => lanes.zoom(0.6),
  "-": () => lanes.zoom(1 / 0.6),
  "0": () => lanes.fit(),
};
for (
  const [id, key] of [["pause", " "], ["follow", "f"], ["zoom-in", "+"], ["zoom-out", "-"], [
    "fit",
    "0",
  ]]
) {
  byId(id, HTMLButtonElement).addEventListener("click", () => {
    ACTIONS[key]();
    showState();
  });
}
document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  const isTyping = target instanceof HTMLElement &&
    target.closest("input, textarea, button, a, dialog, summary") !== null;
  const action = ACTIONS[key === "=" ? "+" : key.toLowerCase()];
  if (isTyping || action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  action();
  showState();
});

// Traces as files.
listenToSave(store);
const chooser = byId("open", HTMLInputElement);
chooser.addEventListener("change", async () => {
  const file = chooser.files?.[0];
  if (file === undefined) return;
  const fault = byId("fault-banner", HTMLDivElement);
  fault.hidden = true;
  try {
    store.open(file.name, await file.text());
    lanes.selected = null;
    request.clear();
    lanes.fit();
  } catch (error) {
    byId("fault-text", HTMLElement).textContent = error instanceof Error ? error.message : "";
    fault.hidden = false;
  }
  chooser.value = "";
});
byId("fault-close", HTMLButtonElement).addEventListener("click", () => {
  byId("fault-banner", HTMLDivElement).hidden = true;
});
byId("live", HTMLButtonElement).addEventListener("click", () => {
  byId("file-banner", HTMLDivElement).hidden = true;
  lanes.time.follow();
  lanes.selected = null;
  request.clear();
  store.connect();
});

/** What the header says. */
function showState() {
  pause.setAttribute("aria-pressed", String(lanes.time.kind === "paused"));
  follow.setAttribute("aria-pressed", String(lanes.time.kind === "following"));
  byId("span", HTMLOutputElement).textContent = duration(lanes.time.spanMs);
  const { report, state, fileName } = store;
  const status = byId("status", HTMLParagraphElement);
  document.body.dataset.state = fileName === null ? state : "file";
  const words = fileName !== null
    ? `Trace ${fileName}`
    : state === "live"
    ? `Live: port ${report?.port}`
    : state === "refused"
    ? "Not let in"
    : state === "lost"
    ? "No answer from the server: trying again"
    : "Connecting…";
  if (status.textContent !== words) status.textContent = words;
  if (fileName !== null) {
    byId("file-text", HTMLElement).textContent = `Trace file ${fileName}: ${
      count(store.requests.size)
    } requests`;
    byId("file-banner", HTMLDivElement).hidden = false;
  }
  if (report !== null) {
    const link = byId("site", HTMLAnchorElement);
    const address = siteAddress(location.href, report);
    link.hidden = address === null;
    if (address !== null && link.href !== address) link.href = address;
  }
  const isEmpty = store.requests.size === 0 && store.lanes.size === 0;
  const empty = byId("empty", HTMLParagraphElement);
  const text = state === "refused" ? `${store.refusal}.` : isEmpty ? invitation() : "";
  if (empty.textContent !== text) empty.textContent = text;
  byId("sampling", HTMLParagraphElement).textContent = samplingText();
}

/** What to do so that there is something to see. */
function invitation() {
  const { report } = store;
  if (report === null) return "";
  const site = siteAddress(location.href, report) ?? `the site, which is on port ${report.port},`;
  return `Nothing yet. Open ${site} in another tab: each connection becomes a lane.`;
}

/** What is not shown, and why. */
function samplingText() {
  const { report } = store;
  const { hidden, tokens } = lanes.notes;
  const parts = [];
  if (report !== null) {
    const { every, seenCount, keptCount, maxKept, underWay, underWayCount } = report;
    if (every > 1) parts.push(`sampled: 1 of ${count(every)} requests is kept`);
    if (seenCount > keptCount) {
      parts.push(
        `${count(seenCount - keptCount)} of ${count(seenCount)} requests were only counted`,
      );
    }
    const goneCount = keptCount - store.endedCount;
    if (goneCount > 0) {
      parts.push(`${count(goneCount)} are kept no more: the last ${count(maxKept)} are`);
    }
    const untold = underWayCount - underWay.length;
    if (untold > 0) parts.push(`${count(untold)} more are under way`);
  }
  if (tokens > 0) parts.push("short requests are drawn wider, steps in equal parts");
  if (hidden > 0) parts.push(`${count(hidden)} too close to draw: zoom in`);
  return parts.join("; ");
}

let isFirstLook = true;

/**
 * At the first look, the last page load fills the lanes, if there was one: not ten seconds of nothing. In a lesson that has
 * begun they follow the present, where its next step will be.
 */
function lookAtLastLoad() {
  const { report } = store;
  if (!isFirstLook || report === null || store.fileName !== null) return;
  if (store.endedCount < Math.min(report.keptCount, report.maxKept)) return; // More is on its way.
  isFirstLook = false;
  if (document.body.dataset.tab !== "lessons") lanes.showLastBurst();
}

store.addEventListener("change", () => {
  lookAtLastLoad();
  if (document.hidden) return;
  showState();
  recent.show(lanes.selected);
});
setInterval(showState, 250);
onToken(() => store.connect());
store.connect();
