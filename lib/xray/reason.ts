/** What is known of a response when the reason of its status is looked for, and what such a reason is. Types alone. */

/**
 * How step (iv) came to its answer: a kind of `Located`, where `"file"` is only what the path itself names, or one of the
 * ways around to a file. `"own"` is of the server itself, as with `--live`; null where nobody looked.
 */
export type Way =
  | "absent"
  | "bareFolder"
  | "file"
  | "folder"
  | "forbidden"
  | "index"
  | "listing"
  | "moved"
  | "nothing"
  | "own"
  | "page"
  | "redirect"
  | "rewrite"
  | "shortName"
  | "spa"
  | "unavailable";

/** What the choice of words depends on. */
export interface Facts {
  readonly statusCode: number;
  /** The rule of the `RequestError` that decided, and what it said for the log; null if none did. */
  readonly rule: string | null;
  readonly detail?: string | null;
  readonly method: string;
  readonly way?: Way | null;
  /** Values of the fields that the request had, by their names in lower case. */
  readonly asked: ReadonlyMap<string, string>;
  /** The same of the response. */
  readonly said: ReadonlyMap<string, string>;
}

/** Why, and where that is written. */
export interface Reason {
  readonly text: string;
  readonly section: string;
}

/** What must hold beside the status for a row to be the answer. */
export interface Conditions {
  /** Holds only for this rule of a `RequestError`. */
  readonly rule?: string;
  /** Holds only if that said something like this. */
  readonly detail?: RegExp;
  /** Holds only for this method. */
  readonly method?: string;
  /** Holds only if the request had this field. */
  readonly field?: string;
  /** Holds only if step (iv) went this way. */
  readonly way?: Way;
  /** Holds only if the response has this media type. */
  readonly contentType?: string;
  /** What else must hold. */
  readonly when?: (facts: Facts) => boolean;
}

/** A row as it is written. */
export type Written = readonly [
  status: number,
  text: string,
  section: string,
  conditions?: Conditions,
];
