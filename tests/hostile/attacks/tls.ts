/** Peers of a TLS server that begin and never go on. Its deadlines have to hold for them as for all others. */

import type { Attack } from "../attack.ts";
import { hold } from "../holders.ts";
import { latin1Bytes } from "../../latin1.ts";
import { requestOf } from "../peer.ts";
import { makeSparse } from "./descriptors.ts";

export const COUNT = 1000;
const TLS_CAP = 100;
export const STALLED = 50;
const LARGE_BYTES = 64 * 1024 * 1024;
/** The first half of a ClientHello of 248 bytes. */
const HALF_HELLO = "\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" + "a".repeat(113);

/** Three times the deadlines and more: what is held then is held for ever. */
const SECONDS = { test: 1.8, table: 8 };
const SETUP = {
  tls: true,
  maxConnections: TLS_CAP,
  flags: ["--head-timeout", "0.5", "--stall-timeout", "0.5"],
  nginx: "client_header_timeout 500ms; send_timeout 500ms;",
};

export const tlsSilent: Attack = {
  name: "tls-silent",
  title: "TLS: 1,000 handshakes that never begin at a cap of 100",
  setup: SETUP,
  seconds: SECONDS,
  run: (target, seconds) => hold(target, seconds, { count: COUNT, reads: true }),
};

export const tlsHalf: Attack = {
  name: "tls-half",
  title: "TLS: 1,000 halves of a ClientHello at a cap of 100",
  setup: SETUP,
  seconds: SECONDS,
  run: (target, seconds) =>
    hold(target, seconds, { count: COUNT, reads: true, first: latin1Bytes(HALF_HELLO) }),
};

export const tlsFew: Attack = {
  name: "tls-descriptors-256",
  title: "TLS: 600 handshakes that never begin under `ulimit -n 256`",
  setup: { ...SETUP, maxConnections: undefined, descriptors: 256 },
  seconds: SECONDS,
  recoveryMs: 1000,
  run: (target, seconds) => hold(target, seconds, { count: 600, reads: true }),
};

export const tlsStalled: Attack = {
  name: "tls-stalled",
  title: "TLS: 50 downloads that nobody reads at a cap of 100",
  setup: SETUP,
  seconds: SECONDS,
  prepare: (root) => makeSparse(`${root}/large.bin`, LARGE_BYTES),
  run: (target, seconds) =>
    hold(target, seconds, {
      count: STALLED, // Each costs the attacker a handshake, and he shares the processor with the server.
      reads: false,
      tls: true,
      first: requestOf("/large.bin"),
    }),
};
