/** What one client's page is told: a report as the teacher's page gets it, of the client's own desk alone. */

import type { Endpoint } from "../../observer.ts";
import type { Lane, Report } from "../events.ts";
import type { Experiments } from "../experiments.ts";
import { type Desk, MAX_ENTRIES, ownSummary } from "./desk.ts";

/** One page's place in what there is to tell. */
export class DeskViewer {
  readonly #desk: Desk;
  readonly #place: Endpoint;
  readonly #experiments: () => Experiments;
  #kept = 0;
  #version = 0;

  /** @param lastEventId What a browser that comes back had last; null at its first visit. */
  constructor(
    desk: Desk,
    { place, experiments }: { place: Endpoint; experiments: () => Experiments },
    lastEventId: string | null,
  ) {
    this.#desk = desk;
    this.#place = place;
    this.#experiments = experiments;
    const [run, kept] = (lastEventId ?? "").split("/");
    if (run === desk.run && /^\d{1,9}$/.test(kept ?? "")) {
      this.#kept = Math.min(Number(kept), desk.keptCount);
    }
  }

  /** Where this page is, for `Last-Event-ID`. */
  get id(): string {
    return `${this.#desk.run}/${this.#kept}`;
  }

  /** Makes the next report. */
  next(nowMs: number): Report {
    const { run, keptCount, seenCount, underWay } = this.#desk;
    const entries = this.#desk.entriesSince(this.#kept);
    const endedFrom = keptCount - entries.length;
    this.#kept = keptCount;
    const goingOn = [...underWay].slice(0, MAX_ENTRIES);
    return {
      run,
      nowMs,
      root: "",
      port: this.#place.port,
      secure: this.#place.certificate !== null,
      xrayPort: 0,
      role: "learn",
      ended: entries.map(ownSummary),
      endedFrom,
      underWay: goingOn.map(ownSummary),
      underWayCount: underWay.size,
      lanes: this.#lanes(),
      seconds: [],
      experiments: this.#experiments(),
      seenCount,
      keptCount,
      every: 1,
      maxKept: MAX_ENTRIES,
    };
  }

  /** Lanes that changed since the last report. */
  #lanes(): Lane[] {
    const changed = [...this.#desk.lanes.values()]
      .filter(({ version, requests }) => version > this.#version && requests > 0);
    this.#version = this.#desk.version;
    return changed.map(({ number, peer, openMs, closeMs, skipped }) => ({
      ...{ number, peer, openMs, closeMs, skipped },
      client: 0,
      clientName: "",
    }));
  }
}
