/** What is said of accepts that fail: one line a minute for each kind. */

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
