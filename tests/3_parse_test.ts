import { assert, assertEquals } from "@std/assert";
import { parseRequest } from "../lib/3_parse.ts";
import type { Head } from "../lib/http/head.ts";
import type { Framing, TargetPath } from "../lib/http/message.ts";
import { headOf, isRefused, linesOf, readEveryWay, SECOND } from "./http/testing.ts";

/** A request as plain data, so that two readings of it can be compared. */
interface Parsed {
  readonly method: string;
  readonly requestTarget: string;
  readonly minorVersion: number;
  readonly lines: [name: string, value: string][];
  readonly path: Omit<TargetPath, "key"> | null;
  /** Status and rule of the refusal. */
  readonly refusal: [statusCode: number, rule: string] | null;
  readonly framing: Framing;
  readonly persistent: boolean;
  readonly expectsContinue: boolean;
}

/** A path without its key, which follows from the rest. */
function pathOf({ segments, folder, query }: TargetPath): Omit<TargetPath, "key"> {
  return { segments, folder, query };
}

function parse(head: Head): Parsed {
  const { fields, refusal, path: wanted, ...rest } = parseRequest(head);
  const path = wanted && pathOf(wanted);
  const short: [number, string] | null = refusal && [refusal.statusCode, refusal.rule];
  return { ...rest, path, refusal: short, lines: linesOf(head, fields) };
}

function parsed(text: string): Parsed {
  const result = readEveryWay(text, parse);
  assert(result !== null && !isRefused(result), JSON.stringify(result));
  return result;
}

/** The status that a head gets, thrown or as a refusal; 200 if none. */
function statusOf(text: string): number | null {
  const result = readEveryWay(text, parse);
  if (result === null || isRefused(result)) return result && result.statusCode;
  return result.refusal?.[0] ?? 200;
}

/** A head of a request line and field lines, none of them with its line end. */
function head(...lines: string[]): string {
  return [...lines, "", ""].join("\r\n");
}

Deno.test("parseRequest() takes apart what a browser sends", () => {
  const text = head(
    "GET /img/a%20b.png?v=2 HTTP/1.1",
    "Host: localhost:3000",
    "Connection: keep-alive",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    'sec-ch-ua: "Chromium";v="140"',
    "Accept: image/avif,image/webp,*/*;q=0.8",
    "Cookie: a=1; b=2",
  );
  assertEquals(parsed(text), {
    method: "GET",
    requestTarget: "/img/a%20b.png?v=2",
    minorVersion: 1,
    lines: [
      ["Host", "localhost:3000"],
      ["Connection", "keep-alive"],
      ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"],
      ["sec-ch-ua", '"Chromium";v="140"'],
      ["Accept", "image/avif,image/webp,*/*;q=0.8"],
      ["Cookie", "a=1; b=2"],
    ],
    path: { segments: ["img", "a b.png"], folder: false, query: "?v=2" },
    refusal: null,
    framing: { kind: "none" },
    persistent: true,
    expectsContinue: false,
  });
});

const REQUEST_LINES = [
  // request line, method, target, minor version, why
  ["GET / HTTP/1.1", "GET", "/", 1, "§3 the plain one"],
  ["HEAD /a HTTP/1.1", "HEAD", "/a", 1, "§3 another method"],
  ["OPTIONS * HTTP/1.1", "OPTIONS", "*", 1, "§3.2.4 the asterisk form"],
  ["GET http://b:80/c HTTP/1.1", "GET", "http://b:80/c", 1, "§3.2.2 the absolute form"],
  ["GET / HTTP/1.0", "GET", "/", 0, "§2.3 HTTP/1.0"],
  ["GET / HTTP/1.7", "GET", "/", 7, "9110 §2.5 an unknown minor version is answered as 1.1"],
  ["GET /\xc3\xa9 HTTP/1.1", "GET", "/\xc3\xa9", 1, "kinder: raw UTF-8, as curl sends it"],
  ['GET /a|b{c}"<>^` HTTP/1.1', "GET", '/a|b{c}"<>^`', 1, "kinder: what browsers do not encode"],
] as const;

for (const [line, method, requestTarget, minorVersion, why] of REQUEST_LINES) {
  Deno.test(`parseRequest() takes ${JSON.stringify(line)}: ${why}`, () => {
    const request = parsed(head(line, "Host: a"));
    const { refusal } = request;
    assertEquals([request.method, request.requestTarget], [method, requestTarget]);
    assertEquals([request.minorVersion, refusal], [minorVersion, null]);
    assertEquals(parsed("\r\n" + head(line, "Host: a")), request, "§2.2 behind an empty line");
  });
}

const REFUSED_LINES = [
  // request line, status, offending byte, why
  ["GET /", 400, 5, "HTTP/0.9 had no version"],
  ["GET", 400, 3, "no target"],
  ["GET ", 400, 4, "an empty target and no version"],
  ["GET  HTTP/1.1", 400, 4, "an empty target"],
  ["GET / ", 400, 6, "an empty version"],
  ["GET  / HTTP/1.1", 400, 4, "two spaces, the first pair"],
  ["GET /  HTTP/1.1", 400, 6, "two spaces, the second pair"],
  ["GET\t/ HTTP/1.1", 400, 3, "a tab for a space"],
  ["GET /\tHTTP/1.1", 400, 5, "a tab for a space"],
  ["GET / HTTP/1.1 ", 400, 6, "a space at the end"],
  ["GET /a b HTTP/1.1", 400, 7, "§3.2 a space in the target, which may hide another target"],
  ["G(T / HTTP/1.1", 400, 1, "9110 §9.1 a method is a token"],
  ["G\xc9T / HTTP/1.1", 400, 1, "a method is ASCII"],
  ["GET /\0 HTTP/1.1", 400, 5, "NUL in the target"],
  ["GET /\x7f HTTP/1.1", 400, 5, "DEL in the target"],
  ["GET /a#b HTTP/1.1", 400, 6, "9110 §7.1 a fragment is never sent"],
  ["GET / http/1.1", 400, 6, "§2.3 the name is in capitals"],
  ["GET / HTTP/1", 400, 6, "§2.3 no minor version"],
  ["GET / HTTP/1.", 400, 6, "§2.3 no minor version"],
  ["GET / HTTP/.1", 400, 6, "§2.3 no major version"],
  ["GET / HTTP/1.10", 400, 6, "§2.3 one digit each"],
  ["GET / HTTP/01.1", 400, 6, "§2.3 one digit each"],
  ["GET / HTTP/1,1", 400, 6, "§2.3 no dot"],
  ["GET / HTTP/1.x", 400, 6, "§2.3 no digit"],
  ["GET / HTTP/x.1", 400, 6, "§2.3 no digit"],
  ["GET / HTTP1.1x", 400, 6, "§2.3 no slash"],
  ["GET / FTPX/1.1", 400, 6, "§2.3 another name"],
  ["GET / XTTP/1.1", 400, 6, "§2.3 another name, by its first letter"],
  ["GET / HTTP/1.1\0", 400, 6, "NUL at the end"],
  ["GET / HTTP/2.0", 505, 11, "twin of 1.7: another major version"],
  ["GET / HTTP/0.9", 505, 11, "a major version before ours"],
  ["GET / HTTP/9.9", 505, 11, "a major version long after ours"],
] as const;

for (const [line, statusCode, position, why] of REFUSED_LINES) {
  Deno.test(`parseRequest() refuses ${JSON.stringify(line)}: ${why}`, () => {
    const error = readEveryWay(head(line, "Host: a"), parse);
    assert(isRefused(error));
    assertEquals([error.statusCode, error.position], [statusCode, position]);
    assertEquals(error.rule, statusCode === 400 ? "RFC 9112 §3" : "RFC 9110 §15.6.6");
  });
}

Deno.test("parseRequest() answers the preface of HTTP/2 with 505: RFC 9113 §3.4", () => {
  assertEquals(statusOf("PRI * HTTP/2.0\r\n\r\n"), 505);
});

const VERSIONS = [
  // version, status, why
  ["HTTP/1.0", 200, "known"],
  ["HTTP/1.1", 200, "known"],
  ["HTTP/1.7", 200, "an unknown minor version"],
  ["HTTP/2.0", 505, "another major version"],
] as const;
const LINE_ENDS = [
  // line end, whether it is one, why
  ["\r\n", true, "CRLF"],
  ["\n", false, "bare LF"],
  ["\r", false, "bare CR"],
  ["\r\r\n", false, "CR CR LF"],
  ["\n\r", false, "LF CR"],
] as const;
const PLACES = ["request line", "field line", "empty line"] as const;

for (const [version, status, versionWhy] of VERSIONS) {
  for (const [lineEnd, isLineEnd, endWhy] of LINE_ENDS) {
    for (const place of PLACES) {
      Deno.test(`parseRequest() of ${version} × ${endWhy} at the end of the ${place}`, () => {
        const [first, second, third] = PLACES.map((p) => p === place ? lineEnd : "\r\n");
        // A wrong end may end nothing, so a right one has to come behind it.
        const behind = isLineEnd ? "" : "Last: 9\r\n\r\n";
        const text = `GET / ${version}${first}Host: a${second}${third}${behind}`;
        const expected = isLineEnd ? status : 400; // Line ends are looked for before the version.
        assertEquals(statusOf(text), expected, versionWhy);
      });
    }
  }
}

const HOSTS = [
  // Host lines, status in 1.0, status in 1.1, why
  [[], 200, 400, "§3.2 a MUST from 1.1 on"],
  [["a"], 200, 200, "§3.2 exactly one"],
  [["localhost:3000"], 200, 200, "with a port"],
  [["[::1]:3000"], 200, 200, "an IP literal"],
  [[""], 200, 200, "9110 §7.2 an empty one is one"],
  [["a", "b"], 400, 400, "§3.2 two of them"],
  [["a", "a"], 400, 400, "§3.2 two of them, though equal"],
  [["a, b"], 400, 400, "twin: two in one line, which is no host"],
  [["a b"], 400, 400, "white space"],
  [["a:b"], 400, 400, "a port that is no number"],
  [["u@a"], 400, 400, "userinfo"],
  [["a/b"], 400, 400, "a path"],
  [["http://a"], 400, 400, "a URL"],
  [["\xc3\xa4"], 400, 400, "a name that is not ASCII"],
] as const;

for (const [hosts, in10, in11, why] of HOSTS) {
  for (const target of ["/", "http://other/"]) {
    Deno.test(`parseRequest() of ${target} with Host ${JSON.stringify(hosts)}: ${why}`, () => {
      const lines = hosts.map((host) => `Host: ${host}`);
      assertEquals(statusOf(head(`GET ${target} HTTP/1.0`, ...lines)), in10, "in 1.0");
      assertEquals(statusOf(head(`GET ${target} HTTP/1.1`, ...lines)), in11, "in 1.1");
      assertEquals(statusOf(head(`GET ${target} HTTP/1.7`, ...lines)), in11, "in 1.7");
    });
  }
}

const METHODS = [
  // method, target, status, why
  ["GET", "/", 200, "9110 §9.3.1"],
  ["HEAD", "/", 200, "9110 §9.3.2"],
  ["OPTIONS", "/", 200, "9110 §9.3.7"],
  ["POST", "/", 405, "9110 §15.5.6 known, and not for files"],
  ["PUT", "/", 405, "9110 §15.5.6"],
  ["DELETE", "/", 405, "9110 §15.5.6"],
  ["TRACE", "/", 405, "9110 §15.5.6; it would echo cookies"],
  ["PATCH", "/", 405, "5789 §2"],
  ["CONNECT", "a:80", 405, "9110 §9.3.6; we are no proxy"],
  ["CONNECT", "/", 400, "twin: §3.2.3 not the form of CONNECT"],
  ["get", "/", 501, "9110 §9.1 methods are case-sensitive"],
  ["GETS", "/", 501, "9110 §9.1 unknown"],
  ["SET", "/", 501, "one letter off at the start"],
  ["GOT", "/", 501, "one letter off in the middle"],
  ["GEM", "/", 501, "one letter off at the end"],
  ["PROPFIND", "/", 501, "known to WebDAV only"],
  ["!#$%&'*+-.^_`|~1", "/", 501, "9110 §5.6.2 every tchar"],
  ["BREW", "/..", 400, "a target that nobody honest sends is said first"],
  ["POST", "*", 400, "§3.2.4 the asterisk is for OPTIONS only"],
] as const;

for (const [method, target, status, why] of METHODS) {
  Deno.test(`parseRequest() answers ${method} ${target} with ${status}: ${why}`, () => {
    const request = parsed(head(`${method} ${target} HTTP/1.1`, "Host: a"));
    assertEquals([request.method, request.refusal?.[0] ?? 200], [method, status]);
    assertEquals(request.persistent, true, "framing is certain, so the connection may go on");
    if (status !== 200) assertEquals(request.path, null);
  });
}

Deno.test("parseRequest() sends Allow with 405, and with no other status: RFC 9110 §15.5.6", () => {
  for (const [method, target, status] of METHODS) {
    const { refusal } = parseRequest(headOf(head(`${method} ${target} HTTP/1.1`, "Host: a")));
    const allow = refusal?.fieldLines.map(([name, value]) => `${name}: ${value}`) ?? [];
    assertEquals(allow, status === 405 ? ["Allow: GET, HEAD, OPTIONS"] : [], method);
  }
});

const TARGETS = [
  // target, names or status of the refusal, why
  ["/a/b%20c", ["a", "b c"], "decoded, segment by segment"],
  ["/a//b/", ["a", "b"], "a double slash is one"],
  ["/a/../b", ["b"], "dot segments are removed: RFC 3986 §5.2.4"],
  ["/../b", 400, "twin: above the root"],
  ["/%25", ["%"], "a percent sign"],
  ["/%2", 400, "twin: half an escape"],
  ["/\xc3\xa9", ["é"], "raw UTF-8"],
  ["/\xe9", 400, "twin: raw, and no UTF-8"],
  ["/%2e%2e/etc/passwd", 400, "encoded dots"],
  ["/..%2fetc", 400, "an encoded slash"],
  ["/..%5cetc", 400, "an encoded backslash"],
  ["/a%00", 400, "NUL"],
  ["/" + "a".repeat(256), 404, "a name too long to exist"],
  ["a", 400, "no form"],
] as const;

for (const [target, expected, why] of TARGETS) {
  Deno.test(`parseRequest() reads ${JSON.stringify(target.slice(0, 30))}: ${why}`, () => {
    const { path, refusal, persistent } = parsed(head(`GET ${target} HTTP/1.1`, "Host: a"));
    assertEquals(path?.segments ?? refusal?.[0], expected);
    assertEquals(persistent, true, "the message is well framed, so the connection may go on");
  });
}

Deno.test("parseRequest() takes a target of 8 KiB, and answers a longer one with 414", () => {
  const target = (bytes: number) => "/" + "a".repeat(99) + "?" + "a".repeat(bytes - 101);
  assertEquals(target(8192).length, 8192);
  assertEquals(statusOf(head(`GET ${target(8192)} HTTP/1.1`, "Host: a")), 200);
  assertEquals(statusOf(head(`GET ${target(8192)}a HTTP/1.1`, "Host: a")), 414, "a byte more");
  assertEquals(statusOf(head(`GET ${target(60_000)} HTTP/1.1`, "Host: a")), 414, "many more");
});

Deno.test("parseRequest() takes a head of 200 lines, and answers a longer one with 431", () => {
  const lines = (count: number) =>
    head("GET / HTTP/1.1", "Host: a", ...Array.from({ length: count - 2 }, (_, i) => `A${i}: 1`));
  assertEquals(statusOf(lines(200)), 200);
  assertEquals(statusOf(lines(201)), 431);
  const cookie = (bytes: number) =>
    head("GET / HTTP/1.1", "Host: a", "Cookie: " + "c".repeat(bytes));
  const rest = cookie(0).length;
  assertEquals(statusOf(cookie(65_536 - rest)), 200, "64 KiB");
  assertEquals(statusOf(cookie(65_537 - rest)), 431, "a byte more");
});

const FIELD_LINES = [
  // field lines, status, why
  [["A: 1", " 2"], 400, "§5.2 obs-fold"],
  [["A : 1"], 400, "§5.1 a space before the colon"],
  [["A"], 400, "§5 no colon"],
  [["A B: 1"], 400, "9110 §5.1 a name that is no token"],
  [["A: \0"], 400, "9110 §5.5 a control character"],
  [["Content-Length: 5", "Transfer-Encoding: chunked"], 400, "§6.1 two readings of one message"],
  [["Content-Length: 5", "Content-Length: 6"], 400, "§6.3 differing lengths"],
  [["Content-Length: -1"], 400, "9110 §8.6 a sign"],
  [["Transfer-Encoding: chunked, x"], 400, "§6.3 chunked is not final"],
  [["Transfer-Encoding: \x0bchunked"], 400, "an obfuscated coding"],
  [["Transfer-Encoding: gzip"], 501, "§6.1 an unknown coding"],
  [["Content-Length: 1048576"], 200, "content of 1 MiB is read and dropped"],
  [["Content-Length: 1048577"], 413, "twin: a byte more"],
] as const;

for (const [lines, status, why] of FIELD_LINES) {
  Deno.test(`parseRequest() answers ${JSON.stringify(lines)} with ${status}: ${why}`, () => {
    const result = readEveryWay(head("GET / HTTP/1.1", "Host: a", ...lines), parse);
    // Thrown, not a refusal: what follows on the connection cannot be trusted.
    assertEquals(isRefused(result) ? result.statusCode : 200, status);
  });
}

const CHUNKED = "Transfer-Encoding: chunked";
const EXPECTATIONS = [
  // method, version, lines, status, whether 100 is waited for, why
  ["GET", "1.1", ["Expect: 100-continue", "Content-Length: 5"], 200, true, "9110 §10.1.1"],
  ["GET", "1.1", ["Expect: 100-Continue", CHUNKED], 200, true, "9110 §10.1.1 in any case"],
  ["GET", "1.7", ["Expect: 100-continue", CHUNKED], 200, true, "an unknown minor version is 1.1"],
  ["GET", "1.1", ["Expect: 100-continue"], 200, false, "no content, so nothing to wait for"],
  ["GET", "1.1", ["Content-Length: 5"], 200, false, "no expectation"],
  ["GET", "1.0", ["Expect: 100-continue", "Content-Length: 5"], 200, false, "a MUST: 1.0 has none"],
  ["GET", "1.0", ["Expect: x"], 200, false, "twin: 1.0 has none, so this one is ignored as well"],
  ["GET", "1.1", ["Expect: x"], 417, false, "9110 §15.5.18 an unknown one"],
  ["GET", "1.1", ["Expect: 100-continue, x"], 417, false, "one of two is unknown"],
  ["GET", "1.1", ["Expect:"], 417, false, "an empty one is not 100-continue"],
  ["POST", "1.1", ["Expect: 100-continue", CHUNKED], 405, true, "refused at once, instead of 100"],
] as const;

for (const [method, version, lines, status, waits, why] of EXPECTATIONS) {
  Deno.test(`parseRequest() of ${method} ${version} with ${JSON.stringify(lines)}: ${why}`, () => {
    const request = parsed(head(`${method} / HTTP/${version}`, "Host: a", ...lines));
    assertEquals([request.refusal?.[0] ?? 200, request.expectsContinue], [status, waits]);
  });
}

Deno.test("parseRequest() hands on framing and persistence", () => {
  const request = (...lines: string[]) => parsed(head("GET / HTTP/1.1", "Host: a", ...lines));
  assertEquals(request("Content-Length: 5").framing, { kind: "length", contentLength: 5 });
  assertEquals(request(CHUNKED).framing, { kind: "chunked" });
  assertEquals(request().persistent, true);
  assertEquals(request("Connection: close").persistent, false);
  assertEquals(parsed("GET / HTTP/1.0\r\n\r\n").persistent, false);
});

Deno.test("parseRequest() can read what is glued behind each head of these tests", () => {
  assertEquals(parsed(SECOND).path, { segments: ["second"], folder: false, query: "" });
});
