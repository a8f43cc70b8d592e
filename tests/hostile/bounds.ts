/** What has to hold of an attack, as a test: the well-behaved client waits little, and the server is as before. */

import { fromFileUrl } from "@std/path";

import { testWithTools, untilItHolds } from "../tools.ts";
import type { Attack } from "./attack.ts";
import { attackServer, type Outcome } from "./harness.ts";
import { vitrine } from "./servers.ts";

/** The most that is borne; where nothing is said, the default. */
export interface Bounds {
  /** Wait of the well-behaved client, in ms. */
  readonly maxMs?: number;
  /** The same, of 99 in 100. */
  readonly p99Ms?: number;
  /** Its requests that may fail. */
  readonly failed?: number;
  /** Resident memory at the most above that before, in MiB. */
  readonly growthMiB?: number;
  /** The same once the server has had its time to recover. */
  readonly keptMiB?: number;
  /** Descriptors at the most, during the attack. */
  readonly descriptors?: number;
  /** Lines that the server says on its error stream. */
  readonly errorLines?: number;
  /** Whatever else has to hold: gives a line for what does not. */
  readonly more?: (outcome: Outcome) => string[];
}

/**
 * The goal is a p99 of 20 ms and never more than 50 ms, which `deno task hostile` shows on a machine at rest. Here two
 * cores carry server, attacker, client and whatever else CI does, and a process that could run waits for 100 ms and
 * more. What these tests guard against was three seconds and more, so they have room for a busy machine.
 */
const DEFAULTS = {
  maxMs: 1_000,
  p99Ms: 500,
  failed: 0,
  growthMiB: 200,
  keptMiB: 150,
  descriptors: Infinity,
  errorLines: 2,
} as const;

/**
 * Whoever comes in the middle of hundreds waits until they are accepted: 77 µs for each, and as long for an answer. The
 * bound is what the issue measured with room in the queue; without, the system asks again after a second.
 */
export const IN_A_CROWD = { p99Ms: 1_000, maxMs: 1_500 } as const;

/** Of a server that rests, with connections of the well-behaved client; it may just be looking for how many there are. */
const DESCRIPTORS_AT_REST = 90;
const MIB = 1024 * 1024;
/** The server gives a grace of 1 s, and nobody is left by then. */
const END_MS = 2000;

/** Registers a test. What a server takes of its system is read off `/proc`, which only Linux has. */
export function testHostile(name: string, tools: readonly string[], test: () => Promise<void>) {
  if (Deno.build.os === "linux") testWithTools(`hostile: ${name}`, tools, test);
  else Deno.test({ name: `hostile: ${name} (needs /proc)`, ignore: true, fn: test });
}

/** Registers a test of one attack. Programs that it needs are named. */
export function testAttack(attack: Attack, bounds: Bounds = {}, tools: readonly string[] = []) {
  testHostile(attack.title, tools, () =>
    untilItHolds(async () => {
      const outcome = await attackServer(attack, vitrine(REPOSITORY), attack.seconds.test);
      const broken = judge(outcome, bounds);
      if (broken.length > 0) {
        const shown = JSON.stringify({ ...outcome, errorLines: outcome.errorLines.slice(0, 5) });
        throw new Error(`${broken.join("; ")}\n${shown}`);
      }
    }));
}

/** The checkout that is tested. */
export const REPOSITORY = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** A line for each bound that is broken. */
function judge(outcome: Outcome, bounds: Bounds): string[] {
  const limits = { ...DEFAULTS, ...bounds };
  const { during, afterwards, before, peak, after, ending, errorLines } = outcome;
  const growth = (peak.memory - before.memory) / MIB;
  const kept = (after.memory - before.memory) / MIB;
  const rows: [text: string, measured: number, limit: number][] = [
    ["failed during the attack", during?.failed ?? 0, limits.failed],
    ["failed afterwards", afterwards?.failed ?? 0, 0],
    ["ms waited at the most", during?.max ?? 0, limits.maxMs],
    ["ms waited by 99 of 100", during?.p99 ?? 0, limits.p99Ms],
    ["ms waited afterwards", afterwards?.max ?? 0, limits.maxMs],
    ["MiB more at the peak", growth, limits.growthMiB],
    ["MiB more afterwards", kept, limits.keptMiB],
    ["descriptors at the peak", peak.descriptors, limits.descriptors],
    ["descriptors afterwards", after.descriptors, DESCRIPTORS_AT_REST],
    ["lines of errors", errorLines.length, limits.errorLines],
    ["ms to end", ending.ms, END_MS],
  ];
  return [
    ...(ending.early ? ["the server ended by itself"] : []),
    ...(ending.killed ? ["the server had to be killed"] : []),
    ...rows.filter(([, measured, limit]) => measured > limit)
      .map(([text, measured, limit]) => `${measured.toFixed(1)} ${text}, at most ${limit}`),
    ...(bounds.more?.(outcome) ?? []),
  ];
}
