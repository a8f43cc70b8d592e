/**
 * Where connections come in: one listening socket, or, while another one takes its place, two. A certificate belongs to the
 * socket (Deno 2.9.6 asks for it once, or once for each name), so a new one needs a new socket; and to close and listen
 * again loses whoever comes in between, and whoever waits in the queue. So the new socket joins the port first
 * (SO_REUSEPORT, socket(7), which the one before it must have as well), then the old one is emptied, and closed.
 *
 * What accepts, and what the connections have in common, is given by `serve.ts`.
 */

import { listen, type Listener, mayShare } from "./listen.ts";
import type { Rounds } from "./rounds.ts";
import type { Options } from "../options.ts";

/** Looks at the queue of a listener, at the most, before it is closed; each takes 2 to 4 ms. */
const MAX_LOOKS = 10;

/** One listening socket. */
export interface Door {
  readonly listener: Listener;
  /** Connections that came through it; counted by who accepts them. */
  accepted: number;
  /** Whether it was closed by us. */
  isClosed: boolean;
}

/** What an {@linkcode Entrance} is told when connections may come. */
export interface Opening {
  /** Accepts what comes through one door until it is closed, and resolves when the last of that has ended. */
  readonly accept: (door: Door) => Promise<void>;
  readonly rounds: Pick<Rounds, "hold" | "release">;
  /** Waits, in ms. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** Which one of several workers this is, which share the port. */
export interface Sharing {
  /** Null for a server without workers. */
  readonly index: number | null;
}

/** The listening sockets of one server. */
export class Entrance {
  readonly #options: Options;
  readonly #isShared: boolean;
  readonly #ended = Promise.withResolvers<void>();
  #door: Door;
  #opening: Opening | null = null;
  #loops = 0;
  #isClosing = false;
  /** What is being opened or closed, one after the other. */
  #work: Promise<unknown> = Promise.resolve();

  /** Listens. @throws As {@linkcode listen}. */
  constructor(options: Options, { index }: Sharing) {
    this.#options = options;
    const renews = options.cert !== null && mayShare();
    this.#isShared = options.sharePort || index !== null || renews;
    const isFirst = (index ?? 0) === 0;
    // With SO_REUSEPORT, a second Vitrine of the same user would join in silence and get half of the connections. So
    // who has not asked for that asks for the port alone before it shares it; port 0 is never one that is shared already (Linux).
    if (this.#isShared && isFirst && !options.sharePort && options.port !== 0) {
      listen(options).close();
    }
    this.#door = doorOf(listen(options, this.#isShared));
  }

  /** Where it listens. */
  get address(): Deno.NetAddr {
    return this.#door.listener.addr as Deno.NetAddr;
  }

  /** Whether another listener may take the place of this one. */
  get mayReopen(): boolean {
    return this.#isShared;
  }

  /** Begins to accept. Resolves when the entrance is closed and the last connection has ended. */
  open(opening: Opening): Promise<void> {
    this.#opening = opening;
    this.#begin(this.#door);
    return this.#ended.promise;
  }

  /**
   * Has a new listener, with the certificate of now, take the place of the one that is there. Connections go on.
   *
   * @throws {CertificateError} And then all is as it was.
   */
  reopen(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isClosing) return;
      const door = doorOf(listen({ ...this.#options, port: this.address.port }, true));
      const old = this.#door;
      this.#door = door;
      this.#begin(door);
      await this.#closeWhenEmpty(old);
    });
  }

  /** Lets nobody in any more. Resolves when the port is free. */
  close(): Promise<void> {
    this.#isClosing = true;
    return this.#inTurn(() => this.#closeWhenEmpty(this.#door));
  }

  /** Closes what was never opened. */
  abandon(): void {
    this.#door.listener.close();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {}); // Told to who has asked for it.
    return done;
  }

  #begin(door: Door): void {
    this.#loops++;
    this.#opening!.accept(door).then(() => {
      if (--this.#loops === 0) this.#ended.resolve();
    }, this.#ended.reject);
  }

  /**
   * Closes a listener once nobody waits in its queue: whoever does has connected and may have asked, and closing would
   * reset it. Meanwhile no request goes on, so that those who come back at once for more cannot fill it for ever.
   */
  async #closeWhenEmpty(door: Door): Promise<void> {
    const { rounds, sleep } = this.#opening!;
    rounds.hold();
    for (let looks = 0; looks < MAX_LOOKS; looks++) {
      const before = door.accepted;
      // A timer lets the loop ask for sockets; what that gave is accepted by the time of the second one.
      await sleep(1);
      await sleep(1);
      if (door.accepted === before) break;
    }
    door.isClosed = true;
    door.listener.close();
    await sleep(1); // The socket goes with the accept that waits on it, in the next turn of the loop.
    rounds.release();
  }
}

function doorOf(listener: Listener): Door {
  return { listener, accepted: 0, isClosed: false };
}
