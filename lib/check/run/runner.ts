/**
 * The run: one check after the other, within the time for all of them. Sees when the server has ended or hangs, waits
 * until it was started again, and goes on.
 */

import {
  type Check,
  type Dialogue,
  type Evidence,
  type Finding,
  finding,
  type Script,
} from "../check.ts";
import type { Result } from "../score.ts";
import { askAlone } from "../script.ts";
import type { Site } from "../site.ts";
import { play } from "./connection.ts";

/** What is said while it runs. */
export type Notice =
  | { readonly kind: "crashed" | "hung"; readonly id: string }
  | { readonly kind: "restarting" | "back" | "gone" }
  | { readonly kind: "waiting"; readonly seconds: number };

/** How to check. */
export interface RunInit {
  readonly site: Site;
  readonly checks: readonly Check[];
  readonly hostname: string;
  readonly port: number;
  /** For all checks together. */
  readonly timeMs: number;
  /** For each wait for a response. */
  readonly deadlineMs: number;
  /** For the server to lose its patience with a client. */
  readonly patienceMs: number;
  /** For somebody to start the server again. */
  readonly restartMs: number;
  /** Starts the server again; left out, somebody else has to. */
  readonly restart?: () => Promise<void>;
  readonly onResult?: (result: Result) => void;
  readonly onNotice?: (notice: Notice) => void;
}

/** Makes all checks. Never rejects because of what the server does; null: nobody listens at all. */
export async function runChecks(init: RunInit): Promise<Result[] | null> {
  return await new Run(init).all();
}

const POLL_MS = 200;

class Run {
  readonly #init: RunInit;
  readonly #endMs: number;
  readonly #results: Result[] = [];
  #toldCount = 0;
  /** Whether the server ever said anything: only then can it fall silent. */
  #everAnswered = false;
  #isGone = false;

  constructor(init: RunInit) {
    this.#init = init;
    this.#endMs = performance.now() + init.timeMs;
  }

  async all(): Promise<Result[] | null> {
    const { checks, restart } = this.#init;
    if (await this.#state() === "crashed") {
      if (restart === undefined) return null;
      await this.#comeBack();
      if (this.#isGone) return null;
    }
    for (const check of checks) {
      this.#results.push(await this.#check(check));
      this.#tell(this.#lastPlayed());
    }
    if (!this.#isGone && this.#lastPlayed() !== -1 && await this.#state() === "crashed") {
      this.#blameLast();
    }
    this.#tell(this.#results.length);
    return this.#results;
  }

  /** Tells results up to one; that and later ones wait, as the server may turn out to have ended by it. */
  #tell(end: number): void {
    for (; this.#toldCount < end; this.#toldCount++) {
      this.#init.onResult?.(this.#results[this.#toldCount]);
    }
  }

  #lastPlayed(): number {
    return this.#results.findLastIndex(({ outcome }) =>
      outcome === "passed" || outcome === "failed"
    );
  }

  async #check(check: Check): Promise<Result> {
    const { site: { agent: _, ...plain } } = this.#init;
    const site: Site = { ...plain, agent: check.id };
    if (check.applies?.(site) === false) return { check, outcome: "skipped" };
    if (this.#isGone || performance.now() >= this.#endMs) return { check, outcome: "unreached" };
    let evidence = await this.#play(check, site);
    if (this.#lastPlayed() !== -1 && evidence.exchanges[0]?.ending === "refused") {
      this.#blameLast();
      await this.#comeBack();
      if (this.#isGone) return { check, outcome: "unreached" };
      evidence = await this.#play(check, site);
    }
    const found = check.judge(evidence) ?? await this.#aftermath(check.script(site));
    if (found === null) {
      this.#everAnswered = true;
      return { check, outcome: "passed" };
    }
    // What came when there was no time left is not the server's fault.
    if (performance.now() >= this.#endMs) return { check, outcome: "unreached" };
    return await this.#failed(check, evidence, found);
  }

  async #failed(check: Check, { exchanges }: Evidence, found: Finding): Promise<Result> {
    const exchange = exchanges[found.at ?? exchanges.length - 1];
    const state = this.#everAnswered ? await this.#state() : "answers";
    if (state === "answers") return { check, outcome: "failed", finding: found, exchange };
    this.#init.onNotice?.({ kind: state, id: check.id });
    await this.#comeBack();
    return { check, outcome: "failed", finding: finding(state), exchange };
  }

  async #play(check: Check, site: Site): Promise<Evidence> {
    const exchanges = await this.#exchanges(check.script(site));
    const evidence = { site, exchanges, nowMs: Date.now() };
    if (check.next === undefined) return evidence;
    return {
      ...evidence,
      exchanges: [...exchanges, ...await this.#exchanges(check.next(evidence))],
    };
  }

  /** Connections that were held until the end have just been closed on the server: did it bear that? */
  async #aftermath(script: Script): Promise<Finding | null> {
    if (!script.flat().some(({ stays }) => stays)) return null;
    return await this.#state() === "crashed" ? finding("crashed") : null;
  }

  #exchanges(script: Script): Promise<Dialogue[]> {
    const { hostname, port, deadlineMs, patienceMs } = this.#init;
    return play(script, { hostname, port, deadlineMs, patienceMs, endMs: this.#endMs });
  }

  /** The server ended between two checks: the one before did it. */
  #blameLast(): void {
    const at = this.#lastPlayed();
    const { check, ...last } = this.#results[at];
    this.#init.onNotice?.({ kind: "crashed", id: check.id });
    const exchange = "exchange" in last ? last.exchange : undefined;
    this.#results[at] = { check, outcome: "failed", finding: finding("crashed"), exchange };
  }

  /** Whether the server still answers: an honest request, and any byte for it. */
  async #state(): Promise<"answers" | "crashed" | "hung"> {
    const { site } = this.#init;
    const path = site.files.text?.path ?? "/";
    const [exchange] = await this.#exchanges(askAlone(site, path));
    if (exchange.ending === "refused") return "crashed";
    return exchange.late && exchange.received.length === 0 ? "hung" : "answers";
  }

  /** Waits until somebody has started the server again. */
  async #comeBack(): Promise<void> {
    const { restart, restartMs, onNotice } = this.#init;
    const endMs = Math.min(this.#endMs, performance.now() + restartMs);
    if (restart !== undefined) {
      onNotice?.({ kind: "restarting" });
      await restart();
    } else {
      onNotice?.({
        kind: "waiting",
        seconds: Math.max(0, Math.round((endMs - performance.now()) / 1000)),
      });
    }
    while (performance.now() < endMs) {
      if (await this.#state() === "answers") {
        onNotice?.({ kind: "back" });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    this.#isGone = true;
    onNotice?.({ kind: "gone" });
  }
}
