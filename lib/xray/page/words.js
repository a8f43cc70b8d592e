/** What the page says of a request and of its times, in words. */

import { duration, el, STEPS } from "./dom.js";

/** @typedef {import("./store.js").Summary} Summary */

/** What who watches alone is told where more could be done. */
export const WATCHING =
  "Your address is the one for watching: this takes the one for teaching, which Vitrine printed beside it.";

/** @param {Summary} request @returns {string} */
export function statusText({ statusCode, endMs, startMs, complete }) {
  if (endMs === 0) return "under way";
  const took = duration(endMs - startMs);
  if (statusCode === 0) return `the peer gave up after ${took}`;
  return `${statusCode} in ${took}${complete ? "" : ", cut short"}`;
}

/** @param {Summary} request @returns {boolean} Whether it is to catch the eye: an error, or a response cut short. */
export function isBad({ statusCode, endMs, complete }) {
  return statusCode >= 400 || (endMs !== 0 && !complete);
}

/** What a screen reader says of a request that is chosen in the lanes. @param {Summary} request @returns {string} */
export function spokenText({ method, requestTarget, statusCode, connection }) {
  const status = statusCode === 0 ? "no status" : statusCode;
  return `Lane ${connection}: ${method} ${requestTarget}, ${status}`;
}

/** What is shown of a request under the pointer. @param {Summary} request @returns {Node[]} */
export function tipOf(request) {
  const table = el("table");
  for (const [step, ms] of stepTimes(request)) {
    table.append(el(
      "tr",
      {},
      el("td", { class: `dot ${STEPS[step].name}` }, STEPS[step].name),
      el("td", { class: "number" }, duration(ms)),
    ));
  }
  return [
    el("strong", {}, `${request.method || "no request"} ${request.requestTarget}`),
    el("span", {}, statusText(request)),
    table,
  ];
}

/** Time of each step that was taken, in the order of the steps. @param {Summary} request @returns {[number, number][]} */
function stepTimes({ steps }) {
  /** @type {Map<number, number>} */
  const times = new Map();
  for (let i = 0; i < steps.length; i += 3) {
    times.set(steps[i], (times.get(steps[i]) ?? 0) + steps[i + 2] - steps[i + 1]);
  }
  return [...times].sort(([a], [b]) => a - b);
}

/**
 * A label of the time axis, such as `"−2 s"` or `"+150 µs"`.
 *
 * @param {number} ms From where the axis is counted.
 * @param {number} stepMs From one label to the next: the unit is chosen by it.
 * @param {boolean} isAgo Whether it is counted from the present.
 * @returns {string}
 */
export function axisLabel(ms, stepMs, isAgo) {
  if (ms === 0 && isAgo) return "now";
  const [unitMs, unit] = stepMs >= 1000 ? [1000, "s"] : stepMs >= 1 ? [1, "ms"] : [0.001, "µs"];
  const sign = ms === 0 || (isAgo && ms > 0) ? "" : isAgo ? "−" : "+";
  return `${sign}${Math.round((Math.abs(ms) / unitMs) * 100) / 100} ${unit}`;
}

/**
 * The address of the site that is watched, as this browser can open it: on this machine at its port; behind a proxy where
 * this page is, with the port of the site in place of the X-ray's, in the path (JupyterHub, code-server) or in the name
 * (Codespaces, Gitpod); null if neither has it.
 *
 * @param {string} here Address of this page.
 * @param {{ port: number, secure: boolean, xrayPort: number }} report Its `xrayPort` is 0 on the page of a class.
 * @returns {string | null}
 */
export function siteAddress(here, { port, secure, xrayPort }) {
  const { protocol, hostname, port: ownPort, pathname } = new URL(here);
  if (xrayPort === 0) return new URL("../../", here).href; // The page of a class is a part of the site.
  if (Number(ownPort) === xrayPort && pathname === "/") {
    const shown = hostname === "127.0.0.1" ? "localhost" : hostname;
    return `${secure ? "https" : "http"}://${shown}:${port}/`;
  }
  const number = new RegExp(`(?<![0-9])${xrayPort}(?![0-9])`);
  const [name, path] = [hostname, pathname].map((text) => text.replace(number, String(port)));
  if (name === hostname && path === pathname) return null;
  return `${protocol}//${name}${ownPort === "" ? "" : `:${ownPort}`}${path}`;
}
