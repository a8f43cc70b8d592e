import { assertEquals } from "@std/assert";
import { FolderPoller } from "../../lib/live/poll.ts";
import { testWithLinks } from "../tools.ts";

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
