/** The peers that come from npm, installed into the benchmark's own folder. */

import { join } from "@std/path";
import { hasProgram } from "./process.ts";
import type { Seat, Server } from "./servers.ts";

/** Pinned, so that two runs compare the same servers. */
const VERSIONS: Readonly<Record<string, string>> = {
  bun: "1.4.5",
  "deno-std": "1.4.0",
  sirv: "3.0.2",
  serve: "14.2.7",
  "http-server": "14.1.1",
};

/** The installed packages. */
export interface Packages {
  /** Whether Node is here to run those that are made for it. */
  readonly node: boolean;
  /** The command that serves on 127.0.0.1. */
  command(name: string, seat: PackageSeat): string[];
}

/** What of a seat they need; a pair for the variant `tls` only. */
type PackageSeat = Pick<Seat, "root" | "port" | "variant"> & Partial<Pick<Seat, "cert" | "key">>;

/** The package of Bun's program for this processor; that of the name `bun` fetches it by a script after its installation. */
const BUN = `@oven/bun-linux-${Deno.build.arch === "aarch64" ? "aarch64" : "x64"}`;

/** Installs the packages with npm, for at most two minutes; a string says why that failed. */
export async function installPackages(
  names: readonly string[],
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<Packages | string> {
  if (!(await hasProgram("npm"))) return "npm is not installed";
  const home = join(folder, "npm");
  await Deno.mkdir(home);
  await Deno.writeTextFile(join(home, "package.json"), '{ "private": true }\n');
  const specifiers = names.map((name) => `${name === "bun" ? BUN : name}@${VERSIONS[name]}`);
  const { success } = await new Deno.Command("npm", {
    args: ["install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts", ...specifiers],
    cwd: home,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.any([signal, AbortSignal.timeout(120_000)]),
  }).output();
  signal.throwIfAborted();
  if (!success) return "npm could not install it";

  if (names.includes("deno-std")) await fillGaps(join(home, "node_modules/deno-std"));
  await Deno.writeTextFile(join(home, "bun.js"), BUN_MAIN);
  await Deno.writeTextFile(join(home, "deno_std.js"), DENO_STD_MAIN);
  await Deno.writeTextFile(join(home, "sirv.mjs"), SIRV_MAIN);
  return {
    node: await hasProgram("node"),
    command: (name, seat) => commandOf(name, home, seat),
  };
}

/** Setup and variants of those that come from npm. */
const FACTS: Readonly<Record<string, Pick<Server, "setup" | "variants">>> = {
  bun: { setup: "`Bun.serve` with `Bun.file`, as its manual has it", variants: ["plain", "tls"] },
  "deno-std": {
    setup: "`serveDir` on `Deno.serve`, quiet",
    variants: ["plain", "tls", "listing"],
  },
  sirv: { setup: "on Node, as it comes: lists the folder once, at its start", variants: ["plain"] },
  serve: { setup: "on Node, no log, no compression", variants: ["plain", "listing"] },
  "http-server": { setup: "on Node, silent", variants: ["plain", "listing"] },
};

/** A peer from npm; each runs on the platform that it is made for. A string says why it is missing. */
export function npmPeer(name: string, packages: Packages): Server | string {
  const needsNode = name !== "deno-std" && name !== "bun";
  if (needsNode && !packages.node) return "node is not installed";
  const command = (seat: Seat) => Promise.resolve(packages.command(name, seat));
  return { name, version: VERSIONS[name], ...FACTS[name], command };
}

function commandOf(name: string, home: string, seat: PackageSeat): string[] {
  const { root, variant, cert = "", key = "" } = seat;
  const port = String(seat.port);
  const tls = variant === "tls" ? [cert, key] : [];
  const modules = join(home, "node_modules");
  switch (name) {
    case "bun":
      return [join(modules, BUN, "bin/bun"), join(home, "bun.js"), root, port, ...tls];
    case "deno-std":
      return [
        ...[Deno.execPath(), "run", "--no-prompt", "--no-config", "--allow-all"],
        ...[join(home, "deno_std.js"), root, port, variant, ...tls],
      ];
    case "sirv":
      return ["node", join(home, "sirv.mjs"), root, port];
    case "serve":
      return [
        ...["node", join(modules, "serve/build/main.js"), "-l", `tcp://127.0.0.1:${port}`],
        ...["--no-request-logging", "--no-compression", "--no-clipboard"],
        ...["--no-port-switching", root],
      ];
    default:
      return [
        ...["node", join(modules, "http-server/bin/http-server"), root],
        ...["-p", port, "-a", "127.0.0.1", "--silent"],
      ];
  }
}

const DENO_STD_MAIN = `import { serveDir } from "./node_modules/deno-std/http/file_server.js";
const [fsRoot, port, variant, certPath, keyPath] = Deno.args;
const tls = certPath === undefined ? {} : {
  cert: Deno.readTextFileSync(certPath),
  key: Deno.readTextFileSync(keyPath),
};
Deno.serve({ hostname: "127.0.0.1", port: Number(port), onListen() {}, ...tls }, (request) =>
  serveDir(request, { fsRoot, quiet: true, showDirListing: variant === "listing" }));
`;

/**
 * Bun has no server of a folder: this is the one of its manual, with the two answers that are not a file. It closes if it is
 * asked to, and would not say so, which wrk counts as an error.
 */
const BUN_MAIN = `const [root, port, certPath, keyPath] = process.argv.slice(2);
const tls = certPath === undefined ? undefined : { cert: Bun.file(certPath), key: Bun.file(keyPath) };
Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  tls,
  async fetch(request) {
    const file = Bun.file(root + new URL(request.url).pathname);
    if (!(await file.exists())) return new Response("Not found", { status: 404 });
    const last = request.headers.get("Connection") === "close" ? { Connection: "close" } : {};
    const modified = new Date(file.lastModified).toUTCString();
    if (request.headers.get("If-Modified-Since") === modified) return new Response(null, { status: 304 });
    return new Response(file, { headers: { "Last-Modified": modified, ...last } });
  },
});
`;

const SIRV_MAIN = `import { createServer } from "node:http";
import sirv from "sirv";
const [root, port] = process.argv.slice(2);
createServer(sirv(root)).listen(Number(port), "127.0.0.1");
`;

/** Names of fields as the file server spells them in code. */
const FIELD_NAMES = [
  ...["accept-ranges", "access-control-allow-headers", "access-control-allow-origin"],
  ...["content-length", "content-range", "content-type", "if-modified-since", "if-none-match"],
  ...["last-modified", "range"],
];

/**
 * The npm copy of Deno's standard library leaves out a few modules that its file server imports. None of them
 * does any work while a file is sent, but for two tables of constant strings, so they are filled in here and
 * the server that is measured is the published one.
 */
async function fillGaps(std: string): Promise<void> {
  const pascal = (name: string) =>
    name.split("-").map((word) => word[0].toUpperCase() + word.slice(1)).join("");
  const fields = Object.fromEntries([
    ["ETag", "etag"],
    ...FIELD_NAMES.map((name) => [pascal(name), name]),
  ]);
  const gaps = {
    "fs/exists.js":
      "export const exists = (path) => Deno.stat(path).then(() => true, () => false);",
    "net/unstable_get_network_address.js": "export const getNetworkAddress = () => undefined;",
    "html/unstable_html.js": "export const html = String.raw;",
    "http/deno.json": JSON.stringify({ version: VERSIONS["deno-std"] }),
    "media-types/content_type.js": 'export * from "../media_types/content_type.js";',
    "http/unstable_header.js": `export const HEADER = ${JSON.stringify(fields)};`,
    "http/unstable_method.js": 'export const METHOD = { Get: "GET", Head: "HEAD" };',
  };
  for (const [path, text] of Object.entries(gaps)) {
    await Deno.mkdir(join(std, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(std, path), text);
  }
}
