/**
 * The listing of a folder that has no `index.html`: entries go in, a page or JSON comes out. Everything works without
 * script: sorting is a link, and each link is relative, so that the page works behind any proxy.
 */

import { escape } from "@std/html/entities";
import { accepts } from "@std/http/negotiation";
import type { FolderEntry, TargetPath } from "../http/message.ts";
import { spellPath } from "../http/target.ts";
import { LISTING_STYLE } from "./listing_style.ts";
import { readableBytes } from "./readable_bytes.ts";

/** What a listing is sorted by, and whether from the end. */
export interface ListingOrder {
  readonly by: "name" | "size" | "time";
  readonly descending: boolean;
}

const COLUMNS = [
  { by: "name", title: "Name" },
  { by: "size", title: "Size" },
  { by: "time", title: "Modified (UTC)" },
] as const;

/** As people count: `a2` before `a10`. The locale is fixed, so that a listing is the same on every machine. */
const NATURAL = new Intl.Collator("en", { numeric: true });

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

/** Sorts entries: folders first, whatever the order; what is equal stands by name. Leaves its argument alone. */
export function sortEntries(
  entries: readonly FolderEntry[],
  { by, descending }: ListingOrder,
): FolderEntry[] {
  const sign = descending ? -1 : 1;
  const measure = (entry: FolderEntry) => by === "size" ? entry.size : entry.mtimeMs;
  return [...entries].sort((a, b) => {
    if (a.kind !== b.kind) return a.kind === "folder" ? -1 : 1;
    const difference = by === "name" ? 0 : measure(a) - measure(b);
    if (difference !== 0) return sign * difference;
    // Names that the collator takes for equal still differ: an order that never flickers.
    const names = NATURAL.compare(a.name, b.name) || (a.name < b.name ? -1 : 1);
    return by === "name" ? sign * names : names;
  });
}

/** A longer `Accept` is as good as absent: browsers send 150 characters. */
const MAX_ACCEPT_LENGTH = 2048;

/** Says whether whoever sent this `Accept` field prefers JSON to a page: RFC 9110 §12.5.1. */
export function wantsJson(accept: string | null): boolean {
  const headers = { get: () => accept };
  return accept !== null && accept.length <= MAX_ACCEPT_LENGTH &&
    accepts({ headers }, "text/html", "application/json") === "application/json";
}

/** Gives the listing as JSON: the path, and name, kind, size in bytes and time of each entry. */
export function listingJson(path: TargetPath, entries: readonly FolderEntry[]): string {
  return JSON.stringify({
    path: spellPath({ ...path, query: "" }),
    entries: sortEntries(entries, listingOrder(path.query)).map((
      { name, kind, size, mtimeMs },
    ) => ({
      name,
      kind,
      ...(kind === "file" ? { size } : {}),
      modified: new Date(mtimeMs).toISOString(),
    })),
  }) + "\n";
}

/** Gives the listing as a page. */
export function listingPage(path: TargetPath, entries: readonly FolderEntry[]): string {
  const order = listingOrder(path.query);
  const title = escape(["", ...path.segments, ""].join("/"));
  const parent = path.segments.length === 0 ? "" : '<tr class="up"><td colspan="3">' +
    '<a href="../">Parent folder</a></td></tr>\n';
  const rows = sortEntries(entries, order).map(rowOf).join("");
  return `<!DOCTYPE html>
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
${parent}${rows}</tbody>
</table>
</main>
</body>
</html>
`;
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
  return `<th scope="col" class="${by}"${sort}><a href="${href}">${title}</a></th>`;
}

function rowOf({ name, kind, size, mtimeMs }: FolderEntry): string {
  const slash = kind === "folder" ? "/" : "";
  const time = new Date(mtimeMs).toISOString();
  const shownTime = `${time.slice(0, 10)} ${time.slice(11, 16)}`;
  return `<tr class="${kind}"><td><a href="${escape(encodeURIComponent(name))}${slash}">` +
    `<bdi>${escape(name)}</bdi></a></td><td class="size">${
      kind === "file" ? readableBytes(size) : ""
    }</td>` +
    `<td class="time"><time datetime="${time}">${shownTime}</time></td></tr>\n`;
}
