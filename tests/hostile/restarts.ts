/**
 * Restarts on one port, without a proxy: a second server joins it (`--share-port`), then the first one drains, time after
 * time, while clients go on asking. Each request that gets no answer is somebody who sees an error. As a program it
 * prints what is lost with and without `--share-port`, and beside it what nginx loses when it is told to reload.
 *
 * Run it in a network of its own with `tcp_migrate_req` (`restartsApart()`), and Linux hands what waits in the queue of a
 * listener that closes to the one beside it; without, what arrives between the last look at the queue and its end is lost.
 */

import { freePort } from "../tools.ts";
import { fromFileUrl } from "@std/path";

import type { Figures } from "./attack.ts";
import { pause } from "./peer.ts";
import { askOn, inRounds, whileAsking } from "./while_asking.ts";
import { makePair, nginx, type RunningServer, vitrine } from "./servers.ts";

const REPOSITORY = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");
const RESTARTS = 10;
/** Half of them keep their connections, half open a new one each time. */
const CLIENTS = 24;

/** What is asked of {@linkcode restartOnOnePort}. */
export interface Restarts {
  readonly server: "shared" | "alone" | "nginx";
  readonly restarts?: number;
  /** Goes on until so many were asked. */
  readonly requests?: number;
}

/** Restarts a server under load, so often, and gives what the clients counted. */
export async function restartOnOnePort(
  { server, restarts = RESTARTS, requests = 0 }: Restarts,
): Promise<Figures> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_restarts_" }));
  const pair = await makePair();
  const port = freePort();
  const flags = server === "shared" ? ["--share-port"] : [];
  const start = server === "nginx" ? nginx : vitrine(REPOSITORY);
  const place = { root: `${folder}/root`, folder, pair };
  const begin = () => start(place, { port, flags });
  let running: RunningServer | null = null;
  try {
    await Deno.mkdir(`${folder}/root`);
    await Deno.writeTextFile(`${folder}/root/a.txt`, "Hello.\n");
    running = await begin();
    const way = { port, cert: null };
    return await whileAsking(CLIENTS, (client) => askOn(way, client), (counts) => {
      return inRounds(counts, { rounds: restarts, requests }, async () => {
        if (server === "nginx") {
          Deno.kill(running!.mainPid, "SIGHUP"); // It has new processes on the sockets of the old ones.
          await pause(300);
        } else if (server === "shared") {
          const before = running!;
          running = await begin();
          await before.stop();
        } else {
          await running!.stop();
          running = await begin();
        }
      });
    });
  } finally {
    await running?.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Does the same as {@linkcode restartOnOnePort} in a network of its own, where Linux migrates what waits in a queue. */
export async function restartsApart(what: Restarts): Promise<Figures> {
  return JSON.parse(await runApart(import.meta.url, [JSON.stringify(what)]));
}

/** Runs a program of these tests in a network of its own, where Linux migrates what waits in a queue; gives what it prints. */
export async function runApart(url: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await apart(url, args).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** The command for {@linkcode runApart}. */
export function apart(
  url: string,
  args: readonly string[],
  options: Pick<Deno.CommandOptions, "stdout" | "stderr"> = {},
): Deno.Command {
  const script = 'ip link set lo up && echo 1 > /proc/sys/net/ipv4/tcp_migrate_req && exec "$@"';
  return new Deno.Command("unshare", {
    ...options,
    args: ["--map-root-user", "--net", "sh", "-c", script, "sh", Deno.execPath()].concat(
      ["run", "--config", `${REPOSITORY}/tests/deno.json`, "--quiet", "-A", fromFileUrl(url)],
      args,
    ),
  });
}

/** Whether a network of one's own can be made here, by a kernel that can migrate. */
export async function canBeApart(): Promise<boolean> {
  try {
    const args = ["--map-root-user", "--net", "sh", "-c", "ip link set lo up"];
    const { success } = await new Deno.Command("unshare", { args }).output();
    return success && await Deno.stat("/proc/sys/net/ipv4/tcp_migrate_req").then(() => true);
  } catch {
    return false;
  }
}

if (import.meta.main) {
  if (Deno.args.length > 0) {
    console.log(JSON.stringify(await restartOnOnePort(JSON.parse(Deno.args[0]))));
  } else {
    for (const server of ["shared", "alone", "nginx"] as const) {
      console.log(server, await restartOnOnePort({ server }));
      if (server !== "alone") console.log(server, "migrated", await restartsApart({ server }));
    }
  }
}
