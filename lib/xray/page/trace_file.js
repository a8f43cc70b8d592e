/**
 * A trace as a file: what it must look like before any of it is shown. Whoever opens one may have any file at hand, so
 * what is wrong is one sentence, and it is known before what is open is put away.
 */

import { fromBase64 } from "./dom.js";

/**
 * @typedef {import("./store.js").TraceFile} TraceFile
 * @typedef {(value: any) => boolean} Test
 */

export const FORMAT = "vitrine-xray-trace";
/** Far more than any trace of ours; see `MAX_TRACES` in the recorder. */
const MAX_REQUESTS = 10_000;
/** Numbers of steps that there are: see `STEPS`. */
const STEP_COUNT = 8;

/** @type {Test} */
const isText = (value) => typeof value === "string";
/** @type {Test} */
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
/** @type {Test} */
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
/** @type {Test} */
const isFlag = (value) => typeof value === "boolean";
/** @param {Test} test @returns {Test} */
const orNull = (test) => (value) => value === null || test(value);
/** @param {Test} test @returns {Test} */
const listOf = (test) => (value) => Array.isArray(value) && value.every(test);
/** @type {Test} */
const isPlace = (value) =>
  typeof value === "object" && value !== null && isCount(value.start) && isCount(value.end);

/** @type {Test} */
function isBase64(value) {
  try {
    return isText(value) && fromBase64(value).length >= 0;
  } catch {
    return false;
  }
}

/** @type {Test} */
function isSteps(value) {
  return listOf(isNumber)(value) && value.length % 3 === 0 &&
    value.every((/** @type {number} */ step, /** @type {number} */ i) =>
      i % 3 !== 0 || isCount(step) && step < STEP_COUNT
    );
}

/** What each request must have. @type {Record<string, Test>} */
const OF_REQUEST = {
  id: isCount,
  connection: isCount,
  order: isCount,
  method: isText,
  requestTarget: isText,
  statusCode: isCount,
  startMs: isNumber,
  endMs: isNumber,
  steps: isSteps,
  contentBytes: isCount,
  contentLength: isCount,
  complete: isFlag,
  head: isBase64,
  headBytes: isCount,
  parts: listOf((part) => isPlace(part) && isText(part.kind)),
  blame: orNull(isPlace),
  reads: listOf(isNumber),
  writes: listOf(isNumber),
  segments: orNull(listOf(isText)),
  query: isText,
  systemPath: orNull(isText),
  verdict: isText,
  fileBytes: isCount,
  response: isBase64,
  content: (value) => value === undefined || isBase64(value), // Files of before have none.
  reason: (reason) => isText(reason?.text) && isText(reason?.section),
  error: orNull((error) => isText(error?.rule) && isText(error?.detail)),
};

/** @type {Record<string, Test>} */
const OF_LANE = { number: isCount, peer: isText, openMs: isNumber, closeMs: isNumber };

/** @type {Record<string, Test>} */
const OF_SECOND = {
  atMs: isNumber,
  openConnections: isCount,
  requests: isCount,
  readBytes: isCount,
  writtenBytes: isCount,
  statuses: (value) => typeof value === "object" && value !== null,
  p50: listOf(orNull(isNumber)),
  p99: listOf(orNull(isNumber)),
  cacheHits: isNumber,
  cacheMisses: isNumber,
};

/**
 * Reads the text of a trace file.
 *
 * @param {string} name Of the file, for the sentence.
 * @param {string} text
 * @returns {TraceFile}
 * @throws {Error} If it is none; the message is one sentence for whoever opened it.
 */
export function parseTraceFile(name, text) {
  const no = (/** @type {string} */ why) => new Error(`Cannot open ${name}: ${why}.`);
  /** @type {any} */
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    const isCut = text.trimStart().startsWith("{") && !text.trimEnd().endsWith("}");
    throw no(isCut ? "it ends in the middle" : "it is no trace of Vitrine, as it is no JSON");
  }
  if (file?.format !== FORMAT) throw no("it is no trace of Vitrine");
  if (file.version !== 1) throw no("another version of Vitrine has written it");
  if (!Array.isArray(file.requests)) throw no("it has no list of requests");
  if (file.requests.length > MAX_REQUESTS) {
    throw no(`it has more than ${MAX_REQUESTS.toLocaleString("en")} requests`);
  }
  const lists = [
    ["request", file.requests, OF_REQUEST],
    ["lane", file.lanes ?? [], OF_LANE],
    ["second", file.seconds ?? [], OF_SECOND],
  ];
  for (const [noun, list, rules] of lists) {
    if (!Array.isArray(list)) throw no(`its list of ${noun}s is none`);
    list.forEach((item, i) => {
      const wrong = wrongIn(item, rules);
      if (wrong !== null) throw no(`${noun} ${i + 1} has no good ${wrong}`);
    });
  }
  return file;
}

/** The name of the first member that is not as it must be; null if all are. @param {any} item @param {Record<string, Test>} rules */
function wrongIn(item, rules) {
  if (typeof item !== "object" || item === null) return "value";
  for (const [name, test] of Object.entries(rules)) if (!test(item[name])) return name;
  const { head, parts = [] } = item;
  // What is marked in the bytes must be in them.
  if (isText(head)) {
    const { length } = fromBase64(head);
    if (parts.some((/** @type {any} */ part) => part.start > part.end || part.end > length)) {
      return "parts";
    }
  }
  return null;
}
