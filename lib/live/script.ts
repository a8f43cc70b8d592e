/**
 * The pure half of `--live`: which changes of files matter to a page, what is added to pages, and what it does there.
 * Watching and sending are for `live/reload.ts` beside the steps.
 */

import { asciiBytes } from "../http/grammar.ts";
import { isHidden } from "../site/hidden.ts";

/** Keys of paths that no site has, as names with a dot in front are private. */
export const EVENTS_KEY = ".vitrine/live";
export const SCRIPT_KEY = ".vitrine/live.js";

/**
 * What stands at the end of each page. It needs no tag to stand in: a parser of HTML puts what comes after the end
 * into the body. A script with an address, not one in the page, as many policies of sites allow only that.
 */
export const TAIL = asciiBytes(`\n<script src="/${SCRIPT_KEY}"></script>\n`);

/**
 * What runs in each page. A hidden page hangs up, as browsers open six connections to a server at the most and each
 * tab would keep one; when it is shown again, the greeting tells whether it missed anything.
 */
export const SCRIPT = asciiBytes(`"use strict";
(() => {
  let source = null;
  let known = null;
  const greet = ({ data }) => {
    if (known !== null && known !== data) location.reload();
    known = data;
  };
  const swapStyles = ({ data }) => {
    known = data;
    for (const link of document.querySelectorAll('link[rel~="stylesheet"][href]')) {
      const url = new URL(link.href);
      if (url.origin !== location.origin) continue;
      url.searchParams.set("vitrine-live", data);
      const fresh = link.cloneNode();
      fresh.href = url.href;
      fresh.onload = () => link.remove();
      fresh.onerror = () => fresh.remove();
      link.after(fresh);
    }
  };
  const follow = () => {
    source?.close();
    source = null;
    if (document.hidden) return;
    source = new EventSource("/${EVENTS_KEY}");
    source.addEventListener("hello", greet);
    source.addEventListener("css", swapStyles);
    source.addEventListener("reload", () => location.reload());
  };
  document.addEventListener("visibilitychange", follow);
  follow();
})();
`);

/** What a page does about changes. */
export type Reaction = "reload" | "css";

/**
 * Names that editors and downloads use for a moment: Vim (`4913`, `.a.swp`, `a~`), Emacs (`#a#`, `.#a`), JetBrains
 * (`a___jb_tmp___`), browsers (`a.crdownload`, `a.part`), and everybody's `a.tmp`. What matters follows as the real name.
 */
const NOISE =
  /^4913$|^#.*#$|~$|___jb_(?:tmp|old)___$|\.(?:sw[a-px]|tmp|temp|bak|part|crdownload)(?:\.\d+)*$/i;

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
    const names = path.split("/");
    if (NOISE.test(names.at(-1)!) || !dotfiles && names.some(isHidden)) continue;
    if (!/\.css$/i.test(path)) return "reload";
    reaction = "css";
  }
  return reaction;
}
