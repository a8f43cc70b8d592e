/**
 * Step (iv), the ways around: what a path may mean beside the file that it names. Pure: looking is done by the
 * functions that are handed in, so each rule here can be read and tested without a file.
 */

import type { Located, TargetPath } from "../http/message.ts";
import { parseTarget, pathTo, spellPath } from "../http/target.ts";
import { isRuleFile } from "../options.ts";
import { applyRule, type Redirection, type RedirectTable } from "./redirects_file.ts";
import { areOnePage, ownTarget } from "./spellings.ts";

/** Which ways around there are; the part of `Options` that opens them. */
export interface LookupOptions {
  readonly listing: boolean;
  readonly spa: boolean;
  readonly cleanUrls: boolean;
  /** Port of the secure server to which everything leads, or null; see `to_https.ts`. */
  readonly httpsPort: number | null;
  /** The rules of `_redirects`; null if there are none. */
  readonly redirects: RedirectTable | null;
}

/** How to look. */
export interface Look<File> {
  /** Looks for the file that a path names. */
  readonly file: (path: TargetPath) => Located<File> | Promise<Located<File>>;
  /** Looks at what is in a folder. */
  readonly entries: (path: TargetPath) => Promise<Located<File>>;
  /** Whether the request is for a page: see `navigation.ts`. */
  readonly asksForPage: (hasPoint: boolean) => boolean;
  /** Scheme and authority by which the request reached us, such as `"http://localhost:3000"`; asked for only if a rule needs it. */
  readonly origin: () => string;
  /** The address of a path with HTTPS, at a port; null if it is served without. */
  readonly secured: (path: TargetPath, port: number) => string | null;
}

/** How to answer one question. */
interface Search<File> {
  readonly options: LookupOptions;
  readonly look: Look<File>;
  /** Whether a redirect is looked into before it is given: see {@linkcode leadsBack}. */
  readonly isCareful: boolean;
}

/**
 * Finds what a path means. In this order, each if it is asked for: a rule of `_redirects` with `!`; the file that the
 * path names; the page that a clean URL names; any other rule; the listing of the folder; the single-page application.
 *
 * @returns At once if it names a file that is in the cache, else a promise.
 */
export function findInSite<File extends Disposable>(
  options: LookupOptions,
  path: TargetPath,
  look: Look<File>,
): Located<File> | Promise<Located<File>> {
  const location = options.httpsPort === null ? null : look.secured(path, options.httpsPort);
  // Not 308, which says the same where nobody can POST: libraries of Java, and of Python before 3.11, do not follow that.
  if (location !== null) return { kind: "redirect", statusCode: 301, location };
  return find({ options, look, isCareful: true }, path);
}

function find<File extends Disposable>(
  search: Search<File>,
  path: TargetPath,
): Located<File> | Promise<Located<File>> {
  const forced = redirectionOf(search, path, true);
  return forced === null ? findWithoutForce(search, path) : followIfDue(search, path, forced)
    .then((located) => located ?? findWithoutForce(search, path));
}

function findWithoutForce<File extends Disposable>(
  search: Search<File>,
  path: TargetPath,
): Located<File> | Promise<Located<File>> {
  const first = search.look.file(path);
  const isDone = !(first instanceof Promise) && first.kind === "file" &&
    !(search.options.cleanUrls && isPage(path));
  return isDone ? first : findFurther(search, path, first);
}

/** @param first What the path itself names. */
async function findFurther<File extends Disposable>(
  search: Search<File>,
  path: TargetPath,
  first: Located<File> | Promise<Located<File>>,
): Promise<Located<File>> {
  const { options, look } = search;
  const located = await first;
  if (options.cleanUrls) {
    const clean = located.kind === "file"
      ? await shorten(path, look, located)
      : path.folder
      ? await unslash(path, look, located)
      : await findPage(path, look, located);
    if (clean !== null) return clean;
  }
  const isMissing = located.kind === "absent" || located.kind === "bareFolder";
  const redirection = isMissing ? redirectionOf(search, path, false) : null;
  const followed = redirection === null ? null : await followIfDue(search, path, redirection);
  if (followed !== null) return followed;
  if (located.kind === "bareFolder" && options.listing) return look.entries(path);
  return isMissing && options.spa && mayBeRoute(path)
    ? findApplication(path, look, located)
    : located;
}

/** What the first rule for a path makes of it, if it has `!` or not. The rules themselves are no part of the site. */
function redirectionOf<File>(
  { options: { redirects }, look }: Search<File>,
  path: TargetPath,
  force: boolean,
): Redirection | null {
  if (redirects === null || force && !redirects.hasForced || isOfRules(path)) return null;
  const match = redirects.find(path);
  if (match === null || match.rule.force !== force) return null;
  const redirection = applyRule(match, path);
  // A rule that names our own host may lead to where the request is already, as one without a host may.
  return redirection?.kind === "redirect" && pathOf(redirection.location, look)?.key === path.key
    ? null
    : redirection;
}

/** Follows a rule, unless it leads in a circle of spellings of one page: then null. */
async function followIfDue<File extends Disposable>(
  search: Search<File>,
  path: TargetPath,
  redirection: Redirection,
): Promise<Located<File> | null> {
  const { look, isCareful } = search;
  if (redirection.kind === "rewrite") return follow(path, redirection, look);
  const isCircle = isCareful && await leadsBack(search, path, redirection.location);
  return isCircle ? null : redirection;
}

/**
 * Whether a redirect of a rule leads to another spelling of the same page from where, by further redirects, one comes to
 * no end: `/about /about.html 301!` with clean URLs, which lead back. Of two pages that a site sends to each other,
 * whoever wrote both rules has to hear. What is left out is always a rule, so that each page keeps the address that
 * its links need; and since no rule is followed that leads into a circle, none is left.
 */
async function leadsBack<File extends Disposable>(
  search: Search<File>,
  from: TargetPath,
  location: string,
): Promise<boolean> {
  const { look } = search;
  const seen = new Set([from.key]);
  let at = pathOf(location, look);
  while (at !== null && areOnePage(at, from)) {
    if (seen.has(at.key)) return true;
    seen.add(at.key);
    at = await nextOf({ ...search, isCareful: false }, at);
  }
  return false;
}

/** Where a path is redirected to, on this site; null if it is not. */
async function nextOf<File extends Disposable>(
  search: Search<File>,
  path: TargetPath,
): Promise<TargetPath | null> {
  const located = await find(search, path);
  if ("file" in located) located.file[Symbol.dispose]();
  if (located.kind === "folder") return asFolder(path);
  const isElsewhere = located.kind === "redirect" || located.kind === "moved";
  return isElsewhere ? pathOf(located.location, search.look) : null;
}

/** The path of ours that a `Location` names; null if it names another host, or nothing that a path of ours could be. */
function pathOf<File>(location: string, look: Look<File>): TargetPath | null {
  const target = ownTarget(location, look.origin);
  try {
    return target === null ? null : parseTarget(target, "GET");
  } catch {
    return null;
  }
}

/** Follows a rule, once: what it leads to is not looked up in the rules again, and so never in a circle. */
async function follow<File extends Disposable>(
  asked: TargetPath,
  { path, statusCode }: Extract<Redirection, { kind: "rewrite" }>,
  look: Look<File>,
): Promise<Located<File>> {
  let located = await look.file(path);
  // The address stays as it is, so the folder's own slash is of no use here.
  if (located.kind === "folder") located = await look.file(asFolder(path));
  // Both vendors know pages by their short names here, whether or not others may use them.
  if (located.kind !== "file" && !path.folder) {
    located = await findPage(path, look, located) ?? located;
  }
  if (located.kind !== "file") return located;
  // A page that a rule gives another spelling is at home there.
  const found = areOnePage(asked, path) ? located : { ...located, standIn: path };
  return statusCode === 404 ? { ...found, kind: "page", statusCode } : found;
}

/**
 * Clean URLs, from the long form to the short one, so that a page has one address: `/about.html` redirects to
 * `/about`, and `/docs/index.html` to `/docs/`, as Cloudflare Pages does. Relative links mean the same in both.
 */
async function shorten<File extends Disposable>(
  path: TargetPath,
  look: Look<File>,
  located: Extract<Located<File>, { kind: "file" }>,
): Promise<Located<File> | null> {
  if (!isPage(path)) return null;
  const above = path.segments.slice(0, -1);
  const name = lastName(path).slice(0, -".html".length);
  const isIndex = name === "index";
  if (!isIndex) {
    // A file of the short name has that address already.
    const other = await look.file(pathTo([...above, name]));
    if (other.kind === "file") {
      other.file[Symbol.dispose]();
      return null;
    }
  }
  located.file[Symbol.dispose]();
  const segments = isIndex ? above : [...above, name];
  return movedTo(spellPath({ segments, folder: isIndex, query: path.query }));
}

/**
 * Clean URLs, from the short form to the file: `/about` is `about.html`, also when there is a folder `about/`, whose
 * own address has a slash. So do Cloudflare Pages, GitHub Pages and the usual `try_files $uri $uri.html $uri/` of nginx;
 * generators write `about.html` beside `about/team.html`.
 */
async function findPage<File extends Disposable>(
  path: TargetPath,
  look: Look<File>,
  located: Located<File>,
): Promise<Extract<Located<File>, { kind: "file" }> | null> {
  const mayBePage = located.kind === "absent" || located.kind === "folder" ||
    located.kind === "bareFolder";
  if (!mayBePage || path.segments.length === 0 || lastName(path).endsWith(".html")) return null;
  const page = await look.file(pathTo([...path.segments.slice(0, -1), `${lastName(path)}.html`]));
  return page.kind === "file" ? page : null;
}

/** Clean URLs, for a path with a slash that has no `index.html` but a page: `/about/` leads to `/about`. */
async function unslash<File extends Disposable>(
  path: TargetPath,
  look: Look<File>,
  located: Located<File>,
): Promise<Located<File> | null> {
  const page = await findPage(path, look, located);
  if (page === null) return null;
  page.file[Symbol.dispose]();
  return movedTo(spellPath({ segments: path.segments, folder: false, query: path.query }));
}

/**
 * The application's one page, from whose script every route is drawn; what was found instead if it is not there, or if
 * the request is for something else: a missing script must be a 404, as HTML in its place is a syntax error.
 */
async function findApplication<File>(
  path: TargetPath,
  look: Look<File>,
  located: Extract<Located<File>, { kind: "absent" | "bareFolder" }>,
): Promise<Located<File>> {
  if (!look.asksForPage(lastName(path).includes("."))) return { ...located, isByNavigation: true };
  const standIn = pathTo(["index.html"]);
  const application = await look.file(standIn);
  return application.kind === "file" ? { ...application, standIn, isByNavigation: true } : located;
}

/** Whether a path may be a route of an application. Names with a point in front are private or well-known. */
function mayBeRoute(path: TargetPath): boolean {
  return !isOfRules(path) && !path.segments.some((name) => name.startsWith("."));
}

function isOfRules({ segments }: TargetPath): boolean {
  return segments.length === 1 && isRuleFile(segments[0]);
}

function isPage(path: TargetPath): boolean {
  const name = lastName(path);
  return !path.folder && name.length > ".html".length && name.endsWith(".html");
}

function lastName(path: TargetPath): string {
  return path.segments.at(-1) ?? "";
}

function asFolder({ segments, key, query }: TargetPath): TargetPath {
  return { segments, folder: true, key: key + "/", query };
}

function movedTo(location: string): Located<never> {
  return { kind: "moved", location };
}
