/**
 * Rolling restarts: HAProxy in front of two servers, one of which is stopped, started again and found well, then the
 * other, several times over, while clients go on asking. Each request that gets no answer, or 502 or 503, is somebody
 * who sees an error. As a program it prints what Vitrine and nginx lose.
 */

import { freePort } from "../tools.ts";
import { fromFileUrl } from "@std/path";

import type { Figures, Setup } from "./attack.ts";
import { connect, pause, Peer, requestOf } from "./peer.ts";
import { type Client, inRounds, whileAsking } from "./while_asking.ts";
import { makePair, nginx, type RunningServer, type Start, vitrine } from "./servers.ts";

const RESTARTS = 6;
/** Half of them keep their connections, half open a new one each time. */
const CLIENTS = 24;
/** Until HAProxy has seen that a server is back: it looks ten times a second. */
const SEEN_MS = 10_000;

/** What is asked of {@linkcode restartInTurn}. */
export interface Rolling {
  readonly setup?: Setup;
  readonly restarts?: number;
  /** Goes on until so many were asked. */
  readonly requests?: number;
  /** Begins no restart after so long. */
  readonly seconds?: number;
  /** What HAProxy looks at to see whether a server is well. */
  readonly check?: string;
  /** Whether HAProxy asks the other server where one closed without an answer, as our guide has it. */
  readonly asksAgain?: boolean;
}

/** Starts two servers behind HAProxy, restarts them in turn, so often, and gives what the clients counted. */
export async function restartInTurn(start: Start, init: Rolling = {}): Promise<Figures> {
  const { setup = {}, restarts = RESTARTS, requests = 0, seconds } = init;
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_rolling_" }));
  const pair = await makePair();
  const ports = [freePort(), freePort()];
  const servers: (RunningServer | null)[] = [null, null];
  const startOf = async (i: number) => {
    const place = { root: `${folder}/root`, folder: `${folder}/${i}`, pair };
    servers[i] = await start(place, { ...setup, port: ports[i] });
  };
  const stopOf = async (i: number) => {
    const server = servers[i];
    servers[i] = null;
    await server?.stop();
  };
  const front = freePort();
  try {
    for (const name of ["root", "0", "1"]) await Deno.mkdir(`${folder}/${name}`);
    await Deno.writeTextFile(`${folder}/root/a.txt`, "Hello.\n");
    await Promise.all([startOf(0), startOf(1)]);
    await using _proxy = startHaproxy(folder, configOf({ folder, front, ports, ...init }));
    await untilBothAreUp(folder);
    return await whileAsking(CLIENTS, (client) => askOn(front, client), (counts) => {
      return inRounds(counts, { rounds: restarts, requests, seconds }, async () => {
        for (const i of [0, 1]) {
          await stopOf(i);
          await startOf(i);
          await untilBothAreUp(folder);
        }
      });
    });
  } finally {
    await Promise.all([stopOf(0), stopOf(1)]);
    await Deno.remove(folder, { recursive: true });
  }
}

/** As its documentation would have it: it looks whether servers are well, and tries again where it could not connect. */
function configOf(
  { folder, front, ports, check = "/a.txt", asksAgain = false }: Rolling & {
    readonly folder: string;
    readonly front: number;
    readonly ports: readonly number[];
  },
): string {
  const servers = ports.map((port, i) => `server s${i} 127.0.0.1:${port}`);
  return `
    global
      stats socket ${folder}/stats
    defaults
      mode http
      timeout connect 1s
      timeout client 10s
      timeout server 10s
      timeout check 2s
      option redispatch
      retries 3
      ${asksAgain ? "retry-on conn-failure empty-response" : ""}
    frontend front
      bind 127.0.0.1:${front}
      default_backend servers
    backend servers
      option httpchk GET ${check}
      http-check expect status 200
      default-server check inter 100ms fall 2 rise 1
      ${servers.join("\n      ")}\n`;
}

function startHaproxy(folder: string, config: string): AsyncDisposable {
  const path = `${folder}/haproxy.cfg`;
  Deno.writeTextFileSync(path, config);
  const child = new Deno.Command("haproxy", {
    args: ["-db", "-q", "-f", path],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  return {
    async [Symbol.asyncDispose]() {
      if (!hasEnded) child.kill("SIGKILL");
      await child.status;
    },
  };
}

/** Waits until HAProxy says that both servers are well. */
async function untilBothAreUp(folder: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < SEEN_MS; waitedMs += 20) {
    const rows = await statsOf(folder).catch(() => "");
    if (rows.match(/^servers,s\d,.*,UP,/gm)?.length === 2) return;
    await pause(20);
  }
  throw new Error("HAProxy sees no two servers");
}

async function statsOf(folder: string): Promise<string> {
  using conn = await Deno.connect({ transport: "unix", path: `${folder}/stats` });
  await conn.write(new TextEncoder().encode("show stat\n"));
  let text = "";
  const buffer = new Uint8Array(16 * 1024);
  for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return text;
}

async function askOn(port: number, { counts, keeps, isOver }: Client): Promise<void> {
  const request = requestOf("/a.txt", ...(keeps ? [] : ["Connection: close"]));
  while (!isOver()) {
    try {
      using peer = new Peer(await connect({ port, cert: null }));
      for (let goesOn = true; goesOn && !isOver();) {
        const answer = await peer.ask(request);
        const isGood = answer?.statusCode === 200;
        counts.add(isGood ? "answered" : "failed");
        if (!isGood) counts.add(answer === null ? "without an answer" : `s${answer.statusCode}`);
        goesOn = answer !== null && answer.keeps;
        await pause(2); // The machine is that of the servers, too.
      }
    } catch {
      counts.add("failed");
      counts.add("cut");
    }
  }
}

if (import.meta.main) {
  const here = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");
  for (const workers of [1, 2]) {
    for (const [name, start] of [["Vitrine", vitrine(here)], ["nginx", nginx]] as const) {
      console.log(
        `${name}, ${workers} worker(s):`,
        await restartInTurn(start, { setup: { workers } }),
      );
    }
  }
}
