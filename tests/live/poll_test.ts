import { assertEquals } from "@std/assert";
import { FolderPoller } from "../../lib/live/poll.ts";
import { systemPath, testWithLinks } from "../tools.ts";

testWithLinks(
  "FolderPoller sees what is written, made, renamed and removed, and is silent about the rest",
  async () => {
    const rootPath = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
    await Deno.mkdir(`${rootPath}/sub/ignored`, { recursive: true });
    await Deno.writeTextFile(`${rootPath}/sub/a.html`, "a");
    await Deno.symlink(rootPath, `${rootPath}/sub/circle`);
    let next = Promise.withResolvers<string[]>();
    const poller = new FolderPoller({
      rootPath,
      pollMs: 1,
      isIgnored: (path) => path === "sub/ignored",
      onPaths: (paths) => next.resolve(paths.map((path) => path.slice(rootPath.length + 1)).sort()),
      onError: (error) => next.reject(error),
    });
    const changes = async (change: () => Promise<void>) => {
      next = Promise.withResolvers();
      await change();
      return await next.promise;
    };
    try {
      // The first look is only to know what there is: until it is over, a new file may be part of it.
      for (let i = 0, isOver = false; !isOver; i++) {
        next = Promise.withResolvers();
        await Deno.writeTextFile(`${rootPath}/sub/a.html`, "x".repeat(i));
        isOver = await Promise.race([
          next.promise.then(() => true),
          new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 50)),
        ]);
      }
      const write = (path: string, text: string) => () =>
        Deno.writeTextFile(`${rootPath}/${path}`, text);
      await Deno.writeTextFile(`${rootPath}/sub/ignored/b`, "b");
      assertEquals(await changes(write("sub/a.html", "y".repeat(99))), ["sub/a.html"]);
      assertEquals(await changes(write("new.html", "")), ["new.html"]);
      assertEquals(await changes(() => Deno.remove(`${rootPath}/new.html`)), ["new.html"]);
      assertEquals(
        await changes(() => Deno.rename(`${rootPath}/sub/a.html`, `${rootPath}/b.html`)),
        ["b.html", "sub/a.html"],
      );
      const gone = await changes(() => Deno.remove(rootPath, { recursive: true }));
      assertEquals(gone.length > 0, true, "the root itself");
      const back = await changes(() => Deno.mkdir(`${rootPath}/c`, { recursive: true }));
      assertEquals(back.length > 0, true, "and anew");
    } finally {
      poller.close();
      // A look that is under way ends in its next slice.
      await new Promise((resolve) => setTimeout(resolve, 50));
      await Deno.remove(rootPath, { recursive: true });
    }
  },
);

Deno.test("FolderPoller tells of what is written while it looks for the first time", async () => {
  const rootPath = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
  const past = new Date(Date.now() - 60_000);
  for (const name of ["a.html", "old.html"]) {
    await Deno.writeTextFile(`${rootPath}/${name}`, "");
    await Deno.utime(`${rootPath}/${name}`, past, past);
  }
  const told = Promise.withResolvers<readonly string[]>();
  const poller = new FolderPoller({
    rootPath,
    pollMs: 60_000,
    isIgnored: () => false,
    onPaths: told.resolve,
    onError: told.reject,
  });
  // It begins in the next turn of the event loop.
  Deno.writeTextFileSync(`${rootPath}/a.html`, "a");
  assertEquals(await told.promise, [systemPath(`${rootPath}/a.html`)]);
  poller.close();
  await Deno.remove(rootPath, { recursive: true });
});

testWithLinks(
  "FolderPoller tells of a root that is turned while it looks for the first time",
  async () => {
    const base = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_" }));
    const past = new Date(Date.now() - 60_000);
    for (const folder of ["one", "two"]) {
      await Deno.mkdir(`${base}/${folder}`);
      await Deno.writeTextFile(`${base}/${folder}/a.html`, folder);
      await Deno.utime(`${base}/${folder}/a.html`, past, past);
    }
    await Deno.symlink(`${base}/one`, `${base}/root`);
    await Deno.symlink(`${base}/two`, `${base}/next`);
    const told = Promise.withResolvers<readonly string[]>();
    const poller = new FolderPoller({
      rootPath: `${base}/root`,
      pollMs: 60_000,
      isIgnored: () => false,
      onPaths: told.resolve,
      onError: told.reject,
    });
    try {
      Deno.renameSync(`${base}/next`, `${base}/root`);
      assertEquals(await told.promise, [systemPath(`${base}/root/a.html`)]);
    } finally {
      poller.close();
      await Deno.remove(base, { recursive: true });
    }
  },
);
