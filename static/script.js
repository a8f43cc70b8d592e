// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * What the page can only learn by running: where it came from, what its load cost, and what the server
 * says about it. Without this file the page is whole; with it, examples turn into facts.
 */

/** @param {string} id */
function byId(id) {
  return document.getElementById(id);
}

/**
 * An element with a class and text, both optional. Text is only ever set as text.
 *
 * @param {string} name
 * @param {string} className
 * @param {string} [text]
 */
function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Puts the address that was really used in the place of the example `localhost:3000`. */
function fillAddress() {
  const { host, hostname, origin } = location;
  const port = location.port || (location.protocol === "https:" ? "443" : "80");
  /** @type {Record<string, string>} */
  const here = { host, hostname, origin, port };
  for (const place of document.querySelectorAll("[data-here]")) {
    place.textContent = here[place.getAttribute("data-here") ?? ""] ?? place.textContent;
  }
}

/** Gives each command a button that copies it, where the browser lets pages do that. */
function addCopyButtons() {
  if (!navigator.clipboard) return; // Offered to https: and localhost only; a click still selects all.
  for (const command of document.querySelectorAll(".command")) {
    const button = element("button", "", "Copy");
    button.setAttribute("type", "button");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(command.querySelector("code")?.textContent ?? "");
        button.textContent = "Copied";
      } catch {
        button.textContent = "Refused";
      }
      setTimeout(() => button.textContent = "Copy", 1500);
    });
    command.append(button);
  }
}

/**
 * Asks the server for a head alone, past the cache.
 *
 * @param {string} path
 */
async function head(path) {
  const response = await fetch(path, { method: "HEAD", cache: "no-store" });
  await response.text(); // Empty, but until it is read the browser counts the request as given up.
  return response;
}

/** Shows the head of the real response: asks for this page again, with HEAD. */
async function showHead() {
  const place = byId("response-head");
  const note = byId("response-note");
  if (!place || !note) return;
  const response = await head(location.pathname);
  const lines = [`HTTP/1.1 ${response.status} ${response.statusText}`];
  for (const [name, value] of response.headers) lines.push(`${name}: ${value}`);
  place.replaceChildren(...lines.map((line) => element("span", "line", line)));
  note.hidden = false;
}

/** Writes beside each exhibit of the gallery what the server says it is. */
async function showTypes() {
  for (const place of document.querySelectorAll("[data-label-of]")) {
    const file = place.getAttribute("data-label-of") ?? "";
    const { headers } = await head(file);
    place.textContent = `${headers.get("content-type")}, ${
      count(headers.get("content-length"))
    } bytes`;
  }
}

/** @param {number | string | null} bytes */
function count(bytes) {
  return Number(bytes).toLocaleString("en");
}

/** @param {number} ms */
function time(ms) {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

/**
 * Whether the server said 304: more than nothing came, but less than the content. (For such a file
 * Chromium gives 300 bytes for the head, 0 for the content and still 200 for the status.)
 *
 * @param {PerformanceResourceTiming} entry
 */
function isNotModified({ transferSize, encodedBodySize }) {
  return transferSize > 0 && (encodedBodySize === 0 || transferSize < encodedBodySize);
}

/**
 * Bytes of content that came over the connection for one file.
 *
 * @param {PerformanceResourceTiming} entry
 */
function contentBytes(entry) {
  return entry.transferSize === 0 || isNotModified(entry) ? 0 : entry.encodedBodySize;
}

/**
 * How one file came here, in words, from what the browser tells.
 *
 * @param {PerformanceResourceTiming} entry
 */
function fate(entry) {
  if (entry.transferSize === 0) return "from the cache, nothing was asked";
  const outcome = isNotModified(entry) ? "304, nothing new" : entry.responseStatus || "answered";
  const connection = entry.connectEnd > entry.connectStart
    ? "new connection"
    : "connection used again";
  return `${outcome}, ${entry.nextHopProtocol || "http"}, ${connection}`;
}

/**
 * A bar for one file on the clock of the whole load.
 *
 * @param {PerformanceResourceTiming} entry
 * @param {number} end End of the load, in ms.
 */
function track(entry, end) {
  const bar = element("span", "track");
  /** @type {[className: string, from: number, to: number][]} */
  const parts = [
    ["connect", entry.connectStart, entry.connectEnd],
    ["wait", entry.requestStart, entry.responseStart],
    ["receive", entry.responseStart, entry.responseEnd],
  ];
  for (const [className, from, to] of parts) {
    if (from === 0 || to <= from) continue;
    const part = element("span", className);
    part.style.left = `${(100 * from) / end}%`;
    part.style.width = `${(100 * (to - from)) / end}%`;
    bar.append(part);
  }
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `from ${time(entry.startTime)} to ${time(entry.responseEnd)}`);
  return bar;
}

/** Draws the timeline of this load: the page and each file it brought along. */
function showCost() {
  const section = byId("cost");
  const list = byId("cost-files");
  const sum = byId("cost-sum");
  if (!section || !list || !sum) return;
  const entries = /** @type {PerformanceResourceTiming[]} */ ([
    ...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource"),
  ]);
  if (entries.length === 0) return;
  const end = Math.max(...entries.map((entry) => entry.responseEnd));
  let bytes = 0;
  for (const entry of entries) {
    bytes += contentBytes(entry);
    const line = element("li", "");
    line.append(
      element("span", "name", decodeURI(new URL(entry.name).pathname)),
      element("span", "number", count(contentBytes(entry))),
      element("span", "number", time(entry.responseEnd - entry.startTime)),
      element("span", "fate", fate(entry)),
      track(entry, end),
    );
    list.append(line);
  }
  const hosts = new Set(entries.map((entry) => new URL(entry.name).host));
  sum.textContent = `${entries.length} files, ${count(bytes)} bytes and ${time(end)}, ` +
    (hosts.size === 1 ? "all from this one server." : `from ${hosts.size} servers.`);
  section.hidden = false;
}

/** Runs once the page and its files are there, so that looking does not disturb what is looked at. */
function afterLoad() {
  showCost();
  // A server that has stopped since is no error of the page: the examples simply stay.
  showHead().catch(() => {});
  showTypes().catch(() => {});
}

if (location.protocol.startsWith("http")) {
  fillAddress();
  addCopyButtons();
  // Timings of the page itself are complete only after its load event.
  addEventListener("load", () => setTimeout(afterLoad));
}
