/** What the page knows: fed by the server's events, or by a trace file. Bounded, as the server is. */

import { ask, refusalIn } from "./access.js";
import { fromBase64, fromLatin1, toBase64 } from "./dom.js";
import { Events } from "./events.js";
import { FORMAT, parseTraceFile } from "./trace_file.js";

/**
 * @typedef {import("../detail.ts").Summary} Summary
 * @typedef {import("../detail.ts").Detail} Detail
 * @typedef {import("../events.ts").Report} Report
 * @typedef {import("../events.ts").Lane & { skips?: [fromMs: number, toMs: number, count: number][] }} Lane A connection,
 *   and when requests on it were only counted.
 * @typedef {import("../recorder.ts").Second} Second
 * @typedef {{ format: string, version: number, savedAt: string, root: string, lanes: Lane[], seconds: Second[],
 *   requests: Detail[] }} TraceFile
 */

/** As many as the server knows: a page that is loaded again has the same. */
const MAX_LANES = 1_000;
/** Times in which requests on one lane were only counted. */
const MAX_SKIPS = 100;
/** Times that are no further apart, in ms, are one. */
const SKIP_GAP_MS = 300;
const MAX_SECONDS = 300;
/** Fields whose values are nobody's business. */
const SECRET = /^(?:cookie|set-cookie|authorization|proxy-authorization)$/i;

/** @param {string} fieldName @returns {boolean} Whether the value of a field is masked until it is asked for. */
export function isSecret(fieldName) {
  return SECRET.test(fieldName);
}

/** @param {Summary} request @returns {number} When its first step began: accept comes before its first byte. */
export function firstMs({ steps, startMs }) {
  return steps.length > 0 ? Math.min(steps[1], startMs) : startMs;
}

/** The one store of the page. Tells with an event `change` that there is something new. */
export class Store extends EventTarget {
  /** @type {Map<number, Summary>} */
  requests = new Map();
  /** @type {Map<number, Lane>} */
  lanes = new Map();
  /** @type {Second[]} */
  seconds = [];
  /** @type {Report | null} */
  report = null;
  /** What the live server was told last, while a trace file is shown. @type {import("../experiments.ts").Experiments | null} */
  experiments = null;
  /** Name of the trace file that is shown; null when live. @type {string | null} */
  fileName = null;
  /** @type {"connecting" | "live" | "lost" | "refused"} */
  state = "connecting";
  /** Why the X-ray tells us nothing, in the state `refused`. */
  refusal = "";
  /** @type {Map<number, Detail>} */
  #details = new Map();
  /** Requests that are under way. @type {Set<number>} */
  #underWay = new Set();
  /** Place of each request among all that the server has kept. @type {Map<number, number>} */
  #places = new Map();
  #arrivedMs = 0;
  #fileEndMs = 0;
  /** @type {Events | null} */
  #events = null;

  /** Listens to the server, and comes back when the stream breaks. */
  connect() {
    this.#events?.close();
    this.#clear();
    this.fileName = null;
    this.state = "connecting";
    this.#events = new Events("events", {
      event: (name, data) => {
        if (name !== "report") return;
        this.state = "live";
        this.#take(JSON.parse(data));
      },
      lost: () => {
        this.state = "lost";
        this.#changed();
      },
      refused: (why) => {
        this.state = "refused";
        this.refusal = why;
        this.#changed();
      },
    });
    this.#changed();
  }

  /** The present on the server's scale, in ms; the end of a trace file. */
  nowMs() {
    if (this.fileName !== null) return this.#fileEndMs;
    if (this.report === null) return 0;
    return this.report.nowMs + (this.state === "live" ? performance.now() - this.#arrivedMs : 0);
  }

  /** @param {Summary} request @returns {number} When it ended, or the present if it goes on. */
  endOf(request) {
    return request.endMs === 0 ? this.nowMs() : request.endMs;
  }

  /** Rejects if the X-ray cannot say. @param {number} id @returns {Promise<Detail | null>} Null if it is not kept any more. */
  async detail(id) {
    const known = this.#details.get(id);
    if (known !== undefined) return known;
    if (this.fileName !== null) return null;
    const response = await ask(`request?id=${id}`);
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(await refusalIn(response));
    /** @type {Detail} */
    const detail = await response.json();
    if (detail.endMs !== 0) this.#details.set(id, detail);
    if (this.#details.size > 200) this.#details.delete([...this.#details.keys()][0]);
    return detail;
  }

  /** Everything that is kept, as the text of a file; secrets are masked for good. @returns {Promise<string>} */
  async save() {
    const response = this.fileName === null ? await ask("traces") : null;
    /** @type {Detail[]} */
    const requests = response === null ? [...this.#details.values()] : await response.json();
    /** @type {TraceFile} */
    const file = {
      format: FORMAT,
      version: 1,
      savedAt: new Date().toISOString(),
      root: this.report?.root ?? "",
      lanes: [...this.lanes.values()],
      seconds: this.seconds,
      requests: requests.map(masked),
    };
    return JSON.stringify(file);
  }

  /**
   * Shows a trace file in place of the server. Throws if it is none; what was open then stays open.
   *
   * @param {string} name @param {string} text
   */
  open(name, text) {
    const file = parseTraceFile(name, text);
    this.#events?.close();
    this.experiments = this.report?.experiments ?? this.experiments;
    this.#clear();
    this.fileName = name;
    for (const detail of file.requests) {
      this.requests.set(detail.id, detail);
      this.#details.set(detail.id, detail);
      this.#fileEndMs = Math.max(this.#fileEndMs, detail.endMs);
    }
    for (const lane of file.lanes ?? []) this.lanes.set(lane.number, lane);
    this.seconds = file.seconds ?? [];
    this.#changed();
  }

  /** @param {Report} report */
  #take(report) {
    if (this.report !== null && this.report.run !== report.run) this.#clear();
    const beforeMs = this.report?.nowMs ?? null;
    this.report = report;
    this.#arrivedMs = performance.now();
    for (const id of this.#underWay) this.requests.delete(id);
    this.#underWay.clear();
    report.ended.forEach((request, i) => {
      this.requests.set(request.id, request);
      this.#places.set(request.id, report.endedFrom + i);
    });
    for (const request of report.underWay) {
      this.requests.set(request.id, request);
      this.#underWay.add(request.id);
    }
    for (const lane of report.lanes) this.#takeLane(lane, beforeMs, report.nowMs);
    this.seconds.push(...report.seconds);
    this.seconds.splice(0, this.seconds.length - MAX_SECONDS);
    // What the server keeps no more cannot be opened, and is gone here too.
    for (const [id, place] of this.#places) {
      if (place >= report.keptCount - report.maxKept) break;
      this.requests.delete(id);
      this.#places.delete(id);
    }
    this.#forgetLanes();
    this.#changed();
  }

  /** A lane changed. @param {Lane} lane @param {number | null} beforeMs @param {number} nowMs Of this report, and the one before. */
  #takeLane(lane, beforeMs, nowMs) {
    const known = this.lanes.get(lane.number);
    const skips = known?.skips ?? [];
    const more = lane.skipped - (known?.skipped ?? 0);
    if (more > 0) {
      const fromMs = known === undefined ? lane.openMs : beforeMs ?? lane.openMs;
      const toMs = lane.closeMs || nowMs;
      const last = skips.at(-1);
      if (last !== undefined && last[1] >= fromMs - SKIP_GAP_MS) {
        last[1] = toMs;
        last[2] += more;
      } else skips.push([Math.min(fromMs, toMs), toMs, more]);
      if (skips.length > MAX_SKIPS) skips.shift();
    }
    this.lanes.set(lane.number, { ...lane, skips });
  }

  /** As the server does: the oldest that is closed goes first. */
  #forgetLanes() {
    for (let i = this.lanes.size; i > MAX_LANES; i--) {
      const oldest = [...this.lanes.values()].find((lane) => lane.closeMs !== 0) ??
        [...this.lanes.values()][0];
      this.lanes.delete(oldest.number);
    }
  }

  /** How many requests are over and can be opened here. */
  get endedCount() {
    return this.requests.size - this.#underWay.size;
  }

  #clear() {
    this.requests.clear();
    this.lanes.clear();
    this.#details.clear();
    this.#underWay.clear();
    this.#places.clear();
    this.seconds = [];
    this.report = null;
    this.#fileEndMs = 0;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** A request without its secrets. @param {Detail} detail @returns {Detail} */
function masked(detail) {
  const head = fromBase64(detail.head);
  // What came for a password is as secret as that.
  const isGuarded = /^[ \t]*authorization/im.test(fromLatin1(head));
  detail.parts.forEach((part, i) => {
    const name = detail.parts[i - 1];
    if (part.kind !== "value" || name?.kind !== "name") return;
    if (isSecret(String.fromCharCode(...head.subarray(name.start, name.end)))) {
      head.fill(0x2a, part.start, part.end);
    }
  });
  const response = atob(detail.response).replace(
    /^(Set-Cookie: )([^\r]*)/gim,
    (_, name, value) => name + "*".repeat(value.length),
  );
  const content = isGuarded ? "" : detail.content;
  return { ...detail, head: toBase64(head), response: btoa(response), content };
}
