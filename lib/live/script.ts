/**
 * The pure half of `--live`: which changes of files matter to a page, and what is added to pages.
 * What it does there is in `follow.js`; watching and sending are for `live/reload.ts` beside the steps.
 */

import type { Fields } from "../http/fields.ts";
import { asciiBytes } from "../http/grammar.ts";
import type { Request } from "../http/message.ts";
import { isHidden } from "../site/hidden.ts";
import source from "./follow.js" with { type: "text" };

const encoder = new TextEncoder();

/** Keys of paths that no site has, as names with a dot in front are private. */
export const EVENTS_KEY = ".vitrine/live";
const SCRIPT_KEY = ".vitrine/live.js";

/**
 * Whether a path is that of the script. It is in every folder, as pages ask for it by a relative address: no other holds
 * behind a proxy that serves us below a prefix.
 */
export function isScriptKey(key: string): boolean {
  return key.endsWith(SCRIPT_KEY) &&
    (key.length === SCRIPT_KEY.length || key.endsWith("/" + SCRIPT_KEY));
}

/**
 * What stands at the end of each page. It needs no tag to stand in: a parser of HTML puts what comes after the end
 * into the body. A script with an address, not one in the page, as many policies of sites allow only that.
 */
export const TAIL = asciiBytes(`\n<script src="${SCRIPT_KEY}"></script>\n`);

const NO_TAIL = new Uint8Array(0);

/**
 * What stands at the end of a page for who asks for it in this way: nothing where a script of ours would only be in the
 * way, in a fragment that a script fetches to put it into its page, and in a frame, whose page reloads as a whole.
 *
 * A service worker that passes the request of a page on says that it fetches what is not to be shown, but in the mode of
 * a navigation, which no script can set (Chromium).
 *
 * @param fields Of the request; null if it could not be read. Older browsers, and all of them where neither TLS nor this
 * very machine vouches for the server, do not tell what they fetch a page for; those get the script.
 * @see Fetch Metadata Request Headers §2.1 and §2.2
 */
export function tailFor(fields: Pick<Fields, "get"> | null): Uint8Array {
  const destination = fields?.get("sec-fetch-dest") ?? "document";
  const isPassedOn = destination === "empty" && fields?.get("sec-fetch-mode") === "navigate";
  return destination === "document" || isPassedOn ? TAIL : NO_TAIL;
}

/** Where the site is. */
export interface SiteState {
  /** Which server counts, a dash, and the changes so far. */
  readonly version: string;
  /** How long ago the last change was, in ms; Infinity if there was none. */
  readonly ageMs: number;
}

/**
 * The script, for who asks for it now: it tells whether its page is of before the last change; see `follow.js`.
 *
 * @param root Leads from where it was asked for to the root of the site, such as `"../"`.
 */
export function scriptAt({ version, ageMs }: SiteState, root: string): Uint8Array {
  // As wide for every age, so that HEAD tells the length that GET has.
  const age = String(Math.floor(ageMs)).padStart(16);
  return encoder.encode(
    source.replace("@version@", version).replace("@age@", age).replace("@root@", root),
  );
}

/** What a page does about changes. */
export type Reaction = "reload" | "css";

/**
 * Names that editors and downloads use for a moment: Vim (`4913`, `.a.swp`, `a~`), Emacs (`#a#`, `.#a`), JetBrains
 * (`a___jb_tmp___`), browsers (`a.crdownload`, `a.part`), and everybody's `a.tmp`. What matters follows as the real name.
 */
const NOISE =
  /^4913$|^#.*#$|~$|___jb_(?:tmp|old)___$|\.(?:sw[a-px]|tmp|temp|bak|part|crdownload)(?:\.\d+)*$/i;

const STYLE_SHEET = /\.css$/i;

/**
 * Tells what a page has to do after changes.
 *
 * @param paths Relative to the root, with slashes; `""` is the root itself.
 * @param dotfiles Whether names that start with a dot are served.
 * @returns Null if nothing that is served has changed.
 */
export function reactionTo(paths: Iterable<string>, dotfiles: boolean): Reaction | null {
  let reaction: Reaction | null = null;
  for (const path of paths) {
    if (!isSeen(path, dotfiles)) continue;
    if (!STYLE_SHEET.test(path)) return "reload";
    reaction = "css";
  }
  return reaction;
}

/** The paths of the style sheets among them, from the root on, percent-encoded, as events tell them. */
export function stylePaths(paths: readonly string[], dotfiles: boolean): string[] {
  return paths.filter((path) => isSeen(path, dotfiles) && STYLE_SHEET.test(path))
    .map((path) => "/" + path.split("/").map(encodeURIComponent).join("/"));
}

/** Whether a path is of the site, and no file that editors and downloads use for a moment. */
export function isSeen(path: string, dotfiles: boolean): boolean {
  const names = path.split("/");
  return !NOISE.test(names.at(-1)!) && (dotfiles || !names.some(isHidden));
}

/** Whether a request asks for the events or the script of `--live`. */
export function isAboutLive({ method, path }: Pick<Request, "method" | "path">): boolean {
  return method !== "OPTIONS" && path !== null &&
    (path.key === EVENTS_KEY || isScriptKey(path.key));
}
