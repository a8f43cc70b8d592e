/** Command lines that are mistakes, as rows: at least one for every flag, with what is said of it. */

const PORT_RANGE = "--port takes a whole number from 0 to 65535, not";
const PORT_EXAMPLE = "type for example --port 8080";

const HEADER = '--header takes a line such as "Name: value" (this one';
const HEADER_EXAMPLE = "; type for example --header X-Robots-Tag:noindex";

export const BAD: readonly (readonly [args: string[], message: string, why: string])[] = [
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
