/** Peers that connect many at once: some reset, for which `accept()` fails, or the first read; some just stay a while. */

import { fromFileUrl } from "@std/path";

import { run } from "../../tools.ts";
import type { Attack, Figures, Target } from "../attack.ts";

/** What `volley.py` is told beside port and seconds. */
interface Volley {
  readonly atOnce: number;
  /** Between two volleys. */
  readonly everyMs: number;
  /** In hexadecimal. */
  readonly firstBytes?: string;
  /** How long each peer stays; 0 is not at all. */
  readonly holdMs?: number;
  readonly reset?: boolean;
}

/** The first bytes of a TLS record that holds a ClientHello; the rest does not come. */
const HELLO_BEGINS = "16030100f8010000f40303";

async function fire({ port }: Target, seconds: number, volley: Volley): Promise<Figures> {
  const script = fromFileUrl(new URL("../volley.py", import.meta.url));
  const init = { firstBytes: "", holdMs: 0, reset: true, ...volley, port, seconds };
  const { code, stdout, stderr } = await run("python3", [script, JSON.stringify(init)]);
  if (code !== 0) throw new Error(`Cannot run volley.py: ${stderr}`);
  return { connects: Number(new TextDecoder().decode(stdout)) };
}

export const resets: Attack = {
  name: "resets",
  title: "20 resets a second",
  seconds: { test: 1, table: 10 },
  run: (target, seconds) => fire(target, seconds, { atOnce: 1, everyMs: 50 }),
};

export const resetsAtOnce: Attack = {
  name: "resets-at-once",
  title: "40 resets at once, each second",
  seconds: { test: 1, table: 10 },
  run: (target, seconds) => fire(target, seconds, { atOnce: 40, everyMs: 1000 }),
};

export const resetsAlways: Attack = {
  name: "resets-always",
  title: "5 resets every 5 ms",
  seconds: { test: 1, table: 10 },
  run: (target, seconds) => fire(target, seconds, { atOnce: 5, everyMs: 5 }),
};

export const resetsTls: Attack = {
  name: "resets-tls",
  title: "TLS: 40 resets at once, twice a second",
  setup: { tls: true },
  seconds: { test: 1, table: 10 },
  run: (target, seconds) => fire(target, seconds, { atOnce: 40, everyMs: 500 }),
};

export const resetsTlsHalf: Attack = {
  ...resetsTls,
  name: "resets-tls-half",
  title: "TLS: 40 resets at once, half of a ClientHello sent, twice a second",
  run: (target, seconds) =>
    fire(target, seconds, { atOnce: 40, everyMs: 500, firstBytes: HELLO_BEGINS }),
};

export const burst: Attack = {
  name: "burst",
  title: "600 connects at once, each with a request, each second",
  honest: { mode: "new" },
  seconds: { test: 1.2, table: 10 },
  run: (target, seconds) =>
    fire(target, seconds, {
      ...{ atOnce: 600, everyMs: 700, holdMs: 300, reset: false },
      firstBytes: "474554202f612e74787420485454502f312e310d0a486f73743a20610d0a0d0a", // GET /a.txt
    }),
};
