/** The end of a server: what it still owes to those who asked, and what may keep it from ending. */

import { askOn, type Attack, Counts, endOf, type Figures, type Target } from "../attack.ts";
import { connect, pause, Peer, requestOf } from "../peer.ts";

const CLIENTS = 40;

export const logReader: Attack = {
  name: "log-reader",
  title: "nobody reads the access log any more, then SIGTERM",
  setup: { log: "nobody" },
  seconds: { test: 1, table: 4 },
  async run(target, seconds) {
    const counts = new Counts();
    const init = { until: endOf(seconds), open: (conn: Deno.Conn) => new Peer(conn) };
    const request = requestOf("/a.txt");
    const one = () => askOn(target, counts, { ...init, request: () => request });
    await Promise.all(Array.from({ length: 8 }, one));
    return counts.figures;
  },
};

/** Node's signal for its inspector, which Deno knows as well: whoever may not debug must not be let in. */
export const sigusr1: Attack = {
  name: "sigusr1",
  title: "SIGUSR1, twice",
  seconds: { test: 0.5, table: 2 },
  async run({ mainPid, pid }, seconds) {
    const until = endOf(seconds);
    const before = countListeners(pid);
    for (let i = 0; i < 2; i++) {
      Deno.kill(mainPid, "SIGUSR1");
      await pause(100);
    }
    await pause(until - performance.now());
    return { opened: countListeners(pid) - before };
  },
};

/** Sockets of a process that listen, read off `/proc`; 0 if it is gone. */
export function countListeners(pid: number): number {
  const LISTENS = "0A";
  const inodes = new Set<string>();
  for (const table of ["tcp", "tcp6"]) {
    for (const row of Deno.readTextFileSync(`/proc/${pid}/net/${table}`).split("\n").slice(1)) {
      const cells = row.trim().split(/\s+/);
      if (cells[3] === LISTENS) inodes.add(`socket:[${cells[9]}]`);
    }
  }
  const links = [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      return ""; // Closed meanwhile.
    }
  });
  return links.filter((link) => inodes.has(link)).length;
}

/** Ends a server in the middle of its work; a request is lost whose bytes left and that got no byte back. */
function stop(name: string, title: string, keeps: boolean): Attack {
  return {
    name,
    title,
    honest: null,
    seconds: { test: 1, table: 1.5 },
    repeats: { test: 3, table: 10 },
    recoveryMs: 1500, // Its grace of 1 s, and to spare.
    async run(target, seconds) {
      const counts = new Counts();
      counts.add("answered", 0);
      counts.add("lost", 0);
      counts.add("cut", 0);
      const clients = Array.from({ length: CLIENTS }, () => askToTheEnd(target, counts, keeps));
      await pause(seconds * 500);
      Deno.kill(target.mainPid, target.gentleSignal);
      await Promise.race([Promise.all(clients), pause(4000)]);
      return counts.figures;
    },
  };
}

export const stopKept = stop("stop-kept", "SIGTERM beside 40 clients that keep connections", true);
export const stopNew = stop("stop-new", "SIGTERM beside 40 clients with new connections", false);

/** Asks until nobody accepts any more, which is no loss: whoever is refused knows it and asks elsewhere. */
async function askToTheEnd(target: Target, counts: Counts, keeps: boolean): Promise<void> {
  const request = requestOf("/a.txt", ...(keeps ? [] : ["Connection: close"]));
  for (;;) {
    let conn: Deno.Conn;
    try {
      conn = await connect(target);
    } catch {
      return;
    }
    using peer = new Peer(conn);
    for (let goesOn = true; goesOn;) {
      const answer = await peer.ask(request).catch(() => "cut" as const);
      counts.add(answer === "cut" ? "cut" : answer ? "answered" : "lost");
      goesOn = answer !== "cut" && answer !== null && answer.keeps;
    }
  }
}

/** Adds what several rounds counted. */
export function sumOf(all: readonly Figures[]): Figures {
  const counts = new Counts();
  for (const figures of all) {
    for (const [name, count] of Object.entries(figures)) counts.add(name, count);
  }
  return counts.figures;
}
