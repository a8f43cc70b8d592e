/** Who takes part, in which variants, and the command and settings that start each. Plain installations. */

import { join } from "@std/path";
import config from "../../deno.json" with { type: "json" };
import type { Variant } from "./cases.ts";
import { debianPeer } from "./debian.ts";
import { installPackages, npmPeer, type Packages } from "./npm.ts";
import type { BenchOptions } from "./options.ts";

/** Where a server runs, and as what. */
export interface Seat {
  readonly root: string;
  readonly port: number;
  /** A folder of its own, for settings and logs. */
  readonly folder: string;
  readonly variant: Variant;
  /** Paths of a pair in PEM, for the variant `tls`. */
  readonly cert: string;
  readonly key: string;
}

/** A server that can be started as often as needed. */
export interface Server {
  readonly name: string;
  readonly version: string;
  /** How it is set up, for the reader of the table. */
  readonly setup: string;
  /** What it can be. */
  readonly variants: readonly Variant[];
  /** Where the variant `log` logs in its folder. */
  readonly logFile?: string;
  /** Writes its settings, if it has any, and gives the command. */
  command(seat: Seat): Promise<string[]>;
  readonly env?: (seat: Seat) => Record<string, string>;
}

/** The servers found here, and those missing with the reason. */
export interface Found {
  readonly servers: readonly Server[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/** Those that take part in each case that they can; the others do so if they are named, and in the first case. */
export const MAIN_PEERS = ["nginx", "lighttpd", "caddy", "bun", "floor"] as const;

const NPM_PEERS = ["bun", "deno-std", "sirv", "serve", "http-server"] as const;

/** Names that `--peers` takes, in the order of their turns. */
export const PEERS = [
  ...["nginx", "nginx-cache", "lighttpd", "caddy", "bun", "floor"],
  ...["deno-std", "sirv", "serve", "http-server"],
] as const;

/**
 * Looks for Vitrine and the chosen peers.
 *
 * @throws {Error} If Vitrine itself is missing.
 */
export async function findServers(
  options: BenchOptions,
  init: { readonly folder: string; readonly signal: AbortSignal },
): Promise<Found> {
  const wanted = PEERS.filter((name) => !options.peers.length || options.peers.includes(name));
  const fromNpm = NPM_PEERS.filter((name) => wanted.includes(name));
  const packages = fromNpm.length > 0
    ? await installPackages(fromNpm, init)
    : "nothing of npm is wanted";
  const servers = [...vitrine(options)];
  const skipped: { name: string; reason: string }[] = [];
  for (const name of wanted) {
    const found = await findPeer(name, packages);
    if (typeof found === "string") skipped.push({ name, reason: found });
    else servers.push(found);
  }
  return { servers, skipped };
}

/** A string says why a peer is missing. */
async function findPeer(name: string, packages: Packages | string): Promise<Server | string> {
  if (name === "floor") return floor();
  if (!(NPM_PEERS as readonly string[]).includes(name)) return await debianPeer(name);
  return typeof packages === "string" ? packages : npmPeer(name, packages);
}

/** As `deno task serve` and `serve:tls` have them. */
const TASK_FLAGS = config.tasks.serve.split(" ").filter((word) =>
  word === "--no-prompt" || word.startsWith("--v8-flags=")
);

function denoRun({ root, variant, cert, key }: Seat): string[] {
  const isTls = variant === "tls";
  const read = isTls ? `${root},${cert},${key}` : root;
  return [
    ...[Deno.execPath(), "run", ...TASK_FLAGS, ...isTls ? ["--unstable-net"] : []],
    ...[`--allow-read=${read}`, "--allow-net"],
  ];
}

/** Vitrine, and that of another checkout where one is given. */
function vitrine(options: BenchOptions): Server[] {
  const here = join(import.meta.dirname ?? ".", "../..");
  const serverOf = (name: string, checkout: string): Server => ({
    name,
    version: `Deno ${Deno.version.deno}`,
    setup: checkout === here ? options.vitrineArgs.join(" ") || "as it comes" : checkout,
    variants: ["plain", "log", "tls", "gzip", "listing"],
    logFile: "out.txt",
    command: (seat) =>
      Promise.resolve([
        ...checkout === here && options.vitrineCommand.length > 0
          ? options.vitrineCommand
          : [...denoRun(seat), join(checkout, "main.ts")],
        ...["--root", seat.root, "--port", String(seat.port), "--host", "127.0.0.1"],
        ...["--keep-alive-max", "0", ...flagsOf(seat), ...options.vitrineArgs],
      ]),
  });
  const { before } = options;
  return [serverOf("vitrine", here), ...before === "" ? [] : [serverOf("before", before)]];
}

function flagsOf({ variant, cert, key }: Seat): string[] {
  return [
    // --quiet writes no log, whatever its format.
    ...variant === "log" ? ["--log", "combined"] : ["--log", "none", "--quiet"],
    // nginx and lighttpd come with compression off, too.
    ...variant === "gzip" ? [] : ["--no-compression"],
    ...variant === "listing" ? ["--listing"] : [],
    ...variant === "tls" ? ["--cert", cert, "--key", key] : [],
  ];
}

/** What is left when a server on Deno's sockets does next to nothing; see `floor.ts`. */
function floor(): Server {
  const path = join(import.meta.dirname ?? ".", "floor.ts");
  return {
    name: "floor",
    version: `Deno ${Deno.version.deno}`,
    setup: "a read, a `statSync`, a write: no server, but what one on Deno can reach",
    variants: ["plain", "tls"],
    command: (seat) =>
      Promise.resolve([
        ...[...denoRun(seat), path, seat.root, String(seat.port)],
        ...seat.variant === "tls" ? [seat.cert, seat.key] : [],
      ]),
  };
}
