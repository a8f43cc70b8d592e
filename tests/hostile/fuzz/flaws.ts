/**
 * The table of flaws: each takes a valid request without content and breaks one thing in it. The status is what Vitrine
 * answers, the rule says why something must be; then the connection ends, whatever follows.
 */

import { headOf, type Written } from "./request.ts";

/** One way to be wrong. */
export interface Flaw {
  readonly name: string;
  readonly rule: string;
  readonly statusCode: number;
  /** Breaks a request; `place` decides where. Gives all of its bytes, one a character. */
  readonly write: (request: Written, place: number) => string;
  /** Whether the peer stops there: the flaw is that nothing follows. */
  readonly isCut?: boolean;
}

type Row = readonly [name: string, rule: string, statusCode: number, write: Flaw["write"]];

/** A request with one more line, somewhere. */
function withLine(request: Written, place: number, line: string): string {
  const lines = [...request.lines];
  lines.splice(place % (lines.length + 1), 0, line);
  return headOf({ ...request, lines });
}

/** The same, never as the first line, where white space would be another flaw. */
function withLaterLine(request: Written, place: number, line: string): string {
  const [first, ...rest] = request.lines;
  const lines = [...rest];
  lines.splice(place % (lines.length + 1), 0, line);
  return headOf({ ...request, lines: [first, ...lines] });
}

function line(name: string, rule: string, text: string, statusCode = 400): Row {
  return [
    `line ${name}`,
    rule,
    statusCode,
    (request, place) => withLine(request, place, text),
  ];
}

function target(name: string, rule: string, text: string, statusCode = 400): Row {
  return [
    `target ${name}`,
    rule,
    statusCode,
    (request) => headOf({ ...request, target: text }),
  ];
}

function version(text: string, rule: string, statusCode = 400): Row {
  return [
    `version ${JSON.stringify(text)}`,
    rule,
    statusCode,
    (request) => headOf({ ...request, version: text }),
  ];
}

/** The lines of a request without its Host. */
function hostless({ lines }: Written): string[] {
  return lines.filter((text) => !/^host:/i.test(text));
}

function host(name: string, ...values: readonly string[]): Row {
  return [`host ${name}`, "RFC 9112 §3.2", 400, (request, place) => {
    const lines = hostless(request);
    // In one place, so that the order of two values is that of the table.
    const added = values.map((value) => `Host: ${value}`);
    lines.splice(place % (lines.length + 1), 0, ...added);
    return headOf({ ...request, lines });
  }];
}

/** Framing lines, and bytes behind the head that are content or a request, by how one reads them. */
function framing(
  name: string,
  rule: string,
  [lines, content = "0\r\n\r\n"]: readonly [lines: readonly string[], content?: string],
  statusCode = 400,
): Row {
  return [`framing ${name}`, rule, statusCode, (request, place) => {
    const all = [...request.lines];
    for (const [i, text] of lines.entries()) {
      all.splice((place + i * 7) % (all.length + 1), 0, text);
    }
    return headOf({ ...request, lines: all }) + content;
  }];
}

function chunked(name: string, content: string, rule = "RFC 9112 §7.1", statusCode = 400): Row {
  return framing(
    `chunks ${name}`,
    rule,
    [["Transfer-Encoding: chunked"], content],
    statusCode,
  );
}

/** Replaces one line end of the head, `place` says which. */
function breakLineEnd(request: Written, place: number, by: string): string {
  const [start, ...parts] = headOf({ ...request, emptyLines: "" }).split("\r\n");
  const at = place % (parts.length - 1);
  const text = parts.reduce((all, part, i) => all + (i === at ? by : "\r\n") + part, start);
  return request.emptyLines + text;
}

const SIZE = "RFC 6585 §5";

const ROWS: readonly Row[] = [
  // Line ends and the request line.
  ["LF alone", "RFC 9112 §2.2", 400, (request, place) => breakLineEnd(request, place, "\n")],
  ["CR alone", "RFC 9112 §2.2", 400, (request, place) => breakLineEnd(request, place, "\r")],
  ["CR twice", "RFC 9112 §2.2", 400, (request, place) => breakLineEnd(request, place, "\r\r\n")],
  ["blank first", "RFC 9112 §3", 400, (r) => r.emptyLines + " " + headOf({ ...r, emptyLines: "" })],
  ["LF first", "RFC 9112 §2.2", 400, (request) => "\n" + headOf(request)],
  ["NUL first", "RFC 9112 §3", 400, (request) => "\0" + headOf(request)],
  ["TLS greeting", "RFC 8446 §5.1", 400, (r) => "\x16\x03\x01\x02\x00\x01\x00" + headOf(r)],
  ["no method", "RFC 9112 §3", 400, (request) => headOf({ ...request, method: "" })],
  ["bad method", "RFC 9112 §3", 400, (r) => headOf({ ...r, method: "GE(T" })],
  ["tab after method", "RFC 9112 §3", 400, (r) => headOf({ ...r, method: `${r.method}\t` })],
  ["blank twice", "RFC 9112 §3", 400, (r) => headOf({ ...r, method: `${r.method} ` })],
  ["blank twice later", "RFC 9112 §3", 400, (r) => headOf({ ...r, version: ` ${r.version}` })],
  ["long method", "RFC 9112 §3", 501, (r) => headOf({ ...r, method: "M".repeat(9_000) })],
  ["HTTP/0.9", "RFC 9112 §3", 400, ({ target }) => `GET ${target}\r\n\r\n`],
  ["HTTP/2", "RFC 9113 §3.4", 505, () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  version("HTTP/2.0", "RFC 9110 §15.6.6", 505),
  version("HTTP/0.9", "RFC 9110 §15.6.6", 505),
  version("HTTP/1.1 ", "RFC 9112 §2.3"),
  version("http/1.1", "RFC 9112 §2.3"),
  version("HTTP/1.10", "RFC 9112 §2.3"),
  version("HTTP/11", "RFC 9112 §2.3"),
  version("HTTP/1,1", "RFC 9112 §2.3"),
  version("HTTP/1.", "RFC 9112 §2.3"),
  version("", "RFC 9112 §2.3"),
  version("HTTPS/1.1", "RFC 9112 §2.3"),

  // The target. What is no address at all, and what no honest client sends.
  target("empty", "RFC 9112 §3", ""),
  target("relative", "RFC 9112 §3.2", "a.txt"),
  target("asterisk", "RFC 9112 §3.2.4", "*"),
  target("authority", "RFC 9112 §3.2.3", "a:80"),
  target("of another scheme", "RFC 9112 §3.2.2", "ftp://a/"),
  target("without host", "RFC 9110 §4.2.1", "http:///a.txt"),
  target("with a port alone", "RFC 9110 §4.2.1", "http://:80/a.txt"),
  target("with userinfo", "RFC 9110 §4.2.4", "http://u:p@a/a.txt"),
  target("with a fragment", "RFC 9112 §3.2", "/a.txt#b"),
  target("with a blank", "RFC 9112 §3", "/a b"),
  target("with a tab", "RFC 9112 §3", "/a\tb"),
  target("with a control character", "RFC 9112 §3", "/a\x7f"),
  target("dots", "RFC 3986 §5.2.4", "/folder/../../a.txt"),
  target("dots at once", "RFC 3986 §5.2.4", "/../../../../etc/passwd"),
  target("one dot and two", "RFC 3986 §5.2.4", "/./../a.txt"),
  target("coded dots", "RFC 3986 §5.2.4", "/folder/%2e%2E/%2e%2e/a.txt"),
  target("half coded dots", "RFC 3986 §5.2.4", "/folder/.%2e/%2e."),
  target("coded slashes", "RFC 3986 §5.2.4", "/folder%2f..%2F..%2fa.txt"),
  target("backslash", "RFC 3986 §2.2", "/folder\\index.html"),
  target("coded backslash", "RFC 3986 §2.2", "/..%5ca.txt"),
  target("NUL", "RFC 3986 §2.2", "/a.txt%00.html"),
  target("bad escape", "RFC 3986 §2.1", "/%zz"),
  target("half an escape", "RFC 3986 §2.1", "/a%2"),
  target("no UTF-8", "RFC 3986 §2.5", "/%ff"),
  target("overlong UTF-8", "RFC 3986 §2.5", "/%c0%ae%c0%ae/a.txt"),
  target("surrogate", "RFC 3986 §2.5", "/%ed%a0%80"),
  target("too long", "RFC 9110 §15.5.15", "/" + "a".repeat(8_192), 414),
  target("much too long", "RFC 9110 §15.5.15", "/?" + "a".repeat(20_000), 414),
  [
    "CONNECT in origin form",
    "RFC 9112 §3.2.3",
    400,
    (r) => headOf({ ...r, method: "CONNECT", target: "/a.txt" }),
  ],
  [
    "CONNECT without port",
    "RFC 9112 §3.2.3",
    400,
    (r) => headOf({ ...r, method: "CONNECT", target: "a" }),
  ],

  // Field lines.
  line("with a blank before the colon", "RFC 9112 §5.1", "X-A : b"),
  line("with a tab before the colon", "RFC 9112 §5.1", "X-A\t: b"),
  line("without a colon", "RFC 9112 §5", "X-A"),
  line("without a name", "RFC 9112 §5.1", ": b"),
  line("with a bad name", "RFC 9110 §5.1", "X(A: b"),
  line("with a name in UTF-8", "RFC 9110 §5.1", "X-\xc3\xa9: b"),
  line("with NUL", "RFC 9110 §5.5", "X-A: b\0c"),
  line("with a control character", "RFC 9110 §5.5", "X-A: b\x1b[2Jc"),
  line("with DEL", "RFC 9110 §5.5", "X-A: \x7f"),
  ["folded line", "RFC 9112 §5.2", 400, (r, place) => withLaterLine(r, place, " folded: b")],
  ["folded line, tab", "RFC 9112 §5.2", 400, (r, place) => withLaterLine(r, place, "\tb")],
  ["blank line", "RFC 9112 §5.2", 400, (r, place) => withLaterLine(r, place, " ")],
  ["blank before all", "RFC 9112 §2.2", 400, (r) => headOf({ ...r, lines: [" X: b", ...r.lines] })],
  [
    "many lines",
    SIZE,
    431,
    (r) => headOf({ ...r, lines: [...r.lines, ...Array(200).fill("X: y")] }),
  ],
  line("too long", SIZE, "X-A: " + "a".repeat(65_536), 431),
  [
    "large head",
    SIZE,
    431,
    (r) => headOf({ ...r, lines: [...r.lines, ...Array(170).fill("X: " + "y".repeat(400))] }),
  ],
  host("missing"),
  host("twice", "a", "a"),
  host("twice, differing", "a", "b"),
  host("with a path", "a/b"),
  host("with userinfo", "u@a"),
  host("with a blank", "a b"),
  host("with a list", "a, b"),
  host("with a word as port", "a:http"),
  host("of half an address", "[::1"),
  host("with a bad escape", "a%2"),
  [
    "host twice in HTTP/1.0",
    "RFC 9112 §3.2",
    400,
    (r) => headOf({ ...r, version: "HTTP/1.0", lines: [...r.lines, "Host: a"] }),
  ],

  // Framing: what smuggling lives on.
  framing("with both", "RFC 9112 §6.1", [["Content-Length: 5", "Transfer-Encoding: chunked"]]),
  framing("with two lengths", "RFC 9112 §6.3", [["Content-Length: 5", "Content-Length: 6"]]),
  framing("with one length twice", "RFC 9112 §6.3", [["Content-Length: 5", "Content-Length: 5"]]),
  framing("with a list of lengths", "RFC 9112 §6.3", [["Content-Length: 5, 5"]]),
  framing("with no length", "RFC 9110 §8.6", [["Content-Length:"]]),
  framing("with +5", "RFC 9110 §8.6", [["Content-Length: +5"]]),
  framing("with -5", "RFC 9110 §8.6", [["Content-Length: -5"]]),
  framing("with 0x5", "RFC 9110 §8.6", [["Content-Length: 0x5"]]),
  framing("with 5e0", "RFC 9110 §8.6", [["Content-Length: 5e0"]]),
  framing("with 5.0", "RFC 9110 §8.6", [["Content-Length: 5.0"]]),
  framing("with 5 5", "RFC 9110 §8.6", [["Content-Length: 5 5"]]),
  framing("with digits of Latin-1", "RFC 9110 §8.6", [["Content-Length: \xb2"]]),
  framing("of 1 MiB and a byte", "RFC 9110 §15.5.14", [["Content-Length: 1048577"]], 413),
  framing("of 10^400", "RFC 9110 §15.5.14", [[`Content-Length: 1${"0".repeat(400)}`]], 413),
  framing("by gzip", "RFC 9112 §6.1", [["Transfer-Encoding: gzip"]], 501),
  framing("by gzip, chunked", "RFC 9112 §6.1", [["Transfer-Encoding: gzip, chunked"]], 501),
  framing("by identity", "RFC 9112 §6.1", [["Transfer-Encoding: identity"]], 501),
  framing("by xchunked", "RFC 9112 §6.1", [["Transfer-Encoding: xchunked"]], 501),
  framing("by chunked, gzip", "RFC 9112 §6.3", [["Transfer-Encoding: chunked, gzip"]]),
  framing("by chunked twice", "RFC 9112 §6.3", [["Transfer-Encoding: chunked, chunked"]]),
  framing("by two lines", "RFC 9112 §6.3", [
    ["Transfer-Encoding: chunked", "transfer-encoding: chunked"],
  ]),
  framing("by chunked;q=1", "RFC 9112 §7", [["Transfer-Encoding: chunked;q=1"]]),
  framing('by "chunked"', "RFC 9112 §7", [['Transfer-Encoding: "chunked"']]),
  framing("by nothing", "RFC 9112 §7", [["Transfer-Encoding:"]]),
  framing("by ,chunked", "RFC 9112 §7", [["Transfer-Encoding: ,chunked"]]),
  framing("by chunked and bytes", "RFC 9112 §7", [["Transfer-Encoding: chunked\xa0"]]),
  [
    "framing by chunked in HTTP/1.0",
    "RFC 9112 §6.1",
    400,
    (r) =>
      headOf({ ...r, version: "HTTP/1.0", lines: [...r.lines, "Transfer-Encoding: chunked"] }) +
      "0\r\n\r\n",
  ],

  // Chunks.
  chunked("without a size", "\r\n0\r\n\r\n"),
  chunked("of size g", "g\r\n"),
  chunked("of size -1", "-1\r\na\r\n"),
  chunked("of size 0x1", "0x1\r\na\r\n"),
  chunked("with a blank before the size", " 1\r\na\r\n0\r\n\r\n"),
  chunked("with a blank after the size", "1 \r\na\r\n0\r\n\r\n"),
  chunked("with a blank before the extension", "1 ;a\r\na\r\n0\r\n\r\n"),
  chunked("of 14 digits", "00000000000001\r\na\r\n0\r\n\r\n"),
  chunked("of 2^64", "10000000000000000\r\n"),
  chunked("of over 1 MiB", "100001\r\n", "RFC 9110 §15.5.14", 413),
  chunked("with LF after the size", "1\na\r\n0\r\n\r\n"),
  chunked("with CR after the size", "1\rXa\r\n0\r\n\r\n"),
  chunked("longer than said", "1\r\nab\r\n0\r\n\r\n"),
  chunked("with LF after the data", "1\r\na\n0\r\n\r\n"),
  chunked("with no line end after the data", "1\r\na0\r\n\r\n"),
  chunked("with a control character in an extension", "1;a=\x01\r\na\r\n0\r\n\r\n"),
  chunked("with LF in an extension", "1;a\n\r\na\r\n0\r\n\r\n"),
  chunked("with a long extension", `1;${"a".repeat(16_385)}\r\na\r\n0\r\n\r\n`),
  chunked("with a trailer without colon", "0\r\nX\r\n\r\n", "RFC 9112 §7.1.2"),
  chunked("with a blank in a trailer's name", "0\r\nX : y\r\n\r\n", "RFC 9112 §7.1.2"),
  chunked("with a folded trailer", "0\r\nX: y\r\n z\r\n\r\n", "RFC 9112 §5.2"),
  chunked("with LF after a trailer", "0\r\nX: y\n\r\n", "RFC 9112 §7.1.2"),
  chunked("with LF at the end", "0\r\n\n", "RFC 9112 §7.1"),
];

/** What is cut off: the peer says that no more will come. */
const CUTS: readonly Row[] = [
  ["half a head", "RFC 9112 §8", 400, (request, place) => {
    const head = headOf({ ...request, emptyLines: "" });
    return request.emptyLines + head.slice(0, 1 + place % (head.length - 1));
  }],
  [
    "half a content",
    "RFC 9112 §8",
    400,
    (request, place) => withLine(request, place, "Content-Length: 30") + "x".repeat(place % 30),
  ],
  ["half a chunk", "RFC 9112 §8", 400, (request, place) => {
    const content = "1e;a=b\r\n" + "x".repeat(30) + "\r\n0\r\nX: y\r\n\r\n";
    return withLine(request, place, "Transfer-Encoding: chunked") +
      content.slice(0, place % content.length);
  }],
];

/** All flaws. */
export const FLAWS: readonly Flaw[] = [
  ...ROWS.map((row) => flawOf(row)),
  ...CUTS.map((row) => ({ ...flawOf(row), isCut: true })),
];

function flawOf([name, rule, statusCode, write]: Row): Flaw {
  return { name, rule, statusCode, write };
}
