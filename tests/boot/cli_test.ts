import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import {
  authWarning,
  type Command,
  hostAndPort,
  parseCommandLine,
  startText,
} from "../../lib/boot/cli.ts";
import { FLAGS } from "../../lib/boot/flags.ts";
import { DEFAULT_OPTIONS, type Options } from "../../lib/options.ts";

const TOOL = { stdoutIsTerminal: false };
const PERSON = { stdoutIsTerminal: true };

/** What differs from the defaults of a log that is piped to a tool. */
type Change = Partial<Options> & {
  quiet?: boolean;
  portGiven?: boolean;
  open?: boolean;
  strictSandbox?: boolean;
};

function serving(change: Change): Command {
  const { quiet = false, portGiven = false, open = false, strictSandbox = false, ...options } =
    change;
  return {
    kind: "serve",
    options: { ...DEFAULT_OPTIONS, logFormat: "combined", ...options },
    quiet,
    portGiven,
    open,
    strictSandbox,
  };
}

const GOOD: readonly (readonly [args: string[], change: Change, why: string])[] = [
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
  [["--xray-port", "0"], { xrayPort: 0 }, "any free port for it"],
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

Deno.test("parseCommandLine() reads every flag", () => {
  for (const [args, change, why] of GOOD) {
    assertEquals(parseCommandLine(args, TOOL), serving(change), `${args.join(" ")}: ${why}`);
  }
});

Deno.test("parseCommandLine() has a good and a bad row for every flag", () => {
  for (const { name, alias, value } of FLAGS) {
    if (name === "help" || name === "version") continue; // They print; tested below.
    const names = (arg: string) =>
      arg.split("=")[0] === `--${name}` || alias !== undefined && arg.startsWith(`-${alias}`);
    assert(GOOD.some(([args]) => args.some(names)), `good row for --${name}`);
    assert(BAD.some(([args]) => args.some(names)), `bad row for --${name}`);
    if (value === undefined || ["cert", "key", "https-redirect"].includes(name)) continue; // Those need each other.
    assert(parseCommandLine([`--${name}`, value.example], TOOL).kind === "serve");
  }
});

Deno.test("parseCommandLine() shows a person the pretty log", () => {
  assertEquals(parseCommandLine([], PERSON), serving({ logFormat: "pretty" }));
});

const PORT_RANGE = "--port takes a whole number from 0 to 65535, not";
const PORT_EXAMPLE = "type for example --port 8080";

const HEADER = '--header takes a line such as "Name: value" (this one';
const HEADER_EXAMPLE = "; type for example --header X-Robots-Tag:noindex";

const BAD: readonly (readonly [args: string[], message: string, why: string])[] = [
  [["--port"], `--port needs a value; ${PORT_EXAMPLE}`, "no value"],
  [["--port="], `--port needs a value; ${PORT_EXAMPLE}`, "empty value"],
  [["-p"], `--port needs a value; ${PORT_EXAMPLE}`, "no value, by letter"],
  [["--port", "-1"], `--port needs a value; ${PORT_EXAMPLE}`, "a dash starts the next flag"],
  [["--port", "--quiet"], `--port needs a value; ${PORT_EXAMPLE}`, "so does a real one"],
  [["--port=-1"], `${PORT_RANGE} "-1"; ${PORT_EXAMPLE}`, "negative"],
  [["--port", "65536"], `${PORT_RANGE} "65536"; ${PORT_EXAMPLE}`, "one past the end"],
  [["--port", "abc"], `${PORT_RANGE} "abc"; ${PORT_EXAMPLE}`, "no number"],
  [["--port", "80.5"], `${PORT_RANGE} "80.5"; ${PORT_EXAMPLE}`, "a fraction"],
  [["--port", "1e3"], `${PORT_RANGE} "1e3"; ${PORT_EXAMPLE}`, "exponent"],
  [["--port", "0x10"], `${PORT_RANGE} "0x10"; ${PORT_EXAMPLE}`, "hexadecimal"],
  [["--port", " 80"], `${PORT_RANGE} " 80"; ${PORT_EXAMPLE}`, "space"],
  [["--port", "٣"], `${PORT_RANGE} "٣"; ${PORT_EXAMPLE}`, "digits of another script"],
  [
    ["--port", "9".repeat(400)],
    `${PORT_RANGE} "${"9".repeat(60)}..."; ${PORT_EXAMPLE}`,
    "a long value is cut",
  ],
  [["--quiet=no"], "--quiet takes no value; type --quiet alone", "parseArgs() would read yes"],
  [["-q=no"], "--quiet takes no value; type --quiet alone", "by letter"],
  [["--listing=1"], "--listing takes no value; type --listing alone", "switch with a value"],
  [["--spa=1"], "--spa takes no value; type --spa alone", "switch with a value"],
  [
    ["--clean-urls=1"],
    "--clean-urls takes no value; type --clean-urls alone",
    "switch with a value",
  ],
  [["--cors=*"], "--cors takes no value; type --cors alone", "switch with a value"],
  [["--isolate=1"], "--isolate takes no value; type --isolate alone", "switch with a value"],
  [["--immutable=1"], "--immutable takes no value; type --immutable alone", "switch with a value"],
  [
    ["--cache-control", "a\nB: c"],
    '--cache-control takes printable ASCII, not "a\\nB: c"; type for example --cache-control max-age=60',
    "a second line",
  ],
  [
    ["-H", "nope"],
    `${HEADER} has no colon between a name and a value), not "nope"${HEADER_EXAMPLE}`,
    "no colon",
  ],
  [
    ["-H", "Date: now"],
    `${HEADER} sets Date, which is the server's own to set), not "Date: now"${HEADER_EXAMPLE}`,
    "framing and its kin",
  ],
  [
    ["--auth", "geheim"],
    "--auth takes a name, a colon and a password; type for example --auth ada:engine",
    "what may be a password is not repeated",
  ],
  [
    ["--strict-sandbox=1"],
    "--strict-sandbox takes no value; type --strict-sandbox alone",
    "switch with a value",
  ],
  [["--open=yes"], "--open takes no value; type --open alone", "switch with a value"],
  [
    ["--site", "a.example:80=./a"],
    "--site takes a host without a port, or *. and a host, = and a folder, not " +
    '"a.example:80=./a"; type for example --site www.example=./www',
    "a port",
  ],
  [
    ["--https-redirect", "65536"],
    '--https-redirect takes a whole number from 0 to 65535, not "65536"; ' +
    "type for example --https-redirect 80",
    "no port",
  ],
  [
    ["--https-redirect", "80"],
    "--https-redirect needs --cert and --key; type for example --cert cert.pem",
    "there is no HTTPS to lead to",
  ],
  [
    ["--live", "--mount", "/a=b"],
    "--live watches one folder; leave out --site and --mount",
    "no two folders",
  ],
  [
    ["--live", "--site", "a=b"],
    "--live watches one folder; leave out --site and --mount",
    "no two folders",
  ],
  [
    ["--mount", "/docs=./a", "--mount", "/docs/=./b"],
    '--mount has /docs for "./a" already, not "/docs/=./b"; type for example --mount /docs=./docs',
    "two folders for one path",
  ],
  [["--share-port=80"], "--share-port takes no value; type --share-port alone", "no port"],
  [
    ["--dotfiles=false"],
    "--dotfiles takes no value; type --dotfiles alone",
    "switch with a value",
  ],
  [["--dotfiles", "false"], "--dotfiles takes no value; type --dotfiles alone", "behind a space"],
  [["--xray=3001"], "--xray takes no value; type --xray alone", "its port is another flag"],
  [
    ["--xray-port", "x"],
    '--xray-port takes a whole number from 0 to 65535, not "x"; type for example --xray-port 8081',
    "no number",
  ],
  [
    ["--xray-origin", "hub.example"],
    '--xray-origin takes an address such as https://hub.example, without a query, not "hub.example"; ' +
    "type for example --xray-origin https://hub.example",
    "no scheme",
  ],
  [["--class=9b"], "--class takes no value; type --class alone", "a switch"],
  [
    ["--xray-host", ""],
    "--xray-host needs a value; type for example --xray-host 0.0.0.0",
    "empty",
  ],
  [["--no-compression=1"], "--no-compression takes no value; type --no-compression alone", "ditto"],
  [["--xray", "--workers", "2"], "--xray watches one thread; leave out --workers", "not two"],
  [
    ["--live", "--live-poll", "0"],
    '--live-poll takes seconds from 0.1 to 86400, not "0"; type for example --live-poll 2.5',
    "without a rest",
  ],
  [
    ["--live", "--live-ignore", "../a"],
    '--live-ignore takes a name or a path below the root, with * for any part of it, not "../a"; ' +
    "type for example --live-ignore *.log",
    "above the root nothing is watched",
  ],
  [["--follow="], "--follow needs a value; type for example --follow ../shared", "no folder"],
  [["--live=1"], "--live takes no value; type --live alone", "ditto"],
  [["--cert=c.pem"], "--cert needs --key; type for example --key key.pem", "half a pair"],
  [["--key", "k.pem"], "--key needs --cert; type for example --cert cert.pem", "the other half"],
  [["--root="], "--root needs a value; type for example --root ./static", "empty folder"],
  [[""], "the folder has an empty name; type for example ./static", "empty positional"],
  [["a", "b"], 'two folders, "a" and "b"; type one of them', "two positionals"],
  [["a", "--root", "b"], 'two folders, "a" and "b"; type one of them', "positional and flag"],
  [["a", "--", "b"], 'two folders, "a" and "b"; type one of them', "one behind two dashes"],
  [["--host", ""], "--host needs a value; type for example --host 127.0.0.1", "empty host"],
  [
    ["--log", "xml"],
    '--log takes pretty, combined, json or none, not "xml"; type for example --log combined',
    "no such format",
  ],
  [
    ["-q", "--log", "json"],
    "--quiet writes no log; type --quiet or --log json, not both",
    "contrary",
  ],
  [
    ["--keep-alive-timeout", "0"],
    '--keep-alive-timeout takes seconds from 0.1 to 86400, not "0"; ' +
    "type for example --keep-alive-timeout 2.5",
    "would close at once",
  ],
  [
    ["--head-timeout", ".5"],
    '--head-timeout takes seconds from 0.1 to 86400, not ".5"; type for example --head-timeout 2.5',
    "no digit before the point",
  ],
  [
    ["--stall-timeout", "86401"],
    '--stall-timeout takes seconds from 0.1 to 86400, not "86401"; ' +
    "type for example --stall-timeout 2.5",
    "more than a day",
  ],
  [
    ["--trust-proxy", "localhost"],
    "--trust-proxy takes an address such as 127.0.0.1 or a network such as 10.0.0.0/8, " +
    'not "localhost"; type for example --trust-proxy 10.0.0.0/8',
    "names change",
  ],
  [
    ["--proxy-protocol"],
    "--proxy-protocol needs --trust-proxy; type for example --trust-proxy 127.0.0.1",
    "anybody could say anything",
  ],
  [
    ["--proxy-protocol", "--trust-proxy", "::1", "--cert", "c.pem", "--key", "k.pem"],
    "--proxy-protocol works without --cert alone; let the proxy speak TLS",
    "Deno begins with TLS",
  ],
  [
    ["--metrics", "localhost:9464"],
    "--metrics takes a port, or an address and a port such as 10.0.0.5:9464, " +
    'not "localhost:9464"; type for example --metrics 9464',
    "a name may have several addresses",
  ],
  [
    ["--drain", "5s"],
    '--drain takes seconds from 0 to 86400, not "5s"; type for example --drain 2.5',
    "a unit",
  ],
  [
    ["--grace", "1e3"],
    '--grace takes seconds from 0 to 86400, not "1e3"; type for example --grace 2.5',
    "exponent",
  ],
  [
    ["--keep-alive-max", "1.5"],
    '--keep-alive-max takes a whole number from 0 to 1000000000, not "1.5"; ' +
    "type for example --keep-alive-max 1000",
    "half a request",
  ],
  [
    ["--cache-size", "1.5"],
    '--cache-size takes a whole number from 0 to 65536, not "1.5"; type for example --cache-size 64',
    "MiB are whole",
  ],
  [
    ["--max-connections", "0"],
    '--max-connections takes a whole number from 1 to 1000000, not "0"; ' +
    "type for example --max-connections 500",
    "nobody could connect",
  ],
  [
    ["--max-connections-per-address", "half"],
    '--max-connections-per-address takes a whole number from 1 to 1000000, not "half"; ' +
    "type for example --max-connections-per-address 200",
    "half is what it is without the flag",
  ],
  ...[
    ["0", "nobody would serve"],
    ["65", "one past the end"],
    ["1.5", "half a thread"],
    ["Auto", "words are as the help has them"],
    ["all", "another word"],
  ].map(([value, why]): [string[], string, string] => [
    ["--workers", value],
    `--workers takes a whole number from 1 to 64, or auto, not "${value}"; ` +
    "type for example --workers 2",
    why,
  ]),
  [["--prot", "1"], 'there is no flag "--prot"; did you mean --root or --port?', "letters swapped"],
  [
    ["--keepalive-max=3"],
    'there is no flag "--keepalive-max"; did you mean --keep-alive-max?',
    "dash",
  ],
  [["-v"], 'there is no flag "-v"; did you mean --version?', "the letter is a capital"],
  [["-qy"], 'there is no flag "-y"; type --help to see every flag', "one of two letters"],
  [["--no-quiet"], 'there is no flag "--no-quiet"; did you mean --quiet?', "nothing is negated"],
  [["--frobnicate"], 'there is no flag "--frobnicate"; type --help to see every flag', "far away"],
  [["--port.x", "4"], 'there is no flag "--port.x"; did you mean --port?', "a point would nest"],
  [
    ["--__proto__", "5"],
    'there is no flag "--__proto__"; type --help to see every flag',
    "prototype",
  ],
  [
    ["--constructor=1"],
    'there is no flag "--constructor"; type --help to see every flag',
    "prototype",
  ],
  [
    ["--_", "x"],
    'there is no flag "--_"; type --help to see every flag',
    "parseArgs() keeps words in _",
  ],
  [["--=x"], 'there is no flag "--"; type --help to see every flag', "no name"],
  [["--\x1b[31m"], 'there is no flag "--\\u001b[31m"; type --help to see every flag', "escape"],
];

Deno.test("parseCommandLine() says what is wrong and what to type instead", () => {
  for (const [args, message, why] of BAD) {
    const command = parseCommandLine(args, TOOL);
    assertEquals(command, { kind: "usage", message }, `${args.join(" ")}: ${why}`);
  }
});

Deno.test("parseCommandLine() prints the version", () => {
  const text = `Vitrine ${config.version}`;
  assertEquals(parseCommandLine(["-V"], TOOL), { kind: "print", text });
  assertEquals(parseCommandLine(["--version", "site"], TOOL), { kind: "print", text });
});

Deno.test("parseCommandLine() prints help, whatever else is typed", () => {
  const help = parseCommandLine(["--help"], TOOL);
  assertEquals(help.kind, "print");
  assertEquals(parseCommandLine(["-h", "--port", "abc", "--nope", "a", "b"], TOOL), help);
});

Deno.test("parseCommandLine() makes help that names each flag once and fits a screen", () => {
  const help = parseCommandLine(["--help"], TOOL);
  assert(help.kind === "print");
  const lines = help.text.split("\n");
  for (const { name, alias, help: explanation } of FLAGS) {
    const rows = lines.filter((line) => new RegExp(`^ +(-\\w, )?--${name} `).test(line));
    assertEquals(rows.length, 1, name);
    assertStringIncludes(rows[0], explanation);
    if (alias !== undefined) assert(rows[0].startsWith(`  -${alias}, --${name} `));
  }
  assertEquals(lines.filter((line) => line.length > 80), []);
  assert(lines.length <= 64, `${lines.length} lines`);
});

Deno.test("parseCommandLine() makes help that gives the task no folder: its sandbox would refuse it", () => {
  const help = parseCommandLine(["--help"], TOOL);
  assert(help.kind === "print");
  const tasks = help.text.match(/deno task serve\S* \S+/g);
  assertEquals(tasks, ["deno task serve [FLAGS]", "deno task serve --port"]);
});

Deno.test("startText() names the folder, an address that opens, and how to stop", () => {
  const CASES = [
    ["0.0.0.0", "http://localhost:3000/", "all addresses are no address"],
    ["::", "http://localhost:3000/", "of both families"],
    ["127.0.0.1", "http://127.0.0.1:3000/", "one address"],
    ["::1", "http://[::1]:3000/", "RFC 3986 §3.2.2: IPv6 stands in brackets"],
  ] as const;
  for (const [hostname, url, why] of CASES) {
    const started = {
      root: "./static",
      folder: "/srv/static",
      hostname,
      port: 3000,
      secure: false,
    };
    const text = startText({ ...started, notes: ["Sandbox"] });
    assertEquals(
      text,
      `Vitrine ${config.version} serves ./static (/srv/static)\nOpen ${url}\nSandbox\n` +
        "Press Ctrl+C to stop",
      why,
    );
  }
});

Deno.test("authWarning() warns of what is true, and never shows the password", () => {
  assertEquals(authWarning({ auth: null }, false), null);
  const plain = authWarning({ auth: "ada:engine" }, false) ?? "";
  assertStringIncludes(plain, "without TLS");
  assertStringIncludes(plain, "list of processes");
  const encrypted = authWarning({ auth: "ada:engine" }, true) ?? "";
  assertEquals(encrypted.includes("TLS"), false);
  assertEquals((plain + encrypted).includes("engine"), false);
});

Deno.test("hostAndPort() leaves brackets that are there already", () => {
  assertEquals(hostAndPort("[::1]", 80), "[::1]:80");
});

Deno.test("--xray-origin takes nothing but the address of a page", () => {
  const slips = [
    "ftp://hub.example",
    "https://",
    "https:///a",
    "https://u:p@hub.example",
  ]
    .concat(
      "https://a?b",
      "https://a#b",
      "https://a\\b",
      "https://a/b\\c",
      "https://a b",
      "//a",
      "*",
    );
  for (const text of slips) {
    const command = parseCommandLine(["--xray-origin", text], TOOL);
    assertEquals(command.kind, "usage", text);
  }
});

Deno.test("--mount refuses what is no path with a folder behind it", () => {
  for (const value of ["docs=./a", "/=./a", "/docs", "/docs=", "/a?b=c", "/..=./a"]) {
    const command = parseCommandLine(["--mount", value], TOOL);
    const message = `--mount takes a path such as /docs, = and a folder, not "${value}"; ` +
      "type for example --mount /docs=./docs";
    assertEquals(command, { kind: "usage", message });
  }
});
