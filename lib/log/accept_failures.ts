/** What is said of connections that come to nothing: one line a minute for each kind. */

import { Tally } from "./tally.ts";

/** Counts them, and tells. */
export class AcceptFailures {
  readonly #byPeers: Tally;
  readonly #forLack: Tally;
  #lack = "";

  constructor(onError: (error: unknown) => void) {
    this.#byPeers = new Tally((count) =>
      onError(`${count} connection(s) were left by their peers before they were accepted`)
    );
    this.#forLack = new Tally((count) =>
      onError(`cannot accept connections (tried ${count} times, trying on): ${this.#lack}`)
    );
  }

  readonly add = (failure: "peer" | "lack", error: unknown): void => {
    if (failure === "peer") return this.#byPeers.add();
    // Its message alone: see `storyOf()`.
    this.#lack = error instanceof Error ? error.message : String(error);
    this.#forLack.add();
    this.#forLack.look(performance.now()); // Whoever watches should know at once.
  };

  /** To be looked at now and then. */
  get tallies(): readonly Tally[] {
    return [this.#byPeers, this.#forLack];
  }
}

/** What is said of peers that spoke HTTPS to an HTTP port, or the other way around. */
export function mixUpText(count: number, secure: boolean): string {
  return secure
    ? `${count} connection(s) spoke no TLS, most likely HTTP, to this HTTPS port: its address starts with https://`
    : `${count} connection(s) spoke HTTPS to this HTTP port: its address starts with http://`;
}
