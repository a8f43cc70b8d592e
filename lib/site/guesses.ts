/**
 * Who tries passwords: RFC 6585 §4. Wrong ones are counted for each network that they come from, and who has tried too many
 * waits: until then none of its passwords is looked at, the right one neither, as else it would be found all the same. Time
 * is an argument; one a server.
 *
 * A class behind one address mistypes now and then, so many are allowed at once and as many a minute: a password of four
 * digits holds for hours, not for a second, and any better one for good. What is kept for each network fades within
 * two minutes, and of more networks than fit the one that has failed least lately is forgotten.
 */

import { RequestError } from "../errors.ts";
import type { Request, TargetPath } from "../http/message.ts";
import type { Policy } from "./policy.ts";

/** Wrong passwords of one network at once; one is forgotten each second. */
export const MAX_GUESSES = 60;
/** How many of them are forgotten before who has sent so many may send more: in ten seconds. */
const FORGOTTEN_AT_ONCE = 10;
/** Networks that are kept: about 1 MB. */
const MAX_NETWORKS = 4096;

/** Wrong passwords of one network that are not forgotten. */
interface Count {
  readonly guesses: number;
  readonly atMs: number;
  /** Whether there were too many. */
  readonly isOver: boolean;
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
    policy.admit(guesser.request, at);
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
    if (isWrong) this.#add(network, this.#nowMs());
    return error;
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
    if (network === null || !isGuess(request) || !policy.isLocked(path)) return 0;
    return waitOf(this.#counts.get(network), this.#nowMs());
  }

  #add(network: string, nowMs: number): void {
    const guesses = guessesAt(this.#counts.get(network), nowMs) + 1;
    this.#counts.delete(network);
    this.#counts.set(network, { guesses, atMs: nowMs, isOver: guesses > MAX_GUESSES - 1 });
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
function isGuess(request: Request | null): boolean {
  return request !== null && request.fields.get("authorization") !== null;
}
