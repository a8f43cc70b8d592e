import { assert, assertEquals } from "@std/assert";
import { byteString } from "../../lib/http/grammar.ts";
import type { Head } from "../../lib/http/head.ts";
import { HeadBuffer, type HeadLimits } from "../../lib/http/head_buffer.ts";
import { HeadMemo } from "../../lib/http/head_memo.ts";
import { LIMITS } from "../../lib/options.ts";
import { feed, isRefused, readEveryWay, readPieces, requestErrorOf, SECOND } from "./testing.ts";
import { latin1Bytes } from "../latin1.ts";

const SMALL: HeadLimits = { targetBytes: 16, headBytes: 200, headLines: 5, readBytes: 8 };

/** The lines of a head, as text; the empty line left out. */
function linesOf(head: Head): string[] {
  const ends = head.section.lineEnds.map((end) => head.requestLineEnd + end);
  const starts = [0, ...ends.map((end) => end + 2)];
  return ends.map((end, i) => byteString(head.bytes, starts[i], end));
}

function textOf(head: Head): string {
  return byteString(head.bytes, 0, head.bytes.length);
}

const WHOLE = [
  // bytes, lines, why
  ["GET / HTTP/1.1\r\n\r\n", ["GET / HTTP/1.1"], "§2.1 the field lines may be none"],
  ["GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n", ["GET / HTTP/1.1", "A: 1", "B: 2"], "§2.1"],
  ["\r\nGET / HTTP/1.1\r\n\r\n", ["GET / HTTP/1.1"], "§2.2 an empty line in front is skipped"],
  ["\r\n\r\n\r\nX\r\n\r\n", ["X"], "§2.2 at least one, so more as well"],
  ["!\r\n \r\n\r\n", ["!", " "], "what a line says is for others"],
] as const;

for (const [bytes, lines, why] of WHOLE) {
  Deno.test(`HeadBuffer takes ${JSON.stringify(bytes)}: ${why}`, () => {
    assertEquals(readEveryWay(bytes, linesOf), [...lines]);
    assertEquals(readEveryWay(bytes, textOf), bytes.replace(/^(\r\n)+/, ""));
  });
}

const NOT_YET = [
  // bytes, why
  ["\r", "the CR of an empty line"],
  ["\r\n", "an empty line, and no head yet"],
  ["GET", "a method"],
  ["GET / HTTP/1.1\r", "no LF yet"],
  ["GET / HTTP/1.1\r\n", "field lines may follow"],
  ["GET / HTTP/1.1\r\nA: 1\r\n", "more field lines may follow"],
  ["GET / HTTP/1.1\r\nA: 1\r\n\r", "one byte is missing"],
] as const;

for (const [bytes, why] of NOT_YET) {
  Deno.test(`HeadBuffer waits after ${JSON.stringify(bytes)}: ${why}`, () => {
    assertEquals(readEveryWay(bytes, textOf), null);
  });
}

const REFUSED = [
  // bytes, rule, offending byte, why
  ["\nGET / HTTP/1.1\r\n\r\n", "RFC 9112 §3", 0, "twin of the leading CRLF: LF alone"],
  ["\rGET / HTTP/1.1\r\n\r\n", "RFC 9112 §2.2", 0, "twin of the leading CRLF: CR alone"],
  ["\r\r\nGET / HTTP/1.1\r\n\r\n", "RFC 9112 §2.2", 0, "twin of the leading CRLF: CR CR LF"],
  ["\r\n\nGET / HTTP/1.1\r\n\r\n", "RFC 9112 §3", 0, "the second empty line ends in LF"],
  [" GET / HTTP/1.1\r\n\r\n", "RFC 9112 §3", 0, "a space in front"],
  ["\tGET / HTTP/1.1\r\n\r\n", "RFC 9112 §3", 0, "a tab in front"],
  ["\0\r\n\r\n", "RFC 9112 §3", 0, "NUL in front"],
  ["\x16\x03\x01\x02\0", "RFC 8446 §5.1", 0, "the greeting of TLS, refused at its first byte"],
  ["\xefGET / HTTP/1.1\r\n\r\n", "RFC 9112 §3", 0, "a byte order mark"],
  ["X\r\nA: a\rb\r\n\r\n", "RFC 9112 §2.2", 7, "bare CR: some read it as a line end"],
  ["GET /\r HTTP/1.1\r\n\r\n", "RFC 9112 §2.2", 5, "bare CR in the request line"],
  ["X\r\r\n\r\n", "RFC 9112 §2.2", 1, "CR CR LF"],
  ["X\r\n\rA: a\r\n\r\n", "RFC 9112 §2.2", 3, "bare CR in front of a name"],
  ["GET / HTTP/1.1\rHost: a\r\r", "RFC 9112 §2.2", 14, "at once: no other line end comes"],
  ["GET / HTTP/1.1\n\r\n", "RFC 9112 §2.2", 14, "bare LF behind the request line"],
  ["GET / HTTP/1.1\r\nA: 1\nB: 2\r\n\r\n", "RFC 9112 §2.2", 20, "bare LF between field lines"],
  ["GET / HTTP/1.1\r\nA: 1\r\n\n", "RFC 9112 §2.2", 22, "the empty line ends in LF"],
  ["GET / HTTP/1.1\r\n\n", "RFC 9112 §2.2", 16, "the empty line ends in LF, no field line"],
  ["G\n\r\n\r\n", "RFC 9112 §2.2", 1, "LF CR LF is not CR LF"],
  ["\r\nG\n", "RFC 9112 §2.2", 1, "positions count from the request line"],
] as const;

for (const [bytes, rule, position, why] of REFUSED) {
  Deno.test(`HeadBuffer refuses ${JSON.stringify(bytes)}: ${why}`, () => {
    const error = readEveryWay(bytes, textOf);
    assert(isRefused(error));
    assertEquals([error.statusCode, error.rule, error.position], [400, rule, position]);
  });
}

Deno.test("HeadBuffer refuses a first byte at once if no method starts with it", () => {
  for (let byte = 0; byte < 256; byte++) {
    const char = String.fromCharCode(byte);
    const waits = /[\r!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(char);
    assertEquals(isRefused(readPieces([char], textOf).result), !waits, `byte ${byte}`);
  }
});

const REQUEST_LINE_BYTES = SMALL.targetBytes + 64;

/** A head whose request line and whole length are as wanted. */
function headOfLength(headBytes: number): string {
  const start = "GET / HTTP/1.1\r\nA: ";
  return start + "a".repeat(headBytes - start.length - 4) + "\r\n\r\n";
}

const OVER_LIMIT = [
  // bytes, status or null for none, why
  ["G".repeat(REQUEST_LINE_BYTES - 1) + "\r\n\r\n", null, "twin: a request line below the limit"],
  ["G ".padEnd(REQUEST_LINE_BYTES + 1, "/") + "\r\n\r\n", 414, "§3 too long a target"],
  ["G ".padEnd(REQUEST_LINE_BYTES + 2, "/") + "\n", 414, "whatever ends it"],
  ["G ".padEnd(REQUEST_LINE_BYTES + 2, "/"), 414, "at once: the end of the line is not waited for"],
  ["G".repeat(REQUEST_LINE_BYTES + 1) + "\r\n\r\n", 501, "§3 a method longer than any"],
  ["G".repeat(REQUEST_LINE_BYTES) + "\r\n\r\n", null, "twin: one of just the limit"],
  [headOfLength(SMALL.headBytes), null, "twin: a head of just the limit"],
  [headOfLength(SMALL.headBytes + 1), 431, "6585 §5 a byte more"],
  [headOfLength(SMALL.headBytes + 9).slice(0, -4), 431, "at once: the end is not waited for"],
  ["G\r\n" + "A: 1\r\n".repeat(4) + "\r\n", null, "twin: five lines, that of the request counted"],
  ["G\r\n" + "A: 1\r\n".repeat(5) + "\r\n", 431, "6585 §5 a line more"],
  ["G\r\n" + "A: 1\r\n".repeat(5), 431, "at once: the end is not waited for"],
] as const;

for (const [bytes, statusCode, why] of OVER_LIMIT) {
  Deno.test(`HeadBuffer answers ${bytes.length} bytes with ${statusCode ?? "a head"}: ${why}`, () => {
    const result = readEveryWay(bytes, textOf, SMALL);
    assertEquals(isRefused(result) ? result.statusCode : null, statusCode);
    if (statusCode === null) assertEquals(result, bytes);
  });
}

Deno.test("HeadBuffer takes a head of just the limits of options.ts, and none over them", () => {
  const lines = (count: number) => "G\r\n" + "A: 1\r\n".repeat(count - 1) + "\r\n";
  const statusOf = (text: string) => {
    const { result } = readPieces([text], textOf);
    return isRefused(result) ? result.statusCode : result === text ? 200 : 0;
  };
  assertEquals(statusOf(headOfLength(64 * 1024)), 200);
  assertEquals(statusOf(headOfLength(64 * 1024 + 1)), 431);
  assertEquals(statusOf(lines(200)), 200);
  assertEquals(statusOf(lines(201)), 431);
});

Deno.test("HeadBuffer gives thirty requests of one segment one by one, in order", () => {
  const heads = Array.from({ length: 30 }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const buffer = new HeadBuffer(LIMITS);
  feed(buffer, heads.join("") + "GET /half");
  const taken = [];
  for (let head = buffer.take(); head !== null; head = buffer.take()) taken.push(textOf(head));
  assertEquals(taken, heads);
  assertEquals(byteString(buffer.takeAll(), 0, 9), "GET /half");
});

Deno.test("HeadBuffer skips empty lines between requests: old clients end content with CRLF", () => {
  const buffer = new HeadBuffer(LIMITS);
  feed(buffer, SECOND + "\r\n" + SECOND);
  for (let i = 0; i < 2; i++) {
    const head = buffer.take();
    assertEquals(head && textOf(head), SECOND);
  }
  feed(buffer, "\n" + SECOND);
  assertEquals(requestErrorOf(() => buffer.take()).rule, "RFC 9112 §3", "twin: LF alone");
});

Deno.test("HeadBuffer.take() leaves a head that was taken before as it is", () => {
  const buffer = new HeadBuffer(SMALL);
  feed(buffer, SECOND + "GET / ");
  const first = buffer.take();
  feed(buffer, "HTTP/1.1\r\nA: " + "long".repeat(20) + "\r\n\r\n"); // Grows: a new array.
  assertEquals(buffer.take()?.section.lineEnds.length, 2);
  assertEquals(first && textOf(first), SECOND);
});

Deno.test("HeadBuffer takes no head for another that differs in one byte", () => {
  const memo = new HeadMemo();
  const take = (text: string) => readPieces([text], textOf, { memo }).result;
  for (let at = 0; at < SECOND.length - 4; at++) {
    const other = SECOND.slice(0, at) + "~" + SECOND.slice(at + 1);
    for (let time = 1; time <= 3; time++) {
      assertEquals(take(SECOND), SECOND, "known from its second or third time on");
      if (SECOND[at] !== "\r" && SECOND[at] !== "\n") assertEquals(take(other), other);
    }
  }
});

Deno.test("HeadBuffer keeps a known head whole when the next bytes are read over it", () => {
  const buffer = new HeadBuffer(LIMITS);
  const heads: Head[] = [];
  for (let time = 1; time <= 4; time++) {
    feed(buffer, SECOND);
    const head = buffer.take();
    assert(head !== null);
    heads.push(head);
    feed(buffer, "X".repeat(SECOND.length));
    buffer.takeAll();
  }
  assertEquals(heads.filter((head) => head.remembered).map(textOf), [SECOND, SECOND, SECOND]);
  assertEquals(new Set(heads.slice(1)).size, 1, "one object, for those who remember by it");
});

Deno.test("HeadBuffer.length counts what has arrived and was not taken", () => {
  const buffer = new HeadBuffer(LIMITS);
  assertEquals(buffer.length, 0);
  feed(buffer, SECOND + "GET");
  assertEquals(buffer.length, SECOND.length + 3);
  buffer.take();
  assertEquals(buffer.length, 3);
  buffer.takeAll();
  assertEquals(buffer.length, 0);
});

Deno.test("HeadBuffer.space() grows with a head and starts over small when nothing is left", () => {
  const buffer = new HeadBuffer(LIMITS);
  assertEquals(buffer.space().length, LIMITS.readBytes);
  feed(buffer, headOfLength(20_000));
  assert(buffer.take() !== null);
  assertEquals(buffer.space().length, LIMITS.readBytes, "an idle connection is a cheap one");
});

Deno.test("HeadBuffer.growthBytes tells what the next space() makes for a head that goes on", () => {
  const buffer = new HeadBuffer(LIMITS);
  assertEquals(buffer.growthBytes, 0, "nothing is there");
  for (const size of [8 * LIMITS.readBytes, LIMITS.headBytes]) {
    const room = buffer.space().fill(0x61);
    buffer.added(room.length - 1);
    assertEquals(buffer.growthBytes, 0, "a byte is free");
    buffer.space().fill(0x61);
    buffer.added(1);
    assertEquals(buffer.growthBytes, size);
  }
});

Deno.test("HeadBuffer.space() gives at least one byte, and never much more than a head may have", () => {
  const buffer = new HeadBuffer(SMALL);
  for (let length = 1; length <= 100; length++) {
    const room = buffer.space();
    assert(room.length >= 1);
    assert(room.buffer.byteLength <= Math.max(SMALL.readBytes, 8 * length), "by what is there");
    assert(room.buffer.byteLength <= Math.max(SMALL.headBytes, length + SMALL.readBytes));
    room[0] = 0x47;
    buffer.added(1);
    assertEquals(buffer.length, length);
  }
});

Deno.test("HeadBuffer.append() puts bytes behind those at hand, for the next head", () => {
  const buffer = new HeadBuffer(SMALL);
  feed(buffer, "X-content");
  assertEquals(byteString(buffer.takeAll(), 0, 9), "X-content");
  buffer.append(latin1Bytes(SECOND.slice(0, 7)));
  buffer.append(latin1Bytes(SECOND.slice(7)));
  feed(buffer, SECOND);
  for (let i = 0; i < 2; i++) {
    const head = buffer.take();
    assertEquals(head && textOf(head), SECOND);
  }
  assertEquals(buffer.length, 0);
});

const PEEKED = [
  // bytes, most bytes, expected, why
  ["", 100, "", "nothing arrived"],
  ["GET / HT", 100, "GET / HT", "a request line that is late"],
  ["GET /\nA: 1\r\n", 100, "GET /", "up to a bare LF"],
  ["GET /\rA: 1\r\n", 100, "GET /", "up to a bare CR"],
  ["GET /a\r\n\r\n", 100, "GET /a", "up to the line end"],
  ["GET /abc", 6, "GET /a", "no more than asked for"],
] as const;

for (const [bytes, maxBytes, expected, why] of PEEKED) {
  Deno.test(`HeadBuffer.peekLine() shows ${JSON.stringify(expected)}: ${why}`, () => {
    const buffer = new HeadBuffer(LIMITS);
    feed(buffer, bytes);
    assertEquals(buffer.peekLine(maxBytes), expected);
    assertEquals(buffer.length, bytes.length, "nothing is taken");
  });
}

Deno.test("HeadBuffer.peekLine() still shows the line that take() refused", () => {
  const buffer = new HeadBuffer(LIMITS);
  feed(buffer, "\r\nGET / HTTP/1.1\nHost: a\r\n\r\n");
  assertEquals(requestErrorOf(() => buffer.take()).statusCode, 400);
  assertEquals(buffer.peekLine(100), "GET / HTTP/1.1");
});

Deno.test("HeadBuffer.release(): the next buffer has the array, and nothing of what was in it", () => {
  const first = new HeadBuffer(LIMITS);
  feed(first, "GET /secret HTTP/1.1\r\nHost: a\r\n\r\nGET /rest HTTP/1.1\r\nX: ");
  const array = first.take()?.bytes.buffer;
  first.release();
  const second = new HeadBuffer(LIMITS);
  assertEquals(second.space().buffer === array, true, "not a new one");
  assertEquals([second.length, second.take(), second.peekLine(99)], [0, null, ""]);
  feed(second, "GET /b HTTP/1.1\r\n\r\n");
  assertEquals(second.take()?.bytes.length, 19);
  assertEquals(second.length, 0);
  assertEquals(new HeadBuffer(LIMITS).space().buffer === array, false, "it is given once");
  first.release();
  assertEquals(new HeadBuffer(LIMITS).space().length, LIMITS.readBytes, "nor left twice");
});
