/**
 * Strictly fresh, one write after the other, and so also where a look takes 10 ms: whatever was written before a request is in
 * its answer. `tests/property/freshness_test.ts` asks for the same with writers and readers at once, where that is quick.
 */

import { assertEquals } from "@std/assert";
import { type Running, withServer } from "../wire/harness.ts";

/** Ways to write to a file that is there; each text is as long as the last one. */
const WAYS: Readonly<Record<string, (path: string, text: string, spare: string) => void>> = {
  "in place": (path, text) => Deno.writeTextFileSync(path, text),
  "in place, its time set back": (path, text) => {
    const { atime, mtime } = Deno.statSync(path);
    Deno.writeTextFileSync(path, text);
    Deno.utimeSync(path, atime ?? 0, mtime ?? 0);
  },
  "by a rename over it": (path, text, spare) => {
    Deno.writeTextFileSync(spare, text);
    Deno.renameSync(spare, path);
  },
  "by a rename over it, its time set back": (path, text, spare) => {
    const { atime, mtime } = Deno.statSync(path);
    Deno.writeTextFileSync(spare, text);
    Deno.utimeSync(spare, atime ?? 0, mtime ?? 0);
    Deno.renameSync(spare, path);
  },
  "removed and made again": (path, text) => {
    Deno.removeSync(path);
    Deno.writeTextFileSync(path, text);
  },
};
const WRITES = 5;
/** After this a file is settled, and may be kept: `contain.ts`. */
const SETTLED_MS = 1_100;

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
}

async function get({ connect }: Running, target: string): Promise<[number, string]> {
  const client = await connect();
  await client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const { statusCode, content } = await client.readResponse("GET");
  client.close();
  return [statusCode, statusCode === 200 ? content : ""];
}

for (const cacheSizeMiB of [64, 0]) {
  Deno.test(`what was written before a request is in its answer, cache ${cacheSizeMiB}`, async () => {
    const ways = Object.entries(WAYS);
    const files = ways.map((_, i) => [`${i}.txt`, "version 0"] as const);
    await withServer(Object.fromEntries(files), async (running) => {
      for (let write = 1; write <= WRITES; write++) {
        if (write >= WRITES - 1) { // Twice as a file that is kept.
          await rest();
          for (const i of ways.keys()) {
            assertEquals(await get(running, `/${i}.txt`), [200, `version ${write - 1}`]);
          }
        }
        for (const [i, [how, change]] of ways.entries()) {
          change(`${running.root}/${i}.txt`, `version ${write}`, `${running.outside}/spare`);
          for (const again of ["at once", "again"]) {
            const expected = [200, `version ${write}`] as [number, string];
            assertEquals(await get(running, `/${i}.txt`), expected, `${how}, ${again}`);
          }
        }
      }
    }, { cacheSizeMiB });
  });
}

Deno.test("a folder that is swapped for another shows the other's files, at the next request", async () => {
  const files = { "d/a.txt": "one", "d/only.txt": "only", "e/a.txt": "two" };
  await withServer(files, async (running) => {
    const { root, outside } = running;
    await rest();
    for (const _ of [1, 2]) assertEquals(await get(running, "/d/a.txt"), [200, "one"]);
    Deno.renameSync(`${root}/d`, `${outside}/d`);
    assertEquals(await get(running, "/d/a.txt"), [404, ""]);
    Deno.renameSync(`${root}/e`, `${root}/d`);
    assertEquals(await get(running, "/d/a.txt"), [200, "two"]);
    assertEquals(await get(running, "/d/only.txt"), [404, ""]);
    Deno.renameSync(`${root}/d`, `${root}/e`);
    Deno.renameSync(`${outside}/d`, `${root}/d`);
    assertEquals(await get(running, "/d/a.txt"), [200, "one"]);
    Deno.removeSync(`${root}/d`, { recursive: true });
    assertEquals(await get(running, "/d/a.txt"), [404, ""]);
  });
});
