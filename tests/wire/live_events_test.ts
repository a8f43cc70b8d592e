/** `--live` over the wire: its script, the events that it follows, and an end that waits for nobody. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ask, withServer, writeFile } from "./harness.ts";
import { follow, PAGE, TAIL_TEXT } from "./live.ts";

/** The state that the script was made for. */
function stateIn(script: string): { version: string; ageMs: number } {
  const [, version, age] = /VERSION = "(\S+)";[^]*Number\(" *(\S+)"\)/.exec(script)!;
  return { version, ageMs: Number(age) };
}

Deno.test("live: the script knows the last change, whatever pages hear later", async () => {
  await withServer({ "index.html": PAGE }, async (running) => {
    const startMs = performance.now();
    const before = stateIn((await ask(running, "/.vitrine/live.js")).content);
    assertEquals(before.ageMs, Infinity);
    const { events } = await follow(running);
    await events.readUntil("\r\n\r\n");
    assertEquals((await events.next())[1], before.version);
    await writeFile(running.root, "index.html", PAGE + "new");
    const [, version] = await events.next();
    const after = stateIn((await ask(running, "/.vitrine/live.js")).content);
    assertEquals(after.version, version);
    assert(after.ageMs >= 40 - 1 && after.ageMs <= performance.now() - startMs, `${after.ageMs}`);
  }, { live: true });
});

Deno.test("live: the script and the events answer GET, HEAD and OPTIONS", async () => {
  await withServer({}, async (running) => {
    const script = await ask(running, "/.vitrine/live.js");
    assertEquals(script.fields.get("content-type"), "text/javascript; charset=utf-8");
    assertMatch(script.content, /new EventSource\(/);
    const head = await ask(running, "/.vitrine/live.js", [], "HEAD");
    assertEquals(head.fields.get("content-length"), String(script.content.length));
    const events = await ask(running, "/.vitrine/live", [], "HEAD");
    assertEquals(events.fields.get("content-type"), "text/event-stream");
    assertEquals(events.fields.has("content-length"), false, "there is no length to tell");
    assertEquals(events.fields.get("x-accel-buffering"), "no", "nor may nginx gather them");
    const cacheControl = events.fields.get("cache-control");
    assertEquals(cacheControl, "no-store, no-transform", "nor code-server, to compress them");
    assertEquals((await ask(running, "/.vitrine/live", [], "OPTIONS")).statusCode, 204);
    assertEquals((await ask(running, "/.vitrine/live", [], "POST")).statusCode, 405);
  }, { live: true });
});

Deno.test("live: the script is in every folder, as pages ask for it by a relative address", async () => {
  const files = {
    "a/b/page.html": PAGE,
    "a/.vitrine/live.json": "",
    "x.vitrine/live.js": "own",
  };
  await withServer(files, async (running) => {
    const cases = [
      // target, way to the root
      ["/.vitrine/live.js", "../"],
      ["/.vitrine/live.js?1", "../"],
      ["/a/b/.vitrine/live.js", "../../../"],
      ["/no/such/.vitrine/live.js", "../../../"],
      ["//.vitrine/live.js", "../../"],
    ] as const;
    for (const [target, root] of cases) {
      const { statusCode, content, fields } = await ask(running, target);
      assertEquals(
        [statusCode, fields.get("cache-control")],
        [200, "no-store"],
        target,
      );
      assertEquals(
        /ROOT = new URL\("([^"]*)"/.exec(content)?.[1],
        root,
        target,
      );
      const seen = new URL(root, `http://a/p${target.replace(/^\/\//, "/x/")}`).pathname;
      assertEquals(seen, "/p/", "below a prefix");
    }
    assertEquals((await ask(running, "/x.vitrine/live.js")).content, "own");
    for (
      const target of [
        "/a/.vitrine/live",
        "/a/.vitrine/live.js/",
        "/a/.vitrine/live.json",
      ]
    ) {
      assertEquals((await ask(running, target)).statusCode, 404, target);
    }
  }, { live: true });
});

Deno.test("live: a quarter of the slots is for pages that follow, and the one that came first ends for the next", async () => {
  await withServer({ "index.html": PAGE }, async (running) => {
    const [first, second, third] = [
      await follow(running),
      await follow(running),
      await follow(running),
    ];
    for (const { events } of [second, third]) {
      await events.readUntil("\r\n\r\n");
      assertEquals((await events.next())[0], "hello");
    }
    assertMatch(await first.client.readToEnd(), /^HTTP\/1\.1 200 [^]*event:\s*hello\n[^]*\n\n$/);
    await writeFile(running.root, "index.html", PAGE + "new");
    for (const { events } of [second, third]) assertEquals((await events.next())[0], "reload");
    for (const { client } of [first, second, third]) client.close();
  }, { live: true, maxConnections: 8 });
});

Deno.test("live: followers hear of changes, of style sheets apart, and of a burst once", async () => {
  await withServer({ "index.html": PAGE, "a.css": "a{}" }, async (running) => {
    const { root } = running;
    const followers = [await follow(running), await follow(running)];
    for (const { events } of followers) {
      const head = await events.readUntil("\r\n\r\n");
      assertMatch(head, /^HTTP\/1\.1 200 OK\r\n/);
      assertMatch(head, /\r\nConnection: close\r\n/);
      assertEquals((await events.next())[0], "hello");
    }
    await writeFile(root, "a.css", "b{}");
    const css = await Promise.all(followers.map(({ events }) => events.next()));
    assertEquals(css.map(([event]) => event), ["css", "css"]);
    assertEquals(css[0], css[1], "all of them the same");

    // As Vim saves: a probe, a backup, the file anew; only the last of them is of the site.
    await writeFile(root, "4913", "");
    await Deno.remove(`${root}/4913`);
    await Deno.rename(`${root}/index.html`, `${root}/index.html~`);
    await writeFile(root, "index.html", PAGE);
    await Deno.remove(`${root}/index.html~`);
    let [event, version] = await followers[0].events.next();
    if (Deno.build.os === "windows") { // Wine on a busy machine may tell of one write in two bursts.
      while (event === "css") [event, version] = await followers[0].events.next();
    }
    assertEquals(event, "reload");

    await writeFile(root, "sub/deep.html", PAGE);
    const next = await followers[0].events.next();
    assertEquals(next[0], "reload", "below a new folder");
    assertEquals(Number(next[1].split("-").at(-1)), Number(version.split("-").at(-1)) + 1);

    const late = await follow(running);
    await late.events.readUntil("\r\n\r\n");
    assertEquals((await late.events.next())[1], next[1], "the greeting tells where we are");
    assertEquals(running.errors, []);
  }, { live: true });
});

Deno.test("live: followers hear of changes in a root that was removed, moved and made anew", async () => {
  await withServer({ "index.html": PAGE }, async (running) => {
    const { root, outside } = running;
    const { events } = await follow(running);
    await events.readUntil("\r\n\r\n");
    await events.next();
    const untilReload = async (content: string) => {
      while ((await ask(running, "/")).content !== content) {
        assertEquals((await events.next())[0], "reload");
      }
    };
    for (const made of ["one", "two"]) {
      await Deno.remove(root, { recursive: true });
      assertEquals((await events.next())[0], "reload");
      assertEquals((await ask(running, "/")).statusCode, 404);
      await writeFile(root, "index.html", made);
      await untilReload(made + TAIL_TEXT);
      await writeFile(root, "index.html", `${made} again`);
      await untilReload(`${made} again${TAIL_TEXT}`);
    }
    // Some tools build beside it, and swap.
    await writeFile(outside, "new/index.html", "swapped");
    await Deno.rename(root, `${outside}/old`);
    await Deno.rename(`${outside}/new`, root);
    await events.next();
    await writeFile(root, "index.html", "swapped again");
    await untilReload("swapped again" + TAIL_TEXT);
    await Deno.writeTextFile(`${outside}/old/index.html`, "nobody's");
    assertEquals(running.errors, []);
  }, { live: true });
});

for (const [livePollMs, what] of [[null, "told by the system"], [100, "looked for"]] as const) {
  Deno.test(`live: what --live-ignore names reloads nothing, with changes ${what}`, async () => {
    const files = { "index.html": PAGE, "access.log": "", "data/a.json": "{}" };
    await withServer(files, async (running) => {
      const { root } = running;
      const { events } = await follow(running);
      await events.readUntil("\r\n\r\n");
      const [, hello] = await events.next();
      const countOf = (version: string) => Number(version.split("-").at(-1));
      // Between ignored changes, one that matters: each is counted once.
      for (let i = 1; i <= 3; i++) {
        await writeFile(root, "access.log", "x".repeat(i));
        await writeFile(root, `data/${i}.json`, "{}");
        // Longer than a burst, and than a look: they would be told by themselves.
        await new Promise((resolve) => setTimeout(resolve, 500));
        await writeFile(root, "index.html", PAGE + "x".repeat(i));
        const [event, version] = await events.next();
        assertEquals([event, countOf(version)], ["reload", countOf(hello) + i]);
      }
    }, { live: true, liveIgnore: ["*.log", "/data"], livePollMs });
  });
}

Deno.test("live: a follower is never late, and ends with the server", async () => {
  let ended: Promise<string> | undefined;
  await withServer({ "index.html": PAGE }, async (running) => {
    const { client, events } = await follow(running);
    await events.readUntil("\r\n\r\n");
    await events.next();
    // Longer than every deadline of a connection, which is at work here: an idle one is closed.
    const idle = await running.connect();
    await idle.readToEnd();
    await writeFile(running.root, "index.html", PAGE + "more");
    assertEquals((await events.next())[0], "reload", "still there");
    ended = client.readToEnd();
    const shutdown = running.server.shutdown();
    assertEquals(await ended, "", "a clean end");
    client.close();
    await shutdown;
  }, {
    live: true,
    keepAliveTimeoutMs: 150,
    headTimeoutMs: 150,
    stallTimeoutMs: 150,
    graceMs: 60_000,
  });
});

Deno.test("live: a follower that leaves is forgotten", async () => {
  await withServer({ "index.html": PAGE }, async (running) => {
    const { client, events } = await follow(running);
    await events.readUntil("\r\n\r\n");
    await events.next();
    client.close();
    while (!running.log.some(({ requestLine }) => requestLine?.includes("/.vitrine/live"))) {
      await ask(running, "/");
    }
    await writeFile(running.root, "index.html", PAGE + "more");
    assertEquals((await ask(running, "/")).content, PAGE + "more" + TAIL_TEXT);
    assertEquals(running.errors, []);
  }, { live: true });
});

Deno.test("live: a change in a folder of --follow reloads pages, style sheets included", async () => {
  await withServer({}, async ({ outside }) => {
    await Deno.mkdir(`${outside}/shared`);
    await withServer({ "index.html": PAGE }, async (running) => {
      const { client, events } = await follow(running);
      await events.readUntil("\r\n\r\n");
      assertEquals((await events.next())[0], "hello");
      await writeFile(`${outside}/shared`, "s.css", "a {}");
      assertEquals((await events.next())[0], "reload");
      client.close();
    }, { live: true, follow: [`${outside}/shared`] });
  });
});
