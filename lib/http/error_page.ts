/**
 * RFC 9110 §15.5, §15.6: the page that explains an error (SHOULD), for sites that bring none of their
 * own. A status code goes in, bytes of HTML come out; nothing of the request is ever shown.
 */

import { escape } from "@std/html/entities";
import type { FieldLines } from "./head_lines.ts";
import { VARY_SCRIPT } from "./rendered.ts";
import { reasonPhrase } from "./status.ts";

/** What a student can do about it. */
const HINTS: Readonly<Record<number, string>> = {
  400: "check the address and the request; the server could not make sense of it",
  401: "this page wants a name and a password",
  403: "the file is there, but the server may not read it; check its permissions",
  404: "visit index.html page",
  405: "this server only hands out files; use GET or HEAD",
  408: "the request took too long to arrive; reload the page",
  412: "the file is not the one you had before; fetch it again",
  413: "the request carries more than this server reads; send less",
  414: "the address is too long; shorten it",
  416: "the file ends before the part you asked for; ask for less, or for all of it",
  417: "the only expectation known here is 100-continue; leave the Expect line out",
  421: "no site here has this host; look at the address",
  429: "too many passwords from your network were wrong; wait a moment",
  431: "the header lines are too long or too many; delete the cookies of this site",
  500: "this is the server's fault, not yours; its log says more",
  501: "this server does not know that method; use GET or HEAD",
  503: "the server has its hands full; wait a moment and reload the page",
  505: "speak HTTP/1.1 to this server",
};

const STYLE = ":root{color-scheme:light dark}" +
  "body{margin:0;min-height:100vh;display:grid;place-content:center;padding:0 1.5rem;" +
  "font:1.125rem/1.6 system-ui,sans-serif;background:#f6f5f1;color:#22262b}" +
  "main{border-left:.375rem solid #c2410c;padding-left:1.25rem;max-width:38rem}" +
  "h1{font-size:1.75rem;line-height:1.25;margin:0}p{margin:.5rem 0 0;overflow-wrap:anywhere}a{color:#9a3412}" +
  "@media(prefers-color-scheme:dark){body{background:#16181b;color:#e8e6e1}a{color:#fdba74}}";

const encoder = new TextEncoder();
/** As many as there are statuses that a step can choose; and those of 404, by the way to the root. */
const pages = new Map<string, Uint8Array>();
/** A longer way to the root is no page that a link leads to: made anew, so that strangers fill no memory. */
const MAX_ROOT_LENGTH = "../".length * 16;

/** What a page says beyond its status. */
export interface ErrorPageInit {
  /** What can be done about it; null for what fits the status. */
  readonly hint?: string | null;
  /** The way to the root of the site, such as `"../"`, as only a relative link holds behind a proxy; see `relative.ts`. */
  readonly root?: string;
}

/**
 * Gives the built-in page of an error status. One page per status is made and shared: do not write to it.
 *
 * @param statusCode 400 to 599.
 * @returns HTML in UTF-8, under 1,500 bytes.
 */
export function errorPage(
  statusCode: number,
  { hint = null, root = "./" }: ErrorPageInit = {},
): Uint8Array {
  if (hint !== null || root.length > MAX_ROOT_LENGTH) return makeErrorPage(statusCode, hint, root);
  const key = statusCode === 404 ? root : String(statusCode);
  let bytes = pages.get(key);
  if (bytes === undefined) {
    bytes = makeErrorPage(statusCode, null, root);
    pages.set(key, bytes);
  }
  return bytes;
}

/**
 * Field lines of a page for an error with `--live`. One from a server that has no room comes again by itself, as its script
 * may find none either: `Refresh` is no field of RFC 9110 but of the HTML standard; browsers heed it, `Retry-After` not.
 */
export function liveLines(statusCode: number): FieldLines {
  return statusCode === 503 ? [...VARY_SCRIPT, ["Refresh", "2"]] : VARY_SCRIPT;
}

function makeErrorPage(statusCode: number, ownHint: string | null, root: string): Uint8Array {
  // The words of the lab, where RFC 9110 §15.5.5 has "Not Found".
  const phrase = statusCode === 404 ? "Page Not Found" : reasonPhrase(statusCode);
  const hint = "Hint: " +
    (ownHint ?? HINTS[statusCode] ?? "try again later, or ask who runs this server");
  const paragraph = statusCode === 404 && ownHint === null
    ? `<a href="${root}index.html">${escape(hint)}</a>`
    : `${escape(hint)}.`;
  return page(`Error: ${statusCode} ${phrase}`.trimEnd(), paragraph);
}

/**
 * Gives the page of a redirect, for clients that do not follow it by themselves.
 *
 * @param location The field value of `Location`; escaped here, as it repeats what the peer sent.
 * @param statusCode 301, 302, 303, 307 or 308.
 * @returns HTML in UTF-8.
 * @see RFC 9110 §15.4.2: the content is usually a short note with a link
 */
export function redirectPage(location: string, statusCode = 301): Uint8Array {
  const link = escape(location);
  return page(reasonPhrase(statusCode), `This page is now at <a href="${link}">${link}</a>.`);
}

/** @param title As text. @param paragraph As HTML, escaped already. */
function page(title: string, paragraph: string): Uint8Array {
  const heading = escape(title);
  return encoder.encode(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${heading}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${heading}</h1>
<p>${paragraph}</p>
</main>
</body>
</html>
`);
}
