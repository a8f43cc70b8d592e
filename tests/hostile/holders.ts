/** Peers that hold connections, from an address of their own: the well-behaved client comes from 127.0.0.1. */

import { connect as connectFrom, type Socket } from "node:net";
import { connect as connectTlsFrom } from "node:tls";
import { endOf, type Figures, type Target } from "./attack.ts";
import { pause } from "./peer.ts";

/** Whence all holders come. */
const ADDRESS = "127.0.0.2";
/** Whoever is turned away comes again, but not at once: the attack is bounded, and does not spin. */
const AGAIN_MS = 100;
/** Connects that are under way at once. */
const AT_ONCE = 50;

/** What a holder does. */
export interface HoldInit {
  readonly count: number;
  /** What each sends when it is connected. */
  readonly first?: Uint8Array;
  /** Whether each asks for TLS first; without, it may send what it likes to a server that expects it. */
  readonly tls?: boolean;
  /** Whether they read what comes. Who does not never sees that the server has hung up, and does not come again. */
  readonly reads: boolean;
  /** Sent every second, by all. */
  readonly trickle?: Uint8Array;
}

/**
 * Holds connections until the time is up. Gives how many were there at the end, how often the server was seen to
 * end one, and the descriptors that it still has.
 */
export async function hold(target: Target, seconds: number, init: HoldInit): Promise<Figures> {
  const until = endOf(seconds);
  const held = new Set<Socket>();
  let turnedAway = 0;
  const one = () => {
    const socket = open(target, init);
    socket.on("error", () => {}); // "close" follows.
    socket.on("close", () => {
      if (held.delete(socket)) turnedAway++;
      if (performance.now() < until) setTimeout(one, AGAIN_MS);
    });
    socket.on(init.tls ? "secureConnect" : "connect", () => {
      held.add(socket);
      if (init.first) socket.write(init.first);
      if (init.reads) socket.resume();
    });
    return socket;
  };
  for (let begun = 0; begun < init.count && performance.now() < until; begun += AT_ONCE) {
    for (let i = begun; i < Math.min(begun + AT_ONCE, init.count); i++) one();
    await pause(5);
  }
  const timer = setInterval(() => {
    if (init.trickle) { for (const socket of held) socket.write(init.trickle); }
  }, 1000);
  await pause(until - performance.now());
  clearInterval(timer);
  const figures = { held: held.size, turnedAway, descriptorsAtEnd: descriptorsOf(target.pid) };
  for (const socket of held) socket.destroy();
  return figures;
}

/** 0 if the process is gone. */
function descriptorsOf(pid: number): number {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
  } catch {
    return 0;
  }
}

function open({ port, cert }: Target, { tls }: HoldInit): Socket {
  const way = { host: "127.0.0.1", port, localAddress: ADDRESS };
  if (!tls) return connectFrom(way);
  return connectTlsFrom({ ...way, servername: "localhost", ca: cert ?? "" });
}
