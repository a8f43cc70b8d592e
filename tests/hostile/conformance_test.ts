/**
 * What every HTTP/1.1 server has to do with a request, rule by rule of RFC 9112 and 9110, against a server process: the
 * list that the public conformance tests of HTTP servers check, in our own words.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { exchange, Raw, type Response, responsesIn } from "./raw.ts";
import { startVitrine, type Vitrine } from "./vitrine.ts";

const FILES = { "index.html": "<p>hi", "a.txt": "0123456789" };

/** Sent behind each request: it has an answer only if the server goes on. */
const NEXT = "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** A GET of the index with further field lines. */
function get(lines: string): string {
  return `GET / HTTP/1.1\r\n${lines}\r\n\r\n`;
}

/** A POST with chunked content. */
function chunked(content: string): string {
  return `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${content}`;
}

/** Two statuses: it is taken, and so is the next. One: it is the end of the connection. */
const RULES = [
  // Bytes, status codes with the next request behind, why
  // Request line
  ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", [200, 200], "RFC 9112 §3: a request"],
  ["\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", [200, 200], "§2.2: an empty line before it"],
  ["GET / HTTP/1.1\r\nhost:a\r\n\r\n", [200, 200], "§5: names in any letters, no space needed"],
  ["GET / HTTP/1.1\r\nHost: \t a \t\r\n\r\n", [200, 200], "§5.1: spaces around a value"],
  ["GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n", [200, 200], "§5: an empty value"],
  ["GET / HTTP/1.1\r\nHost: a\r\nX: \xfc\r\n\r\n", [200, 200], "RFC 9110 §5.5: bytes above ASCII"],
  ["GET /?a=b/../c?d HTTP/1.1\r\nHost: a\r\n\r\n", [200, 200], "§3.2.1: a query"],
  ["GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", [200, 200], "§3.2.2: absolute form"],
  ["GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", [200, 200], "§3.2.2: without a path"],
  ["OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", [204, 200], "§3.2.4: asterisk form"],
  ["GET * HTTP/1.1\r\nHost: a\r\n\r\n", [400], "§3.2.4: for OPTIONS alone"],
  ["GET a HTTP/1.1\r\nHost: a\r\n\r\n", [400], "§3.2: a target of no form"],
  ["GET  / HTTP/1.1\r\nHost: a\r\n\r\n", [400], "§3: one space"],
  ["GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", [400], "§3.2: no space in a target"],
  ["GET / HTTP/1.1 \r\nHost: a\r\n\r\n", [400], "§3: nothing behind the version"],
  ["GET /\r\nHost: a\r\n\r\n", [400], "§3: a version"],
  [" GET / HTTP/1.1\r\nHost: a\r\n\r\n", [400], "§3: nothing before the method"],
  ["G@T / HTTP/1.1\r\nHost: a\r\n\r\n", [400], "§3.1: a method is a token"],
  ["BREW / HTTP/1.1\r\nHost: a\r\n\r\n", [501, 200], "RFC 9110 §9.1: an unknown method"],
  ["get / HTTP/1.1\r\nHost: a\r\n\r\n", [501, 200], "RFC 9110 §9.1: methods have their letters"],
  // Version
  ["GET / HTTP/1.0\r\n\r\n", [200], "§9.3: HTTP/1.0 ends after one"],
  ["GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", [200, 200], "§9.3: unless it asks"],
  ["GET / HTTP/1.9\r\nHost: a\r\n\r\n", [200, 200], "RFC 9110 §2.5: a later minor version"],
  ["GET / HTTP/2.0\r\nHost: a\r\n\r\n", [505], "RFC 9110 §15.6.6: another major one"],
  ["GET / HTTP/1.10\r\nHost: a\r\n\r\n", [400], "§2.3: one digit"],
  ["GET / http/1.1\r\nHost: a\r\n\r\n", [400], "§2.3: in capitals"],
  ["GET / HTTPS/1.1\r\nHost: a\r\n\r\n", [400], "§2.3: by its name"],
  // Host
  ["GET / HTTP/1.1\r\n\r\n", [400], "§3.2: a Host"],
  [get("Host: a\r\nHost: a"), [400], "§3.2: one Host"],
  [get("Host: a b"), [400], "§3.2: a valid Host"],
  [get("Host: a/b"), [400], "§3.2: no path in it"],
  [get("Host:"), [200, 200], "RFC 9110 §7.2: an empty Host is one"],
  // Field lines
  [get("Host: a\r\nX : y"), [400], "§5.1: no space before the colon"],
  [get("Host: a\r\nX"), [400], "§5: a colon"],
  [get("Host: a\r\n: y"), [400], "§5: a name"],
  [get("Host: a\r\nX@Y: z"), [400], "RFC 9110 §5.1: a name is a token"],
  [get("Host: a\r\nX: y\r\n z"), [400], "§5.2: no folded line"],
  [get(" Host: a"), [400], "§2.2: no space before the first line"],
  [get("Host: a\r\nX: a\x00b"), [400], "RFC 9110 §5.5: no NUL"],
  [get("Host: a\r\nX: a\x7fb"), [400], "no DEL"],
  [get("Host: a\r\nX: a\rb"), [400], "§2.2: no CR alone"],
  [get("Host: a\r\nX: a\nY: b"), [400], "§2.2: a recipient MAY take LF alone; we do not"],
  ["GET / HTTP/1.1\nHost: a\n\n", [400], "the same for a whole head"],
  // Content
  [get("Host: a\r\nContent-Length: 3") + "abc", [200, 200], "§6.3: content of a GET"],
  [get("Host: a\r\nContent-Length: -1"), [400], "RFC 9110 §8.6: digits"],
  [get("Host: a\r\nContent-Length: a"), [400], "digits, no letters"],
  [get("Host: a\r\nContent-Length: 1, 1") + "a", [400], "§6.3 (5): one length"],
  [get("Host: a\r\nContent-Length: 1\r\nContent-Length: 2"), [400], "§6.3 (5): no two"],
  [get("Host: a\r\nContent-Length: 99999999999999999999"), [413], "more than any number holds"],
  [get("Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked"), [400], "§6.1: not both"],
  [get("Host: a\r\nTransfer-Encoding: gzip"), [501], "§6.1: an unknown coding"],
  [get("Host: a\r\nTransfer-Encoding: chunked, gzip"), [400], "§6.3 (4): chunked is the last"],
  [chunked("3\r\nabc\r\n0\r\n\r\n"), [405, 200], "§7.1: chunks"],
  [
    chunked("3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n"),
    [405, 200],
    "§7.1.1, §7.1.2: what comes with them",
  ],
  [chunked("00003\r\nabc\r\n000\r\n\r\n"), [405, 200], "§7.1: leading zeros"],
  [chunked("A\r\n0123456789\r\n0\r\n\r\n"), [405, 200], "§7.1: in capitals"],
  [chunked("g\r\nabc\r\n0\r\n\r\n"), [400], "§7.1: hexadecimal digits"],
  [chunked("3\r\nabcd\r\n0\r\n\r\n"), [400], "§7.1: as many bytes as it says"],
  [chunked("fffffffffffffffff\r\nabc\r\n"), [400], "§7.1: no overflow"],
  // Limits
  [`GET /${"a".repeat(9_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, [414], "RFC 9110 §15.5.15"],
  [get(`Host: a\r\nX: ${"y".repeat(66_000)}`), [431], "RFC 6585 §5: too large"],
  [get("Host: a" + "\r\nX: y".repeat(300)), [431], "RFC 6585 §5: too many lines"],
  // Connection
  [get("Host: a\r\nConnection: close"), [200], "§9.6: close"],
  [get("Host: a\r\nConnection: x, CLOSE"), [200], "§9.6: in a list, in any letters"],
  [get("Host: a\r\nConnection: keep-alive"), [200, 200], "§9.3: keep"],
  ["HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", [200, 200], "RFC 9110 §9.3.2: no content"],
  [get("Host: a\r\nExpect: 100-continue\r\nContent-Length: 1") + "a", [200, 200], "§10.1.1"],
  [get("Host: a\r\nUpgrade: h2c\r\nConnection: Upgrade"), [200, 200], "RFC 9110 §7.8: MAY ignore"],
] as const;

Deno.test("conformance: every rule, with the next request behind", async () => {
  await using vitrine = await startVitrine({ files: FILES });
  for (const [bytes, statusCodes, why] of RULES) {
    const { received, standing } = await exchange(vitrine.port, bytes + NEXT);
    const methods = [bytes.trimStart().split(" ")[0], "GET"];
    const responses = responsesIn(received, methods, true);
    assertEquals(responses.map(({ statusCode }) => statusCode), [...statusCodes], why);
    assertEquals(standing, "closed", why); // Not reset: the last response must arrive.
    for (const response of responses) checkResponse(response, why);
    if (statusCodes.length === 2) assertEquals(responses[1].content, "0123456789", why);
    const last = responses.at(-1);
    assertEquals(last?.fields.get("connection"), "close", why);
  }
  await assertGoesOn(vitrine);
});

/** What every response of ours has: RFC 9110 §6.6.1, RFC 9112 §6.3. */
function checkResponse({ fields, statusCode, content }: Response, why: string): void {
  assertMatch(fields.get("date") ?? "", /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/, why);
  if (statusCode === 204) assertEquals(fields.get("content-length"), undefined, why);
  else assertMatch(fields.get("content-length") ?? "", /^\d+$/, why);
  assertEquals(fields.get("transfer-encoding"), undefined, why);
  assert(content.length <= Number(fields.get("content-length") ?? 0), why);
}

async function assertGoesOn({ port, errorLines }: Vitrine): Promise<void> {
  const { received } = await exchange(port, NEXT);
  assertEquals(responsesIn(received, ["GET"], true)[0]?.statusCode, 200);
  assertEquals(errorLines, []);
}

Deno.test("conformance: every rule holds when bytes come one by one", async () => {
  await using vitrine = await startVitrine({ files: FILES });
  await Promise.all(RULES.map(async ([bytes, statusCodes, why]) => {
    if (bytes.length > 500) return; // The long ones take as many round trips.
    using raw = await Raw.connect(vitrine.port);
    for (const byte of bytes + NEXT) {
      await raw.send(byte);
      await new Promise((resolve) => setTimeout(resolve, 0)); // So that each is a segment.
    }
    await raw.end();
    const methods = [bytes.trimStart().split(" ")[0], "GET"];
    const responses = responsesIn(raw.received, methods, true);
    assertEquals(responses.map(({ statusCode }) => statusCode), [...statusCodes], why);
    await raw.close();
  }));
  await assertGoesOn(vitrine);
});

Deno.test("conformance: 100 comes before content that waits for it, and only then", async () => {
  await using vitrine = await startVitrine({ files: FILES });
  const lines = ["Host: a", "Expect: 100-continue", "Content-Length: 1", "Connection: close"];
  const head = ["GET / HTTP/1.1", ...lines, "", ""].join("\r\n");
  using waiting = await Raw.connect(vitrine.port);
  await waiting.send(head);
  await waiting.until((received) => received.includes("\r\n\r\n"));
  const interim = waiting.received.startsWith("HTTP/1.1 100 Continue\r\n\r\n");
  const final = waiting.received.startsWith("HTTP/1.1 200 ");
  assert(interim || final, waiting.received); // RFC 9110 §10.1.1: or a final status at once.
  await waiting.send("a");
  await waiting.end();
  assertEquals(responsesIn(waiting.received, ["GET"], true)[0]?.statusCode, 200);
  await waiting.close();
  const old = head.replace("HTTP/1.1", "HTTP/1.0") + "a";
  const { received } = await exchange(vitrine.port, old);
  assert(received.startsWith("HTTP/1.1 200 "), "RFC 9110 §10.1.1: HTTP/1.0 knows no 100");
});
