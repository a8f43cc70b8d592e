/** Bytes that came back, read as responses: what is right, what is wrong, and what is there all the same. */

import { assertEquals } from "@std/assert";
import { sameContent } from "../../lib/check/judge.ts";
import { readResponse } from "../../lib/check/response.ts";
import { visible, visibleLines } from "../../lib/check/visible.ts";

const CASES = [
  // bytes, status, flaws, framing, content, whole, why
  [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc",
    200,
    [],
    "length",
    "ab",
    true,
    "the rest is not its own",
  ],
  [
    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc",
    200,
    [],
    "length",
    "abc",
    false,
    "not all there",
  ],
  [
    "HTTP/1.1 200 OK\r\n\r\nabc",
    200,
    [],
    "close",
    "abc",
    false,
    "until the end, which did not come",
  ],
  ["HTTP/1.1 204 No Content\r\n\r\nabc", 204, [], "none", "", true, "§6.3 never content"],
  ["HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", 304, [], "none", "", true, "§6.3"],
  [
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    200,
    [],
    "length",
    "",
    true,
    "interim",
  ],
  [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nX",
    ...[200, [], "chunked", "abc", true, "chunks undone"] as const,
  ],
  [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    200,
    [],
    "faulty",
    "",
    false,
    "no chunk",
  ],
  ["HTTP/1.1 200 OK\nContent-Length: 1\n\na", 200, ["lineEnds"], "length", "a", true, "LF alone"],
  [
    "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na",
    200,
    ["statusLine"],
    "length",
    "a",
    true,
    "§4 no space",
  ],
  [
    "http/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
    200,
    ["statusLine"],
    "length",
    "a",
    true,
    "§2.3 case",
  ],
  [
    "HTTP/1.1 200 OK\r\nX : y\r\nContent-Length: 1\r\n\r\na",
    200,
    ["fieldLine"],
    "length",
    "a",
    true,
    "§5.1",
  ],
  [
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
    200,
    [],
    "faulty",
    "a",
    false,
    "two",
  ],
  ["hello\r\n\r\n", null, ["statusLine"], "close", "", false, "no HTTP"],
] as const;

for (const [text, status, flaws, framing, content, whole, why] of CASES) {
  Deno.test(`readResponse() of ${JSON.stringify(text)}: ${why}`, () => {
    const bytes = new TextEncoder().encode(text);
    const response = readResponse(bytes, { from: 0, method: "GET", ended: false })!;
    assertEquals(response.statusCode, status);
    assertEquals([...response.flaws.keys()], [...flaws]);
    assertEquals(response.framing, framing);
    assertEquals(new TextDecoder().decode(response.content), content);
    assertEquals(response.whole, whole);
  });
}

Deno.test("readResponse() gives null until the empty line is there, at every split", () => {
  const bytes = new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
  for (let end = 0; end < bytes.length; end++) {
    const response = readResponse(bytes.subarray(0, end), { from: 0, method: "GET", ended: false });
    assertEquals(response === null, end < bytes.length - 3);
    if (response !== null) assertEquals(response.whole, false);
  }
});

Deno.test("readResponse() to HEAD has no content, whatever its length says", () => {
  const bytes = new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
  const response = readResponse(bytes, { from: 0, method: "HEAD", ended: false })!;
  assertEquals([response.content.length, response.whole, response.end], [
    0,
    true,
    bytes.length - 3,
  ]);
});

Deno.test("visible() and visibleLines() show every byte, and say what they leave out", () => {
  assertEquals(
    visible(Uint8Array.from([0, 0x41, 0x0d, 0x0a, 0x5c, 0xff]), 9),
    "\\x00A\\r\\n\\\\\\xff",
  );
  assertEquals(visible(Uint8Array.from([0x41, 0x42]), 1), "A…");
  const { lines, left } = visibleLines(new TextEncoder().encode("a\r\nb\n".repeat(20)));
  assertEquals([lines.length, lines[0], lines[1], left], [14, "a\\r\\n", "b\\n", 65]);
  const pauses = { at: [1, 2, 3], mark: "(a pause)" };
  const inPieces = visibleLines(new TextEncoder().encode("a\r\nb"), { pauses });
  assertEquals(inPieces.lines, ["a", "(a pause)", "\\r", "(a pause)", "\\n", "(a pause)", "b"]);
});

Deno.test("sameContent() says whether content ends early, goes on, or is another", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const found = (content: string) => sameContent(bytes(content), bytes("abcd"));
  assertEquals(found("abcd"), null);
  const lengths = (gotLength: number) => ({ gotLength, wantLength: 4 });
  assertEquals([found("ab")?.key, found("ab")?.args], ["contentShort", lengths(2)]);
  assertEquals([found("abcde")?.key, found("abcde")?.args], ["contentLong", lengths(5)]);
  assertEquals(found("abX")?.args, { at: 2, ...lengths(3), got: "X", want: "cd" });
});
