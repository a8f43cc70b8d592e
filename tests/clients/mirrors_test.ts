/** Programs that copy a whole site by its listings: wget, rclone and lftp, each with names that no URL has plainly. */

import { assert, assertEquals } from "@std/assert";
import { writeFile } from "../wire/harness.ts";
import { csv, noise, runIn, targetsOf, testBesideNginx, treeOf, tryIn } from "./beside_nginx.ts";

/** What each of them has to bring home, byte by byte. */
const FILES: Readonly<Record<string, string | Uint8Array>> = {
  "plain.txt": "plain",
  "table.csv": csv(300_000),
  "noise.bin": noise(3_000_000),
  "empty.dat": "",
  "LICENSE": "free\n",
  "with space.txt": "space",
  "plus+and&amp;.txt": "ampersand",
  "hash#.txt": "hash",
  "per%20cent.txt": "per cent",
  "que?ry=1.txt": "question mark",
  "quote'\".txt": "quotes",
  "less<more>.txt": "brackets",
  "semi;colon,comma.txt": "semicolon",
  "[square]{curly}.txt": "more brackets",
  "a:b.txt": "looks like a scheme, so rclone asks for /./a:b.txt",
  "signs~@=$!*().txt": "signs",
  "dots..in..name.txt": "dots",
  "\u00e9\u4e2d\u{1f600}.txt": "unicode",
  "sub folder #1/deep?er/%41.bin": noise(1_000, 2),
  "sub folder #1/page.html": "<!DOCTYPE html><p>page",
};

const LISTED = {
  init: { listing: true },
  nginx: "autoindex on;",
  async make(root: string) {
    for (const [path, content] of Object.entries(FILES)) await writeFile(root, path, content);
    // A time of this second is not told as one that can be relied on.
    for (const path of Object.keys(FILES)) await Deno.utime(`${root}/${path}`, TIME, TIME);
  },
};

const TIME = new Date("2026-01-02T03:04:05Z");

/** Throws unless a copy has all that the original has, by the name that a program gives to it. */
async function assertCopied(
  root: string,
  copy: string,
  named: (path: string) => string = (path) => path,
): Promise<void> {
  const files = Object.entries(await treeOf(root)).map(([path, digest]) => [named(path), digest]);
  assertEquals(await treeOf(copy), Object.fromEntries(files));
}

testBesideNginx("serve() lets wget mirror a folder by its listings", {
  tools: ["wget"],
  ...LISTED,
  async work(site, { wget }) {
    const mirror = ["--mirror", "--no-parent", "--no-host-directories", "--no-verbose"];
    const args = [...mirror, "--no-config", "--tries=2", "--reject=index.html*"];
    // wget decodes what it has decoded once already.
    await runIn(site.out, [wget, ...args, "--directory-prefix=copy", site.url]);
    await assertCopied(site.root, `${site.out}/copy`, decodeURIComponent);
    const { mtime } = await Deno.stat(`${site.out}/copy/noise.bin`);
    assertEquals(mtime, TIME, "as Last-Modified says");

    // Once more, it fetches what has changed, and that alone.
    const before = targetsOf(site, 200).length;
    await Deno.writeTextFile(`${site.out}/copy/plain.txt`, "other");
    await Deno.utime(`${site.out}/copy/plain.txt`, 0, 0);
    await runIn(site.out, [wget, ...args, "--directory-prefix=copy", site.url]);
    await assertCopied(site.root, `${site.out}/copy`, decodeURIComponent);
    const again = targetsOf(site, 200).slice(before).filter((target) => !/\/(\?|$)/.test(target));
    if (site.vitrine !== null) {
      assertEquals(again.filter((target) => target !== "/robots.txt"), ["/plain.txt"]);
    }
  },
});

testBesideNginx("serve() lets wget fetch a site by its links, and what pages need", {
  tools: ["wget"],
  async make(root) {
    const files = {
      "index.html":
        '<!DOCTYPE html><link rel=stylesheet href="css/a.css"><a href="docs/">docs</a>' +
        '<a href="a%20b.html?x=1#y">a b</a><img srcset="img/1.png 1x, img/2.png 2x"><a href="gone.html">gone</a>',
      "css/a.css": '@import "b.css"; body { background: url("../img/bg.png") }',
      "css/b.css": "p { color: red }",
      "img/1.png": noise(100),
      "img/2.png": noise(200),
      "img/bg.png": noise(300),
      "docs/index.html": `<!DOCTYPE html>${
        "<p>text".repeat(1000)
      }<a href="../">up</a><a href="ch1.html">1`,
      "docs/ch1.html": '<!DOCTYPE html><a href="/docs/">back</a><script src="/app.js"></script>',
      "app.js": "console.log(1)",
      "a b.html": "<!DOCTYPE html><p>a b",
      "robots.txt": "User-agent: *\nDisallow: /private/\n",
    };
    for (const [path, content] of Object.entries(files)) await writeFile(root, path, content);
  },
  async work({ url, out, root }, { wget }) {
    const args = [
      "--recursive",
      "--page-requisites",
      "--no-host-directories",
      "--no-verbose",
      "--no-config",
    ];
    const { code, stderr } = await tryIn(out, [
      wget,
      ...args,
      "--compression=auto",
      "--directory-prefix=copy",
      url,
    ]);
    assertEquals(code, 8, stderr); // gone.html is not there.
    const copy = await treeOf(`${out}/copy`);
    const { "a b.html": page, ...expected } = await treeOf(root);
    assertEquals(copy, { ...expected, "a b.html?x=1": page });
    return stderr.match(/ERROR \d+/g);
  },
});

testBesideNginx("serve() lets rclone list and copy a folder", {
  tools: ["rclone"],
  ...LISTED,
  async work(site, { rclone }) {
    const { url, out, root } = site;
    const settings = ["--config", `${out}/rclone.conf`, "--http-url", url, "--retries", "1"];
    const run = (...args: string[]) => runIn(out, [rclone, ...settings, ...args]);
    // Path, size and time of each, from HEAD requests.
    const listed = (await run("lsf", "--recursive", "--files-only", "--format", "pst", ":http:"))
      .split("\n").sort();
    const expected = Object.keys(FILES).length;
    assertEquals(listed.filter((line) => line !== "").length, expected, listed.join("\n"));

    // The large file by several ranges at once.
    await run(
      "copy",
      ":http:",
      "copy",
      "--multi-thread-cutoff",
      "1M",
      "--multi-thread-streams",
      "4",
    );
    await assertCopied(root, `${out}/copy`);
    await run("check", "--download", ":http:", "copy");
    const part = await run("cat", "--offset", "1000", "--count", "50", ":http:table.csv");
    assertEquals(part, csv(300_000).slice(1000, 1050));
    return listed;
  },
});

testBesideNginx("serve() lets lftp mirror a folder", {
  tools: ["lftp"],
  ...LISTED,
  async work(site, { lftp }) {
    const { url, out, root } = site;
    const settings =
      "set net:max-retries 2; set net:timeout 10; set cmd:fail-exit yes; set http:decode no;";
    const mirror = `mirror --verbose --parallel=4 --use-pget-n=4 . copy`;
    const run = () =>
      runIn(out, [lftp, "--norc", "-e", `${settings} open ${url}; ${mirror}; exit`]);
    await run();
    await assertCopied(root, `${out}/copy`);
    const again = await run();
    assert(!/Transferring file/.test(again), again);
    return again;
  },
});
