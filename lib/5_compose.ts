/**
 * Step (v): create the response: header lines, then the file.
 *
 * In go the request, what step (iv) found and the time; out comes a {@linkcode Response}: the head as bytes, and a
 * plan of the content that step (vi) will send. For a file of 53 bytes:
 *
 *     HTTP/1.1 200 OK                              which status: `composeFile()`, by preconditions and ranges
 *     Date: Fri, 27 Nov 2026 10:00:00 GMT          of every response (RFC 9110 §6.6.1)
 *     Content-Type: text/plain; charset=utf-8      of this file: `http/rendered.ts`
 *     Content-Length: 53
 *     ETag: "35-2bQe..."                           and Last-Modified, Cache-Control ...
 *     Connection: keep-alive                       of this connection: `http/head_lines.ts`
 *                                                  an empty line, then the plan: positions 0 to 52 of the file
 *
 * What goes wrong is thrown as a `RequestError` (403, 404, 412, 416, 503), and `composeError()` makes a page of it. Pure:
 * nothing here touches a socket, a file or the clock, and what is kept can be made again.
 */

import { RequestError, RETRY_AFTER } from "./errors.ts";
import { evaluatePreconditions, hasAlready, rangeApplies } from "./http/conditional.ts";
import { errorPage, liveLines, redirectPage } from "./http/error_page.ts";
import { asciiBytes } from "./http/grammar.ts";
import {
  connectionBytes,
  connectionLines,
  type FieldLines,
  type Persistence,
  startOf,
  startOf200,
  textOf,
} from "./http/head_lines.ts";
import { mediaTypeOf } from "./http/media_type.ts";
import {
  ALLOWED_METHODS,
  type FileFacts,
  type HeadParts,
  type ListingFacts,
  type Located,
  type OwnContent,
  type Piece,
  type Request,
  type Response,
} from "./http/message.ts";
import {
  type ByteRange,
  contentRange,
  multipartBoundary,
  selectRanges,
  unsatisfiedRange,
} from "./http/range.ts";
import {
  codingLine,
  codingOf,
  describingLines,
  linesOfWhole,
  type Rendered,
  renderedFor,
  varyLine,
  WholeResponse,
} from "./http/rendered.ts";
import { lengthOf, multipartOf, wholeFile } from "./http/content.ts";
import { outside, relativeReference, rootFrom } from "./http/relative.ts";
import { spellPath } from "./http/target.ts";
import { LIMITS } from "./options.ts";
import { fieldsOfStandIn, mergeFields, type SiteFields } from "./site/fields.ts";
import { NAVIGATION_FIELDS } from "./site/navigation.ts";

/** What a response says beside what was asked for. */
export interface ResponseContext extends Persistence {
  /** Wall clock, in ms since the epoch. */
  readonly nowMs: number;
  /** Text that peers do not know: it goes into multipart boundaries, so that nobody can write a file that contains one. */
  readonly secret: string;
  /** What the site asks for on responses of this path: the same object each time; null or absent if nothing. */
  readonly fields?: SiteFields | null;
}

const NO_CONTENT: readonly Piece[] = [];

/**
 * Composes the response to a request for a file.
 *
 * @throws {RequestError} When the answer is an error status: 403, 404, 412, 416 or 503. Compose that one with
 * {@linkcode composeError}; the connection goes on.
 */
export function composeResponse<File>(
  request: Request,
  located: Located<File>,
  context: ResponseContext,
): Response {
  switch (located.kind) {
    case "nothing":
      return composeOptions(context);
    case "file":
      return composeFile(request, located.facts, context);
    case "folder":
      return composeRedirect(request, moved(request), context);
    case "moved":
      return composeRedirect(request, moved(request, located.location), context);
    case "redirect":
      return composeRedirect(request, located, context);
    case "page":
      return composeError(
        new RequestError(located.statusCode, "RFC 9110 §15.5", {
          detail: "A rule says so",
          fieldLines: varyLine(located.facts),
        }),
        { page: located.facts, method: request.method },
        context,
      );
    case "listing":
      return composeListing(request, located, context);
    case "bareFolder":
      throw new RequestError(404, "RFC 9110 §15.5.5", {
        detail: "Cannot find it: the folder has no index.html, and --listing is off",
        hint:
          "this folder has no index.html; to list what is in it, start the server with --listing",
        fieldLines: varyLines(located),
      });
    case "absent":
      throw new RequestError(404, "RFC 9110 §15.5.5", {
        detail: `Cannot find it: ${located.why}`,
        fieldLines: varyLines(located),
      });
    case "forbidden":
      throw new RequestError(403, "RFC 9110 §15.5.4", {
        detail: "Cannot read it: permission denied",
      });
    case "unavailable":
      throw new RequestError(503, "RFC 9110 §15.6.4", {
        detail: `Cannot open it: ${located.why}`,
        hint: located.hint,
        fieldLines: RETRY_AFTER,
      });
  }
}

/** RFC 9110 §12.5.5: another request for the same address may get the page of an application. */
function varyLines({ isByNavigation }: { readonly isByNavigation?: boolean }): FieldLines {
  return isByNavigation ? [["Vary", NAVIGATION_FIELDS]] : [];
}

/** RFC 9110 §9.3.7: what may be done here. The same for every path and for `*`. */
function composeOptions(context: ResponseContext): Response {
  return finish({ statusCode: 204, fieldLines: [["Allow", ALLOWED_METHODS]] }, context);
}

/** The page of an error. */
export interface ErrorPage {
  /** Facts of the site's own page for this status, whose bytes are then the content; null for ours. */
  readonly page: FileFacts | null;
  /** Of the request, as HEAD gets no content; null if none was read. */
  readonly method: string | null;
  /** Of the request, from which our page links to the root; null or absent if none was read. */
  readonly requestTarget?: string | null;
  /** What stands at the end of a page of ours with `--live`; null or absent without. */
  readonly tail?: Uint8Array | null;
}

/** Composes an error response. */
export function composeError(
  error: RequestError,
  { page, method, requestTarget = null, tail = null }: ErrorPage,
  context: ResponseContext,
): Response {
  const { statusCode, fieldLines } = error;
  const own = () => {
    const root = requestTarget === null ? "./" : rootFrom(requestTarget);
    const bytes = errorPage(statusCode, { hint: error.hint, root });
    return tail === null ? [bytes] : [bytes, tail];
  };
  const content: readonly Piece[] = page === null
    ? own().map((bytes) => ({ kind: "bytes", bytes }))
    : wholeFile(page.size);
  return finish({
    statusCode,
    fieldLines: [
      ["Content-Type", page?.mediaType ?? mediaTypeOf("error.html")],
      ["Content-Length", String(lengthOf(content))],
      ["X-Content-Type-Options", "nosniff"],
      ...codingLine(page === null ? null : codingOf(page)),
      ...fieldLines,
      ...(tail === null ? [] : liveLines(statusCode)),
    ],
    content: method === "HEAD" ? NO_CONTENT : content,
  }, context);
}

/** Composes the response with content of our own. */
export function composeOwn(
  request: Request,
  { mediaType, bytes, statusCode = 200, fieldLines = [] }: OwnContent,
  context: ResponseContext,
): Response {
  return finish({
    statusCode,
    fieldLines: [
      ["Content-Type", mediaType],
      ["Content-Length", String(bytes.length)],
      ["Cache-Control", "no-store"],
      ["X-Content-Type-Options", "nosniff"],
      ...fieldLines,
    ],
    content: request.method === "HEAD" ? NO_CONTENT : [{ kind: "bytes", bytes }],
  }, withoutFile(context));
}

/** Composes the head of Server-Sent Events: what follows ends with the connection, RFC 9112 §6.3. */
export function composeEvents(context: ResponseContext): Response {
  return finish({
    statusCode: 200,
    fieldLines: [
      ["Content-Type", "text/event-stream"],
      // RFC 9111 §5.2.2.6: code-server, and all of Express, would compress events, and gather them for that.
      ["Cache-Control", "no-store, no-transform"],
      ["X-Accel-Buffering", "no"], // An nginx in front of us would gather events before it passes them on.
    ],
  }, { ...withoutFile(context), persistent: false });
}

/** The same, of content that is none of the files that the site's lines for this address describe. */
function withoutFile(context: ResponseContext): ResponseContext {
  const { fields } = context;
  return fields ? { ...context, fields: fieldsOfStandIn(fields, null) } : context;
}

/** RFC 9110 §15.4.2: a folder has its address with a slash. §10.2.2: relative, as a proxy may serve us below a prefix. */
function moved({ requestTarget, path, mount }: Request, location?: string) {
  const { segments, query } = path ?? { segments: [], query: "" };
  const names = (mount?.names ?? 0) + segments.length;
  const to = outside(location ?? spellPath({ segments, folder: true, query }), mount);
  return { statusCode: 301, location: relativeReference(requestTarget, names, to) };
}

function composeRedirect(
  request: Request,
  { statusCode, location: to }: { readonly statusCode: number; readonly location: string },
  context: ResponseContext,
): Response {
  const location = outside(to, request.mount);
  const content: Piece = { kind: "bytes", bytes: redirectPage(location, statusCode) };
  return finish({
    statusCode,
    fieldLines: [
      ["Location", location],
      ["Content-Type", mediaTypeOf("redirect.html")],
      ["Content-Length", String(content.bytes.length)],
      ["Cache-Control", "no-cache"],
      ["X-Content-Type-Options", "nosniff"],
    ],
    content: request.method === "HEAD" ? NO_CONTENT : [content],
  }, context);
}

/** A folder without `index.html`, as a page or, by `Accept`, as JSON; 304 to whoever has the same one: RFC 9110 §15.4.5. */
function composeListing(
  { method, fields }: Request,
  { format, vary, size, coding, entityTag }: ListingFacts,
  context: ResponseContext,
): Response {
  const tagLines: FieldLines = entityTag === null ? [] : [["ETag", entityTag]];
  if (entityTag !== null && hasAlready(fields, entityTag)) {
    return composeNotModified(entityTag, [["Vary", vary]], withoutFile(context));
  }
  return finish({
    statusCode: 200,
    fieldLines: [
      ["Content-Type", mediaTypeOf(format === "json" ? "listing.json" : "listing.html")],
      ["Content-Length", String(size)],
      ["Cache-Control", "no-cache"],
      ["Vary", vary],
      ["X-Content-Type-Options", "nosniff"],
      ...codingLine(coding),
      ...tagLines,
    ],
    content: method === "HEAD" ? NO_CONTENT : wholeFile(size),
  }, withoutFile(context));
}

/** RFC 9110 §15.4.5: the fields that a cache needs, and no others. */
function composeNotModified(tag: string, vary: FieldLines, context: ResponseContext): Response {
  const fieldLines = [["ETag", tag], ["Cache-Control", "no-cache"], ...vary] as const;
  return finish({ statusCode: 304, fieldLines }, context);
}

function composeFile(request: Request, facts: FileFacts, context: ResponseContext): Response {
  const rendered = renderedFor(facts, context.nowMs);
  const verdict = evaluatePreconditions(request, rendered, context.nowMs);
  if (verdict.outcome === "preconditionFailed") {
    throw new RequestError(412, verdict.rule, { detail: "Cannot meet a precondition" });
  }
  if (verdict.outcome === "notModified") {
    return composeNotModified(rendered.entityTag, varyLine(facts), context);
  }
  if (request.method === "GET" && request.fields.get("range") !== null) { // RFC 9110 §14.2
    const ranges = rangesOf(request, facts, context.nowMs);
    if (ranges !== "ignore") {
      return composeRanges({ rendered, facts }, ranges, context);
    }
  }
  const whole = composeWhole(rendered, facts, context);
  if (request.method !== "HEAD") return whole;
  const { statusCode, head, persistent } = whole;
  return { statusCode, head, content: NO_CONTENT, contentLength: 0, persistent };
}

/** The 200 with the whole file, of lines that are made once for a file, a second and a state of a connection. */
function composeWhole(rendered: Rendered, facts: FileFacts, context: ResponseContext): Response {
  const { fields = null, nowMs, persistent } = context;
  if (rendered.fields !== fields) {
    // Rare: the same file at another address, or rules that changed.
    const lines = linesOfWhole(facts, rendered);
    rendered.lines = asciiBytes(textOf(fields === null ? lines : mergeFields(200, lines, fields)));
    rendered.fields = fields;
  }
  const start = startOf200(Math.floor(nowMs / 1000));
  const headParts: HeadParts = [start, rendered.lines, connectionBytes(context)];
  return new WholeResponse(headParts, rendered.content, { contentLength: facts.size, persistent });
}

/** The ranges that a request asks for and gets; `"ignore"` is the whole file. */
function rangesOf(
  request: Request,
  facts: FileFacts,
  nowMs: number,
): readonly ByteRange[] | "ignore" {
  const { form, size } = facts;
  // RFC 9110 §14.2: a server may ignore a range; it does where all bytes are coded: `variants.ts`.
  if (form.kind === "stored" || !rangeApplies(request, renderedFor(facts, nowMs), nowMs)) {
    return "ignore";
  }
  const range = request.fields.get("range") ?? "";
  const ranges = selectRanges(range, size, LIMITS.ranges);
  if (ranges === "unsatisfiable") {
    throw new RequestError(416, "RFC 9110 §15.5.17", {
      detail: `Cannot select "${range}" of ${size} bytes`,
      fieldLines: [["Content-Range", unsatisfiedRange(size)]],
    });
  }
  return ranges;
}

/** RFC 9110 §15.3.7: one range is sent as it is, several are parts with a head of their own (§14.6). */
function composeRanges(
  { rendered, facts }: { readonly rendered: Rendered; readonly facts: FileFacts },
  ranges: readonly ByteRange[],
  context: ResponseContext,
): Response {
  const { size, mediaType } = facts;
  const described = describingLines(facts, rendered);
  if (ranges.length === 1) {
    const content: Piece[] = [{ kind: "file", ...ranges[0] }];
    const fieldLines: FieldLines = [
      ["Content-Type", mediaType],
      ["Content-Length", String(lengthOf(content))],
      ["Content-Range", contentRange(ranges[0], size)],
      ...described,
    ];
    return finish({ statusCode: 206, fieldLines, content }, context);
  }
  const boundary = multipartBoundary(rendered.entityTag, ranges, context.secret);
  const content = multipartOf(ranges, { boundary, mediaType, size });
  const fieldLines: FieldLines = [
    ["Content-Type", `multipart/byteranges; boundary=${boundary}`],
    ["Content-Length", String(lengthOf(content))],
    ...described,
  ];
  return finish({ statusCode: 206, fieldLines, content }, context);
}

/** A response before its head is written. */
interface Draft {
  readonly statusCode: number;
  readonly fieldLines: FieldLines;
  readonly content?: readonly Piece[];
}

function finish(draft: Draft, context: ResponseContext): Response {
  const { statusCode, content = NO_CONTENT } = draft;
  return {
    statusCode,
    head: writeHead(draft, context),
    content,
    contentLength: lengthOf(content),
    persistent: context.persistent,
  };
}

/** Writes a head: status line, Date, the fields of the draft, those of the connection. */
function writeHead({ statusCode, fieldLines: own }: Draft, context: ResponseContext): Uint8Array {
  const { fields } = context;
  const fieldLines = fields ? mergeFields(statusCode, own, fields) : own;
  const head = startOf(statusCode, context.nowMs) + textOf(fieldLines);
  return asciiBytes(head + connectionLines(context) + "\r\n");
}
