/** How a listener is closed without harm to those who have connected and were not accepted yet. */

import type { Listener } from "./listen.ts";
import type { Rounds } from "./rounds.ts";
import type { Slots } from "./slots.ts";

/** Looks at the queue of the listener, at the most, before it closes; each takes 2 to 4 ms. */
const MAX_LOOKS = 10;

/** What {@linkcode closeWhenEmpty} needs beside the listener. */
export interface Closing {
  readonly rounds: Rounds;
  readonly slots: Slots;
  readonly sleep: (ms: number) => Promise<void>;
  /** Gives how many connections were accepted so far. */
  readonly count: () => number;
}

/**
 * Closes the listener once nobody waits in its queue: whoever does has connected and may have asked, and closing would
 * reset it. Meanwhile no request goes on, so that those who come back at once for more cannot fill it for ever.
 */
export async function closeWhenEmpty(
  listener: Listener,
  { rounds, slots, sleep, count }: Closing,
): Promise<void> {
  rounds.hold();
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const before = count();
    // A timer lets the loop ask for sockets; what that gave is accepted by the time of the second one.
    await sleep(1);
    await sleep(1);
    if (count() === before) break;
  }
  listener.close();
  slots.stop();
  await sleep(1); // The socket goes with the accept that waits on it, in the next turn of the loop.
  rounds.release();
}
