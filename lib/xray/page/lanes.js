/**
 * The lanes: which time is looked at and which request is chosen, by pointer, wheel and keys. They are drawn only when
 * something changed, and never more than can be seen; how they look is in `lanes_draw.js`.
 */

import { byId } from "./dom.js";
import { LanesChoice } from "./lanes_choice.js";
import { AXIS_HEIGHT, LANE_HEIGHT, LanesDrawing, WIDE_TOKEN } from "./lanes_draw.js";
import { fits } from "./lanes_rows.js";
import { firstMs } from "./store.js";
import { TimeWindow } from "./time_window.js";
import { spokenText, tipOf } from "./words.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./lanes_draw.js").Block} Block
 */

/** A pause that ends a page load, in ms. */
const BURST_GAP_MS = 400;
/** Pixels of a line, for wheels that count in lines: those of Firefox on some systems. */
const LINE_PIXELS = 16;
/** Most of a width that is kept free at the right. */
const MAX_MARGIN = 0.3;
/** Fingers that are nearer together, in pixels, say nothing. */
const MIN_PINCH = 20;

/**
 * How far a wheel was turned, in pixels, whatever it counts in.
 *
 * @param {WheelEvent} event @param {{ width: number, height: number }} page
 */
function pixelsOf({ deltaX, deltaY, deltaMode }, { width, height }) {
  const isPages = deltaMode === WheelEvent.DOM_DELTA_PAGE;
  const [x, y] = deltaMode === WheelEvent.DOM_DELTA_LINE
    ? [LINE_PIXELS, LINE_PIXELS]
    : isPages
    ? [width, height]
    : [1, 1];
  return { deltaX: deltaX * x, deltaY: deltaY * y };
}

/** The lanes on their canvas. */
export class Lanes {
  /** Which time is looked at; {@linkcode redraw} after a change. */
  time;
  /** @type {number | null} */
  selected = null;
  #store;
  #canvas = byId("lanes", HTMLCanvasElement);
  #tip = byId("tip", HTMLDivElement);
  #said = byId("said", HTMLParagraphElement);
  /** Called with the number of a request to open, and whether to go there. @type {(id: number, isToGo?: boolean) => void} */
  #open;
  #drawing;
  #choice;
  #dirty = true;
  /** Where each finger or button that is down is, in pixels. @type {Map<number, number>} */
  #touches = new Map();
  /** @type {{ x: number, y: number, endMs: number, row: number, moved: boolean } | null} */
  #drag = null;

  /** @param {Store} store @param {(id: number, isToGo?: boolean) => void} open */
  constructor(store, open) {
    this.#store = store;
    this.#open = open;
    this.time = new TimeWindow(() => store.nowMs());
    this.#choice = new LanesChoice(store, () => this.redraw());
    this.#drawing = new LanesDrawing(store, this.#canvas, () => this.#choice.choice);
    store.addEventListener("change", () => this.redraw());
    new ResizeObserver(() => this.redraw()).observe(
      /** @type {Element} */ (this.#canvas.parentElement),
    );
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#drawing.readColors();
      this.redraw();
    });
    this.#listen();
    const frame = () => {
      const isMoving = this.time.kind === "following" && store.state === "live";
      if (this.#dirty || isMoving) this.#draw();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  redraw() {
    this.#dirty = true;
  }

  /** Whether a request is among those that are chosen. @param {import("./store.js").Summary} request */
  isChosen(request) {
    const client = this.#store.lanes.get(request.connection)?.client;
    return fits(request, this.#choice.choice, client);
  }

  /** How many blocks were too close to draw, and how many were drawn wider than they are. */
  get notes() {
    const { hidden, tokens } = this.#drawing;
    return { hidden, tokens };
  }

  /** A button is pressed. @param {"pause" | "follow"} wish */
  press(wish) {
    this.time.take(wish);
    this.redraw();
  }

  /** @param {number} factor Under 1 is nearer. @param {number} [x] What stays where it is, in pixels. */
  zoom(factor, x) {
    this.time.zoom(factor, x === undefined ? undefined : this.#drawing.shareAt(x));
    this.redraw();
  }

  /** Shows all of the chosen request, or all that is known. */
  fit() {
    const chosen = this.selected === null ? undefined : this.#store.requests.get(this.selected);
    const requests = chosen === undefined ? [...this.#store.requests.values()] : [chosen];
    if (requests.length === 0) return;
    const start = Math.min(...requests.map((request) => firstMs(request)));
    const end = Math.max(...requests.map((request) => this.#store.endOf(request)));
    this.show(start, end);
  }

  /** Shows the last page load: the latest requests that came without a pause between them. Nothing, if there is none. */
  showLastBurst() {
    const ended = [...this.#store.requests.values()].filter(({ endMs }) => endMs !== 0)
      .sort((a, b) => a.startMs - b.startMs);
    const last = ended.at(-1);
    if (last === undefined || this.time.kind !== "following") return;
    let [startMs, endMs] = [firstMs(last), last.endMs];
    for (const request of ended.reverse()) {
      if (request.endMs < startMs - BURST_GAP_MS) break;
      startMs = Math.min(startMs, firstMs(request));
      endMs = Math.max(endMs, request.endMs);
    }
    this.show(startMs, endMs);
  }

  /** Shows one piece of time, on the server's scale. @param {number} startMs @param {number} endMs */
  show(startMs, endMs) {
    // The last block may be drawn wider than it is: it needs its place as well.
    const share = Math.min(MAX_MARGIN, this.#drawing.shareOf(WIDE_TOKEN));
    this.time.show(startMs, endMs + (endMs - startMs) * share);
    this.redraw();
  }

  /** Chooses a request, and moves the lanes if it is not in sight. @param {number} id */
  select(id) {
    this.selected = id;
    const request = this.#store.requests.get(id);
    if (request !== undefined) {
      this.#said.textContent = spokenText(request);
      this.time.reveal(firstMs(request), this.#store.endOf(request));
      this.#drawing.showLane(request.connection);
    }
    this.redraw();
  }

  #listen() {
    const canvas = this.#canvas;
    canvas.addEventListener("wheel", (event) => {
      const { deltaX, deltaY } = pixelsOf(event, this.#drawing);
      if (event.shiftKey || Math.abs(deltaX) > Math.abs(deltaY)) {
        const { endMs, spanMs } = this.time;
        this.time.moveTo(endMs + this.#drawing.shareOf(deltaX || deltaY) * spanMs);
        this.redraw();
      } else {
        this.zoom(Math.exp(deltaY / 400), event.offsetX);
      }
      event.preventDefault();
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#touches.set(event.pointerId, event.offsetX);
      if (this.#touches.size > 1) {
        this.#drag = null; // Neither a click nor a drag.
        return;
      }
      this.#drag = {
        x: event.offsetX,
        y: event.offsetY,
        endMs: this.time.endMs,
        row: this.#drawing.firstRow,
        moved: false,
      };
    });
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => {
      if (this.#touches.delete(event.pointerId) && this.#touches.size > 0) return;
      const block = this.#drawing.blockAt(event.offsetX, event.offsetY);
      const isClick = this.#drag !== null && !this.#drag.moved;
      if (isClick && block !== null) this.#open(block.request.id);
      const group = this.#drawing.groups[Math.floor((event.offsetY - AXIS_HEIGHT) / LANE_HEIGHT)] ??
        null;
      if (isClick && block === null && group !== null) this.#choice.fold(group.client);
      this.#drag = null;
    });
    canvas.addEventListener("pointercancel", ({ pointerId }) => { // The page scrolls instead.
      this.#touches.delete(pointerId);
      this.#drag = null;
    });
    canvas.addEventListener("pointerleave", () => this.#tip.hidden = true);
    canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Two fingers: as far as they part, so much nearer, and what is between them stays. @param {PointerEvent} event */
  #pinch({ pointerId, offsetX }) {
    const [a, b] = this.#touches.values();
    this.#touches.set(pointerId, offsetX);
    const [c, d] = this.#touches.values();
    const [before, after] = [Math.abs(a - b), Math.abs(c - d)];
    if (before > MIN_PINCH && after > MIN_PINCH) this.zoom(before / after, (c + d) / 2);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const { offsetX, offsetY, pointerId } = event;
    if (this.#touches.size === 2 && this.#touches.has(pointerId)) return this.#pinch(event);
    const drag = this.#drag;
    if (drag === null) return this.#point(offsetX, offsetY);
    if (Math.abs(offsetX - drag.x) + Math.abs(offsetY - drag.y) > 4 && !drag.moved) {
      drag.moved = true;
      if (Math.abs(offsetX - drag.x) > 3) this.time.take("move");
    }
    if (!drag.moved) return;
    this.#tip.hidden = true;
    if (this.time.kind !== "following") {
      this.time.moveTo(drag.endMs - this.#drawing.shareOf(offsetX - drag.x) * this.time.spanMs);
    }
    this.#drawing.firstRow = drag.row - Math.round((offsetY - drag.y) / LANE_HEIGHT);
    this.redraw();
  }

  /** @param {number} x @param {number} y */
  #point(x, y) {
    const block = this.#drawing.blockAt(x, y);
    this.#canvas.style.cursor = block === null ? "grab" : "pointer";
    this.#tip.hidden = block === null;
    if (block === null) return;
    this.#tip.replaceChildren(...tipOf(block.request));
    const isRight = x > this.#drawing.width / 2;
    this.#tip.style.left = isRight ? "" : `${x + 16}px`;
    this.#tip.style.right = isRight ? `${this.#drawing.width - x + 16}px` : "";
    this.#tip.style.top = `${Math.min(y + 12, this.#drawing.height - 120)}px`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const at = this.#drawing.blocks.findIndex(({ request }) => request.id === this.selected);
    const now = this.#drawing.blocks[at];
    /** @type {Block | undefined} */
    let next;
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const ahead = event.key === "ArrowRight";
      const row = this.#drawing.blocks.filter((block) =>
        now === undefined || block.row === now.row
      );
      const place = row.indexOf(now);
      next = now === undefined ? this.#drawing.blocks.at(-1) : row[place + (ahead ? 1 : -1)];
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const row = (now?.row ?? -1) + (event.key === "ArrowDown" ? 1 : -1);
      const x = now?.x ?? 0;
      next = this.#drawing.blocks
        .filter((block) => block.row === row)
        .sort((a, b) => Math.abs(a.x - x) - Math.abs(b.x - x))[0];
      if (next === undefined) this.#drawing.firstRow += event.key === "ArrowDown" ? 1 : -1;
      this.redraw();
    } else if (event.key === "Enter" && this.selected !== null) {
      this.#open(this.selected, event.shiftKey);
    } else return;
    event.preventDefault();
    if (next !== undefined) this.select(next.request.id);
  }

  #draw() {
    this.#dirty = false;
    const { kind, endMs, spanMs } = this.time;
    const isFollowing = kind === "following";
    this.#drawing.draw({ endMs, spanMs, isFollowing, selected: this.selected });
  }
}
