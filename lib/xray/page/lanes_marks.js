/** The marks of the lanes, each as the legend shows it: steps, hatches, frames, ticks. Where they are is the drawing's. */

import { count, cssVariable, STEPS } from "./dom.js";

/**
 * @typedef {{ context: CanvasRenderingContext2D, colors: Record<string, string>, from: number, to: number }} Pen `from` and
 *   `to` are the edges of what is seen, in pixels.
 * @typedef {{ left: number, right: number, top: number }} Place
 */

export const BLOCK_HEIGHT = 20;
export const FONT_SMALL = `14px ${cssVariable("--serif")}`;
export const FONT_BOLD = `600 14px ${cssVariable("--serif")}`;
const FONT_TINY = `600 11px ${cssVariable("--serif")}`;
/** A numeral needs so much room, and a word so much. */
const NUMERAL_WIDTH = 13;
const WORD_WIDTH = 70;

/** Requests that were only counted: busy, though there is no block. @param {Pen} pen @param {{ left: number, right: number, y: number }} place @param {number} more */
export function drawSkip({ context, colors, from: least, to: most }, { left, right, y }, more) {
  const [from, to] = [Math.max(left, least), Math.min(Math.max(right, left + 4), most)];
  if (to <= from) return;
  context.fillStyle = colors.faint;
  for (let x = from - (from % 6); x < to; x += 6) context.fillRect(x, y - 5, 2, 10);
  if (to - from < 130) return;
  context.font = FONT_SMALL;
  const text = `${count(more)} only counted`;
  const width = context.measureText(text).width + 12;
  context.fillStyle = colors.panel;
  context.fillRect(to - width - 8, y - 8, width, 16);
  context.fillStyle = colors.faint;
  context.fillText(text, to - width - 2, y + 1);
}

/** One step of a block. @param {Pen} pen @param {number} step @param {Place} place */
export function drawStep({ context, colors, from: least, to: most }, step, { left, right, top }) {
  const { name, numeral } = STEPS[step];
  context.fillStyle = colors[name];
  if (step >= 6) { // Hatched: it is no step.
    for (let x = left; x < right; x += 7) context.fillRect(x, top, 3, BLOCK_HEIGHT);
  } else {
    context.fillRect(left, top, Math.max(0.75, right - left), BLOCK_HEIGHT);
  }
  const [from, to] = [Math.max(left, least), Math.min(right, most)];
  const room = to - from;
  if (room < NUMERAL_WIDTH) return;
  context.fillStyle = name === "send" ? colors["on-send"] : "#14181d";
  context.font = room < 20 ? FONT_TINY : FONT_BOLD;
  context.textAlign = "center";
  const words = room > WORD_WIDTH
    ? (step === 6 ? "waits" : step === 7 ? "error page" : name)
    : numeral;
  if (step >= 6 && words !== "") { // On the hatch it could not be read.
    const width = context.measureText(words).width + 10;
    context.fillStyle = colors.panel;
    context.fillRect((from + to - width) / 2, top, width, BLOCK_HEIGHT);
    context.fillStyle = colors.ink;
  }
  context.fillText(words, (from + to) / 2, top + BLOCK_HEIGHT / 2 + 1);
  context.textAlign = "left";
}

/** The frame of a block that is chosen, or went wrong. @param {Pen} pen @param {Place} place @param {boolean} isSelected */
export function drawFrame({ context, colors }, { left, right, top }, isSelected) {
  context.beginPath();
  context.roundRect(left - 1.5, top - 1.5, right - left + 3, BLOCK_HEIGHT + 3, 5);
  context.lineWidth = isSelected ? 3 : 2;
  context.strokeStyle = isSelected ? colors.select : colors.bad;
  context.stroke();
}

/** How long it really was, below a block that is drawn wider. @param {Pen} pen @param {Place} place */
export function drawLength({ context, colors }, { left, right, top }) {
  context.fillStyle = colors.ink;
  context.fillRect(left, top + BLOCK_HEIGHT + 3, Math.max(2, right - left), 2);
}

/** The next of 1, 2, 5, 10, 20 … that is no less. @param {number} value */
export function niceStep(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((factor) => factor * power >= value) ?? 10);
}

/** A text cut to what a place has room for. @param {CanvasRenderingContext2D} context @param {string} text @param {number} room */
export function fitted(context, text, room) {
  if (room < 20) return "";
  if (context.measureText(text).width <= room) return text;
  const length = Math.floor((text.length * room) / context.measureText(text).width) - 1;
  return length < 3 ? "" : `${text.slice(0, length)}…`;
}
