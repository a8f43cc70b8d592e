/**
 * A root that is turned to another folder while the server runs: the next request gets what is there, by the rules that are
 * there, from a cache that was full of the old one. What is being sent goes on.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { agedOnce, watchCaches } from "./caches.ts";
import { BIG_BYTES, countBytes, GET_BIG, writeBigFile } from "./download.ts";
import { gunzipSync } from "node:zlib";
import type { ServeInit } from "../../lib/serve.ts";
import {
  ask,
  latin1Bytes,
  type RawResponse,
  type Running,
  withServer,
  writeFile,
} from "./harness.ts";
import { CAN_LINK, testWithLinks } from "../tools.ts";
import { follow } from "./live.ts";

/** Two releases. What differs is a letter, so that no length tells one from the other. */
const RELEASES = {
  one: {
    "index.html": "<p>one",
    "a.txt": "one",
    "app.js": "let release = 'one';\n".repeat(200),
    "d/e/f.txt": "one",
    "404.html": "<p>not in one",
    "large.txt": "1".repeat(200_000),
    "listed/only-one.txt": "",
    "open/p.txt": "one, open",
    "gone.txt": "one",
    "_redirects": "/r /from-one 302\n",
  },
  two: {
    "index.html": "<p>two",
    "a.txt": "two",
    "app.js": "let release = 'two';\n".repeat(200),
    "d/e/f.txt": "two",
    "404.html": "<p>not in two",
    "large.txt": "2".repeat(200_000),
    "listed/only-two.txt": "",
    "open/p.txt": "two, locked",
    "new.txt": "two",
    "_redirects": "/r /from-two 302\n",
    "_headers": "/open/*\n  Basic-Auth: ada:engine\n/*\n  X-Release: two\n",
  },
};
type Release = keyof typeof RELEASES;

/** Where the releases are, and the path that is served. */
interface Stage {
  readonly base: string;
  readonly root: string;
}

/** Ways to have the path lead to another release. Each starts with a path that leads to `one`. */
const TURNS: Readonly<
  Record<string, { make: (stage: Stage) => void; turn: (stage: Stage) => void }>
> = {
  "a link is renamed over": {
    make: ({ base, root }) => Deno.symlinkSync(`${base}/one`, root),
    turn({ base, root }) {
      Deno.symlinkSync("two", `${base}/next`);
      Deno.renameSync(`${base}/next`, root);
    },
  },
  "a link is removed and made again": {
    make: ({ root }) => Deno.symlinkSync("one", root),
    turn({ base, root }) {
      Deno.removeSync(root);
      Deno.symlinkSync(`${base}/two`, root);
    },
  },
  "a link further up is turned": {
    make({ base, root }) {
      for (const name of ["one", "two"]) {
        Deno.mkdirSync(`${base}/${name}-up`);
        Deno.renameSync(`${base}/${name}`, `${base}/${name}-up/site`);
      }
      Deno.symlinkSync("one-up", `${base}/up`);
      Deno.symlinkSync("up/site", root);
    },
    turn({ base }) {
      Deno.symlinkSync("two-up", `${base}/next`);
      Deno.renameSync(`${base}/next`, `${base}/up`);
    },
  },
  "the folder that a link leads to is renamed": {
    make: ({ root }) => Deno.symlinkSync("one", root),
    turn({ base }) {
      Deno.renameSync(`${base}/one`, `${base}/old`);
      Deno.renameSync(`${base}/two`, `${base}/one`);
    },
  },
  "a folder is replaced by another folder": {
    make: ({ base, root }) => Deno.renameSync(`${base}/one`, root),
    turn({ base, root }) {
      Deno.renameSync(root, `${base}/old`);
      Deno.renameSync(`${base}/two`, root);
    },
  },
  "a link is replaced by a folder": {
    make: ({ root }) => Deno.symlinkSync("one", root),
    turn({ base, root }) {
      Deno.removeSync(root);
      Deno.renameSync(`${base}/two`, root);
    },
  },
};

/** Releases beside each other, and a path to the first of them. */
async function makeStage(base: string, make: (stage: Stage) => void): Promise<Stage> {
  for (const [release, files] of Object.entries(RELEASES)) {
    for (const [path, content] of Object.entries(files)) {
      await writeFile(`${base}/${release}`, path, content);
    }
  }
  const stage = { base, root: `${base}/root` };
  make(stage);
  return stage;
}

const LINK = TURNS["a link is renamed over"];

/** Serves a root that is a link to the first release. */
async function withLink(
  test: (running: Running, stage: Stage) => Promise<void>,
  init: ServeInit = {},
): Promise<void> {
  await withServer({}, async ({ outside }) => {
    const stage = await makeStage(outside, LINK.make);
    await withServer({}, (running) => test(running, stage), { ...init, root: stage.root });
  });
}

/** What tells the releases apart, by target. */
const SEEN: readonly (readonly [target: string, seen: (response: RawResponse) => unknown])[] = [
  ["/", ({ content }) => content],
  ["/a.txt", ({ content }) => content],
  ["/d/e/f.txt", ({ content }) => content],
  ["/large.txt", ({ content }) => content[0] + content.length],
  ["/nothing", ({ statusCode, content }) => `${statusCode} ${content}`],
  ["/listed/", ({ content }) => /only-\w+/.exec(content)?.[0]],
  ["/open/p.txt", ({ statusCode }) => statusCode],
  ["/gone.txt", ({ statusCode }) => statusCode],
  ["/new.txt", ({ statusCode }) => statusCode],
  ["/r", ({ fields }) => fields.get("location")],
  ["/", ({ fields }) => fields.get("x-release") ?? null],
];
const EXPECTED: Readonly<Record<Release, readonly unknown[]>> = {
  one: [
    ...["<p>one", "one", "one", "1200000", "404 <p>not in one", "only-one"],
    ...[200, 200, 404, "/from-one", null],
  ],
  two: [
    ...["<p>two", "two", "two", "2200000", "404 <p>not in two", "only-two"],
    ...[401, 404, 200, "/from-two", "two"],
  ],
};

async function look(running: Running, target: string): Promise<RawResponse> {
  return await ask(running, target, ["Accept: text/html", "Accept-Encoding: gzip"]);
}

Deno.test("a turned root is followed at the next request, whatever that asks for", async () => {
  await withServer({}, async ({ outside }) => {
    const ways = Object.entries(TURNS).filter(([how]) => CAN_LINK || !how.includes("link"));
    const stages = ways.flatMap(([how, { make, turn }], way) =>
      SEEN.map((first, i) => ({ how, make, turn, first, i, base: `${outside}/${way}-${i}` }))
        .filter(({ i }) => way === 0 || (i + way) % 2 === 0)
    );
    for (const { base, make } of stages) await makeStage(base, make);
    await agedOnce(outside);
    for (const { how, turn, first: [target, seen], i, base } of stages) {
      using watch = watchCaches();
      const stage = { base, root: `${base}/root` };
      await withServer({}, async (running) => {
        for (let time = 0; time < 2; time++) {
          for (const [j, [target, seen]] of SEEN.entries()) {
            assertEquals(seen(await look(running, target)), EXPECTED.one[j], `${target} before`);
          }
        }
        const [{ hits }] = [...watch.caches];
        assert(hits > 3, `${hits} answers came from memory`);
        turn(stage);
        const what = `${target} is the first to be asked for when ${how}`;
        assertEquals(seen(await look(running, target)), EXPECTED.two[i], what);
      }, { listing: true, root: stage.root });
    }
  });
});

testWithLinks("a turned root: compressed forms are of the folder that it leads to", async () => {
  await withServer({}, async ({ outside }) => {
    const stage = await makeStage(outside, LINK.make);
    await agedOnce(outside);
    await withServer({}, async (running) => {
      for (const release of ["one", "two"] as const) {
        if (release === "two") LINK.turn(stage);
        for (let time = 0; time < 3; time++) {
          const { fields, content } = await look(running, "/app.js");
          assertEquals(fields.get("content-encoding"), "gzip");
          const text = new TextDecoder().decode(gunzipSync(latin1Bytes(content)));
          assertEquals(text, RELEASES[release]["app.js"]);
        }
      }
    }, { compression: true, root: stage.root });
  });
});

testWithLinks(
  "a turned root: a download of the folder before goes on to its end, though that is removed",
  async () => {
    await withLink(async ({ connect }, stage) => {
      const { base } = stage;
      await writeBigFile(`${base}/one`);
      await Deno.writeTextFile(`${base}/two/big.bin`, "two");
      const client = await connect();
      await client.send(GET_BIG);
      const start = await countBytes(client, 1000);
      LINK.turn(stage);
      const other = await connect();
      await other.send(GET_BIG);
      assertEquals((await other.readResponse()).content, "two");
      await Deno.remove(`${base}/one`, { recursive: true });
      await client.closeWrite();
      const { count, tail } = await countBytes(client);
      assert(start.count + count > BIG_BYTES, `${start.count + count} bytes`);
      assertMatch(tail, /^\0+$/);
    });
  },
);

Deno.test("a root that is removed and made again is served again, by its path", async () => {
  await withServer({ "a.txt": "first" }, async (running) => {
    const { root } = running;
    assertEquals((await ask(running, "/a.txt")).content, "first");
    await Deno.remove(root, { recursive: true });
    assertEquals((await ask(running, "/a.txt")).statusCode, 404);
    await writeFile(root, "a.txt", "again");
    assertEquals((await ask(running, "/a.txt")).content, "again");
    await writeFile(root, "d/b.txt", "new");
    assertEquals((await ask(running, "/d/b.txt")).content, "new");
  });
});

testWithLinks(
  "a root that is a link is served again when the link is, or leads anywhere, again",
  async () => {
    await withLink(async (running, { base, root }) => {
      for (const [target, expected] of [["two", "two"], ["one", "one"]]) {
        await Deno.remove(root);
        assertEquals((await ask(running, "/a.txt")).statusCode, 404, "no link");
        await Deno.symlink("nowhere", root);
        assertEquals((await ask(running, "/a.txt")).statusCode, 404, "to nowhere");
        await Deno.remove(root);
        await Deno.symlink(`${base}/${target}`, root);
        assertEquals((await ask(running, "/a.txt")).content, expected);
      }
    });
  },
);

testWithLinks(
  "a turned root: a link in it may lead to where the root is, and nowhere else",
  async () => {
    await withLink(async (running, stage) => {
      const { base, root } = stage;
      const links = {
        "inside": `${root}/a.txt`,
        "real": `${base}/two/a.txt`,
        "relative": "a.txt",
        "other": `${base}/one/a.txt`,
        "up": "../one/a.txt",
      };
      for (const [name, target] of Object.entries(links)) {
        await Deno.symlink(target, `${base}/two/${name}`);
      }
      LINK.turn(stage);
      for (let time = 0; time < 2; time++) {
        for (const name of ["inside", "real", "relative"]) {
          assertEquals((await ask(running, `/${name}`)).content, "two", name);
        }
        for (const name of ["other", "up"]) {
          assertEquals((await ask(running, `/${name}`)).statusCode, 404, name);
        }
      }
      const names = (await ask(running, "/", ["Accept: application/json"])).content;
      assertEquals(names.includes("other"), false);
    });
  },
);

for (const livePollMs of [null, 100]) {
  const how = livePollMs === null ? "told by the system" : "polled";
  testWithLinks(
    `a turned root: pages reload, at the turn and at what changes there, ${how}`,
    async () => {
      await withLink(async (running, stage) => {
        const { client, events } = await follow(running);
        await events.until("hello");
        LINK.turn(stage);
        await events.until("reload");
        // Again and again: a look that began before the turn leaves a second "reload", which may have the first change in it.
        const path = `${stage.base}/two/d/fresh.css`;
        let count = 0;
        const writing = setInterval(() => Deno.writeTextFileSync(path, `a {${count++}}`), 300);
        assertMatch(await events.until("css"), /,\/d\/fresh\.css$/);
        clearInterval(writing);
        client.close();
      }, { live: true, livePollMs });
    },
  );
}

testWithLinks("what comes behind an answer that took its time is looked for anew", async () => {
  await withServer({}, async ({ outside: base }) => {
    // `/a` is there at each moment, though neither of its files is.
    await writeFile(base, "one/a.html", "<p>one");
    await writeFile(base, "two/a", "<p>two");
    await writeBigFile(`${base}/one`);
    const stage = { base, root: `${base}/root` };
    LINK.make(stage);
    await withServer({}, async ({ connect }) => {
      const client = await connect();
      const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n`;
      await client.send(`${get("/a")}\r\n${GET_BIG}${get("/a")}Connection: close\r\n\r\n`);
      assertEquals((await client.readResponse()).content, "<p>one");
      LINK.turn(stage); // While the large one is sent, which waits for us.
      assertMatch((await countBytes(client)).tail, /HTTP\/1\.1 200 OK\r\n[^]*<p>two$/);
    }, { root: stage.root, cleanUrls: true });
  });
});
