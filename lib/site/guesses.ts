/**
 * Who tries passwords: RFC 6585 §4. Wrong ones are counted for each network that they come from, and who has tried too many
 * waits: until then none of its passwords is looked at, the right one neither, as else it would be found all the same. Time
 * is an argument; one a server.
 *
 * A class behind one address mistypes now and then, so many are allowed at once and as many a minute: a password of four
 * digits holds for hours, not for a second, and any better one for good. What is kept for each network fades within
 * two minutes, and of more networks than fit the one that has failed least lately is forgotten.
 *
 * Who is in must not wait for somebody who guesses behind the same address. So clients that have shown a right password
 * before are told apart by their program, and those that showed the same one have a count of their own. Nobody gets
 * another count to guess by without a password, nor more than one for each that they know, whatever they call themselves.
 *
 * The same wrong password again is no further guess: that is a program that has not heard of a new one.
 */

import { RequestError } from "../errors.ts";
import type { Request, TargetPath } from "../http/message.ts";
import type { Policy } from "./policy.ts";

/** Wrong passwords of one network at once; one is forgotten each second. */
export const MAX_GUESSES = 60;
/** How many of them are forgotten before who has sent so many may send more: in ten seconds. */
const FORGOTTEN_AT_ONCE = 10;
/** Networks that are kept: about 1 MB; and clients that were let in. */
const MAX_NETWORKS = 4096;
/** Of a program's name. */
const MAX_AGENT_LENGTH = 256;
/** Wrong passwords of one network that are known again. */
const MAX_KNOWN = 4;

/** Wrong passwords of one network, or of its clients that were let in before, that are not forgotten. */
interface Count {
  readonly guesses: number;
  readonly atMs: number;
  /** Whether there were too many. */
  readonly isOver: boolean;
  /** The last different ones, as hashes. */
  readonly known: readonly number[];
}

/** An exchange, as its passwords are counted. */
export interface Guesser {
  /** Null if none could be read. */
  readonly request: Request | null;
  /** Where it came from; null if many may come from there that cannot be told apart. */
  readonly network: string | null;
}

/** The networks that have sent wrong passwords. */
export class Guesses {
  /** The one that failed last stands last. */
  readonly #counts = new Map<string, Count>();
  /** By which count go clients that were let in. */
  readonly #clients = new Map<string, string>();
  readonly #onRefusal: () => void;
  readonly #nowMs: () => number;

  /**
   * @param onRefusal Told of each request that is refused.
   * @param nowMs A clock that only grows, in ms.
   */
  constructor(onRefusal: () => void, nowMs: () => number) {
    this.#onRefusal = onRefusal;
    this.#nowMs = nowMs;
  }

  /** How many networks are kept. */
  get size(): number {
    return this.#counts.size;
  }

  /**
   * Lets a request in, or not, as {@linkcode Policy.admit} does.
   *
   * @param policy Absent if nothing is asked for.
   * @throws {RequestError} And 429: too many of its network were wrong.
   */
  admit(policy: Policy | null | undefined, guesser: Guesser, path?: TargetPath | null): void {
    if (!policy || guesser.request === null) return;
    const at = path === undefined ? guesser.request.path : path;
    const waitS = this.#counts.size === 0 ? 0 : this.#waitOf(policy, guesser, at);
    if (waitS > 0) throw this.#refusal(waitS);
    if (policy.admit(guesser.request, at)) this.#letIn(guesser);
  }

  /**
   * Looks at a request that failed, and counts it if its password is wrong. Gives why it failed: by 429, whatever else is
   * wrong, if its password may not be looked at, since what it is shown of the site would tell.
   */
  judge(policy: Policy | null | undefined, guesser: Guesser, error: RequestError): RequestError {
    const { request } = guesser;
    if (!policy || request === null || !isGuess(request) || error.statusCode === 429) return error;
    const { network } = guesser;
    if (network === null) return error;
    const waitS = error.statusCode === 401 ? 0 : this.#waitOf(policy, guesser, request.path);
    if (waitS > 0) return this.#refusal(waitS);
    // 403 is for who is in, and asks for what nobody may see.
    const isWrong = error.statusCode === 401 ||
      error.statusCode !== 403 && !policy.isAdmitted(request);
    if (isWrong) this.#add(this.#countedAs(network, request), hashOf(credentialsOf(request)));
    return error;
  }

  #letIn({ network, request }: Guesser): void {
    if (network === null || request === null) return;
    const client = clientOf(network, request);
    if (this.#clients.has(client)) return;
    // A copy: a part of a head keeps all of it in memory.
    this.#clients.set(Array.from(client).join(""), `${network}\n${hashOf(credentialsOf(request))}`);
    if (this.#clients.size <= MAX_NETWORKS) return;
    const [oldest] = this.#clients.keys();
    this.#clients.delete(oldest);
  }

  /** By which count the passwords of a request go. */
  #countedAs(network: string, request: Request): string {
    if (this.#clients.size === 0) return network;
    return this.#clients.get(clientOf(network, request)) ?? network;
  }

  #refusal(waitS: number): RequestError {
    this.#onRefusal();
    return new RequestError(429, "RFC 6585 §4", {
      detail: "Cannot look at another password from this network yet",
      fieldLines: [["Retry-After", String(waitS)], ["Cache-Control", "no-store"]],
    });
  }

  /** How long a password may not be looked at yet, in seconds; 0 if it may. */
  #waitOf(policy: Policy, { request, network }: Guesser, path: TargetPath | null): number {
    if (network === null || request === null || !isGuess(request)) return 0;
    if (!policy.isLocked(path)) return 0;
    return waitOf(this.#counts.get(this.#countedAs(network, request)), this.#nowMs());
  }

  #add(whose: string, hash: number): void {
    const nowMs = this.#nowMs();
    const before = this.#counts.get(whose);
    if (before?.known.includes(hash)) return;
    const guesses = guessesAt(before, nowMs) + 1;
    const known = [hash, ...before?.known ?? []].slice(0, MAX_KNOWN);
    this.#counts.delete(whose);
    this.#counts.set(whose, { guesses, atMs: nowMs, isOver: guesses > MAX_GUESSES - 1, known });
    // Those that are forgotten stand first.
    for (const [other, count] of this.#counts) {
      const isForgotten = guessesAt(count, nowMs) === 0;
      if (!isForgotten && this.#counts.size <= MAX_NETWORKS) break;
      this.#counts.delete(other);
    }
  }
}

function guessesAt(count: Count | undefined, nowMs: number): number {
  return count === undefined ? 0 : Math.max(0, count.guesses - (nowMs - count.atMs) / 1000);
}

function waitOf(count: Count | undefined, nowMs: number): number {
  if (count === undefined || !count.isOver) return 0;
  return Math.max(0, Math.ceil(guessesAt(count, nowMs) - (MAX_GUESSES - FORGOTTEN_AT_ONCE)));
}

/** Whoever sends none is asked for one; a browser does so before its user can type. */
function isGuess(request: Request): boolean {
  return request.fields.get("authorization") !== null;
}

/** Without the scheme, whose case and blanks are free: the same credentials are the same text. */
function credentialsOf({ fields }: Request): string {
  return (fields.get("authorization") ?? "").replace(/^\S+ +/, "");
}

/** What tells clients of one network apart, as far as they say. */
function clientOf(network: string, request: Request): string {
  const agent = request.fields.get("user-agent") ?? "";
  return `${network}\n${
    agent.length > MAX_AGENT_LENGTH ? agent.slice(0, MAX_AGENT_LENGTH) : agent
  }`;
}

/** FNV-1a, so that nothing is kept of a long head. Of a billion guesses one has the hash of another, and does not count. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash;
}
