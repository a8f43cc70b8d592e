/**
 * The smallest sandbox that does what the arguments ask for, as the launcher of the npm package and that of the single
 * file give it to Deno. In: what the arguments mean. Out: Deno's flags. Runs in Node and in Deno, and touches neither.
 */

import config from "../../../deno.json" with { type: "json" };
import type { Command } from "../cli.ts";
import { UsageError } from "../flags.ts";
import type { Sources } from "../sources.ts";

/** The bundle is all: no map, no lock, and nothing to fetch. */
const CLOSED = ["--no-prompt", "--no-config", "--no-lock", "--no-remote", "--no-npm"];
const V8_FLAGS = config.tasks.serve.split(" ").filter((word) => word.startsWith("--v8-flags="));

/** Files that the arguments name beside the site. */
export interface NamedFiles {
  /** Of the module of a worker, which a worker has to read. */
  readonly worker: string;
  /** Of files of arguments. */
  readonly read: readonly string[];
}

/** Gives what stands between `deno run` and the main module. */
export function denoFlags(command: Command, files: NamedFiles): string[] {
  const flags = [...CLOSED, ...V8_FLAGS];
  if (command.kind !== "serve") return flags; // The help and a mistake need no permission.
  const { workers, sharePort, cert } = command.options;
  const hasWorkers = workers !== 1;
  // It has `reusePort`, which a new certificate needs as well; no permission.
  if (hasWorkers || sharePort || cert !== null) flags.push("--unstable-net");
  const readable = [...readablePaths(command, files.read), ...(hasWorkers ? [files.worker] : [])];
  return [...flags, `--allow-read=${readable.join()}`, "--allow-net"];
}

/** A path that Deno 2.9.6 cannot be told of, as it parts paths at every comma; null if there is none. */
export function pathWithComma(command: Command, read: readonly string[]): string | null {
  return readablePaths(command, read).find((path) => path.includes(",")) ?? null;
}

/** What is served, where links may lead, and what else is named; nothing that is not. */
function readablePaths(command: Command, read: readonly string[]): string[] {
  if (command.kind !== "serve") return [];
  const { root, defaultSite, follow, sites, cert, key } = command.options;
  const roots = new Set(sites.map(([, path]) => path));
  if (defaultSite || sites.length === 0) roots.add(root);
  return [...roots, ...follow, cert, key, ...read].filter((path) => path !== null);
}

/** How a launcher reads files of arguments: it remembers them, as the server has to read them as well. */
export class LauncherSources implements Sources {
  readonly #readText: (path: string) => string;
  readonly read: string[] = [];

  constructor(readText: (path: string) => string) {
    this.#readText = readText;
  }

  /** The server reads none without `--allow-env`. */
  readonly variable = () => null;

  readonly text = (path: string): string => {
    try {
      const text = this.#readText(path);
      this.read.push(path);
      return text;
    } catch {
      throw new UsageError(`there is no file ${JSON.stringify(path)} that can be read`);
    }
  };
}
