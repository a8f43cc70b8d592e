/** More connections than the system allows descriptors: Deno itself must never come to that limit. */

import type { Attack } from "../attack.ts";
import { hold } from "../holders.ts";
import { requestOf } from "../peer.ts";

const LARGE_BYTES = 64 * 1024 * 1024;

function exhaust(descriptors: number, count: number): Attack {
  return {
    name: `descriptors-${descriptors}`,
    title: `${count} connections held under \`ulimit -n ${descriptors}\``,
    setup: { descriptors },
    // "Others get answers or 503": both are answers.
    honest: { good: [200, 503] },
    seconds: { test: 1, table: 8 },
    recoveryMs: 1000,
    run: (target, seconds) => hold(target, seconds, { count, reads: true }),
  };
}

export const descriptors64 = exhaust(64, 600);
export const descriptors256 = exhaust(256, 600);
export const descriptors1024 = exhaust(1024, 2000);

/** A download has a descriptor for its connection and one for its file. */
export const descriptorsOfFiles: Attack = {
  ...exhaust(256, 600),
  name: "descriptors-256-files",
  title: "600 downloads that nobody reads under `ulimit -n 256`",
  prepare: (root) => makeSparse(`${root}/large.bin`, LARGE_BYTES),
  run: (target, seconds) =>
    hold(target, seconds, { count: 600, reads: false, first: requestOf("/large.bin") }),
};

/** Makes a file of zeros that takes no room on the disk. */
export function makeSparse(path: string, bytes: number): void {
  using file = Deno.openSync(path, { create: true, write: true });
  file.truncateSync(bytes);
}
