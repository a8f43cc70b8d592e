/**
 * Every limit and choice in one place, each with its unit, its default, and why that default.
 * Pure data: reading arguments is the work of `cli.ts`.
 */

/** How the access log is written; see `log/format.ts`. */
export type LogFormat = "pretty" | "combined" | "json" | "none";

/** What an operator can choose, each by a flag of the command line. */
export interface Options {
  /** The folder that is served. Default `"./static"`, the one `deno task serve` may read. */
  readonly root: string;
  /** Folders into which links in the root may lead; see `files/site_root.ts`. Default none: links lead nowhere else. */
  readonly follow: readonly string[];
  /**
   * More sites: hosts, all below one (`"*.a.example"`), or paths below every host (`"/docs"`), and their folders, each with
   * rules and a cache of its own. Default none: one folder, whatever the host and the path.
   */
  readonly sites: readonly (readonly [place: string, root: string])[];
  /** Whether hosts that no site names get the root; else 421. Default true. */
  readonly defaultSite: boolean;
  /** TCP port, 0 to 65535; 0 takes any free one. Default 3000. */
  readonly port: number;
  /** Address to listen on. Default `"0.0.0.0"`, all of IPv4, as in the lab; `"::"` is both families. */
  readonly hostname: string;
  /** File of the TLS certificate in PEM, or null, the default, for plain HTTP. */
  readonly cert: string | null;
  /** File of its private key in PEM, or null; both or none. */
  readonly key: string | null;
  /** Port, 0 to 65535, on which plain HTTP leads to HTTPS, or null, the default; needs a certificate. `serve()` leaves it alone. */
  readonly httpsRedirect: number | null;
  /** Port of the secure server to which all paths lead, or null, the default: they are served. See `site/to_https.ts`. */
  readonly httpsPort: number | null;
  /** How responses are logged. Default `"none"` for programs; the command line chooses its own. */
  readonly logFormat: LogFormat;
  /** How long an idle connection is kept, in ms. Default 10,000: a class clicks again within that. */
  readonly keepAliveTimeoutMs: number;
  /** Requests per connection; 0 is unlimited. Default 100, as in the lab. */
  readonly keepAliveMax: number;
  /** From the first byte of a request to the last of its head, in ms. Default 10,000: stops slow heads. */
  readonly headTimeoutMs: number;
  /** How long a peer may take no byte of a response, in ms. Default 30,000: bad Wi-Fi stalls for seconds. */
  readonly stallTimeoutMs: number;
  /** Connections at once; more get 503. Default 10,000: about 100 MB of memory when all are idle. */
  readonly maxConnections: number;
  /**
   * Connections at once of one address, or of one IPv6 network; more get 503. Default null: half of `maxConnections`, so
   * that neither a school nor a proxy behind one address notices, and no single peer takes all.
   */
  readonly maxConnectionsPerAddress: number | null;
  /** Addresses and networks of proxies whose `Forwarded` and `X-Forwarded-For` are believed. Default none. */
  readonly trustProxy: readonly string[];
  /** Whether they begin each connection with a PROXY header, and nobody else may connect. Default false. */
  readonly proxyProtocol: boolean;
  /** Where metrics for Prometheus are told, as an address and a port. Default null: nowhere, and nothing is counted. */
  readonly metrics: { readonly hostname: string; readonly port: number } | null;
  /** How long `/.vitrine/health` says 503 before the server stops accepting, in ms. Default 0: no balancer looks. */
  readonly drainMs: number;
  /** How long responses under way may go on after a shutdown began, in ms. Default 10,000. */
  readonly graceMs: number;
  /** Whether other servers of the same user may have the port as well. Default false: two by mistake share what comes. */
  readonly sharePort: boolean;
  /** Threads that serve, or `"auto"` for one per core; see `workers.ts`. Default 1: more need more permissions. */
  readonly workers: number | "auto";
  /** Memory for small files, in MiB; 0 is none. Default 64: a class's site fits, an old laptop does not notice. */
  readonly cacheSizeMiB: number;
  /** Whether names that start with a dot are served. Default false: `.git` and `.env` stay private. */
  readonly dotfiles: boolean;
  /** Whether the X-ray listens. Default false: it shows cookies, and all else that peers send. */
  readonly xray: boolean;
  /** Its TCP port; 0 takes any free one. Default 3001. */
  readonly xrayPort: number;
  /** Its address. Default `"127.0.0.1"`, this machine alone; for others it asks for a token. */
  readonly xrayHostname: string;
  /**
   * Addresses at which proxies show it, such as `"https://hub.example/"`. Default none: nobody comes by another name. With
   * any of them a token is asked for everywhere.
   */
  readonly xrayOrigins: readonly string[];
  /**
   * Whether each client may open `/.vitrine/me` on the site's own port and see the X-ray of its own address. Default false:
   * what peers send is shown to nobody.
   */
  readonly classMode: boolean;
  /** Whether text is sent compressed to who takes it so. Default true: bad Wi-Fi carries a third of the bytes. */
  readonly compression: boolean;
  /** Whether pages reload when a file under the root changes. Default false: nothing is added to a page. */
  readonly live: boolean;
  /** Patterns of paths whose changes reload nothing; see `live/ignore.ts`. Default none. */
  readonly liveIgnore: readonly string[];
  /** How often `live` looks for changes by itself, in ms. Default null: the system tells of them. */
  readonly livePollMs: number | null;
  /** Whether a folder without `index.html` shows what is in it. Default false: what is there is nobody's business. */
  readonly listing: boolean;
  /** Whether who asks for a page at an unknown path gets the `index.html` of the root. Default false: it is 404. */
  readonly spa: boolean;
  /** Whether `/about` is `about.html`. Default false: a path names one file. */
  readonly cleanUrls: boolean;
  /** Whether scripts of other sites may read all that is served. Default false: browsers keep sites apart. */
  readonly cors: boolean;
  /** Whether pages get `SharedArrayBuffer`, and so threads. Default false: it keeps other sites' images out. */
  readonly isolate: boolean;
  /** `Cache-Control` of files. Default null, which is `no-cache`: kept, and asked about before each use. */
  readonly cacheControl: string | null;
  /** Whether files with a hash in their name are good for ever. Default false: a name is only a hint. */
  readonly immutable: boolean;
  /** More field lines of every response. Default none. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Name and password, joined by a colon, without which nothing is shown. Default null: open to all. */
  readonly auth: string | null;
}

/** The defaults of {@linkcode Options}. */
export const DEFAULT_OPTIONS: Options = {
  root: "./static",
  follow: [],
  sites: [],
  defaultSite: true,
  port: 3000,
  hostname: "0.0.0.0",
  cert: null,
  key: null,
  httpsRedirect: null,
  httpsPort: null,
  logFormat: "none",
  keepAliveTimeoutMs: 10_000,
  keepAliveMax: 100,
  headTimeoutMs: 10_000,
  stallTimeoutMs: 30_000,
  maxConnections: 10_000,
  maxConnectionsPerAddress: null,
  trustProxy: [],
  proxyProtocol: false,
  metrics: null,
  drainMs: 0,
  graceMs: 10_000,
  sharePort: false,
  workers: 1,
  cacheSizeMiB: 64,
  dotfiles: false,
  xray: false,
  xrayPort: 3001,
  xrayHostname: "127.0.0.1",
  xrayOrigins: [],
  classMode: false,
  compression: true,
  live: false,
  liveIgnore: [],
  livePollMs: null,
  listing: false,
  spa: false,
  cleanUrls: false,
  cors: false,
  isolate: false,
  cacheControl: null,
  immutable: false,
  fields: [],
  auth: null,
};

/** Files in the root that are rules for the server, and so are neither served nor listed. */
const RULE_FILES: ReadonlySet<string> = new Set(["_headers", "_redirects"]);

/**
 * Whether a name in the root is one of a file of rules, in any case: where the system ignores case, `_HEADERS` is read as
 * rules, and nowhere is it made to be seen.
 */
export function isRuleFile(name: string): boolean {
  return name.startsWith("_") && RULE_FILES.has(name.toLowerCase());
}

/** Limits that no flag changes: a peer that passes one gets the status named beside it. */
export const LIMITS = {
  /** Bytes of a request target; 414. RFC 9112 §3 recommends at least 8,000. */
  targetBytes: 8 * 1024,
  /** Bytes of a head, request line and final CRLF included; 431. Twice what nginx takes by default. */
  headBytes: 64 * 1024,
  /** Lines of a head, request line included; 431. Browsers send about fifteen. */
  headLines: 200,
  /** Bytes of request content that are read and dropped so that the connection can go on; 413. */
  contentBytes: 1024 * 1024,
  /** Bytes of chunk extensions and trailer lines of one request; 400. */
  chunkOverheadBytes: 16 * 1024,
  /**
   * Ranges of one `Range` field; more are ignored and the whole file is sent (RFC 9110 §14.2), at which zsync, which asks
   * for up to 20, gives up. dnf, for its indexes as zchunk, begins with 255.
   */
  ranges: 256,
  /** Parsed targets that are remembered: at most 16,384 short ones of few names; see `request_memo.ts`. */
  rememberedTargets: 16_384,
  /** First read buffer of a connection, in bytes: a browser's head fits, ten thousand idle ones cost 10 MB. */
  readBytes: 1024,
  /** Files are read and sent this many bytes at a time; 1 MiB is no quicker (measured). */
  streamBytes: 512 * 1024,
  /** The same for the first bytes of a file, and over TLS. */
  firstStreamBytes: 64 * 1024,
  /** Responses up to this many bytes leave in one write, alone or several together; see `6_send.ts` for larger ones. */
  joinBytes: 16 * 1024,
  /** How long a closed connection is still read, in ms, so that the last response is not lost (RFC 9112 §9.6). */
  lingerMs: 2_000,
  /** How long a connection without a request waits for one when the server stops, in ms. */
  lastCallMs: 300,
  /** How long it is read after that, as `lingerMs`: nobody wants to wait for that. */
  idleLingerMs: 100,
} as const;
