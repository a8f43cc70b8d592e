/**
 * Seven proxies as Debian packages them, in front of Vitrine as a site would run them: with their own parsers, and where
 * they can with connections to us that they keep and share between their clients. Four of them can be caches as well.
 */

import { freePort } from "../../tools.ts";

/** What the configuration of a proxy is made from. */
export interface Plan {
  /** For its settings and whatever it writes. */
  readonly folder: string;
  /** Where it listens. */
  readonly front: number;
  /** Where it forwards to. */
  readonly back: number;
  /** Sent as `User-Agent` in every request that it forwards. */
  readonly mark: string;
  /** Whether it keeps responses. */
  readonly caches: boolean;
}

interface Proxy {
  /** Its program, as `testWithTools` looks for it. */
  readonly tool: string;
  readonly config: (plan: Plan) => string;
  readonly args: (plan: Plan) => string[];
  readonly env?: (plan: Plan) => Record<string, string>;
  /** Whether it keeps connections to us for its next client. */
  readonly reuses: boolean;
}

const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;
const configOf = ({ folder }: Plan) => `${folder}/proxy.conf`;

const nginx: Proxy = {
  tool: "nginx",
  reuses: true,
  config: ({ folder, front, back, mark, caches }) => `
    daemon off; master_process off; pid ${folder}/pid; error_log /dev/null;
    ${isRoot ? "user root;" : ""}
    events { worker_connections 128; }
    http {
      access_log off;
      ${
    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ")
  }
      proxy_cache_path ${folder}/cache keys_zone=kept:1m;
      upstream vitrine { server 127.0.0.1:${back}; keepalive 1; }
      server {
        listen 127.0.0.1:${front};
        client_header_timeout 2s;
        client_body_timeout 2s;
        location / {
          ${caches ? "proxy_cache kept; proxy_cache_revalidate on;" : ""}
          proxy_pass http://vitrine;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header Host $http_host;
          proxy_set_header User-Agent ${mark};
          proxy_request_buffering off;
        }
      }
    }`,
  args: (plan) => ["-p", plan.folder, "-e", "stderr", "-c", configOf(plan)],
};

const haproxy: Proxy = {
  tool: "haproxy",
  reuses: true,
  config: ({ front, back, mark }) => `
    defaults
      mode http
      timeout connect 2s
      timeout client 2s
      timeout server 2s
      http-reuse always
    frontend front
      bind 127.0.0.1:${front}
      http-request set-header User-Agent ${mark}
      default_backend vitrine
    backend vitrine
      server vitrine 127.0.0.1:${back}
    `,
  args: (plan) => ["-db", "-q", "-f", configOf(plan)],
};

const APACHE_MODULES = [
  ...["mpm_event", "authz_core", "proxy", "proxy_http", "headers", "reqtimeout"],
  ...["cache", "cache_disk"],
];

/** Its other cache, mod_cache_socache, forgets the content of what it revalidates (2.4.71). */
const apache: Proxy = {
  tool: "apache2",
  reuses: true,
  config: ({ folder, front, back, mark, caches }) => `
    ${
    APACHE_MODULES.map((name) =>
      `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`
    )
      .join("\n")
  }
    ServerRoot ${folder}
    DefaultRuntimeDir ${folder}
    PidFile ${folder}/pid
    ErrorLog /dev/null
    ServerName a
    Listen 127.0.0.1:${front}
    ${isRoot ? "User www-data\nGroup www-data" : ""}
    StartServers 1
    ServerLimit 1
    ThreadsPerChild 16
    MaxRequestWorkers 16
    RequestReadTimeout header=2 body=2
    RequestHeader set User-Agent ${mark}
    ProxyPreserveHost On
    ProxyPass / http://127.0.0.1:${back}/ max=1 retry=0
    ${caches ? `CacheRoot ${folder}\nCacheEnable disk /` : ""}
    `,
  args: (plan) => ["-DFOREGROUND", "-f", configOf(plan)],
};

const squid: Proxy = {
  tool: "squid",
  reuses: true,
  config: ({ folder, front, back, mark, caches }) => `
    http_port 127.0.0.1:${front} accel defaultsite=a
    cache_peer 127.0.0.1 parent ${back} 0 no-query no-digest no-netdb-exchange originserver
    acl all_sites src all
    http_access allow all_sites
    never_direct allow all_sites
    cache ${caches ? "allow" : "deny"} all_sites
    request_header_access User-Agent deny all_sites
    request_header_add User-Agent "${mark}" all_sites
    request_timeout 2 seconds
    shutdown_lifetime 0 seconds
    pinger_enable off
    pid_filename ${folder}/squid.pid
    cache_log /dev/null
    cache_store_log none
    access_log none
    netdb_filename none
    coredump_dir ${folder}
    visible_hostname squid
    `,
  args: (plan) => ["-N", "-f", configOf(plan)],
};

const varnish: Proxy = {
  tool: "varnishd",
  reuses: true,
  config: ({ back, mark, caches }) => `
    vcl 4.1;
    backend vitrine { .host = "127.0.0.1"; .port = "${back}"; }
    ${caches ? "" : "sub vcl_recv { return (pass); }"}
    sub vcl_backend_fetch { set bereq.http.User-Agent = "${mark}"; }
    `,
  args: (plan) => [
    ...["-F", "-j", "none", "-a", `127.0.0.1:${plan.front}`, "-f", configOf(plan)],
    ...["-n", `${plan.folder}/varnish`, "-s", "malloc,8m", "-T", "none", "-p", "timeout_idle=2"],
  ],
};

const lighttpd: Proxy = {
  tool: "lighttpd",
  reuses: false, // It closes every connection to us: 1.4 keeps none.
  config: ({ folder, front, back, mark }) => `
    server.modules = ("mod_setenv", "mod_proxy")
    server.bind = "127.0.0.1"
    server.port = ${front}
    server.document-root = "${folder}"
    server.upload-dirs = ("${folder}")
    server.stream-request-body = 1
    server.max-read-idle = 2
    setenv.set-request-header = ("User-Agent" => "${mark}")
    proxy.server = ("" => (("host" => "127.0.0.1", "port" => ${back})))
    `,
  args: (plan) => ["-D", "-f", configOf(plan)],
};

const caddy: Proxy = {
  tool: "caddy",
  reuses: true,
  config: ({ front, back, mark }) =>
    `{
    admin off
    auto_https off
    log {
      output discard
    }
    servers {
      timeouts {
        read_body 2s
        read_header 2s
      }
    }
  }
  http://:${front} {
    bind 127.0.0.1
    reverse_proxy 127.0.0.1:${back} {
      header_up User-Agent ${mark}
      transport http {
        max_conns_per_host 1
      }
    }
  }`,
  args: (plan) => ["run", "--adapter", "caddyfile", "--config", configOf(plan)],
  env: ({ folder }) => ({ HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }),
};

export const PROXIES = { nginx, haproxy, apache, squid, varnish, lighttpd, caddy } as const;

export type ProxyName = keyof typeof PROXIES;

/** Starts a proxy, waits until it listens, and ends it at the end of the scope. */
export async function startProxy(
  name: ProxyName,
  path: string,
  init: Omit<Plan, "front">,
): Promise<{ port: number } & AsyncDisposable> {
  const proxy: Proxy = PROXIES[name];
  const plan = { ...init, front: freePort() };
  await Deno.mkdir(plan.folder, { recursive: true });
  await Deno.chmod(plan.folder, 0o777); // Some change from root to a user of their own.
  await Deno.writeTextFile(configOf(plan), proxy.config(plan) + "\n");
  const child = new Deno.Command(path, {
    args: proxy.args(plan),
    env: proxy.env?.(plan),
    cwd: plan.folder,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  const status = child.status.finally(() => ended = true);
  const stop = async () => {
    if (!ended) child.kill("SIGTERM");
    const stuck = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await status;
    clearTimeout(stuck);
  };
  try {
    await listens(plan.front, () => ended);
  } catch (error) {
    await stop();
    throw new Error(`Cannot start ${name}`, { cause: error });
  }
  return { port: plan.front, [Symbol.asyncDispose]: stop };
}

/** Waits until something listens. */
async function listens(port: number, hasEnded: () => boolean): Promise<void> {
  const begun = Date.now();
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (hasEnded() || Date.now() - begun > 15_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
