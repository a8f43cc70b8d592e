/** Command lines that are understood, as rows: at least one for every flag. */

import type { Command } from "../../lib/boot/cli.ts";
import { DEFAULT_OPTIONS, type Options } from "../../lib/options.ts";

/** What differs from the defaults of a log that is piped to a tool. */
type Change = Partial<Options> & {
  quiet?: boolean;
  portGiven?: boolean;
  xrayPortGiven?: boolean;
  open?: boolean;
  strictSandbox?: boolean;
};

/** What `parseCommandLine()` gives for a row. */
export function serving(change: Change): Command {
  const { quiet = false, portGiven = false, xrayPortGiven = false, ...others } = change;
  const { open = false, strictSandbox = false, ...options } = others;
  return {
    kind: "serve",
    options: { ...DEFAULT_OPTIONS, logFormat: "combined", ...options },
    quiet,
    portGiven,
    xrayPortGiven,
    open,
    strictSandbox,
  };
}

export const GOOD: readonly (readonly [args: string[], change: Change, why: string])[] = [
  [[], {}, "the defaults"],
  [["site"], { root: "site" }, "folder as positional"],
  [["--site", "A.example=./a", "--site=*.b.example=b=c", "site"], {
    root: "site",
    sites: [["a.example", "./a"], ["*.b.example", "b=c"]],
  }, "sites, and a folder for other hosts"],
  [["--site", "a.example=./a"], {
    root: "./a",
    sites: [["a.example", "./a"]],
    defaultSite: false,
  }, "a site, and none for other hosts"],
  [["--mount", "/my docs/=./a", "site", "--mount=/b%3Dc=d=e"], {
    root: "site",
    sites: [["/my%20docs", "./a"], ["/b=c", "d=e"]],
  }, "mounts, below the folder"],
  [["--mount", "/docs=./a", "--site", "a.example=./b"], {
    root: "./b",
    sites: [["a.example", "./b"], ["/docs", "./a"]],
    defaultSite: false,
  }, "a mount beside a site is none for other hosts"],
  [["--https-redirect", "80", "--cert", "c", "--key", "k"], {
    httpsRedirect: 80,
    cert: "c",
    key: "k",
  }, "plain HTTP beside HTTPS"],
  [["--share-port"], { sharePort: true }, "for restarts"],
  [["--root", "site"], { root: "site" }, "folder as flag"],
  [["--root=site"], { root: "site" }, "with an equals sign"],
  [["--root=-x"], { root: "-x" }, "a value that starts with a dash needs the equals sign"],
  [["--", "-x"], { root: "-x" }, "or stands behind two dashes"],
  [["--", "--port"], { root: "--port" }, "behind two dashes nothing is a flag"],
  [["007"], { root: "007" }, "a folder's name never becomes a number"],
  [["-"], { root: "-" }, "one dash is a name"],
  [["__proto__"], { root: "__proto__" }, "a name that objects treat apart"],
  [["--port", "8080"], { port: 8080, portGiven: true }, "port"],
  [["-p", "8080"], { port: 8080, portGiven: true }, "its letter"],
  [["-p8080"], { port: 8080, portGiven: true }, "its letter, glued"],
  [["-p=8080"], { port: 8080, portGiven: true }, "its letter, with an equals sign"],
  [["--port", "0"], { port: 0, portGiven: true }, "any free port"],
  [["--port", "65535"], { port: 65_535, portGiven: true }, "the last port"],
  [["--port", "3000"], { portGiven: true }, "asked for, though it is the default"],
  [["--host", "::"], { hostname: "::" }, "both families"],
  [["--host", "[::1]"], { hostname: "[::1]" }, "in brackets, as in a URL"],
  [["--dotfiles"], { dotfiles: true }, "a switch"],
  [["--dotfiles", "site"], { dotfiles: true, root: "site" }, "a switch takes no word after it"],
  [["--xray"], { xray: true }, "the X-ray"],
  [["--xray-port", "0"], { xrayPort: 0, xrayPortGiven: true }, "any free port for it"],
  [["--xray-port", "3001"], { xrayPortGiven: true }, "asked for, though it is the default"],
  [["--class"], { classMode: true, xray: true }, "X-ray with it"],
  [["--xray-host", "0.0.0.0"], { xrayHostname: "0.0.0.0" }, "all addresses for it"],
  [
    [
      "--xray-origin",
      "https://Hub.example/user/ada/proxy/3001",
      "--xray-origin=http://x.example:81",
    ],
    {
      xrayOrigins: [
        "https://hub.example/user/ada/proxy/3001/",
        "http://x.example:81/",
      ],
    },
    "two proxies, one of them with a path",
  ],
  [["--no-compression"], { compression: false }, "a switch that turns off"],
  [["--live"], { live: true }, "a switch"],
  [
    ["--live", "--live-ignore", "*.log", "--live-ignore=/data/"],
    { live: true, liveIgnore: ["*.log", "/data/"] },
    "repeatable",
  ],
  [["--port", "1", "-p", "2"], { port: 2, portGiven: true }, "the last one counts"],
  [["--dotfiles", "--dotfiles"], { dotfiles: true }, "a switch twice"],
  [["--root", "a", "--root=b"], { root: "b" }, "the last folder"],
  [["--follow", "../a", "--follow=/b"], { follow: ["../a", "/b"] }, "repeatable"],
  [["--live", "--live-poll", "0.5"], { live: true, livePollMs: 500 }, "half a second"],
  [["--cert", "c.pem", "--key=k.pem"], { cert: "c.pem", key: "k.pem" }, "HTTPS"],
  [["--quiet"], { quiet: true, logFormat: "none" }, "quiet means no log"],
  [["-q"], { quiet: true, logFormat: "none" }, "its letter"],
  [["-q", "--log", "none"], { quiet: true, logFormat: "none" }, "said twice, not against itself"],
  [
    ["-qp", "81"],
    { quiet: true, logFormat: "none", port: 81, portGiven: true },
    "letters together",
  ],
  [["--listing"], { listing: true }, "a switch"],
  [["--spa"], { spa: true }, "a switch"],
  [["--clean-urls"], { cleanUrls: true }, "a switch"],
  [["--cors"], { cors: true }, "a switch"],
  [["--isolate"], { isolate: true }, "a switch"],
  [["--immutable"], { immutable: true }, "a switch"],
  [["--cache-control", "max-age=60"], { cacheControl: "max-age=60" }, "a rule"],
  [["-H", "X-A: b: c"], { fields: [["X-A", "b: c"]] }, "the first colon ends the name"],
  [["-H", "A:1", "--header", "A: 2"], { fields: [["A", "1"], ["A", "2"]] }, "several times"],
  [["--auth", "ada:a:b"], { auth: "ada:a:b" }, "a colon in the password"],
  [["--open"], { open: true }, "a switch of the boot list alone"],
  [
    ["--strict-sandbox"],
    { strictSandbox: true },
    "a switch of the boot list alone",
  ],
  [["--log", "pretty"], { logFormat: "pretty" }, "pretty though no terminal"],
  [["--log", "combined"], { logFormat: "combined" }, "combined"],
  [["--log", "json"], { logFormat: "json" }, "json"],
  [["--log", "none"], { logFormat: "none" }, "none"],
  [["--keep-alive-timeout", "0.5"], { keepAliveTimeoutMs: 500 }, "half a second"],
  [["--keep-alive-timeout", "65"], { keepAliveTimeoutMs: 65_000 }, "nginx's default"],
  [["--keep-alive-max", "0"], { keepAliveMax: 0 }, "unlimited"],
  [["--keep-alive-max", "1"], { keepAliveMax: 1 }, "one request per connection"],
  [["--head-timeout", "0.1"], { headTimeoutMs: 100 }, "the shortest"],
  [["--head-timeout", "86400"], { headTimeoutMs: 86_400_000 }, "the longest"],
  [["--stall-timeout", "1.25"], { stallTimeoutMs: 1250 }, "milliseconds are kept"],
  [["--cache-size", "0"], { cacheSizeMiB: 0 }, "no cache"],
  [["--max-connections", "1"], { maxConnections: 1 }, "the least"],
  [["--max-connections-per-address", "7"], { maxConnectionsPerAddress: 7 }, "of one address"],
  [
    ["--trust-proxy", "10.0.0.0/8", "--trust-proxy", "::1"],
    { trustProxy: ["10.0.0.0/8", "::1"] },
    "every one counts",
  ],
  [
    ["--proxy-protocol", "--trust-proxy", "127.0.0.1"],
    { proxyProtocol: true, trustProxy: ["127.0.0.1"] },
    "from whom is said as well",
  ],
  [["--metrics", "9464"], { metrics: { hostname: "127.0.0.1", port: 9464 } }, "on loopback"],
  [["--metrics", "[::]:0"], { metrics: { hostname: "::", port: 0 } }, "elsewhere"],
  [["--drain", "5"], { drainMs: 5_000 }, "a balancer looks twice in that time"],
  [["--grace", "0"], { graceMs: 0 }, "end at once"],
  [["--workers", "1"], {}, "the default"],
  [["--workers", "64"], { workers: 64 }, "the most"],
  [["--workers=auto"], { workers: "auto" }, "one per core"],
];
