/**
 * Experiments: ways in which a class can make the server behave otherwise, to see what follows. They exist only with
 * X-ray on, and every one is off at the start.
 */

/** What can be changed. */
export interface Experiments {
  /** Slow motion: how long each step takes at least, in ms; 0 is off. */
  readonly stepMs: number;
  /** Whether requests are answered one at a time, as in the first stage of the lab. */
  readonly serial: boolean;
  /** Most bytes a second that each connection sends; 0 is no limit. */
  readonly bytesPerSecond: number;
  /** Bytes of a response, head included, after which the connection is cut; 0 is never. */
  readonly cutAfterBytes: number;
  /** Which server to be: all of HTTP/1.1, one that always closes, or one of HTTP/1.0. */
  readonly protocol: Protocol;
}

/** The servers that can be played. */
export type Protocol = "full" | "close" | "http10";

/** Everything as it is without X-ray. */
export const NORMAL: Experiments = {
  stepMs: 0,
  serial: false,
  bytesPerSecond: 0,
  cutAfterBytes: 0,
  protocol: "full",
};

/** Largest values that are taken: even the slowest experiment ends. */
const MAX = { stepMs: 5_000, bytesPerSecond: 1_000_000_000, cutAfterBytes: 1_000_000_000 } as const;

/** Reads what the page sent. Null for anything that is not exactly an {@linkcode Experiments}. */
export function parseExperiments(value: unknown): Experiments | null {
  if (typeof value !== "object" || value === null) return null;
  const { stepMs, serial, bytesPerSecond, cutAfterBytes, protocol } = value as Record<
    keyof Experiments,
    unknown
  >;
  if (typeof serial !== "boolean") return null;
  if (protocol !== "full" && protocol !== "close" && protocol !== "http10") return null;
  if (!isUpTo(stepMs, MAX.stepMs)) return null;
  if (!isUpTo(bytesPerSecond, MAX.bytesPerSecond)) return null;
  if (!isUpTo(cutAfterBytes, MAX.cutAfterBytes)) return null;
  return { stepMs, serial, bytesPerSecond, cutAfterBytes, protocol };
}

function isUpTo(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
}

/** Lets one in at a time, first come, first served, until it is opened for all. */
export class Turnstile {
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

  /** Waits for its turn. Each one that enters must {@linkcode leave}. */
  enter(): Promise<void> {
    if (this.#inside === 0) {
      this.#inside++;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    this.#inside--;
    if (this.#inside === 0) this.#letIn(1);
  }

  /** Lets in all who wait. */
  open(): void {
    this.#letIn(this.#waiting.length);
  }

  #letIn(count: number): void {
    for (const enter of this.#waiting.splice(0, count)) {
      this.#inside++;
      enter();
    }
  }
}
