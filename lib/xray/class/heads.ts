/** Where the page of a class is, and how requests for it begin. */

/** The key of its path, which no site has, as names with a dot in front are private. */
export const PAGE_KEY = ".vitrine/me";

const STARTS = ["GET", "POST"].map((method) => new TextEncoder().encode(`${method} /${PAGE_KEY}`));

/** Whether the bytes of a head begin as those of our own page's requests do: others may be spelled otherwise. */
export function isForClass(head: Uint8Array): boolean {
  return STARTS.some((start) => start.every((byte, i) => head[i] === byte));
}
