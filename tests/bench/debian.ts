/** The peers that come as a program of Debian: the same folder, types, limits and variants for each. */

import { join } from "@std/path";
import { hasProgram, outputOf } from "./process.ts";
import type { Seat, Server } from "./servers.ts";

/** The server of a name, or a string that says why it is missing. */
export async function debianPeer(name: string): Promise<Server | string> {
  const program = name === "nginx-cache" ? "nginx" : name;
  if (!(await hasProgram(program))) return `${program} is not installed`;
  const flag = program === "caddy" ? "version" : "-v";
  const [version] = /\d[\d.]+/.exec(await outputOf([program, flag])) ?? ["?"];
  switch (name) {
    case "nginx":
      return {
        ...{ name, version, setup: "one worker, sendfile", logFile: "access.log" },
        variants: ["plain", "log", "tls", "gzip", "listing"],
        command: (seat) => nginxCommand(seat, ""),
      };
    case "nginx-cache":
      return {
        ...{ name, version, setup: "one worker, `open_file_cache`, checked once in 60 s" },
        variants: ["plain", "tls"],
        command: (seat) =>
          nginxCommand(
            seat,
            `open_file_cache max=20000 inactive=60s; open_file_cache_valid 60s;
             open_file_cache_min_uses 1;`,
          ),
      };
    case "lighttpd":
      return {
        ...{ name, version, setup: "as it comes", logFile: "access.log" },
        variants: ["plain", "log", "tls", "gzip", "listing"],
        command: lighttpdCommand,
      };
    default:
      return {
        ...{ name, version, setup: "`file_server`" },
        variants: ["plain", "tls", "gzip", "listing"],
        command: caddyCommand,
        env: ({ folder }) => ({ HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }),
      };
  }
}

/** Limits are raised where they would cut the load; the rest is the default or Debian's. */
async function nginxCommand(seat: Seat, cache: string): Promise<string[]> {
  const { root, port, folder, variant, cert, key } = seat;
  const log = variant === "log" ? `${join(folder, "access.log")} combined` : "off";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ");
  const more = {
    ...{ plain: "", log: "", gzip: "gzip on;", listing: "autoindex on;" },
    tls: `ssl_certificate ${cert}; ssl_certificate_key ${key}; ssl_protocols TLSv1.2 TLSv1.3;
          ssl_session_cache shared:all:10m;`,
  }[variant];
  const path = join(folder, "nginx.conf");
  await Deno.writeTextFile(
    path,
    `daemon off; worker_processes 1; worker_rlimit_nofile 16384; pid ${folder}/pid;
     error_log ${folder}/err.txt crit;
     events { worker_connections 16384; }
     http {
       types { image/png png; text/html html; } ${temporary}
       sendfile on; tcp_nopush on; keepalive_timeout 65; keepalive_requests 1000000000;
       access_log ${log}; ${cache} ${more}
       server {
         listen 127.0.0.1:${port} backlog=1024${variant === "tls" ? " ssl" : ""}; root ${root};
       }
     }\n`,
  );
  return ["nginx", "-e", `${folder}/err.txt`, "-c", path];
}

async function lighttpdCommand(seat: Seat): Promise<string[]> {
  const { root, port, folder, variant, cert, key } = seat;
  const path = join(folder, "lighttpd.conf");
  const more = {
    plain: "",
    log: `server.modules += ( "mod_accesslog" )
          accesslog.filename = "${folder}/access.log"`,
    tls: `server.modules += ( "mod_openssl" )
          ssl.engine = "enable"
          ssl.pemfile = "${cert}"
          ssl.privkey = "${key}"`,
    gzip: `server.modules += ( "mod_deflate" )
           deflate.mimetypes = ( "text/html" )
           deflate.allowed-encodings = ( "gzip" )`,
    listing: `server.modules += ( "mod_dirlisting" )
              dir-listing.activate = "enable"`,
  }[variant];
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
     mimetype.assign = ( ".png" => "image/png", ".html" => "text/html" )
     ${more}\n`,
  );
  return ["lighttpd", "-D", "-f", path];
}

async function caddyCommand(seat: Seat): Promise<string[]> {
  const { root, port, folder, variant, cert, key } = seat;
  const path = join(folder, "Caddyfile");
  const more = {
    ...{ plain: "file_server", log: "" }, // It is not asked what its log costs.
    tls: `tls ${cert} ${key}\n file_server`,
    gzip: "encode gzip\n file_server",
    listing: "file_server browse",
  }[variant];
  const scheme = variant === "tls" ? "https" : "http";
  await Deno.writeTextFile(
    path,
    `{\n admin off\n auto_https off\n servers {\n protocols h1\n }\n}
     ${scheme}://127.0.0.1:${port} {\n bind 127.0.0.1\n root * ${root}\n ${more}\n}\n`,
  );
  return ["caddy", "run", "--adapter", "caddyfile", "--config", path];
}
