/**
 * The model: what RFC 9110 and 9112 want a server of files to answer, request by request. It shares no line with the
 * server, knows one folder, and cares for being read, not for speed. What comes out is held against what came by
 * `judge.ts`.
 */

import { modelConditions, modelIfRange, type Validators } from "./conditions.ts";
import { modelRanges, type Span } from "./ranges.ts";
import { type FuzzRequest, writeTarget } from "./request.ts";
import {
  ADDRESSES,
  LAST_MODIFIED,
  MTIME_S,
  NOT_FOUND_PAGE,
  type Outcome,
  type Resource,
} from "./site.ts";

/** Requests that one connection takes: the server is started with this. */
export const KEEP_ALIVE_MAX = 32;

/** What content has to be. */
export type ExpectedContent =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** A page of the server's own, the same each time for the same key. */
  | { readonly kind: "page"; readonly key: string }
  | { readonly kind: "parts"; readonly resource: Resource; readonly spans: readonly Span[] }
  /** None, and nothing said about its length: 204 and 304. */
  | { readonly kind: "none" };

/** What the answer to one request has to be. */
export interface Expected {
  readonly statusCode: number;
  /** How often `100 Continue` comes before: RFC 9110 §10.1.1. */
  readonly interim: "none" | "maybe" | "once";
  /** Whether the connection ends after it; `maybe` is the server's choice. */
  readonly closes: boolean | "maybe";
  /** Field values by name in lower case; null: the field is absent. `judge.ts` knows those of every answer. */
  readonly fields: Readonly<Record<string, string | null>>;
  readonly content: ExpectedContent;
  /** Whether only the head of it comes: RFC 9110 §9.3.2. */
  readonly isHead: boolean;
  /** Keep-Alive counts the requests that are left. */
  readonly requestsLeft: number;
}

/** What an answer says beside the connection. */
type Answer = Pick<Expected, "statusCode" | "fields" | "content">;

const HTML = "text/html; charset=utf-8";
const METHODS = "GET, HEAD, OPTIONS";
/** RFC 9110 §9 and RFC 5789: known to everybody, so 405 and not 501. */
const KNOWN = ["POST", "PUT", "DELETE", "CONNECT", "TRACE", "PATCH"];

/**
 * Gives the answer to a valid request.
 *
 * @param nth Of the connection, from 1.
 * @param tagOf The entity tag of a file; how it is made is the server's business.
 */
export function modelAnswer(
  request: FuzzRequest,
  nth: number,
  tagOf: (resource: Resource) => string,
): Expected {
  const refusals = refusalsOf(request);
  const requestsLeft = KEEP_ALIVE_MAX - nth;
  // RFC 9110 §10.1.1: what is refused before its content was asked for may end the connection.
  const mayClose = refusals.length > 0 && expectsContinue(request);
  const closes = requestsLeft === 0 || !persists(request) || (mayClose && "maybe");
  const answer = refusals.length > 0 ? refusalAnswer(refusals) : answerOf(request, tagOf);
  return {
    ...answer,
    interim: interimOf(request, refusals.length > 0),
    closes,
    isHead: request.method === "HEAD",
    requestsLeft,
  };
}

/** Gives the answer to a request with a flaw: an error, and the end. HEAD gets no content even then. */
export function modelFlaw(text: string, statusCode: number): Expected {
  return {
    statusCode,
    interim: "none",
    closes: true,
    fields: { "content-type": HTML },
    content: { kind: "page", key: String(statusCode) },
    isHead: /^(?:\r\n)*HEAD /.test(text),
    requestsLeft: 0,
  };
}

/** RFC 9112 §9.3: `close` wins; HTTP/1.1 goes on, HTTP/1.0 if asked to. */
function persists({ connection, minorVersion }: FuzzRequest): boolean {
  const options = connection.join(",").toLowerCase().split(",").map((option) => option.trim());
  if (options.includes("close")) return false;
  return minorVersion > 0 || options.includes("keep-alive");
}

/** RFC 9110 §10.1.1: of no meaning without content, nor in HTTP/1.0. */
function expectsContinue({ expect, minorVersion, content }: FuzzRequest): boolean {
  return expect !== null && minorVersion > 0 && content.kind !== "none";
}

/** RFC 9110 §10.1.1: a server MAY leave out the 100 when content came already, or none is to come. */
function interimOf(request: FuzzRequest, isRefused: boolean): Expected["interim"] {
  if (!expectsContinue(request)) return "none";
  if (request.waits) return isRefused ? "none" : "once";
  return isRefused ? "none" : "maybe";
}

/** Statuses that refuse a request before anything is looked for; which of them comes first is the server's choice. */
function refusalsOf({ method, expect, minorVersion, form, address }: FuzzRequest): number[] {
  const refusals: number[] = [];
  const hasPath = form === "origin" || form === "absolute";
  if (hasPath && ADDRESSES[address].outcome.kind === "nameless") refusals.push(404);
  if (KNOWN.includes(method)) refusals.push(405); // RFC 9110 §15.5.6
  else if (!METHODS.split(", ").includes(method)) refusals.push(501); // RFC 9110 §9.1
  const isUnknown = expect !== null && expect.toLowerCase() !== "100-continue";
  if (isUnknown && minorVersion > 0) refusals.push(417); // RFC 9110 §10.1.1
  return refusals;
}

function refusalAnswer(statuses: readonly number[]): Answer {
  // Of several, Vitrine names the first. `Allow` has to come with a 405 (RFC 9110 §15.5.6).
  const [first] = statuses;
  return first === 404
    ? missingAnswer()
    : errorAnswer(first, { allow: first === 405 ? METHODS : null });
}

function errorAnswer(
  statusCode: number,
  fields: Readonly<Record<string, string | null>> = {},
): Answer {
  return {
    statusCode,
    fields: { "content-type": HTML, etag: null, "last-modified": null, ...fields },
    content: { kind: "page", key: String(statusCode) },
  };
}

function missingAnswer(): Answer {
  return { ...errorAnswer(404), content: { kind: "bytes", bytes: NOT_FOUND_PAGE.content } };
}

/** RFC 3986 §4.2: relative to where the request is, and from the root on if the target has empty names. */
function referenceTo(location: string, target: string): string {
  const path = target.replace(/\?.*$/s, "").replace(/^https?:\/\/[^/]*/i, "");
  if (!path.includes("//")) return location.replace(/^.*\/(?=[^/]+\/$)/, "./");
  return "../".repeat(path.split("/").length - 2) + location.slice(1);
}

function answerOf(request: FuzzRequest, tagOf: (resource: Resource) => string): Answer {
  if (request.method === "OPTIONS") {
    // RFC 9110 §9.3.7, §15.3.5: 204 has neither content nor Content-Length (§8.6).
    return {
      statusCode: 204,
      fields: { allow: METHODS, "content-length": null },
      content: { kind: "none" },
    };
  }
  const outcome: Outcome = ADDRESSES[request.address].outcome;
  switch (outcome.kind) {
    case "missing":
    case "nameless":
      return missingAnswer();
    case "redirect": {
      // RFC 9110 §15.4.2; the query goes with it.
      const location = referenceTo(outcome.location, writeTarget(request)) + request.query;
      return {
        statusCode: 301,
        fields: { location, "content-type": HTML, etag: null },
        content: { kind: "page", key: `301 ${location}` },
      };
    }
    case "file":
      return fileAnswer(request, outcome.resource, tagOf(outcome.resource));
  }
}

function fileAnswer(request: FuzzRequest, resource: Resource, entityTag: string): Answer {
  const get = (name: string) => {
    const found = request.conditions.find(([candidate]) => candidate.toLowerCase() === name);
    return found === undefined ? null : found[1].replaceAll("{tag}", entityTag);
  };
  const file: Validators = { entityTag, changedS: Math.floor(MTIME_S) };
  const verdict = modelConditions(get, file);
  if (verdict === 412) return errorAnswer(412);
  if (verdict === 304) {
    // RFC 9110 §15.4.5: the fields that a cache needs.
    return {
      statusCode: 304,
      fields: { etag: entityTag, "cache-control": "no-cache", "content-type": null },
      content: { kind: "none" },
    };
  }
  const { mediaType, content } = resource;
  const validators = {
    etag: entityTag,
    "last-modified": LAST_MODIFIED,
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
  };
  const whole: Answer = {
    statusCode: 200,
    fields: { ...validators, "content-type": mediaType, "content-range": null },
    content: { kind: "bytes", bytes: content },
  };
  const range = get("range");
  // RFC 9110 §14.2: of GET alone, and after the conditions.
  if (range === null || request.method !== "GET" || !modelIfRange(get, file)) return whole;
  const spans = modelRanges(range, content.length);
  if (spans === "whole") return whole;
  if (spans === "unsatisfiable") {
    return errorAnswer(416, { "content-range": `bytes */${content.length}` });
  }
  return rangeAnswer(spans, resource, validators);
}

/** RFC 9110 §15.3.7: one range as it is, several as parts. */
function rangeAnswer(
  spans: readonly Span[],
  resource: Resource,
  validators: Readonly<Record<string, string>>,
): Answer {
  const { mediaType, content } = resource;
  if (spans.length > 1) {
    return {
      statusCode: 206,
      fields: { ...validators, "content-range": null },
      content: { kind: "parts", resource, spans },
    };
  }
  const [{ first, last }] = spans;
  return {
    statusCode: 206,
    fields: {
      ...validators,
      "content-type": mediaType,
      "content-range": `bytes ${first}-${last}/${content.length}`,
    },
    content: { kind: "bytes", bytes: content.subarray(first, last + 1) },
  };
}
