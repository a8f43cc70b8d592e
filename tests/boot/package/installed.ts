/**
 * The npm package: made by its task, installed from its tarball into an empty folder, and started as people do. Whoever
 * imports this has it made and installed anew, so one file of tests does.
 */

import config from "../../../deno.json" with { type: "json" };
import { findTool, LineReader } from "../../tools.ts";

const REPOSITORY = new URL("../../../", import.meta.url);

/** An empty folder with the package in it; or why there is none. */
const INSTALLED = await install();

async function install(): Promise<{ folder: string } | { whyNot: string }> {
  if (Deno.build.os === "windows") {
    return { whyNot: "its tests need a POSIX shell" };
  }
  const npm = findTool("npm");
  if (npm === null || findTool("node") === null) {
    return { whyNot: "no node and npm in PATH" };
  }
  const task = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "npm"],
    cwd: REPOSITORY,
  });
  const made = await task.output();
  if (!made.success) throw new Error(new TextDecoder().decode(made.stderr));
  const tarball = new URL(`.package/vitrine-${config.version}.tgz`, REPOSITORY).pathname;
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "vitrine_" }),
  );
  const { success, stderr } = await new Deno.Command(npm, {
    args: ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball],
    cwd: folder,
  }).output();
  if (success) return { folder };
  await Deno.remove(folder, { recursive: true });
  const said = new TextDecoder().decode(stderr);
  if (
    !/ENOTCACHED|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|E404/.test(said)
  ) {
    throw new Error(said);
  }
  return { whyNot: "npm cannot fetch deno" };
}

if ("folder" in INSTALLED) {
  const { folder } = INSTALLED;
  globalThis.addEventListener(
    "unload",
    () => Deno.removeSync(folder, { recursive: true }),
  );
}

/** Registers a test that gets the folder with the package, and a site of its own. */
export function testInstalled(
  name: string,
  test: (folder: string, site: string) => Promise<void>,
): void {
  if ("whyNot" in INSTALLED) {
    const ignore = Deno.env.get("CI") !== "true" || Deno.build.os === "windows";
    Deno.test({
      name: `${name} (${INSTALLED.whyNot})`,
      ignore,
      fn: () => Promise.reject(new Error(INSTALLED.whyNot)),
    });
    return;
  }
  const { folder } = INSTALLED;
  Deno.test(name, async () => {
    const site = await Deno.realPath(
      await Deno.makeTempDir({ prefix: "vitrine_" }),
    );
    try {
      await Deno.writeTextFile(`${site}/index.html`, "<p>here");
      await test(folder, site);
    } finally {
      await Deno.remove(site, { recursive: true });
    }
  });
}

interface How {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function command(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: How,
): Deno.Command {
  return new Deno.Command(program, {
    args: [...args],
    cwd,
    // The tests themselves may have been started by npx.
    env: { NO_COLOR: "1", npm_command: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Starts a server that logs for tools, and waits for its banner. */
export async function start(program: string, args: readonly string[], how: How) {
  const flags = ["--host", "127.0.0.1", "--port", "0", "--log", "json"];
  const child = command(program, [...args, ...flags], how).spawn();
  const stderr = new LineReader(child.stderr);
  const banner: string[] = [];
  while (banner.at(-1) !== "Press Ctrl+C to stop") {
    const line = await stderr.next();
    if (line === null) {
      throw new Error(`It ended before it listened: ${banner.join(" | ")}`);
    }
    banner.push(line);
  }
  const url = /http:\S+/.exec(banner.join("\n"))![0];
  return {
    child,
    stderr,
    banner,
    url,
    /** Resolves with the exit code when all that was started has let go of its streams. */
    async end(): Promise<number> {
      const stdout = child.stdout.pipeTo(new WritableStream());
      const [{ code }] = await Promise.all([
        child.status,
        stderr.drain(),
        stdout,
      ]);
      return code;
    },
  };
}

export async function textOf(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

export const BIN = (folder: string) => `${folder}/node_modules/.bin/vitrine`;
