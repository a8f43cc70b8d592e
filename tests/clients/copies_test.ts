/** Copies of a site on several machines agree: what begins at one of them goes on at another, as rsync has copied it. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ask, type RawResponse, type Running, withServer } from "../wire/harness.ts";
import { VersionedFile, versionOf } from "../property/versioned_files.ts";
import { testWithTools } from "../tools.ts";
import { csv, noise } from "./beside_nginx.ts";

/** Sizes on each side of what is kept in memory (2 MiB). */
const FILES = {
  "small.txt": "a small file\n",
  "small.csv": csv(100_000),
  "large.bin": noise(5_000_000),
  "large.csv": csv(3_000_000),
};
const INIT = { compression: true };
const CODED = ["Accept-Encoding: gzip"];

/**
 * Asks until two answers have one tag, and the form that is to be had: from then on the file has settled, which takes a
 * second.
 */
async function settled(
  running: Running,
  name: string,
  lines: readonly string[] = [],
): Promise<RawResponse> {
  const coding = lines.length > 0 && name.endsWith(".csv") ? "gzip" : undefined;
  let before = await ask(running, `/${name}`, lines, "HEAD");
  for (let tries = 0; tries < 600; tries++) {
    const now = await ask(running, `/${name}`, lines, "HEAD");
    const isSame = now.fields.get("etag") === before.fields.get("etag");
    if (isSame && now.fields.get("content-encoding") === coding) return now;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The tag of ${name} changes again and again`);
}

/** Two servers, the second of which has what `rsync -a` has made of the first. */
async function withCopies(
  rsync: string,
  test: (here: Running, there: Running) => Promise<void>,
): Promise<void> {
  await withServer(FILES, async (here) => {
    await withServer({}, async (there) => {
      const args = ["-a", `${here.root}/`, there.root];
      const { success } = await new Deno.Command(rsync, { args }).output();
      assert(success, "rsync has copied");
      await test(here, there);
    }, INIT);
  }, INIT);
}

testWithTools("entityTagOf() gives copies by rsync -a one tag, in each form", ["rsync"], async ({
  rsync,
}) => {
  await withCopies(rsync, async (here, there) => {
    for (const name of Object.keys(FILES)) {
      for (const lines of [[], CODED]) {
        const what = `${name} ${lines}`;
        const first = await settled(here, name, lines);
        const tag = first.fields.get("etag")!;
        assertEquals((await settled(there, name, lines)).fields.get("etag"), tag, what);
        const again = await ask(there, `/${name}`, [...lines, `If-None-Match: ${tag}`]);
        assertEquals(again.statusCode, 304, what);
      }
    }
  });
});

testWithTools("a download that moves to a copy by rsync -a goes on there", ["rsync"], async ({
  rsync,
}) => {
  await withCopies(rsync, async (here, there) => {
    for (const name of Object.keys(FILES)) {
      const tag = (await settled(here, name)).fields.get("etag")!;
      await settled(there, name);
      const half = await ask(here, `/${name}`, ["Range: bytes=0-5"]);
      const rest = await ask(there, `/${name}`, ["Range: bytes=6-", `If-Range: ${tag}`]);
      assertEquals([half.statusCode, rest.statusCode], [206, 206], name);
      const whole = await ask(here, `/${name}`);
      assert(half.content + rest.content === whole.content, `${name}: the same bytes`);
    }
  });
});

testWithTools("a chmod, or another copy in its place, changes no tag", ["rsync"], async ({
  rsync,
}) => {
  await withCopies(rsync, async (here) => {
    const names = Object.keys(FILES);
    const tagsOf = async () => {
      const answers = await Promise.all(names.map((name) => settled(here, name)));
      return answers.map(({ fields }) => fields.get("etag"));
    };
    const tags = await tagsOf();
    for (const name of names) await Deno.chmod(`${here.root}/${name}`, 0o600);
    assertEquals(await tagsOf(), tags, "chmod");
    await new Deno.Command(rsync, { args: ["-a", `${here.root}/`, here.outside] }).output();
    for (const name of names) {
      await Deno.rename(`${here.outside}/${name}`, `${here.root}/${name}`);
    }
    assertEquals(await tagsOf(), tags, "copied");
  });
});

/** Tokens of 8 bytes: 3 MB, which no cache of ours takes. */
const TOKENS = 375_000;

Deno.test("a large file of the same size and time but other bytes has another tag", async () => {
  await withServer({}, async (running) => {
    // All at once, as each of them has to rest for a second twice.
    await Promise.all((["timeRestored", "replacedAlike", "inPlace"] as const).map(async (way) => {
      const name = `${way}.bin`;
      const file = new VersionedFile(running, name);
      await file.create(TOKENS);
      const before = (await settled(running, name)).fields.get("etag")!;
      await file.rewrite(way, TOKENS);
      const now = await ask(running, `/${name}`, ["Range: bytes=9-", `If-Range: ${before}`]);
      assertEquals(now.statusCode, 200, `${way}: its rest belongs to other bytes`);
      assertEquals(versionOf(now.content), 2, way);
      const after = await settled(running, name);
      assertNotEquals(after.fields.get("etag"), before, way);
    }));
  });
});
