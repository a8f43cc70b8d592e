/** What the page knows: fed by the server's events, or by a trace file. Bounded, as the server is. */

import { ask, refusalIn } from "./access.js";
import { fromBase64, toBase64 } from "./dom.js";
import { Events } from "./events.js";

/**
 * @typedef {import("../detail.ts").Summary} Summary
 * @typedef {import("../detail.ts").Detail} Detail
 * @typedef {import("../events.ts").Report} Report
 * @typedef {import("../events.ts").Lane} Lane
 * @typedef {import("../recorder.ts").Second} Second
 * @typedef {{ format: string, version: number, savedAt: string, root: string, lanes: Lane[], seconds: Second[],
 *   requests: Detail[] }} TraceFile
 */

const FORMAT = "vitrine-xray-trace";
const MAX_REQUESTS = 6_000;
const MAX_LANES = 2_000;
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

  /** Shows a trace file in place of the server. Throws if it is none. @param {string} name @param {string} text */
  open(name, text) {
    /** @type {TraceFile} */
    const file = JSON.parse(text);
    if (file?.format !== FORMAT || file.version !== 1 || !Array.isArray(file.requests)) {
      throw new Error(`${name} is not a trace of Vitrine`);
    }
    this.#events?.close();
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
    this.report = report;
    this.#arrivedMs = performance.now();
    for (const id of this.#underWay) this.requests.delete(id);
    this.#underWay.clear();
    for (const request of report.ended) this.requests.set(request.id, request);
    for (const request of report.underWay) {
      this.requests.set(request.id, request);
      this.#underWay.add(request.id);
    }
    for (const lane of report.lanes) this.lanes.set(lane.number, lane);
    this.seconds.push(...report.seconds);
    this.seconds.splice(0, this.seconds.length - MAX_SECONDS);
    forgetOldest(this.requests, MAX_REQUESTS);
    forgetOldest(this.lanes, MAX_LANES);
    this.#changed();
  }

  #clear() {
    this.requests.clear();
    this.lanes.clear();
    this.#details.clear();
    this.#underWay.clear();
    this.seconds = [];
    this.report = null;
    this.#fileEndMs = 0;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {Map<number, unknown>} map @param {number} max */
function forgetOldest(map, max) {
  for (const key of map.keys()) {
    if (map.size <= max) break;
    map.delete(key);
  }
}

/** A request without its secrets. @param {Detail} detail @returns {Detail} */
function masked(detail) {
  const head = fromBase64(detail.head);
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
  return { ...detail, head: toBase64(head), response: btoa(response) };
}
