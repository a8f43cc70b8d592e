/**
 * What visitors see of changes: a reload with another certificate, a restart, rolling restarts behind HAProxy, and a root
 * that is turned to another release, each of them done to Vitrine and to nginx while clients go on asking. As a program it
 * prints how many requests failed, as one table:
 *
 *     deno task gaps [--rounds 10] [--requests 10000] [--seconds 120] [--only restart]
 *
 * Each change is done `--rounds` times, spread over `--requests` requests, and ends after `--seconds` at the latest. All of it
 * happens in a network of its own, if one can be made, where Linux hands what waits in the queue of a listener that closes
 * to the one beside it (`tcp_migrate_req`), as our guide has it.
 */

import { freePort } from "../tools.ts";
import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl } from "@std/path";

import type { Figures } from "./attack.ts";
import { NginxDaemon } from "./nginx_daemon.ts";
import { connect, pause } from "./peer.ts";
import { apart, canBeApart, runApart } from "./restarts.ts";
import { restartInTurn, type Rolling } from "./rolling.ts";
import { makePair, nginx, type Pair, type RunningServer, vitrine } from "./servers.ts";
import { askOn, inRounds, type Pace, whileAsking } from "./while_asking.ts";

const REPOSITORY = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");
/** Half of them keep their connections, half open a new one each time. */
const CLIENTS = 24;
/** Until a change has to be seen. */
const SEEN_MS = 10_000;
/** Releases that stay, the current one included. */
const KEPT = 3;

type Kind = "Vitrine" | "nginx";

/** Something that operators do. */
export interface Change {
  /** As `--only` takes it. */
  readonly name: string;
  readonly title: string;
  run(kind: Kind, pace: Pace): Promise<Figures>;
}

/** One of the two servers, and its folder. */
interface Scene {
  readonly folder: string;
  readonly port: number;
  reload(): void;
  /** Another process takes over, then the one before ends. */
  restart(): Promise<void>;
}

/** In the order of the table. */
export const CHANGES: readonly Change[] = [
  {
    name: "reload",
    title: "Reload by SIGHUP, HTTPS, with another certificate each time",
    run: async (kind, pace) => {
      const pairs = [await makePair(), await makePair()];
      const cert = pairs.map((pair) => pair.cert).join("\n");
      return await withServer(kind, pairs[0], (scene) => {
        const way = { port: scene.port, cert };
        return whileAsking(
          CLIENTS,
          (client) => askOn(way, client),
          (counts) =>
            inRounds(counts, pace, async (round) => {
              const pair = pairs[(round + 1) % pairs.length];
              writePair(scene.folder, pair);
              scene.reload();
              await untilIt(() => trusts({ port: scene.port, cert: pair.cert }));
            }),
        );
      });
    },
  },
  {
    name: "restart",
    title: "Restart on one port: `--share-port`; nginx: USR2 to the old program, then QUIT",
    run: (kind, pace) =>
      withServer(kind, null, (scene) => {
        const way = { port: scene.port, cert: null };
        return whileAsking(CLIENTS, (client) =>
          askOn(way, client), (counts) =>
          inRounds(counts, pace, () => scene.restart()));
      }),
  },
  {
    name: "rolling",
    title: "Rolling restarts of two behind HAProxy, which asks once",
    run: (kind, pace) => roll(kind, pace, {}),
  },
  {
    name: "rolling-again",
    title: "The same, where HAProxy asks again (`retry-on empty-response`)",
    run: (kind, pace) => roll(kind, pace, { asksAgain: true }),
  },
  {
    name: "turned-root",
    title: "Root that is a symbolic link, turned to another release",
    run: (kind, pace) =>
      withServer(kind, null, ({ folder, port }) => {
        const way = { port, cert: null };
        return whileAsking(CLIENTS, (client) =>
          askOn(way, client), (counts) =>
          inRounds(counts, pace, async (round) => {
            const release = round + 2;
            await turn(folder, release);
            await untilIt(async () =>
              await contentOf(port) === contentOfRelease(release)
            );
          }));
      }),
  },
];

function roll(kind: Kind, { rounds, ...pace }: Pace, init: Rolling): Promise<Figures> {
  const more = { ...pace, ...init, restarts: rounds };
  if (kind === "nginx") return restartInTurn(nginx, more);
  // nginx has no health that fails before it stops.
  const setup = { flags: ["--drain", "0.5"] };
  return restartInTurn(vitrine(REPOSITORY), { ...more, setup, check: "/.vitrine/health" });
}

/** Serves a root that is a link to its first release. @param pair For HTTPS. */
async function withServer(
  kind: Kind,
  pair: Pair | null,
  use: (scene: Scene) => Promise<Figures>,
): Promise<Figures> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_gaps_" }));
  const port = freePort();
  try {
    if (pair !== null) writePair(folder, pair);
    await turn(folder, 1);
    const seat = { root: `${folder}/current`, folder, pair: pair ?? { cert: "", key: "" } };
    const setup = { port, tls: pair !== null };
    if (kind === "nginx") {
      await using server = await NginxDaemon.start(seat, setup);
      const [reload, restart] = [() => server.reload(), () => server.upgrade()];
      return await use({ folder, port, reload, restart });
    }
    const flags = ["--share-port"]; // And so --unstable-net, which a new certificate takes, too.
    const denoFlags = [`--allow-read=${folder}`]; // All releases.
    const begin = () => vitrine(REPOSITORY)(seat, { ...setup, flags, denoFlags });
    let running: RunningServer = await begin();
    try {
      return await use({
        folder,
        port,
        reload: () => Deno.kill(running.pid, "SIGHUP"),
        restart: async () => {
          const before = running;
          running = await begin();
          await before.stop();
        },
      });
    } finally {
      await running.stop();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** At once: beside clients that ask all the time Deno gave this program the end of a write only after 4 to 30 s, now and then (2.9.6). */
function writePair(folder: string, { cert, key }: Pair): void {
  Deno.writeTextFileSync(`${folder}/cert.pem`, cert);
  Deno.writeTextFileSync(`${folder}/key.pem`, key);
}

/** Turns the root as `ln -s` and `mv -T` do, at once, and removes an old release. */
async function turn(folder: string, release: number): Promise<void> {
  await Deno.mkdir(`${folder}/${release}`);
  await Deno.writeTextFile(`${folder}/${release}/a.txt`, contentOfRelease(release));
  await Deno.symlink(`${release}`, `${folder}/next`);
  await Deno.rename(`${folder}/next`, `${folder}/current`);
  if (release > KEPT) await Deno.remove(`${folder}/${release - KEPT}`, { recursive: true });
}

function contentOfRelease(release: number): string {
  return `This is release ${release}.\n`;
}

async function contentOf(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/a.txt`, {
    headers: { connection: "close" },
  });
  return await response.text();
}

/** Whether somebody who trusts one certificate alone is content. */
async function trusts(way: { readonly port: number; readonly cert: string }): Promise<boolean> {
  const conn = await connect(way) as Deno.TlsConn;
  try {
    await conn.handshake();
    return true;
  } catch {
    return false;
  } finally {
    conn.close();
  }
}

/** Waits until a change is seen, so that each of them is one. */
async function untilIt(isSeen: () => Promise<boolean>): Promise<void> {
  for (const until = performance.now() + SEEN_MS; performance.now() < until;) {
    if (await isSeen()) return;
    await pause(20);
  }
  throw new Error("The change is not seen");
}

function cellOf({ answered, failed, rounds, "asked again": again = 0 }: Figures): string {
  const total = (answered + failed).toLocaleString("en");
  return `${failed} of ${total}` + (again > 0 ? `, ${again} asked again` : "") +
    `; ${rounds} rounds`;
}

async function printTable(pace: Pace, only: string | undefined): Promise<void> {
  console.log("| change | Vitrine: requests that failed | nginx |\n| --- | --- | --- |");
  for (const { name, title, run } of CHANGES) {
    if (only !== undefined && only !== name) continue;
    const cells = [];
    for (const kind of ["Vitrine", "nginx"] as const) cells.push(cellOf(await run(kind, pace)));
    console.log(`| ${title} | ${cells.join(" | ")} |`);
  }
}

/** What is asked of {@linkcode figuresOf}. */
interface Asked {
  readonly name: string;
  readonly kind: Kind;
  readonly pace: Pace;
}

/** What one change costs, in a network of its own if one can be made. */
export async function figuresOf(asked: Asked): Promise<Figures> {
  if (await canBeApart()) {
    return JSON.parse(await runApart(import.meta.url, ["--json", JSON.stringify(asked)]));
  }
  return await changeOf(asked.name)!.run(asked.kind, asked.pace);
}

function changeOf(name: string): Change | undefined {
  return CHANGES.find((change) => change.name === name);
}

function refuse(text: string): never {
  console.error(text);
  Deno.exit(2);
}

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    string: ["rounds", "requests", "seconds", "only", "json"],
    boolean: ["here"],
    unknown: (text: string) => refuse(`Unknown argument "${text}"`),
  });
  if (flags.json !== undefined) {
    const { name, kind, pace }: Asked = JSON.parse(String(flags.json));
    return console.log(JSON.stringify(await changeOf(name)!.run(kind, pace)));
  }
  const numberOf = (name: string, otherwise: number) => {
    const value = Number(flags[name] ?? otherwise);
    return value >= 1 && value <= 1e6 ? value : refuse(`--${name} takes a number of 1 or more`);
  };
  const pace = {
    rounds: numberOf("rounds", 10),
    requests: numberOf("requests", 10_000),
    seconds: numberOf("seconds", 120),
  };
  const only = flags.only === undefined ? undefined : String(flags.only);
  if (only !== undefined && changeOf(only) === undefined) {
    refuse(`--only takes one of ${CHANGES.map(({ name }) => name).join(", ")}`);
  }
  if (!flags.here && await canBeApart()) {
    const streams = { stdout: "inherit", stderr: "inherit" } as const;
    const { code } = await apart(import.meta.url, [...Deno.args, "--here"], streams).output();
    Deno.exit(code);
  }
  await printTable(pace, only);
  if (!flags.here) console.log("\nIn the network of this machine: none of its own could be made.");
}

if (import.meta.main) await main();
