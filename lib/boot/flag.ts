/** What a flag of the command line is. */

import type { Options } from "../options.ts";

/** What a flag can set: an option, or something that only the command line knows. */
export interface Settings extends Options {
  /** Sites that have a path in the place of a host. */
  readonly mounts: Options["sites"];
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
