/**
 * What is taken anew while serving goes on: the certificate and its key, the rules, and where the root leads. All of it
 * when somebody asks (SIGHUP); of the pair also when its files change, as programs that renew certificates do that and most
 * tell nobody. Nothing ends by it, and what cannot be taken stays as it was.
 */

import type { Entrance } from "./entrance.ts";
import { readableState } from "../files/disk_state.ts";
import { storyOf } from "../errors.ts";
import type { Options } from "../options.ts";

/** The site, as far as it can be read anew. */
interface Renewable {
  readonly realPath: string;
  readonly rules: { readAnew(): void };
  hasTurned(): boolean;
}

const WHY_NOT = "without --unstable-net Deno cannot take a new one; start anew";

/** What one server takes anew. */
export class Renewal {
  readonly #entrance: Entrance;
  readonly #sites: readonly Renewable[];
  readonly #pair: readonly [cert: string, key: string] | null;
  readonly #say: (line: string) => void;
  /** The states of the pair's files that were taken last, or tried, and that were seen last. */
  #tried: string;
  #seen: string;

  /** @param say Told of what has changed by itself. */
  constructor(
    { entrance, sites, options: { cert, key }, say }: {
      readonly entrance: Entrance;
      readonly sites: readonly Renewable[];
      readonly options: Pick<Options, "cert" | "key">;
      readonly say: (line: string) => void;
    },
  ) {
    this.#entrance = entrance;
    this.#sites = sites;
    this.#pair = cert === null || key === null ? null : [cert, key];
    this.#say = say;
    this.#tried = this.#seen = this.#look();
  }

  /** Whether there is a pair to look at once a second. */
  get isWatching(): boolean {
    return this.#pair !== null;
  }

  /** Takes all of it anew, and says so in a line without its end. Never rejects. */
  async all(): Promise<string> {
    const taken: string[] = [];
    let refusal = "";
    if (this.#pair !== null) {
      const why = await this.#takePair();
      if (why === null) taken.push("certificate and key");
      else refusal = `; not the certificate: ${why}`;
    }
    for (const site of this.#sites) {
      if (!site.hasTurned()) site.rules.readAnew(); // Else that has read them.
    }
    const roots = this.#sites.map(({ realPath }) => realPath).join(", ");
    taken.push("the rules", `where the root leads (${roots})`);
    return `took ${taken.join(", ")}${refusal}`;
  }

  /** To be called once a second: takes a pair that has changed and has been at rest since the last call. */
  look(): void {
    if (this.#pair === null) return;
    const seen = this.#look();
    const isAtRest = seen === this.#seen;
    this.#seen = seen;
    if (!isAtRest || seen === this.#tried) return;
    this.#takePair().then((why) =>
      this.#say(
        why === null
          ? "took certificate and key anew, as their files have changed"
          : `the files of certificate and key have changed, and those before them stay: ${why}`,
      )
    );
  }

  /** Null, or why not. */
  async #takePair(): Promise<string | null> {
    this.#tried = this.#seen = this.#look();
    if (!this.#entrance.mayReopen) return WHY_NOT;
    try {
      await this.#entrance.reopen();
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : storyOf(error);
    }
  }

  #look(): string {
    return (this.#pair ?? []).map(readableState).join(" ");
  }
}
