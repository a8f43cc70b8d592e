/**
 * What tests of the cache need over the wire: which caches there are and whether they answer, and files that are old
 * enough for them: until the second of its last change is over, a file is not kept.
 */

import { FileCache } from "../../lib/files/cache.ts";

/** How old the newest change of any file below a folder must be, in ms, until all of them may be kept. */
const AGE_MS = 1_050;

/** Works, without sleeping, until every file below a folder is old enough. */
export async function agedOnce(folder: string): Promise<void> {
  const changedMs = await latestChange(folder);
  while (Date.now() - changedMs < AGE_MS) await Deno.stat(folder);
}

async function latestChange(folder: string): Promise<number> {
  let latestMs = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const changedMs = isDirectory
      ? await latestChange(path)
      : (await Deno.lstat(path)).ctime?.getTime() ?? 0;
    latestMs = Math.max(latestMs, changedMs);
  }
  return latestMs;
}

/** Gathers the caches that answer while a test runs: which requests they answered is not to be seen from outside. */
export function watchCaches(): { caches: ReadonlySet<FileCache>; [Symbol.dispose](): void } {
  const caches = new Set<FileCache>();
  const { get } = FileCache.prototype;
  FileCache.prototype.get = function (key, round) {
    caches.add(this);
    return get.call(this, key, round);
  };
  return { caches, [Symbol.dispose]: () => void (FileCache.prototype.get = get) };
}
