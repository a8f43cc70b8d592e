/** Peers that connect and reset: `accept()` fails for them, or the first read. */

import { run } from "../../tools.ts";
import type { Attack, Figures, Target } from "../attack.ts";

/** The first bytes of a TLS record that holds a ClientHello; the rest does not come. */
const HELLO_BEGINS = "16030100f8010000f40303";

async function reset(
  { port }: Target,
  seconds: number,
  { atOnce, everyMs, firstBytes = "" }: { atOnce: number; everyMs: number; firstBytes?: string },
): Promise<Figures> {
  const script = new URL("../resets.py", import.meta.url).pathname;
  const args = [script, ...[port, atOnce, everyMs, seconds].map(String), firstBytes];
  const { code, stdout, stderr } = await run("python3", args);
  if (code !== 0) throw new Error(`Cannot run resets.py: ${stderr}`);
  return { resets: Number(new TextDecoder().decode(stdout)) };
}

export const resets: Attack = {
  name: "resets",
  title: "20 resets a second",
  seconds: { test: 1.5, table: 10 },
  run: (target, seconds) => reset(target, seconds, { atOnce: 1, everyMs: 50 }),
};

export const resetsAtOnce: Attack = {
  name: "resets-at-once",
  title: "40 resets at once, each second",
  seconds: { test: 1.5, table: 10 },
  run: (target, seconds) => reset(target, seconds, { atOnce: 40, everyMs: 1000 }),
};

export const resetsAlways: Attack = {
  name: "resets-always",
  title: "5 resets every 5 ms",
  seconds: { test: 1.5, table: 10 },
  run: (target, seconds) => reset(target, seconds, { atOnce: 5, everyMs: 5 }),
};

export const resetsTls: Attack = {
  name: "resets-tls",
  title: "TLS: 40 resets, half of a ClientHello sent, twice a second",
  setup: { tls: true },
  seconds: { test: 1.5, table: 10 },
  run: (target, seconds) =>
    reset(target, seconds, { atOnce: 40, everyMs: 500, firstBytes: HELLO_BEGINS }),
};
