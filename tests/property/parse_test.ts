/** Properties of heads and framing, for inputs that nobody thought of. A failure prints its seed. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseRequest } from "../../lib/3_parse.ts";
import { ChunkedWalker } from "../../lib/http/chunked.ts";
import { framingOf } from "../../lib/http/framing.ts";
import type { Head } from "../../lib/http/head.ts";
import { HeadMemo } from "../../lib/http/head_memo.ts";
import type { Framing } from "../../lib/http/message.ts";
import { fieldsOf, linesOf, readPieces, refusedOf, SECOND } from "../http/testing.ts";
import { latin1Bytes } from "../latin1.ts";

/** What requests, good and bad, are made of. */
// deno-fmt-ignore
const WORDS = [
  "GET", "HEAD", "OPTIONS", "POST", "PRI", " ", "  ", "\t", "/", "/a%20b", "/..", "*", "http://a/", "?q",
  "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "\r\n", "\r\n\r\n", "\n", "\r", ":", ": ", "Host: a", "Host", "\0",
  "Content-Length: 5", "Transfer-Encoding: chunked", "Expect: 100-continue", "Connection: close", "\xff",
] as const;

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const soup = fc.array(fc.oneof(fc.constantFrom(...WORDS), byte), { maxLength: 30 })
  .map((words) => words.join(""));

const GOOD = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "\r\nHEAD /a%20b?q=1 HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\nConnection: close\r\n\r\n",
  "OPTIONS * HTTP/1.0\r\n\r\n",
  "POST http://a/b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
  "PUT /a HTTP/1.7\r\nHost:\r\nContent-Length: 12\r\nCookie: \t a=1; b=2 \r\n\r\n",
] as const;
/** A good head with some bytes replaced, inserted or removed. */
const mutated = fc.tuple(
  fc.constantFrom(...GOOD),
  fc.array(fc.tuple(fc.nat(120), fc.nat(2), fc.oneof(byte, fc.constantFrom(...WORDS)))),
).map(([text, changes]) =>
  changes.reduce((changed, [at, removed, added]) => {
    const start = Math.min(at, changed.length);
    return changed.slice(0, start) + added + changed.slice(start + removed);
  }, text as string)
);
const input = fc.oneof(soup, mutated, fc.constantFrom(...GOOD));
const cutPoints = fc.array(fc.nat(200), { maxLength: 6 });

/** Cuts a text at some points, which may lie behind its end. */
function cut(text: string, points: readonly number[]): string[] {
  const sorted = [0, ...points.toSorted((a, b) => a - b), Infinity];
  return sorted.slice(1).map((end, i) => text.slice(sorted[i], end));
}

/** A request as plain data. */
function describe(head: Head) {
  const { fields, refusal, ...rest } = parseRequest(head);
  return { ...rest, refusal: refusal && refusedOf(refusal), lines: linesOf(head, fields) };
}

Deno.test("parseRequest() throws nothing but RequestError, and agrees for any split", () => {
  const memo = new HeadMemo();
  fc.assert(
    fc.property(input, cutPoints, (text, points) => {
      const whole = readPieces([text], describe);
      assertEquals(readPieces([text], describe, { memo }), whole, "with the memory of all before");
      assertEquals(readPieces(cut(text, points), describe), whole);
      assertEquals(readPieces([...text], describe), whole);
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("parseRequest() of a good head leaves what is behind it untouched", () => {
  fc.assert(fc.property(fc.constantFrom(...GOOD), input, cutPoints, (text, behind, points) => {
    const alone = readPieces([text], describe);
    assert(alone.result !== null);
    const glued = readPieces(cut(text + behind, points), describe);
    assertEquals(glued, { result: alone.result, rest: behind });
  }));
});

const framingLine = fc.tuple(
  fc.constantFrom("Content-Length", "content-length", "Transfer-Encoding", "TRANSFER-ENCODING"),
  fc.oneof(
    fc.constantFrom("5", "6", "05", "+5", "5, 5", "5,6", "0x5", "5 5", "", "1e1", "9".repeat(30)),
    fc.constantFrom("chunked", "Chunked", "identity", "gzip", "gzip, chunked", "chunked, gzip"),
    fc.constantFrom(
      "chunked, chunked",
      "xchunked",
      "chunked;a",
      '"chunked"',
      ",chunked",
      "chunked,",
    ),
    fc.string({ unit: fc.constantFrom(...'chunked5, ;"\t+-x') }),
  ),
).map(([name, value]) => `${name}: ${value}`);

/**
 * How software that is less careful reads the framing: what proxies and servers were found to do. Where we take a
 * message, each of these must read it as we do, or one of them in front of us would see other requests than we.
 */
const SLOPPY_READERS: Readonly<
  Record<string, (lengths: readonly string[], codings: readonly string[]) => Framing>
> = {
  "the first length counts, codings are unknown": ([length]) => lengthOf(length),
  "the last length counts, codings are unknown": (lengths) => lengthOf(lengths.at(-1)),
  "chunked anywhere in a coding counts first": (lengths, codings) =>
    /chunked/i.test(codings.join()) ? { kind: "chunked" } : lengthOf(lengths[0]),
  "the first coding line counts first": (lengths, [coding]) =>
    /^chunked$/i.test(coding) ? { kind: "chunked" } : lengthOf(lengths[0]),
  "the last coding line counts first": (lengths, codings) =>
    /^chunked$/i.test(codings.at(-1) ?? "") ? { kind: "chunked" } : lengthOf(lengths[0]),
  "lengths count before codings": (lengths, codings) =>
    lengths.length > 0 ? lengthOf(lengths[0]) : { kind: codings.length > 0 ? "chunked" : "none" },
};

function lengthOf(text: string | undefined): Framing {
  return text === undefined ? { kind: "none" } : { kind: "length", contentLength: parseInt(text) };
}

Deno.test("framingOf() takes no message that somebody else could read in another way", () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(framingLine, { maxLength: 3 }), fc.nat(2), (lines, minorVersion) => {
      const fields = fieldsOf(...lines);
      let ours: Framing;
      try {
        ours = framingOf(fields, minorVersion, 1_000_000);
      } catch (error) {
        assert([400, 413, 501].includes(refusedOf(error).statusCode));
        return;
      }
      if (lines.length > 0) taken++;
      const codings = fields.getAll("transfer-encoding");
      for (const [reader, read] of Object.entries(SLOPPY_READERS)) {
        // Who knows no codings is no danger: a proxy that does not speak HTTP/1.1 in full.
        if (reader.includes("unknown") && codings.length > 0) continue;
        assertEquals(read(fields.getAll("content-length"), codings), ours, reader);
      }
    }),
    { numRuns: 3_000 },
  );
  assert(taken > 0, "some messages must be taken, or nothing is shown");
});

const LIMITS = { contentBytes: 10_000, chunkOverheadBytes: 10_000 };
const tokenText = fc.string({
  unit: fc.constantFrom(..."abcXYZ019-_"),
  minLength: 1,
  maxLength: 8,
});
const fieldText = fc.string({ unit: fc.constantFrom(...'ab :;,"\t\xe9'), maxLength: 8 });
const chunk = fc.record({
  data: fc.string({ unit: fc.oneof(byte, fc.constantFrom("0\r\n\r\n", "\r\n")), minLength: 1 }),
  extension: fc.option(tokenText, { nil: null }),
  zeros: fc.nat(4),
  isUpper: fc.boolean(),
});
const trailer = fc.array(
  fc.tuple(tokenText, fieldText).map(([name, value]) => `${name}:${value}\r\n`),
);

/** Encodes content as RFC 9112 §7.1 says, in one of the ways that it leaves open. */
const chunkedContent = fc.tuple(fc.array(chunk, { maxLength: 5 }), trailer).map(
  ([chunks, lines]) => {
    const encoded = chunks.map(({ data, extension, zeros, isUpper }) => {
      const size = "0".repeat(zeros) + data.length.toString(16);
      const line = (isUpper ? size.toUpperCase() : size) +
        (extension === null ? "" : `;${extension}`);
      return `${line}\r\n${data}\r\n`;
    });
    return encoded.join("") + "0\r\n" + lines.join("") + "\r\n";
  },
);

/** Bytes that belong to the content and whether it ended, or the status it gets. */
function walk(pieces: readonly string[]): number | { used: number; done: boolean } {
  const walker = new ChunkedWalker(LIMITS);
  let used = 0;
  try {
    for (const piece of pieces) used += walker.walk(latin1Bytes(piece));
  } catch (error) {
    return refusedOf(error).statusCode;
  }
  return { used, done: walker.done };
}

Deno.test("ChunkedWalker finds the end of any chunked content, at any split", () => {
  fc.assert(fc.property(chunkedContent, cutPoints, (text, points) => {
    const expected = { used: text.length, done: true };
    assertEquals(walk(cut(text, points)), expected);
    assertEquals(walk(cut(text + SECOND, points)), expected, "the next request is left alone");
    assertEquals(walk([text.slice(0, -1)]), { used: text.length - 1, done: false });
  }));
});

Deno.test("ChunkedWalker throws nothing but RequestError, and agrees for any split", () => {
  const wrong = fc.tuple(chunkedContent, fc.nat(100), fc.nat(2), byte).map((
    [text, at, count, added],
  ) => text.slice(0, at) + added + text.slice(at + count));
  fc.assert(
    fc.property(fc.oneof(soup, wrong), cutPoints, (text, points) => {
      const whole = walk([text]);
      assertEquals(walk(cut(text, points)), whole);
      assertEquals(walk([...text]), whole);
    }),
    { numRuns: 1_000 },
  );
});
