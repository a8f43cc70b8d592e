/**
 * Step (iv), the ways around: what a path may mean beside the file that it names. Pure: looking is done by the
 * functions that are handed in, so each rule here can be read and tested without a file.
 */

import type { Located, TargetPath } from "../http/message.ts";

/** Which ways there are; the part of `Options` that opens them. */
export interface Ways {
  readonly listing: boolean;
}

/** How to look. */
export interface Look<File> {
  /** Looks for the file that a path names. */
  readonly file: (path: TargetPath) => Located<File> | Promise<Located<File>>;
  /** Looks at what is in a folder. */
  readonly entries: (path: TargetPath) => Promise<Located<File>>;
}

/**
 * Finds what a path means.
 *
 * @returns At once if it names a file that is in the cache, else a promise.
 */
export function findInSite<File>(
  ways: Ways,
  path: TargetPath,
  look: Look<File>,
): Located<File> | Promise<Located<File>> {
  const first = look.file(path);
  return first instanceof Promise
    ? first.then((located) => goOn(ways, path, look, located))
    : first;
}

function goOn<File>(
  ways: Ways,
  path: TargetPath,
  look: Look<File>,
  located: Located<File>,
): Located<File> | Promise<Located<File>> {
  if (located.kind === "bareFolder" && ways.listing) return look.entries(path);
  return located;
}
