/**
 * The picture of the lanes: one row per connection, time from left to right, each request a block in the colours of its
 * steps. What is drawn where is kept, so that it is found again under the pointer; what is looked at is given.
 */

import { count, cssVariable, STEPS } from "./dom.js";
import {
  BLOCK_HEIGHT,
  drawFrame,
  drawLength,
  drawSkip,
  drawStep,
  fitted,
  FONT_BOLD,
  FONT_SMALL,
  niceStep,
} from "./lanes_marks.js";
import { rowsOf } from "./lanes_rows.js";
import { firstMs } from "./store.js";
import { axisLabel, isBad } from "./words.js";

/**
 * @typedef {import("./store.js").Summary} Summary
 * @typedef {import("./store.js").Store} Store
 * @typedef {{ x: number, width: number, row: number, request: Summary }} Block
 * @typedef {{ endMs: number, spanMs: number, isFollowing: boolean, selected: number | null }} View What is looked at:
 *   its right edge and its width on the server's scale, whether the edge is the present, and the chosen request.
 */

const LABEL_WIDTH = 190;
const NARROW = 600;
const NARROW_LABEL_WIDTH = 56;
export const LANE_HEIGHT = 46;
export const AXIS_HEIGHT = 30;
/** Where the axis says from when it counts. */
const AXIS_LEFT = 12;
const BLOCK_TOP = 19;
/**
 * Steps of a narrower block could not be read: where there is room it is drawn as wide as `WIDE_TOKEN`, its steps in equal
 * parts, with its real length below it; nowhere is it less than `MIN_BLOCK`. The page says so.
 */
const READABLE_BLOCK = 40;
export const WIDE_TOKEN = 90;
const MIN_BLOCK = 15;
const MAX_ROWS = 9;

/** Draws the lanes on their canvas. */
export class LanesDrawing {
  /** What was drawn last. @type {Block[]} */
  blocks = [];
  /** The first lane that is seen, when there are too many. */
  firstRow = 0;
  /** How many blocks were too close to draw, and how many were drawn wider than they are. */
  hidden = 0;
  tokens = 0;
  width = 0;
  height = 0;
  #rowCount = 0;
  /** A lane that is to be seen. @type {number | null} */
  #wanted = null;
  #store;
  #canvas;
  #context;
  /** @type {View} */
  #view = { endMs: 0, spanMs: 1, isFollowing: true, selected: null };
  /** @type {Record<string, string>} */
  #colors = {};

  /** The client whose row each is; null for a lane. @type {(import("./lanes_rows.js").Group | null)[]} */
  groups = [];
  /** @type {() => import("./lanes_rows.js").Choice} */
  #choice;

  /** @param {Store} store @param {HTMLCanvasElement} canvas @param {() => import("./lanes_rows.js").Choice} choice */
  constructor(store, canvas, choice) {
    this.#choice = choice;
    this.#store = store;
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.readColors();
  }

  /** On a phone a lane has its number alone. */
  get labelWidth() {
    return this.width < NARROW ? NARROW_LABEL_WIDTH : LABEL_WIDTH;
  }

  /** To be called again when the colours of the page change. */
  readColors() {
    const names = ["ink", "faint", "line", "ground", "panel", "bad", "select", "on-send"];
    this.#colors = Object.fromEntries(names.map((name) => [name, cssVariable(`--${name}`)]));
    STEPS.forEach(({ name }) => this.#colors[name] = cssVariable(`--step-${name}`));
  }

  /** How much of the time that is seen lies left of a pixel, as a share. @param {number} x */
  shareAt(x) {
    return this.shareOf(x - this.labelWidth);
  }

  /** How much of the time that is seen so many pixels are, as a share: labels show none. @param {number} pixels */
  shareOf(pixels) {
    return pixels / Math.max(1, this.width - this.labelWidth);
  }

  /** @param {number} x @param {number} y @returns {Block | null} */
  blockAt(x, y) {
    const hit = this.blocks.findLast((block) => {
      const top = AXIS_HEIGHT + block.row * LANE_HEIGHT;
      return y >= top && y < top + LANE_HEIGHT && x >= block.x - 3 &&
        x <= block.x + block.width + 3;
    });
    return hit ?? null;
  }

  /** Makes a lane one of those that are seen, when it is drawn next. @param {number} number */
  showLane(number) {
    this.#wanted = number;
  }

  /** @param {View} view */
  draw(view) {
    this.#view = view;
    const rows = this.#rows();
    const wanted = rows.findIndex(({ number }) => number === this.#wanted);
    this.#prepare(rows.length, wanted);
    this.#wanted = null;
    this.#drawAxis();
    this.blocks = [];
    this.hidden = this.tokens = 0;
    const shown = rows.slice(this.firstRow, this.firstRow + this.#rowCount);
    const context = this.#context;
    this.groups = shown.map(({ group }) => group);
    shown.forEach(({ number, requests, group }, row) => {
      context.save();
      context.beginPath();
      context.rect(this.labelWidth, AXIS_HEIGHT, this.width, this.height);
      context.clip();
      if (group === null) this.#drawLane(row, number);
      this.#drawRequests(row, requests);
      context.restore();
      this.#drawLabel(row, number, group);
    });
    this.#drawScroll(rows.length);
  }

  /** What the marks are drawn with. */
  get #pen() {
    const { labelWidth: from, width: to } = this;
    return { context: this.#context, colors: this.#colors, from, to };
  }

  get #startMs() {
    return this.#view.endMs - this.#view.spanMs;
  }

  /** @param {number} ms */
  #toX(ms) {
    return this.labelWidth +
      ((ms - this.#startMs) / this.#view.spanMs) * (this.width - this.labelWidth);
  }

  /** The lanes that have something to show in the time that is seen, as far as they are chosen. */
  #rows() {
    const [startMs, { endMs }] = [this.#startMs, this.#view];
    const { lanes, requests } = this.#store;
    return rowsOf({
      lanes: [...lanes.values()].filter(({ openMs, closeMs }) =>
        (closeMs === 0 || closeMs >= startMs) && openMs <= endMs
      ),
      requests: [...requests.values()].filter((request) =>
        firstMs(request) <= endMs && this.#store.endOf(request) >= startMs
      ),
    }, this.#choice());
  }

  /** Clears the canvas, at the size that it should have. @param {number} rows @param {number} wanted A row to be seen, or -1. */
  #prepare(rows, wanted) {
    const canvas = this.#canvas;
    const box = /** @type {HTMLElement} */ (canvas.parentElement);
    // Where the lanes stay in sight above a panel, they leave it the larger part of the window.
    const share = getComputedStyle(box).getPropertyValue("--lanes-share") || "0.46";
    const room = Math.floor((innerHeight * Number(share)) / LANE_HEIGHT);
    const limit = Math.max(3, Math.min(MAX_ROWS, room));
    this.#rowCount = Math.max(4, Math.min(limit, rows));
    if (wanted !== -1 && wanted < this.firstRow) this.firstRow = wanted;
    if (wanted >= this.firstRow + this.#rowCount) this.firstRow = wanted - this.#rowCount + 1;
    this.firstRow = Math.max(0, Math.min(this.firstRow, rows - this.#rowCount));
    this.width = box.clientWidth;
    this.height = AXIS_HEIGHT + this.#rowCount * LANE_HEIGHT + 6;
    const scale = devicePixelRatio;
    const [width, height] = [this.width, this.height].map((size) => Math.round(size * scale));
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.style.height = `${this.height}px`;
    }
    this.#context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#context.clearRect(0, 0, this.width, this.height);
    this.#context.textBaseline = "middle";
  }

  #drawAxis() {
    const context = this.#context;
    const { endMs, spanMs, isFollowing } = this.#view;
    const step = niceStep((spanMs * 110) / Math.max(1, this.width - this.labelWidth));
    context.font = FONT_SMALL;
    context.textAlign = "center";
    // Counted from the present while that moves on, so that the labels stay and the blocks move.
    const origin = isFollowing ? this.#store.nowMs() : Math.ceil(this.#startMs / step) * step;
    const first = Math.ceil((this.#startMs - origin) / step);
    context.fillStyle = this.#colors.faint;
    const from = isFollowing ? "time →" : `from ${(origin / 1000).toFixed(step < 1000 ? 3 : 0)} s`;
    const free = Math.max(this.labelWidth + 20, AXIS_LEFT + context.measureText(from).width + 24);
    context.textAlign = "left";
    context.fillText(from, AXIS_LEFT, 12);
    context.textAlign = "center";
    for (let i = first; origin + i * step <= endMs; i++) {
      const x = this.#toX(origin + i * step);
      context.fillStyle = this.#colors.line;
      context.fillRect(Math.round(x), AXIS_HEIGHT - 6, 1, this.height);
      context.fillStyle = this.#colors.faint;
      const label = axisLabel(i * step, step, isFollowing);
      if (x > free && x < this.width - 20) context.fillText(label, x, 12);
    }
    context.textAlign = "left";
  }

  /** The life of a connection: a line, with a bar where it was closed. @param {number} row @param {number} number */
  #drawLane(row, number) {
    const context = this.#context;
    const lane = this.#store.lanes.get(number);
    const y = AXIS_HEIGHT + row * LANE_HEIGHT + BLOCK_TOP + BLOCK_HEIGHT / 2;
    const from = Math.max(this.labelWidth, lane === undefined ? 0 : this.#toX(lane.openMs));
    const isClosed = lane !== undefined && lane.closeMs !== 0;
    const to = Math.min(this.width, this.#toX(isClosed ? lane.closeMs : this.#store.nowMs()));
    context.fillStyle = this.#colors.faint;
    context.globalAlpha = 0.45;
    context.fillRect(from, y - 1, Math.max(0, to - from), 2);
    context.globalAlpha = 1;
    if (isClosed) context.fillRect(to - 1, y - 8, 3, 16);
    for (const [fromMs, toMs, more] of lane?.skips ?? []) {
      drawSkip(this.#pen, { left: this.#toX(fromMs), right: this.#toX(toMs), y }, more);
    }
  }

  /** @param {number} row @param {number} number @param {import("./lanes_rows.js").Group | null} group */
  #drawLabel(row, number, group) {
    const context = this.#context;
    const top = AXIS_HEIGHT + row * LANE_HEIGHT;
    const y = top + BLOCK_TOP + BLOCK_HEIGHT / 2;
    context.fillStyle = this.#colors.line;
    context.fillRect(0, top, this.width, 1);
    context.textAlign = "left";
    context.fillStyle = this.#colors.ink;
    context.font = FONT_BOLD;
    if (group !== null) return this.#drawGroup(group, y);
    context.fillText(`#${number}`, 12, y);
    const offset = Math.max(46, context.measureText(`#${number}`).width + 20);
    context.font = FONT_SMALL;
    context.fillStyle = this.#colors.faint;
    const peer = this.#store.lanes.get(number)?.peer ?? "";
    if (this.width >= NARROW) context.fillText(peer, offset, y, this.labelWidth - offset - 8);
  }

  /** @param {import("./lanes_rows.js").Group} group @param {number} y */
  #drawGroup({ name, words, isFolded }, y) {
    const context = this.#context;
    const title = `${isFolded ? "▸" : "▾"} ${name}`;
    context.fillText(title, 12, y);
    const x = Math.max(this.labelWidth + 8, context.measureText(title).width + 26);
    context.font = FONT_SMALL;
    context.fillStyle = this.#colors.faint;
    if (!isFolded) context.fillText(words, x, y);
  }

  /** @param {number} row @param {Summary[]} requests */
  #drawRequests(row, requests) {
    requests.sort((a, b) => a.startMs - b.startMs);
    let free = -Infinity;
    let textFree = -Infinity;
    requests.forEach((request, i) => {
      const from = this.#toX(firstMs(request));
      const to = this.#toX(this.#store.endOf(request));
      const isToken = to - from < READABLE_BLOCK;
      const nextFrom = i + 1 < requests.length ? this.#toX(firstMs(requests[i + 1])) : this.width;
      if (isToken && from < free - MIN_BLOCK * 0.4 && request.id !== this.#view.selected) {
        this.hidden++;
        return;
      }
      const x = isToken ? Math.max(from, Math.min(free + 1, from + MIN_BLOCK / 2)) : from;
      const least = Math.max(MIN_BLOCK, to - from);
      const width = isToken ? Math.max(least, Math.min(WIDE_TOKEN, nextFrom - x - 2)) : to - from;
      if (isToken) this.tokens++;
      const block = { x, width, row, request };
      this.blocks.push(block);
      this.#drawBlock(block, isToken);
      const next = i + 1 < requests.length ? this.#toX(requests[i + 1].startMs) : this.width;
      const start = Math.max(x, this.labelWidth + 2, textFree);
      const room = Math.max(next, x + width) - start - 8;
      if (room > 26) textFree = start + this.#drawCaption(block, start, room);
      free = x + width;
    });
  }

  /** @param {Block} block @param {boolean} isToken */
  #drawBlock({ x, width, row, request }, isToken) {
    const context = this.#context;
    const top = AXIS_HEIGHT + row * LANE_HEIGHT + BLOCK_TOP;
    context.save();
    context.beginPath();
    context.roundRect(x, top, width, BLOCK_HEIGHT, 4);
    context.fillStyle = this.#colors.panel;
    context.fill();
    context.clip();
    const parts = this.#partsOf(request);
    parts.forEach(([step, from, to], i) => {
      const left = isToken ? x + (width * i) / parts.length : from;
      const right = isToken ? x + (width * (i + 1)) / parts.length : to;
      drawStep(this.#pen, step, { left, right, top });
    });
    context.restore();
    const isSelected = request.id === this.#view.selected;
    if (isSelected || isBad(request)) {
      drawFrame(this.#pen, { left: x, right: x + width, top }, isSelected);
    }
    if (!isToken) return;
    const [left, right] = [firstMs(request), this.#store.endOf(request)].map((ms) => this.#toX(ms));
    drawLength(this.#pen, { left, right, top });
  }

  /** The steps of a request, each with its place; the last goes on if the request does. @param {Summary} request */
  #partsOf(request) {
    const { steps } = request;
    const parts = [];
    for (let i = 0; i < steps.length; i += 3) {
      parts.push([steps[i], this.#toX(steps[i + 1]), this.#toX(steps[i + 2])]);
    }
    if (request.endMs !== 0) return parts;
    const last = parts.at(-1);
    const from = last?.[2] ?? this.#toX(request.startMs);
    return [...parts, [request.now ?? 1, from, this.#toX(this.#store.endOf(request))]];
  }

  /** @param {Block} block @param {number} x @param {number} room @returns {number} Width of what was written. */
  #drawCaption({ row, request }, x, room) {
    const context = this.#context;
    const { method, requestTarget, statusCode } = request;
    const status = request.endMs === 0 ? "…" : statusCode === 0 ? "gave up" : String(statusCode);
    const y = AXIS_HEIGHT + row * LANE_HEIGHT + 10;
    context.font = FONT_BOLD;
    context.fillStyle = isBad(request) ? this.#colors.bad : this.#colors.ink;
    const words = isBad(request) ? `${status} ✕` : status;
    context.fillText(words, x, y);
    const used = context.measureText(words).width + 7;
    context.font = FONT_SMALL;
    context.fillStyle = this.#colors.faint;
    const text = fitted(context, `${method} ${requestTarget}`.trim(), room - used);
    context.fillText(text, x + used, y);
    return used + context.measureText(text).width + 10;
  }

  /** Says that there are more lanes than are seen. @param {number} rows */
  #drawScroll(rows) {
    if (rows <= this.#rowCount) return;
    const context = this.#context;
    const track = this.height - AXIS_HEIGHT - 6;
    const height = Math.max(24, (track * this.#rowCount) / rows);
    const top = AXIS_HEIGHT + ((track - height) * this.firstRow) / (rows - this.#rowCount);
    context.fillStyle = this.#colors.faint;
    context.beginPath();
    context.roundRect(this.width - 7, top, 5, height, 3);
    context.fill();
    context.font = FONT_SMALL;
    context.textAlign = "right";
    const text = `${count(rows)} lanes: drag or use ↑ ↓`;
    const width = context.measureText(text).width + 16;
    context.fillStyle = this.#colors.ground;
    context.beginPath();
    context.roundRect(this.width - width - 12, this.height - 25, width, 21, 6);
    context.fill();
    context.fillStyle = this.#colors.faint;
    context.fillText(text, this.width - 20, this.height - 14);
    context.textAlign = "left";
  }
}
