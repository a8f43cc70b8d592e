/**
 * The proxies in front of the server whose word is taken: who asked is what they say, and nobody else is believed. One for
 * a server; without `--trust-proxy` there is none, and nothing here is looked at.
 */

import { clientOf, type ForwardedFields, type Peer } from "../http/forwarded.ts";
import {
  type Address,
  isWithin,
  type Network,
  parseAddress,
  parseNetwork,
} from "../http/ip_address.ts";
import { Tally } from "../log/tally.ts";
import type { Options } from "../options.ts";

/** Whose word is taken, and about what. */
export class Proxies {
  /** Whether connections begin with a PROXY header. */
  readonly isProtocol: boolean;
  /** Requests whose two fields tell of two clients. */
  readonly #disputes: Tally;
  /** Connections without a PROXY header that may be believed. */
  readonly #strangers: Tally;
  readonly #networks: readonly Network[];
  /** The last peers that were asked for: proxies are few, and parsing takes 1 µs. */
  readonly #known = new Map<string, boolean>();

  /**
   * @param onError Told in a line a minute of what is wrong with them.
   * @throws {TypeError} Something is no network.
   */
  constructor(
    { trustProxy, proxyProtocol }: Pick<Options, "trustProxy" | "proxyProtocol">,
    onError: (error: unknown) => void,
  ) {
    this.isProtocol = proxyProtocol;
    this.#disputes = new Tally((count) =>
      onError(
        `${count} request(s) came with Forwarded and X-Forwarded-For of two clients, and neither was ` +
          "believed: have the proxy remove the one that it does not write",
      )
    );
    this.#strangers = new Tally((count) =>
      onError(
        `${count} connection(s) were closed, as they began without a PROXY header ` +
          "or came from nobody whom --trust-proxy names",
      )
    );
    this.#networks = trustProxy.map((text) => {
      const network = parseNetwork(text);
      if (network === null) throw new TypeError(`Cannot trust ${JSON.stringify(text)}: no network`);
      return network;
    });
  }

  /** Whether a peer, as Deno tells its address, is a proxy of ours. */
  trusts(hostname: string): boolean {
    let isTrusted = this.#known.get(hostname);
    if (isTrusted === undefined) {
      const address = parseAddress(hostname);
      isTrusted = address !== null && this.#hasAddress(address);
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(hostname, isTrusted);
    }
    return isTrusted;
  }

  /** To be looked at now and then. */
  get tallies(): readonly Tally[] {
    return [this.#disputes, this.#strangers];
  }

  /** Counts a connection that is closed as nobody may believe whose it is. */
  readonly addStranger = (): void => this.#strangers.add();

  /** Whether a connection may begin: it comes from a proxy of ours, if only those may connect. */
  mayConnect(hostname: string): boolean {
    return !this.isProtocol || this.trusts(hostname);
  }

  /** Who sent a request that came from `peer`: the peer itself, if nothing else is known. */
  clientOf(fields: ForwardedFields, peer: Peer): Peer {
    if (!this.trusts(peer.hostname)) return peer;
    const client = clientOf(fields, peer, (address) => this.#hasAddress(address));
    if (client === null) this.#disputes.add();
    return client ?? peer;
  }

  #hasAddress(address: Address): boolean {
    return this.#networks.some((network) => isWithin(address, network));
  }
}

const MAX_KNOWN = 256;
