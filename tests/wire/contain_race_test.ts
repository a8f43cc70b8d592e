/**
 * Containment while somebody changes the path as fast as a process can: between looking and opening, `/d/f.txt` or
 * the folder `/d` becomes a link to outside, and then itself again.
 */

import { assert, assertEquals } from "@std/assert";
import { LineReader, testOnUnix } from "../tools.ts";
import {
  parseResponse,
  type RawClient,
  requestOf,
  type Running,
  withServer,
  writeFile,
} from "./harness.ts";

const INSIDE = "inside, for everybody";
const SECRET = "outside, private";
const REQUESTS = 2_000;

/**
 * Swaps two names in one system call, `renameat2(RENAME_EXCHANGE)` of Linux, which nothing in Deno does. The wait in
 * between changes often, so that it falls into every rhythm with the server's looks at the path.
 */
const EXCHANGE = `
    const [root, outside] = Deno.args;
    const { symbols: { renameat2 } } = Deno.dlopen("libc.so.6", {
      renameat2: { parameters: ["i32", "buffer", "i32", "buffer", "u32"], result: "i32" },
    });
    Deno.symlinkSync(outside + "/d", outside + "/link");
    const encode = (path) => new TextEncoder().encode(path + "\\0");
    const [inner, link] = [encode(root + "/d"), encode(outside + "/link")];
    const longAgo = new Date("2001-09-09T01:46:40.123Z");
    for (let swaps = 0, turns = 0;; swaps++) {
      if (renameat2(-100, inner, -100, link, 2) !== 0) throw new Error("Cannot exchange");
      if (resetsTime) Deno.utimeSync(root, longAgo, longAgo);
      if (swaps === 0) console.log("go");
      if (swaps % 200 === 0) turns = Math.random() < 0.5 ? 0 : Math.random() * 2_000;
      for (let turn = 0; turn < turns; turn++);
    }`;

/** Runs in a process of its own until it is ended. Says `go` when the first swap is done. */
const SWAPPERS = {
  fileByRename: `
    const [root, outside] = Deno.args;
    Deno.linkSync(root + "/d/f.txt", outside + "/same");
    const put = (make, target) => {
      make(target, outside + "/new");
      Deno.renameSync(outside + "/new", root + "/d/f.txt");
    };
    for (let swaps = 0;; swaps++) {
      put(Deno.symlinkSync, outside + "/d/f.txt");
      if (swaps === 0) console.log("go");
      put(Deno.linkSync, outside + "/same");
    }`,
  folderByRename: `
    const [root, outside] = Deno.args;
    Deno.symlinkSync(outside + "/d", outside + "/link");
    for (let swaps = 0;; swaps++) {
      Deno.renameSync(root + "/d", outside + "/away");
      Deno.renameSync(outside + "/link", root + "/d");
      if (swaps === 0) console.log("go");
      Deno.renameSync(root + "/d", outside + "/link");
      Deno.renameSync(outside + "/away", root + "/d");
    }`,
  folderByExchange: `const resetsTime = false; ${EXCHANGE}`,
  folderByExchangeAndTimeReset: `const resetsTime = true; ${EXCHANGE}`,
};

/** Asks for `/d/f.txt` on two connections. Gives how many answers had each status. */
async function askOften({ connect }: Running): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  const ask = async (client: RawClient) => {
    await client.send("GET /d/f.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    const { statusCode, head, content } = await client.readResponse();
    assert(!content.includes(SECRET), "bytes from outside");
    assertEquals(head.includes(`Content-Length: ${SECRET.length}\r\n`), false, "size from outside");
    if (statusCode === 200) assertEquals(content, INSIDE);
    counts.set(statusCode, (counts.get(statusCode) ?? 0) + 1);
  };
  const askInTurn = async () => {
    const client = await connect();
    for (let i = 0; i < REQUESTS / 2 || (counts.size < 2 && i < 10 * REQUESTS); i++) {
      await ask(client);
    }
  };
  await Promise.all([askInTurn(), askInTurn()]);
  return counts;
}

for (const [swapper, program] of Object.entries(SWAPPERS)) {
  testOnUnix(
    `openInside() never opens what is outside: ${swapper}, ${REQUESTS} requests`,
    async () => {
      await withServer({ "d/f.txt": INSIDE }, async (running) => {
        const { root, outside, errors } = running;
        await writeFile(outside, "d/f.txt", SECRET);
        const child = new Deno.Command(Deno.execPath(), {
          args: ["eval", program, root, outside],
          stdout: "piped",
        }).spawn();
        const lines = new LineReader(child.stdout);
        try {
          assertEquals(await lines.next(), "go");
          const counts = await askOften(running);
          // Both answers come, so the swapping was seen; no third does.
          assertEquals([...counts.keys()].sort(), [200, 404]);
        } finally {
          child.kill("SIGKILL");
          await lines.drain();
          await child.status;
        }
        await Deno.remove(`${root}/d`, { recursive: true }).catch(() => {});
        await writeFile(root, "d/f.txt", INSIDE);
        const { content } = parseResponse(await running.exchange(requestOf("/d/f.txt")));
        assertEquals(content, INSIDE, "ordinary again");
        assertEquals(errors, []);
      }, { keepAliveMax: 0 });
    },
  );
}
