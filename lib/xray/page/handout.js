/**
 * A handout: what was recorded, as one page that needs nothing else and can be given away. It has no script, asks the network
 * for nothing, and tells no path of the server, no address, and no secret. Pure.
 */

import { duration, fromBase64, fromLatin1, size, STEPS } from "./dom.js";

/**
 * @typedef {import("./store.js").Detail} Detail
 * @typedef {{ root: string, addresses: readonly string[] }} Unsaid What must not be in it, wherever it may have got into a
 *   request.
 * @typedef {{ requests: readonly Detail[], notes: string, changes: readonly string[], savedAt: string, style: string,
 *   unsaid: Unsaid }} Handout `changes` are the experiments in words; `style` is that of the page.
 */

/** A pause, in ms, after which another part of the story begins. */
const PART_GAP_MS = 400;
/** Width of the picture of a part, in its own units. */
const WIDTH = 1000;
/** Fields whose values give access to something, or tell who is where; also as lines that break a rule. */
const HIDDEN =
  /^([ \t]*(?:cookie|set-cookie|authorization|proxy-authorization|forwarded|via|x-forwarded-[\w-]+|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip)[ \t]*:?[ \t]*)([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)/gim;
/** Where a host stands: in a field, or in an address. */
const HOST = /(^host[ \t]*:[ \t]*|https?:\/\/)([^\s\/"'<>]+)/gim;
/** A host that leads somewhere, or brings a password: not a name such as `localhost:3000`. */
const TELLING = /[.@[]/;

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** @param {string} text @param {Unsaid} unsaid */
function clean(text, { root, addresses }) {
  let kept = text.replace(HIDDEN, (_, name) => `${name}(not told)`)
    .replace(HOST, (all, before, host) => TELLING.test(host) ? `${before}(address)` : all);
  for (const address of addresses) kept = kept.replaceAll(address, "(address)");
  return root.length > 1 ? kept.replaceAll(root, "(root)") : kept;
}

/** A head as text: control characters are told, bytes beyond ASCII escaped. @param {string} base64 @param {Unsaid} unsaid */
function headText(base64, unsaid) {
  const text = clean(fromLatin1(fromBase64(base64)), unsaid);
  // deno-lint-ignore no-control-regex
  return text.replace(/\r\n/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f-\xff]/g, (sign) => {
    return `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** @param {Detail} request */
function beginOf({ steps, startMs }) {
  return Math.min(steps[1] ?? startMs, startMs);
}

/** Requests that came without a pause, together. @param {readonly Detail[]} requests @returns {Detail[][]} */
function partsOf(requests) {
  const sorted = requests.filter(({ endMs }) => endMs !== 0)
    .sort((a, b) => beginOf(a) - beginOf(b));
  /** @type {Detail[][]} */
  const parts = [];
  let untilMs = -Infinity;
  for (const request of sorted) {
    if (beginOf(request) > untilMs + PART_GAP_MS) parts.push([]);
    parts[parts.length - 1].push(request);
    untilMs = Math.max(untilMs, request.endMs);
  }
  return parts;
}

/** A request as a bar on the clock of its part. @param {Detail} request @param {number} fromMs @param {number} spanMs */
function barOf({ steps }, fromMs, spanMs) {
  let bars = "";
  for (let i = 0; i < steps.length; i += 3) {
    const x = ((steps[i + 1] - fromMs) / spanMs) * WIDTH;
    const width = Math.max(2, ((steps[i + 2] - steps[i + 1]) / spanMs) * WIDTH);
    const { name } = STEPS[steps[i]];
    bars += `<rect class="${name}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="16"/>`;
  }
  return `<svg viewBox="0 0 ${WIDTH} 16" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>`;
}

/** @param {Detail} request @param {Unsaid} unsaid */
function nameOf({ method, requestTarget }, unsaid) {
  return escaped(clean(`${method} ${requestTarget}`.trim(), unsaid) || "(no request)");
}

/** All that is told of a request. @param {Detail} request @param {Unsaid} unsaid */
function toldOf(request, unsaid) {
  const { head, response, reason, steps, cut, statusCode, contentBytes } = request;
  const rows = [];
  for (let i = 0; i < steps.length; i += 3) {
    const { name, numeral } = STEPS[steps[i]];
    const took = duration(steps[i + 2] - steps[i + 1]);
    rows.push(`<li><i class="key ${name}"></i>${numeral && `(${numeral}) `}${name}: ${took}</li>`);
  }
  const why = `${statusCode || "No status"}: ${clean(reason.text, unsaid)}, ${reason.section}.`;
  return [
    `<p><b>${escaped(why)}</b></p>`,
    cut ? `<p>${escaped(clean(cut, unsaid))}</p>` : "",
    `<div class="sides"><div><h3>Request</h3><pre>${escaped(headText(head, unsaid))}</pre></div>`,
    `<div><h3>Response</h3><pre>${escaped(headText(response, unsaid))}</pre>`,
    `<p>and ${size(contentBytes)} of content</p></div></div>`,
    `<ul class="steps">${rows.join("")}</ul>`,
  ].join("\n");
}

/** One part: its requests, each with its bar, and what is told of it. @param {Detail[]} requests @param {Unsaid} unsaid */
function partText(requests, unsaid) {
  const fromMs = beginOf(requests[0]);
  const spanMs = Math.max(0.01, ...requests.map(({ endMs }) => endMs - fromMs));
  const items = requests.map((request) => {
    const { connection, statusCode, endMs, complete } = request;
    const isBad = statusCode >= 400 || !complete;
    const status = `${statusCode || "none"}${isBad ? " ✕" : ""}${complete ? "" : " cut short"}`;
    return `<details><summary><span>#${connection}</span><code>${nameOf(request, unsaid)}</code>` +
      `<b class="${isBad ? "bad" : ""}">${status}</b><span>${
        duration(endMs - beginOf(request))
      }</span>` +
      `${barOf(request, fromMs, spanMs)}</summary>\n${toldOf(request, unsaid)}</details>`;
  });
  const lanes = new Set(requests.map(({ connection }) => connection)).size;
  const title = `${requests.length} request${requests.length === 1 ? "" : "s"} over ` +
    `${lanes} connection${lanes === 1 ? "" : "s"} in ${duration(spanMs)}`;
  return `<section><h2>${title}</h2>\n${items.join("\n")}</section>`;
}

const STYLE = `
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--wall); color: var(--ink); font: 1rem/1.45 var(--serif); }
h1, h2, h3 { font-weight: 400; line-height: 1.15; margin: 0 0 0.5rem; }
h1 i { color: var(--glass); }
section { background: var(--inside); border: 1px solid var(--edge-soft); border-right: 0.3125rem solid var(--edge); padding: 1rem 1.25rem; margin: 1rem 0; }
.notes { white-space: pre-wrap; }
summary { display: grid; grid-template-columns: 3rem minmax(0, 1fr) 7rem 6rem 16rem; gap: 0.75rem; align-items: center; padding: 0.25rem 0; border-top: 1px solid var(--edge-soft); cursor: pointer; }
summary code { overflow-wrap: anywhere; }
svg { width: 100%; height: 1rem; background: var(--wall); }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; }
pre { margin: 0; padding: 0.5rem 0.75rem; background: var(--wall); white-space: pre-wrap; overflow-wrap: anywhere; }
pre, code { font-family: var(--mono); font-size: 0.875rem; }
.bad { color: var(--bad); }
.steps { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; padding: 0; }
.key { display: inline-block; width: 0.75rem; height: 0.75rem; margin-right: 0.375rem; }
@media (max-width: 48rem) { summary { grid-template-columns: 3rem minmax(0, 1fr) 5rem; } svg { grid-column: 1 / -1; } }
@media print { body, section, pre, svg { background: #fff; } section { break-inside: avoid; } }
`;

/** @param {string} style The page's own: its colours are taken, and nothing else. */
function styleOf(style) {
  const roots = [...style.matchAll(/:root\s*\{[^}]*\}/g)].map(([root]) => root);
  const dark = roots.slice(1).map((root) => `@media (prefers-color-scheme: dark) { ${root} }`);
  const steps = STEPS.map(({ name }) =>
    `.${name} { fill: var(--step-${name}); background: var(--step-${name}); }`
  );
  return [roots[0] ?? "", ...dark, STYLE, ...steps].join("\n");
}

/** The page. @param {Handout} handout @returns {string} */
export function handoutOf({ requests, notes, changes, savedAt, style, unsaid }) {
  const parts = partsOf(requests).map((part) => partText(part, unsaid));
  const experiments = changes.length === 0 ? "none: the server was as it is" : changes.join(", ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Vitrine X-ray: a handout</title>
<style>${styleOf(style)}</style>
</head>
<body>
<main>
<h1>Vitrine <i>X-ray</i></h1>
<p>Saved ${
    escaped(savedAt.slice(0, 16).replace("T", " "))
  } UTC. Paths, addresses and secrets are left out.</p>
<section><h2>Notes</h2><p class="notes">${escaped(clean(notes, unsaid)) || "none"}</p></section>
<section><h2>Experiments</h2><p>${escaped(experiments)}</p></section>
${parts.join("\n") || "<section><p>No request was recorded.</p></section>"}
</main>
</body>
</html>
`;
}
