/**
 * The peer's fault, as a value that can be thrown. Two more outcomes exist and have other types: *not
 * yet* is a value of the head buffer, and *our fault* is any other error (answered 500, logged whole).
 */

/** What may accompany a {@linkcode RequestError}. */
export interface RequestErrorInit {
  /** What went wrong, for the log alone: sentence case, active voice. May quote the peer's bytes. */
  readonly detail: string;
  /** Extra field lines of the answer, for example `[["Allow", "GET, HEAD, OPTIONS"]]`. */
  readonly fieldLines?: readonly (readonly [name: string, value: string])[];
  /** What can be done about it, for the page; fixed words of ours, for cases where the status alone says too little. */
  readonly hint?: string;
  /** Where the offending byte stands, counted from the first byte of the head; -1 if no one byte is. */
  readonly position?: number;
}

const MAX_DETAIL_LENGTH = 300;

/**
 * A request that gets an error status. The peer sees a fixed page for `statusCode`; `rule` and `detail` go to the log.
 *
 * It is thrown and yet no `Error`: to make one of those takes 5 µs, as the way to it through the code is written down,
 * which nobody reads here; and most requests on the Internet are for what is not there.
 */
export class RequestError {
  /** What went wrong, for the log alone. */
  readonly message: string;
  /** The status of the answer, 400 to 505. */
  readonly statusCode: number;
  /** The rule that the request broke, for example `"RFC 9112 §3.2"`. */
  readonly rule: string;
  readonly fieldLines: readonly (readonly [name: string, value: string])[];
  readonly hint: string | null;
  readonly position: number;

  constructor(statusCode: number, rule: string, init: RequestErrorInit) {
    // What is quoted of a peer is cut, so that nobody fills our log; the story of a fault of ours, 500, is not.
    this.message = statusCode === 500 ? init.detail : init.detail.slice(0, MAX_DETAIL_LENGTH);
    this.statusCode = statusCode;
    this.rule = rule;
    this.fieldLines = init.fieldLines ?? [];
    this.hint = init.hint ?? null;
    this.position = init.position ?? -1;
  }

  toString(): string {
    return `${this.statusCode} by ${this.rule}: ${this.message}`;
  }
}

/** RFC 9110 §10.2.3: seconds after which a client may try again when we are at a limit. */
export const RETRY_AFTER = [["Retry-After", "1"]] as const;

/** A turned-away connection: over the cap, before any request was read. */
export function overloadError(): RequestError {
  return new RequestError(503, "RFC 9110 §15.6.4", {
    detail: "Cannot take another connection: at the cap",
    fieldLines: RETRY_AFTER,
  });
}

/** RFC 9110 §7.4: a request for a host that nobody has named is not answered by the files of another one. */
export function misdirectedError(): RequestError {
  return new RequestError(421, "RFC 9110 §15.5.20", { detail: "No site has this host" });
}

/** What the system says when it has no descriptor left: our own limit, or that of the whole machine. */
const OUT_OF_DESCRIPTORS = ["EMFILE", "ENFILE"];

/** Whether an error says that no descriptor is left. Measured on Deno 2.9.6: it has no class of its own. */
export function isOutOfDescriptors(error: unknown): boolean {
  return OUT_OF_DESCRIPTORS.includes(codeOf(error));
}

/** The system's name of an error, such as `"ECONNRESET"`; empty where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/**
 * All that an error tells, for the log: with the way to it through the code, unless no descriptor may be left. To
 * write down that way, Deno opens source maps, and where it cannot open one, it panics (2.9.6).
 */
export function storyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isOutOfDescriptors(error)) return `${error.name}: ${error.message}`;
  return error.stack ?? error.message;
}

/** Anything that is not the peer's fault is ours: 500, and the whole story for the log. */
export function ourFault(error: unknown): RequestError {
  return new RequestError(500, "RFC 9110 §15.6.1", { detail: storyOf(error) });
}
