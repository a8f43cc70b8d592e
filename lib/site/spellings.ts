/**
 * Spellings of one address: `/about`, `/about/` and `/about.html` may show one page, and so may `/docs`, `/docs/` and
 * `/docs/index.html`. Which of them do is for the files and the flags to say; here is only which of them might.
 */

import type { TargetPath } from "../http/message.ts";

/** Whether two paths may show the same page. */
export function areOnePage(one: TargetPath, other: TargetPath): boolean {
  return pageOf(one) === pageOf(other);
}

/** The shortest spelling that a path may have, without its slashes at both ends. */
function pageOf({ segments }: TargetPath): string {
  const names = [...segments];
  const name = (names.pop() ?? "").replace(/(?<=.)\.html$/, "");
  if (name !== "index") names.push(name);
  return names.join("/");
}

/**
 * Gives what a `Location` names on this site, from its slash on and without a fragment; null if it is of another host.
 *
 * @param origin Gives scheme and authority of the site itself, such as `"http://localhost:3000"`, and below a mount its path.
 */
export function ownTarget(location: string, origin: () => string): string | null {
  const authority = /^https?:\/\/[^/?#]*/i.exec(location)?.[0];
  const [local] = location.slice(authority?.length ?? 0).split("#", 1);
  const rest = authority === undefined ? local : below(origin(), authority, local);
  if (rest === null) return null;
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** What of a local reference is below an origin; null if it is of another host, or beside the mount. */
function below(origin: string, authority: string, local: string): string | null {
  const [own] = /^[^:]*:\/\/[^/]*/.exec(origin) ?? [origin];
  const prefix = origin.slice(own.length);
  const isBelow = local.startsWith(prefix) && /^(?:[/?]|$)/.test(local.slice(prefix.length));
  const isOurs = plainOrigin(authority) === plainOrigin(own) && (prefix === "" || isBelow);
  return isOurs ? local.slice(prefix.length) : null;
}

/** RFC 9110 §4.2.3: case does not count, nor does a port that the scheme has anyway. */
function plainOrigin(origin: string): string {
  return origin.toLowerCase().replace(/^(http:.*):(?:80)?$|^(https:.*):(?:443)?$/, "$1$2");
}
