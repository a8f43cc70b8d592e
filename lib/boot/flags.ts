/**
 * Every flag of the command line, as data: a new flag is a new row. `cli.ts` makes parsing and help of it.
 */

import { parseSiteField } from "../site/fields.ts";
import { type Flag, readNumber, readSeconds, SECONDS, UsageError } from "./flag.ts";
import { PROXY_FLAGS } from "./proxy_flags.ts";
import { DEFAULT_OPTIONS, type LogFormat } from "../options.ts";

export { type Flag, type Settings, UsageError } from "./flag.ts";

/** Every flag, in the order of the help. */
export const FLAGS: readonly Flag[] = [
  {
    name: "root",
    group: "Where",
    help: "the folder, as a flag",
    default: DEFAULT_OPTIONS.root,
    value: { name: "DIR", example: "./static" },
    read: (text) => ({ root: text }),
  },
  {
    name: "port",
    alias: "p",
    group: "Where",
    help: "TCP port; 0 takes any free one",
    default: DEFAULT_OPTIONS.port,
    value: { name: "N", example: "8080" },
    read: (text) => ({ port: readNumber(text, 0, 65_535) }),
  },
  {
    name: "host",
    group: "Where",
    help: "address to listen on; :: takes IPv6, too",
    default: DEFAULT_OPTIONS.hostname,
    value: { name: "ADDRESS", example: "127.0.0.1" },
    read: (text) => ({ hostname: text }),
  },
  {
    name: "cert",
    group: "Where",
    help: "certificate in PEM, for HTTPS",
    value: { name: "FILE", example: "cert.pem" },
    read: (text) => ({ cert: text }),
  },
  {
    name: "key",
    group: "Where",
    help: "its private key in PEM",
    value: { name: "FILE", example: "key.pem" },
    read: (text) => ({ key: text }),
  },
  {
    name: "dotfiles",
    group: "What",
    help: "serve names that start with a dot, too",
    read: () => ({ dotfiles: true }),
  },
  {
    name: "listing",
    group: "What",
    help: "list folders that have no index.html",
    read: () => ({ listing: true }),
  },
  {
    name: "spa",
    group: "What",
    help: "answer unknown paths by the index.html of the root",
    read: () => ({ spa: true }),
  },
  {
    name: "clean-urls",
    group: "What",
    help: "answer /about by about.html",
    read: () => ({ cleanUrls: true }),
  },
  {
    name: "follow",
    group: "What",
    help: "let links lead into this folder; repeatable",
    value: { name: "DIR", example: "../shared" },
    repeats: true,
    read: (text, { follow = [] }) => ({ follow: [...follow, text] }),
  },
  {
    name: "cors",
    group: "Fields and access",
    help: "let scripts of other sites read it all",
    read: () => ({ cors: true }),
  },
  {
    name: "isolate",
    group: "Fields and access",
    help: "let pages use threads (COOP, COEP and CORP)",
    read: () => ({ isolate: true }),
  },
  {
    name: "cache-control",
    group: "Fields and access",
    help: "what caches may do with files",
    default: "no-cache",
    value: { name: "RULE", example: "max-age=60" },
    read: (text) => ({ cacheControl: readFieldValue("Cache-Control", text) }),
  },
  {
    name: "immutable",
    group: "Fields and access",
    help: "keep app.3f9a1c.js and its like for ever",
    read: () => ({ immutable: true }),
  },
  {
    name: "header",
    alias: "H",
    group: "Fields and access",
    help: 'add "Name: value" to responses; repeatable',
    value: { name: "LINE", example: "X-Robots-Tag:noindex" },
    repeats: true,
    read: (text, { fields = [] }) => ({ fields: [...fields, readField(text)] }),
  },
  {
    name: "auth",
    group: "Fields and access",
    help: "ask everybody for this name and password; or @FILE",
    value: { name: "USER:PASSWORD", example: "ada:engine" },
    secret: true,
    read: (text) => ({ auth: readCredentials(text) }),
  },
  {
    name: "cache-size",
    group: "What",
    help: "MiB of small files kept in memory; 0 is none",
    default: DEFAULT_OPTIONS.cacheSizeMiB,
    value: { name: "N", example: "64" },
    read: (text) => ({ cacheSizeMiB: readNumber(text, 0, 65_536) }),
  },
  {
    name: "no-compression",
    group: "What",
    help: "send every file as it is",
    read: () => ({ compression: false }),
  },
  {
    name: "live",
    group: "What",
    help: "reload pages in the browser when a file changes",
    read: () => ({ live: true }),
  },
  {
    name: "live-ignore",
    group: "What",
    help: "but not when one like this does; repeatable",
    value: { name: "PATTERN", example: "*.log" },
    repeats: true,
    read: (text, { liveIgnore = [] }) => ({ liveIgnore: [...liveIgnore, readPattern(text)] }),
  },
  {
    name: "live-poll",
    group: "What",
    help: "look for changes every S seconds: network drives",
    value: SECONDS,
    read: (text) => ({ livePollMs: readSeconds(text, 0.1) }),
  },
  {
    name: "keep-alive-timeout",
    group: "Connections",
    help: "seconds that an idle connection is kept",
    default: DEFAULT_OPTIONS.keepAliveTimeoutMs / 1000,
    value: SECONDS,
    read: (text) => ({ keepAliveTimeoutMs: readSeconds(text, 0.1) }),
  },
  {
    name: "keep-alive-max",
    group: "Connections",
    help: "requests per connection; 0 is unlimited",
    default: DEFAULT_OPTIONS.keepAliveMax,
    value: { name: "N", example: "1000" },
    read: (text) => ({ keepAliveMax: readNumber(text, 0, 1_000_000_000) }),
  },
  {
    name: "head-timeout",
    group: "Connections",
    help: "seconds that a request head may take",
    default: DEFAULT_OPTIONS.headTimeoutMs / 1000,
    value: SECONDS,
    read: (text) => ({ headTimeoutMs: readSeconds(text, 0.1) }),
  },
  {
    name: "stall-timeout",
    group: "Connections",
    help: "seconds that a peer may take no byte",
    default: DEFAULT_OPTIONS.stallTimeoutMs / 1000,
    value: SECONDS,
    read: (text) => ({ stallTimeoutMs: readSeconds(text, 0.1) }),
  },
  {
    name: "max-connections",
    group: "Connections",
    help: "connections at once; more get 503",
    default: DEFAULT_OPTIONS.maxConnections,
    value: { name: "N", example: "500" },
    read: (text) => ({ maxConnections: readNumber(text, 1, 1_000_000) }),
  },
  {
    name: "max-connections-per-address",
    group: "Connections",
    help: "those of one address at once",
    default: "half",
    value: { name: "N", example: "200" },
    read: (text) => ({ maxConnectionsPerAddress: readNumber(text, 1, 1_000_000) }),
  },
  ...PROXY_FLAGS,
  {
    name: "grace",
    group: "Connections",
    help: "seconds to finish responses after Ctrl+C",
    default: DEFAULT_OPTIONS.graceMs / 1000,
    value: SECONDS,
    read: (text) => ({ graceMs: readSeconds(text, 0) }),
  },
  {
    name: "workers",
    group: "Connections",
    help: "threads that serve; auto is one per core",
    default: DEFAULT_OPTIONS.workers,
    value: { name: "N", example: "2" },
    read: (text) => ({ workers: readWorkers(text) }),
  },
  {
    name: "xray",
    group: "X-ray",
    help: "show each step of each request on a page",
    read: () => ({ xray: true }),
  },
  {
    name: "xray-port",
    group: "X-ray",
    help: "TCP port of that page; 0 takes any free one",
    default: DEFAULT_OPTIONS.xrayPort,
    value: { name: "N", example: "8081" },
    read: (text) => ({ xrayPort: readNumber(text, 0, 65_535) }),
  },
  {
    name: "xray-host",
    group: "X-ray",
    help: "address of that page",
    default: DEFAULT_OPTIONS.xrayHostname,
    value: { name: "ADDRESS", example: "0.0.0.0" },
    read: (text) => ({ xrayHostname: text }),
  },
  {
    name: "xray-origin",
    group: "X-ray",
    help: "where a proxy shows that page; repeatable",
    value: { name: "URL", example: "https://hub.example" },
    repeats: true,
    read: (text, { xrayOrigins = [] }) => ({ xrayOrigins: [...xrayOrigins, readOrigin(text)] }),
  },
  {
    name: "log",
    group: "Output",
    help: "pretty (on a terminal), combined, json or none",
    value: { name: "FORMAT", example: "combined" },
    read: (text) => ({ logFormat: readLogFormat(text) }),
  },
  {
    name: "quiet",
    alias: "q",
    group: "Output",
    help: "print errors only",
    read: () => ({ quiet: true }),
  },
  {
    name: "open",
    group: "Output",
    help: "open the site in a browser, or say what to click",
    read: () => ({ open: true }),
  },
  {
    name: "strict-sandbox",
    group: "Output",
    help: "refuse to start with needless permissions",
    read: () => ({ strictSandbox: true }),
  },
  {
    name: "help",
    alias: "h",
    group: "Output",
    help: "print this text",
    read: () => ({ help: true }),
  },
  {
    name: "version",
    alias: "V",
    group: "Output",
    help: "print the version",
    read: () => ({ version: true }),
  },
];

function readPattern(text: string): string {
  if (/[^/]/.test(text) && !/^\.{1,2}(\/|$)/.test(text)) return text;
  throw new UsageError("takes a name or a path below the root, with * for any part of it");
}

/** More than 64 threads is more likely a slip than a machine. */
function readWorkers(text: string): number | "auto" {
  if (text === "auto") return text;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  if (value >= 1 && value <= 64) return value;
  throw new UsageError("takes a whole number from 1 to 64, or auto");
}

function readLogFormat(text: string): LogFormat {
  if (text === "pretty" || text === "combined" || text === "json" || text === "none") return text;
  throw new UsageError("takes pretty, combined, json or none");
}

function readField(text: string): readonly [name: string, value: string] {
  const field = parseSiteField(text);
  if (typeof field !== "string") return field;
  throw new UsageError(`takes a line such as "Name: value" (this one ${field})`);
}

function readFieldValue(name: string, text: string): string {
  const field = parseSiteField(`${name}: ${text}`);
  if (typeof field !== "string") return field[1];
  throw new UsageError("takes printable ASCII");
}

/** A path may stand behind it, as the address that is printed then works; a slash ends it, as that of the page does. */
function readOrigin(text: string): string {
  const url = /^https?:\/\/[^/\\?#@]+(?:\/[^\\?#]*)?$/i.test(text) ? URL.parse(text) : null;
  if (url !== null) return url.href.replace(/\/?$/, "/");
  throw new UsageError("takes an address such as https://hub.example, without a query");
}

/** RFC 7617 §2: the first colon ends the name, and neither part holds a control character. */
function readCredentials(text: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[^:]+:.+$/.test(text) && !/[\x00-\x1f\x7f]/.test(text)) return text;
  throw new UsageError("takes a name, a colon and a password");
}
