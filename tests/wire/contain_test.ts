import { assert, assertEquals } from "@std/assert";
import { parseResponse, requestOf, type Running, withServer, writeFile } from "./harness.ts";
import { startServer } from "./server_process.ts";
import { testWithLinks } from "../tools.ts";

const SECRET = "outside, private";

/** Plants links; `root` has a name that `root2`, outside, starts with. */
async function plantLinks({ root, outside }: Running): Promise<void> {
  await writeFile(outside, "secret.txt", SECRET);
  await writeFile(outside, "index.html", SECRET);
  await writeFile(`${root}2`, "secret.txt", SECRET);
  const links: readonly (readonly [path: string, to: string])[] = [
    ["file", "a.txt"],
    ["absolute", `${root}/a.txt`],
    ["around", `${outside}/back/a.txt`],
    ["chain1", "chain2"],
    ["chain2", "d/../chain3"],
    ["chain3", "./a.txt"],
    ["folder", "d"],
    ["self", "."],
    ["d/up", "../a.txt"],
    ["index/index.html", "../a.txt"],
    ["out", `${outside}/secret.txt`],
    ["relative", "../outside/secret.txt"],
    ["hop1", "hop2"],
    ["hop2", "../outside/hop3"],
    ["outFolder", outside],
    ["parent", ".."],
    ["d/parent", "../.."],
    ["slash", "/"],
    ["passwd", "/etc/passwd"],
    ["process", "/proc/self/cwd"],
    ["prefix", `${root}2/secret.txt`],
    ["prefixFolder", `${root}2`],
    ["outIndex/index.html", `${outside}/index.html`],
    ["dangling", "nothing"],
    ["danglingOut", `${outside}/nothing`],
    ["loop1", "loop2"],
    ["loop2", "loop1"],
    ["loop/loop", "../loop/loop"],
    ["404.html", `${outside}/index.html`],
  ];
  for (const [path, to] of links) {
    const full = `${root}/${path}`;
    await Deno.mkdir(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    await Deno.symlink(to, full);
  }
  await Deno.symlink(`${outside}/secret.txt`, `${outside}/hop3`);
  await Deno.symlink(root, `${outside}/back`);
}

const LINKS: readonly (readonly [target: string, statusCode: number, why: string])[] = [
  ["/file", 200, "to a file inside"],
  ["/absolute", 200, "to a file inside, absolute"],
  ["/around", 200, "out and back in: what counts is where it ends"],
  ["/chain1", 200, "a chain that stays inside"],
  ["/folder/b.txt", 200, "through a folder inside"],
  ["/folder", 301, "a link to a folder is a folder"],
  ["/folder/../a.txt", 200, "RFC 3986 §5.2.4: names are taken back, whatever a link leads to"],
  ["/outFolder/%2e%2e/a.txt", 200, "also one that leads out"],
  ["/slash/../etc/passwd", 404, "whose parent is none of ours"],
  ["/parent/../secret.txt", 404, "the same, of the folder above"],
  ["/self/self/self/a.txt", 200, "a link to its own folder"],
  ["/d/up", 200, "up, but not out"],
  ["/index/", 200, "an index that is a link"],
  ["/out", 404, "to a file outside"],
  ["/out/", 404, "with a slash"],
  ["/relative", 404, "relative"],
  ["/hop1", 404, "three links, the second leads out"],
  ["/outFolder", 404, "a folder outside gets no redirect"],
  ["/outFolder/", 404, "nor is its index served"],
  ["/outFolder/secret.txt", 404, "nor a file in it"],
  ["/outFolder/nothing", 404, "the same for what is not there"],
  ["/outFolder/back/a.txt", 200, "back in through it"],
  ["/parent", 404, "the root's parent"],
  ["/parent/outside/secret.txt", 404, "down again elsewhere"],
  ["/parent/root/a.txt", 200, "down again to the root"],
  ["/d/parent/outside/secret.txt", 404, "from further down"],
  ["/slash/etc/passwd", 404, "the whole file system"],
  ["/passwd", 404, "a file of the system"],
  ["/process/deno.json", 404, "a link of the kernel"],
  ["/prefix", 404, "the root's path is only a prefix of this one"],
  ["/prefixFolder/secret.txt", 404, "the same, a folder"],
  ["/outIndex/", 404, "an index outside"],
  ["/dangling", 404, "to nothing"],
  ["/danglingOut", 404, "to nothing outside"],
  ["/loop1", 404, "a circle of two"],
  ["/loop/loop", 404, "a circle of one"],
  ["/loop1/a.txt", 404, "through a circle"],
  ["/404.html", 404, "and no page of an error comes from outside"],
];

testWithLinks("openInside() follows links inside the root and none that leads out", async () => {
  await withServer({ "a.txt": "inside", "d/b.txt": "inside" }, async (running) => {
    await plantLinks(running);
    for (const [target, statusCode, why] of LINKS) {
      for (const method of ["GET", "HEAD"]) {
        const text = await running.exchange(requestOf(target, [], method));
        const response = parseResponse(text);
        assertEquals(response.statusCode, statusCode, `${target}: ${why}`);
        if (statusCode === 200 && method === "GET") assertEquals(response.content, "inside", why);
        assert(!text.includes(SECRET) && !text.includes("root:"), why);
      }
    }
    assertEquals(running.errors, []);
  });
});

testWithLinks("openInside() gives the same answers in the sandbox of deno task serve", async () => {
  await withServer({ "a.txt": "inside", "d/b.txt": "inside" }, async (running) => {
    await plantLinks(running);
    await using server = await startServer(running.root);
    for (const [target, statusCode, why] of LINKS) {
      const url = `http://127.0.0.1:${server.port}${target}`;
      const response = await fetch(url, { redirect: "manual" });
      assert(!(await response.text()).includes(SECRET), why);
      assertEquals(response.status, statusCode, `${target}: ${why}`);
    }
  });
});

testWithLinks(
  "openSite() takes a root that is a link, and links out of it still lead out",
  async () => {
    await withServer({ "real/a.txt": "inside", "b.txt": SECRET }, async ({ root }) => {
      await Deno.symlink("real", `${root}/link`);
      await Deno.symlink("../b.txt", `${root}/real/out`);
      await Deno.symlink(`${root}/link/a.txt`, `${root}/real/in`);
      await withServer({}, async ({ exchange }) => {
        assertEquals(parseResponse(await exchange(requestOf("/a.txt"))).content, "inside");
        assertEquals(parseResponse(await exchange(requestOf("/in"))).content, "inside");
        assertEquals(parseResponse(await exchange(requestOf("/out"))).statusCode, 404);
      }, { root: `${root}/link` });
    });
  },
);
