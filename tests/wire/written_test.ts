/** Files that are written to while they are asked for: 200 with a state that they had, never 404, never a mixture. */

import { assert, assertEquals } from "@std/assert";
import { withServer } from "./harness.ts";
import { type Ask, withSite } from "./site.ts";
import { testOnUnix } from "../tools.ts";
import { inPlace, lineOf, type Order, versionOf, WAYS } from "./written.ts";

const LOG = Array.from({ length: 2_000 }, (_, i) => lineOf(i)).join("");
/** Requests for each file. */
const REQUESTS = 12;
const LONGEST_WAIT_MS = 20_000;

/** Lets a worker write while `read` runs. */
async function whileWriting(order: Omit<Order, "stop">, read: () => Promise<void>): Promise<void> {
  const stop = new SharedArrayBuffer(4);
  const worker = new Worker(new URL("writer_worker.ts", import.meta.url), { type: "module" });
  const begun = Promise.withResolvers<void>();
  const written = Promise.withResolvers<number>();
  worker.onmessage = ({ data }) => data === "begun" ? begun.resolve() : written.resolve(data);
  worker.onerror = begun.reject;
  worker.postMessage({ ...order, stop });
  await begun.promise;
  try {
    await read();
  } finally {
    Atomics.store(new Int32Array(stop), 0, 1);
    const count = await written.promise;
    worker.terminate();
    assert(count > 1, `${count} writes`);
  }
}

/** Whether a text is a state of a file that is written in one of the ways. */
function isState(text: string, way: Order["way"]): boolean {
  if (way === "append") return LOG.startsWith(text);
  return text === versionOf(Number(text[0] ?? 0), text.length);
}

async function readAll(ask: Ask, way: Order["way"], size: number): Promise<number> {
  const seen = new Set<string>();
  let mixtures = 0;
  // A busy machine may leave the writer without a turn for as long as these requests take.
  const latest = Date.now() + LONGEST_WAIT_MS;
  for (let i = 0; i < REQUESTS || (seen.size < 2 && Date.now() < latest); i++) {
    const { statusCode, content } = await ask("/d/a.txt");
    assertEquals(statusCode, 200, `${way}, ${size}`);
    if (!isState(content, way)) mixtures++;
    if (way === "rename over") assertEquals(content.length, size, "such a file is always whole");
    seen.add(`${content.length} ${content[0]}`);
  }
  // A writer whom the system stops in the middle of a page leaves it mixed for as long as that takes.
  assert(mixtures <= (way === "in place" ? 1 : 0), `${way}, ${size}: ${mixtures} mixtures`);
  return seen.size;
}

const IS_WINDOWS = Deno.build.os === "windows";
/** Under Wine a look takes 10 ms, and a file that is written to more often has no pause: 503, as `4_locate.ts` says. */
const PACES_MS = IS_WINDOWS ? [200] : [0, 3];

for (const way of WAYS) {
  // Wine renames nothing over a file that is open.
  if (way === "rename over" && IS_WINDOWS) continue;
  for (const paceMs of PACES_MS) {
    const pace = paceMs === 0 ? "as fast as can be" : `every ${paceMs} ms`;
    Deno.test(`locate() gives a state of a file that is written to: ${way}, ${pace}`, async () => {
      // Where a write in place takes more than a page, the system itself shows others a half of it.
      for (const size of [400, way === "in place" ? 4_096 : 60_000]) {
        const files = { "d/a.txt": way === "append" ? "" : versionOf(0, size) };
        await withSite(files, {}, async (ask, { root }) => {
          const order = { path: `${root}/d/a.txt`, way, size, paceMs };
          await whileWriting(order, async () => {
            const states = await readAll(ask, way, size);
            assert(states > 1, "it changed meanwhile");
          });
        });
      }
    });
  }
}

/** More than the buffers of the system hold. */
const LARGE_BYTES = 16 * 1024 * 1024;
const REWRITINGS = [
  // what happens while it is downloaded, whether the download is whole, why
  [
    "rewritten in place",
    false,
    (path: string) => inPlace(path, new Uint8Array(LARGE_BYTES).fill(0x31)),
  ],
  ["rewritten", false, (path: string) => Deno.writeTextFileSync(path, "1".repeat(LARGE_BYTES))],
  ["cut", false, (path: string) => Deno.truncateSync(path, 1024)],
  ["appended to", true, (path: string) => Deno.writeTextFileSync(path, "1", { append: true })],
  ["removed", true, (path: string) => Deno.removeSync(path)],
  ["replaced", true, (path: string) => {
    Deno.writeTextFileSync(`${path}.new`, "1".repeat(LARGE_BYTES));
    Deno.renameSync(`${path}.new`, path);
  }, testOnUnix],
  ["made readable by all", true, (path: string) => Deno.chmodSync(path, 0o644), testOnUnix],
] as const;

for (const [what, isWhole, change, register = Deno.test] of REWRITINGS) {
  register(
    `a large file that is ${what} while it is sent ${isWhole ? "comes whole" : "is too short"}`,
    async () => {
      await withServer({ "a.bin": "0".repeat(LARGE_BYTES) }, async ({ root, port }) => {
        const past = new Date(Date.now() - 60_000);
        Deno.utimeSync(`${root}/a.bin`, past, past);
        using conn = await Deno.connect({ hostname: "127.0.0.1", port });
        await conn.write(new TextEncoder().encode("GET /a.bin HTTP/1.0\r\n\r\n"));
        const bytes = new Uint8Array(1024 * 1024);
        const count = await conn.read(bytes) ?? 0;
        const begin = new TextDecoder().decode(bytes.subarray(0, count));
        assertEquals(begin.slice(9, 12), "200");
        change(`${root}/a.bin`);
        let length = count - begin.indexOf("\r\n\r\n") - 4;
        let others = 0;
        for (let count = await conn.read(bytes); count !== null; count = await conn.read(bytes)) {
          if (!bytes.subarray(0, count).every((byte) => byte === 0x30)) others++;
          length += count;
        }
        assertEquals(length === LARGE_BYTES, isWhole, `${length} bytes`);
        assertEquals(isWhole && others > 0, false, "bytes of another state in a whole message");
      }, { cacheSizeMiB: 0 });
    },
  );
}
