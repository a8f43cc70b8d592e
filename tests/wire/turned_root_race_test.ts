/**
 * A root that is turned as fast as a process can: no response is of an older release than the last one to which the root had
 * been turned when it was asked for, none mixes two, and nothing comes from outside of both.
 */

import { assert, assertEquals } from "@std/assert";
import { LineReader, testOnUnix, testWithLinks } from "../tools.ts";
import { type RawClient, type Running, withServer, writeFile } from "./harness.ts";

/** So many releases are made and turned to, and so many responses checked, at the least. */
const RELEASES = 25;
const RESPONSES = 150;
/** Releases that stay, the current one included. */
const KEPT = 3;
const SIZES = { "a.txt": 1_000, "d/b.txt": 3_000, "d/large.txt": 300_000 };

function contentOf(release: number, size: number): string {
  return `${release} `.repeat(size).slice(0, size);
}

testWithLinks(
  "a turned root: responses neither mix releases nor predate the last turn",
  async () => {
    await withServer({}, async ({ outside: base }) => {
      let [started, turned] = [0, 0];
      const release = async () => {
        const number = ++started;
        for (const [path, size] of Object.entries(SIZES)) {
          await writeFile(`${base}/${number}`, path, contentOf(number, size));
        }
        await Deno.symlink(`${number}`, `${base}/next`);
        await Deno.rename(`${base}/next`, `${base}/current`);
        turned = number;
        if (number > KEPT) await Deno.remove(`${base}/${number - KEPT}`, { recursive: true });
      };
      await release();
      await withServer({}, async ({ connect }) => {
        let responses = 0;
        const isRunning = () => turned < RELEASES || responses < RESPONSES;
        const read = async (client: RawClient) => {
          while (isRunning()) {
            const paths = Object.keys(SIZES) as (keyof typeof SIZES)[];
            const floor = turned;
            await client.send(
              paths.map((path) => `GET /${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""),
            );
            for (const path of paths) {
              const { statusCode, content } = await client.readResponse();
              assertEquals(statusCode, 200, path);
              const number = parseInt(content);
              assert(content === contentOf(number, SIZES[path]), `${path}: a mix, or cut`);
              assert(number >= floor, `${path}: of ${number}, when ${floor} was there`);
              assert(number <= started, `${path}: of ${number}`);
              responses++;
            }
          }
        };
        const readers = [await connect(), await connect(), await connect()].map(read);
        const write = async () => {
          while (isRunning()) await release();
        };
        await Promise.all([write(), ...readers]);
      }, { root: `${base}/current`, keepAliveMax: 0 });
    });
  },
);

const SECRET = "outside, private";
const REQUESTS = 800;

/**
 * Exchanges two names in one system call of Linux, over and over; see `contain_race_test.ts`. Says `go` at the first. Rests
 * now and then for 3 ms, in one state or the other: a file has to stay in its place for one to be served, so else most of
 * what is there is 404.
 */
const EXCHANGE = `
  const [one, other] = Deno.args;
  const { symbols: { renameat2 } } = Deno.dlopen("libc.so.6", {
    renameat2: { parameters: ["i32", "buffer", "i32", "buffer", "u32"], result: "i32" },
  });
  const [a, b] = [one, other].map((path) => new TextEncoder().encode(path + "\\0"));
  for (let swaps = 0, turns = 0;; swaps++) {
    if (renameat2(-100, a, -100, b, 2) !== 0) throw new Error("Cannot exchange");
    if (swaps === 0) console.log("go");
    if (swaps % 200 === 0) turns = Math.random() < 0.5 ? 0 : Math.random() * 2_000;
    if (swaps % 4_999 === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3);
    for (let turn = 0; turn < turns; turn++);
  }`;

const WAYS = [
  // the path that is served, what is exchanged with "other", why
  ["current", "current", "the link itself"],
  ["up/site", "up", "a link further up"],
] as const;

for (const [root, exchanged, why] of WAYS) {
  testOnUnix(
    `a turned root: nothing from outside while it turns at full speed, ${why}`,
    async () => {
      await withServer({}, async ({ outside: base }) => {
        await writeFile(base, "secret/f.txt", SECRET);
        // In one release `d` is a folder, in the other a link that leads out.
        await writeFile(base, "one/site/d/f.txt", "inside");
        await writeFile(base, "two/site/a.txt", "");
        await Deno.symlink(`${base}/secret`, `${base}/two/site/d`);
        const below = root === "current" ? "/site" : "";
        await Deno.symlink(`one${below}`, `${base}/${exchanged}`);
        await Deno.symlink(`two${below}`, `${base}/other`);
        await withServer({}, async (running) => {
          const args = ["eval", EXCHANGE, `${base}/${exchanged}`, `${base}/other`];
          const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
          const lines = new LineReader(child.stdout);
          try {
            assertEquals(await lines.next(), "go");
            const statuses = await askOften(running);
            assertEquals([...statuses].sort(), [200, 404]);
          } finally {
            child.kill("SIGKILL");
            await lines.drain();
            await child.status;
          }
        }, { root: `${base}/${root}`, keepAliveMax: 0 });
      });
    },
  );
}

/** Asks for `/d/f.txt` on two connections, until both answers have come. Gives the statuses. */
async function askOften({ connect }: Running): Promise<Set<number>> {
  const statuses = new Set<number>();
  const askInTurn = async () => {
    const client = await connect();
    for (let i = 0; i < REQUESTS / 2 || (statuses.size < 2 && i < 10 * REQUESTS); i++) {
      await client.send("GET /d/f.txt HTTP/1.1\r\nHost: a\r\n\r\n");
      const { statusCode, head, content } = await client.readResponse();
      assert(!content.includes(SECRET), "bytes from outside");
      assert(!head.includes(`Content-Length: ${SECRET.length}\r\n`), "size from outside");
      if (statusCode === 200) assertEquals(content, "inside");
      statuses.add(statusCode);
    }
  };
  await Promise.all([askInTurn(), askInTurn()]);
  return statuses;
}
