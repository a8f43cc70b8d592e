/// <reference lib="deno.worker" />
/** A program that writes to a file as fast as it can, or at a pace, until it is told to stop; see `written_test.ts`. */

import { inPlace, lineOf, type Order, versionOf } from "./written.ts";

self.onmessage = ({ data }: MessageEvent<Order>) => {
  const { path, way, size, paceMs, stop } = data;
  const flag = new Int32Array(stop);
  const encoder = new TextEncoder();
  const versions = [0, 1, 2, 3].map((n) => encoder.encode(versionOf(n, size)));
  const rest = new Int32Array(new SharedArrayBuffer(4));
  let count = 0;
  for (; Atomics.load(flag, 0) === 0; count++) {
    const version = versions[count % versions.length];
    switch (way) {
      case "append":
        // It starts over before it is too large, by a write that truncates.
        Deno.writeFileSync(path, encoder.encode(lineOf(count % 2_000)), {
          append: count % 2_000 > 0,
        });
        break;
      case "rewrite":
        Deno.writeFileSync(path, version);
        break;
      case "rename over":
        Deno.writeFileSync(`${path}.tmp`, version);
        Deno.renameSync(`${path}.tmp`, path);
        break;
      case "truncate":
        Deno.writeFileSync(path, version);
        Deno.truncateSync(path, size / 2);
        break;
      case "in place":
        inPlace(path, version);
        break;
    }
    if (count === 10) self.postMessage("begun");
    if (paceMs > 0) Atomics.wait(rest, 0, 0, paceMs);
  }
  self.postMessage(count);
};
