/** How people read a length: in the listing of a folder and in the log on a terminal. */

const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB"];

/** For example `1.5 KiB`: three digits tell sizes apart well enough. */
export function readableBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length);
  const value = bytes / 1024 ** power;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[power - 1]}`;
}
