/**
 * Looks at the start how many descriptors the system leaves us, and says so where they are too few for the connections
 * that are wanted. How it is looked for, and what is kept back, is told by `net/descriptors.ts`.
 */

import { Descriptors, descriptorsFor } from "../net/descriptors.ts";
import type { Options } from "../options.ts";

/** Tried before the start, which takes 2 ms, and soon after it, in 0.4 s of small steps: enough for a crowd of 1,200. */
const FIRST_TRIAL = 100;
const SECOND_TRIAL = 2_600;
/** What a process has open beside what is counted here, generously. */
const OWN = 50;

/** What {@linkcode findDescriptors} needs beside the options. */
export interface FindInit {
  /** Threads that serve. */
  readonly threads: number;
  /** Gets what to say if a limit is found later. */
  readonly say: (text: string) => void;
}

/** Finds out what the system allows, as far as that is quick. */
export function findDescriptors(
  options: Pick<Options, "root" | "maxConnections">,
  { threads, say }: FindInit,
): Descriptors {
  let isStarting = true;
  const needed = descriptorsFor(options.maxConnections);
  const descriptors = new Descriptors(opener(options.root), {
    ...{ threads, most: needed },
    onLimit: () => {
      const text = limitText(descriptors, options.maxConnections, threads);
      if (!isStarting && text !== null) say(text);
    },
  });
  const few = (most: number) => Math.ceil(Math.min(needed, most) / threads);
  descriptors.look(few(FIRST_TRIAL));
  isStarting = false;
  descriptors.search(few(SECOND_TRIAL));
  return descriptors;
}

/** The same for a further thread: what there is to say is said by the first one. */
export function descriptorsOfWorker(root: string, threads: number): Descriptors {
  return new Descriptors(opener(root), { threads });
}

/** One line if there are too few descriptors for `maxConnections`; null if there are enough, as far as is known. */
export function limitText(
  { isLimit, connections }: Pick<Descriptors, "isLimit" | "connections">,
  maxConnections: number,
  threads = 1,
): string | null {
  const possible = connections * threads;
  if (!isLimit || possible >= maxConnections) return null;
  return `the system allows descriptors for ${possible} connections at once, not ` +
    `${maxConnections}; for all of them type ulimit -n ${
      descriptorsFor(maxConnections) + OWN
    } first`;
}

/** Opens what may be opened in any sandbox: the folder that is served, or, where that is in the binary, a socket. */
function opener(root: string) {
  return Deno.build.standalone
    ? () => Deno.listen({ hostname: "127.0.0.1", port: 0 })
    : () => Deno.openSync(root);
}
