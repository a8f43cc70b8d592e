/** What a flag of the command line is, and how the values of many of them are read. */

import type { Options } from "../options.ts";

/** What a flag can set: an option, or something that only the command line knows. */
export interface Settings extends Options {
  readonly quiet: boolean;
  readonly open: boolean;
  readonly strictSandbox: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

/** One row of the table. */
export interface Flag {
  /** Typed as `--name`. */
  readonly name: string;
  /** One letter, typed as `-p`. */
  readonly alias?: string;
  /** The heading in the help under which the flag stands. */
  readonly group: "Where" | "What" | "Fields and access" | "Connections" | "X-ray" | "Output";
  readonly help: string;
  /** What holds without the flag, as the help says it; left out for a switch and where `help` says it. */
  readonly default?: string | number;
  /** Absent for a switch, which takes no value. */
  readonly value?: {
    /** As the help shows it. */
    readonly name: string;
    /** One that works, for messages. */
    readonly example: string;
  };
  /** Whether it may be given several times; else the last time counts. */
  readonly repeats?: boolean;
  /** Whether its value must never be shown, not even in a message to whoever typed it. */
  readonly secret?: boolean;
  /**
   * Reads the value, which is empty for a switch. Throws a `UsageError` that completes "--name …".
   *
   * @param soFar What the same flag gave the times before.
   */
  readonly read: (text: string, soFar: Partial<Settings>) => Partial<Settings>;
}

/** A mistake of whoever typed the arguments. */
export class UsageError extends Error {}

/** A day: a timer takes no more than 24 of them. */
const MAX_SECONDS = 86_400;

/** The value of a flag that takes seconds. */
export const SECONDS = { name: "S", example: "2.5" };

/** Digits only: what else `Number()` takes, such as 1e3 or 0x10, is more likely a slip than meant. */
export function readNumber(text: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`takes a whole number from ${min} to ${max}`);
}

/** Seconds with a fraction or without; gives milliseconds. */
export function readSeconds(text: string, min: number): number {
  const value = /^\d{1,10}(\.\d{1,10})?$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= MAX_SECONDS) return Math.round(value * 1000);
  throw new UsageError(`takes seconds from ${min} to ${MAX_SECONDS}`);
}
