/**
 * Why the server did not start, in one line that says what to type instead. In: what `serve()` threw, or what
 * the sandbox lacks. Nothing is touched here.
 */

import { SEPARATOR } from "@std/path/constants";
import { dirname } from "@std/path/dirname";
import { hostAndPort, quoted } from "./cli.ts";
import { commandFor, IN_CHECKOUT, type Invocation } from "./invocation.ts";
import { codeOf } from "../errors.ts";
import type { Options } from "../options.ts";

/**
 * What serving needs of Deno: permission to read and to listen, to read folders that links lead into, and a certificate;
 * with workers, to read our modules and to share a port.
 */
export type Permission = "read" | "sites" | "follow" | "net" | "certificate" | "modules" | "share";

/** What was asked for when starting failed. */
export interface BootRequest {
  readonly options:
    & Pick<Options, "root" | "hostname" | "port">
    & Partial<Pick<Options, "follow" | "sites" | "cert" | "key" | "workers" | "sharePort">>;
  /** The arguments as typed, to repeat them in a command that works. */
  readonly args: readonly string[];
  /** What did not start; the site if left out. */
  readonly listener?: keyof typeof FLAGS;
  /** Given if it is another one: the port that the site has by then. */
  readonly sitePort?: number;
  /** How Vitrine was started, for the commands that are suggested; from the checkout if left out. */
  readonly invocation?: Invocation;
}

/**
 * Explains that the sandbox refuses what serving needs.
 *
 * @param missing Permissions that are not granted; at least one.
 */
export function explainMissing(missing: readonly Permission[], boot: BootRequest): string {
  const { root, hostname, port, workers = 1 } = boot.options;
  const { follow = [], sites = [], cert, key, sharePort = false } = boot.options;
  const roots = sites.map(([, path]) => path);
  const wants: Record<Permission, string> = {
    read: `read the folder ${quoted(root)}`,
    sites: `read the folders ${roots.map(quoted).join(" and ")}`,
    follow: `follow links into ${follow.map(quoted).join(" and ")}`,
    net: `listen on ${hostAndPort(hostname, port)}`,
    certificate: `read ${quoted(String(cert))} and ${quoted(String(key))}`,
    modules: "read its own modules in ./lib for its workers",
    share: workers === 1 ? "share a port" : "share a port among its workers",
  };
  const hasWorkers = workers !== 1;
  const readable = [...new Set([root, ...roots]), ...follow, cert, key, hasWorkers ? "./lib" : null]
    .filter((path) => path);
  const wanted = missing.map((name) => wants[name]).join(" or ");
  // Deno 2.9.6 parts the paths at every comma, and has no way to write one.
  const whatToDo = readable.some((path) => String(path).includes(","))
    ? "no path with a comma can be given to --allow-read; rename it, or serve the folder it is in"
    : whatToType(
      { readable: readable.join(), args: boot.args, shares: hasWorkers || sharePort },
      boot,
    );
  return `the sandbox does not let Vitrine ${wanted}; ${whatToDo}`;
}

/** What gives the permissions that are missing: a command, or, where they are fixed, another way. */
function whatToType(
  command: Parameters<typeof commandFor>[0],
  { invocation = IN_CHECKOUT, options: { root } }: BootRequest,
): string {
  switch (invocation.kind) {
    case "installed":
      return `${quoted(invocation.name)} may read the folder you are in alone; ` +
        `go to ${quoted(root)} and type: ${commandFor({ ...command, args: [] }, invocation)}`;
    case "compiled":
      return "its permissions were compiled into this binary: it serves the site inside it, or ./static";
    default:
      return `type: ${commandFor(command, invocation)}`;
  }
}

/** Explains any error that `serve()` throws. Never throws, never shows a stack trace. */
export function explainBootError(error: unknown, boot: BootRequest): string {
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  const text = explainByName(name, message, boot) ?? explainByCode(error, message, boot) ??
    `cannot start: ${message}`;
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "").join(" ");
}

/** By the names that Deno 2.9.6 gives to the system's answers, all measured. */
function explainByName(name: string, message: string, boot: BootRequest): string | undefined {
  const { options: { root, hostname, port }, sitePort, invocation = IN_CHECKOUT } = boot;
  const portFlag = FLAGS[boot.listener ?? "site"].port;
  const another = commandFor({ readable: "DIR", args: ["DIR"] }, invocation);
  switch (name) {
    case "NotFound":
      return `there is no folder ${quoted(root)}; create it or name another: ${another}`;
    case "FilesystemLoop":
      return `the links of ${quoted(root)} lead in a circle; ` +
        `mend them, or name another: ${another}`;
    case "CertificateError":
      // The task is one of the checkout.
      return invocation.kind === "deno" ? message : message.replace(/; deno task cert .*/s, "");
    case "FollowError":
    case "SiteError":
      return message;
    case "NotADirectory":
      return `${quoted(root)} is a file, and Vitrine serves folders; name the one it is in: ` +
        commandFor({ readable: parentOf(root), args: [parentOf(root)] }, invocation);
    case "NotCapable": // Deno's sandbox, whereas PermissionDenied is the operating system.
      return explainMissing([/^Requires net /.test(message) ? "net" : "read"], boot);
    case "PermissionDenied":
      return explainDenied(message, boot);
    case "AddrInUse":
      return `port ${port} is taken by ${port === sitePort ? "the site" : "another program"}; ` +
        `take another one: ${portFlag} ${portAfter(port, sitePort)}, ` +
        `or ${portFlag} 0 for any that is free`;
    case "AddrNotAvailable":
      return `${quoted(hostname)} is not an address of this machine; ${hostHint(boot)}`;
    case "NotSupported":
      return "Windows cannot share a port among workers (it has no SO_REUSEPORT); type --workers 1";
    case "URIError": // What is no host at all, such as "http://localhost" or "localhost:80".
      return `${quoted(hostname)} is not a host; ${hostHint(boot)}`;
  }
}

/** Two answers have no class of their own. Windows gives its words in the language of its user, so they are not read. */
function explainByCode(error: unknown, message: string, boot: BootRequest): string | undefined {
  const { hostname } = boot.options;
  // A link-local IPv6 address without its interface.
  if (codeOf(error) === "EINVAL") {
    return `the system cannot listen on ${quoted(hostname)}; ${hostHint(boot)}`;
  }
  // Windows' numbers, WSAHOST_NOT_FOUND and those after it; elsewhere the words of Rust, always English, in front of the system's.
  if (/\(os error 1100[1-4]\)|^failed to lookup address/.test(message)) {
    return `there is no host named ${quoted(hostname)}; ${hostHint(boot)}`;
  }
}

/** The flags of each listener; that of metrics takes an address with its port. */
const FLAGS = {
  site: { port: "--port", host: "--host" },
  xray: { port: "--xray-port", host: "--xray-host" },
  redirect: { port: "--https-redirect", host: "--host" },
  metrics: { port: "--metrics", host: "--metrics" },
} as const;

function hostHint({ listener = "site", options: { port } }: BootRequest): string {
  const flag = FLAGS[listener].host;
  const end = listener === "metrics" ? `:${port}` : "";
  return `type ${flag} 127.0.0.1${end} for this machine alone, or ${flag} 0.0.0.0${end} for its network`;
}

/** A port to try instead, which is not the one that the site has taken. */
function portAfter(port: number, sitePort: number | undefined): number {
  const next = port < 65_535 ? port + 1 : 8080;
  return next === sitePort ? portAfter(next, undefined) : next;
}

function explainDenied(message: string, boot: BootRequest): string {
  const { options, sitePort } = boot;
  // An error of a file names the file after the system's words; an error of a socket has the words alone.
  if (/: \w+ '/.test(message)) {
    return `the system does not let you read the folder ${quoted(options.root)}; ` +
      `name another, or change who may read it`;
  }
  return `the system does not let you listen on port ${options.port}` +
    (options.port < 1024 ? ", as ports below 1024 are privileged" : "") +
    `; type ${FLAGS[boot.listener ?? "site"].port} ${portAfter(8079, sitePort)}`;
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === "." ? "." : parent + SEPARATOR;
}
