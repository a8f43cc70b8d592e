/** What is printed when the first visitor comes: the address in the network, on terminals as a QR code, too. */

import { encode } from "uqr";

/** Black on white, whatever the colours of the terminal: scanners want the dark parts dark. */
const INK = "\x1b[30;107m";
const PLAIN = "\x1b[0m";
/** By the dark modules of two rows: none, the lower, the upper, both. */
const BLOCKS = [" ", "▄", "▀", "█"];

/**
 * Gives the lines that invite others.
 *
 * @param isTerminal Whether a person sees them; files get no picture.
 */
export function visitorText(url: string, isTerminal: boolean): string {
  const lines = [`A first visitor is here; others on this network open ${url}`];
  if (isTerminal) lines.push(...qrLines(url).map((line) => `${INK}${line}${PLAIN}`));
  return lines.join("\n");
}

/** A QR code in half blocks, two modules wide the border that scanners need least. */
export function qrLines(text: string): string[] {
  const { data, size } = encode(text, { border: 2 });
  const lines: string[] = [];
  for (let y = 0; y < size; y += 2) {
    const upper = data[y];
    const lower = data[y + 1] ?? [];
    lines.push(upper.map((dark, x) => BLOCKS[(dark ? 2 : 0) + (lower[x] ? 1 : 0)]).join(""));
  }
  return lines;
}
