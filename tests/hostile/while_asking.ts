/** Clients that ask all the time while something is done to the server, and what came of it. */

import { Counts, type Figures } from "./attack.ts";

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
