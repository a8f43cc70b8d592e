/** What step (iv) found, and by which way: from what was noted of it, in words. */

import type { Way } from "./reason.ts";
import type { RequestTrace } from "./trace.ts";

/** What of a trace is asked here. */
type Found = Pick<
  RequestTrace,
  | "cached"
  | "error"
  | "fileName"
  | "isByNavigation"
  | "located"
  | "path"
  | "standIn"
  | "statusCode"
  | "why"
>;

/** How step (iv) came to its answer; null where nobody looked. */
export function wayOf(trace: Found): Way | null {
  const { located, path, standIn, isByNavigation, error, statusCode } = trace;
  // Nobody looked, and yet it is no refusal: what --live answers itself.
  if (located === null) return statusCode === 200 && error === null ? "own" : null;
  if (located !== "file") return located as Way;
  if (isByNavigation) return "spa";
  if (standIn !== null) return "rewrite";
  if (path?.folder === true) return "index";
  return path?.segments.at(-1) === trace.fileName ? "file" : "shortName";
}

/** The names that lead from the root to the file that was looked for, or that was sent in its place; null without a path. */
export function servedPath({ path, standIn, fileName }: Found): readonly string[] | null {
  const own = standIn ?? path;
  if (own === null) return null;
  if (fileName === "") return own.segments;
  return [...(own.folder ? own.segments : own.segments.slice(0, -1)), fileName];
}

/** How a file came to be sent that is not the one that the path names. */
const WAYS: Partial<Record<Way, string>> = {
  index: "index.html, which an address with a slash at its end means",
  shortName: "the page, whose file has a longer name than its address",
  rewrite: "a file that stands in for what was asked for, by a rule of the site",
  spa: "the application's page, which stands in for a file that is not there",
};

/** What containment said, in words. */
export function verdictOf(trace: Found): string {
  const { located, why, path, error, cached } = trace;
  switch (located) {
    case "file": {
      const what = WAYS[wayOf(trace) ?? "file"];
      const inside = what === undefined ? "inside the root" : `inside the root: ${what}`;
      return cached
        ? `${inside}; proven when the file was read, and the cache has it unchanged`
        : `${inside}; resolved, opened, and proven to be what was resolved`;
    }
    case "folder":
      return "inside the root: a folder, named without its slash";
    case "listing":
      return "inside the root: a folder without index.html, which is listed";
    case "page":
      return "inside the root: a page that a rule of the site gives in place of what is not there";
    case "moved":
      return "inside the root: it has its address in another spelling";
    case "redirect":
      return "not proven: a rule of the site sends the peer elsewhere";
    case "bareFolder":
      return "inside the root: a folder without index.html";
    case "absent":
      return why === "leads out of the root" ? "refused: leads out of the root" : `absent: ${why}`;
    case "forbidden":
      return "the system does not let us look";
    case "unavailable":
      return `not to be had now: ${why}`;
    case "nothing":
      return "no file was asked for";
  }
  if (path === null && error !== null) return "never looked for: refused before it became a path";
  if (error !== null) return "never looked for: refused before";
  return wayOf(trace) === "own"
    ? "never looked for: the server answers this itself"
    : "not looked for yet";
}

/** What the experiment that cuts responses has done to one, in words; null without it. */
export function cutText(
  { cutAfterBytes, responseHead, contentLength, statusCode, complete }: Pick<
    RequestTrace,
    "complete" | "contentLength" | "cutAfterBytes" | "responseHead" | "statusCode"
  >,
): string | null {
  if (cutAfterBytes === 0 || responseHead === null) return null;
  const length = responseHead.length + contentLength;
  const experiment = `The experiment cuts each response after ${cutAfterBytes} bytes`;
  if (length > cutAfterBytes) {
    return complete ? null : `${experiment}, and this one had ${length}: the rest was not sent.`;
  }
  return statusCode === 304
    ? `${experiment}: this 304 is a head of ${length} bytes without content, so there was nothing to cut.`
    : `${experiment}: this one has only ${length}, so there was nothing to cut.`;
}
