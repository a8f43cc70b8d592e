/** Mounts file systems of our own: `faulty_fs.py`, whose files fail as their names say, and `any_name_fs.py`. */

import { fromFileUrl } from "@std/path";

import { run } from "../tools.ts";
/** Debian's, as another one has not its modules. */
const PYTHON = "/usr/bin/python3";
const START_MS = 10_000;

/** What the tests need, for `testWithTools`: whatever of it is no program is named only if it is missing. */
export const TOOLS: readonly string[] = [
  "fusermount3",
  ...[
    ["/dev/fuse", "/dev/fuse"],
    ["/usr/lib/python3/dist-packages/fusepy.py", "python3-fusepy"],
  ].filter(([path]) => !existsSync(path)).map(([, name]) => name),
];

/** Errors of the system that the files fail with, by the first part of their names. */
export const FAULTS = [
  ...["eio", "eacces", "estale", "enoent", "enodev", "etimedout", "enomem", "enfile"],
] as const;

/** A mounted file system; unmounted at the end of the scope. */
export interface Mounted extends AsyncDisposable {
  /** A real path. */
  readonly folder: string;
}

export function mountFaulty(): Promise<Mounted> {
  return mount("faulty_fs.py");
}

/** One that finds a file by any spelling of its name, as FAT does. */
export function mountAnyName(): Promise<Mounted> {
  return mount("any_name_fs.py");
}

async function mount(name: string): Promise<Mounted> {
  const script = fromFileUrl(new URL(name, import.meta.url));
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_faulty_" }));
  const child = new Deno.Command(PYTHON, {
    args: [script, folder],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text();
  let ended = false;
  const status = child.status.finally(() => ended = true);
  const unmount = async () => {
    // Lazily, as a server that hangs in it must not hold the tests up.
    if (!ended) await run("/usr/bin/fusermount3", ["-u", "-z", folder]);
    const stuck = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await status;
    clearTimeout(stuck);
    await said;
    await Deno.remove(folder);
  };
  const until = performance.now() + START_MS;
  while (!await exists(`${folder}/good.txt`)) {
    if (ended || performance.now() > until) {
      await unmount();
      throw new Error(`Cannot mount a file system: ${await said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { folder, [Symbol.asyncDispose]: unmount };
}

function existsSync(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
