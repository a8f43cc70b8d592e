/**
 * Which port is taken when the default one cannot be had: the next free one. A port asked for by name is that one or none.
 */

import { takenError } from "../net/listen.ts";

/** How many ports are tried, the default one included. */
const ATTEMPTS = 10;

/** Which port is wanted. */
export interface Wish {
  readonly port: number;
  /** Whether it was asked for by name. */
  readonly portGiven: boolean;
  /** A port that is not to be the next one, as something else of ours is about to take it. */
  readonly avoid: number | null;
  /** Whether a port is no good though the system would let us have it. */
  readonly isTaken: (port: number) => boolean;
}

/** What came of it. */
export interface OnPort<Server> {
  readonly server: Server;
  readonly port: number;
  /** Why it is not the port that was asked for, as words that complete "Port 3000 is …"; null if it is. */
  readonly refusal: string | null;
}

/**
 * Starts something on a port, or on the next one that no other program has and that the system lets us have: Windows
 * keeps whole ranges to itself, and gives other ones after each start.
 *
 * @param start Listens on a port; throws `Deno.errors.AddrInUse` or `PermissionDenied` if it cannot be had.
 * @throws What `start` throws; the error of the first port where no other will do.
 */
export function startOnFreePort<Server>(
  { port, portGiven, avoid, isTaken }: Wish,
  start: (port: number) => Server,
): OnPort<Server> {
  try {
    if (!portGiven && isTaken(port)) throw new Deno.errors.AddrInUse("localhost is taken");
    return { server: start(port), port, refusal: null };
  } catch (error) {
    const refusal = refusalOf(error);
    if (portGiven || refusal === null) throw error;
    for (let next = port + 1; next < port + ATTEMPTS && next <= 65_535; next++) {
      if (next === avoid || isTaken(next)) continue;
      try {
        return { server: start(next), port: next, refusal };
      } catch {
        continue; // Taken as well, or not allowed: the first port is the one to tell of.
      }
    }
    throw error;
  }
}

/** Null if another port would be no better. */
function refusalOf(error: unknown): string | null {
  if (error instanceof Deno.errors.AddrInUse) return "taken by another program";
  return error instanceof Deno.errors.PermissionDenied ? "kept by the system" : null;
}

/**
 * Whether `localhost`, which is the address that we show for all of IPv4, is another program's on this port: browsers ask
 * `::1` first, where many a tool of Node listens alone, and no system sees a conflict in that.
 */
export function isLocalhostTaken({ hostname, port }: { hostname: string; port: number }): boolean {
  if (hostname !== "0.0.0.0" || port === 0) return false;
  const { state } = Deno.permissions.querySync({ name: "net", host: `[::1]:${port}` });
  // Without, it would ask whoever started us, or refuse.
  return state === "granted" && takenError("::1", port) !== null;
}
