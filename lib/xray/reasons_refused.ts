/** Why a response does not give what was asked for: the rows of 4xx and 5xx. */

import type { Written } from "./reason.ts";

const NOT_FOUND = "RFC 9110 §15.5.5";
const UNAVAILABLE = "RFC 9110 §15.6.4";

/** Why there is nothing, as step (iv) says it, and in plain words. */
const ABSENCES: readonly (readonly [detail: RegExp, text: string])[] = [
  [/: not found$/, "there is no file of that name"],
  [/: dotfile$/, "names that start with a dot are not served, whether or not they are there"],
  [/: rules for the server$/, "that file holds rules for the server, and is not handed out"],
  [/: leads out of the root$/, "a link there leads out of the folder that is served: refused"],
  [/: not a regular file$/, "what has that name is no file with bytes to send"],
  [/: a file, named like a folder$/, "a part of that path is a file, and nothing can be in it"],
  [/: links in a circle$/, "the links there lead in a circle"],
  [/: name too long$/, "the system has no names that long"],
  [/: no name of a file on this system$/, "no file of this system can have that name"],
  [/: changed while it was read$/, "the folder changed while it was read"],
  [/^Cannot look deeper/, "the path is deeper than any that is served"],
  [/^Cannot open a name of over/, "a name in the path is longer than any file's"],
];

export const REFUSED: readonly Written[] = [
  [400, "a line ends otherwise than with CR LF, or a lone CR stands in it", "RFC 9112 §2.2", {
    rule: "RFC 9112 §2.2",
  }],
  [400, "no method can start with such a byte", "RFC 9112 §3", {
    rule: "RFC 9112 §3",
    detail: /^Cannot start a request line/,
  }],
  [
    400,
    "the first line is not: method, one space, target, one space, version",
    "RFC 9112 §3",
    { rule: "RFC 9112 §3" },
  ],
  [400, "HTTP/1.1 wants a Host line, and there is none", "RFC 9112 §3.2", {
    rule: "RFC 9112 §3.2",
    detail: /^Cannot take 0 Host/,
  }],
  [400, "there may be one Host line, and there are more: which site is meant?", "RFC 9112 §3.2", {
    rule: "RFC 9112 §3.2",
    detail: /^Cannot take \d+ Host/,
  }],
  [400, "the value of Host is no name of a host", "RFC 9112 §3.2", {
    rule: "RFC 9112 §3.2",
    detail: /^Cannot parse Host/,
  }],
  [
    400,
    "the target is in none of the four forms: /path, http://host/path, host:port, *",
    "RFC 9112 §3.2",
    { rule: "RFC 9112 §3.2" },
  ],
  [400, "CONNECT wants host and port as its target", "RFC 9112 §3.2.3", {
    rule: "RFC 9112 §3.2.3",
  }],
  [
    400,
    "a field line is not: name, colon at once, value. A space before the colon is how requests are smuggled",
    "RFC 9112 §5.1",
    { rule: "RFC 9112 §5.1" },
  ],
  [
    400,
    "a field line starts with white space: folding is obsolete, and dangerous",
    "RFC 9112 §5.2",
    { rule: "RFC 9112 §5.2" },
  ],
  [400, "a control character stands in a field value", "RFC 9110 §5.5", { rule: "RFC 9110 §5.5" }],
  [400, "Transfer-Encoding in HTTP/1.0, which has none: where does it end?", "RFC 9112 §6.1", {
    rule: "RFC 9112 §6.1",
    detail: /HTTP\/1\.0/,
  }],
  [
    400,
    "Transfer-Encoding beside Content-Length: two servers could find two ends of this request, which is how " +
    "requests are smuggled",
    "RFC 9112 §6.1",
    { rule: "RFC 9112 §6.1" },
  ],
  [400, "two Content-Length lines: nobody can tell which one is right", "RFC 9112 §6.3", {
    rule: "RFC 9112 §6.3",
    detail: /^Cannot take two Content-Length/,
  }],
  [400, "chunked has to come last, or nobody can tell where this ends", "RFC 9112 §6.3", {
    rule: "RFC 9112 §6.3",
  }],
  [400, "Content-Length is not a plain number", "RFC 9110 §8.6", { rule: "RFC 9110 §8.6" }],
  [400, "a transfer coding has no valid name", "RFC 9112 §7", { rule: "RFC 9112 §7" }],
  [400, "the chunks of the content are not written to the letter", "RFC 9112 §7.1", {
    rule: "RFC 9112 §7.1",
  }],
  [400, "the request stopped in the middle", "RFC 9112 §8", { rule: "RFC 9112 §8" }],
  [400, "a percent sign in the target lacks its two hexadecimal digits", "RFC 3986 §2.1", {
    rule: "RFC 3986 §2.1",
  }],
  [400, "a name in the target hides a backslash or a NUL", "RFC 3986 §2.2", {
    rule: "RFC 3986 §2.2",
  }],
  [400, "a name in the target is not UTF-8", "RFC 3986 §2.5", { rule: "RFC 3986 §2.5" }],
  [
    400,
    "the target climbs above the root by a segment .., which honest clients never do",
    "RFC 3986 §5.2.4",
    { rule: "RFC 3986 §5.2.4" },
  ],
  [
    400,
    "your browser spoke HTTPS to an HTTP port: open the address with http:// in front",
    "RFC 8446 §5.1",
    { rule: "RFC 8446 §5.1" },
  ],
  [400, "the request breaks a rule, so what follows it cannot be trusted", "RFC 9110 §15.5.1"],
  [401, "the name and password in your Authorization are not the right ones", "RFC 9110 §15.5.2", {
    field: "authorization",
  }],
  [401, "this wants a name and a password, and you sent none", "RFC 9110 §15.5.2"],
  [
    403,
    "a rule of the site locks this path in a way that this server cannot check",
    "RFC 9110 §15.5.4",
    { rule: "RFC 9110 §11.4" },
  ],
  [403, "the file is there, but the system does not let the server read it", "RFC 9110 §15.5.4"],
  [404, "a rule in _redirects says that there is nothing, and which page says so", NOT_FOUND, {
    way: "page",
  }],
  [404, "that is a folder without index.html, and --listing is off", NOT_FOUND, {
    way: "bareFolder",
  }],
  ...ABSENCES.map(([detail, text]): Written => [404, text, NOT_FOUND, { detail }]),
  [404, "there is no such file that may be served", NOT_FOUND],
  [405, "the method is a known one, but this server only hands out files", "RFC 9110 §15.5.6"],
  [408, "the request took too long to arrive", "RFC 9110 §15.5.9"],
  [412, "no: your If-Match does not name the current ETag, a strong one", "RFC 9110 §13.1.1", {
    rule: "RFC 9110 §13.1.1",
  }],
  [412, "no: the file changed after the date in your If-Unmodified-Since", "RFC 9110 §13.1.4", {
    rule: "RFC 9110 §13.1.4",
  }],
  [412, "a condition that you set does not hold", "RFC 9110 §15.5.13"],
  [413, "the request carries more content than this server reads", "RFC 9110 §15.5.14"],
  [414, "the target is longer than this server reads", "RFC 9110 §15.5.15"],
  [416, "the last zero bytes of a file are no bytes", "RFC 9110 §15.5.17", {
    when: ({ asked }) => /^bytes=\s*-0+\s*$/i.test(asked.get("range") ?? ""),
  }],
  [416, "the file ends before the part that your Range asks for", "RFC 9110 §15.5.17"],
  [417, "the only expectation that exists is 100-continue", "RFC 9110 §10.1.1"],
  [421, "no site of this server has the host that was asked for", "RFC 9110 §15.5.20"],
  [429, "too many passwords from your network were wrong: wait a moment", "RFC 6585 §4"],
  [431, "the head has too many bytes or too many lines", "RFC 6585 §5"],

  [500, "a mistake of this server, not yours: its log says more", "RFC 9110 §15.6.1"],
  [501, "the content comes in a transfer coding that this server cannot undo", "RFC 9112 §6.1", {
    rule: "RFC 9112 §6.1",
  }],
  [501, "no method is that long: this server does not know it", "RFC 9112 §3", {
    rule: "RFC 9112 §3",
  }],
  [501, "this server does not know that method", "RFC 9110 §9.1"],
  [503, "the server has as many connections as it takes: wait a moment", UNAVAILABLE, {
    detail: /^Cannot take another connection/,
  }],
  [503, "no file can be opened at the moment: all descriptors are taken", UNAVAILABLE, {
    detail: /no file descriptor left/,
  }],
  [503, "too many listings are being sent at once: wait a moment", UNAVAILABLE, {
    detail: /too many listings/,
  }],
  [503, "the file is written to without a pause: no one state of it can be sent", UNAVAILABLE, {
    detail: /written to without a pause/,
  }],
  [503, "another program has the file open for itself alone", UNAVAILABLE, {
    detail: /another program has it open/,
  }],
  [503, "the system cannot give the file now: its log says more", UNAVAILABLE],
  [505, "the request speaks another major version of HTTP", "RFC 9110 §15.6.6"],
];
