/**
 * Types of the `@std` modules that Vitrine imports, with the signatures that JSR publishes. The npm copy of the
 * standard library has no types; on JSR this file is not needed, and the map in `deno.json` is all that changes.
 */

declare module "@std/assert" {
  /** Throws an `AssertionError` unless `expr` is truthy. */
  export function assert(expr: unknown, msg?: string): asserts expr;
  /** Throws an `AssertionError` unless both are equal, by structure. */
  export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
  /** Throws an `AssertionError` if both are equal, by structure. */
  export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
  /** Throws an `AssertionError` unless `actual` contains `expected`. */
  export function assertStringIncludes(actual: string, expected: string, msg?: string): void;
  /** Fails unless `actual` matches `expected`. */
  export function assertMatch(actual: string, expected: RegExp, msg?: string): void;
  /** Fails unless the function throws an error of the class, with the text in its message. */
  export function assertThrows(
    fn: () => unknown,
    // deno-lint-ignore no-explicit-any
    errorClass: new (...args: any[]) => Error,
    msgIncludes?: string,
    msg?: string,
  ): Error;
}

declare module "@std/cli/parse-args" {
  /** What `parseArgs()` should expect. */
  export interface ParseOptions {
    /** Other names of a flag. */
    alias?: Record<string, string | readonly string[]>;
    /** Flags without a value. */
    boolean?: boolean | string | readonly string[];
    /** Flags whose values gather in an array. */
    collect?: string | readonly string[];
    /** Flags whose value stays a string. */
    string?: string | readonly string[];
    /** Called for all that no other option names; false leaves it out of the result. */
    unknown?: (arg: string, key?: string, value?: unknown) => unknown;
  }
  /** Sorts arguments into flags and, under `_`, the rest. */
  export function parseArgs(
    args: string[],
    options?: ParseOptions,
  ): Record<string, unknown> & { _: (string | number)[] };
}

declare module "@std/fmt/colors" {
  /** Colours text cyan, unless `NO_COLOR` is set. */
  export function cyan(str: string): string;
  /** Dims text, unless `NO_COLOR` is set. */
  export function dim(str: string): string;
  /** Colours text green, unless `NO_COLOR` is set. */
  export function green(str: string): string;
  /** Colours text red, unless `NO_COLOR` is set. */
  export function red(str: string): string;
  /** Colours text yellow, unless `NO_COLOR` is set. */
  export function yellow(str: string): string;
}

declare module "@std/html/entities" {
  /** Escapes text so that it can stand in HTML, between tags or inside a quoted attribute. */
  export function escape(str: string): string;
}

declare module "@std/http/negotiation" {
  /** Which of these media types an `Accept` field prefers; the first one if it has no preference. */
  export function accepts(
    request: { readonly headers: { get(name: string): string | null } },
    ...types: string[]
  ): string | undefined;
}

declare module "@std/http/server-sent-event-stream" {
  /** One event; a comment is for whoever reads the wire. */
  export interface ServerSentEventMessage {
    readonly comment?: string;
    readonly event?: string;
    readonly data?: string;
    readonly id?: string | number;
    readonly retry?: number;
  }
  /** Frames events as `text/event-stream`. */
  export class ServerSentEventStream
    extends TransformStream<ServerSentEventMessage, Uint8Array<ArrayBuffer>> {}
}

declare module "@std/http/status" {
  /** The statuses that IANA lists. */
  // deno-fmt-ignore
  export type StatusCode =
    | 100 | 101 | 102 | 103
    | 200 | 201 | 202 | 203 | 204 | 205 | 206 | 207 | 208 | 226
    | 300 | 301 | 302 | 303 | 304 | 305 | 307 | 308
    | 400 | 401 | 402 | 403 | 404 | 405 | 406 | 407 | 408 | 409 | 410 | 411 | 412 | 413 | 414 | 415
    | 416 | 417 | 418 | 421 | 422 | 423 | 424 | 425 | 426 | 428 | 429 | 431 | 451
    | 500 | 501 | 502 | 503 | 504 | 505 | 506 | 507 | 508 | 510 | 511;
  /** The reason phrase of each status. */
  export const STATUS_TEXT: Readonly<Record<StatusCode, string>>;
  /** Whether a number is one of {@linkcode StatusCode}. */
  export function isStatus(status: number): status is StatusCode;
}

declare module "@std/media-types/type-by-extension" {
  /** The media type of an extension, with or without its dot and in any case; undefined if none is known. */
  export function typeByExtension(extension: string): string | undefined;
}

/** Each function by itself: all of the package is a hundred modules, which took 20 of 150 ms of a start. */
declare module "@std/path/constants" {
  /** What stands between two names of a path: `/`, on Windows a backslash. */
  export const SEPARATOR: "/" | "\\";
}

declare module "@std/path/dirname" {
  /** The folder that holds what a path names, as it was written; "." if it names no folder. */
  export function dirname(path: string): string;
}

declare module "@std/path/from-file-url" {
  /** The path that a `file:` URL names, as the system spells it. */
  export function fromFileUrl(url: string | { readonly href: string }): string;
}

declare module "@std/path/join" {
  /** Joins path segments with the platform's separator and normalizes the result. JSR's also takes a URL. */
  export function join(path: string, ...paths: string[]): string;
}

declare module "@std/path/resolve" {
  /** The absolute path of what the last of them names, seen from the ones before it and from the current folder. */
  export function resolve(...paths: string[]): string;
}

declare module "@std/path" {
  export * from "@std/path/constants";
  export * from "@std/path/dirname";
  export * from "@std/path/from-file-url";
  export * from "@std/path/join";
  export * from "@std/path/resolve";
}

declare module "@std/text/levenshtein-distance" {
  /** How many letters must be added, removed or changed to turn one string into the other. */
  export function levenshteinDistance(str1: string, str2: string): number;
}
