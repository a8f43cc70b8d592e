import { assert, assertEquals } from "@std/assert";
import { codeOf } from "../../lib/errors.ts";
import { DiskFile, readSmallText } from "../../lib/files/disk_file.ts";
import { finiteMs } from "../../lib/files/disk_state.ts";
import { testWithTools } from "../tools.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "vitrine_" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const READS = [
  // Room, position, what is read
  [4, 0, "0123"],
  [10, 0, "0123456789"],
  [16, 0, "0123456789"],
  [4, 8, "89"],
  [4, 10, ""],
  [0, 3, ""],
] as const;

Deno.test("DiskFile tells what it is as Deno does", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "0123456789");
    await Deno.utime(`${folder}/a`, 1, 1_234_567_890.123);
    using file = new DiskFile(`${folder}/a`);
    const { size, mtime, ctime, dev, ino } = Deno.lstatSync(`${folder}/a`);
    assertEquals(file.look(), {
      isFile: true,
      size,
      mtimeMs: mtime!.getTime(),
      ctimeMs: ctime!.getTime(),
      device: dev,
      inode: ino!,
    });
  });
});

Deno.test("DiskFile reads all that there is from a position on, and stays where it is", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "0123456789");
    using file = new DiskFile(`${folder}/a`);
    for (const [room, position, expected] of READS) {
      const bytes = new Uint8Array(room);
      const count = await file.readAll(bytes, position);
      assertEquals(new TextDecoder().decode(bytes.subarray(0, count)), expected);
    }
    const next = new Uint8Array(2);
    await file.read(next);
    assertEquals(new TextDecoder().decode(next), "01");
  });
});

Deno.test("DiskFile reads on from where it is, in both ways", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "0123456789");
    using file = new DiskFile(`${folder}/a`);
    const bytes = new Uint8Array(4);
    const text = (count: number | null) =>
      count === null ? null : new TextDecoder().decode(bytes.subarray(0, count));
    assertEquals(text(await file.read(bytes)), "0123");
    assertEquals(text(file.readSync(bytes)), "4567");
    assertEquals(text(await file.read(bytes)), "89");
    assertEquals([await file.read(bytes), file.readSync(bytes)], [null, null], "the end");
    assertEquals(await file.seek(3), 3);
    assertEquals(text(file.readSync(bytes)), "3456");
    await file.seek(100);
    assertEquals(await file.read(bytes), null, "past the end");
  });
});

testWithTools(
  "DiskFile opens a FIFO at once, and sees that it is none",
  ["mkfifo"],
  async (paths) => {
    await withFolder(async (folder) => {
      await new Deno.Command(paths.mkfifo, { args: [`${folder}/fifo`] }).output();
      using file = new DiskFile(`${folder}/fifo`);
      assertEquals(file.look().isFile, false);
      assertEquals(readSmallText(`${folder}/fifo`, 10), { refusal: "is not a regular file" });
    });
  },
);

Deno.test("DiskFile gives each failure its code", async () => {
  await withFolder(async (folder) => {
    const isWindows = Deno.build.os === "windows"; // No socket has a name in a folder there, and all is "not there".
    using _socket = isWindows ? null : Deno.listen({ transport: "unix", path: `${folder}/socket` });
    await Deno.writeTextFile(`${folder}/a`, "");
    const codeFor = (name: string) => {
      try {
        return new DiskFile(`${folder}/${name}`);
      } catch (error) {
        return codeOf(error);
      }
    };
    assertEquals(codeFor("nothing"), "ENOENT");
    assertEquals(codeFor("a/b"), isWindows ? "ENOENT" : "ENOTDIR");
    assertEquals(codeFor("socket"), isWindows ? "ENOENT" : "ENXIO");
    assertEquals(codeFor("x".repeat(300)), isWindows ? "ENOENT" : "ENAMETOOLONG");
  });
});

Deno.test("DiskFile gives its descriptor back", { ignore: Deno.build.os !== "linux" }, async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "");
    const count = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const before = count();
    for (let i = 0; i < 50; i++) {
      using file = new DiskFile(`${folder}/a`);
      await file.read(new Uint8Array(1));
    }
    assert(count() <= before + 2, `${count()} descriptors, ${before} before`);
  });
});

Deno.test("readSmallText() refuses what is no small file, in words", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "text");
    assertEquals(readSmallText(`${folder}/a`, 4), { text: "text" });
    assertEquals(readSmallText(`${folder}/a`, 3), { refusal: "is over 3 bytes" });
    assertEquals(readSmallText(folder, 3), { refusal: "is not a regular file" });
    await Deno.writeTextFile(`${folder}/empty`, "");
    assertEquals(readSmallText(`${folder}/empty`, 0), { text: "" });
  });
});

Deno.test("finiteMs() gives 0 for what no Date can hold", () => {
  assertEquals([1.5, -8.64e15, 8.64e15].map(finiteMs), [1.5, -8.64e15, 8.64e15]);
  assertEquals([NaN, Infinity, 8.64e15 + 2000, -9e15].map(finiteMs), [0, 0, 0, 0]);
});
