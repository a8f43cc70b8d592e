/** Where the bytes of a stream come from, and how much of it is written at one time. */

import { assert, assertEquals } from "@std/assert";
import { type OpenFile, Source, StreamSize } from "../../lib/net/file_stream.ts";
import { asciiBytes, byteString } from "../../lib/http/grammar.ts";
import type { Piece } from "../../lib/http/message.ts";
import { LIMITS } from "../../lib/options.ts";

/** An open file of these characters, which gives at most `most` of them at a time. */
function openFile(text: string, most = Infinity): OpenFile {
  let at = 0;
  const readSync = (room: Uint8Array): number | null => {
    const bytes = asciiBytes(text.slice(at, at + Math.min(room.length, most)));
    room.set(bytes);
    at += bytes.length;
    return bytes.length || null;
  };
  return {
    read: (room) => Promise.resolve(readSync(room)),
    readSync,
    seek: (position) => Promise.resolve(at = Number(position)),
  };
}

const PIECES: Piece[] = [
  { kind: "bytes", bytes: asciiBytes("head\n") },
  { kind: "file", firstPos: 2, lastPos: 5 },
  { kind: "bytes", bytes: asciiBytes("") },
  { kind: "bytes", bytes: asciiBytes("--\n") },
  { kind: "file", firstPos: 0, lastPos: 1 },
];
const ALL = "head\n2345--\n01";

Deno.test("Source.read() gives any bytes of the row, any number of times, in any order", async () => {
  const source = new Source(PIECES, openFile("0123456789"), () => 0);
  for (let size = 1; size <= ALL.length + 1; size++) {
    for (let at = ALL.length; at >= 0; at--) {
      const into = new Uint8Array(size);
      const count = await source.read(at, into);
      assertEquals(byteString(into, 0, count), ALL.slice(at, at + size), `${size} at ${at}`);
    }
  }
});

Deno.test("Source.read() ends where the file does, and gives the bytes before it", async () => {
  const source = new Source(PIECES, openFile("0123"), () => 0);
  const into = new Uint8Array(100);
  assertEquals(byteString(into, 0, await source.read(0, into)), "head\n23");
  assertEquals(await source.read(7, into), 0, "nothing is made up, and nothing behind it follows");
});

Deno.test("Source.read() reads asynchronously at first, and after a read that took its time", async () => {
  const file = openFile("0123456789");
  const ways: string[] = [];
  let nowMs = 0;
  const times = [0, 0, 10, 0, 0]; // What the reads take, in ms.
  const read = (way: string) => {
    ways.push(way);
    nowMs += times[ways.length - 1];
    return 1;
  };
  const watched = {
    ...file,
    read: () => Promise.resolve(read("async")),
    readSync: () => read("sync"),
  };
  const source = new Source([{ kind: "file", firstPos: 0, lastPos: 9 }], watched, () => nowMs);
  for (let at = 0; at < times.length; at++) await source.read(at, new Uint8Array(1));
  assertEquals(ways, ["async", "sync", "sync", "async", "sync"]);
});

const [SMALL, MIDDLE, LARGE] = [LIMITS.joinBytes, LIMITS.firstStreamBytes, LIMITS.streamBytes];
const WRITES = [
  // what was offered and taken, the next size, why
  [[], MIDDLE, "the first one"],
  [[[MIDDLE, MIDDLE]], LARGE, "taken at once"],
  [[[MIDDLE, MIDDLE], [LARGE, 100_000]], SMALL, "the buffers of the system are full"],
  [[[MIDDLE, MIDDLE], [LARGE, 100_000], [SMALL, SMALL]], MIDDLE, "there is room again"],
  [[[MIDDLE, 1]], SMALL, "full from the start"],
  [[[MIDDLE, MIDDLE], [LARGE, MIDDLE]], MIDDLE, "TLS"],
  [[[MIDDLE, MIDDLE], [LARGE, MIDDLE], [MIDDLE, MIDDLE]], MIDDLE, "TLS, later"],
] as const;

for (const [writes, expected, why] of WRITES) {
  Deno.test(`StreamSize.take() gives ${expected} bytes: ${why}`, () => {
    const size = new StreamSize();
    for (const [offered, taken] of writes) size.learn(offered, taken);
    const array = size.take();
    assertEquals(array.length, expected);
    size.release(array);
  });
}

Deno.test("StreamSize.take() gives only so many large arrays, whoever asks", () => {
  const arrays = Array.from({ length: 1000 }, () => {
    const size = new StreamSize();
    size.learn(MIDDLE, MIDDLE);
    const array = size.take();
    return { size, array };
  });
  const count = arrays.filter(({ array }) => array.length === LARGE).length;
  assert(count > 0 && count <= 32, `${count} large ones`);
  assert(arrays.every(({ array }) => array.length >= MIDDLE));
  for (const { size, array } of arrays) size.release(array);
  const next = new StreamSize();
  next.learn(MIDDLE, MIDDLE);
  const array = next.take();
  assertEquals(array.length, LARGE, "they come back");
  next.release(array);
});
