/** Bytes made visible: what is no printable ASCII is written as an escape, as in most programming languages. */

const NAMES = new Map([[0x0d, "\\r"], [0x0a, "\\n"], [0x09, "\\t"], [0x5c, "\\\\"]]);

/**
 * Gives bytes as text of one line.
 *
 * @param maxBytes More of them are cut, and `…` says so.
 */
export function visible(bytes: Uint8Array, maxBytes: number): string {
  let text = "";
  for (const byte of bytes.subarray(0, maxBytes)) text += visibleByte(byte);
  return bytes.length > maxBytes ? text + "…" : text;
}

/** One byte: itself, a short escape, or `\xNN`. */
function visibleByte(byte: number): string {
  if (byte >= 0x20 && byte < 0x7f && byte !== 0x5c) return String.fromCharCode(byte);
  return NAMES.get(byte) ?? `\\x${byte.toString(16).padStart(2, "0")}`;
}

/** What {@linkcode visibleLines} may be told. */
export interface VisibleInit {
  /** How many bytes there were, if these are not all. */
  readonly total?: number;
  /** Positions of pauses, and what is written there, on a line of its own. */
  readonly pauses?: { readonly at: readonly number[]; readonly mark: string };
}

const MAX_BYTES = 2000;
const MAX_LINES = 14;
const MAX_COLUMNS = 110;

/**
 * Gives bytes as lines, each of which still shows the line end that it had.
 *
 * @returns The lines, and how many bytes are not among them.
 */
export function visibleLines(
  bytes: Uint8Array,
  { total = bytes.length, pauses }: VisibleInit = {},
): { readonly lines: readonly string[]; readonly left: number } {
  const lines: string[] = [];
  const end = Math.min(bytes.length, MAX_BYTES);
  let at = 0;
  while (at < end && lines.length < MAX_LINES) {
    const lineFeed = bytes.indexOf(0x0a, at);
    const pause = pauses?.at.find((position) => position > at) ?? end;
    const lineEnd = Math.min(end, pause, lineFeed === -1 ? end : lineFeed + 1);
    const shown = Math.min(lineEnd, at + MAX_COLUMNS);
    const line = visible(bytes.subarray(at, shown), shown - at);
    lines.push(lineEnd === shown ? line : `${line}…(${lineEnd - shown})`);
    if (pauses?.at.includes(lineEnd) && lineEnd < bytes.length) lines.push(pauses.mark);
    at = lineEnd;
  }
  return { lines, left: total - at };
}
