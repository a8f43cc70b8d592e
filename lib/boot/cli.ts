/**
 * The command line: arguments in, what to do out. Help and parsing are both made from the table in
 * `flags.ts`. Every mistake becomes one line that says what is wrong and what to type instead.
 */

import { parseArgs } from "@std/cli/parse-args";
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import config from "../../deno.json" with { type: "json" };
import { type Flag, FLAGS, type Settings, UsageError } from "./flags.ts";
import { exampleFor, IN_CHECKOUT, type Invocation, usageLines, usualRoot } from "./invocation.ts";
import { environmentArguments, expandFiles, type Sources } from "./sources.ts";
import { DEFAULT_OPTIONS, type LogFormat, type Options } from "../options.ts";

/** What the arguments ask for. */
export type Command =
  | {
    readonly kind: "serve";
    readonly options: Options;
    /** Whether to print errors alone. */
    readonly quiet: boolean;
    /** Whether the port was asked for by name: then no other one will do. */
    readonly portGiven: boolean;
    /** The same of the port of the X-ray. */
    readonly xrayPortGiven: boolean;
    /** Whether to open the site in a browser. */
    readonly open: boolean;
    /** Whether to refuse to start with more permissions than are needed. */
    readonly strictSandbox: boolean;
  }
  /** Print the text and end well. */
  | { readonly kind: "print"; readonly text: string }
  /** Print the message as an error and end with exit code 2. */
  | { readonly kind: "usage"; readonly message: string };

/**
 * Reads the arguments of a command line. Never throws.
 *
 * @param stdoutIsTerminal Whether the log goes to a person, who is shown it in another form than a tool.
 * @param invocation How Vitrine was started, for the help; from the checkout if left out.
 * @param root The folder if none is named; the usual one of the invocation if left out.
 * @param sources How files of arguments and the environment are read; left out, there are none.
 */
export function parseCommandLine(
  args: readonly string[],
  {
    stdoutIsTerminal,
    invocation = IN_CHECKOUT,
    root = usualRoot(invocation),
    sources = NO_SOURCES,
  }: {
    readonly stdoutIsTerminal: boolean;
    readonly invocation?: Invocation;
    readonly root?: string;
    readonly sources?: Sources;
  },
): Command {
  try {
    const logFormat = stdoutIsTerminal ? "pretty" : "combined";
    const defaults = { root: root ?? DEFAULT_OPTIONS.root, logFormat } as const;
    return readCommand(args, { defaults, sources, invocation });
  } catch (error) {
    if (error instanceof UsageError) return { kind: "usage", message: error.message };
    throw error;
  }
}

const NO_SOURCES: Sources = {
  variable: () => null,
  text(path) {
    throw new UsageError(`there is no file ${quoted(path)}`);
  },
};

function readCommand(
  args: readonly string[],
  { defaults, sources, invocation }: {
    readonly defaults: { readonly root: string; readonly logFormat: LogFormat };
    readonly sources: Sources;
    readonly invocation: Invocation;
  },
): Command {
  const typed = splitArguments(expandFiles(args, sources));
  const { positionals, unknown } = typed;
  const values = withEnvironment(typed, splitArguments(environmentArguments(sources)));
  if (values.get("help")!.length > 0) {
    return { kind: "print", text: helpText(invocation, defaults.root) };
  }
  if (values.get("version")!.length > 0) {
    return { kind: "print", text: `Vitrine ${config.version}` };
  }
  const read = FLAGS.map((flag) => readFlag(flag, values.get(flag.name)!, sources));
  if (unknown.length > 0) throw new UsageError(unknownFlag(unknown[0]));
  const { help: _help, version: _version, mounts, ...settings } = Object.assign(
    {
      ...DEFAULT_OPTIONS,
      ...defaults,
      mounts: [],
      quiet: false,
      open: false,
      strictSandbox: false,
      help: false,
      version: false,
    },
    ...read,
    readFolder(positionals, typed.values.get("root")!),
  ) as Settings;
  const { quiet, open, strictSandbox, ...options } = settings;
  const sites = [...options.sites, ...mounts];
  refuseTogether({ ...options, sites });
  const silenced = typed.values.get("log")!.find((format) => quiet && format !== "none");
  if (silenced !== undefined) {
    throw new UsageError(`--quiet writes no log; type --quiet or --log ${silenced}, not both`);
  }
  const isNamed = positionals.length > 0 || values.get("root")!.length > 0;
  const defaultSite = options.sites.length === 0 || isNamed;
  const root = defaultSite ? options.root : options.sites[0][1];
  const served = { ...options, sites, defaultSite, root };
  return {
    kind: "serve",
    options: quiet ? { ...served, logFormat: "none" } : served,
    quiet,
    portGiven: values.get("port")!.length > 0,
    xrayPortGiven: values.get("xray-port")!.length > 0,
    open,
    strictSandbox,
  };
}

/** Refuses options that make no sense together. */
function refuseTogether(options: Options): void {
  if ((options.cert === null) !== (options.key === null)) {
    const [given, missing] = options.key === null ? ["cert", "key"] : ["key", "cert"];
    throw new UsageError(
      `--${given} needs --${missing}; type for example --${missing} ${missing}.pem`,
    );
  }
  if (options.httpsRedirect !== null && options.cert === null) {
    throw new UsageError(
      "--https-redirect needs --cert and --key; type for example --cert cert.pem",
    );
  }
  if (options.proxyProtocol) refuseProxyProtocol(options);
  if (options.xray && options.workers !== 1) {
    throw new UsageError("--xray watches one thread; leave out --workers");
  }
  if (options.live && options.sites.length > 0) {
    throw new UsageError("--live watches one folder; leave out --site and --mount");
  }
}

function refuseProxyProtocol({ trustProxy, cert }: Options): void {
  if (trustProxy.length === 0) {
    throw new UsageError(
      "--proxy-protocol needs --trust-proxy; type for example --trust-proxy 127.0.0.1",
    );
  }
  // Deno begins with TLS as soon as it accepts, and lets nobody read before it (2.9.6).
  if (cert !== null) {
    throw new UsageError("--proxy-protocol works without --cert alone; let the proxy speak TLS");
  }
}

/** What `parseArgs()` makes of the arguments, with every value as it was typed. */
interface Split {
  /** By flag name; an empty array when the flag is not given. */
  readonly values: ReadonlyMap<string, readonly unknown[]>;
  readonly positionals: readonly string[];
  /** Flags that no row has, with their dashes. */
  readonly unknown: readonly string[];
}

function splitArguments(args: readonly string[]): Split {
  refuseSwitchValues(args);
  const positionals: string[] = [];
  const unknown: string[] = [];
  const parsed = parseArgs([...args], {
    string: FLAGS.filter((flag) => flag.value).map((flag) => flag.name),
    boolean: FLAGS.filter((flag) => !flag.value).map((flag) => flag.name),
    // Some may be given several times, and of the others a value that is none is to be seen.
    collect: FLAGS.map((flag) => flag.name),
    alias: Object.fromEntries(FLAGS.flatMap((flag) => flag.alias ? [[flag.name, flag.alias]] : [])),
    unknown(arg, key) {
      if (key === undefined) positionals.push(arg);
      else unknown.push(arg.startsWith("--") ? arg.replace(/=.*/s, "") : `-${key}`);
      return false; // Kept out of the result, where 007 would become a number and "_" break the array.
    },
  });
  return {
    values: new Map(FLAGS.map((flag) => [flag.name, parsed[flag.name] as unknown[]])),
    // What stands behind "--" comes as it was typed.
    positionals: [...positionals, ...parsed._.map(String)],
    unknown,
  };
}

/** What is typed, and of the environment what is not. */
function withEnvironment(typed: Split, environment: Split): Split["values"] {
  return new Map(FLAGS.map(({ name }) => {
    const isTyped = typed.values.get(name)!.length > 0 ||
      name === "root" && typed.positionals.length > 0;
    return [name, (isTyped ? typed : environment).values.get(name)!];
  }));
}

/** `parseArgs()` reads `--quiet=no` as `--quiet`, so that has to be seen before. */
function refuseSwitchValues(args: readonly string[]): void {
  const end = args.indexOf("--");
  for (const arg of end === -1 ? args : args.slice(0, end)) {
    const flag = FLAGS.find(({ name, value }) => !value && arg.startsWith(`--${name}=`));
    if (flag !== undefined) throw new UsageError(switchValue(flag));
  }
}

function switchValue({ name }: Flag): string {
  return `--${name} takes no value; type --${name} alone`;
}

function readFlag(
  flag: Flag,
  values: readonly unknown[],
  sources: Sources,
): Partial<Settings> {
  let read: Partial<Settings> = {};
  // Of what may not be repeated the last one counts, so that whoever adds to a command can change what is in it.
  for (const value of flag.repeats ? values : values.slice(-1)) {
    const isInFile = flag.secret && typeof value === "string" && value.startsWith("@");
    const text = isInFile ? sources.text(value.slice(1)).split(/\r?\n/, 1)[0] : value;
    read = readValue(flag, text, read);
  }
  return read;
}

function readValue(flag: Flag, value: unknown, soFar: Partial<Settings>): Partial<Settings> {
  if (flag.value === undefined) {
    if (value !== true) throw new UsageError(switchValue(flag));
    return flag.read("", soFar);
  }
  const name = `--${flag.name}`;
  const example = `for example ${name} ${flag.value.example}`;
  if (value === "") throw new UsageError(`${name} needs a value; type ${example}`);
  try {
    return flag.read(String(value), soFar);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const not = flag.secret ? "" : `, not ${quoted(String(value))}`;
    throw new UsageError(`${name} ${error.message}${not}; type ${example}`);
  }
}

function readFolder(positionals: readonly string[], root: readonly unknown[]): Partial<Settings> {
  if (positionals.length === 0) return {};
  const [folder] = positionals;
  if (positionals.length > 1 || root.length > 0) {
    const second = quoted(positionals[1] ?? String(root[0]));
    throw new UsageError(`two folders, ${quoted(folder)} and ${second}; type one of them`);
  }
  if (folder === "") {
    throw new UsageError("the folder has an empty name; type for example ./static");
  }
  return { root: folder };
}

function unknownFlag(typed: string): string {
  const word = typed.replace(/^-+/, "");
  // A third of the letters wrong is a slip; more is another word.
  const limit = typed.length / 3;
  const near = FLAGS
    .map(({ name }) => {
      const begun = word !== "" && name.startsWith(word);
      return { name, distance: begun ? 0 : levenshteinDistance(word, name) };
    })
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 2) // Two, because "prot" is nearer to "root" than to "port".
    .map(({ name }) => `--${name}`);
  const hint = near.length > 0
    ? `did you mean ${near.join(" or ")}?`
    : "type --help to see every flag";
  return `there is no flag ${quoted(typed)}; ${hint}`;
}

/** In quotes, with control characters escaped, so that a message stays one line, and a short one. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? text.slice(0, 60) + "..." : text);
}

/** Where the server is, once it listens. */
export interface Started {
  /** The folder as given. */
  readonly root: string;
  /** The folder with all links resolved. */
  readonly folder: string;
  readonly hostname: string;
  readonly port: number;
  /** Whether it speaks HTTPS. */
  readonly secure: boolean;
  /** What else should be known, such as what the sandbox allows. */
  readonly notes: readonly string[];
}

/** What a person needs to know at the start: what is served, where, and how to stop. */
export function startText(
  { root, folder, hostname, port, secure, notes }: Started,
): string {
  return [
    `Vitrine ${config.version} serves ${root} (${folder})`,
    `Open ${siteUrl({ hostname, port }, secure)}`,
    ...notes,
    "Press Ctrl+C to stop",
  ].join("\n");
}

/** The address of the site, as it can be opened here. */
export function siteUrl(
  { hostname, port }: Pick<Started, "hostname" | "port">,
  secure: boolean,
): string {
  // Nobody can open "all addresses"; the sandbox hides the others, and localhost is always one of them.
  const host = hostname === "0.0.0.0" || hostname === "::" ? "localhost" : hostname;
  return `${secure ? "https" : "http"}://${hostAndPort(host, port)}/`;
}

/**
 * What whoever asks for a password should know; null if there is nothing to say.
 *
 * @param isEncrypted Whether TLS is on.
 * @param isShown Whether the password was typed, and not read from a file or the environment.
 */
export function authWarning(
  { auth }: Pick<Options, "auth">,
  isEncrypted: boolean,
  isShown = true,
): string | null {
  if (auth === null) return null;
  const warnings = [
    isEncrypted ? null : "without TLS everybody on the network can read the password",
    isShown ? "the list of processes shows what --auth was given to all on this machine" : null,
  ].filter((warning) => warning !== null);
  return warnings.length === 0 ? null : `Warning: ${warnings.join("; ")}`;
}

/** For example `localhost:3000` or `[::1]:3000`. */
export function hostAndPort(hostname: string, port: number): string {
  const isBareIpv6 = hostname.includes(":") && !hostname.startsWith("[");
  return `${isBareIpv6 ? `[${hostname}]` : hostname}:${port}`;
}

function helpText(invocation: Invocation, root: string): string {
  const flags = FLAGS.map((flag) => flag.name === "root" ? { ...flag, default: root } : flag);
  // The launcher reads this in Node 18 as well, which has no `Map.groupBy()`.
  const groups = [...new Set(flags.map(({ group }) => group))];
  return [
    `Vitrine ${config.version} serves a folder over HTTP/1.1, in six steps that you can read.`,
    "",
    ...usageLines(invocation).map((line) => `  ${line}`),
    "",
    ...groups.flatMap((group) => [
      `${group}:`,
      ...flags.filter((flag) => flag.group === group).map(helpLine),
    ]),
    "",
    `Example: ${exampleFor(invocation)} --port 8080 --log json`,
    "Flags can stand in a file (@FILE), or in the environment (VITRINE_PORT=80).",
  ].join("\n");
}

function helpLine(flag: Flag): string {
  const ends = flag.default === undefined ? "" : ` (${flag.default})`;
  return `${typedForm(flag).padEnd(HELP_COLUMN)}  ${flag.help}${ends}`;
}

/** For example `  -p, --port N`. */
function typedForm(flag: Flag): string {
  const alias = flag.alias ? `-${flag.alias}, ` : "    ";
  return `  ${alias}--${flag.name} ${flag.value?.name ?? ""}`;
}

/** Where the explanations of the help start, two columns on; those of a longer form start later. */
const HELP_COLUMN = Math.max(
  ...FLAGS.map((flag) => typedForm(flag).length).filter((length) => length <= 28),
);
