/** Every reason, by the bytes that lead to it: over a real socket, to a server that is set up for it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ServeInit } from "../../lib/serve.ts";
import { reasonFor, REASONS } from "../../lib/xray/reasons.ts";
import { type Files, latin1Bytes, type Running } from "../wire/harness.ts";
import { CAN_LINK } from "../tools.ts";
import { type Watched, withXray } from "./testing.ts";

const FILES = {
  "a.txt": "hello",
  "empty.txt": "",
  "index.html": "<p>home",
  "about.html": "<p>about",
  "404.html": "<p>none",
  "docs/index.html": "<p>docs",
  "bare/x.txt": "x",
  ".secret": "s",
};

/** A request that lasts for one response, of `lines` behind the request line. */
function get(target: string, ...lines: string[]): string {
  return [`GET ${target} HTTP/1.1`, "Host: a", ...lines, "Connection: close", "", ""].join("\r\n");
}

type Case = readonly [bytes: string, reason: string];

/** A server, how it is set up, and what leads where on it. `{etag}` and `{date}` are those of `a.txt`. */
interface Setup {
  readonly why: string;
  readonly files?: Files;
  readonly init?: ServeInit;
  readonly prepare?: (running: Running) => Promise<void> | void;
  readonly cases: readonly Case[];
  /** What it says about its own rules. */
  readonly complaint?: RegExp;
  /** Whether the peer says nothing more, and yet does not end. */
  readonly isWaitedFor?: boolean;
}

const PAST = "Sat, 01 Jan 2000 00:00:00 GMT";

/** What not every system has: named pipes in a folder, and links. */
const HAS_PIPES = Deno.build.os !== "windows";
const PIPE = "what has that name is no file with bytes to send";
const LEAK = "a link there leads out of the folder that is served: refused";

const SETUPS: readonly Setup[] = [
  {
    why: "of several sites, none of them for all hosts",
    init: { sites: [["b.example", "./static"]], defaultSite: false },
    cases: [[get("/a.txt"), "no site of this server has the host that was asked for"]],
  },
  {
    why: "as it comes",
    cases: [
      [get("/a.txt"), "the file is there and you may have it: all of it"],
      [get("/docs/"), "an address with a slash at its end is index.html in it: here it is"],
      [get("/"), "an address with a slash at its end is index.html in it: here it is"],
      [get("/docs/index.html"), "the file is there and you may have it: all of it"],
      [
        "HEAD" + get("/a.txt").slice(3),
        "you asked about it with HEAD: the head that GET would get",
      ],
      [
        get("/a.txt", "Range: bytes=0-1", 'If-Range: "old"'),
        "your If-Range names another state, or a compressed form: all of it comes, not a part",
      ],
      [get("/a.txt", "Range: rows=1"), "your Range cannot be used as it is, so all of it comes"],
      [
        get("/a.txt", "Range: rows=1", "If-Range: {etag}"),
        "your Range cannot be used as it is, so all of it comes",
      ],
      [get("/a.txt", 'If-Range: "old"'), "the file is there and you may have it: all of it"],
      [
        get("/a.txt", "If-None-Match: no quotes"),
        "your If-None-Match is no list of tags in quotes, so it names nothing: here is the file",
      ],
      [
        get("/a.txt", 'If-None-Match: "old"'),
        "your If-None-Match does not name the current ETag: here is the file of now",
      ],
      [
        get("/a.txt", 'If-None-Match: "old"', "If-Modified-Since: {date}"),
        "your If-None-Match does not name the current ETag: here is the file of now",
      ],
      [
        get("/a.txt", "If-Modified-Since: yesterday"),
        "your If-Modified-Since is no date that HTTP knows, so it is ignored: here is the file",
      ],
      [
        get("/a.txt", `If-Modified-Since: ${PAST}`),
        "the file changed since the date in your If-Modified-Since: here is the file of now",
      ],
      [
        "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "you asked what may be done here: Allow says it, and there is no content",
      ],
      [
        get("/a.txt", "Range: bytes=0-0,2-2"),
        "you asked for several parts of the file: each comes with a head of its own",
      ],
      [
        get("/a.txt", "Range: bytes=0-1"),
        "you asked for a part of the file with Range, and it comes alone",
      ],
      [
        get("/a.txt", "Range: bytes=0-1", "If-Range: {etag}"),
        "your If-Range names the file of now, so the part that you asked for fits what you have",
      ],
      [get("/docs"), "that is a folder, and its address ends in a slash: ask again there"],
      [
        get("/a.txt", "If-None-Match: *"),
        "your If-None-Match: * names any file that is there, and one is",
      ],
      [
        get("/a.txt", 'If-None-Match: "x", {etag}'),
        "your If-None-Match names the current ETag: you have the file already",
      ],
      [
        get("/a.txt", "If-Modified-Since: {date}"),
        "the file did not change since the date in your If-Modified-Since: you have it already",
      ],
      [
        "GET / HTTP/1.1\nHost: a\n\n",
        "a line ends otherwise than with CR LF, or a lone CR stands in it",
      ],
      [" GET / HTTP/1.1\r\n\r\n", "no method can start with such a byte"],
      [
        "GET  / HTTP/1.1\r\n\r\n",
        "the first line is not: method, one space, target, one space, version",
      ],
      ["GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 wants a Host line, and there is none"],
      [
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "there may be one Host line, and there are more: which site is meant?",
      ],
      ["GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "the value of Host is no name of a host"],
      [
        get("a.txt"),
        "the target is in none of the four forms: /path, http://host/path, host:port, *",
      ],
      [
        "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT wants host and port as its target",
      ],
      [
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "a field line is not: name, colon at once, value. A space before the colon is how requests are smuggled",
      ],
      [
        "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        "a field line starts with white space: folding is obsolete, and dangerous",
      ],
      [get("/", "X: \x01"), "a control character stands in a field value"],
      [
        "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "Transfer-Encoding in HTTP/1.0, which has none: where does it end?",
      ],
      [
        get("/", "Content-Length: 6", "Transfer-Encoding: chunked"),
        "Transfer-Encoding beside Content-Length: two servers could find two ends of this request, which is how " +
        "requests are smuggled",
      ],
      [
        get("/", "Content-Length: 6", "Content-Length: 7"),
        "two Content-Length lines: nobody can tell which one is right",
      ],
      [
        get("/", "Transfer-Encoding: chunked, gzip"),
        "chunked has to come last, or nobody can tell where this ends",
      ],
      [get("/", "Content-Length: +6"), "Content-Length is not a plain number"],
      [get("/", "Transfer-Encoding: chunked;q=1"), "a transfer coding has no valid name"],
      [
        get("/", "Transfer-Encoding: chunked") + "x\r\n",
        "the chunks of the content are not written to the letter",
      ],
      ["GET / HT", "the request stopped in the middle"],
      [get("/%zz"), "a percent sign in the target lacks its two hexadecimal digits"],
      [get("/a%5cb"), "a name in the target hides a backslash or a NUL"],
      [get("/%ff"), "a name in the target is not UTF-8"],
      [
        get("/../x"),
        "the target climbs above the root by a segment .., which honest clients never do",
      ],
      [
        "\x16\x03\x01\x02\x00",
        "your browser spoke HTTPS to an HTTP port: open the address with http:// in front",
      ],
      [get("/bare/"), "that is a folder without index.html, and --listing is off"],
      [get("/none"), "there is no file of that name"],
      [
        get("/.secret"),
        "names that start with a dot are not served, whether or not they are there",
      ],
      [get("/_headers"), "that file holds rules for the server, and is not handed out"],
      ...(CAN_LINK ? [[get("/leak"), LEAK] as const] : []),
      [get("/a.txt/x"), "there is no file of that name"],
      ...(HAS_PIPES ? [[get("/pipe"), PIPE] as const] : []),
      [get("/" + "a/".repeat(300)), "the path is deeper than any that is served"],
      [get("/" + "a".repeat(300)), "a name in the path is longer than any file's"],
      [
        "PUT" + get("/a.txt").slice(3),
        "the method is a known one, but this server only hands out files",
      ],
      [
        get("/a.txt", 'If-Match: "old"'),
        "no: your If-Match does not name the current ETag, a strong one",
      ],
      [
        get("/a.txt", "If-Match: W/{etag}"),
        "no: your If-Match does not name the current ETag, a strong one",
      ],
      [
        get("/a.txt", `If-Unmodified-Since: ${PAST}`),
        "no: the file changed after the date in your If-Unmodified-Since",
      ],
      [
        get("/", "Content-Length: 99999999"),
        "the request carries more content than this server reads",
      ],
      [get("/" + "b/".repeat(4_500)), "the target is longer than this server reads"],
      [get("/a.txt", "Range: bytes=9-"), "the file ends before the part that your Range asks for"],
      [get("/a.txt", "Range: bytes=-0"), "the last zero bytes of a file are no bytes"],
      [
        get("/empty.txt", "Range: bytes=0-"),
        "the file ends before the part that your Range asks for",
      ],
      [get("/a.txt", "Expect: tea"), "the only expectation that exists is 100-continue"],
      [get("/", ...Array(250).fill("X: y")), "the head has too many bytes or too many lines"],
      [
        get("/", "Transfer-Encoding: gzip"),
        "the content comes in a transfer coding that this server cannot undo",
      ],
      [
        "B".repeat(9_000) + " / HTTP/1.1\r\n\r\n",
        "no method is that long: this server does not know it",
      ],
      ["BREW" + get("/pot").slice(3), "this server does not know that method"],
      ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "the request speaks another major version of HTTP"],
    ],
    async prepare({ root, outside }) {
      if (CAN_LINK) {
        await Deno.writeTextFile(`${outside}/secret`, "s");
        await Deno.symlink(`${outside}/secret`, `${root}/leak`);
      }
      if (HAS_PIPES) await new Deno.Command("mkfifo", { args: [`${root}/pipe`] }).output();
    },
  },
  {
    why: "with all ways around",
    files: {
      "_redirects": [
        "/moved /a.txt 301",
        "/for-now /a.txt 302",
        "/other /a.txt 303",
        "/keep /a.txt 307",
        "/for-good /a.txt 308",
        "/alias /a.txt 200",
        "/gone /404.html 404",
        "",
      ].join("\n"),
    },
    init: { listing: true, spa: true, cleanUrls: true, cors: true },
    cases: [
      [get("/moved"), "a rule in _redirects says that the address changed for good"],
      [get("/for-now"), "a rule in _redirects sends you to another address for now"],
      [get("/other"), "a rule in _redirects says that the answer stands elsewhere"],
      [get("/keep"), "a rule in _redirects sends you elsewhere for now, with the same method"],
      [get("/for-good"), "a rule in _redirects moved it for good, and the method stays"],
      [get("/alias"), "a rule in _redirects puts another file in the place of that address"],
      [
        get("/gone"),
        "a rule in _redirects says that there is nothing, and which page says so",
      ],
      [
        get("/about"),
        "that address is the short one of a page: the file has .html behind its name",
      ],
      [
        get("/about.html"),
        "this site has clean URLs, so that page has another spelling as its address: ask again there",
      ],
      [
        get("/docs/index.html"),
        "this site has clean URLs, so that page has another spelling as its address: ask again there",
      ],
      [
        get("/about/"),
        "this site has clean URLs, so that page has another spelling as its address: ask again there",
      ],
      [get("/docs"), "that is a folder, and its address ends in a slash: ask again there"],
      [get("/a.txt"), "the file is there and you may have it: all of it"],
      [
        get("/route", "Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"),
        "no file has that name: the application's index.html stands in, as --spa says",
      ],
      [get("/missing.js", "Accept: */*"), "there is no file of that name"],
      [
        get("/bare/", "Accept: text/html"),
        "a folder without index.html: the server lists what is in it",
      ],
      [
        get("/bare/", "Accept: text/html", 'If-None-Match: "old"'),
        "a folder without index.html: the server lists what is in it",
      ],
      [
        get("/bare/", "Accept: application/json"),
        "a folder without index.html, asked for as JSON: here is its list",
      ],
      [
        "OPTIONS" + get("/", "Origin: http://b", "Access-Control-Request-Method: GET").slice(3),
        "a browser asks in advance what another site may ask here; --cors has answered",
      ],
    ],
  },
  {
    why: "with a password",
    init: { auth: "ada:secret" },
    files: { "_headers": "/club/*\n  Basic-Auth: $NOBODY\n" },
    cases: [
      [get("/a.txt"), "this wants a name and a password, and you sent none"],
      [
        get("/a.txt", `Authorization: Basic ${btoa("ada:wrong")}`),
        "the name and password in your Authorization are not the right ones",
      ],
      [
        get("/a.txt", `Authorization: Basic ${btoa("ada:secret")}`),
        "the file is there and you may have it: all of it",
      ],
      [
        get("/club/x", `Authorization: Basic ${btoa("ada:secret")}`),
        "a rule of the site locks this path in a way that this server cannot check",
      ],
    ],
    complaint: /^_headers, line 2: nothing at \/club/,
  },
  {
    why: "that reloads pages, with --live",
    init: { live: true },
    cases: [
      [get("/.vitrine/live.js"), "the script of --live, which the server makes itself: no file"],
      [
        "HEAD" + get("/.vitrine/live").slice(3),
        "the stream by which --live tells a page of changes; it stays open",
      ],
    ],
  },
  {
    why: "that waits for 0.2 s",
    init: { headTimeoutMs: 200 },
    isWaitedFor: true,
    cases: [["GET / HTTP/1.1\r\nX: ", "the request took too long to arrive"]],
  },
  {
    why: "with room for one connection",
    init: { maxConnections: 1 },
    async prepare({ connect }) {
      // It waits in the middle of its head, so nobody may end it for another.
      const client = await connect();
      await client.send("GET / HTTP/1.1\r\nX: ");
    },
    cases: [
      ["", "the server has as many connections as it takes: wait a moment"],
    ],
  },
];

/** Sends each case by itself, and gives the reasons that the X-ray has. */
async function reasonsOn(
  watched: Watched,
  { cases, isWaitedFor = false }: Setup,
): Promise<string[]> {
  const head = await watched.exchange(
    `HEAD /a.txt HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${
      btoa("ada:secret")
    }\r\nConnection: close\r\n\r\n`,
  );
  const etag = /\r\nETag: ([^\r]*)/.exec(head)?.[1] ?? "";
  const date = /\r\nLast-Modified: ([^\r]*)/.exec(head)?.[1] ?? "";
  const found: string[] = [];
  for (const [bytes] of cases) {
    const client = await watched.connect();
    await client.send(latin1Bytes(bytes.replaceAll("{etag}", etag).replaceAll("{date}", date)));
    if (!isWaitedFor) await client.closeWrite();
    await client.readToEnd();
    client.close();
    const latest = (await watched.details()).reduce((a, b) => b.id > a.id ? b : a);
    found.push(latest.reason.text);
  }
  return found;
}

const reached = new Set<string>();

for (const setup of SETUPS) {
  const { why, files = {}, init = {}, prepare, cases, complaint } = setup;
  Deno.test(`the X-ray says of each request why: a server ${why}`, async () => {
    await withXray({ ...FILES, ...files }, async (watched) => {
      await prepare?.(watched);
      const found = await reasonsOn(watched, setup);
      cases.forEach(([bytes, reason], i) => {
        assertEquals(found[i], reason, bytes.slice(0, 200));
        reached.add(reason);
      });
      if (complaint !== undefined) assertMatch(String(watched.errors.splice(0)), complaint);
    }, init);
  });
}

/** What no peer can bring about: a state of the machine, as the server's own words for it. */
const STATES = [
  // status, what its log says, reason, where it is said
  [
    403,
    "Cannot read it: permission denied",
    "the file is there, but",
    "tests run as root, who may read all",
  ],
  [
    404,
    "Cannot find it: links in a circle",
    "the links there lead in a circle",
    "files/answers.ts",
  ],
  [
    404,
    "Cannot find it: a file, named like a folder",
    "a part of that path is a file",
    "files/answers.ts",
  ],
  [404, "Cannot find it: name too long", "the system has no names that long", "files/answers.ts"],
  [404, "Cannot find it: no name of a file on this system", "no file of this system", "Windows"],
  [404, "Cannot find it: changed while it was read", "the folder changed", "4_locate.ts"],
  [
    429,
    "Cannot look at another password from this network yet",
    "too many passwords from your network were wrong",
    "site/guesses.ts; tests/wire/guesses_test.ts",
  ],
  [500, "Error: oops", "a mistake of this server", "exchange.ts"],
  [503, "Cannot open it: no file descriptor left", "no file can be opened", "files/answers.ts"],
  [503, "Cannot open it: too many listings are being sent", "too many listings", "4_locate.ts"],
  [
    503,
    "Cannot open it: it is written to without a pause",
    "the file is written to",
    "4_locate.ts",
  ],
  [503, "Cannot open it: another program has it open", "another program", "files/answers.ts"],
  [503, "Cannot open it: the system says EIO", "the system cannot give", "files/answers.ts"],
] as const;

for (const [statusCode, detail, reason, where] of STATES) {
  Deno.test(`reasonFor() explains ${statusCode} by "${detail}", of ${where}`, () => {
    const { text } = reasonFor({
      statusCode,
      detail,
      rule: null,
      method: "GET",
      asked: new Map(),
      said: new Map(),
    });
    assert(text.startsWith(reason), text);
    reached.add(text);
  });
}

/** What a status means at all, where every way to it has words of its own; and an interim response, which has no trace. */
const SPARE = [
  "you asked to be told before sending content, and may go on",
  "all is well and there is no content to send",
  "you have the file already",
  "the request breaks a rule, so what follows it cannot be trusted",
  "there is no such file that may be served",
  "a condition that you set does not hold",
];

Deno.test("each reason is one that some test has reached, by bytes or by a state of the machine", () => {
  reached.add("the peer left before there was a response"); // recorder_test.ts
  if (!HAS_PIPES) reached.add(PIPE);
  if (!CAN_LINK) reached.add(LEAK);
  const rest = REASONS.map(({ text }) => text).filter((text) => !reached.has(text));
  assertEquals(rest, SPARE);
});
