/**
 * The lanes: which time is looked at and which request is chosen, by pointer, wheel and keys. They are drawn only when
 * something changed, and never more than can be seen; how they look is in `lanes_draw.js`.
 */

import { byId } from "./dom.js";
import { LABEL_WIDTH, LANE_HEIGHT, LanesDrawing } from "./lanes_draw.js";
import { firstMs } from "./store.js";
import { spokenText, tipOf } from "./words.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./lanes_draw.js").Block} Block
 */

const MIN_SPAN_MS = 0.05;
const MAX_SPAN_MS = 600_000;
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
  #drawing;
  #dirty = true;
  /** @type {{ x: number, y: number, endMs: number, row: number, moved: boolean } | null} */
  #drag = null;

  /** @param {Store} store @param {(id: number) => void} open */
  constructor(store, open) {
    this.#store = store;
    this.#open = open;
    this.#drawing = new LanesDrawing(store, this.#canvas);
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
      if (this.#dirty || (this.following && !this.paused && store.state === "live")) this.#draw();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  redraw() {
    this.#dirty = true;
  }

  /** How many blocks were too close to draw, and how many were drawn wider than they are. */
  get notes() {
    const { hidden, tokens } = this.#drawing;
    return { hidden, tokens };
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
      const share = this.#drawing.shareAt(x);
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
    if (request !== undefined) this.#said.textContent = spokenText(request);
    this.redraw();
  }

  #listen() {
    const canvas = this.#canvas;
    canvas.addEventListener("wheel", (event) => {
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        if (this.following) this.follow(false);
        this.#endMs += ((event.deltaX || event.deltaY) * this.spanMs) / this.#drawing.width;
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
        row: this.#drawing.firstRow,
        moved: false,
      };
    });
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => {
      const block = this.#drawing.blockAt(event.offsetX, event.offsetY);
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
      this.#endMs = drag.endMs -
        ((offsetX - drag.x) * this.spanMs) / (this.#drawing.width - LABEL_WIDTH);
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
      this.#open(this.selected);
    } else return;
    event.preventDefault();
    if (next !== undefined) this.select(next.request.id);
  }

  #draw() {
    this.#dirty = false;
    const { endMs, spanMs, selected } = this;
    const isFollowing = this.following && !this.paused;
    this.#drawing.draw({ endMs, spanMs, isFollowing, selected });
  }
}
