/** nginx as the proxy of a classroom: TLS in front, another name, and a prefix that it strips. */

import { makePair } from "./hostile/servers.ts";
import { findTool, freePort } from "./tools.ts";

/** What it forwards to, and in which way. */
export interface Forwarding {
  /** For each prefix with a slash at both ends, the port on loopback that it leads to. */
  readonly routes: Readonly<Record<string, number>>;
  /** Directives of every route: which fields it sends. */
  readonly directives?: string;
  /** Whether it speaks HTTP, as what stands behind one more proxy does; else HTTPS. */
  readonly isPlain?: boolean;
}

/** One that runs. */
export interface Proxy {
  /** Such as `"https://hub.test:4430"`. */
  readonly origin: string;
  readonly port: number;
}

/** How those that schools have forward a port, as far as fields go. */
export const SHAPES = {
  /** nginx as it comes: Host is ours, nothing tells of the proxy. */
  nginx: "",
  /** As its manual is usually copied. */
  manual: "proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; " +
    "proxy_set_header X-Forwarded-Proto https;",
  /** jupyter-server-proxy 4: the browser's fields as they are, and three names for the prefix (its handlers.py). */
  jupyter: "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Context /hub; " +
    "proxy_set_header X-ProxyContextPath /hub; proxy_set_header X-Forwarded-Prefix /hub; " +
    "proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-Proto https;",
  /** Codespaces: our own name in Host and Origin, the other one beside it. */
  codespaces: "proxy_set_header Host localhost:$proxy_port; " +
    "proxy_set_header Origin $codespaces_origin; proxy_set_header X-Forwarded-Host $http_host; " +
    "proxy_set_header X-Forwarded-Proto https; proxy_set_header X-Forwarded-For $remote_addr;",
  /** The same with Host as the browser has it, as it was (mastodon/mastodon#26400). */
  codespacesHost: "proxy_set_header Host $http_host; proxy_set_header Origin $codespaces_origin; " +
    "proxy_set_header X-Forwarded-Host $http_host;",
} as const;

/** Runs nginx on a free port while `test` runs. */
export async function withNginx(
  forwarding: (origin: string) => Forwarding,
  test: (proxy: Proxy) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_proxy_" });
  const port = freePort();
  const origin = `https://hub.test:${port}`;
  const { cert, key } = await makePair();
  await Deno.writeTextFile(`${folder}/cert.pem`, cert);
  await Deno.writeTextFile(`${folder}/key.pem`, key);
  await Deno.writeTextFile(`${folder}/nginx.conf`, configOf(folder, port, forwarding(origin)));
  const child = new Deno.Command(findTool("nginx") ?? "nginx", {
    args: ["-e", "stderr", "-p", folder, "-c", `${folder}/nginx.conf`],
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  let hasEnded = false;
  const ended = child.status.finally(() => hasEnded = true);
  try {
    for (;;) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        break;
      } catch (error) {
        if (hasEnded) throw error; // Until then it is still starting.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    await test({ origin, port });
  } finally {
    if (!hasEnded) child.kill("SIGTERM");
    await ended;
    await Deno.remove(folder, { recursive: true });
  }
}

function configOf(
  folder: string,
  port: number,
  { routes, directives = "", isPlain = false }: Forwarding,
): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder};`).join(" ");
  const locations = Object.entries(routes).map(([prefix, to]) =>
    `location ${prefix} {
       set $codespaces_origin $http_origin;
       if ($http_origin = $scheme://$http_host) { set $codespaces_origin http://localhost:${to}; }
       proxy_pass http://127.0.0.1:${to}/; proxy_http_version 1.1; ${directives}
     }`
  );
  return `daemon off; master_process off; pid ${folder}/pid; error_log stderr crit;
    events { worker_connections 256; }
    http {
      access_log off; ${temporary}
      server {
        listen 127.0.0.1:${port} ${isPlain ? "" : "ssl"}; server_name hub.test;
        ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;
        ${locations.join("\n")}
        location / { return 404 "<p>The hub's own page\\n"; default_type text/html; }
      }
    }\n`;
}
