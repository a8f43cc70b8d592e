/** The first bytes of the content that was sent: as text where they are text, else as hex. */

import { hexView } from "./bytes.js";
import { count, el, fromBase64, fromLatin1, size } from "./dom.js";

/** @typedef {import("./store.js").Detail} Detail */

/** What no text has: control characters other than TAB, LF, FF and CR. */
// deno-lint-ignore no-control-regex
const NO_TEXT = /[\x00-\x08\x0b\x0e-\x1f\x7f]/;

/**
 * Bytes as text, if they are.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes They may end in the middle of a character.
 * @returns {string | null} Null: they are something else.
 */
function asText(bytes) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return NO_TEXT.test(text) ? null : text;
  } catch {
    return null; // No UTF-8.
  }
}

/** The coding that the content is in, or empty. @param {string} response In base64. */
function codingOf(response) {
  return /\r\ncontent-encoding: ([^\r]*)/i.exec(fromLatin1(fromBase64(response)))?.[1] ?? "";
}

/**
 * What is shown of the content of a response.
 *
 * @param {Detail} detail
 * @param {boolean} isStarred Whether it came without its secrets, and so without content.
 * @returns {HTMLElement | null} Null if none was sent.
 */
export function contentView({ content, contentBytes, response }, isStarred) {
  if (contentBytes === 0) return null;
  const bytes = fromBase64(content ?? "");
  const title = bytes.length === 0
    ? "Content"
    : bytes.length < contentBytes
    ? `Content: the first ${count(bytes.length)} of ${count(contentBytes)} bytes`
    : `Content: all ${size(bytes.length)}`;
  const coding = codingOf(response);
  const text = asText(bytes);
  const why = coding === "" ? "" : `Coded as ${coding}: these are the bytes on the way.`;
  const none = isStarred
    ? "Not shown here: it may be behind a password."
    : "Its bytes were not kept.";
  return el(
    "div",
    { class: "content", id: "content" },
    el("h4", {}, title),
    why === "" ? null : el("p", { class: "note" }, why),
    bytes.length === 0
      ? el("p", { class: "note" }, none)
      : text === null
      ? hexView(bytes, { ranges: [], blame: null })
      : el(
        "pre",
        { class: "bytes plain", tabindex: 0, role: "group", "aria-label": "Content as text" },
        text,
      ),
  );
}
