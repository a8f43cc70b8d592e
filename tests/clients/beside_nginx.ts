/**
 * Programs that nobody here wrote, doing their real job on one folder twice: served by Vitrine as it comes, and by nginx
 * as Debian sets it up. A job looks at what the program made of it, and both have to come to the same.
 */

import { assertEquals } from "@std/assert";
import type { ServeInit } from "../../lib/serve.ts";
import { nginx } from "../hostile/servers.ts";
import { findTool, type Outcome, testWithTools } from "../tools.ts";
import { type Running, withServer } from "../wire/harness.ts";

/** Where a job is done. */
export interface Site {
  /** Of the root, with its slash. */
  readonly url: string;
  /** The folder that is served. */
  readonly root: string;
  /** An empty folder for what the program fetches; its home as well. */
  readonly out: string;
  /** Vitrine, with its log; null if this is nginx. */
  readonly vitrine: Running | null;
}

/** One job. */
export interface Job<Tool extends string> {
  /** Programs that it needs. */
  readonly tools: readonly Tool[];
  /** Fills the folder that is served; `spare` is a folder beside it. */
  readonly make: (root: string, paths: Paths<Tool>, spare: string) => Promise<void>;
  /** Does the job, throws if it came to nothing, and gives what has to be the same on both servers. */
  readonly work: (site: Site, paths: Paths<Tool>) => Promise<unknown>;
  readonly init?: ServeInit;
  /** What Vitrine's flags are in nginx's `server` block. */
  readonly nginx?: string;
}

export type Paths<Tool extends string> = Readonly<Record<Tool, string>>;

/** As Debian's `nginx.conf` has it. */
const DEBIAN = "include /etc/nginx/mime.types; default_type application/octet-stream; gzip on;";

/** Registers a test that does a job on both servers. */
export function testBesideNginx<Tool extends string>(name: string, job: Job<Tool>): void {
  testWithTools(name, job.tools, (paths) => doTwice(job, paths));
}

/** Does a job on Vitrine, then on nginx where that is installed, as it has to be in CI. */
export async function doTwice<Tool extends string>(
  { make, work, init = {}, nginx: directives = "" }: Job<Tool>,
  paths: Paths<Tool>,
): Promise<void> {
  await withServer({}, async (running) => {
    const { root, outside, port } = running;
    const folders = await Promise.all(
      ["spare", "ours", "theirs", "nginx"].map(async (name) => {
        await Deno.mkdir(`${outside}/${name}`);
        return `${outside}/${name}`;
      }),
    );
    const [spare, ours, theirs, folder] = folders;
    await make(root, paths, spare);
    const got = await work(
      { root, url: `http://127.0.0.1:${port}/`, out: ours, vitrine: running },
      paths,
    );
    assertEquals(running.errors, []);
    if (findTool("nginx") === null) {
      if (Deno.env.get("CI") === "true") throw new Error("Cannot compare: no nginx in PATH");
      return;
    }
    const setup = { nginx: `${DEBIAN} ${directives}` };
    const server = await nginx({ root, folder, pair: { cert: "", key: "" } }, setup);
    try {
      const url = `http://127.0.0.1:${server.port}/`;
      const expected = await work({ root, url, out: theirs, vitrine: null }, paths);
      assertEquals(got, expected, "Vitrine's is first, nginx's second");
    } finally {
      await server.stop();
    }
  }, { compression: true, ...init }); // On, as it is by default.
}

/** A program that is not done after this long hangs. */
const HANGS_MS = 60_000;

/** What a program made of it: its code, and what it said. */
export interface Said extends Omit<Outcome, "stdout"> {
  readonly stdout: string;
}

/** Runs a program without the user's settings, in `folder`, which is its home; gives how it ended. */
export async function tryIn(
  folder: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const [program, ...args] = command;
  const { code, signal, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: folder,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: folder, LC_ALL: "C.UTF-8", ...env },
    stdin: "null",
    signal: AbortSignal.timeout(HANGS_MS),
  }).output();
  const text = new TextDecoder();
  const said = { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  if (signal !== null) throw new Error(`${signal} ended ${command.join(" ")}\n${wordsOf(said)}`);
  return said;
}

/** The same for a program that has to succeed; gives what it wrote to its standard output. */
export async function runIn(...how: Parameters<typeof tryIn>): Promise<string> {
  const said = await tryIn(...how);
  if (said.code !== 0) {
    throw new Error(`${how[1].join(" ")} ended with ${said.code}\n${wordsOf(said)}`);
  }
  return said.stdout;
}

function wordsOf({ stdout, stderr }: Said): string {
  return `${stdout}\n${stderr}`.slice(-4_000);
}

/** Every file below a folder: its path, and the SHA-256 of its bytes. */
export async function treeOf(folder: string, below = ""): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  const entries = await Array.fromAsync(Deno.readDir(`${folder}/${below}`));
  for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = `${below}${name}`;
    if (isDirectory) Object.assign(tree, await treeOf(folder, `${path}/`));
    else tree[path] = await digestOf(`${folder}/${path}`);
  }
  return tree;
}

/** The SHA-256 of a file, in hexadecimal. */
export async function digestOf(path: string): Promise<string> {
  return await sha256(await Deno.readFile(path));
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Bytes that no compression makes smaller, always the same. */
export function noise(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  let state = seed;
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state >>> 24;
  });
}

/** A table as text, which a server likes to compress, of about `size` bytes. */
export function csv(size: number): string {
  const rows = ["number,square,word"];
  for (let length = rows[0].length, i = 0; length < size; i++) {
    rows.push(`${i},${i * i},${["apple", "pear", "plum"][i % 3]}`);
    length += rows[i + 1].length + 1;
  }
  return rows.join("\n") + "\n";
}

/** The targets of Vitrine's responses with a status, in order; nothing on nginx. */
export function targetsOf({ vitrine }: Site, statusCode: number): string[] {
  return (vitrine?.log ?? []).filter((entry) => entry.statusCode === statusCode)
    .map(({ requestLine }) => requestLine?.split(" ")[1] ?? "");
}
