/**
 * The files of rules in the root, `_headers` and `_redirects`: reads them, and again when they change, and makes one
 * `Policy` of them and of the flags. What they mean is the work of `site/`.
 *
 * The promise of the cache holds for them too: a request that begins after a write to such a file has returned is
 * answered by the new rules. So each file that is there is looked at once a round (`rounds.ts`). One that is not there
 * would cost every site without rules a look as well; it is looked for once a second instead. And what was locked stays
 * locked for a second, as an editor may just be writing the line anew.
 */

import { codeOf, isOutOfDescriptors } from "../errors.ts";
import { isInside, isSettledState, openablePath, type Root } from "./contain.ts";
import { stateOf } from "./disk_state.ts";
import { readSmallText, type SmallText } from "./disk_file.ts";
import { locksOfHeaders, parseHeadersFile } from "../site/headers_file.ts";
import { type Lock, widePattern } from "../site/locks.ts";
import {
  isAskedFor,
  namesOfFlags,
  Policy,
  type PolicyOptions,
  type Rules,
} from "../site/policy.ts";
import { locksOfRedirects, parseRedirectsFile } from "../site/redirects_file.ts";
import { hasOverLines, warningTexts } from "../site/rule_lines.ts";

/** How often a file that was not there is looked for, in ms. */
export const APPEARS_WITHIN_MS = 1_000;
/** Longest file of rules, in bytes: 2,000 rules of 500 characters. To read one takes everybody's time: 30 ms with 10,000 rules. */
const MAX_BYTES = 1_000_000;
/** Most lines of one: Netlify advises against more rules. Each may cost a request that matches none 0.2 µs. */
const MAX_LINES = 10_000;
/** How often the same is said of a file that cannot be taken, in ms. */
const TELL_AGAIN_MS = 60_000;

/**
 * How long what was locked stays so when its line is gone, in ms: an editor that empties a file before it writes it anew
 * would open for a moment what both versions lock.
 */
const LOCKED_ON_MS = 1_000;

/** One file of rules, as it was read. */
interface RuleFile {
  readonly name: "_headers" | "_redirects";
  /** What would differ if it were another file or had other bytes; null if it is not there. */
  identity: string | null;
  /** Null if it could not be taken, and is not known from before: then the site is closed. */
  text: string | null;
  /** Why it could not be taken, and when that was told last, in ms. */
  readonly refusals: Map<string, number>;
}

/** What a file says, or whether one that could not be taken may be meant to lock something: not so a folder. */
type Taken = { readonly text: string } | { readonly mayLock: boolean };

/** What the text of one means. */
type Parsed = ReturnType<typeof parseHeadersFile> | ReturnType<typeof parseRedirectsFile>;

/** What is asked of a site, always as fresh as its files. */
export class SiteRules {
  readonly #root: Root;
  readonly #options: PolicyOptions;
  readonly #warn: (warning: unknown) => void;
  readonly #onContent: () => void;
  readonly #files: readonly RuleFile[];
  #rules: Rules = { headers: [], redirects: [], locks: [], formerLocks: [] };
  /** When the locks changed last, in ms, as long as {@linkcode LOCKED_ON_MS} are not over; else null. */
  #lockedAnewMs: number | null = null;
  readonly #locks: Record<RuleFile["name"], readonly Lock[]> = { _headers: [], _redirects: [] };
  #isWatching = false;
  #round = 0;
  #policy: Policy | null = null;

  /**
   * @param warn Told of each line that is no good, when the file is read.
   * @param onContent Told when other things may be said of the bytes of files than before.
   */
  constructor(
    root: Root,
    options: PolicyOptions,
    { warn, onContent }: { warn: (warning: unknown) => void; onContent: () => void },
  ) {
    this.#root = root;
    this.#options = options;
    // What leads to HTTPS shows nothing, so it asks for no password, which all could hear, and sends no field lines (RFC
    // 6797 §7.2).
    const names = options.httpsPort === null ? ["_headers", "_redirects"] as const : [];
    this.#files = names.map((name) => ({ name, identity: null, text: "", refusals: new Map() }));
    this.#warn = warn;
    this.#onContent = onContent;
    this.#makePolicy();
    this.look();
  }

  /** The policy as it was last looked at; null if nothing is asked for. */
  get latest(): Policy | null {
    return this.#policy;
  }

  /** The policy for a request that was received before this round began; null if nothing is asked for. */
  at(round: number): Policy | null {
    if (this.#isWatching && (round === 0 || round !== this.#round)) {
      this.#round = round;
      const mayComeBack = this.#lockedAnewMs !== null;
      for (const file of this.#files) {
        if (file.identity !== null || mayComeBack) this.#refresh(file);
      }
      if (this.#lockedAnewMs !== null) this.#forgetLocks(this.#lockedAnewMs);
    }
    return this.#policy;
  }

  /** Looks for files that were not there. */
  look(): void {
    for (const file of this.#files) if (file.identity === null) this.#refresh(file);
  }

  /** Reads all files again: the root is another folder, or somebody asks for it. */
  readAnew(): void {
    for (const file of this.#files) {
      file.identity = UNKNOWN;
      this.#refresh(file);
    }
  }

  #refresh(file: RuleFile): void {
    const identity = this.#identify(file);
    if (identity === file.identity) return;
    file.identity = identity;
    this.#checkWatching();
    const before = this.#locks[file.name];
    const taken = this.#take(file, identity);
    // What cannot be taken may be locked as before: nobody gets in because a file could not be opened for once.
    if (!("text" in taken) && before.length > 0) return;
    const text = "text" in taken ? taken.text : taken.mayLock ? null : "";
    if (text === file.text) return; // The same rules: what was made of them stays.
    const wasTaken = file.text !== null;
    file.text = text;
    const isLong = text !== null && hasOverLines(text, MAX_LINES);
    if (isLong) this.#refuse(file, `has over ${MAX_LINES} lines`, "ignored");
    const { rules, locks, warnings } = this.#parse(file, isLong);
    this.#locks[file.name] = locks;
    this.#rules = {
      ...this.#rules,
      [file.name.slice(1)]: isLong ? [] : rules,
      // What `_redirects` closes no line of `_headers` opens.
      locks: [...this.#locks._headers, ...this.#locks._redirects],
    };
    if (before.length > 0 && wasTaken) this.#lockOn(before);
    this.#makePolicy();
    const told = isLong ? warnings.filter(({ effect }) => effect !== undefined) : warnings;
    for (const warning of warningTexts(file.name, told)) this.#warn(warning);
  }

  /** What a file means. One that could not be taken may have a lock in it, of whatever path. */
  #parse({ name, text }: RuleFile, isLong: boolean): Parsed {
    if (text === null) return CLOSED;
    return name === "_headers"
      ? parseHeadersFile(isLong ? locksOfHeaders(text) : text, namesOfFlags(this.#options))
      : parseRedirectsFile(isLong ? locksOfRedirects(text) : text);
  }

  #lockOn(locks: readonly Lock[]): void {
    // A file may be seen half written several times in a row: of what was before, what locked most is taken for the whole.
    const { formerLocks = [] } = this.#rules;
    const isOver = this.#lockedAnewMs === null || this.#isOver(this.#lockedAnewMs);
    const earlier = isOver ? [] : formerLocks.toSorted((a, b) => b.length - a.length);
    this.#rules = { ...this.#rules, formerLocks: [locks, ...earlier.slice(0, 1)] };
    this.#lockedAnewMs = this.#root.nowMs();
    this.#checkWatching();
  }

  #isOver(sinceMs: number): boolean {
    return Math.abs(this.#root.nowMs() - sinceMs) >= LOCKED_ON_MS;
  }

  #forgetLocks(sinceMs: number): void {
    if (!this.#isOver(sinceMs)) return;
    this.#lockedAnewMs = null;
    this.#rules = { ...this.#rules, formerLocks: [] };
    this.#checkWatching();
    this.#makePolicy();
  }

  #checkWatching(): void {
    this.#isWatching = this.#lockedAnewMs !== null ||
      this.#files.some(({ identity }) => identity !== null);
  }

  #makePolicy(): void {
    const isNeeded = isAskedFor(this.#options) ||
      Object.values(this.#rules).some(({ length }) => length > 0);
    const before = this.#policy;
    this.#policy = isNeeded ? new Policy(this.#options, this.#rules) : null;
    if (before?.saysOfContent || this.#policy?.saysOfContent) this.#onContent();
  }

  #pathOf(name: string): string {
    return `${this.#root.path}/${name}`;
  }

  /** A text that changes with the file; null if there is no regular file of that name. */
  #identify(file: RuleFile): string | null {
    try {
      const state = stateOf(Deno.statSync(this.#pathOf(file.name)));
      if (!state.isFile) {
        this.#refuse(file, "is not a regular file", "ignored");
        return IRREGULAR;
      }
      // Too new to tell the next write from this one: every look finds another file, until it has settled.
      const isSettled = isSettledState(state, this.#root.nowMs());
      const { device, inode, size, mtimeMs, ctimeMs } = state;
      return [device, inode, size, mtimeMs, ctimeMs, isSettled ? "" : ++unsettledCount].join(" ");
    } catch (error) {
      if (isMissing(error)) return null;
      this.#refuse(file, `cannot be looked at (${nameOf(error)})`);
      return UNKNOWN;
    }
  }

  /** Reads a file, and says so if it cannot be taken. */
  #take(file: RuleFile, identity: string | null): Taken {
    if (identity === null) return { text: "" };
    if (identity === UNKNOWN) return { mayLock: true };
    if (identity === IRREGULAR) return { mayLock: false };
    const result = this.#tryRead(file);
    if ("text" in result) return result;
    const { refusal, mayLock = false } = result;
    this.#refuse(file, refusal, mayLock ? undefined : "ignored");
    return { mayLock };
  }

  #tryRead(file: RuleFile): SmallText & { readonly mayLock?: boolean } {
    try {
      for (let tries = 0; tries < TRIES; tries++) {
        const realPath = Deno.realPathSync(this.#pathOf(file.name));
        if (!isInside(this.#root, realPath)) return OUTSIDE;
        const path = openablePath(this.#root, realPath);
        const small = readSmallText(path, MAX_BYTES);
        // Else it was swapped for a link meanwhile, which leads elsewhere.
        if (Deno.realPathSync(path) !== realPath) continue;
        return "text" in small && small.text.includes("\0") ? NOT_UTF8 : small;
      }
      return OUTSIDE; // The next look takes it.
    } catch (error) {
      if (isMissing(error)) return { text: "" };
      file.identity = UNKNOWN; // A system that is out of descriptors has some again by and by, and the file does not change.
      const refusal = `cannot be read (${nameOf(error)})`;
      if (file.text === null || !isOutOfDescriptors(error)) return { refusal, mayLock: true };
      this.#refuse(file, refusal, "as it was");
      return { text: file.text };
    }
  }

  /**
   * Says why a file is not taken, and what comes of it where it locked nothing: each reason once a minute, as one that comes and
   * goes would fill the screen.
   */
  #refuse(file: RuleFile, refusal: string, unlocked = "nothing is served"): void {
    const nowMs = this.#root.nowMs();
    const isLocking = file.text !== null && this.#locks[file.name].length > 0;
    if (Math.abs(nowMs - (file.refusals.get(refusal) ?? -Infinity)) < TELL_AGAIN_MS) return;
    file.refusals.set(refusal, nowMs);
    const effect = isLocking ? "as it was, with what it locks" : unlocked;
    this.#warn(`${file.name}: ${effect}, as it ${refusal}`);
  }
}

/** Instead of what tells a file from others: there is one, and it cannot be taken. Looked at again each time. */
const UNKNOWN = "";
/** There is something else of that name. */
const IRREGULAR = "irregular";
/** What a file means that cannot be taken. */
const CLOSED: Parsed = {
  rules: [],
  locks: [{ pattern: widePattern("/*").pattern, kind: "closed" }],
  warnings: [],
};
/** How often in a row a file is read that is swapped for a link meanwhile. */
const TRIES = 3;
const OUTSIDE = { refusal: "leads out of the root", mayLock: true };
/** With NULs in between, as UTF-16 has it, no lock would be seen. */
const NOT_UTF8 = { refusal: "is in UTF-16, or no text; save it as UTF-8", mayLock: true };

/** Whether an error says that there is no such file: it was never there, or has just been removed. */
function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOf(error));
}

function nameOf(error: unknown): string {
  return codeOf(error) || (error instanceof Error ? error.name : String(error));
}

let unsettledCount = 0;
