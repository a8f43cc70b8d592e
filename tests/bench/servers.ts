/** Who takes part, and the command and settings that start each. Plain installations, logging off. */

import { join } from "@std/path";
import config from "../../deno.json" with { type: "json" };
import type { BenchOptions } from "./options.ts";
import { hasProgram, outputOf } from "./process.ts";
import { installPackages, type Packages } from "./npm.ts";

/** Where a server runs. */
export interface Seat {
  readonly root: string;
  readonly port: number;
  /** A folder of its own, for settings and logs. */
  readonly folder: string;
}

/** A server that can be started as often as needed. */
export interface Server {
  readonly name: string;
  readonly version: string;
  /** How it is set up, for the reader of the table. */
  readonly setup: string;
  /** The server that this one is with an access log, or "". */
  readonly logOf: string;
  /** Where the access log goes in its folder, or "". */
  readonly logFile: string;
  /** Writes its settings, if it has any, and gives the command. */
  command(place: Seat): Promise<string[]>;
  readonly env?: (place: Seat) => Record<string, string>;
}

/** The servers found here, and those missing with the reason. */
export interface Found {
  readonly servers: readonly Server[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/** Names that `--peers` takes, in the order of their turns. */
export const PEERS = [
  "nginx",
  "nginx-cache",
  "lighttpd",
  "caddy",
  "floor",
  "deno-std",
  "sirv",
  "serve",
  "http-server",
] as const;

const NPM_PEERS: readonly string[] = ["deno-std", "sirv", "serve", "http-server"];
const PLAIN = { logOf: "", logFile: "" } as const;

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
  const packages = wanted.some((name) => NPM_PEERS.includes(name))
    ? await installPackages(init.folder, init.signal)
    : null;
  const servers = [...vitrine(options)];
  const skipped: { name: string; reason: string }[] = [];
  for (const name of wanted) {
    const found = await findPeer(name, packages);
    if (found === null) continue;
    if (typeof found === "string") skipped.push({ name, reason: found });
    else servers.push(...found);
  }
  return { servers, skipped };
}

/** One string says why a peer is missing; null, that it was not asked for. */
async function findPeer(
  name: string,
  packages: Packages | string | null,
): Promise<Server[] | string | null> {
  if (name === "floor") return [floor()];
  if (!NPM_PEERS.includes(name)) return await debianPeer(name);
  return packages === null || typeof packages === "string" ? packages : npmPeer(name, packages);
}

/** As `deno task serve` has them. */
const TASK_FLAGS = config.tasks.serve.split(" ").filter((word) =>
  word === "--no-prompt" || word.startsWith("--v8-flags=")
);

const RUN = [Deno.execPath(), "run", ...TASK_FLAGS];

/** Vitrine twice: quiet for the race, and with its log for the case that asks what a log costs. */
function vitrine(options: BenchOptions): Server[] {
  const here = join(import.meta.dirname ?? ".", "../..");
  const command = (logFormat: string, checkout = here) => ({ root, port }: Seat) =>
    Promise.resolve([
      ...checkout === here && options.vitrineCommand.length > 0
        ? options.vitrineCommand
        : [...RUN, `--allow-read=${root}`, "--allow-net", join(checkout, "main.ts")],
      ...["--root", root, "--port", String(port), "--host", "127.0.0.1"],
      // nginx and lighttpd come with compression off, too.
      ...["--log", logFormat, "--keep-alive-max", "0", "--no-compression"],
      ...logFormat === "none" ? ["--quiet"] : [], // --quiet writes no log, whatever its format.
      ...options.vitrineArgs,
    ]);
  const version = `Deno ${Deno.version.deno}`;
  const setup = options.vitrineArgs.join(" ") || "as it comes";
  const { before } = options;
  return [
    { ...PLAIN, name: "vitrine", version, setup, command: command("none") },
    ...before === ""
      ? []
      : [{ ...PLAIN, name: "before", version, setup: before, command: command("none", before) }],
    {
      name: "vitrine-log",
      version,
      setup: "`--log combined` into a file",
      logOf: "vitrine",
      logFile: "out.txt",
      command: command("combined"),
    },
  ];
}

/** What is left when a server on Deno's sockets does next to nothing; see `floor.ts`. */
function floor(): Server {
  const path = join(import.meta.dirname ?? ".", "floor.ts");
  const command = ({ root, port }: Seat) =>
    Promise.resolve([
      ...[Deno.execPath(), "run", ...TASK_FLAGS, `--allow-read=${root}`, "--allow-net"],
      ...[path, root, String(port)],
    ]);
  const version = `Deno ${Deno.version.deno}`;
  const setup = "a read, a `statSync`, a write: no server, but what one on Deno can reach";
  return { ...PLAIN, name: "floor", version, setup, command };
}

/** The peers that come as a program; one string says why one is missing. */
async function debianPeer(name: string): Promise<Server[] | string> {
  const program = name === "nginx-cache" ? "nginx" : name;
  if (!(await hasProgram(program))) return `${program} is not installed`;
  const [version] = /\d[\d.]+/.exec(await outputOf([program, ...versionFlag(program)])) ?? ["?"];
  switch (name) {
    case "nginx":
      return [
        nginx({ ...PLAIN, name, version, setup: "one worker, sendfile" }, ""),
        nginx(
          {
            name: "nginx-log",
            version,
            setup: "access log into a file, unbuffered as by default",
            logOf: "nginx",
            logFile: "access.log",
          },
          "",
        ),
      ];
    case "nginx-cache":
      return [nginx(
        { ...PLAIN, name, version, setup: "one worker, `open_file_cache`, checked once in 60 s" },
        `open_file_cache max=20000 inactive=60s; open_file_cache_valid 60s;
         open_file_cache_min_uses 1;`,
      )];
    case "lighttpd":
      return [lighttpd(version)];
    default:
      return [caddy(version)];
  }
}

function versionFlag(program: string): string[] {
  return program === "caddy" ? ["version"] : ["-v"];
}

/** Limits are raised where they would cut the load; the rest is the default or Debian's. */
function nginx(facts: Omit<Server, "command">, cache: string): Server {
  const command = async ({ root, port, folder }: Seat) => {
    const log = facts.logFile ? `${join(folder, facts.logFile)} combined` : "off";
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ");
    const path = join(folder, "nginx.conf");
    await Deno.writeTextFile(
      path,
      `daemon off; worker_processes 1; worker_rlimit_nofile 16384; pid ${folder}/pid;
       error_log ${folder}/err.txt crit;
       events { worker_connections 16384; }
       http {
         types { image/png png; } ${temporary}
         sendfile on; tcp_nopush on; keepalive_timeout 65; keepalive_requests 1000000000;
         access_log ${log}; ${cache}
         server { listen 127.0.0.1:${port} backlog=1024; root ${root}; }
       }\n`,
    );
    return ["nginx", "-e", `${folder}/err.txt`, "-c", path];
  };
  return { ...facts, command };
}

function lighttpd(version: string): Server {
  const command = async ({ root, port, folder }: Seat) => {
    const path = join(folder, "lighttpd.conf");
    await Deno.writeTextFile(
      path,
      `server.document-root = "${root}"
       server.bind = "127.0.0.1"
       server.port = ${port}
       server.errorlog = "${folder}/err.txt"
       server.max-fds = 16384
       server.max-connections = 8192
       server.max-keep-alive-requests = 65535
       server.max-keep-alive-idle = 65
       mimetype.assign = ( ".png" => "image/png" )\n`,
    );
    return ["lighttpd", "-D", "-f", path];
  };
  return { ...PLAIN, name: "lighttpd", version, setup: "as it comes", command };
}

function caddy(version: string): Server {
  const command = async ({ root, port, folder }: Seat) => {
    const path = join(folder, "Caddyfile");
    await Deno.writeTextFile(
      path,
      `{\n admin off\n auto_https off\n}
       http://127.0.0.1:${port} {\n bind 127.0.0.1\n root * ${root}\n file_server\n}\n`,
    );
    return ["caddy", "run", "--adapter", "caddyfile", "--config", path];
  };
  const env = ({ folder }: Seat) => ({
    HOME: folder,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  });
  return { ...PLAIN, name: "caddy", version, setup: "`file_server`", command, env };
}

/** The peers from npm; each runs on the platform that it is made for. */
function npmPeer(name: string, packages: Packages): Server[] | string {
  if (name !== "deno-std" && !packages.node) return "node is not installed";
  const setup = {
    "deno-std": "`serveDir` on `Deno.serve`, quiet",
    sirv: "on Node, as it comes: lists the folder once, at its start",
    serve: "on Node, no log, no compression",
    "http-server": "on Node, silent",
  }[name] ?? "";
  const command = ({ root, port }: Seat) => Promise.resolve(packages.command(name, { root, port }));
  return [{ ...PLAIN, name, version: packages.version(name), setup, command }];
}
