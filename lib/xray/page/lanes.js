/**
 * Lanes: one per connection, time from left to right, each request a block of six colours. Drawn on a canvas, only when
 * something changed, and never more than can be seen.
 */

import { byId, count, cssVariable, duration, el, STEPS } from "./dom.js";

/**
 * @typedef {import("./store.js").Summary} Summary
 * @typedef {import("./store.js").Store} Store
 * @typedef {{ x: number, width: number, row: number, request: Summary }} Block
 */

const LABEL_WIDTH = 190;
const AXIS_HEIGHT = 30;
const LANE_HEIGHT = 46;
const BLOCK_TOP = 19;
const BLOCK_HEIGHT = 20;
/** Narrower blocks are drawn this wide, their steps in equal parts, and the page says so. */
const MIN_BLOCK = 15;
const MIN_SPAN_MS = 0.05;
const MAX_SPAN_MS = 600_000;
const MAX_ROWS = 9;
/** Nearer than this, in ms, and what is followed is gone before it is seen. */
const MIN_FOLLOWED_MS = 500;

/** The lanes on their canvas. */
export class Lanes {
  spanMs = 10_000;
  /** Right edge of what is seen, on the server's scale; counts only while it does not follow. */
  #endMs = 0;
  following = true;
  paused = false;
  /** @type {number | null} */
  selected = null;
  #store;
  #canvas = byId("lanes", HTMLCanvasElement);
  #tip = byId("tip", HTMLDivElement);
  #said = byId("said", HTMLParagraphElement);
  /** Called with the number of a request to open. @type {(id: number) => void} */
  #open;
  /** @type {Block[]} */
  #blocks = [];
  #firstRow = 0;
  #rowCount = 0;
  #hidden = 0;
  #tokens = 0;
  #dirty = true;
  #width = 0;
  #height = 0;
  /** @type {{ x: number, y: number, endMs: number, row: number, moved: boolean } | null} */
  #drag = null;
  /** @type {Record<string, string>} */
  #colors = {};

  /** @param {Store} store @param {(id: number) => void} open */
  constructor(store, open) {
    this.#store = store;
    this.#open = open;
    store.addEventListener("change", () => this.redraw());
    new ResizeObserver(() => this.redraw()).observe(
      /** @type {Element} */ (this.#canvas.parentElement),
    );
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.readColors());
    this.readColors();
    this.#listen();
    const frame = () => {
      if (this.#dirty || (this.following && !this.paused && store.state === "live")) this.#draw();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  redraw() {
    this.#dirty = true;
  }

  readColors() {
    const names = ["ink", "faint", "line", "ground", "panel", "bad", "select"];
    this.#colors = Object.fromEntries(names.map((name) => [name, cssVariable(`--${name}`)]));
    STEPS.forEach(({ name }) => this.#colors[name] = cssVariable(`--step-${name}`));
    this.redraw();
  }

  /** How many blocks were too close to draw, and how many were drawn wider than they are. */
  get notes() {
    return { hidden: this.#hidden, tokens: this.#tokens };
  }

  get endMs() {
    if (!this.following || this.paused) return this.#endMs;
    return this.#store.nowMs() + this.spanMs * 0.02;
  }

  /** @param {boolean} paused */
  pause(paused) {
    if (paused) this.#endMs = this.endMs;
    this.paused = paused;
    this.redraw();
  }

  /** @param {boolean} following */
  follow(following) {
    if (!following) this.#endMs = this.endMs;
    this.following = following;
    if (following) {
      this.paused = false;
      if (this.spanMs < MIN_FOLLOWED_MS) this.spanMs = 10_000;
    }
    this.redraw();
  }

  /** @param {number} factor Under 1 is nearer. @param {number} [x] What stays where it is, in pixels. */
  zoom(factor, x) {
    const span = Math.min(MAX_SPAN_MS, Math.max(MIN_SPAN_MS, this.spanMs * factor));
    if (x !== undefined && (!this.following || this.paused)) {
      const share = (x - LABEL_WIDTH) / (this.#width - LABEL_WIDTH);
      const atMs = this.#endMs - this.spanMs * (1 - share);
      this.#endMs = atMs + span * (1 - share);
    }
    this.spanMs = span;
    this.redraw();
  }

  /** Shows all of the chosen request, or all that is known. */
  fit() {
    const chosen = this.selected === null ? undefined : this.#store.requests.get(this.selected);
    const requests = chosen === undefined ? [...this.#store.requests.values()] : [chosen];
    if (requests.length === 0) return;
    const start = Math.min(...requests.map((request) => firstMs(request)));
    const end = Math.max(...requests.map((request) => this.#store.endOf(request)));
    this.spanMs = Math.min(MAX_SPAN_MS, Math.max(MIN_SPAN_MS, (end - start) * 1.15));
    this.follow(false);
    this.#endMs = end + (end - start) * 0.07;
    this.redraw();
  }

  /** @param {number} id */
  select(id) {
    this.selected = id;
    const request = this.#store.requests.get(id);
    if (request !== undefined) {
      const { method, requestTarget, statusCode, connection } = request;
      this.#said.textContent = `Lane ${connection}: ${method} ${requestTarget}, ` +
        `${statusCode === 0 ? "no status" : statusCode}`;
    }
    this.redraw();
  }

  #listen() {
    const canvas = this.#canvas;
    canvas.addEventListener("wheel", (event) => {
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        if (this.following) this.follow(false);
        this.#endMs += ((event.deltaX || event.deltaY) * this.spanMs) / this.#width;
        this.redraw();
      } else {
        this.zoom(Math.exp(event.deltaY / 400), event.offsetX);
      }
      event.preventDefault();
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#drag = {
        x: event.offsetX,
        y: event.offsetY,
        endMs: this.endMs,
        row: this.#firstRow,
        moved: false,
      };
    });
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => {
      const block = this.#blockAt(event.offsetX, event.offsetY);
      if (this.#drag !== null && !this.#drag.moved && block !== null) this.#open(block.request.id);
      this.#drag = null;
    });
    canvas.addEventListener("pointerleave", () => this.#tip.hidden = true);
    canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {PointerEvent} event */
  #move({ offsetX, offsetY }) {
    const drag = this.#drag;
    if (drag === null) return this.#point(offsetX, offsetY);
    if (Math.abs(offsetX - drag.x) + Math.abs(offsetY - drag.y) > 4 && !drag.moved) {
      drag.moved = true;
      if (Math.abs(offsetX - drag.x) > 3) this.follow(false);
    }
    if (!drag.moved) return;
    this.#tip.hidden = true;
    if (!this.following) {
      this.#endMs = drag.endMs - ((offsetX - drag.x) * this.spanMs) / (this.#width - LABEL_WIDTH);
    }
    this.#firstRow = drag.row - Math.round((offsetY - drag.y) / LANE_HEIGHT);
    this.redraw();
  }

  /** @param {number} x @param {number} y */
  #point(x, y) {
    const block = this.#blockAt(x, y);
    this.#canvas.style.cursor = block === null ? "grab" : "pointer";
    this.#tip.hidden = block === null;
    if (block === null) return;
    const { request } = block;
    const lines = [
      el("strong", {}, `${request.method || "no request"} ${request.requestTarget}`),
      el("span", {}, statusText(request)),
    ];
    const table = el("table");
    for (const [step, ms] of stepTimes(request)) {
      table.append(el(
        "tr",
        {},
        el("td", { class: `dot ${STEPS[step].name}` }, STEPS[step].name),
        el("td", { class: "number" }, duration(ms)),
      ));
    }
    this.#tip.replaceChildren(...lines, table);
    const isRight = x > this.#width / 2;
    this.#tip.style.left = isRight ? "" : `${x + 16}px`;
    this.#tip.style.right = isRight ? `${this.#width - x + 16}px` : "";
    this.#tip.style.top = `${Math.min(y + 12, this.#height - 120)}px`;
  }

  /** @param {number} x @param {number} y @returns {Block | null} */
  #blockAt(x, y) {
    const hit = this.#blocks.findLast((block) => {
      const top = AXIS_HEIGHT + block.row * LANE_HEIGHT;
      return y >= top && y < top + LANE_HEIGHT && x >= block.x - 3 &&
        x <= block.x + block.width + 3;
    });
    return hit ?? null;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const at = this.#blocks.findIndex(({ request }) => request.id === this.selected);
    const now = this.#blocks[at];
    /** @type {Block | undefined} */
    let next;
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const ahead = event.key === "ArrowRight";
      const row = this.#blocks.filter((block) => now === undefined || block.row === now.row);
      const place = row.indexOf(now);
      next = now === undefined ? this.#blocks.at(-1) : row[place + (ahead ? 1 : -1)];
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const row = (now?.row ?? -1) + (event.key === "ArrowDown" ? 1 : -1);
      const x = now?.x ?? 0;
      next = this.#blocks
        .filter((block) => block.row === row)
        .sort((a, b) => Math.abs(a.x - x) - Math.abs(b.x - x))[0];
      if (next === undefined) this.#firstRow += event.key === "ArrowDown" ? 1 : -1;
      this.redraw();
    } else if (event.key === "Enter" && this.selected !== null) {
      this.#open(this.selected);
    } else return;
    event.preventDefault();
    if (next !== undefined) this.select(next.request.id);
  }

  #draw() {
    this.#dirty = false;
    const endMs = this.endMs;
    const startMs = endMs - this.spanMs;
    const rows = this.#rows(startMs, endMs);
    const context = this.#prepare(rows.length);
    if (context === null) return;
    const toX = (/** @type {number} */ ms) =>
      LABEL_WIDTH + ((ms - startMs) / this.spanMs) * (this.#width - LABEL_WIDTH);
    this.#drawAxis(context, startMs, endMs, toX);
    this.#blocks = [];
    this.#hidden = this.#tokens = 0;
    const shown = rows.slice(this.#firstRow, this.#firstRow + this.#rowCount);
    shown.forEach(({ number, requests }, row) => {
      context.save();
      context.beginPath();
      context.rect(LABEL_WIDTH, AXIS_HEIGHT, this.#width, this.#height);
      context.clip();
      this.#drawLane(context, row, number, toX);
      this.#drawRequests(context, row, requests, toX);
      context.restore();
      this.#drawLabel(context, row, number);
    });
    this.#drawScroll(context, rows.length);
  }

  /** The lanes that have something to show in a time. @param {number} startMs @param {number} endMs */
  #rows(startMs, endMs) {
    /** @type {Map<number, Summary[]>} */
    const byLane = new Map();
    for (const lane of this.#store.lanes.values()) {
      const isOpen = lane.closeMs === 0 || lane.closeMs >= startMs;
      if (isOpen && lane.openMs <= endMs) byLane.set(lane.number, []);
    }
    for (const request of this.#store.requests.values()) {
      if (firstMs(request) > endMs || this.#store.endOf(request) < startMs) continue;
      const requests = byLane.get(request.connection);
      if (requests === undefined) byLane.set(request.connection, [request]);
      else requests.push(request);
    }
    const rows = [...byLane].map(([number, requests]) => ({ number, requests }));
    return rows.sort((a, b) => b.number - a.number);
  }

  /** Sets the size of the canvas. @param {number} rows */
  #prepare(rows) {
    const canvas = this.#canvas;
    const box = /** @type {HTMLElement} */ (canvas.parentElement);
    const limit = Math.max(3, Math.min(MAX_ROWS, Math.floor((innerHeight * 0.46) / LANE_HEIGHT)));
    this.#rowCount = Math.max(4, Math.min(limit, rows));
    this.#firstRow = Math.max(0, Math.min(this.#firstRow, rows - this.#rowCount));
    const width = box.clientWidth;
    const height = AXIS_HEIGHT + this.#rowCount * LANE_HEIGHT + 6;
    const scale = devicePixelRatio;
    if (
      canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)
    ) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.style.height = `${height}px`;
    }
    this.#width = width;
    this.#height = height;
    const context = canvas.getContext("2d");
    if (context === null) return null;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.textBaseline = "middle";
    return context;
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {number} startMs @param {number} endMs
   * @param {(ms: number) => number} toX
   */
  #drawAxis(context, startMs, endMs, toX) {
    const step = niceStep((this.spanMs * 110) / Math.max(1, this.#width - LABEL_WIDTH));
    const nowMs = this.#store.nowMs();
    context.font = FONT_SMALL;
    context.textAlign = "center";
    // Counted from the present while that moves on, so that the labels stay and the blocks wander.
    const origin = this.following && !this.paused ? nowMs : Math.ceil(startMs / step) * step;
    const isAgo = this.following && !this.paused;
    const first = Math.ceil((startMs - origin) / step);
    for (let i = first; origin + i * step <= endMs; i++) {
      const x = toX(origin + i * step);
      context.fillStyle = this.#colors.line;
      context.fillRect(Math.round(x), AXIS_HEIGHT - 6, 1, this.#height);
      context.fillStyle = this.#colors.faint;
      const label = i === 0 && isAgo ? "now" : axisLabel(isAgo ? i * step : i * step, step, isAgo);
      if (x > LABEL_WIDTH + 20 && x < this.#width - 20) context.fillText(label, x, 12);
    }
    context.textAlign = "left";
    context.fillText(
      isAgo ? "time →" : `from ${(origin / 1000).toFixed(step < 1000 ? 3 : 0)} s`,
      12,
      12,
    );
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {number} row @param {number} number
   * @param {(ms: number) => number} toX
   */
  #drawLane(context, row, number, toX) {
    const lane = this.#store.lanes.get(number);
    const y = AXIS_HEIGHT + row * LANE_HEIGHT + BLOCK_TOP + BLOCK_HEIGHT / 2;
    const from = Math.max(LABEL_WIDTH, lane === undefined ? 0 : toX(lane.openMs));
    const isClosed = lane !== undefined && lane.closeMs !== 0;
    const to = Math.min(this.#width, toX(isClosed ? lane.closeMs : this.#store.nowMs()));
    context.fillStyle = this.#colors.faint;
    context.globalAlpha = 0.45;
    context.fillRect(from, y - 1, Math.max(0, to - from), 2);
    context.globalAlpha = 1;
    if (isClosed) context.fillRect(to - 1, y - 8, 3, 16);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} row @param {number} number */
  #drawLabel(context, row, number) {
    const top = AXIS_HEIGHT + row * LANE_HEIGHT;
    const y = top + BLOCK_TOP + BLOCK_HEIGHT / 2;
    context.fillStyle = this.#colors.line;
    context.fillRect(0, top, this.#width, 1);
    context.textAlign = "left";
    context.fillStyle = this.#colors.ink;
    context.font = FONT_BOLD;
    context.fillText(`#${number}`, 12, y);
    const offset = Math.max(46, context.measureText(`#${number}`).width + 20);
    context.font = FONT_SMALL;
    context.fillStyle = this.#colors.faint;
    context.fillText(
      this.#store.lanes.get(number)?.peer ?? "",
      offset,
      y,
      LABEL_WIDTH - offset - 8,
    );
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {number} row @param {Summary[]} requests
   * @param {(ms: number) => number} toX
   */
  #drawRequests(context, row, requests, toX) {
    requests.sort((a, b) => a.startMs - b.startMs);
    let free = -Infinity;
    let textFree = -Infinity;
    requests.forEach((request, i) => {
      const from = toX(firstMs(request));
      const to = toX(this.#store.endOf(request));
      const isToken = to - from < MIN_BLOCK;
      if (isToken && from < free - MIN_BLOCK * 0.4 && request.id !== this.selected) {
        this.#hidden++;
        return;
      }
      const x = isToken ? Math.max(from, Math.min(free + 1, from + MIN_BLOCK / 2)) : from;
      const width = isToken ? MIN_BLOCK : to - from;
      if (isToken) this.#tokens++;
      const block = { x, width, row, request };
      this.#blocks.push(block);
      this.#drawBlock(context, block, isToken, toX);
      const next = i + 1 < requests.length ? toX(requests[i + 1].startMs) : this.#width;
      const start = Math.max(x, LABEL_WIDTH + 2, textFree);
      const room = Math.max(next, x + width) - start - 8;
      if (room > 26) textFree = start + this.#drawCaption(context, block, start, room);
      free = x + width;
    });
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {Block} block @param {boolean} isToken
   * @param {(ms: number) => number} toX
   */
  #drawBlock(context, { x, width, row, request }, isToken, toX) {
    const top = AXIS_HEIGHT + row * LANE_HEIGHT + BLOCK_TOP;
    const { steps } = request;
    context.save();
    context.beginPath();
    context.roundRect(x, top, width, BLOCK_HEIGHT, 4);
    context.fillStyle = this.#colors.panel;
    context.fill();
    context.clip();
    const parts = [];
    for (let i = 0; i < steps.length; i += 3) {
      parts.push([steps[i], toX(steps[i + 1]), toX(steps[i + 2])]);
    }
    const last = parts.at(-1);
    if (request.endMs === 0) {
      const step = last === undefined ? 1 : Math.min(5, last[0] === 6 ? 2 : last[0] + 1);
      parts.push([step, last?.[2] ?? toX(request.startMs), toX(this.#store.endOf(request))]);
    }
    parts.forEach(([step, from, to], i) => {
      const left = isToken ? x + (width * i) / parts.length : from;
      const right = isToken ? x + (width * (i + 1)) / parts.length : to;
      this.#drawStep(context, step, left, right, top);
    });
    context.restore();
    this.#drawFrame(context, x, width, top, request);
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {number} step @param {number} left @param {number} right
   * @param {number} top
   */
  #drawStep(context, step, left, right, top) {
    const { name, numeral } = STEPS[step];
    context.fillStyle = this.#colors[name];
    if (step === 6) { // Waiting is hatched: it is no step.
      for (let x = left; x < right; x += 7) context.fillRect(x, top, 3, BLOCK_HEIGHT);
    } else {
      context.fillRect(left, top, Math.max(0.75, right - left), BLOCK_HEIGHT);
    }
    const from = Math.max(left, LABEL_WIDTH);
    const to = Math.min(right, this.#width);
    if (to - from < 24) return;
    context.fillStyle = name === "send" || name === "locate" ? "#fff" : "#14181d";
    context.font = FONT_BOLD;
    context.textAlign = "center";
    const words = to - from > 70 ? (step === 6 ? "waits" : name) : numeral;
    context.fillText(words, (from + to) / 2, top + BLOCK_HEIGHT / 2 + 1);
    context.textAlign = "left";
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {number} x @param {number} width @param {number} top
   * @param {Summary} request
   */
  #drawFrame(context, x, width, top, request) {
    const isSelected = request.id === this.selected;
    const isBad = request.statusCode >= 400 || (request.endMs !== 0 && !request.complete);
    if (!isSelected && !isBad) return;
    context.beginPath();
    context.roundRect(x - 1.5, top - 1.5, width + 3, BLOCK_HEIGHT + 3, 5);
    context.lineWidth = isSelected ? 3 : 2;
    context.strokeStyle = isSelected ? this.#colors.select : this.#colors.bad;
    context.stroke();
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {Block} block @param {number} x @param {number} room
   * @returns {number} Width of what was written.
   */
  #drawCaption(context, { row, request }, x, room) {
    const { method, requestTarget, statusCode } = request;
    const isBad = statusCode >= 400 || (request.endMs !== 0 && !request.complete);
    const status = request.endMs === 0 ? "…" : statusCode === 0 ? "gave up" : String(statusCode);
    const y = AXIS_HEIGHT + row * LANE_HEIGHT + 10;
    context.font = FONT_BOLD;
    context.fillStyle = isBad ? this.#colors.bad : this.#colors.ink;
    const words = isBad ? `${status} ✕` : status;
    context.fillText(words, x, y);
    const used = context.measureText(words).width + 7;
    context.font = FONT_SMALL;
    context.fillStyle = this.#colors.faint;
    const text = fitted(context, `${method} ${requestTarget}`.trim(), room - used);
    context.fillText(text, x + used, y);
    return used + context.measureText(text).width + 10;
  }

  /** @param {CanvasRenderingContext2D} context @param {number} rows */
  #drawScroll(context, rows) {
    if (rows <= this.#rowCount) return;
    const track = this.#height - AXIS_HEIGHT - 6;
    const height = Math.max(24, (track * this.#rowCount) / rows);
    const top = AXIS_HEIGHT + ((track - height) * this.#firstRow) / (rows - this.#rowCount);
    context.fillStyle = this.#colors.faint;
    context.beginPath();
    context.roundRect(this.#width - 7, top, 5, height, 3);
    context.fill();
    context.font = FONT_SMALL;
    context.textAlign = "right";
    const text = `${count(rows)} lanes: drag or use ↑ ↓`;
    const width = context.measureText(text).width + 16;
    context.fillStyle = this.#colors.ground;
    context.beginPath();
    context.roundRect(this.#width - width - 12, this.#height - 25, width, 21, 6);
    context.fill();
    context.fillStyle = this.#colors.faint;
    context.fillText(text, this.#width - 20, this.#height - 14);
    context.textAlign = "left";
  }
}

const FONT_SMALL = "13px system-ui, sans-serif";
const FONT_BOLD = "600 13px system-ui, sans-serif";

/** When the first step of a request began: accept comes before its first byte. @param {Summary} request */
function firstMs({ steps, startMs }) {
  return steps.length > 0 ? Math.min(steps[1], startMs) : startMs;
}

/** Time of each step that was taken, in the order of the steps. @param {Summary} request @returns {[number, number][]} */
export function stepTimes({ steps }) {
  /** @type {Map<number, number>} */
  const times = new Map();
  for (let i = 0; i < steps.length; i += 3) {
    times.set(steps[i], (times.get(steps[i]) ?? 0) + steps[i + 2] - steps[i + 1]);
  }
  return [...times].sort(([a], [b]) => a - b);
}

/** @param {Summary} request @returns {string} */
export function statusText({ statusCode, endMs, startMs, complete }) {
  if (endMs === 0) return "under way";
  const took = duration(endMs - startMs);
  if (statusCode === 0) return `the peer gave up after ${took}`;
  return `${statusCode} in ${took}${complete ? "" : ", cut short"}`;
}

/** The next of 1, 2, 5, 10, 20 … that is no less. @param {number} value */
function niceStep(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((factor) => factor * power >= value) ?? 10);
}

/** @param {number} ms @param {number} step @param {boolean} isAgo */
function axisLabel(ms, step, isAgo) {
  const sign = isAgo ? "−" : "+";
  const value = Math.abs(ms);
  const unit = step >= 1000 ? 1000 : step >= 1 ? 1 : 0.001;
  const name = unit === 1000 ? "s" : unit === 1 ? "ms" : "µs";
  return `${ms > 0 && isAgo ? "" : ms === 0 ? "" : sign}${count2(value / unit)} ${name}`;
}

/** @param {number} value */
function count2(value) {
  return String(Math.round(value * 100) / 100);
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {number} room */
function fitted(context, text, room) {
  if (room < 20) return "";
  if (context.measureText(text).width <= room) return text;
  const length = Math.floor((text.length * room) / context.measureText(text).width) - 1;
  return length < 3 ? "" : `${text.slice(0, length)}…`;
}
