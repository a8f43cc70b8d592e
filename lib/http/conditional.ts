/**
 * RFC 9110 §13: conditional requests. A request and the validators of the file it selected go in; out
 * comes whether to go on, and by which rule if not. Whether conditions count at all is for step (v):
 * RFC 9110 §13.2.1 wants them ignored where the answer would be no 2xx anyway, so a 404 stays a 404.
 */

import { parseHttpDate } from "./date.ts";
import {
  isStrongDate,
  matchesStrongly,
  matchesWeakly,
  parseEntityTag,
  parseEntityTagList,
} from "./validators.ts";

/** What is asked here of a request; `Request` of `message.ts` fits. */
export interface ConditionalRequest {
  readonly method: string;
  readonly fields: {
    /** All values of a field, by its name in lower case, joined with `", "`; null if it is absent. */
    get(fieldName: string): string | null;
  };
}

/** The validators of the selected representation: RFC 9110 §8.8. */
export interface Validators {
  /** The field value of its `ETag`. */
  readonly entityTag: string;
  /** What its `Last-Modified` says, in ms since the epoch; compared in whole seconds. */
  readonly lastModifiedMs: number;
}

/** What the conditions of a request come to. `rule` says why, such as `"RFC 9110 §13.1.2"`. */
export type Verdict =
  | { readonly outcome: "proceed" }
  /** Answer 304. */
  | { readonly outcome: "notModified"; readonly rule: string }
  /** Answer 412. */
  | { readonly outcome: "preconditionFailed"; readonly rule: string };

const PROCEED: Verdict = { outcome: "proceed" };

/**
 * Evaluates the conditions of a request, in the order that the RFC fixes. Never throws.
 *
 * @param nowMs The present, in ms since the epoch: decides the century of a two-digit year.
 * @see RFC 9110 §13.2.2
 */
export function evaluatePreconditions(
  request: ConditionalRequest,
  selected: Validators,
  nowMs: number,
): Verdict {
  const { method, fields } = request;
  // RFC 9110 §13.2.1: methods that select no representation know no conditions.
  if (method === "OPTIONS" || method === "TRACE" || method === "CONNECT") return PROCEED;
  const reads = method === "GET" || method === "HEAD";

  // Steps 1 and 2: is this still the file that the peer means?
  const ifMatch = fields.get("if-match");
  if (ifMatch !== null) {
    if (!isAnyOf(ifMatch, selected.entityTag, matchesStrongly)) {
      return { outcome: "preconditionFailed", rule: "RFC 9110 §13.1.1" };
    }
  } else if (isModifiedSince(fields.get("if-unmodified-since"), selected, nowMs) === true) {
    return { outcome: "preconditionFailed", rule: "RFC 9110 §13.1.4" };
  }

  // Steps 3 and 4: does the peer have it already?
  const ifNoneMatch = fields.get("if-none-match");
  if (ifNoneMatch !== null) {
    if (isAnyOf(ifNoneMatch, selected.entityTag, matchesWeakly)) {
      return { outcome: reads ? "notModified" : "preconditionFailed", rule: "RFC 9110 §13.1.2" };
    }
  } else if (reads && isModifiedSince(fields.get("if-modified-since"), selected, nowMs) === false) {
    return { outcome: "notModified", rule: "RFC 9110 §13.1.3" };
  }
  return PROCEED;
}

/**
 * Says whether the `Range` field of a request is to be honoured: step 5 of RFC 9110 §13.2.2. If not, the
 * whole file is sent, so that the peer never glues parts of two states together. Never throws.
 *
 * @param nowMs The present, in ms since the epoch: tells whether a date is a strong validator.
 * @returns False as well for a request without `Range`, or with a method other than GET (§14.2).
 * @see RFC 9110 §13.1.5
 */
export function rangeApplies(
  request: ConditionalRequest,
  selected: Validators,
  nowMs: number,
): boolean {
  const { method, fields } = request;
  if (method !== "GET" || fields.get("range") === null) return false;
  const ifRange = fields.get("if-range");
  if (ifRange === null) return true;

  const entityTag = parseEntityTag(ifRange);
  const current = parseEntityTag(selected.entityTag);
  if (entityTag !== null) return current !== null && matchesStrongly(entityTag, current);
  // RFC 9110 §13.1.5: a date has to be a strong validator, and the very one: a later date is no match.
  // What is neither tag nor date is a condition that does not hold.
  return isStrongDate(selected.lastModifiedMs, nowMs) &&
    parseHttpDate(ifRange, nowMs) === wholeSecondsMs(selected.lastModifiedMs);
}

/**
 * Whether a list names the current tag. `*` does, as there is a file.
 *
 * The RFC does not say what a malformed list means. Here it names nothing, as what Go's `net/http` cannot
 * read: `If-None-Match` then sends the file, which is never wrong, and `If-Match` refuses, as the peer
 * cannot mean this state. The field still counts as present, so no date is consulted in its place.
 */
function isAnyOf(fieldValue: string, currentTag: string, matches: typeof matchesWeakly): boolean {
  const list = parseEntityTagList(fieldValue);
  if (list === "*") return true;
  const current = parseEntityTag(currentTag);
  return list !== null && current !== null && list.some((entityTag) => matches(entityTag, current));
}

/**
 * Whether the file changed after a date; null if the field is absent, or is no date and so MUST be
 * ignored (RFC 9110 §13.1.3, §13.1.4). Two field lines make a list, which is no date either.
 */
function isModifiedSince(
  fieldValue: string | null,
  selected: Validators,
  nowMs: number,
): boolean | null {
  if (fieldValue === null) return null;
  const sinceMs = parseHttpDate(fieldValue, nowMs);
  return sinceMs === null ? null : wholeSecondsMs(selected.lastModifiedMs) > sinceMs;
}

/** What is left of a time on the wire. */
function wholeSecondsMs(epochMs: number): number {
  return Math.floor(epochMs / 1000) * 1000;
}

/**
 * Whether a peer has already what one tag names, of something that has no other validator and is never written to: then
 * `If-None-Match` is the one condition that can hold.
 *
 * @see RFC 9110 §13.1.2
 */
export function hasAlready(fields: ConditionalRequest["fields"], entityTag: string): boolean {
  const ifNoneMatch = fields.get("if-none-match");
  return ifNoneMatch !== null && isAnyOf(ifNoneMatch, entityTag, matchesWeakly);
}
