/**
 * The listing of a folder that has no `index.html`: entries go in, a page or JSON comes out, part by part, so that whoever
 * drives it can let others have their turn in between. Everything works without
 * script: sorting is a link, and each link is relative, so that the page works behind any proxy.
 */

import { escape } from "@std/html/entities";
import { accepts } from "@std/http/negotiation";
import type { FolderEntry, TargetPath } from "../http/message.ts";
import { spellPath } from "../http/target.ts";
import { IsoTimes } from "./iso_times.ts";
import { type ListingOrder, sortEntries } from "./listing_order.ts";
import { LISTING_STYLE } from "./listing_style.ts";
import { readableBytes } from "./readable_bytes.ts";

const COLUMNS = [
  { by: "name", title: "Name" },
  { by: "size", title: "Size" },
  { by: "time", title: "Modified (UTC)" },
] as const;

/**
 * Reads the order from a query, for example `"?sort=size&order=desc"`. What makes no sense is the default: by name.
 * Without `order`, sizes and times start with the largest and the latest, as that is what one looks for.
 */
export function listingOrder(query: string): ListingOrder {
  const sort = /[?&]sort=(name|size|time)(?:&|$)/.exec(query)?.[1];
  const order = /[?&]order=(asc|desc)(?:&|$)/.exec(query)?.[1];
  const by = COLUMNS.find((column) => column.by === sort)?.by ?? "name";
  return { by, descending: order === undefined ? by !== "name" : order === "desc" };
}

/** A longer `Accept` is as good as absent: browsers send 150 characters. */
const MAX_ACCEPT_LENGTH = 2048;

/** Says whether whoever sent this `Accept` field prefers JSON to a page: RFC 9110 §12.5.1. */
export function wantsJson(accept: string | null): boolean {
  const headers = { get: () => accept };
  return accept !== null && accept.length <= MAX_ACCEPT_LENGTH &&
    accepts({ headers }, "text/html", "application/json") === "application/json";
}

/** What a listing shows. */
export interface Listed {
  readonly path: TargetPath;
  readonly entries: readonly FolderEntry[];
  readonly order: ListingOrder;
}

/** Gives the listing as JSON, part by part: the path, and name, kind, size in bytes and time of each entry. */
export function* listingJson({ path, entries, order }: Listed): Generator<string, void> {
  yield `{"path":${JSON.stringify(spellPath({ ...path, query: "" }))},"entries":[`;
  const sorted = yield* silently(sortEntries(entries, order));
  const times = new IsoTimes();
  yield* inParts(sorted, (entry, i) => (i === 0 ? "" : ",") + jsonOf(entry, times));
  yield "]}\n";
}

function jsonOf({ name, kind, size, mtimeMs }: FolderEntry, times: IsoTimes): string {
  const modified = times.write(mtimeMs);
  return JSON.stringify({ name, kind, ...(kind === "file" ? { size } : {}), modified });
}

/** Gives the listing as a page, part by part. */
export function* listingPage({ path, entries, order }: Listed): Generator<string, void> {
  const title = escape(["", ...path.segments, ""].join("/"));
  const parent = path.segments.length === 0 ? "" : '<tr class="up"><td colspan="3">' +
    '<a href="../">Parent folder</a></td></tr>\n';
  yield `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${LISTING_STYLE}</style>
</head>
<body>
<main>
<nav aria-label="Path"><h1>${breadcrumbs(path.segments)}</h1></nav>
<p>${summaryOf(entries)}</p>
<table>
<thead><tr>${COLUMNS.map((column) => headingOf(column, order)).join("")}</tr></thead>
<tbody>
${parent}`;
  const sorted = yield* silently(sortEntries(entries, order));
  const times = new IsoTimes();
  yield* inParts(sorted, (entry) => rowOf(entry, times));
  yield `</tbody>
</table>
</main>
</body>
</html>
`;
}

/** Does work whose steps give nothing. */
function* silently<Result>(work: Generator<undefined, Result>): Generator<string, Result> {
  for (let step = work.next();; step = work.next()) {
    if (step.done) return step.value;
    yield "";
  }
}

/** Entries that are written in one part. */
const PART = 128;

function* inParts(
  entries: readonly FolderEntry[],
  write: (entry: FolderEntry, i: number) => string,
): Generator<string, void> {
  for (let at = 0; at < entries.length; at += PART) {
    let part = "";
    for (let i = at; i < Math.min(at + PART, entries.length); i++) part += write(entries[i], i);
    yield part;
  }
}

/** Every folder on the way is a link; the last one is where we are. `<bdi>` keeps a name's direction to itself. */
function breadcrumbs(segments: readonly string[]): string {
  const names = ["Home", ...segments];
  return names.map((name, depth) => {
    const text = `<bdi>${escape(name)}</bdi>`;
    const up = names.length - 1 - depth;
    return up === 0
      ? `<span aria-current="page">${text}</span>`
      : `<a href="${"../".repeat(up)}">${text}</a>`;
  }).join('<span class="slash">/</span>');
}

function summaryOf(entries: readonly FolderEntry[]): string {
  const files = entries.filter(({ kind }) => kind === "file");
  const folders = entries.length - files.length;
  if (entries.length === 0) return "This folder is empty.";
  const counts = [];
  if (folders > 0) counts.push(folders === 1 ? "1 folder" : `${folders} folders`);
  if (files.length > 0) {
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    counts.push(
      `${files.length === 1 ? "1 file" : `${files.length} files`}, ${readableBytes(bytes)}`,
    );
  }
  return counts.join(" and ");
}

function headingOf({ by, title }: (typeof COLUMNS)[number], order: ListingOrder): string {
  const isCurrent = order.by === by;
  const first = by === "name" ? "asc" : "desc";
  const turned = order.descending ? "asc" : "desc";
  const sort = isCurrent ? ` aria-sort="${order.descending ? "descending" : "ascending"}"` : "";
  const href = `?sort=${by}&amp;order=${isCurrent ? turned : first}`;
  // Crawlers need no folder in each of its orders; and no link leads to the one that is shown.
  return `<th scope="col" class="${by}"${sort}><a rel="nofollow" href="${href}">${title}</a></th>`;
}

/** Names that are written as they are in a reference, and in HTML. Most are; and a test costs a fifth of escaping twice. */
const PLAIN = /^[\w.~-]+$/;

function rowOf({ name, kind, size, mtimeMs }: FolderEntry, times: IsoTimes): string {
  const slash = kind === "folder" ? "/" : "";
  const time = times.write(mtimeMs);
  const shownTime = time.slice(0, -":ss.mmmZ".length).replace("T", " ");
  const [href, text] = PLAIN.test(name) ? [name, name] : [hrefOf(name), escape(name)];
  return `<tr class="${kind}"><td><a href="${href}${slash}">` +
    `<bdi>${text}</bdi></a></td><td class="size">${
      kind === "file" ? readableBytes(size) : ""
    }</td>` +
    `<td class="time"><time datetime="${time}">${shownTime}</time></td></tr>\n`;
}

/** A name as a reference that needs no entity of HTML: lftp, and whoever reads a listing with a pattern, knows none. */
function hrefOf(name: string): string {
  return encodeURIComponent(name).replaceAll("'", "%27");
}
