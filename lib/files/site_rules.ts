/**
 * The files of rules in the root, `_headers` and `_redirects`: reads them, and again when they change, and makes one
 * `Policy` of them and of the flags. What they mean is the work of `site/`.
 *
 * The promise of the cache holds for them too: a request that begins after a write to such a file has returned is
 * answered by the new rules. So each file that is there is looked at once a round (`rounds.ts`). One that is not there
 * would cost every site without rules a look as well; it is looked for once a second instead.
 */

import { isInside, isSettledTime, type Root, SETTLE_MS, timeMs } from "./contain.ts";
import { parseHeadersFile } from "../site/headers_file.ts";
import { isAskedFor, Policy, type PolicyOptions, type Rules } from "../site/policy.ts";
import { parseRedirectsFile } from "../site/redirects_file.ts";
import { warningTexts } from "../site/rule_lines.ts";

/** How often a file that was not there is looked for, in ms. */
export const APPEARS_WITHIN_MS = 1_000;
/** Longest file of rules, in bytes: as much as 2,000 lines of 1,000 characters, Cloudflare's limits. */
const MAX_BYTES = 2 * 1024 * 1024;

/** One file of rules, as it was read. */
interface RuleFile {
  readonly name: "_headers" | "_redirects";
  /** What would differ if it were another file or had other bytes; null if it is not there. */
  identity: string | null;
  text: string;
  /** Why it could not be taken; null if it could. */
  refusal: string | null;
}

/** What is asked of a site, always as fresh as its files. */
export class SiteRules {
  readonly #root: Root;
  readonly #options: PolicyOptions;
  readonly #warn: (warning: unknown) => void;
  readonly #files: readonly RuleFile[] = [
    { name: "_headers", identity: null, text: "", refusal: null },
    { name: "_redirects", identity: null, text: "", refusal: null },
  ];
  #rules: Rules = { headers: [], redirects: [] };
  #isWatching = false;
  #round = 0;
  #policy: Policy | null = null;

  /** @param warn Told of each line that is no good, when the file is read. */
  constructor(root: Root, options: PolicyOptions, warn: (warning: unknown) => void) {
    this.#root = root;
    this.#options = options;
    this.#warn = warn;
    this.#makePolicy();
    this.look();
  }

  /** The policy as it was last looked at; null if nothing is asked for. */
  get latest(): Policy | null {
    return this.#policy;
  }

  /**
   * The policy for a request that was received before this round began; null if nothing is asked for.
   *
   * @returns At once, unless a file of rules changed and has to be read. From then on it is the latest.
   */
  at(round: number): Policy | null | Promise<Policy | null> {
    if (this.#isWatching && (round === 0 || round !== this.#round)) {
      this.#round = round;
      for (const file of this.#files) if (file.identity !== null) this.#refresh(file);
    }
    return this.#policy;
  }

  /** Looks for files that were not there. */
  look(): void {
    for (const file of this.#files) if (file.identity === null) this.#refresh(file);
  }

  #refresh(file: RuleFile): void {
    const identity = this.#identify(file.name);
    if (identity === file.identity) return;
    file.identity = identity;
    this.#isWatching = this.#files.some((other) => other.identity !== null);
    const text = identity === null ? "" : this.#read(file);
    if (text === file.text) return; // The same rules: what was made of them stays.
    file.text = text;
    const { rules, warnings } = file.name === "_headers"
      ? parseHeadersFile(text)
      : parseRedirectsFile(text);
    this.#rules = { ...this.#rules, [file.name.slice(1)]: rules };
    this.#makePolicy();
    for (const warning of warningTexts(file.name, warnings)) this.#warn(warning);
  }

  #makePolicy(): void {
    const { headers, redirects } = this.#rules;
    const isNeeded = isAskedFor(this.#options) || headers.length > 0 || redirects.length > 0;
    this.#policy = isNeeded ? new Policy(this.#options, this.#rules) : null;
  }

  #pathOf(name: string): string {
    return `${this.#root.path}/${name}`;
  }

  /** A text that changes with the file; null if there is no regular file of that name. */
  #identify(name: string): string | null {
    try {
      const { isFile, dev, ino, size, mtime, ctime } = Deno.statSync(this.#pathOf(name));
      if (!isFile) return null;
      const [mtimeMs, ctimeMs] = [timeMs(mtime), timeMs(ctime)];
      const nowMs = this.#root.nowMs();
      // Too new to tell the next write from this one: every look finds another file, until it has settled.
      const isSettled = isSettledTime(mtimeMs, nowMs) && nowMs - ctimeMs > 1_000 + SETTLE_MS;
      return [dev, ino, size, mtimeMs, ctimeMs, isSettled ? "" : ++unsettledCount].join(" ");
    } catch {
      return null;
    }
  }

  /** Gives the text of a file; an empty one, and a warning, if it cannot be taken. */
  #read(file: RuleFile): string {
    const result = this.#tryRead(file.name);
    const refusal = "refusal" in result ? result.refusal : null;
    if (refusal !== null && refusal !== file.refusal) {
      this.#warn(`${file.name}: ignored, as it ${refusal}`);
    }
    file.refusal = refusal;
    return "text" in result ? result.text : "";
  }

  #tryRead(name: string): { text: string } | { refusal: string } {
    try {
      const realPath = Deno.realPathSync(this.#pathOf(name));
      if (!isInside(this.#root, realPath)) return { refusal: "leads out of the root" };
      using file = Deno.openSync(realPath);
      const { isFile, size } = file.statSync();
      if (!isFile) return { refusal: "is not a regular file" };
      if (size > MAX_BYTES) return { refusal: `is over ${MAX_BYTES} bytes` };
      const bytes = new Uint8Array(size);
      let length = 0;
      while (length < size) {
        const count = file.readSync(bytes.subarray(length));
        if (count === null) break;
        length += count;
      }
      return { text: new TextDecoder().decode(bytes.subarray(0, length)) };
    } catch (error) {
      return { refusal: `cannot be read (${error instanceof Error ? error.name : error})` };
    }
  }
}

let unsettledCount = 0;
