/**
 * `deno task check`: starts the checker with the permissions that these arguments need and no others. A task cannot say
 * "the host and port that is typed behind me", so this small program does; it may start `deno` and hears no server.
 */

import { fromFileUrl } from "@std/path/from-file-url";
import { type CheckCommand, parseCheckArguments } from "../arguments.ts";

const MAIN = fromFileUrl(new URL("main.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../../../deno.json", import.meta.url));

/** Gives the permission flags that a command needs. */
export function permissionsFor(command: CheckCommand): string[] {
  switch (command.kind) {
    case "check": {
      const { hostname, port, root, points, restart } = command;
      const host = hostname.includes(":") ? `[${hostname}]` : hostname;
      const read = [root, points].filter((path) => path !== null).map(inList);
      return [
        `--allow-net=${host}:${port}`,
        ...(read.length > 0 ? [`--allow-read=${read.join()}`] : []),
        ...(restart === null ? [] : [`--allow-run=${inList(restart[0])}`]),
      ];
    }
    case "make": {
      const folder = inList(command.folder);
      return [`--allow-write=${folder}`, `--allow-read=${folder}`, "--allow-run=ln"];
    }
    case "list":
      return command.points === null ? [] : [`--allow-read=${inList(command.points)}`];
    default:
      return [];
  }
}

/** Deno separates with commas; a comma of a name is typed twice. */
function inList(name: string): string {
  return name.replaceAll(",", ",,");
}

if (import.meta.main) {
  const args = ["run", "--quiet", "--no-prompt", `--config=${CONFIG}`];
  const permissions = permissionsFor(parseCheckArguments(Deno.args));
  const child = new Deno.Command("deno", {
    args: [...args, ...permissions, MAIN, ...Deno.args],
  }).spawn();
  // Ctrl+C reaches both; who ends this process alone means the checker.
  Deno.addSignalListener("SIGINT", () => {});
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
  }
  Deno.exit((await child.status).code);
}
