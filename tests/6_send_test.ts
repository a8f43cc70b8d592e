/** Which writes a response is sent in, as a socket sees them. What arrives is the matter of `wire/send_test.ts`. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { sendBatch, sendResponse, type WriteSide } from "../lib/6_send.ts";
import { DeadlineClock } from "../lib/net/deadlines.ts";
import { HeadRoom } from "../lib/files/memory_file.ts";
import { asciiBytes, byteString } from "../lib/http/grammar.ts";
import type { HeadParts, Piece, Response } from "../lib/http/message.ts";
import { LIMITS } from "../lib/options.ts";

/** A write side that notes what is written, and takes so much of each write; it fails once it has taken `failsAt` bytes. */
function makeSide({ takes = Infinity, failsAt = Infinity } = {}) {
  const writes: string[] = [];
  let taken = 0;
  const side: WriteSide = {
    conn: {
      write: async (bytes: Uint8Array) => {
        await null; // As if the system took its time: what is written must stay as it is meanwhile.
        if (taken >= failsAt) throw new Deno.errors.BrokenPipe("gone");
        const count = Math.min(bytes.length, takes);
        writes.push(byteString(bytes, 0, count));
        taken += count;
        return count;
      },
    },
    deadline: new DeadlineClock(0).add({ deadlinePassed() {} }),
    stallMs: 1000,
    batch: null,
  };
  return { side, writes };
}

function fileOf(text: string, isRoomy = true): { bytes: Uint8Array; room: HeadRoom | null } {
  if (!isRoomy) return { bytes: asciiBytes(text), room: null };
  const room = new HeadRoom(text.length);
  room.bytes.set(asciiBytes(text));
  return { bytes: room.bytes, room };
}

function partsOf(head: string): HeadParts {
  return [asciiBytes(head.slice(0, 1)), asciiBytes(head.slice(1)), asciiBytes("")];
}

/** The 200 with a whole file: its head in parts, as step (v) makes it. */
function wholeOf(head: string, size: number, headParts = partsOf(head)): Response {
  const content: Piece[] = [{ kind: "file", firstPos: 0, lastPos: size - 1 }];
  return {
    statusCode: 200,
    head: asciiBytes(head),
    headParts,
    content: size === 0 ? [] : content,
    contentLength: size,
    persistent: true,
  };
}

const NO_WAIT = { now: () => 0, mayWait: false };
const WAIT = { ...NO_WAIT, mayWait: true };
const LARGE = "0123456789abcdef".repeat(10 * 1024);

const SIZES = [
  // size of the file, room before it, writes, why
  [0, true, 1, "empty"],
  [1000, true, 1, "small"],
  [1000, false, 1, "small, copied behind the head"],
  [LARGE.length, true, 1, "large, the head put before it"],
  [LARGE.length, false, 2, "large: the head leaves with the first of its content"],
] as const;

for (const [size, isRoomy, count, why] of SIZES) {
  Deno.test(`sendResponse() of ${size} bytes in memory takes ${count} writes: ${why}`, async () => {
    const { side, writes } = makeSide();
    const text = LARGE.slice(0, size);
    const file = fileOf(text, isRoomy);
    const sent = await sendResponse(side, wholeOf("head\n", size), { ...NO_WAIT, file });
    assertEquals(sent, { contentBytes: size, complete: true, failure: null });
    assertEquals(writes.length, count);
    assert(writes.join("") === "head\n" + text);
  });
}

Deno.test("sendResponse() sends one file to several peers at once, each with a head of its own", async () => {
  for (const size of [1000, LARGE.length]) {
    const text = LARGE.slice(0, size);
    const file = fileOf(text);
    const alike = partsOf("alike\n");
    const peers = ["alike\n", "one\n", "alike\n", "two\n"].map(async (head) => {
      const { side, writes } = makeSide({ takes: 30_000 });
      const response = wholeOf(head, size, head === "alike\n" ? alike : undefined);
      await sendResponse(side, response, { ...NO_WAIT, file });
      return writes.join("") === head + text;
    });
    assertEquals(await Promise.all(peers), [true, true, true, true]);
    // The head that it takes the place of was in use by two: the room is free again.
    assert(file.room?.enter(partsOf("last\n")) !== null);
  }
});

Deno.test("sendResponse() leaves the room when the peer is gone", async () => {
  const file = fileOf(LARGE);
  const { side } = makeSide({ takes: 2, failsAt: 4 });
  const sent = await sendResponse(side, wholeOf("one\n", LARGE.length), { ...NO_WAIT, file });
  assertEquals([sent.complete, sent.contentBytes], [false, 0]);
  const other = makeSide();
  await sendResponse(other.side, wholeOf("two\n", LARGE.length), { ...NO_WAIT, file });
  assertEquals(other.writes.length, 1, "without the room there would be two");
  assert(other.writes[0] === "two\n" + LARGE);
});

Deno.test("sendResponse() sends a part of a file, and what has no file", async () => {
  const { side, writes } = makeSide();
  const part: Response = {
    ...wholeOf("206\n", 3),
    headParts: undefined,
    content: [{ kind: "bytes", bytes: asciiBytes("--") }, {
      kind: "file",
      firstPos: 1,
      lastPos: 3,
    }],
    contentLength: 5,
  };
  await sendResponse(side, part, { ...NO_WAIT, file: fileOf("abcdef") });
  await sendResponse(side, wholeOf("204\n", 0), { ...NO_WAIT, file: null });
  assertEquals(writes, ["206\n--bcd", "204\n"]);
});

Deno.test("sendResponse() lets small responses wait, and the last one takes them along", async () => {
  const { side, writes } = makeSide();
  const file = fileOf("file");
  for (const head of ["1\n", "2\n"]) {
    const sent = await sendResponse(side, wholeOf(head, 4), { ...WAIT, file });
    assertEquals(sent, { contentBytes: 4, complete: true, failure: null });
  }
  assertEquals(writes, []);
  await sendResponse(side, wholeOf("3\n", 4), { ...NO_WAIT, file });
  assertEquals(writes, ["1\nfile2\nfile3\nfile"]);
});

Deno.test("sendBatch() sends what waits, and nothing twice", async () => {
  const { side, writes } = makeSide({ takes: 3 });
  assertEquals(await sendBatch(side), null);
  await sendResponse(side, wholeOf("1\n", 4), { ...WAIT, file: fileOf("file") });
  assertEquals(await sendBatch(side), null);
  assertEquals(await sendBatch(side), null);
  assertEquals(writes, ["1\nf", "ile"]);
});

Deno.test("sendResponse() sends what waits before a large response", async () => {
  const { side, writes } = makeSide();
  await sendResponse(side, wholeOf("1\n", 4), { ...WAIT, file: fileOf("file") });
  await sendResponse(side, wholeOf("2\n", LARGE.length), { ...WAIT, file: fileOf(LARGE) });
  assertEquals(writes[0], "1\nfile");
  assert(writes.join("") === "1\nfile2\n" + LARGE);
  assertEquals(side.batch, null);
});

Deno.test("sendResponse() tells of a peer that is gone when a batch is full, or the last one is sent", async () => {
  const { side } = makeSide({ failsAt: 0 });
  const file = fileOf(LARGE.slice(0, 10_000));
  const send = (options: typeof WAIT) =>
    sendResponse(side, wholeOf("1\n", 10_000), { ...options, file });
  assertEquals((await send(WAIT)).complete, true, "in the batch");
  const second = await send(WAIT);
  assert(second.failure instanceof Deno.errors.BrokenPipe && !second.complete);
  assertEquals([second.contentBytes, side.batch], [0, null]);
  assertEquals((await send(WAIT)).complete, true, "in a new batch");
  const small = wholeOf("2\n", 10);
  const last = await sendResponse(side, small, { ...NO_WAIT, file: fileOf("0123456789") });
  assert(last.failure instanceof Deno.errors.BrokenPipe);
  assertEquals([last.contentBytes, last.complete, side.batch], [0, false, null]);
});

Deno.test("sendBatch() keeps the batch in sight until it is sent: responses are under way", async () => {
  const { side, writes } = makeSide();
  await sendResponse(side, wholeOf("1\n", 4), { ...WAIT, file: fileOf("file") });
  const sending = sendBatch(side);
  assert(side.batch !== null && writes.length === 0);
  await sending;
  assertEquals([side.batch, writes], [null, ["1\nfile"]]);
});

Deno.test("sendResponse(): in whichever batches they leave, the bytes are those of the responses in order", async () => {
  const size = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 5000 }), fc.nat({ max: 40_000 }));
  const turn = fc.record({ size, mayWait: fc.boolean(), isRoomy: fc.boolean() });
  const turns = fc.array(turn, { maxLength: 30 });
  let batched = 0;
  const property = fc.asyncProperty(
    turns,
    fc.integer({ min: 500, max: 40_000 }),
    async (turns, takes) => {
      const { side, writes } = makeSide({ takes });
      let expected = "";
      for (const [i, { size, mayWait, isRoomy }] of turns.entries()) {
        const text = LARGE.slice(i, i + size);
        expected += `${i}\n${text}`;
        const file = fileOf(text, isRoomy);
        const sent = await sendResponse(side, wholeOf(`${i}\n`, size), {
          ...NO_WAIT,
          mayWait,
          file,
        });
        assertEquals(sent, { contentBytes: size, complete: true, failure: null });
        if (side.batch === null) assert(writes.join("") === expected, `after response ${i}`);
        else batched++;
        assert((side.batch?.length ?? 0) <= LIMITS.joinBytes);
      }
      await sendBatch(side);
      assert(writes.join("") === expected);
    },
  );
  await fc.assert(property, { numRuns: 200 });
  assert(batched > 200, `${batched} waited, so the above says something`);
});

/** An open file of `size` bytes, none of them 0 before `zeroFrom`, that has been cut once bytes from there on are read. */
function cutFile(size: number, zeroFrom: number, isCut: boolean) {
  let at = 0;
  let looks = 0;
  return {
    file: {
      seek: (offset: number | bigint) => Promise.resolve(at = Number(offset)),
      read(bytes: Uint8Array) {
        const count = Math.min(bytes.length, size - at);
        for (let i = 0; i < count; i++) bytes[i] = at + i < zeroFrom ? 1 : 0;
        at += count;
        return Promise.resolve(count === 0 ? null : count);
      },
      isRewritten() {
        looks++;
        return isCut;
      },
    },
    looks: () => looks,
  };
}

for (const zeroFrom of [1, 100_000, 2 ** 20 - 1]) {
  Deno.test(`sendResponse() sends nothing of a read that ends in zeros, as its file was cut, from ${zeroFrom} on`, async () => {
    const size = 2 ** 20;
    const response = wholeOf("H\r\n\r\n", size);
    const { side, writes } = makeSide();
    const { complete } = await sendResponse(side, response, {
      ...NO_WAIT,
      file: cutFile(size, zeroFrom, true).file,
    });
    assertEquals([complete, writes.join("").includes("\0")], [false, false]);

    const whole = makeSide();
    const { file, looks } = cutFile(size, zeroFrom, false); // Its own zeros.
    assert((await sendResponse(whole.side, response, { ...NO_WAIT, file })).complete);
    assertEquals(whole.writes.join("").length, size + response.head.length);
    assert(looks() <= 2, `${looks()} looks, at the first zeros and at the end`);
  });
}
