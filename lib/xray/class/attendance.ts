/**
 * Whose the requests on one connection are. The peer's own, unless it is a proxy whose word is taken: then each request is
 * its client's from the moment on at which the proxy's word is read, and nobody's before, so that no client sees a byte of
 * what the next one on the same connection sends.
 */

import type { Request, TargetPath } from "../../http/message.ts";
import type { OwnAnswer } from "../../observer.ts";
import type { Attending } from "../attending.ts";
import type { RequestTrace } from "../trace.ts";
import { answerTo, classPathOf, type ClassRoom } from "./answers.ts";
import type { Desk, DeskLane, Entry, Sampler } from "./desk.ts";

/** Where desks are found. */
export interface Desks extends ClassRoom {
  /** Null for an address whose requests are somebody else's: a proxy's, or no address at all. */
  deskOf(hostname: string): Desk | null;
  /** For what is nobody's yet. */
  readonly sampler: Sampler;
  now(): number;
}

/** One connection. */
export class Attendance implements Attending {
  readonly #desks: Desks;
  readonly #openMs: number;
  /** The address at the other end. */
  #base: string;
  #basePeer: string;
  #isShared: boolean;
  /** Whether a proxy whose word is taken has told whose the connection or a request on it is. */
  #isTold = false;
  /** Whose the request under way is. */
  #desk: Desk | null = null;
  #entry: Entry | null = null;
  #lanes = new WeakMap<Desk, DeskLane>();
  #isUnderWay = false;
  /** The last lane that a request was on. */
  #lane: DeskLane | null = null;
  #trace: RequestTrace | null = null;

  constructor(
    desks: Desks,
    { hostname, peer, openMs }: { hostname: string; peer: string; openMs: number },
  ) {
    this.#desks = desks;
    this.#base = hostname;
    this.#basePeer = peer;
    this.#openMs = openMs;
    this.#isShared = desks.deskOf(hostname) === null;
  }

  ownPath(request: Request): TargetPath | null {
    return classPathOf(request);
  }

  answerTo(request: Request, path: TargetPath): OwnAnswer {
    this.#drop(); // Before it is answered: it is no part of the answer.
    const asker = { desk: this.#desk, isProxied: this.#isTold || this.#isShared };
    return answerTo(this.#desks, { request, path }, asker);
  }

  begins(): boolean {
    this.#isUnderWay = true;
    this.#desk = this.#desks.deskOf(this.#base);
    return (this.#desk?.sampler ?? this.#desks.sampler).takes(this.#desks.now());
  }

  began(trace: RequestTrace): void {
    this.#trace = trace;
    this.#enter(this.#basePeer);
  }

  introduced(hostname: string, peer: string): void {
    this.#isTold = true;
    if (!this.#isUnderWay) {
      this.#base = hostname;
      this.#basePeer = peer;
      this.#isShared = this.#desks.deskOf(hostname) === null;
      return;
    }
    this.#leave();
    this.#desk = this.#desks.deskOf(hostname);
    this.#isShared = true;
    this.#enter(peer);
  }

  #drop(): void {
    this.#leave();
    this.#trace = null;
    this.#lane = null;
  }

  ended(isShown: boolean): void {
    const desk = this.#desk;
    if (this.#entry !== null) desk?.end(this.#entry);
    else if (isShown && desk !== null) desk.count(this.#laneOf(desk, this.#basePeer));
    if (this.#isShared && this.#lane !== null && desk !== null) {
      // Somebody else's may come next: for this client the lane ends here, as far as is known.
      this.#lane.closeMs = this.#desks.now();
      desk.changed(this.#lane);
    }
    this.#isUnderWay = false;
    this.#desk = this.#entry = this.#trace = null;
  }

  closed(nowMs: number): void {
    const desk = this.#desks.deskOf(this.#base);
    const lane = desk === null ? undefined : this.#lanes.get(desk);
    if (desk === null || lane === undefined) return;
    lane.closeMs = nowMs;
    desk.changed(lane);
  }

  #enter(peer: string): void {
    const desk = this.#desk;
    if (desk === null || this.#trace === null) return;
    this.#lane = this.#laneOf(desk, peer);
    this.#entry = desk.begin(this.#lane, this.#trace, this.#desks.now());
  }

  #leave(): void {
    const [desk, entry] = [this.#desk, this.#entry];
    this.#entry = null;
    if (desk === null || entry === null) return;
    desk.drop(entry);
    if (entry.lane.requests === 0) this.#lanes.delete(desk);
  }

  #laneOf(desk: Desk, peer: string): DeskLane {
    let lane = this.#lanes.get(desk);
    if (lane === undefined) {
      const openMs = this.#isShared ? this.#trace?.startMs ?? this.#desks.now() : this.#openMs;
      lane = desk.openLane({ peer, openMs, isShared: this.#isShared });
      this.#lanes.set(desk, lane);
    }
    if (this.#isShared) lane.closeMs = 0;
    return lane;
  }
}
