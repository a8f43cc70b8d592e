/**
 * RFC 3986 §4.2, RFC 9110 §10.2.2: addresses of ours as relative references, so that they hold behind a proxy that serves
 * us below a prefix which we never see: `/user/ada/proxy/3000/docs` arrives here as `/docs`. In go the request target as
 * it was spelled and where to lead, out comes what the client resolves against the address that it knows. Pure.
 *
 *     /a/docs       to /a/docs/      is ./docs/        the last name alone is replaced
 *     /a/about/     to /a/about      is ../about
 *     /a/x.html     to the root      is ../
 */

import type { Mount } from "./message.ts";

/** A `Location` as all see it: a path that it names begins below the mount, if there is one. */
export function outside(location: string, mount?: Mount): string {
  return mount !== undefined && location.startsWith("/") ? mount.prefix + location : location;
}

/** The path of a request target as it was sent, without scheme, authority and query. */
function spelledPath(requestTarget: string): string {
  const [path] = requestTarget.split("?", 1);
  if (path.startsWith("/")) return path;
  const absolute = /^[a-z]+:\/\/[^/]*/i.exec(path)?.[0] ?? ""; // RFC 9112 §3.2.2
  return path.slice(absolute.length) || "/";
}

/**
 * How many names stand between the root and the last slash of a target, as a client counts that resolves a reference
 * against it (RFC 3986 §5.2.4): an empty name is one, and so is an encoded dot, which only browsers take for a dot, and
 * those never send one.
 */
function depthOf(path: string): number {
  const names = path.split("/").slice(1, -1);
  let depth = 0;
  for (const name of names) {
    if (name === "..") depth = Math.max(0, depth - 1);
    else if (name !== ".") depth++;
  }
  return depth;
}

/** Leads from a request target to the root of the site: `"./"`, `"../"`, `"../../"` and so on. */
export function rootFrom(requestTarget: string): string {
  // Quick, as most requests on the Internet are for what is not there; a dot behind a slash may be of any meaning.
  if (requestTarget.startsWith("/") && !requestTarget.includes("/.")) {
    const last = requestTarget.indexOf("?");
    let depth = -1;
    for (
      let at = 0;
      at !== -1 && (last === -1 || at < last);
      at = requestTarget.indexOf("/", at + 1)
    ) {
      depth++;
    }
    return depth === 0 ? "./" : "../".repeat(depth);
  }
  return "../".repeat(depthOf(spelledPath(requestTarget))) || "./";
}

/**
 * Leads from a request target to another spelling of what it names: with a slash behind it or without, with `.html` or
 * without. The reference starts with a dot, so that neither a colon in a name is read as a scheme (RFC 3986 §4.2) nor two
 * slashes as a host.
 *
 * @param requestTarget As received.
 * @param names How many names it has, once it is decoded and its dots are removed.
 * @param location Where to lead: an origin form as `spellPath()` gives it, of names that begin as those of the target do.
 */
export function relativeReference(requestTarget: string, names: number, location: string): string {
  const path = spelledPath(requestTarget);
  const last = path.slice(path.lastIndexOf("/") + 1);
  const isName = !/^(?:\.|%2e){0,2}$/i.test(last);
  const depth = depthOf(path);
  if (depth === (isName ? names - 1 : names)) {
    return (isName ? "./" : "../") + withoutNames(location, names - 1);
  }
  // Rare: dots or empty names, which clients count in another way than we do. From the root on, all agree.
  return rootFrom(requestTarget) + location.slice(1);
}

/** What follows the first names of an origin form, and the slash behind them. */
function withoutNames(originForm: string, count: number): string {
  let at = 1;
  for (let i = 0; i < count; i++) at = originForm.indexOf("/", at) + 1;
  return originForm.slice(at);
}
