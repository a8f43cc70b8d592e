/**
 * What Deno's sandbox lets us do, asked at the start and before anything is tried: all that is missing can be named at
 * once, and so can all that is granted and not needed. Nothing is ever requested, so no prompt appears.
 */

import { dirname } from "@std/path/dirname";
import type { Permission } from "./boot_errors.ts";
import { hostAndPort, quoted } from "./cli.ts";
import type { Options } from "../options.ts";
import { WORKER_MODULES } from "./workers.ts";

/**
 * Tells which permissions serving needs and does not have.
 *
 * @throws {URIError} When the host to listen on is no host at all.
 */
export function missingPermissions(
  { root, follow, sites, hostname, port, cert, key, sharePort }: Pick<
    Options,
    "root" | "follow" | "sites" | "hostname" | "port" | "cert" | "key" | "sharePort"
  >,
  workers: number,
): Permission[] {
  const needed = [
    { name: "read", path: root },
    { name: "net", host: hostAndPort(hostname, port) },
  ] as const;
  const mayNot = (permission: Deno.PermissionDescriptor) =>
    Deno.permissions.querySync(permission).state !== "granted";
  const missing: Permission[] = needed.filter(mayNot).map(({ name }) => name);
  if (sites.some(([, path]) => mayNot({ name: "read", path }))) missing.push("sites");
  if (follow.some((path) => mayNot({ name: "read", path }))) missing.push("follow");
  const pems = [cert, key].filter((path) => path !== null);
  if (pems.some((path) => mayNot({ name: "read", path }))) missing.push("certificate");
  if (workers > 1) {
    // A worker reads its modules anew, and Deno asks for permission to read each of them.
    if (mayNot({ name: "read", path: WORKER_MODULES })) missing.push("modules");
  }
  // Without --unstable-net, `reusePort` ends the process on the spot. The same flag brings this function.
  if ((workers > 1 || sharePort) && typeof Deno.listenDatagram !== "function") {
    missing.push("share");
  }
  return missing;
}

/** What serving never needs, as Deno's flags name it, and what each lets a process do. */
const NEVER_NEEDED = {
  write: "write files",
  run: "start programs, which no sandbox holds",
  env: "read the environment, where secrets are kept",
  ffi: "load native libraries, which no sandbox holds",
  sys: "look at the system",
  import: "fetch code from other hosts",
} as const;
const NAMES = Object.keys(NEVER_NEEDED) as (keyof typeof NEVER_NEEDED)[];

/** A permission that is granted and that serving does not need. */
export interface Excess {
  /** The flag as it may have been typed, for example `"--allow-write"`. */
  readonly flag: string;
  /** What it lets this process do. */
  readonly lets: string;
  /** What to type instead; empty when dropping the flag is all. */
  readonly instead: string;
}

/** The sandbox as it is. */
export interface Sandbox {
  /** Of what is never needed, those that are refused. */
  readonly refused: readonly string[];
  readonly excess: readonly Excess[];
}

/**
 * Looks at the sandbox. A grant that is scoped to something elsewhere, such as `--allow-env=HOME`, does not show: Deno
 * tells whether a thing is granted, and not what all the granted things are (2.9.6).
 *
 * @param folder Real path of the folder that is served, which may be read.
 */
export async function inspectSandbox(folder: string): Promise<Sandbox> {
  const said = NAMES.filter((name) => isGranted({ name }));
  const readsAll = isGranted({ name: "read" });
  if (readsAll && said.length === NAMES.length) {
    return {
      refused: [],
      excess: [{ flag: "-A", lets: "do everything that you can", instead: NEEDED }],
    };
  }
  const granted = said.includes("import") && !(await canFetchCode())
    ? said.filter((name) => name !== "import")
    : said;
  const refused = NAMES.filter((name) => !granted.includes(name));
  const excess: Excess[] = granted.map((name) => ({
    flag: `--allow-${name}`,
    lets: NEVER_NEEDED[name],
    instead: "",
  }));
  if (!granted.includes("write") && isGranted({ name: "write", path: folder })) {
    excess.push({ flag: "--allow-write", lets: "change the folder it serves", instead: "" });
  }
  const above = dirname(folder); // Of the root of a disk, itself.
  if (readsAll || above !== folder && isGranted({ name: "read", path: above })) {
    const lets = readsAll
      ? "read every file that you can read"
      : "read more than the folder it serves";
    excess.push({ flag: "--allow-read", lets, instead: "--allow-read=FOLDER" });
  }
  return { refused, excess };
}

const NEEDED = "--allow-read=FOLDER --allow-net";

function isGranted(question: { readonly name: string; readonly path?: string }): boolean {
  // Deno's own type has no `import` yet (2.9.6), though the answer is there.
  return Deno.permissions.querySync(question as Deno.PermissionDescriptor).state === "granted";
}

/**
 * With `--cached-only` Deno says that import is granted, for all hosts, and fetches nothing (2.9.6): nobody has typed that
 * flag. What tells the two apart is an attempt, whose address is of this machine and which no program can
 * have. Who did type `--allow-import` reads "Download http://127.0.0.1:0/" then, above the warning.
 */
async function canFetchCode(): Promise<boolean> {
  const nowhere = "http://127.0.0.1:0/"; // Not a literal below, as Deno would fetch that when it caches or compiles us.
  try {
    await import(nowhere);
    return true;
  } catch (error) {
    return !/cached-only|not found in (the )?cache/i.test(String(error));
  }
}

/** What the sandbox allows and refuses, for the start: a calm line, then a warning for each excess. */
export function sandboxText(
  { refused, excess }: Sandbox,
  { root, follow, sites = [] }: Pick<Options, "root" | "follow"> & Partial<Pick<Options, "sites">>,
): string {
  const reads = excess.some(({ flag }) => flag === "-A" || flag === "--allow-read") ? "" : " only";
  const folders = [...new Set([root, ...sites.map(([, path]) => path), ...follow])].join(", ");
  const lines = [`The sandbox lets it read ${folders}${reads} and listen`];
  if (refused.length > 0) lines[0] += `; it refuses ${refused.join(", ")}`;
  for (const { flag, lets, instead } of excess) {
    const hint = instead === "" ? "" : `; ${instead} is enough`;
    lines.push(`Warning: ${flag} lets Vitrine ${lets}, which it never needs: drop it${hint}`);
  }
  return lines.join("\n");
}

/** Why `--strict-sandbox` does not let the server start, in one line. @param excess At least one. */
export function explainExcess(excess: readonly Excess[], root: string): string {
  const flags = excess.map(({ flag }) => flag).join(", ");
  return `--strict-sandbox refuses to start with ${flags}; ` +
    `drop ${excess.length === 1 ? "it" : "them"}: --allow-read=${root} --allow-net is enough for ` +
    quoted(root);
}
