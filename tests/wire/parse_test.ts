/** Step (iii) on the wire: each form of a request that is answered, and the nearest ones that are refused. */

import { assertEquals } from "@std/assert";
import { parseResponse, type RawResponse, withServer } from "./harness.ts";
import {
  assertError,
  assertPage,
  CLOSE_LINES,
  headLines,
  keepAliveLines,
  splitResponses,
} from "./responses.ts";

const FILES = { "index.html": "<p>hi" };
const ALLOW = "Allow: GET, HEAD, OPTIONS";

/** A head of a request line and field lines. */
function head(...lines: readonly string[]): string {
  return lines.join("\r\n") + "\r\n\r\n";
}

const ANSWERED = [
  // Head, connection lines, why
  [head("GET / HTTP/1.1", "Host: a"), keepAliveLines(1), "RFC 9112 §3.2.1: origin form"],
  [head("GET /?q=/../ HTTP/1.1", "Host: a"), keepAliveLines(1), "with a query"],
  [head("GET // HTTP/1.1", "Host: a"), keepAliveLines(1), "an empty segment"],
  [head("GET http://b/ HTTP/1.1", "Host: a"), keepAliveLines(1), "§3.2.2: absolute form"],
  [head("GET HTTP://b:80 HTTP/1.1", "Host: b"), keepAliveLines(1), "without a path"],
  [head("GET https://[::1]?q HTTP/1.1", "Host: [::1]"), keepAliveLines(1), "only a query"],
  [head("GET / HTTP/1.9", "Host: a"), keepAliveLines(1), "RFC 9110 §2.5: an unknown minor version"],
  [head("GET / HTTP/1.1", "Host:"), keepAliveLines(1), "RFC 9110 §7.2: an empty Host"],
  [head("GET / HTTP/1.1", "hOST: \t A:80 \t"), keepAliveLines(1), "white space around a value"],
  [head("GET / HTTP/1.1", "Host: a", "X:", "!#$%&'*+-.^_`|~: ("), keepAliveLines(1), "odd lines"],
  [head("GET / HTTP/1.1", "Host: a", "X: \x80\xff\t."), keepAliveLines(1), "§5.5: obs-text"],
  [
    head("GET / HTTP/1.1", "Host: a", ...Array(198).fill("X: y")),
    keepAliveLines(1),
    "200 lines in all",
  ],
  [
    head(`GET /?${"q".repeat(8190)} HTTP/1.1`, "Host: a"),
    keepAliveLines(1),
    "a target of 8 KiB",
  ],
  [
    head("GET / HTTP/1.1", "Host: a", "X: " + "y".repeat(65_536 - 32)),
    keepAliveLines(1),
    "a head of 64 KiB",
  ],
  [head("GET / HTTP/1.0"), CLOSE_LINES, "HTTP/1.0 needs no Host"],
  [head("GET / HTTP/1.0", "Connection: Keep-Alive"), keepAliveLines(1), "RFC 9112 §9.3"],
  [head("GET / HTTP/1.0", "Connection: x, keep-alive, close"), CLOSE_LINES, "§9.3: close wins"],
  [head("GET / HTTP/1.1", "Host: a", "Connection: Close"), CLOSE_LINES, "§9.6"],
  [
    head("GET / HTTP/1.1", "Host: a", "Connection: x", "Connection: y,,CLOSE"),
    CLOSE_LINES,
    "RFC 9110 §5.3: lines of one field are one list",
  ],
  [
    head("GET / HTTP/1.1", "Host: a", "Connection: closed, keep"),
    keepAliveLines(1),
    "other options say nothing",
  ],
  [
    head("GET / HTTP/1.1", "Host: a", "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings"),
    keepAliveLines(1),
    "RFC 9110 §7.8: an upgrade may be ignored",
  ],
] as const;

Deno.test("serve() answers each form of a request line and field line", async () => {
  await withServer(FILES, async ({ connect }) => {
    for (const [request, connectionLines, why] of ANSWERED) {
      const client = await connect();
      await client.send(request);
      await client.closeWrite();
      const responses = splitResponses(await client.readToEnd());
      assertEquals(responses.map(({ statusCode }) => statusCode), [200], why);
      assertPage(responses[0], "<p>hi", connectionLines);
    }
  });
});

Deno.test("serve() answers HEAD with the head of GET and no content", async () => {
  await withServer(FILES, async ({ exchange }) => {
    const ask = async (method: string, path: string): Promise<RawResponse> =>
      parseResponse(
        await exchange(head(`${method} ${path} HTTP/1.1`, "Host: a", "Connection: close")),
      );
    for (const path of ["/", "/none"]) {
      const get = await ask("GET", path);
      const { content, ...ofHead } = await ask("HEAD", path);
      assertEquals(headLines({ ...ofHead, content }), headLines(get));
      assertEquals(content, "");
    }
  });
});

Deno.test("serve() answers OPTIONS of the server and of a path with Allow and no content", async () => {
  await withServer(FILES, async ({ connect }) => {
    for (const target of ["*", "/", "/none", "http://a", "http://a/none"]) {
      const client = await connect();
      await client.send(
        head(`OPTIONS ${target} HTTP/1.1`, "Host: a") + head("GET / HTTP/1.1", "Host: a"),
      );
      const options = await client.readResponse("OPTIONS");
      assertEquals(headLines(options), [
        "HTTP/1.1 204 No Content",
        "Date: DATE",
        ALLOW,
        ...keepAliveLines(1),
      ], target);
      assertPage(await client.readResponse(), "<p>hi", keepAliveLines(2));
    }
  });
});

Deno.test("serve() refuses other methods and goes on", async () => {
  await withServer(FILES, async ({ connect }) => {
    const client = await connect();
    const rows = [
      // Request line, status, why
      ["POST / HTTP/1.1", 405, "RFC 9110 §15.5.6: known, not allowed"],
      ["PUT /new HTTP/1.1", 405, "also where there is nothing"],
      ["DELETE / HTTP/1.1", 405, ""],
      ["PATCH / HTTP/1.1", 405, "RFC 5789"],
      ["TRACE / HTTP/1.1", 405, ""],
      ["CONNECT a:80 HTTP/1.1", 405, "RFC 9112 §3.2.3: authority form"],
      ["BREW / HTTP/1.1", 501, "RFC 9110 §9.1: unknown"],
      ["get / HTTP/1.1", 501, "RFC 9110 §9.1: case counts"],
      ["GET! / HTTP/1.1", 501, "any token is a method"],
    ] as const;
    for (const [i, [line, statusCode, hint]] of rows.entries()) {
      await client.send(head(line, "Host: a"));
      assertError(await client.readResponse(), statusCode, {
        extraLines: statusCode === 405 ? [ALLOW] : [],
        connectionLines: keepAliveLines(i + 1),
        hint,
      });
    }
  });
});

const REFUSED = [
  // Bytes, status, why
  [head("GET /"), 400, "RFC 9112 §3: no version, as in HTTP/0.9"],
  [head("GET"), 400, "no target"],
  [head("GET  / HTTP/1.1", "Host: a"), 400, "two spaces after the method"],
  [head("GET /  HTTP/1.1", "Host: a"), 400, "two spaces after the target"],
  [head("GET\t/ HTTP/1.1", "Host: a"), 400, "HTAB for a space"],
  [head("GET /a b HTTP/1.1", "Host: a"), 400, "a space in the target"],
  [head("GET /\t HTTP/1.1", "Host: a"), 400, "HTAB in the target"],
  [head("GET /\x00 HTTP/1.1", "Host: a"), 400, "NUL in the target"],
  [head("GET /\x7f HTTP/1.1", "Host: a"), 400, "DEL in the target"],
  [head("GET /\r HTTP/1.1", "Host: a"), 400, "§2.2: CR alone in the request line"],
  [head("GET /#f HTTP/1.1", "Host: a"), 400, "RFC 9110 §7.1: a fragment"],
  [head("GET / HTTP/1.1 ", "Host: a"), 400, "a space after the version"],
  [head("GET / http/1.1", "Host: a"), 400, "§2.3: HTTP is in capitals"],
  [head("GET / HTTP/1.10", "Host: a"), 400, "§2.3: one digit"],
  [head("GET / HTTP/1,1", "Host: a"), 400, "§2.3: a dot"],
  [head("GET / HTTP/1.", "Host: a"), 400, "half a version"],
  [head("GET / HTTPS/1.1", "Host: a"), 400, "another protocol"],
  [head("G\xc9T / HTTP/1.1", "Host: a"), 400, "a method that is no token"],
  [head("GET / HTTP/2.0", "Host: a"), 505, "RFC 9110 §15.6.6: another major version"],
  [head("GET / HTTP/0.9", "Host: a"), 505, "an older one"],
  ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "RFC 9113 §3.4: the preface of HTTP/2"],
  ["GET / HTTP/1.1\nHost: a\n\n", 400, "§2.2: LF alone"],
  ["GET / HTTP/1.1\r\nHost: a\n\r\n", 400, "LF alone in one line"],
  ["GET / HTTP/1.1\r\nHost: a\r\n\n", 400, "LF alone as empty line"],
  ["GET / HTTP/1.1\rHost: a\r\r\n\r\n", 400, "CR alone for line ends"],
  [head("GET / HTTP/1.1", "Host: a\rX: y"), 400, "CR alone in a value"],
  [head("GET / HTTP/1.1", "Host: a\r"), 400, "CR CR LF"],
  [head("GET / HTTP/1.1", "Host: a", " X: y"), 400, "§5.2: obs-fold"],
  [head("GET / HTTP/1.1", "Host: a", "\tX: y"), 400, "obs-fold with HTAB"],
  [head("GET / HTTP/1.1", " Host: a"), 400, "§2.2: white space before the first field line"],
  [head("GET / HTTP/1.1", "Host: a", " "), 400, "a line of white space"],
  [head("GET / HTTP/1.1", "Host : a"), 400, "§5.1: a space before the colon"],
  [head("GET / HTTP/1.1", "Host: a", "X\t: y"), 400, "HTAB before the colon"],
  [head("GET / HTTP/1.1", "Host: a", ": y"), 400, "an empty name"],
  [head("GET / HTTP/1.1", "Host: a", "X"), 400, "no colon"],
  [head("GET / HTTP/1.1", "Host: a", "X Y: z"), 400, "a space in a name"],
  [head("GET / HTTP/1.1", "Host: a", "X(: y"), 400, "a delimiter in a name"],
  [head("GET / HTTP/1.1", "Host: a", "X\x00: y"), 400, "NUL in a name"],
  [head("GET / HTTP/1.1", "Host: a", "\xe9: y"), 400, "obs-text in a name"],
  [head("GET / HTTP/1.1", "Host: a", "X: a\x00b"), 400, "RFC 9110 §5.5: NUL in a value"],
  [head("GET / HTTP/1.1", "Host: a", "X: \x1b[2J"), 400, "another control character"],
  [head("GET / HTTP/1.1", "Host: a", "X: \x7f"), 400, "DEL in a value"],
  [head("GET / HTTP/1.1", "Host: a", "X: \x0b"), 400, "VT is not white space"],
  [head("GET / HTTP/1.1"), 400, "§3.2: no Host"],
  [head("GET http://a/ HTTP/1.1"), 400, "none beside an absolute form either"],
  [head("GET / HTTP/1.1", "Host: a", "Host: a"), 400, "two Hosts, equal"],
  [head("GET / HTTP/1.1", "Host: a", "hOsT: b"), 400, "two Hosts, not equal"],
  [head("GET / HTTP/1.0", "Host: a", "Host: a"), 400, "two Hosts in HTTP/1.0"],
  [head("GET / HTTP/1.1", "Host: a b"), 400, "a space in Host"],
  [head("GET / HTTP/1.1", "Host: a, b"), 400, "two hosts in one line"],
  [head("GET / HTTP/1.1", "Host: a/b"), 400, "a path in Host"],
  [head("GET / HTTP/1.1", "Host: u@a"), 400, "RFC 9110 §4.2.4: user information"],
  [head("GET / HTTP/1.1", "Host: a:b"), 400, "no port"],
  [head("GET / HTTP/1.1", "Host: [::1"), 400, "an open bracket"],
  [head("GET / HTTP/1.1", "Host: \xe9"), 400, "obs-text in Host"],
  [head("GET * HTTP/1.1", "Host: a"), 400, "§3.2.4: the asterisk is for OPTIONS"],
  [head("OPTIONS ** HTTP/1.1", "Host: a"), 400, "two of them are no form"],
  [head("GET a:80 HTTP/1.1", "Host: a"), 400, "§3.2.3: the authority is for CONNECT"],
  [head("CONNECT / HTTP/1.1", "Host: a"), 400, "which has no other form"],
  [head("CONNECT a HTTP/1.1", "Host: a"), 400, "§3.2.3: the port is needed"],
  [head("GET index.html HTTP/1.1", "Host: a"), 400, "§3.2: no form"],
  [head("GET ?q HTTP/1.1", "Host: a"), 400, "no form"],
  [head("GET ftp://a/ HTTP/1.1", "Host: a"), 400, "another scheme"],
  [head("GET http:/// HTTP/1.1", "Host: a"), 400, "RFC 9110 §4.2.1: an empty host"],
  [head("GET http://u@a/ HTTP/1.1", "Host: a"), 400, "user information"],
  [head("GET /../etc/passwd HTTP/1.1", "Host: a"), 400, "RFC 3986 §5.2.4: above the root"],
  [head("GET /%2e%2e/ HTTP/1.1", "Host: a"), 400, "one in disguise"],
  [head("GET /a%5cb HTTP/1.1", "Host: a"), 400, "an encoded backslash"],
  [head("GET /a%5cb HTTP/1.1", "Host: a"), 400, "an encoded backslash"],
  [head("GET /%00 HTTP/1.1", "Host: a"), 400, "an encoded NUL"],
  [head("GET /%zz HTTP/1.1", "Host: a"), 400, "RFC 3986 §2.1: no escape"],
  [head("GET /% HTTP/1.1", "Host: a"), 400, "half an escape"],
  [head("GET /%ff HTTP/1.1", "Host: a"), 400, "bytes that are no UTF-8"],
  [head(`GET /?${"q".repeat(8191)} HTTP/1.1`, "Host: a"), 414, "a target of 8 KiB and a byte"],
  [`GET /${"a".repeat(20_000)}`, 414, "certain before the line ends"],
  ["A".repeat(20_000), 501, "nor must a method have an end"],
  [
    head("GET / HTTP/1.1", "Host: a", "X: " + "y".repeat(65_537 - 32)),
    431,
    "RFC 6585 §5: a head of 64 KiB and a byte",
  ],
  [`GET / HTTP/1.1\r\nX: ${"y".repeat(70_000)}`, 431, "certain before the line ends"],
  [head("GET / HTTP/1.1", "Host: a", ...Array(199).fill("X: y")), 431, "201 lines"],
  ["GET / HTTP/1.1\r\n" + "X: y\r\n".repeat(300), 431, "certain before the head ends"],
] as const;

Deno.test("serve() refuses what breaks a rule, closes, and answers nothing behind it", async () => {
  await withServer(FILES, async ({ exchange, log }) => {
    for (const [bytes, statusCode, hint] of REFUSED) {
      const behind = head("GET /behind HTTP/1.1", "Host: a");
      assertError(parseResponse(await exchange(bytes + behind)), statusCode, { hint });
    }
    assertEquals(log.map((entry) => entry.statusCode), REFUSED.map(([, statusCode]) => statusCode));
    assertEquals(log.filter(({ requestLine }) => requestLine?.includes("behind")), []);
    assertEquals(log.filter(({ detail }) => !/\(RFC \d{4} §[\d.]+\)$/.test(detail ?? "")), []);
  }, { headTimeoutMs: 60_000 });
});

Deno.test("serve() sends no content to a HEAD that it refuses", async () => {
  const rows = [
    // Head, status, why
    [head("HEAD / HTTP/1.1"), 400, "no Host"],
    [head("HEAD / HTTP/1.1", "Host: a", "X"), 400, "no colon"],
    [head("HEAD / HTTP/1.1", "Host: a", "Content-Length: x"), 400, "no length"],
    [head("HEAD / HTTP/1.1", "Host: a", "Content-Length: 9999999"), 413, "too long"],
    [head("HEAD / HTTP/1.1", "Host: a", "Transfer-Encoding: gzip"), 501, "a coding"],
    [head("HEAD / HTTP/2.0", "Host: a"), 505, "a version"],
    [head(`HEAD /${"a".repeat(8192)} HTTP/1.1`, "Host: a"), 414, "too long a target"],
  ] as const;
  await withServer(FILES, async ({ exchange }) => {
    // RFC 9110 §9.3.2: MUST NOT. The method was read before the rule was broken.
    for (const [request, statusCode, why] of rows) {
      assertError(parseResponse(await exchange(request)), statusCode, { hint: why, head: true });
    }
  });
});
