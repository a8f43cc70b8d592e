/**
 * Which time is looked at: how long a piece of it, and where that ends. It follows the present until somebody pauses it
 * or moves it. Knows nothing of the page, so that it is tested without a browser.
 */

/**
 * @typedef {{ kind: "following" } | { kind: "paused", endMs: number } | { kind: "moved", endMs: number }} State Only
 *   where it does not follow has it an end of its own, on the server's scale.
 */

/** What each wish does. A pause that is over leads back to the present, as the button promises. */
export const NEXT = /** @type {const} */ ({
  following: { pause: "paused", follow: "moved", move: "moved" },
  paused: { pause: "following", follow: "following", move: "paused" },
  moved: { pause: "paused", follow: "following", move: "moved" },
});

const MIN_SPAN_MS = 0.05;
const MAX_SPAN_MS = 600_000;
const FIRST_SPAN_MS = 10_000;
/** Nearer than this, in ms, and what is followed is gone before it is seen. */
const MIN_FOLLOWED_MS = 500;
/** What takes this share of the window is in sight, however long it is. */
const IN_SIGHT = 0.05;
/** A little of the future is shown, so that the present is not at the very edge. */
const AHEAD = 0.02;

/** A piece of time. */
export class TimeWindow {
  spanMs = FIRST_SPAN_MS;
  #nowMs;
  /** @type {State} */
  #state = { kind: "following" };

  /** @param {() => number} nowMs The present on the server's scale. */
  constructor(nowMs) {
    this.#nowMs = nowMs;
  }

  get kind() {
    return this.#state.kind;
  }

  /** Right edge of what is seen. */
  get endMs() {
    const state = this.#state;
    return state.kind === "following" ? this.#nowMs() + this.spanMs * AHEAD : state.endMs;
  }

  /** Somebody presses a button, or begins to move the window. @param {"pause" | "follow" | "move"} wish */
  take(wish) {
    const { endMs } = this;
    const kind = NEXT[this.#state.kind][wish];
    if (kind === "following") this.follow();
    else this.#state = { kind, endMs };
  }

  /** Follows the present, whatever was before. */
  follow() {
    this.#state = { kind: "following" };
    if (this.spanMs < MIN_FOLLOWED_MS) this.spanMs = FIRST_SPAN_MS;
  }

  /** Moves the right edge; the window follows no more. @param {number} endMs */
  moveTo(endMs) {
    this.take("move");
    if (this.#state.kind !== "following") this.#state.endMs = endMs;
  }

  /** @param {number} factor Under 1 is nearer. @param {number} [share] What stays where it is, as a share of the width. */
  zoom(factor, share) {
    if (share !== undefined) this.take("move"); // It cannot both stay and follow.
    const spanMs = limited(this.spanMs * factor);
    if (share !== undefined && this.#state.kind !== "following") {
      this.#state.endMs += (spanMs - this.spanMs) * (1 - share);
    }
    this.spanMs = spanMs;
  }

  /** Moves to a piece of time that is not in sight; farther only if it is longer than what is seen. @param {number} startMs @param {number} endMs */
  reveal(startMs, endMs) {
    const { endMs: rightMs, spanMs } = this;
    const seenMs = Math.min(endMs, rightMs) - Math.max(startMs, rightMs - spanMs);
    if (seenMs >= Math.min(endMs - startMs, spanMs * IN_SIGHT)) return;
    if (endMs - startMs > spanMs) this.show(startMs, endMs);
    else this.moveTo((startMs + endMs + spanMs) / 2);
  }

  /** Shows all from one time to another, with some room around. @param {number} startMs @param {number} endMs */
  show(startMs, endMs) {
    this.spanMs = limited((endMs - startMs) * 1.15);
    this.moveTo(endMs + (endMs - startMs) * 0.07);
  }
}

/** @param {number} spanMs */
function limited(spanMs) {
  return Math.min(MAX_SPAN_MS, Math.max(MIN_SPAN_MS, spanMs));
}
