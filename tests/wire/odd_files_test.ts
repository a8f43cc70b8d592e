/** Files that a disk can hold and HTTP cannot tell of in full. */

import { assert, assertEquals } from "@std/assert";
import { parseResponse, requestOf, withServer } from "./harness.ts";

const TIMES = [
  // seconds since the epoch as GNU touch takes them, Last-Modified, why
  [
    "8640000000001",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "one second past what a Date can hold: as if it had none",
  ],
  ["-8640000000001", "Thu, 01 Jan 1970 00:00:00 GMT", "and one before"],
  ["-99999999999", "Sat, 01 Jan 0000 00:00:00 GMT", "before the year 0: the first that fits"],
] as const;

/** A file system that keeps such times; not every one does. */
const FOLDER = "/dev/shm";

async function run(...words: [string, ...string[]]): Promise<boolean> {
  try {
    const [program, ...args] = words;
    return (await new Deno.Command(program, { args, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

async function probe(): Promise<boolean> {
  const path = `${FOLDER}/vitrine_probe_${Deno.pid}`;
  try {
    const isMade = await run("truncate", "-s", "9007199254740993", path) &&
      await run("touch", "-d", "@8640000000001", path);
    return isMade && Number.isNaN(Deno.statSync(path).mtime?.getTime());
  } catch {
    return false;
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}

const CAN = Deno.build.os === "linux" && await probe();
const NOTE = CAN ? "" : ` (${FOLDER} cannot hold them)`;

Deno.test({
  name: `times beyond what a Date can hold are served all the same${NOTE}`,
  ignore: !CAN,
  async fn() {
    const root = await Deno.makeTempDir({ dir: FOLDER, prefix: "vitrine_" });
    try {
      await withServer({}, async ({ exchange, errors }) => {
        for (const [seconds, lastModified, why] of TIMES) {
          await Deno.writeTextFile(`${root}/a.txt`, "text");
          await run("touch", "-d", `@${seconds}`, `${root}/a.txt`);
          for (let time = 0; time < 2; time++) {
            const { statusCode, fields, content } = parseResponse(
              await exchange(requestOf("/a.txt")),
            );
            assertEquals([statusCode, content], [200, "text"], why);
            assertEquals(fields.get("last-modified"), lastModified, why);
          }
        }
        assertEquals(parseResponse(await exchange(requestOf("/"))).statusCode, 200, "in a listing");
        assertEquals(errors, []);
      }, { root, listing: true });
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});

Deno.test({
  name: `a file whose length no number holds exactly is 404, not a wrong length${NOTE}`,
  ignore: !CAN,
  async fn() {
    const root = await Deno.makeTempDir({ dir: FOLDER, prefix: "vitrine_" });
    try {
      await withServer({}, async ({ exchange, errors }) => {
        await run("truncate", "-s", "9007199254740993", `${root}/large`);
        await run("truncate", "-s", "9007199254740991", `${root}/less`);
        assertEquals(parseResponse(await exchange(requestOf("/large"))).statusCode, 404);
        const less = parseResponse(await exchange(requestOf("/less", ["Range: bytes=-1"])));
        assertEquals([less.statusCode, less.content], [206, "\0"]);
        assertEquals(
          less.fields.get("content-range"),
          "bytes 9007199254740990-9007199254740990/9007199254740991",
        );
        assertEquals(errors, []);
      }, { root });
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});

Deno.test("what looks like a link though its real path is its own is 404, and at once", async () => {
  // On Windows, a disk that is mounted in a folder and has no letter. No other system has such a thing.
  const { lstatSync } = Deno;
  await withServer({ "disk": "" }, async ({ exchange }) => {
    Deno.lstatSync = (path) => {
      const info = lstatSync(path);
      const isDisk = String(path).endsWith("disk");
      return isDisk ? { ...info, isFile: false, isSymlink: true } : info;
    };
    try {
      const startedMs = performance.now();
      assertEquals(parseResponse(await exchange(requestOf("/disk"))).statusCode, 404);
      const tookMs = performance.now() - startedMs;
      assert(tookMs < 2_000, `it took ${tookMs} ms`); // Who waits for a writer waits for 3 s.
    } finally {
      Deno.lstatSync = lstatSync;
    }
  });
});
