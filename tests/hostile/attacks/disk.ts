/** What happens on a disk while it is served: files that are none, and folders that go and come. Never 500. */

import { askOn, type Attack, Counts, endOf, type Figures, type Target } from "../attack.ts";
import { pause, Peer, requestOf } from "../peer.ts";

const SPECIAL_NAMES = ["_headers", "_redirects", "404.html", "index.html"];

/** Whoever reads a FIFO that nobody writes to waits for ever. */
export const fifos: Attack = {
  name: "fifos",
  title: "FIFOs as `_headers`, `_redirects`, `404.html` and `index.html` from the start",
  seconds: { test: 0.5, table: 2 },
  async prepare(root) {
    for (const name of SPECIAL_NAMES) await makeFifo(`${root}/${name}`);
  },
  run: askAround,
};

/** Between a look and the opening, a regular file has become a FIFO. */
export const fifoSwap: Attack = {
  name: "fifo-swap",
  title: "`_headers`, `_redirects`, `404.html` and `index.html` swapped for FIFOs and back",
  seconds: { test: 1, table: 8 },
  async run(target, seconds) {
    const until = endOf(seconds);
    const asking = askAround(target, seconds);
    const [file, fifo] = [`${target.root}/.file`, `${target.root}/.fifo`];
    Deno.writeTextFileSync(file, "# A comment in rules, and text in a page\n");
    await makeFifo(fifo);
    for (let swaps = 0; performance.now() < until; swaps++) {
      for (const name of SPECIAL_NAMES) {
        put(swaps % 2 === 0 ? fifo : file, `${target.root}/${name}`);
      }
      if (swaps % 5 === 0) await pause(0);
    }
    return await asking;
  },
};

/** Lets a path be another file, in one step. */
function put(source: string, path: string): void {
  Deno.linkSync(source, `${path}.next`);
  Deno.renameSync(`${path}.next`, path);
}

async function makeFifo(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  if (!success) throw new Error(`Cannot make the FIFO ${path}`);
}

const TARGETS = ["/missing", "/", "/a.txt", "/folder/", "/folder", "/folder/missing"];

/** Asks for what is there and what is not, on one connection: the files are the attack. */
async function askAround(target: Target, seconds: number): Promise<Figures> {
  const counts = new Counts();
  const until = endOf(seconds);
  const open = (conn: Deno.Conn) => new Peer(conn);
  let count = 0;
  const request = () => requestOf(TARGETS[count++ % TARGETS.length]);
  await askOn(target, counts, { until, request, open });
  return counts.figures;
}

const LARGE_RULES = [
  // Name of the file, a line of it, how many
  ["_redirects", "/a.txt /b 301!\n", 100_000],
  ["_redirects", "/a/* /b/:splat 301!\n", 75_000],
  ["_redirects", "/a /b\r", 100_000],
  ["_redirects", "# 100 bytes\n".padStart(100), 9_999],
  ["_headers", "/*\n  X-A: b\n", 100_000],
  ["_headers", "/:a/*\n", 100_000],
] as const;

/** Too large to be taken as rules: refused, and the site goes on without, however often that happens. */
export const largeRules: Attack = {
  name: "large-rules",
  title: "`_redirects` and `_headers` of 100,000 rules and of 1.5 MB, written all the time",
  setup: { flags: ["--listing"] },
  seconds: { test: 1.5, table: 8 },
  async run(target, seconds) {
    const until = endOf(seconds);
    const asking = askAround(target, seconds);
    const paths = LARGE_RULES.map(([, line, count], i) => {
      const path = `${target.root}/.rules${i}`;
      Deno.writeTextFileSync(path, line.repeat(count));
      return path;
    });
    let writes = 0;
    while (performance.now() < until) {
      const [name] = LARGE_RULES[writes % LARGE_RULES.length];
      put(paths[writes++ % LARGE_RULES.length], `${target.root}/${name}`);
      await pause(50);
    }
    return { writes, ...await asking };
  },
};

export const rootMoves: Attack = {
  name: "root-moves",
  title: "the root renamed, replaced and removed while it is served",
  setup: { flags: ["--listing"], nginx: "autoindex on;" },
  honest: { good: [200, 404] },
  prepare: (root) => Deno.mkdirSync(`${root}/folder`),
  seconds: { test: 1, table: 8 },
  async run(target, seconds) {
    const { root } = target;
    const until = endOf(seconds);
    const asking = askAround(target, seconds);
    const away = `${root}-away`;
    let moves = 0;
    while (performance.now() < until) {
      Deno.renameSync(root, away);
      await pause(moves % 7);
      Deno.mkdirSync(root);
      Deno.writeTextFileSync(`${root}/a.txt`, "another\n");
      await pause(moves % 5);
      Deno.removeSync(root, { recursive: true });
      await pause(moves % 3);
      Deno.writeTextFileSync(root, "no folder\n");
      await pause(moves % 5);
      Deno.removeSync(root);
      Deno.renameSync(away, root);
      await pause(moves++ % 11);
    }
    return { moves, ...await asking };
  },
};

/** A socket is no file: opening it fails in a way of its own (ENXIO). */
export const socketSwap: Attack = {
  name: "socket-swap",
  title: "a file swapped for a socket and back while it is served",
  honest: { targets: ["/swap.txt"], good: [200, 404] },
  seconds: { test: 1, table: 8 },
  prepare: (root) => Deno.writeTextFile(`${root}/swap.txt`, "a file\n"),
  async run({ root }, seconds) {
    const until = endOf(seconds);
    const [file, socket] = [`${root}/.file`, `${root}/.socket`];
    using _listener = Deno.listen({ transport: "unix", path: socket });
    Deno.writeTextFileSync(file, "a file\n");
    let swaps = 0;
    for (; performance.now() < until; swaps++) {
      put(swaps % 2 === 0 ? socket : file, `${root}/swap.txt`);
      if (swaps % 10 === 0) await pause(1);
    }
    return { swaps };
  },
};

/** As who publishes by turning a name from one file to the next does, link or not: there is one at any time. */
export const linkSwap: Attack = {
  name: "link-swap",
  title: "a file swapped for a link and back while it is served, asked for itself",
  honest: { targets: ["/swap.txt"] },
  seconds: { test: 1.5, table: 8 },
  async prepare(root) {
    for (const name of ["swap.txt", "file.txt", "other.txt"]) {
      await Deno.writeTextFile(`${root}/${name}`, "a file\n");
    }
    await Deno.symlink("other.txt", `${root}/link.txt`);
  },
  async run({ root }, seconds) {
    const until = endOf(seconds);
    let swaps = 0;
    for (; performance.now() < until; swaps++) {
      put(`${root}/${swaps % 2 === 0 ? "link" : "file"}.txt`, `${root}/swap.txt`);
      if (swaps % 100 === 0) await pause(1);
    }
    return { swaps };
  },
};

const FOLDERS = 99;
const DEEP = Array.from({ length: FOLDERS }, () => "d").join("/");

export const deepFile: Attack = {
  name: "deep-file",
  title:
    `a file ${FOLDERS} folders deep, as deep as any is served, that is rewritten all the time, asked for itself`,
  honest: { targets: [`/${DEEP}/a.txt`] },
  seconds: { test: 1, table: 8 },
  async prepare(root) {
    await Deno.mkdir(`${root}/${DEEP}`, { recursive: true });
    await Deno.writeTextFile(`${root}/${DEEP}/a.txt`, "0\n");
    await pause(2_100); // The tree has been there for a while; it is the file that is new.
  },
  async run({ root }, seconds) {
    const until = endOf(seconds);
    const path = `${root}/${DEEP}/a.txt`;
    let writes = 0;
    for (; performance.now() < until; writes++) {
      Deno.writeTextFileSync(`${path}.next`, `${writes}\n`);
      Deno.renameSync(`${path}.next`, path);
      if (writes % 10 === 0) await pause(1);
    }
    return { writes };
  },
};
