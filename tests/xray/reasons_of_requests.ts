/** Reasons that lie in the request and in the files that are there: what leads to each, on a server as it comes. */

import type { ServeInit } from "../../lib/serve.ts";
import { CAN_LINK } from "../tools.ts";
import type { Files, Running } from "../wire/harness.ts";

/** A request that lasts for one response, of `lines` behind the request line. */
export function get(target: string, ...lines: string[]): string {
  return [`GET ${target} HTTP/1.1`, "Host: a", ...lines, "Connection: close", "", ""].join("\r\n");
}

type Case = readonly [bytes: string, reason: string];

/** A server, how it is set up, and what leads where on it. `{etag}` and `{date}` are those of `a.txt`. */
export interface Setup {
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
export const HAS_PIPES = Deno.build.os !== "windows";
export const PIPE = "what has that name is no file with bytes to send";
export const LEAK = "a link there leads out of the folder that is served: refused";

export const AS_IT_COMES: Setup = {
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
};
