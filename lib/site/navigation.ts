/**
 * What a request wants that names no file: a page, as when somebody follows a link or types an address, or a script, an
 * image, data, which a program asks for and which a page in its place would only break. Single-page applications answer the
 * former alone.
 */

import type { Fields } from "../http/fields.ts";
import { tokenList } from "../http/grammar.ts";

/** The fields that {@linkcode asksForPage} looks at, for `Vary`: RFC 9110 §12.5.5. */
export const NAVIGATION_FIELDS = "Sec-Fetch-Mode, Accept";

/** A longer `Accept` says nothing: no browser sends a tenth of this. */
const MAX_ACCEPT_LENGTH = 2_048;

/**
 * Whether a request is for a page.
 *
 * Browsers say so by `Sec-Fetch-Mode` (Fetch Metadata §2.2), and older ones by naming HTML first in `Accept`. Who does
 * neither, as curl does, gets a page for what looks like one, and for a name with a point only if it asked for it.
 *
 * @param hasPoint Whether the last name of the path has a point in it, as those of files do.
 */
export function asksForPage(fields: Pick<Fields, "get">, hasPoint: boolean): boolean {
  const mode = fields.get("sec-fetch-mode");
  if (mode === "navigate") return true;
  const ranges = mediaRanges(fields.get("accept"));
  return prefersHtml(ranges) || mode === null && !hasPoint && takesHtml(ranges);
}

/** Weights by media range in lower case; empty for a field that is absent, or breaks the grammar. */
type Ranges = ReadonlyMap<string, number>;

/** RFC 9110 §12.5.1: media ranges, whose parameters other than the weight do not count here. */
function mediaRanges(accept: string | null): Ranges {
  const ranges = new Map<string, number>();
  if (accept === null || accept.length > MAX_ACCEPT_LENGTH) return ranges;
  for (const element of tokenList(accept)) {
    const [range, ...parameters] = element.split(";").map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
    if (/^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(weight)) ranges.set(range, Number(weight));
  }
  return ranges;
}

/** Whether HTML is named, and nothing that is named is liked better; `*` names nothing. */
function prefersHtml(ranges: Ranges): boolean {
  const html = Math.max(ranges.get("text/html") ?? 0, ranges.get("application/xhtml+xml") ?? 0);
  return html > 0 &&
    [...ranges].every(([range, weight]) => weight <= html || range.endsWith("/*"));
}

/** Whether HTML will do: RFC 9110 §12.5.1, the most exact range counts. */
function takesHtml(ranges: Ranges): boolean {
  if (ranges.size === 0) return true;
  return (ranges.get("text/html") ?? ranges.get("text/*") ?? ranges.get("*/*") ?? 0) > 0;
}
