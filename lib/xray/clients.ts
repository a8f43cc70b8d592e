/**
 * The client addresses that were seen, each with a number and, once somebody gave one, a name. In memory alone. On a
 * projector they can be masked: then nobody is told an address, but the page that runs on the server's own machine.
 */

import { plainAddress } from "../net/lan.ts";

/** A client. */
interface Client {
  readonly number: number;
  readonly address: string;
  name: string;
}

/** Clients that are known; of more, the first without a name is forgotten. */
const MAX_CLIENTS = 1_000;
const MAX_NAME = 60;

/** All clients. */
export class Clients {
  isMasked = false;
  readonly #known = new Map<string, Client>();
  #count = 0;

  /** The number of an address. */
  numberOf(address: string): number {
    return this.#of(address).number;
  }

  /** How an address is called. */
  labelOf(address: string): string {
    const { name, number } = this.#of(address);
    if (name !== "") return name;
    return this.#isSecret(address) ? `Client ${number}` : address;
  }

  /** An address and its port, unless that is nobody's business. @param peer Such as `"10.0.0.7:50123"`. */
  shownPeer(peer: string): string {
    const address = addressIn(peer);
    return this.#isSecret(address) ? this.labelOf(address) : peer;
  }

  /** The address behind a number, if it is told; null if not. */
  addressOf(number: number): string | null {
    for (const { address, number: own } of this.#known.values()) {
      if (own === number) return this.#isSecret(address) ? null : address;
    }
    return null;
  }

  /** Names a client. Gives its address; null if there is none. @param name Empty to forget it. */
  rename(number: number, name: string): string | null {
    const client = [...this.#known.values()].find((each) => each.number === number);
    if (client === undefined) return null;
    // deno-lint-ignore no-control-regex -- these are what must not be in a name.
    client.name = name.replace(/[\s\x00-\x1f\x7f]+/g, " ").trim().slice(0, MAX_NAME);
    return client.address;
  }

  /** Whether an address is not to be told. The machine itself is no secret. */
  #isSecret(address: string): boolean {
    return this.isMasked && address !== "127.0.0.1" && address !== "::1";
  }

  #of(address: string): Client {
    let client = this.#known.get(address);
    if (client === undefined) {
      client = { number: ++this.#count, address, name: "" };
      this.#known.set(address, client);
      if (this.#known.size > MAX_CLIENTS) this.#forget();
    }
    return client;
  }

  #forget(): void {
    const all = [...this.#known.values()];
    this.#known.delete((all.find(({ name }) => name === "") ?? all[0]).address);
  }
}

/** The address in an address and a port; without brackets, and as IPv4 where it is one. */
export function addressIn(peer: string): string {
  const bare = /^\[(.*)\](?::\d+)?$/.exec(peer)?.[1] ??
    (peer.split(":").length === 2 ? peer.split(":")[0] : peer);
  return plainAddress(bare);
}
