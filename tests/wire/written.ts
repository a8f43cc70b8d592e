/** What the writer and the reader of `written_test.ts` agree on. */

export const WAYS = ["append", "rewrite", "rename over", "truncate", "in place"] as const;

export interface Order {
  readonly path: string;
  readonly way: typeof WAYS[number];
  /** Of a version, in bytes. */
  readonly size: number;
  /** How long the writer rests after each write, in ms. */
  readonly paceMs: number;
  /** Not 0: stop. */
  readonly stop: SharedArrayBuffer;
}

/** A text that is full of its number. Those of one size are as long as each other. */
export function versionOf(n: number, size: number): string {
  return `${n}`.repeat(size);
}

/** A line of a file that only grows. */
export function lineOf(i: number): string {
  return `${i} of a log\n`;
}

/** Writes over what is there, in one call, without truncating it. */
export function inPlace(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true });
  file.writeSync(bytes);
}
