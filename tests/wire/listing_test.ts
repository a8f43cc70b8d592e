/** `--listing`, over the wire, and the 404 page without it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ask, withServer, writeFile } from "./harness.ts";
import { askTwice, withSite } from "./site.ts";

const FILES = {
  "dir/a b.txt": "12345",
  "dir/sub/x": "",
  "dir/.secret": "s",
  "dir/_headers": "only in the root is it a rule",
  "with/index.html": "<p>index",
  "_headers": "/*\n  X-A: b\n",
};
const JSON_ACCEPTED = ["Accept: application/json"];
const LISTING = { listing: true };

interface Listing {
  readonly path: string;
  readonly entries: readonly { readonly name: string; readonly kind: string }[];
}

function namesOf(content: string): string[] {
  return (JSON.parse(content) as Listing).entries.map(({ name, kind }) => `${kind} ${name}`);
}

Deno.test("--listing lists folders without index.html, as a page and as JSON, by GET and HEAD", async () => {
  await withSite(FILES, LISTING, async (ask) => {
    const page = await askTwice(ask, "/dir/");
    assertEquals(page.statusCode, 200);
    assertEquals(page.fields.get("content-type"), "text/html; charset=utf-8");
    assertEquals([page.fields.get("vary"), page.fields.get("cache-control")], [
      "Accept",
      "no-cache",
    ]);
    assertStringIncludes(page.content, '<a href="a%20b.txt">');
    assertStringIncludes(page.content, '<a href="sub/">');
    const json = await askTwice(ask, "/dir/", JSON_ACCEPTED);
    assertEquals(json.fields.get("content-type"), "application/json");
    assertEquals(json.fields.get("vary"), "Accept");
    assertEquals(namesOf(json.content), ["folder sub", "file _headers", "file a b.txt"]);
    assertEquals((await ask("/dir/a%20b.txt")).content, "12345");
  });
});

Deno.test("--listing keeps the slash, the query and index.html as they are", async () => {
  await withSite(FILES, LISTING, async (ask) => {
    const redirect = await askTwice(ask, "/dir?sort=size");
    assertEquals([redirect.statusCode, redirect.fields.get("location")], [301, "./dir/?sort=size"]);
    assertEquals((await ask("/with/")).content, "<p>index");
    assertEquals((await ask("/dir/a%20b.txt/")).statusCode, 404);
    assertEquals((await ask("/nope/")).statusCode, 404);
  });
});

Deno.test("--listing of the root names no rules, which are not served either", async () => {
  await withSite(FILES, LISTING, async (ask) => {
    assertEquals(namesOf((await ask("/", { fields: JSON_ACCEPTED })).content), [
      "folder dir",
      "folder with",
    ]);
    assertEquals((await ask("/_headers")).statusCode, 404);
    assertEquals((await ask("/dir/_headers")).statusCode, 200);
  });
});

Deno.test("--listing never names dotfiles, not even when they are served", async () => {
  for (const dotfiles of [false, true]) {
    await withSite(FILES, { ...LISTING, dotfiles }, async (ask) => {
      assert(!(await ask("/dir/")).content.includes(".secret"));
      assertEquals((await ask("/dir/.secret")).statusCode, dotfiles ? 200 : 404);
    });
  }
});

Deno.test("--listing does not list what a dotfile hides", async () => {
  await withSite({ ".git/config": "", "a": "" }, LISTING, async (ask) => {
    assertEquals((await ask("/.git/")).statusCode, 404);
  });
});

Deno.test({
  name: "--listing names links that stay inside, and no others",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withSite(FILES, LISTING, async (ask, { root, outside }) => {
      await writeFile(outside, "secret.txt", "s");
      await Deno.symlink(`${outside}/secret.txt`, `${root}/dir/leak.txt`);
      await Deno.symlink(outside, `${root}/dir/leak`);
      await Deno.symlink(`${root}/nowhere`, `${root}/dir/dangling`);
      await Deno.symlink("loop", `${root}/dir/loop`);
      await Deno.symlink("a b.txt", `${root}/dir/inside.txt`);
      await Deno.symlink("../with", `${root}/dir/inside`);
      await new Deno.Command("mkfifo", { args: [`${root}/dir/fifo`] }).output();
      const { content } = await ask("/dir/", { fields: JSON_ACCEPTED });
      assertEquals(namesOf(content), [
        "folder inside",
        "folder sub",
        "file _headers",
        "file a b.txt",
        "file inside.txt",
      ]);
      assertEquals((await ask("/dir/leak/")).statusCode, 404, "nor is a folder outside listed");
      assertEquals((await ask("/dir/inside/")).content, "<p>index");
    });
  },
});

Deno.test("--listing is as fresh as files are", async () => {
  await withSite(FILES, LISTING, async (ask, { root }) => {
    await ask("/dir/sub/");
    for (const name of ["1", "2", "3"]) {
      await writeFile(root, `dir/sub/${name}`, "");
      assertStringIncludes((await ask("/dir/sub/")).content, `<bdi>${name}</bdi>`);
    }
    await Deno.remove(`${root}/dir/sub/2`);
    assert(!(await ask("/dir/sub/")).content.includes("<bdi>2</bdi>"));
    await writeFile(root, "dir/sub/index.html", "<p>now");
    assertEquals((await ask("/dir/sub/")).content, "<p>now");
  });
});

/** A look at each takes 4 ms under Wine, on Linux 4 µs. */
const MANY = Deno.build.os === "windows" ? 1_000 : 10_000;

Deno.test("--listing lists 10,000 entries in a second and lets others through", async () => {
  await withSite({ "small.txt": "s", "big/0": "" }, LISTING, async (ask, { root, connect }) => {
    for (let i = 1; i < MANY; i++) Deno.createSync(`${root}/big/${i}`).close();
    const started = performance.now();
    let isListed = false;
    const listed = ask("/big/").finally(() => isListed = true);
    const other = await connect();
    let answers = 0;
    while (!isListed) {
      await other.send("GET /small.txt HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals((await other.readResponse()).content, "s");
      answers++;
    }
    const { content } = await listed;
    assertEquals(content.match(/<tr class="file">/g)?.length, MANY);
    // 0.6 s on a quiet laptop of two cores; the bound leaves room for a slow and busy one.
    assert(performance.now() - started < 30_000, `${performance.now() - started} ms`);
    assert(answers >= 10, `${answers} answers meanwhile`);
  });
});

Deno.test("without --listing the 404 page of a folder says what is missing and which flag helps", async () => {
  await withSite(FILES, {}, async (ask, { log }) => {
    const page = await askTwice(ask, "/dir/");
    assertEquals(page.statusCode, 404);
    assertStringIncludes(page.content, "this folder has no index.html");
    assertStringIncludes(page.content, "--listing");
    assertStringIncludes(log.at(-1)?.detail ?? "", "no index.html");
    const other = await ask("/nope/");
    assertEquals(other.statusCode, 404);
    assert(!other.content.includes("--listing"), "what is not there is no folder");
    assertEquals((await ask("/dir/.secret/")).content.includes("--listing"), false);
  });
});

Deno.test("without --listing the site's own 404 page is shown for a folder, too", async () => {
  await withSite({ ...FILES, "404.html": "<p>own" }, {}, async (ask) => {
    assertEquals((await ask("/dir/")).content, "<p>own");
  });
});

Deno.test("a listing has an entity tag of its bytes, for each order, format and coding, and is 304 to who has it", async () => {
  const many = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`many/${i}.txt`, "x"]));
  await withServer({ "few/a.txt": "a", ...many }, async (running) => {
    for (const folder of ["/few/", "/many/"]) {
      const variants = [
        [folder, []],
        [folder + "?sort=name&order=desc", []],
        [folder, ["Accept: application/json"]],
        [folder, ["Accept-Encoding: gzip"]],
      ] as const;
      const tags: string[] = [];
      for (const [target, fields] of variants) {
        const { statusCode, fields: got, content } = await ask(running, target, fields);
        const tag = got.get("etag") ?? "";
        assert(/^"[\w-]{16}(?:-gzip)?"$/.test(tag), tag);
        assertEquals(statusCode, 200);
        tags.push(tag);
        const again = await ask(running, target, fields);
        assertEquals([again.fields.get("etag"), again.content], [tag, content]);
        for (const method of ["GET", "HEAD"]) {
          const same = await ask(
            running,
            target,
            [...fields, `If-None-Match: "x", ${tag}`],
            method,
          );
          assertEquals([same.statusCode, same.content], [304, ""]);
          assertEquals(same.fields.get("etag"), tag);
          assertEquals(same.fields.get("vary"), got.get("vary"));
        }
        const other = await ask(running, target, [...fields, 'If-None-Match: "x"']);
        assertEquals(other.statusCode, 200);
      }
      // The two orders of one file are one page but for its links.
      assertEquals(new Set(tags).size, tags.length, tags.join());
      await writeFile(running.root, `${folder.slice(1)}new.txt`, "new");
      const changed = await ask(running, folder, [`If-None-Match: ${tags[0]}`]);
      assertEquals([changed.statusCode, changed.content.includes("new.txt")], [200, true]);
    }
  }, { listing: true, compression: true });
});

Deno.test("a listing with the script of --live has no entity tag: what is sent depends on who asks", async () => {
  await withServer({ "few/a.txt": "a" }, async (running) => {
    assertEquals((await ask(running, "/few/")).fields.get("etag"), undefined);
    assertEquals((await ask(running, "/few/", ["If-None-Match: *"])).statusCode, 200);
  }, { listing: true, live: true });
});
