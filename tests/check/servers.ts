/** Servers that nobody here wrote, and the lab's, for the checker: how each is started, as it comes. */

import { fromFileUrl } from "@std/path";
import { findTool, freePort } from "../tools.ts";

/** Where a server runs. */
export interface Seat {
  /** What it serves, a real path. */
  readonly root: string;
  /** For its settings. */
  readonly folder: string;
  readonly port: number;
}

/** A server, and how it is started. */
export interface Contestant {
  readonly name: string;
  /** How it is set up, for the reader of the table. */
  readonly setup: string;
  /** What it needs in `PATH`. */
  readonly tool: string;
  /** No list of packages has it: who wants it builds it, and CI goes without. */
  readonly isUnpackaged?: boolean;
  readonly command: (place: Seat) => Promise<readonly string[]> | readonly string[];
}

const HERE = import.meta.dirname!;
const REPO = fromFileUrl(new URL("../../", import.meta.url));

/** All of them, in the order of the table. */
export const CONTESTANTS: readonly Contestant[] = [
  {
    name: "Vitrine",
    setup: "as <code>deno task serve</code> starts it",
    tool: "deno",
    command: async ({ root, port }) => {
      const { tasks } = JSON.parse(await Deno.readTextFile(`${REPO}deno.json`));
      const [flags] = tasks.serve.split(" main.ts");
      const words = flags.split(" ").slice(1)
        .map((word: string) => word.startsWith("--allow-read") ? `--allow-read=${root}` : word);
      const ours = ["--port", `${port}`, "--host", "127.0.0.1", "--log", "none"];
      return [Deno.execPath(), ...words, `${REPO}main.ts`, root, ...ours];
    },
  },
  {
    name: "nginx",
    setup: "<code>root</code>, nothing else",
    tool: "nginx",
    command: async ({ root, folder, port }) => {
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ");
      await Deno.writeTextFile(
        `${folder}/nginx.conf`,
        `daemon off; worker_processes 1; pid ${folder}/pid; ${Deno.uid() === 0 ? "user root;" : ""}
         error_log stderr crit; events { worker_connections 1024; }
         http { ${temporary} access_log off; ${await nginxTypes()}
           server { listen 127.0.0.1:${port}; root ${root}; } }\n`,
      );
      return ["nginx", "-e", "stderr", "-c", `${folder}/nginx.conf`];
    },
  },
  {
    name: "Apache",
    setup: "mod_dir and mod_mime",
    tool: "apache2",
    command: async ({ root, folder, port }) => {
      const modules = ["mpm_event", "authz_core", "dir", "mime"]
        .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
      await Deno.writeTextFile(
        `${folder}/apache.conf`,
        [
          ...modules,
          `ServerName localhost\nServerRoot ${folder}\nListen 127.0.0.1:${port}`,
          `PidFile ${folder}/pid\nErrorLog ${folder}/error.log\nDefaultRuntimeDir ${folder}`,
          `DocumentRoot ${root}\nDirectoryIndex index.html\nTypesConfig /etc/mime.types`,
          `<Directory ${root}>\nRequire all granted\n</Directory>\n`,
        ].join("\n"),
      );
      return ["apache2", "-D", "FOREGROUND", "-f", `${folder}/apache.conf`];
    },
  },
  {
    name: "lighttpd",
    setup: "with types and an index",
    tool: "lighttpd",
    command: async ({ root, folder, port }) => {
      const types = TYPES.map(([extension, type]) => `".${extension}" => "${type}"`).join(", ");
      await Deno.writeTextFile(
        `${folder}/lighttpd.conf`,
        `server.document-root = "${root}"\nserver.bind = "127.0.0.1"\nserver.port = ${port}
         index-file.names = ( "index.html" )\nmimetype.assign = ( ${types} )\n`,
      );
      return ["lighttpd", "-D", "-f", `${folder}/lighttpd.conf`];
    },
  },
  {
    name: "darkhttpd",
    setup: "as it comes",
    tool: "darkhttpd",
    isUnpackaged: true,
    command: ({ root, port }) => ["darkhttpd", root, "--port", `${port}`, "--addr", "127.0.0.1"],
  },
  {
    name: "busybox httpd",
    setup: "as it comes",
    tool: "busybox",
    command: ({ root, port }) => ["busybox", "httpd", "-f", "-p", `127.0.0.1:${port}`, "-h", root],
  },
  {
    name: "Deno’s file server",
    setup: "<code>serveDir</code> of the standard library",
    tool: "deno",
    command: async ({ root, folder, port }) => {
      const { installPackages } = await import("../bench/npm.ts");
      const signal = AbortSignal.timeout(120_000);
      const packages = await installPackages(["deno-std"], { folder, signal });
      if (typeof packages === "string") throw new Error(packages);
      return packages.command("deno-std", { root, port, variant: "plain" });
    },
  },
  {
    name: "Node’s http",
    setup: "with 40 lines for files",
    tool: "node",
    command: ({ root, port }) => ["node", `${HERE}/static_server.mjs`, `${port}`, root],
  },
  {
    name: "Python’s http.server",
    setup: "as it comes",
    tool: "python3",
    command: ({ root, port }) => [
      ...["python3", "-m", "http.server", `${port}`, "--bind", "127.0.0.1", "--directory", root],
    ],
  },
  {
    name: "the lab’s",
    setup: "threads and sockets, mistakes kept",
    tool: "python3",
    command: ({ root, port }) => ["python3", `${HERE}/lab_server.py`, `${port}`, root],
  },
];

const TYPES = [
  ["html", "text/html"],
  ["txt", "text/plain"],
  ["css", "text/css"],
  ["js", "text/javascript"],
  ["json", "application/json"],
  ["svg", "image/svg+xml"],
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
] as const;

/** The table of types that comes with it, or a short one where Debian's is missing. */
async function nginxTypes(): Promise<string> {
  try {
    await Deno.stat("/etc/nginx/mime.types");
    return "include /etc/nginx/mime.types;";
  } catch {
    return `types { ${TYPES.map(([extension, type]) => `${type} ${extension};`).join(" ")} }`;
  }
}

/** A server that runs. */
export interface Running extends AsyncDisposable {
  readonly port: number;
}

const START_MS = 15_000;
const usedPorts = new Set<number>();

/** A port that no server before this one was given, even if it does not listen yet. */
function unusedPort(): number {
  let port: number;
  do port = freePort(); while (usedPorts.has(port));
  usedPorts.add(port);
  return port;
}

/** Starts a server, and waits until it listens. */
export async function startContestant(
  contestant: Contestant,
  place: Omit<Seat, "port">,
): Promise<Running> {
  const port = unusedPort();
  const [program, ...args] = await contestant.command({ ...place, port });
  const child = new Deno.Command(findTool(program) ?? program, {
    args,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const running = {
    port,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended.
      }
      const stuck = setTimeout(() => child.kill("SIGKILL"), 4_000);
      await child.status;
      clearTimeout(stuck);
    },
  };
  for (const endMs = performance.now() + START_MS; performance.now() < endMs;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return running;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  await running[Symbol.asyncDispose]();
  throw new Error(`Cannot start ${contestant.name}`);
}
