/** A request for other tools: as a command for curl, and all of them as an HTTP Archive (HAR 1.2). Pure. */

import { fromBase64, fromLatin1 } from "./dom.js";

/**
 * @typedef {import("./store.js").Detail} Detail
 * @typedef {{ name: string, value: string }} Field
 */

/** What curl sends by itself, or knows better. */
const LEFT_OUT = /^(?:host|connection|content-length)$/i;
/** Steps of a trace, by number, as HAR names what they are. */
const HAR_PHASE = /** @type {const} */ ([
  "connect",
  "blocked",
  "wait",
  "wait",
  "wait",
  "receive",
  "blocked",
  "wait",
]);

/** The fields of a head. @param {string} base64 @returns {{ first: string, fields: Field[], length: number }} */
function readHead(base64) {
  const text = fromLatin1(fromBase64(base64));
  const [first, ...lines] = text.split("\r\n\r\n", 1)[0].split("\r\n");
  const fields = lines.flatMap((line) => {
    const name = /^[^:\s]+(?=:)/.exec(line)?.[0];
    return name === undefined ? [] : [{ name, value: line.slice(name.length + 1).trim() }];
  });
  return { first, fields, length: text.length };
}

/** A text as one word of a POSIX shell. @param {string} text */
function quoted(text) {
  return /^[\w%@+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * A command that sends the same request again. Null for a head that could not be read: curl would send another.
 *
 * @param {Detail} detail @param {string} site Address of the site, such as `"http://localhost:3000/"`.
 * @returns {string | null}
 */
export function curlOf({ method, requestTarget, head }, site) {
  if (method === "" || !requestTarget.startsWith("/")) return null;
  const words = ["curl", "--include", "--path-as-is", "--globoff"];
  if (method === "HEAD") words.push("--head");
  else if (method !== "GET") words.push("--request", quoted(method));
  for (const { name, value } of readHead(head).fields) {
    if (LEFT_OUT.test(name)) continue;
    words.push("--header", quoted(value === "" ? `${name};` : `${name}: ${value}`));
  }
  words.push(quoted(site.replace(/\/$/, "") + requestTarget));
  return words.join(" ");
}

/**
 * All requests as a HAR, which the network panels of browsers open.
 *
 * @param {readonly Detail[]} details @param {{ site: string, epochMs: number }} where `epochMs` is the wall clock at 0 of
 *   the server's scale.
 */
export function harOf(details, { site, epochMs }) {
  return {
    log: {
      version: "1.2",
      creator: { name: "Vitrine X-ray", version: "1" },
      entries: details.filter(({ endMs, statusCode }) => endMs !== 0 && statusCode !== 0)
        .map((detail) => entryOf(detail, site, epochMs)),
    },
  };
}

/** HAR 1.2 §content: text, or what is none in base64; only where all of it was kept. @param {Detail} detail */
function textOf({ content, contentBytes }) {
  const bytes = fromBase64(content ?? "");
  if (bytes.length === 0 || bytes.length < contentBytes) return {};
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { text: content, encoding: "base64" };
  }
}

/** @param {Detail} detail @param {string} site @param {number} epochMs */
function entryOf(detail, site, epochMs) {
  const { startMs, steps, requestTarget, method, reason, connection, headBytes, contentBytes } =
    detail;
  const asked = readHead(detail.head);
  const said = readHead(detail.response);
  const type = said.fields.find(({ name }) => /^content-type$/i.test(name))?.value ?? "";
  const location = said.fields.find(({ name }) => /^location$/i.test(name))?.value ?? "";
  const timings = { blocked: 0, dns: -1, connect: 0, send: 0, wait: 0, receive: 0, ssl: -1 };
  for (let i = 0; i < steps.length; i += 3) {
    timings[HAR_PHASE[steps[i]]] += steps[i + 2] - steps[i + 1];
  }
  const time = timings.blocked + timings.connect + timings.wait + timings.receive;
  const target = requestTarget.startsWith("/") ? requestTarget : "/";
  const query = new URLSearchParams(detail.query);
  return {
    startedDateTime: new Date(epochMs + startMs).toISOString(),
    time,
    request: {
      method: method || "GET",
      url: site.replace(/\/$/, "") + target,
      httpVersion: / (HTTP\/[\d.]+)$/.exec(asked.first)?.[1] ?? "HTTP/1.1",
      cookies: [],
      headers: asked.fields,
      queryString: [...query].map(([name, value]) => ({ name, value })),
      headersSize: headBytes,
      bodySize: -1,
    },
    response: {
      status: detail.statusCode,
      statusText: said.first.split(" ").slice(2).join(" "),
      httpVersion: said.first.split(" ", 1)[0],
      cookies: [],
      headers: said.fields,
      content: { size: contentBytes, mimeType: type, ...textOf(detail) },
      redirectURL: location,
      headersSize: said.length,
      bodySize: contentBytes,
    },
    cache: {},
    timings,
    connection: String(connection),
    comment: `${reason.text} (${reason.section})`,
  };
}
