/**
 * The process in which an attack runs, so that what it does to the processor of its own loop is no wait of anybody
 * else. Started with the name of the attack, its seconds and its target in JSON, it prints a line when it
 * begins, and what it counted.
 */

import { LineReader } from "../tools.ts";
import type { Attack, Figures, Target } from "./attack.ts";

/** How long an attack may take beyond its time before it is ended, in ms. */
const PATIENCE_MS = 10_000;

/** An attack that has begun. */
export interface RunningAttack {
  /** What it counted, when it is over. Rejects if it fails or does not end. */
  readonly figures: Promise<Figures>;
}

/** Starts an attack, and waits until it begins. */
export async function startAttack(
  attack: Attack,
  target: Target,
  seconds: number,
): Promise<RunningAttack> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-all", import.meta.filename ?? ""],
      ...[attack.name, String(seconds), JSON.stringify(target)],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const late = setTimeout(() => child.kill("SIGKILL"), seconds * 1000 + PATIENCE_MS);
  const lines = new LineReader(child.stdout);
  await lines.next();
  return { figures: finish() };

  async function finish(): Promise<Figures> {
    const figures = await lines.next();
    await lines.drain();
    await child.status;
    clearTimeout(late);
    if (figures === null) throw new Error(`The attack ${attack.name} failed or did not end`);
    return JSON.parse(figures);
  }
}

if (import.meta.main) {
  const [name, seconds, target] = Deno.args;
  const { ATTACKS } = await import("./attacks.ts");
  const attack = ATTACKS.find((attack) => attack.name === name);
  if (attack === undefined) throw new Error(`There is no attack ${name}`);
  console.log("begun");
  const figures = await attack.run(JSON.parse(target), Number(seconds));
  console.log(JSON.stringify(figures));
  Deno.exit(0); // What it still holds goes with it.
}
