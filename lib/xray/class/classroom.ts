/**
 * `--class`: what is known of each client address, in memory alone and bounded. Each client sees its own desk, by
 * `answers.ts`; the teacher sees all, by the table that is made here.
 */

import type { Endpoint } from "../../observer.ts";
import { parseAddress } from "../../http/ip_address.ts";
import type { Attending, ClassSide, Student } from "../attending.ts";
import { type Experiments, NORMAL } from "../experiments.ts";
import { Attendance, type Desks } from "./attendance.ts";
import { Desk, deskAddress, Sampler } from "./desk.ts";
import { DeskLessons } from "./progress.ts";
import { Streams } from "./streams.ts";

/** Clients that are known: a lecture hall. Of more, one that has done nothing for longest is forgotten. */
export const MAX_DESKS = 256;

/** A class. */
export class Classroom implements ClassSide, Desks {
  readonly sampler = new Sampler();
  readonly streams = new Streams();
  place: Endpoint | null = null;
  /** What the teacher has set. */
  experiments: () => Experiments = () => NORMAL;
  /** By address; whoever did something last stands last. */
  readonly #desks = new Map<string, Desk>();
  readonly #lessons = new WeakMap<Desk, DeskLessons>();
  #count = 0;

  attend(at: { hostname: string; peer: string; openMs: number }): Attending {
    return new Attendance(this, at);
  }

  close(): void {
    this.streams.close();
  }

  now(): number {
    return performance.now();
  }

  deskOf(hostname: string): Desk | null {
    if (this.place?.isProxy(hostname) !== false) return null;
    const address = deskAddress(hostname);
    const known = this.#desks.get(address);
    if (known !== undefined) {
      this.#desks.delete(address);
      this.#desks.set(address, known);
      return known;
    }
    if (parseAddress(address.split("%", 1)[0]) === null) return null; // With a zone it is one still.
    if (this.#desks.size >= MAX_DESKS) this.#forget();
    const desk = new Desk(address, ++this.#count);
    this.#desks.set(address, desk);
    return desk;
  }

  /** The lessons of a client. */
  lessonsOf(desk: Desk): DeskLessons {
    let lessons = this.#lessons.get(desk);
    if (lessons === undefined) this.#lessons.set(desk, lessons = new DeskLessons(desk));
    return lessons;
  }

  /** All clients that have asked for something, in the order in which they came. @param numberOf Their numbers for the teacher. */
  students(numberOf: (address: string) => number): Student[] {
    const nowMs = this.now();
    return [...this.#desks.values()].sort((a, b) => a.number - b.number)
      .map((desk) => ({
        client: numberOf(desk.address),
        address: desk.address,
        requests: desk.seenCount,
        idleMs: desk.lastMs === 0 ? null : Math.round(nowMs - desk.lastMs),
        isHere: this.streams.has(desk),
        lessons: this.#lessons.get(desk)?.rows() ?? [],
      }))
      .filter(({ requests, isHere, lessons }) => requests > 0 || isHere || lessons.length > 0);
  }

  /** Whoever has shown nothing goes before those who have; of each, whoever has been away for longest. */
  #forget(): void {
    const all = [...this.#desks.values()].filter((desk) => !this.streams.has(desk));
    const idle = all.find((desk) => !this.#lessons.has(desk)) ?? all[0] ??
      this.#desks.values().next().value;
    if (idle !== undefined) this.#desks.delete(idle.address);
  }
}
