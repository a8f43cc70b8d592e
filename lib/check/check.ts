/**
 * The words of the checker: a check is data, the conversations that it has with a server, and a pure function, which
 * judges the bytes that came back. Nothing here touches a socket: that is `run/connection.ts`.
 */

import type { Site } from "./site.ts";

/** One thing that a connection does. */
export type Step =
  /** Sends bytes as one segment, as far as the system lets us. */
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** Lets time pass, so that the server reads what was sent so far by itself. */
  | { readonly kind: "pause"; readonly ms: number }
  /** Waits for one whole response to a request of that method, or the end of the stream, or the deadline. */
  | { readonly kind: "response"; readonly method: string }
  /** Waits until the server closes, or for the deadline. */
  | { readonly kind: "end" }
  /** Closes our direction alone: a half-close, RFC 9112 §9.6. */
  | { readonly kind: "shut" };

/** What one connection does, from its opening to its end. */
export interface Conversation {
  readonly steps: readonly Step[];
  /** Whether it stays open, as it is, until the script has ended; others close behind their last step. */
  readonly stays?: boolean;
  /** Whether what comes is left unread, as by a client that is stuck. */
  readonly unread?: boolean;
  /** Whether its deadline is the long one: for servers that should lose their patience with us, or may let us wait. */
  readonly patient?: boolean;
}

/** Phases one after the other; the conversations of a phase run at the same time. */
export type Script = readonly (readonly Conversation[])[];

/** How a conversation stood at its end: still open, or by whom or what it ended. */
export type Ending =
  | "open"
  | "closed"
  | "reset"
  /** Nobody listens any more. */
  | "refused"
  /** More came than any response may have. */
  | "flood";

/** What came of one conversation. */
export interface Dialogue {
  /** What was sent; very long ones are cut. */
  readonly sent: Uint8Array;
  /** Positions in `sent` where the checker paused: what stands around them was to arrive in pieces. */
  readonly pauses: readonly number[];
  /** How many bytes were sent, also those that `sent` leaves out. */
  readonly sentCount: number;
  readonly received: Uint8Array;
  /** Methods of the responses that were waited for, in order. */
  readonly methods: readonly string[];
  readonly ending: Ending;
  /** Whether a step waited in vain until its deadline. */
  readonly late: boolean;
}

/** What a check found wrong: a sentence in `text/`, and what stands in its gaps. */
export interface Finding {
  readonly key: FindingKey;
  readonly args: Readonly<Record<string, string | number>>;
  /** Which exchange shows it, counted through all phases; the last one if left out. */
  readonly at?: number;
}

/** Every sentence that a check can say; each language has all of them. */
export const FINDING_KEYS = [
  "noAnswer",
  "closedUnanswered",
  "noEnd",
  "reset",
  "refused",
  "flood",
  "crashed",
  "hung",
  "notHttp",
  "status",
  "statusClass",
  "statusLine",
  "lineEnds",
  "fieldLine",
  "content",
  "contentShort",
  "contentLong",
  "noContent",
  "unwantedContent",
  "noLength",
  "lengthMissing",
  "lengthSurplus",
  "lengthTwice",
  "framing",
  "field",
  "fieldMissing",
  "fieldUnwanted",
  "fieldDiffers",
  "version",
  "notKept",
  "closeUnsaid",
  "closeUntrue",
  "notClosed",
  "secondMissing",
  "surplus",
  "order",
  "secret",
  "injected",
  "markup",
  "location",
  "count",
] as const;

/** One of {@linkcode FINDING_KEYS}. */
export type FindingKey = typeof FINDING_KEYS[number];

/** What a judge sees. */
export interface Evidence {
  readonly site: Site;
  /** All exchanges, phase after phase, in the order of the script. */
  readonly exchanges: readonly Dialogue[];
  /** The present, in ms since the epoch. */
  readonly nowMs: number;
}

/** A script, or several in a row where what is sent depends on what came before. */
export interface Check {
  /** Letters and hyphens, the same in all languages; as an argument of `--only`. */
  readonly id: string;
  readonly level: number;
  readonly points: number;
  /** Where it is written, for example `"RFC 9112 §4"`. */
  readonly rule: string;
  /** Whether the site has the files that it asks for. */
  readonly applies?: (site: Site) => boolean;
  /** What to send. */
  readonly script: (site: Site) => Script;
  /** What to send then, given what came of `script`; its exchanges are put behind those. */
  readonly next?: (evidence: Evidence) => Script;
  /** Null: all is well. */
  readonly judge: (evidence: Evidence) => Finding | null;
}

/** Makes a finding. */
export function finding(key: FindingKey, args: Finding["args"] = {}, at?: number): Finding {
  return at === undefined ? { key, args } : { key, args, at };
}

/** The first of several that is not null; later ones are not asked for. */
export function first(...judges: readonly (() => Finding | null)[]): Finding | null {
  for (const judge of judges) {
    const found = judge();
    if (found !== null) return found;
  }
  return null;
}
