/** One address takes every slot there is, in each way that holds one. Others have to be served all the same. */

import type { Attack } from "../attack.ts";
import { hold } from "../holders.ts";
import { latin1Bytes } from "../../latin1.ts";
import { requestOf } from "../peer.ts";
import { makeSparse } from "./descriptors.ts";

const CAP = 1000;
const LARGE_BYTES = 64 * 1024 * 1024;
const SECONDS = { test: 1, table: 8 };

export const idleSlots: Attack = {
  name: "idle",
  title: "1,000 idle connections of one address at a cap of 1,000",
  setup: { maxConnections: CAP },
  seconds: SECONDS,
  run: (target, seconds) =>
    hold(target, seconds, { count: CAP, reads: true, first: requestOf("/a.txt") }),
};

export const slowHeads: Attack = {
  name: "slow-heads",
  title: "1,000 heads of one address that never end at a cap of 1,000",
  setup: { maxConnections: CAP },
  seconds: SECONDS,
  run: (target, seconds) =>
    hold(target, seconds, {
      count: CAP,
      reads: true,
      first: latin1Bytes("GET / HTTP/1.1\r\nX: "),
      trickle: latin1Bytes("a"),
    }),
};

export const slowReads: Attack = {
  name: "slow-reads",
  title: "1,000 downloads of one address that nobody reads at a cap of 1,000",
  setup: { maxConnections: CAP },
  seconds: SECONDS,
  prepare: (root) => makeSparse(`${root}/large.bin`, LARGE_BYTES),
  run: (target, seconds) =>
    hold(target, seconds, { count: CAP, reads: false, first: requestOf("/large.bin") }),
};

export const liveSlots: Attack = {
  name: "live",
  title: "100 streams of `--live` of one address at a cap of 100",
  setup: { flags: ["--live"], maxConnections: 100 },
  seconds: SECONDS,
  run: (target, seconds) =>
    hold(target, seconds, { count: 100, reads: true, first: requestOf("/.vitrine/live") }),
};
