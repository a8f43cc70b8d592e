/**
 * A head that stands before a file in memory belongs to who put it there, until that one's write is over. A file that is
 * read is in one state, is the one that was seen, and keeps nobody waiting.
 */

import { assert, assertEquals } from "@std/assert";
import { DiskFile } from "../../lib/files/disk_file.ts";
import { lookAt } from "../../lib/files/disk_state.ts";
import { digestOf, HEAD_ROOM_BYTES, HeadRoom, readWhole } from "../../lib/files/memory_file.ts";
import { asciiBytes, byteString } from "../../lib/http/grammar.ts";
import type { HeadParts } from "../../lib/http/message.ts";
import { untilItHolds } from "../tools.ts";

function roomOf(text: string): HeadRoom {
  const room = new HeadRoom(text.length);
  room.bytes.set(asciiBytes(text));
  return room;
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : byteString(bytes, 0, bytes.length);
}

function partsOf(first: string, second = "", third = ""): HeadParts {
  return [asciiBytes(first), asciiBytes(second), asciiBytes(third)];
}

Deno.test("HeadRoom.enter() gives head and file in one array", () => {
  const room = roomOf("file");
  assertEquals(textOf(room.enter(partsOf("a", "bc", "\n"))), "abc\nfile");
  assertEquals(textOf(room.bytes), "file");
});

Deno.test("HeadRoom.enter() gives those with the same parts the same array", () => {
  const room = roomOf("file");
  const parts = partsOf("head", "\n");
  const message = room.enter(parts);
  assert(message !== null && room.enter([...parts]) === message);
});

Deno.test("HeadRoom.enter() refuses another head until all writes of the first are over", () => {
  const room = roomOf("file");
  const [first, other] = [partsOf("one\n"), partsOf("two\n")];
  const message = room.enter(first);
  room.enter(first);
  assertEquals(room.enter(other), null);
  room.release();
  assertEquals(room.enter(other), null, "one of two is still under way");
  assertEquals(textOf(message), "one\nfile", "what is being written stays as it is");
  room.release();
  assertEquals(textOf(room.enter(other)), "two\nfile");
});

Deno.test("HeadRoom.enter() takes equal text in other arrays for another head", () => {
  const room = roomOf("file");
  assert(room.enter(partsOf("head\n")) !== null);
  assertEquals(
    room.enter(partsOf("head\n")),
    null,
    "a comparison of bytes would cost as much as copying",
  );
});

const LENGTHS = [
  // bytes of one head, those of the next, why
  [300, 300, "from second to second heads are as long as before"],
  [300, 299, "shorter: nothing of the first one shows"],
  [299, 300, "longer"],
  [0, HEAD_ROOM_BYTES, "as long as the room"],
  [HEAD_ROOM_BYTES, 1, "after one that filled it"],
] as const;

for (const [before, now, why] of LENGTHS) {
  Deno.test(`HeadRoom.enter() puts ${now} bytes where ${before} were: ${why}`, () => {
    const room = roomOf("file");
    assert(room.enter(partsOf("x".repeat(before))) !== null);
    room.release();
    assertEquals(textOf(room.enter(partsOf("y".repeat(now)))), "y".repeat(now) + "file");
  });
}

Deno.test("HeadRoom.enter() refuses a head that is longer than the room, and goes on", () => {
  const room = roomOf("file");
  assertEquals(room.enter(partsOf("x".repeat(HEAD_ROOM_BYTES + 1))), null);
  assertEquals(textOf(room.enter(partsOf("x\n"))), "x\nfile");
});

Deno.test("HeadRoom of an empty file gives the head alone", () => {
  assertEquals(textOf(new HeadRoom(0).enter(partsOf("x\n"))), "x\n");
});

/** A file on the disk that takes its time, and counts who reads it where. */
class SlowFile extends DiskFile {
  inPlace = 0;
  elsewhere = 0;
  readMs = 0;

  override readAllSync(bytes: Uint8Array): number {
    this.inPlace++;
    for (const startedMs = performance.now(); performance.now() - startedMs < this.readMs;);
    return super.readAllSync(bytes);
  }

  override async readAll(bytes: Uint8Array, position: number): Promise<number> {
    this.elsewhere++;
    await new Promise((resolve) => setTimeout(resolve, this.readMs));
    return await super.readAll(bytes, position);
  }
}

Deno.test("readWhole() reads small files in place once their disk has proved to be quick", async () => {
  const path = await Deno.makeTempFile({ prefix: "vitrine_" });
  try {
    await Deno.writeTextFile(path, "file");
    using file = new SlowFile(path);
    const read = async (times: number) => {
      [file.inPlace, file.elsewhere] = [0, 0];
      for (let i = 0; i < times; i++) {
        const whole = await readWhole(file, file.look(), { isSettled: true, takesEmpty: false });
        assertEquals(textOf(whole?.content.bytes ?? null), "file");
      }
      return [file.inPlace, file.elsewhere];
    };
    await untilItHolds(async () => {
      file.readMs = 30;
      assertEquals(await read(2), [0, 2], "nobody waits for a slow disk");
      file.readMs = 0;
      assertEquals(await read(66), [2, 64]);
      file.readMs = 5;
      assertEquals(await read(2), [1, 1], "it had to be turned");
      file.readMs = 0;
      assertEquals(await read(65), [2, 63], "it has to prove itself anew");
      file.readMs = 30;
      assertEquals(await read(3), [1, 2]);
    });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("readWhole() gives what is open where its path was taken by another file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_" });
  try {
    const path = `${folder}/a`;
    await Deno.writeTextFile(path, "old");
    using file = new DiskFile(path);
    const state = file.look();
    await Deno.writeTextFile(`${folder}/b`, "new");
    await Deno.rename(`${folder}/b`, path);
    const whole = await readWhole(file, state, { isSettled: true, takesEmpty: false });
    assertEquals(textOf(whole?.content.bytes ?? null), "old", "what is open, in one state");
    assertEquals(whole?.state.inode, state.inode);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readWhole() gives nothing of an open file that is another one than was seen", async () => {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_" });
  try {
    for (const name of ["seen", "open"]) await Deno.writeTextFile(`${folder}/${name}`, "file");
    const seen = lookAt(`${folder}/seen`);
    using file = new DiskFile(`${folder}/open`);
    for (const isSettled of [true, false]) {
      assertEquals(await readWhole(file, seen, { isSettled, takesEmpty: false }), null);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("digestOf() gives the same wherever it is made", async () => {
  const digests = new Set<string>();
  for (let i = 0; i < 40; i++) digests.add(await digestOf(asciiBytes("file")));
  assertEquals([...digests], ["O5w1jzbwoxtq0-FP"]);
});
