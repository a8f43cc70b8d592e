/** Peers that make the server remember: heads that do not end, content that nobody takes. */

import type { Attack } from "../attack.ts";
import { hold } from "../holders.ts";
import { latin1Bytes } from "../../latin1.ts";
import { requestOf } from "../peer.ts";
import { makeSparse } from "./descriptors.ts";

const LARGE_BYTES = 64 * 1024 * 1024;
export const LONG_HEADS = 500;
export const SLOW_READERS = 500;

/** Just below the limit of 64 KiB, in a few lines as of a large cookie. */
const LONG_HEAD = "GET / HTTP/1.1\r\nHost: a\r\n" + `Cookie: ${"c".repeat(8990)}\r\n`.repeat(7);

export const longHeads: Attack = {
  name: "long-heads",
  title: `${LONG_HEADS} heads of 63 kB that never end`,
  seconds: { test: 1, table: 8 },
  run: (target, seconds) =>
    hold(target, seconds, { count: LONG_HEADS, reads: true, first: latin1Bytes(LONG_HEAD) }),
};

export const slowReaders: Attack = {
  name: "slow-readers",
  title: `${SLOW_READERS} downloads that nobody reads`,
  seconds: { test: 1, table: 8 },
  recoveryMs: 700, // Memory goes when V8 has seen that it can.
  prepare: (root) => makeSparse(`${root}/large.bin`, LARGE_BYTES),
  run: (target, seconds) =>
    hold(target, seconds, { count: SLOW_READERS, reads: false, first: requestOf("/large.bin") }),
};
