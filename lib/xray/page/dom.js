/** Small things that every part of the page needs. Text is always inserted as text: no markup is ever parsed here. */

/**
 * @typedef {string | Node | null} Child
 * @typedef {{ [name: string]: string | number | boolean | EventListener | null }} Props
 */

/**
 * Makes an element. A property that starts with `on` is a listener; true is an empty attribute; false and null are left
 * out.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

/** Longer texts are folded: targets of thousands of bytes are nothing rare. */
const FOLDED_LENGTH = 120;

/** A text that is folded if it is long, and unfolds at a click. @param {string} text @returns {string | HTMLElement} */
export function folded(text) {
  if (text.length <= FOLDED_LENGTH) return text;
  const start = `${text.slice(0, FOLDED_LENGTH - 40)}… (${count(text.length)} characters)`;
  return el("details", { class: "fold" }, el("summary", {}, start), text);
}

/** The head of a table. @param {string[]} texts @param {string[]} classes @returns {HTMLElement} */
export function tableHead(texts, classes) {
  const cells = texts.map((text, i) => el("th", { class: classes[i], scope: "col" }, text));
  return el("thead", {}, el("tr", {}, ...cells));
}

/**
 * The element of an id, checked to be of a class.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`No ${type.name} is called ${id}`);
}

/** The steps, in their order. The last two are none: waiting for a turn in serial mode, and the look for `404.html`. */
export const STEPS = [
  { numeral: "i", name: "accept", file: "1_accept.ts", symbol: "acceptConnections" },
  { numeral: "ii", name: "receive", file: "2_receive.ts", symbol: "receiveHead" },
  { numeral: "iii", name: "parse", file: "3_parse.ts", symbol: "parseRequest" },
  { numeral: "iv", name: "locate", file: "4_locate.ts", symbol: "locate" },
  { numeral: "v", name: "compose", file: "5_compose.ts", symbol: "composeResponse" },
  { numeral: "vi", name: "send", file: "6_send.ts", symbol: "sendResponse" },
  { numeral: "", name: "wait", file: "", symbol: "" },
  { numeral: "", name: "page", file: "", symbol: "" },
];

/** @param {number} ms @returns {string} For example `"12.3 µs"`, `"4.56 ms"` or `"7.9 s"`. */
export function duration(ms) {
  if (ms < 1) return `${(ms * 1000).toFixed(ms < 0.1 ? 1 : 0)} µs`;
  if (ms < 1000) return `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** @param {number} bytes @returns {string} For example `"1.2 MiB"`. */
export function size(bytes) {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  const power = bytes < 1024 ** 2 ? 1 : bytes < 1024 ** 3 ? 2 : 3;
  return `${(bytes / 1024 ** power).toFixed(1)} ${["KiB", "MiB", "GiB"][power - 1]}`;
}

/** @param {number} value @returns {string} With commas between thousands. */
export function count(value) {
  return Math.round(value).toLocaleString("en");
}

/** @param {string} name @returns {string} The value of a CSS variable. */
export function cssVariable(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** @param {string} base64 @returns {Uint8Array<ArrayBuffer>} */
export function fromBase64(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** @param {Uint8Array} bytes @returns {string} */
export function toBase64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Bytes as character codes. @param {Uint8Array} bytes @returns {string} */
export function fromLatin1(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The same, printable: what is no character of Latin-1 is escaped. @param {Uint8Array} bytes @returns {string} */
export function latin1(bytes) {
  let text = "";
  for (const byte of bytes) {
    text += byte < 0x20 || (byte > 0x7e && byte < 0xa0)
      ? `\\x${byte.toString(16).padStart(2, "0")}`
      : String.fromCharCode(byte);
  }
  return text;
}

/** Gives the reader a text as a file. @param {string} text @param {string} name @param {string} [mediaType] */
export function download(text, name, mediaType = "application/json") {
  const url = URL.createObjectURL(new Blob([text], { type: mediaType }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // A browser may read it later than it is clicked.
}
