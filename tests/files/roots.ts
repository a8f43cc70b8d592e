import type { Root } from "../../lib/files/contain.ts";

/** A root without links on the way to it. @param path Its real path. */
export function rootAt(path: string, nowMs: () => number = Date.now): Root {
  const { dev, ino } = Deno.statSync(path);
  const folder = { path, realPath: path, device: dev, inode: ino ?? 0 };
  return { ...folder, followed: [], nowMs, hasTurned: () => false };
}
