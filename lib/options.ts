/**
 * Every limit and choice in one place, each with its unit, its default, and why that default.
 * Pure data: reading arguments is the work of `cli.ts`.
 */

/** How the access log is written; see `log.ts`. */
export type LogFormat = "pretty" | "combined" | "json" | "none";

/** What an operator can choose, each by a flag of the command line. */
export interface Options {
  /** The folder that is served. Default `"./static"`, the one `deno task serve` may read. */
  readonly root: string;
  /** TCP port, 0 to 65535; 0 takes any free one. Default 3000. */
  readonly port: number;
  /** Address to listen on. Default `"0.0.0.0"`, all of IPv4, as in the lab; `"::"` is both families. */
  readonly hostname: string;
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
  /** How long responses under way may go on after a shutdown began, in ms. Default 10,000. */
  readonly graceMs: number;
  /** Threads that serve, or `"auto"` for one per core; see `workers.ts`. Default 1: more need more permissions. */
  readonly workers: number | "auto";
  /** Memory for small files, in MiB; 0 is none. Default 64: a class's site fits, an old laptop does not notice. */
  readonly cacheSizeMiB: number;
  /** Whether names that start with a dot are served. Default false: `.git` and `.env` stay private. */
  readonly dotfiles: boolean;
}

/** The defaults of {@linkcode Options}. */
export const DEFAULT_OPTIONS: Options = {
  root: "./static",
  port: 3000,
  hostname: "0.0.0.0",
  logFormat: "none",
  keepAliveTimeoutMs: 10_000,
  keepAliveMax: 100,
  headTimeoutMs: 10_000,
  stallTimeoutMs: 30_000,
  maxConnections: 10_000,
  graceMs: 10_000,
  workers: 1,
  cacheSizeMiB: 64,
  dotfiles: false,
};

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
  /** Ranges of one `Range` field; more are ignored and the whole file is sent (RFC 9110 §14.2). */
  ranges: 16,
  /** Parsed targets that are remembered: at most 16,384 short ones, about 5 MB. */
  rememberedTargets: 16_384,
  /** First read buffer of a connection, in bytes: a browser's head fits, ten thousand idle ones cost 10 MB. */
  readBytes: 1024,
  /** Files are read and sent in chunks of this many bytes; 1 MiB is no quicker (measured). */
  chunkBytes: 512 * 1024,
  /** The same for a peer that is slow, and for the first chunk: a slow reader holds this much, not a file. */
  slowChunkBytes: 64 * 1024,
  /** Responses up to this many bytes leave in one write, head and content copied together. */
  joinBytes: 16 * 1024,
  /** How long a closed connection is still read, in ms, so that the last response is not lost (RFC 9112 §9.6). */
  lingerMs: 2_000,
  /** The same for a connection that is idle when the server stops: nobody wants to wait for that. */
  idleLingerMs: 300,
} as const;
