/**
 * The smallest sandbox that does what the arguments ask for, as the launcher of the npm package and that of the single
 * file give it to Deno. In: what the arguments mean. Out: Deno's flags. Runs in Node and in Deno, and touches neither.
 */

import config from "../../../deno.json" with { type: "json" };
import type { Command } from "../cli.ts";

/** The bundle is all: no map, no lock, and nothing to fetch. */
const CLOSED = ["--no-prompt", "--no-config", "--no-lock", "--no-remote", "--no-npm"];
const V8_FLAGS = config.tasks.serve.split(" ").filter((word) => word.startsWith("--v8-flags="));

/**
 * @param worker Path of the module of a worker, which a worker has to read.
 * @returns What stands between `deno run` and the main module.
 */
export function denoFlags(command: Command, worker: string): string[] {
  const flags = [...CLOSED, ...V8_FLAGS];
  if (command.kind !== "serve") return flags; // The help and a mistake need no permission.
  const { root, cert, key, workers } = command.options;
  const hasWorkers = workers !== 1;
  if (hasWorkers) flags.push("--unstable-net"); // It has `reusePort`; no permission.
  const readable = [root, cert, key, hasWorkers ? worker : null].filter((path) => path !== null);
  return [...flags, `--allow-read=${readable.join()}`, "--allow-net"];
}

/** A path that Deno 2.9.6 cannot be told of, as it parts paths at every comma; null if there is none. */
export function pathWithComma(command: Command): string | null {
  if (command.kind !== "serve") return null;
  const { root, cert, key } = command.options;
  return [root, cert, key].find((path) => path?.includes(",")) ?? null;
}
