/** What the recorder tells a class of, with `--class`, as types; the class itself is in `class/`. Without one, nothing. */

import type { Request, TargetPath } from "../http/message.ts";
import type { Endpoint, OwnAnswer } from "../observer.ts";
import type { Experiments } from "./experiments.ts";
import type { RequestTrace } from "./trace.ts";

/** Told of one connection: whose each request on it is. */
export interface Attending {
  /** A request begins. Gives whether it may be kept: each client has its share, whatever the others do. */
  begins(): boolean;
  /** It is kept. */
  began(trace: RequestTrace): void;
  /** A proxy says whose the connection is, or the request under way. */
  introduced(hostname: string, peer: string): void;
  /** The path of what is answered beside files; null for all else. */
  ownPath(request: Request): TargetPath | null;
  /** What is answered there. The request then is shown to nobody. */
  answerTo(request: Request, ownPath: TargetPath): OwnAnswer;
  /** It is over. @param isShown Whether it was not answered here. */
  ended(isShown: boolean): void;
  closed(nowMs: number): void;
}

/** One client in the teacher's table. */
export interface Student {
  /** Its number in the X-ray. */
  readonly client: number;
  readonly address: string;
  readonly requests: number;
  /** How long ago the last one began, in ms; null before the first. */
  readonly idleMs: number | null;
  /** Whether the client has its page open. */
  readonly isHere: boolean;
  readonly lessons: readonly {
    readonly lesson: number;
    /** Names of the steps that are done. */
    readonly done: readonly string[];
    readonly stepCount: number;
    /** Whether it is the one that was looked at last. */
    readonly isCurrent: boolean;
  }[];
}

/** A class, as the recorder sees it. */
export interface ClassSide {
  place: Endpoint | null;
  /** What the teacher has set. */
  experiments: () => Experiments;
  attend(at: { hostname: string; peer: string; openMs: number }): Attending;
  /** The teacher's table, as it is sent. @param numberOf The number of an address in the X-ray. */
  students(numberOf: (address: string) => number): readonly Student[];
  /** Ends what goes on by itself. */
  close(): void;
}
