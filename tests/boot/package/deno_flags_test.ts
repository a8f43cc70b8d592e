/** What the launchers of the npm package and of the single file let Deno read: what is named, and nothing else. */

import { assertEquals } from "@std/assert";
import { parseCommandLine } from "../../../lib/boot/cli.ts";
import { denoFlags, LauncherSources, pathWithComma } from "../../../lib/boot/package/deno_flags.ts";

const FILES: Readonly<Record<string, string>> = { "a.args": "--port 80\n--root site\n", "b,c": "" };

/** What is read for these arguments, and a path that cannot be named to Deno. */
function readFor(args: readonly string[]) {
  const sources = new LauncherSources((path) => {
    if (path in FILES) return FILES[path];
    throw new Error("none");
  });
  const command = parseCommandLine(args, { stdoutIsTerminal: true, root: ".", sources });
  const flags = denoFlags(command, { worker: "worker.js", read: sources.read });
  const read = flags.find((flag) => flag.startsWith("--allow-read="))?.slice(
    "--allow-read=".length,
  );
  return [read, pathWithComma(command, sources.read)];
}

const CASES = [
  // arguments, what may be read, a path with a comma, why
  [[], ".", null, "the folder one is in"],
  [["site"], "site", null, "one that is named"],
  [["site", "--follow", "other"], "site,other", null, "where links may lead"],
  [["site", "--cert", "c", "--key", "k"], "site,c,k", null, "certificate and key"],
  [["site", "--workers", "2"], "site,worker.js", null, "a worker reads itself"],
  [["@a.args"], "site,a.args", null, "a file of arguments, and what it names"],
  [["--site", "a.example=one", "--site", "b.example=two"], "one,two", null, "no folder besides"],
  [["all", "--site", "a.example=one"], "one,all", null, "one for all other hosts as well"],
  [["x,y"], "x,y", "x,y", "a comma"],
  [["site", "@b,c"], "site,b,c", "b,c", "a comma in the name of a file of arguments"],
  [["--help"], undefined, null, "the help needs nothing"],
  [["@none"], undefined, null, "nor does a mistake"],
] as const;

for (const [args, read, withComma, why] of CASES) {
  Deno.test(`denoFlags() of "${args.join(" ")}" lets Deno read ${read}: ${why}`, () => {
    assertEquals(readFor(args), [read, withComma]);
  });
}
