/** A head that is found again must be that head to the last bit: else one peer gets what another asked for. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Head } from "../../lib/http/head.ts";
import { HeadBuffer } from "../../lib/http/head_buffer.ts";
import { HeadMemo } from "../../lib/http/head_memo.ts";
import { LIMITS } from "../../lib/options.ts";
import { parseRemembered } from "../../lib/request_memo.ts";
import { feed, refusedOf, requestErrorOf, SECOND } from "./testing.ts";
import { latin1Bytes } from "../latin1.ts";

/** The longest head that is remembered, in bytes. */
const MAX_HEAD_BYTES = 2048;

/** A head as its finder gives it: a view of bytes that soon hold something else. */
function newHead(text: string): Head {
  const bytes = latin1Bytes(text);
  const requestLineEnd = text.indexOf("\r\n");
  const section = { bytes: bytes.subarray(requestLineEnd), lineEnds: [0], remembered: false };
  return { bytes, requestLineEnd, section, remembered: false };
}

/** Considers a head twice, as when it comes twice in a row; gives what came of the second time. */
function remember(memo: HeadMemo, text: string): Head {
  assertEquals(memo.consider(newHead(text)).remembered, false, "once is not enough");
  return memo.consider(newHead(text));
}

/** Looks for a text at the start of a read buffer that is longer, as the buffers of connections are. */
function findIn(memo: HeadMemo, text: string): Head | null {
  const bytes = new Uint8Array(text.length + 13).fill(0xaa);
  bytes.set(latin1Bytes(text));
  return memo.find(bytes, text.length);
}

function textOf(head: Head): string {
  return String.fromCharCode(...head.bytes);
}

/** A head whose length in bytes is as wanted, at least 24. */
function headOfLength(length: number): string {
  return `GET / HTTP/1.1\r\nA: ${"a".repeat(length - 23)}\r\n\r\n`;
}

/** Heads of any length, whose first 32 bytes are seldom the only ones that differ. */
const anyHead = fc.tuple(
  fc.constantFrom(
    "GET / HTTP/1.1\r\n",
    "HEAD /a.css HTTP/1.1\r\n",
    "GET /img/photo.webp HTTP/1.1\r\n",
  ),
  fc.string({ unit: fc.constantFrom("a", "b", ":", " ", "\xff"), maxLength: 90 }),
).map(([line, fieldLines]) => `${line}X: ${fieldLines}\r\n\r\n`);

Deno.test("HeadMemo finds a head after its second time in a row, byte for byte", () => {
  const property = fc.property(anyHead, (text) => {
    const memo = new HeadMemo();
    assertEquals(findIn(memo, text), null);
    assertEquals(memo.consider(newHead(text)).remembered, false);
    assertEquals(findIn(memo, text), null);
    const kept = memo.consider(newHead(text));
    assertEquals([kept.remembered, textOf(kept)], [true, text]);
    assert(findIn(memo, text) === kept, "the very same object, as parsed requests hang on it");
  });
  fc.assert(property, { numRuns: 500 });
});

Deno.test("HeadMemo: one flipped bit anywhere is another head", () => {
  const position = fc.nat({ max: 10_000 });
  const property = fc.property(anyHead, position, fc.nat({ max: 7 }), (text, at, bit) => {
    const memo = new HeadMemo();
    remember(memo, text);
    const bytes = latin1Bytes(text);
    bytes[at % text.length] ^= 1 << bit;
    assertEquals(memo.find(Uint8Array.from(bytes), bytes.length), null);
  });
  fc.assert(property, { numRuns: 2_000 });
});

Deno.test("HeadMemo: each bit of each byte counts, at every length modulo 4", () => {
  for (const length of [24, 25, 26, 27, 37, 38, 39, 40, 501, 502, 503, 504]) {
    const memo = new HeadMemo();
    const text = headOfLength(length);
    remember(memo, text);
    for (let bit = 0; bit < 8 * length; bit++) {
      const bytes = Uint8Array.from(latin1Bytes(text));
      bytes[bit >> 3] ^= 1 << (bit & 7);
      assertEquals(memo.find(bytes, length), null, `bit ${bit} of ${length} bytes`);
    }
    assert(findIn(memo, text) !== null);
  }
});

Deno.test("HeadMemo: whatever came before, what is found is what was asked for", () => {
  const texts = fc.array(anyHead, { minLength: 1, maxLength: 12 });
  const order = fc.array(fc.nat({ max: 11 }), { minLength: 20, maxLength: 80 });
  let found = 0;
  const property = fc.property(texts, order, (heads, turns) => {
    const memo = new HeadMemo();
    for (const turn of turns) {
      const text = heads[turn % heads.length];
      const known = findIn(memo, text);
      if (known !== null) found++;
      assertEquals(textOf(known ?? memo.consider(newHead(text))), text);
    }
  });
  fc.assert(property, { numRuns: 500 });
  assert(found > 100, `${found} were found, so the above says something`);
});

/** Two heads of one slot: equal in length and in the bytes that decide it. */
const TWINS = [headOfLength(60), headOfLength(60).replace("aa\r\n", "ab\r\n")] as const;

Deno.test("HeadMemo: of two heads that share a slot only the one that is asked for is found", () => {
  const memo = new HeadMemo();
  const [first, second] = TWINS;
  remember(memo, first);
  assertEquals(findIn(memo, second), null, "the slot is taken by another");
  const kept = memo.consider(newHead(second)); // The slot's key came by before.
  assertEquals([kept.remembered, textOf(kept)], [true, second]);
  assertEquals(findIn(memo, first), null, "put out of the slot");
  assert(findIn(memo, second) === kept);
});

Deno.test("HeadMemo keeps a copy: the read buffer is written over by the next request", () => {
  const memo = new HeadMemo();
  const text = headOfLength(50);
  memo.consider(newHead(text));
  const head = newHead(text);
  const kept = memo.consider(head);
  head.bytes.fill(0);
  assertEquals(textOf(kept), text);
  assert(findIn(memo, text) === kept);
});

const LENGTHS = [
  // length, whether it is remembered, why
  [MAX_HEAD_BYTES, true, "just the limit"],
  [MAX_HEAD_BYTES + 1, false, "a byte more"],
  [8 * MAX_HEAD_BYTES, false, "cookies of some sites: memory stays bounded"],
] as const;

for (const [length, remembered, why] of LENGTHS) {
  Deno.test(`HeadMemo and a head of ${length} bytes: ${why}`, () => {
    const memo = new HeadMemo();
    const kept = remember(memo, headOfLength(length));
    assertEquals([kept.remembered, kept.bytes.length], [remembered, length]);
    assertEquals(findIn(memo, headOfLength(length)) !== null, remembered);
  });
}

Deno.test("HeadMemo: a head is not found in part, with more behind it, or where there is none", () => {
  const memo = new HeadMemo();
  const text = headOfLength(48);
  remember(memo, text);
  const bytes = Uint8Array.from(latin1Bytes(text + text));
  for (let length = 0; length <= bytes.length; length++) {
    assertEquals(memo.find(bytes, length) !== null, length === text.length, `${length} bytes`);
  }
});

/** A buffer that holds `text`, behind which a memory stands that knows `known`. */
function bufferWith(text: string, known: string): { buffer: HeadBuffer; kept: Head } {
  const memo = new HeadMemo();
  const kept = remember(memo, known);
  const buffer = new HeadBuffer({ ...LIMITS, readBytes: 4096 }, memo);
  feed(buffer, text);
  return { buffer, kept };
}

const KNOWN = headOfLength(61);

const IN_BUFFERS = [
  // what arrives, the heads that are taken, why
  [KNOWN, [KNOWN], "alone: the quick way"],
  [KNOWN + KNOWN, [KNOWN, KNOWN], "two glued: neither the two together nor only one"],
  [KNOWN + SECOND, [KNOWN, SECOND], "another behind it"],
  [SECOND + KNOWN, [SECOND, KNOWN], "not at the start of the buffer"],
  ["\r\n" + KNOWN, [KNOWN], "an empty line in front (RFC 9112 §2.2)"],
  [KNOWN.slice(0, -1), [], "one byte is missing"],
  [KNOWN + "\r", [KNOWN], "half an empty line behind it"],
  [TWINS[0] + TWINS[1], [...TWINS], "two that share a slot"],
] as const;

for (const [text, heads, why] of IN_BUFFERS) {
  Deno.test(`HeadBuffer takes each known head for itself: ${why}`, () => {
    const { buffer } = bufferWith(text, KNOWN);
    const taken: string[] = [];
    for (let head = buffer.take(); head !== null; head = buffer.take()) taken.push(textOf(head));
    assertEquals(taken, [...heads]);
  });
}

Deno.test("HeadBuffer gives the remembered head itself only when it is all that is at hand", () => {
  const alone = bufferWith(KNOWN, KNOWN);
  assert(alone.buffer.take() === alone.kept);
  const behind = bufferWith(SECOND + KNOWN, KNOWN);
  assertEquals(behind.buffer.take()?.bytes.length, SECOND.length);
  const last = behind.buffer.take();
  assertEquals(last === null ? null : textOf(last), KNOWN);
});

/** Lets a memory see a head with these field lines twice, and take note of them. */
function memoThatKnows(fieldLines: string): HeadMemo {
  const memo = new HeadMemo();
  for (const target of ["/a", "/b"]) {
    const buffer = new HeadBuffer({ ...LIMITS, readBytes: 4096 }, memo);
    feed(buffer, `GET ${target} HTTP/1.1\r\n${fieldLines}\r\n`);
    assert(buffer.take() !== null);
  }
  return memo;
}

/** Takes the one head that a text is, with a memory behind the buffer. */
function takeWith(memo: HeadMemo, text: string): Head | null {
  const buffer = new HeadBuffer({ ...LIMITS, readBytes: 4096 }, memo);
  feed(buffer, text);
  return buffer.take();
}

/** All that a head says, as plain data. */
function partsOf(head: Head | null): unknown {
  if (head === null) return null;
  const { bytes, requestLineEnd, section } = head;
  const text = String.fromCharCode(...section.bytes);
  return {
    text: String.fromCharCode(...bytes),
    requestLineEnd,
    section: text,
    ends: section.lineEnds,
  };
}

const FIELD_LINES = "Host: a\r\nAccept: */*\r\nX-Long: " + "x".repeat(70) + "\r\n";

Deno.test("HeadMemo knows field lines again behind any request line, and gives the same head", () => {
  const memo = memoThatKnows(FIELD_LINES);
  const lines = ["GET / HTTP/1.1", "HEAD /c?d=e HTTP/1.0", "what ever", "G", "\x80", "A\tB"];
  for (const line of lines.slice(0, 4)) {
    const text = `${line}\r\n${FIELD_LINES}\r\n`;
    const head = takeWith(memo, text);
    assertEquals(head?.section.remembered, true, line);
    assertEquals(partsOf(head), partsOf(takeWith(new HeadMemo(), text)), line);
  }
  for (const line of lines.slice(4)) {
    const text = `${line}\r\n${FIELD_LINES}\r\n`;
    const whatOf = (memo: HeadMemo) => {
      try {
        return partsOf(takeWith(memo, text));
      } catch (error) {
        return refusedOf(error);
      }
    };
    assertEquals(whatOf(memo), whatOf(new HeadMemo()), line);
  }
});

Deno.test("HeadMemo: field lines with one flipped bit anywhere are others", () => {
  const memo = memoThatKnows(FIELD_LINES);
  const text = `GET /c HTTP/1.1\r\n${FIELD_LINES}\r\n`;
  const start = text.indexOf("\r\n");
  for (let bit = 8 * start; bit < 8 * text.length; bit++) {
    const bytes = latin1Bytes(text);
    bytes[bit >> 3] ^= 1 << (bit & 7);
    assertEquals(memo.findSection(bytes, start, bytes.length), null, `bit ${bit}`);
  }
  assert(memo.findSection(latin1Bytes(text), start, text.length) !== null, "twin: none flipped");
});

Deno.test("HeadBuffer takes familiar field lines only when they are all that is at hand", () => {
  const memo = memoThatKnows(FIELD_LINES);
  const text = `GET /c HTTP/1.1\r\n${FIELD_LINES}\r\n`;
  for (let length = 0; length < text.length; length++) {
    assertEquals(takeWith(memo, text.slice(0, length)), null, `${length} bytes are no head`);
  }
  const buffer = new HeadBuffer({ ...LIMITS, readBytes: 4096 }, memo);
  feed(buffer, text + SECOND);
  assertEquals(buffer.take()?.bytes.length, text.length);
  assertEquals(buffer.length, SECOND.length, "the next one stays");
});

Deno.test("HeadBuffer refuses a long target in front of familiar field lines", () => {
  const memo = memoThatKnows(FIELD_LINES);
  const buffer = new HeadBuffer({ ...LIMITS, targetBytes: 100, readBytes: 4096 }, memo);
  feed(buffer, `GET /${"a".repeat(200)} HTTP/1.1\r\n${FIELD_LINES}\r\n`);
  assertEquals(requestErrorOf(() => buffer.take()).statusCode, 414);
});

Deno.test("parseRequest() gives the same for familiar field lines as for new ones", () => {
  const section = fc.array(
    fc.constantFrom(
      ...["Host: a\r\n", "Host: b\r\n", "Connection: close\r\n", "Content-Length: 3\r\n"],
      ...["Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Bad line\r\n", " x\r\n"],
    ),
    { maxLength: 4 },
  ).map((lines) => lines.join(""));
  const line = fc.constantFrom(
    "GET / HTTP/1.1",
    "GET /x HTTP/1.0",
    "POST /y HTTP/1.1",
    "GET z HTTP/1.1",
  );
  let familiar = 0;
  const property = fc.property(
    section,
    fc.array(line, { minLength: 3, maxLength: 6 }),
    (fields, lines) => {
      const memo = new HeadMemo();
      for (const requestLine of lines) {
        const text = `${requestLine}\r\n${fields}\r\n`;
        const read = (memo: HeadMemo) => {
          try {
            const head = takeWith(memo, text);
            if (head === null) return null;
            if (head.section.remembered) familiar++;
            const { fields: said, refusal, ...rest } = parseRemembered(head);
            return { ...rest, hosts: said.getAll("host"), refusal: refusal && refusedOf(refusal) };
          } catch (error) {
            return refusedOf(error);
          }
        };
        assertEquals(read(memo), read(new HeadMemo()));
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
  assert(familiar > 500, `${familiar} were familiar, so the above says something`);
});
