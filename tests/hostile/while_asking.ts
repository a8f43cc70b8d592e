/** Clients that ask all the time while something is done to the server, and what came of it. */

import { Counts, type Figures } from "./attack.ts";
import { connect, pause, Peer, requestOf, type Way } from "./peer.ts";

/** One client: half of them keep their connections, half open a new one each time. */
export interface Client {
  readonly counts: Counts;
  readonly keeps: boolean;
  readonly isOver: () => boolean;
}

/** Lets so many clients ask while `work` goes on; each ends soon after `isOver()`. */
export async function whileAsking(
  count: number,
  ask: (client: Client) => Promise<void>,
  work: (counts: Counts) => Promise<void>,
): Promise<Figures> {
  const counts = new Counts();
  for (const name of ["answered", "failed"]) counts.add(name, 0);
  let hasEnded = false;
  const isOver = () => hasEnded;
  const clients = Array.from(
    { length: count },
    (_, i) => ask({ counts, keeps: i % 2 === 0, isOver }),
  );
  try {
    await work(counts);
  } finally {
    hasEnded = true;
    await Promise.all(clients);
  }
  return counts.figures;
}

/** How often something is done, and between how many requests. */
export interface Pace {
  readonly rounds: number;
  /** Goes on until so many were asked, spread evenly over the rounds. */
  readonly requests: number;
  /** Begins no round after so long. Default: no end. */
  readonly seconds?: number;
}

/** Does something round after round while clients ask, and counts the rounds. */
export async function inRounds(
  counts: Counts,
  { rounds, requests, seconds = Infinity }: Pace,
  doRound: (round: number) => Promise<void>,
): Promise<void> {
  const until = performance.now() + seconds * 1000;
  const waitFor = async (answered: number) => {
    while ((counts.figures.answered < answered) && performance.now() < until) await pause(20);
  };
  for (let round = 0; round < rounds && performance.now() < until; round++) {
    await waitFor(requests * round / rounds);
    await doRound(round);
    counts.add("rounds");
  }
  await waitFor(requests);
}

/**
 * Asks as clients do. A kept connection may end at any time without an answer where nothing of it was sent: RFC 9112 §9.3.1
 * and §9.6 have clients ask again then, so that is no failure, if the connection has answered before.
 */
export async function askOn(way: Way, { counts, keeps, isOver }: Client): Promise<void> {
  const request = requestOf("/a.txt", ...(keeps ? [] : ["Connection: close"]));
  while (!isOver()) {
    let isFresh = true;
    try {
      using peer = new Peer(await connect(way));
      for (let goesOn = true; goesOn && !isOver(); isFresh = false) {
        const answer = await peer.ask(request);
        const isGood = answer?.statusCode === 200;
        if (isGood) counts.add("answered");
        else if (answer === null && !isFresh) counts.add("asked again");
        else counts.add("failed");
        goesOn = answer !== null && answer.keeps;
        await pause(1); // The machine is that of the servers, too.
      }
    } catch {
      counts.add(isFresh ? "failed" : "asked again");
      await pause(1);
    }
  }
}
