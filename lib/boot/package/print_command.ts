/**
 * The launcher of the single file, for its shell: prints the words of the command that serves what the arguments ask for,
 * in the shell's quotes. Arguments: the folder where it was unpacked, the name that was typed, and the user's.
 */

import { parseCommandLine } from "../cli.ts";
import { type Invocation, shellWord } from "../invocation.ts";
import { denoFlags, LauncherSources, pathWithComma } from "./deno_flags.ts";

const [folder, name, ...args] = Deno.args;
const site = `${folder}/static`;
const invocation: Invocation = { kind: "launched", name, hasSite: true, isWindows: false };
const sources = new LauncherSources(Deno.readTextFileSync);
const command = parseCommandLine(args, { stdoutIsTerminal: true, invocation, root: site, sources });
if (pathWithComma(command, sources.read) !== null) {
  console.error(
    "vitrine: Deno cannot be told of a path with a comma; rename it, or go there and serve .",
  );
  Deno.exit(2);
}
const flags = denoFlags(command, { worker: `${folder}/worker.js`, read: sources.read });
const isOwnSite = command.kind === "serve" && command.options.root === site;
const words = [
  ...["run", ...flags, `${folder}/vitrine.js`, `--packed-as=${name}`],
  ...(isOwnSite ? [`--root=${site}`] : []),
  ...args,
];
console.log(words.map((word) => shellWord(word, invocation)).join(" "));
