/** Step (ii) on the wire, its second half: the content of requests, read and dropped to its last byte. */

import { assertEquals } from "@std/assert";
import { parseResponse, withServer } from "./harness.ts";
import {
  assertError,
  assertPage,
  CLOSE_LINES,
  keepAliveLines,
  splitResponses,
  statusesOf,
} from "./responses.ts";

const FILES = { "index.html": "<p>hi" };
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const ALLOW = "Allow: GET, HEAD, OPTIONS";
const MIB = 1024 * 1024;
const SHORT_HEAD = { headTimeoutMs: 150, keepAliveTimeoutMs: 60_000 };

/** A request whose field lines end with `line`, and its content. */
function withContent(method: string, line: string, content: string): string {
  return `${method} / HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n${content}`;
}

const DROPPED = [
  // Framing field line, content, why
  ["Content-Length: 0", "", "RFC 9112 §6.2: none"],
  ["Content-Length: 5", "hello", "a length"],
  [
    "content-length:\t000005 ",
    "hello",
    "RFC 9110 §8.6: any digits; case and white space do not count",
  ],
  ["Content-Length: 23", "GET /no HTTP/1.1\r\nHost:", "content that looks like a request"],
  ["Content-Length: 1048576", "x".repeat(MIB), "just at the limit"],
  ["Transfer-Encoding: chunked", "0\r\n\r\n", "RFC 9112 §7.1: no chunk but the last"],
  ["transfer-encoding: CHUNKED", "5\r\nhello\r\n0\r\n\r\n", "RFC 9112 §7: case does not count"],
  ["Transfer-Encoding: chunked", "5\r\nhello\r\nA\r\n0\r\n\r\nGET /\r\n000\r\n\r\n", "two chunks"],
  ["Transfer-Encoding: chunked", '5;a\r\nhello\r\n0;b=c;d="e f"\r\n\r\n', "§7.1.1: extensions"],
  ["Transfer-Encoding: chunked", "0\r\nX: y\r\nExpires: z\r\n\r\n", "§7.1.2: a trailer"],
  ["Transfer-Encoding: chunked", `100000\r\n${"x".repeat(MIB)}\r\n0\r\n\r\n`, "just at the limit"],
] as const;

Deno.test("serve() drops content, then answers the next request", async () => {
  await withServer(FILES, async ({ connect }) => {
    for (const [line, content, why] of DROPPED) {
      const client = await connect();
      const get = withContent("GET", line, content);
      const post = withContent("POST", line, content);
      await client.send(get + post + GET);
      await client.closeWrite();
      const [first, second, third] = splitResponses(await client.readToEnd());
      assertPage(first, "<p>hi", keepAliveLines(1));
      assertError(second, 405, {
        extraLines: [ALLOW],
        connectionLines: keepAliveLines(2),
        hint: why,
      });
      assertPage(third, "<p>hi", keepAliveLines(3));
    }
  });
});

Deno.test("serve() drops content that comes one byte at a time", async () => {
  await withServer(FILES, async ({ connect }) => {
    for (const [line, content, why] of DROPPED) {
      if (content.length > 100) continue;
      const client = await connect();
      client.conn.setNoDelay();
      await client.sendSplit(withContent("GET", line, content) + GET, 1);
      await client.closeWrite();
      assertEquals(statusesOf(await client.readToEnd()), [200, 200], why);
    }
  });
});

const TOO_LONG = [
  // Framing field line, content, why
  ["Content-Length: 1048577", "", "one byte over"],
  ["Content-Length: 99999999999999999999999999", "", "more than a number can count"],
  [`Content-Length: 1${"0".repeat(400)}`, "", "more than Infinity"],
  ["Transfer-Encoding: chunked", "100001\r\n", "one chunk, one byte over"],
  ["Transfer-Encoding: chunked", "1\r\nx\r\n100000\r\n", "two chunks, one byte over"],
  ["Transfer-Encoding: chunked", "FFFFFFFFFFFFF\r\n", "as long as a size can be"],
] as const;

Deno.test("serve() answers 413 to content over 1 MiB as soon as it is certain, and closes", async () => {
  await withServer(FILES, async ({ exchange }) => {
    for (const [line, content, why] of TOO_LONG) {
      assertError(parseResponse(await exchange(withContent("GET", line, content))), 413, {
        hint: why,
      });
    }
  });
});

Deno.test("serve() answers 400 to content that is cut", async () => {
  await withServer(FILES, async ({ connect }) => {
    for (
      const [line, content] of [
        ["Content-Length: 5", ""],
        ["Content-Length: 5", "hell"],
        ["Transfer-Encoding: chunked", ""],
        ["Transfer-Encoding: chunked", "5\r\nhello\r\n"],
        ["Transfer-Encoding: chunked", "0\r\n"],
        ["Transfer-Encoding: chunked", "0\r\nX: y\r\n\r"],
      ] as const
    ) {
      const client = await connect();
      await client.send(withContent("GET", line, content)); // RFC 9112 §8
      await client.closeWrite();
      assertError(parseResponse(await client.readToEnd()), 400, { hint: `${line} ${content}` });
    }
  });
});

Deno.test("serve() answers 408 to content that is late", async () => {
  await withServer(FILES, async ({ exchange }) => {
    const texts = await Promise.all([
      exchange(withContent("GET", "Content-Length: 5", "hell")),
      exchange(withContent("POST", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n")),
      exchange(withContent("GET", "Content-Length: 5\r\nExpect: 100-continue", "h")),
    ]);
    for (const text of texts) assertError(parseResponse(text), 408);
  }, SHORT_HEAD);
});

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

Deno.test("serve() sends 100 to a client that waits for it, then the final response", async () => {
  await withServer(FILES, async ({ connect }) => {
    for (
      const [line, content] of [
        ["Content-Length: 5", "hello"],
        ["Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"],
      ]
    ) {
      const client = await connect();
      await client.send(withContent("GET", `${line}\r\nexpect: 100-Continue`, ""));
      assertEquals((await client.readResponse()).head, CONTINUE); // RFC 9110 §10.1.1
      await client.send(content + GET);
      assertPage(await client.readResponse(), "<p>hi", keepAliveLines(1));
      assertPage(await client.readResponse(), "<p>hi", keepAliveLines(2));
    }
  });
});

Deno.test("serve() refuses at once what it would refuse after the content, instead of sending 100", async () => {
  await withServer(FILES, async ({ exchange }) => {
    const expecting = "Content-Length: 5\r\nExpect: 100-continue";
    const rows = [
      // Request, status, further lines, why
      [withContent("POST", expecting, ""), 405, [ALLOW], "a method that we do not answer"],
      [withContent("BREW", expecting, ""), 501, [], "one that we do not know"],
      [withContent("GET", "Content-Length: 5\r\nExpect: 200-ok", ""), 417, [], "unknown"],
      [withContent("GET", "Content-Length: 1048577\r\nExpect: 100-continue", ""), 413, [], "size"],
    ] as const;
    for (const [request, statusCode, extraLines, hint] of rows) {
      // The content may or may not come now, so what follows cannot be told apart: close.
      assertError(parseResponse(await exchange(request)), statusCode, { extraLines, hint });
    }
  }, { headTimeoutMs: 60_000 });
});

Deno.test("serve() sends no 100 that nobody waits for", async () => {
  await withServer(FILES, async ({ connect }) => {
    const rows = [
      // Request, status codes, connection lines of the first, why
      [withContent("GET", "Expect: 100-continue", ""), 200, keepAliveLines(1), "no content"],
      [
        withContent("GET", "Content-Length: 5\r\nExpect: 100-continue", "hello"),
        200,
        keepAliveLines(1),
        "the content is there already",
      ],
      [
        "GET / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
        200,
        CLOSE_LINES,
        "RFC 9110 §10.1.1: ignored in HTTP/1.0",
      ],
      [
        "GET / HTTP/1.0\r\nExpect: the impossible\r\n\r\n",
        200,
        CLOSE_LINES,
        "every expectation is",
      ],
    ] as const;
    for (const [request, statusCode, connectionLines, why] of rows) {
      const client = await connect();
      await client.send(request);
      await client.closeWrite();
      const [response, ...more] = splitResponses(await client.readToEnd());
      assertEquals([response.statusCode, more.length], [statusCode, 0], why);
      assertPage(response, "<p>hi", connectionLines);
    }
  });
});

Deno.test("serve() answers 417 to an unknown expectation and goes on when no content is in doubt", async () => {
  await withServer(FILES, async ({ connect }) => {
    const client = await connect();
    await client.send(withContent("GET", "Expect: 200-ok", ""));
    assertError(await client.readResponse(), 417, { connectionLines: keepAliveLines(1) });
    await client.send(withContent("GET", "Expect: x\r\nContent-Length: 5", "hello") + GET);
    assertError(await client.readResponse(), 417, { connectionLines: keepAliveLines(2) });
    assertPage(await client.readResponse(), "<p>hi", keepAliveLines(3));
  });
});
