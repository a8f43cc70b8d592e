/**
 * Windows' Deno on Linux, by Wine: `npm pack` gives `deno.exe`, and `patch_exe.ts` makes it run where Wine is old. All that
 * is made is kept in a folder for the next time: the program, a `C:` drive, and packages, which are those of this machine.
 *
 * What Wine cannot show: links (it makes none), streams of NTFS, true 8.3 names (its own are hashes, such as `ENV~~3EE`),
 * and speed (a look at a file takes 5 ms to 10).
 */

import { hideFromV8, makeRandomDll, RANDOM_DLL } from "./patch_exe.ts";
import { findTool } from "../tools.ts";

/** Programs that are needed, for `testWithTools`. */
export const TOOLS = ["wine", "wineserver", "npm", "tar"] as const;

const VERSION = Deno.version.deno;
const PACKAGE = `@deno/win32-x64@${VERSION}`;

/** Deno under Wine. */
export interface Wine extends AsyncDisposable {
  /** Starts Windows' Deno in the folder of the repository. */
  start(args: readonly string[], stdio: "piped" | "inherit"): Deno.ChildProcess;
}

/** Makes what is missing, in {@linkcode kept}. */
export async function openWine(): Promise<Wine> {
  const folder = kept();
  await Deno.mkdir(folder, { recursive: true });
  const lock = await Deno.open(`${folder}/lock`, { create: true, write: true });
  await lock.lock(true); // Another clone waits: all share one `C:`.
  const exe = `${folder}/deno.exe`;
  if (!await exists(exe)) await fetchExe(folder, exe);
  await Deno.remove(`${folder}/cache`, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${folder}/cache`);
  await Deno.symlink(await packagesOfDeno(), `${folder}/cache/npm`);
  const env = {
    CI: "", // The programs that it demands are not those of Windows.
    WINEPREFIX: `${folder}/prefix`,
    WINEARCH: "win64",
    WINEDEBUG: "-all",
    WINEDLLOVERRIDES: "mscoree,mshtml,winemenubuilder.exe=", // Nobody asks whether to install more.
    DISPLAY: "",
    NO_COLOR: "1",
    DENO_DIR: `Z:${folder}/cache`.replaceAll("/", "\\"),
    WINEPATH: `Z:${folder}`.replaceAll("/", "\\"), // `deno` is installed there.
    DENO_NO_UPDATE_CHECK: "1",
  };
  const start = (args: readonly string[], stdio: "piped" | "inherit" | "null") =>
    new Deno.Command("wine", {
      args: [exe, ...args],
      cwd: new URL("../../", import.meta.url),
      env,
      stdin: "null",
      stdout: stdio,
      stderr: stdio,
    }).spawn();
  // Whoever comes first starts Wine's services, which keep its standard output: if that is a pipe, it ends with all others.
  await start(["--version"], "null").status;
  return {
    start,
    // The services would stay for some seconds, and whatever a test has left behind for longer.
    [Symbol.asyncDispose]: async () => {
      await new Deno.Command("wineserver", { args: ["-k"], env }).output();
      lock.close();
    },
  };
}

function kept(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  return `${cache}/vitrine-wine-${VERSION}`;
}

async function fetchExe(folder: string, exe: string): Promise<void> {
  await output("npm", ["pack", "--silent", "--pack-destination", folder, PACKAGE]);
  const archive = `${folder}/deno-win32-x64-${VERSION}.tgz`;
  await output("tar", ["xzf", archive, "-C", folder, "package/deno.exe"]);
  const bytes = await Deno.readFile(`${folder}/package/deno.exe`);
  const wine = await output("wine", ["--version"]);
  if (Number(/^wine-(\d+)/.exec(wine)?.[1]) < 9) {
    hideFromV8(bytes);
    await Deno.writeFile(`${folder}/${RANDOM_DLL}`, makeRandomDll());
  }
  await Deno.writeFile(`${exe}.part`, bytes);
  await Deno.rename(`${exe}.part`, exe);
  await Deno.remove(archive);
  await Deno.remove(`${folder}/package`, { recursive: true });
}

/** The folder in which this Deno keeps packages of npm. */
async function packagesOfDeno(): Promise<string> {
  const info = JSON.parse(await output(Deno.execPath(), ["info", "--json"]));
  return info.npmCache;
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const path = program.startsWith("/") ? program : findTool(program);
  if (path === null) throw new Error(`No ${program} in PATH`);
  const { code, stdout, stderr } = await new Deno.Command(path, { args: [...args] }).output();
  if (code !== 0) throw new Error(`${program} ${args[0]}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
