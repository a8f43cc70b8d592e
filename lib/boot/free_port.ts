/**
 * Which port is taken when the default one is busy: the next free one. A port asked for by name is that one or none.
 */

/** How many ports are tried, the default one included. */
const ATTEMPTS = 10;

/** What came of it. */
export interface OnPort<Server> {
  readonly server: Server;
  readonly port: number;
}

/**
 * Starts something on a port, or on the next one that no other program has.
 *
 * @param avoid A port that is not to be the next one, as something else of ours is about to take it.
 * @param start Listens on a port; throws `Deno.errors.AddrInUse` if it is taken.
 * @throws What `start` throws; the error of the first port where no other will do.
 */
export function startOnFreePort<Server>(
  { port, portGiven, avoid }: { port: number; portGiven: boolean; avoid: number | null },
  start: (port: number) => Server,
): OnPort<Server> {
  try {
    return { server: start(port), port };
  } catch (error) {
    if (portGiven || !(error instanceof Deno.errors.AddrInUse)) throw error;
    for (let next = port + 1; next < port + ATTEMPTS && next <= 65_535; next++) {
      if (next === avoid) continue;
      try {
        return { server: start(next), port: next };
      } catch {
        continue; // Taken as well, or not allowed: the first port is the one to tell of.
      }
    }
    throw error;
  }
}
