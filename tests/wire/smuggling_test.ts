/**
 * One message, one reading: RFC 9112 §11.2. Each row carries a second request where one of two parsers might
 * find it. Where the first request can be read in two ways, or the second is content of the first, it must not be
 * answered.
 */

import { assertEquals } from "@std/assert";
import { type Running, withServer } from "./harness.ts";
import { splitResponses } from "./responses.ts";

const FILES = { "index.html": "<p>hi", "hidden": "HIDDEN" };
const HIDDEN = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
/** Chunked content: nothing, then the end. */
const NONE = "0\r\n\r\n";

function post(lines: readonly string[], content: string): string {
  return ["POST / HTTP/1.1", "Host: a", ...lines].join("\r\n") + "\r\n\r\n" + content;
}

function chunked(content: string): string {
  return post(["Transfer-Encoding: chunked"], content);
}

/** Content-Length of the hidden request, which stands in the content. */
const LENGTH = HIDDEN.length;

const TWO_READINGS = [
  // Bytes, status of the one response, why
  [post(["Content-Length: 5", "Transfer-Encoding: chunked"], NONE), 400, "CL.TE: RFC 9112 §6.1"],
  [post(["Transfer-Encoding: chunked", "Content-Length: 5"], NONE), 400, "TE.CL"],
  [post(["Content-Length: 0", "Transfer-Encoding: chunked"], NONE), 400, "CL.0 with TE"],
  [
    post(["Transfer-Encoding: identity", "Content-Length: 0"], ""),
    400,
    "TE that says nothing, with CL",
  ],
  [post(["Transfer-Encoding:", "Content-Length: 0"], ""), 400, "an empty TE, with CL"],
  [post(["Content-Length: 0", `Content-Length: ${LENGTH}`], ""), 400, "CL.CL: §6.3 (5)"],
  [post([`Content-Length: ${LENGTH}`, "Content-Length: 0"], ""), 400, "CL.CL the other way"],
  [post(["Content-Length: 0", "Content-Length: 0"], ""), 400, "equal ones too, as nginx does"],
  [post([`Content-Length: 0, ${LENGTH}`], ""), 400, "CL, CL in one line"],
  [post([`Content-Length: 0,0`], ""), 400, "equal ones in one line"],
  [post([`Content-Length: ${LENGTH},`], ""), 400, "a list of one"],
  [post(["Content-Length: +0"], ""), 400, "RFC 9110 §8.6: a sign"],
  [post(["Content-Length: -0"], ""), 400, "another sign"],
  [post([`Content-Length: -${LENGTH}`], ""), 400, "a negative length"],
  [post(["Content-Length: 0 0"], ""), 400, "a space in a length"],
  [post(["Content-Length: 0x0"], ""), 400, "a hexadecimal length"],
  [post(["Content-Length: 0_0"], ""), 400, "as Python reads numbers"],
  [post(["Content-Length: 0.0"], ""), 400, "a fraction"],
  [post(["Content-Length: 0e1"], ""), 400, "an exponent"],
  [post(["Content-Length: a"], ""), 400, "no digit"],
  [post(["Content-Length:"], ""), 400, "an empty length"],
  [post(['Content-Length: "0"'], ""), 400, "a quoted length"],
  [post(["Content-Length: 0;a"], ""), 400, "a parameter"],
  [post(["Content-Length: \xa00"], ""), 400, "a no-break space in latin-1"],
  [post(["Content-Length: \x0b0"], ""), 400, "VT, white space for isspace(3)"],
  [post(["Content-Length: 0\x00"], ""), 400, "NUL, an end for strtol(3)"],
  [post(["Content-Length: \xb2"], ""), 400, "a digit of Unicode"],
  [post([`Content-Length : ${LENGTH}`], ""), 400, "a space before the colon"],
  [post([`Content-Length\x00: ${LENGTH}`], ""), 400, "NUL before the colon"],
  [post(["X: y", ` Content-Length: ${LENGTH}`], ""), 400, "in a folded line"],
  [post(["X: y\nContent-Length: 0"], ""), 400, "behind LF alone"],
  [post(["X: y\rContent-Length: 0"], ""), 400, "behind CR alone"],
  [post(["Transfer-Encoding : chunked"], NONE), 400, "TE.TE: a space before the colon"],
  [post(["Transfer-Encoding\t: chunked"], NONE), 400, "HTAB before the colon"],
  [post(["X: y", " Transfer-Encoding: chunked"], NONE), 400, "in a folded line"],
  [post(["Transfer-Encoding:", " chunked"], NONE), 400, "folded behind its colon"],
  [post(["X: y\nTransfer-Encoding: chunked"], NONE), 400, "behind LF alone"],
  [post(["Transfer-Encoding: \x0bchunked"], NONE), 400, "VT for white space"],
  [post(["Transfer-Encoding: chunked\x00"], NONE), 400, "NUL behind it"],
  [post(["Transfer-Encoding: \xa0chunked"], NONE), 400, "a no-break space"],
  [post(["Transfer-Encoding: \xefchunked"], NONE), 400, "a byte beyond ASCII"],
  [post(['Transfer-Encoding: "chunked"'], NONE), 400, "a quoted coding"],
  [post(["Transfer-Encoding: 'chunked'"], NONE), 501, "quotes that a token may have"],
  [post(["Transfer-Encoding: xchunked"], NONE), 501, "a name that ends in chunked"],
  [post(["Transfer-Encoding: chunkedx"], NONE), 501, "a name that starts with it"],
  [post(["Transfer-Encoding: chunk"], NONE), 501, "half of it"],
  [post(["Transfer-Encoding: identity"], ""), 501, "RFC 9112 §7: withdrawn"],
  [post(["Transfer-Encoding: gzip, chunked"], NONE), 501, "§6.1: a coding that we do not know"],
  [post(["Transfer-Encoding: gzip"], ""), 501, "§6.3 (4): and no end to be found"],
  [post(["Transfer-Encoding: chunked, chunked"], NONE), 400, "§6.1: chunked twice"],
  [post(["Transfer-Encoding: chunked, identity"], NONE), 400, "chunked that is not the last"],
  [post(["Transfer-Encoding: identity, chunked"], NONE), 501, "behind the withdrawn one"],
  [post(["Transfer-Encoding: chunked", "Transfer-Encoding: x"], NONE), 400, "in two lines"],
  [post(["Transfer-Encoding: x", "Transfer-Encoding: chunked"], NONE), 501, "the other way"],
  [post(["Transfer-Encoding: chunked,"], NONE), 400, "an empty element"],
  [post(["Transfer-Encoding: ,chunked"], NONE), 400, "one before it"],
  [post(["Transfer-Encoding: chunked;q=1"], NONE), 400, "a parameter"],
  [post(["Transfer-Encoding: chunked chunked"], NONE), 400, "no list"],
  [post(["Transfer-Encoding:"], NONE), 400, "no coding"],
  ["POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + NONE, 400, "TE in HTTP/1.0: §6.1"],
  ["POST / HTTP/1.0\r\nTransfer-Encoding: x\r\n\r\n", 400, "any TE in HTTP/1.0"],
  [chunked("0x5\r\nhello\r\n" + NONE), 400, "§7.1: a chunk size with 0x"],
  [chunked("+0\r\n\r\n"), 400, "a sign"],
  [chunked("-0\r\n\r\n"), 400, "another"],
  [chunked("0_0\r\n\r\n"), 400, "as Python reads numbers"],
  [chunked(" 0\r\n\r\n"), 400, "a space before the size"],
  [chunked("0 \r\n\r\n"), 400, "one behind it"],
  [chunked("0\t\r\n\r\n"), 400, "HTAB behind it"],
  [chunked("0 ;a\r\n\r\n"), 400, "§7.1.1: bad white space"],
  [chunked("\r\n0\r\n\r\n"), 400, "an empty line before the size"],
  [chunked("g\r\n\r\n"), 400, "no digit"],
  [chunked(";a\r\n\r\n"), 400, "no size"],
  [chunked("\xb2\r\n\r\n"), 400, "a digit of Unicode"],
  [chunked("00000000000000\r\n\r\n"), 400, "more digits than any size needs"],
  [chunked("100000000\r\n\r\n"), 413, "2^32, which is 0 in 32 bits"],
  [chunked("10000000000000000\r\n\r\n"), 400, "2^64, which is 0 in 64 bits"],
  [chunked("0\n\n"), 400, "LF alone behind a size"],
  [chunked("0\n\r\n"), 400, "LF alone behind the last size only"],
  [chunked("0\r\r\n"), 400, "CR alone"],
  [chunked("5\nhello\r\n" + NONE), 400, "LF alone before data"],
  [chunked("5\r\nhello\n" + NONE), 400, "LF alone behind data"],
  [chunked("5\r\nhello\r" + NONE), 400, "CR alone behind data"],
  [chunked("5\r\nhello" + NONE), 400, "no line end behind data"],
  [chunked("4\r\nhello\r\n" + NONE), 400, "a byte more than the size says"],
  [chunked("6\r\nhello\r\n" + NONE), 400, "one less"],
  [chunked("1;\n\r\nx\r\n" + NONE), 400, "LF alone in an extension"],
  [chunked("1;a\rb\r\nx\r\n" + NONE), 400, "CR alone in an extension"],
  [chunked("1;a\x00\r\nx\r\n" + NONE), 400, "NUL in an extension"],
  [chunked("0;" + "a".repeat(16 * 1024) + "\r\n\r\n"), 400, "an extension over the limit"],
  [chunked("0\r\n\n"), 400, "LF alone for the last line end"],
  [chunked("0\r\n" + "X: y\n\r\n"), 400, "LF alone in a trailer"],
  [chunked("0\r\n" + "X: y\rZ: z\r\n\r\n"), 400, "CR alone in a trailer"],
  [chunked("0\r\n" + " X: y\r\n\r\n"), 400, "a folded trailer line"],
  [chunked("0\r\n" + ": y\r\n\r\n"), 400, "a trailer line without a name"],
  [chunked("0\r\n"), 400, "a request where the trailer should be: §7.1.2, field lines"],
  [chunked("0\r\n" + "X\r\n\r\n"), 400, "a trailer line without a colon"],
  [chunked("0\r\n" + "X : y\r\n\r\n"), 400, "a space before its colon"],
  [chunked("0\r\n" + "X: \x00\r\n\r\n"), 400, "NUL in a trailer"],
  [chunked("0\r\n" + `X: ${"y".repeat(16 * 1024)}\r\n\r\n`), 400, "a trailer over the limit"],
] as const;

const IN_CONTENT = [
  // Bytes, statuses, why
  [post([`Content-Length: ${LENGTH}`], ""), [405], "content of a known length"],
  [post([`Content-Length: 00${LENGTH}`], ""), [405], "no octal number"],
  [post([`Content-Length: ${LENGTH}`, "Transfer_Encoding: chunked"], ""), [405], "another field"],
  [post([`Content-Length: ${LENGTH}`, "Expect: 100-continue"], ""), [405], "expected, and here"],
  [chunked(`${LENGTH.toString(16)}\r\n`), [400], "a chunk, whose end is missing"],
  [
    chunked(`${LENGTH.toString(16).toUpperCase()};${NONE.trim()}\r\n`),
    [400],
    "one with an extension",
  ],
  [`GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ${LENGTH}\r\n\r\n`, [200], "content of a GET"],
  [`HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: ${LENGTH}\r\n\r\n`, [200], "of a HEAD"],
  [`OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: ${LENGTH}\r\n\r\n`, [204], "of OPTIONS"],
  [`GET /none HTTP/1.1\r\nHost: a\r\nContent-Length: ${LENGTH}\r\n\r\n`, [404], "of a 404"],
  [`GET / HTTP/1.0\r\nContent-Length: ${LENGTH}\r\n\r\n`, [200], "in HTTP/1.0, which closes"],
  ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", [200], "behind the last request"],
  ["GET /.. HTTP/1.1\r\nHost: a\r\n\r\n", [400], "behind a request that is refused"],
  [post(["Content-Length: 0"], ""), [405, 200], "twin: no content, so a request of its own"],
  [post(["Content-Lengthx: 5"], ""), [405, 200], "twin: another field"],
  [chunked(NONE), [405, 200], "twin: behind chunked content"],
  [
    chunked("0\r\nContent-Length: 99\r\n\r\n"),
    [405, 200],
    "twin: RFC 9110 §6.5.1: a trailer frames nothing",
  ],
  ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", [200, 200], "twin: pipelined"],
  ["CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", [405, 200], "twin: refused, so no tunnel"],
] as const;

/** Sends bytes with the hidden request behind them, at once or byte by byte, and gives all responses. */
async function ask(running: Running, bytes: string, size: number) {
  const client = await running.connect();
  client.conn.setNoDelay();
  await client.sendSplit(bytes + HIDDEN, size);
  await client.closeWrite();
  const methods = [bytes.slice(0, bytes.indexOf(" "))];
  const responses = splitResponses(await client.readToEnd(), methods);
  client.close();
  return responses;
}

Deno.test("serve() refuses what has two readings, closes, and answers nothing behind it", async () => {
  await withServer(FILES, async (running) => {
    for (const [bytes, statusCode, why] of TWO_READINGS) {
      for (const size of [65_536, 1]) {
        if (size === 1 && bytes.length > 1000) continue;
        const before = running.log.length;
        const responses = await ask(running, bytes, size);
        const seen = responses.map((response) => [
          response.statusCode,
          response.fields.get("connection"),
        ]);
        assertEquals(seen, [[statusCode, "close"]], why);
        assertEquals(running.log.slice(before).map((entry) => entry.statusCode), [statusCode], why);
      }
    }
  });
});

Deno.test("serve() takes no byte of content for a request, nor one of a request for content", async () => {
  await withServer(FILES, async (running) => {
    for (const [bytes, statuses, why] of IN_CONTENT) {
      for (const size of [65_536, 1]) {
        const before = running.log.length;
        const responses = await ask(running, bytes, size);
        assertEquals(responses.map((response) => response.statusCode), [...statuses], why);
        const isAnswered = responses.some(({ content }) => content === "HIDDEN");
        assertEquals(isAnswered, (statuses as readonly number[])[1] === 200, why);
        const logged = running.log.slice(before).map((entry) => entry.statusCode);
        assertEquals(logged, [...statuses], why);
      }
    }
  });
});
