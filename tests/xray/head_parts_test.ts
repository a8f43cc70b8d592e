import { assert, assertEquals } from "@std/assert";
import { RequestError } from "../../lib/errors.ts";
import { asciiBytes, byteString } from "../../lib/http/grammar.ts";
import { HeadBuffer } from "../../lib/http/head_buffer.ts";
import { LIMITS } from "../../lib/options.ts";
import { parseRequest } from "../../lib/3_parse.ts";
import { blamedRange, headParts } from "../../lib/xray/head_parts.ts";
import { latin1Bytes } from "../latin1.ts";

/** Feeds a head to the server's own buffer and parser. Gives the error, also one that is a refusal. */
function errorOf(bytes: Uint8Array): RequestError | null {
  const buffer = new HeadBuffer(LIMITS);
  buffer.append(bytes.slice());
  try {
    const head = buffer.take();
    return head === null ? null : parseRequest(head).refusal;
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
}

const GOOD = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "HEAD /a%20b?q=1 HTTP/1.0\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost:a\r\nX:\r\nY: \t padded\tinside \t \r\n\r\n",
  "GET http://a/b HTTP/1.1\r\nHost: a\r\nCookie: a=b: c\r\n\r\n",
];

Deno.test("headParts() cuts good heads just where the parser does", () => {
  for (const text of GOOD) {
    const bytes = asciiBytes(text);
    const buffer = new HeadBuffer(LIMITS);
    buffer.append(bytes);
    const head = buffer.take()!;
    const { method, requestTarget, minorVersion, fields } = parseRequest(head);
    const at = head.requestLineEnd; // Where the section starts that the positions of lines are counted from.
    const parts = headParts(bytes).map((part) => [part.kind, part.start, part.end]);
    const targetEnd = method.length + 1 + requestTarget.length;
    const expected = [
      ["method", 0, method.length],
      ["target", method.length + 1, targetEnd],
      ["version", targetEnd + 1, targetEnd + 9],
      ...fields.lines.flatMap(({ nameStart, nameEnd, valueStart, valueEnd }) => [
        ["name", at + nameStart, at + nameEnd],
        ["value", at + valueStart, at + valueEnd],
      ]),
    ].filter(([, start, end]) => start !== end);
    assertEquals(parts, expected, text);
    assert(byteString(bytes, targetEnd + 1, targetEnd + 9).endsWith(String(minorVersion)));
  }
});

const BAD = [
  // head, what is to blame, why
  ["GET / HTTP/1.1\r\nHost : a\r\n\r\n", " ", "a space before the colon"],
  ["GET /  HTTP/1.1\r\nHost: a\r\n\r\n", " ", "two spaces: the second one"],
  ["GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", " ", "a folded line"],
  ["GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", "\0", "a NUL in a value"],
  ["GET / HTTP/1.1\nHost: a\n\n", "\n", "a lone LF"],
  ["GET / HTTP/2.0\r\n\r\n", "2", "the major version"],
  ["\x16\x03\x01", "\x16", "a TLS greeting"],
  ["GET /../b HTTP/1.1\r\nHost: a\r\n\r\n", "..", "a segment that climbs above the root"],
  ["GET /a/../%2E%2e/b HTTP/1.1\r\nHost: a\r\n\r\n", "%2E%2e", "the second one does"],
  ["GET /./.%2e/b?/.. HTTP/1.1\r\nHost: a\r\n\r\n", ".%2e", "half encoded"],
  ["GET http://a..b/x/../../%2e%2e HTTP/1.1\r\nHost: a\r\n\r\n", "..", "absolute form"],
  ["GET /a%5cb HTTP/1.1\r\nHost: a\r\n\r\n", "%5c", "an encoded backslash"],
  ["GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", "\\", "a backslash"],
  ["GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n", "%zz", "no hexadecimal digits"],
  ["GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", "%ff", "no UTF-8"],
  ["GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "a b", "a Host that is none"],
  ["GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "b", "a second Host"],
  [
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n",
    "chunked",
    "both framings",
  ],
  ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n", "1x", "no number"],
  ["GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", "tea", "an unknown expectation"],
  ["BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "BREW", "an unknown method"],
] as const;

for (const [head, blamed, why] of BAD) {
  Deno.test(`blamedRange() finds ${JSON.stringify(blamed)} in ${JSON.stringify(head)}: ${why}`, () => {
    const bytes = latin1Bytes(head);
    const error = errorOf(bytes);
    assert(error !== null, "the server takes it");
    const range = blamedRange(bytes, error);
    assert(range !== null, error.message);
    assertEquals(byteString(bytes, range.start, range.end), blamed);
  });
}

Deno.test("blamedRange() blames no byte where none is there", () => {
  const bytes = latin1Bytes("GET / HTTP/1.1\r\n\r\n");
  assertEquals(blamedRange(bytes, errorOf(bytes)!), null, "the Host that is missing");
  const late = new RequestError(408, "RFC 9110 §15.5.9", { detail: "Cannot wait" });
  assertEquals(blamedRange(bytes, late), null);
});

Deno.test("headParts() and blamedRange() take any bytes", () => {
  let seed = 42;
  for (let round = 0; round < 2_000; round++) {
    const alphabet = "\r\n\r\n :%./GETHost\0\xff";
    const text = Array.from({ length: round % 40 }, () => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return alphabet[(seed >> 8) % alphabet.length];
    }).join("");
    const bytes = latin1Bytes(text);
    let at = 0;
    for (const { start, end } of headParts(bytes)) {
      assert(start >= at && end > start && end <= bytes.length, JSON.stringify(text));
      at = end;
    }
    const error = errorOf(bytes);
    const range = error === null ? null : blamedRange(bytes, error);
    if (range !== null) assert(range.start < range.end && range.end <= bytes.length);
  }
});
