/**
 * From plain HTTP to HTTPS: RFC 9110 §15.4.2. In go the request's authority and path, out comes the same address with the
 * scheme and port of the secure server. Where a certificate is asked for by RFC 8555 its proof is served as it is.
 */

import { RequestError } from "../errors.ts";
import type { Mount, TargetPath } from "../http/message.ts";
import { isAuthority, spellPath } from "../http/target.ts";

const CHALLENGES = "/.well-known/acme-challenge/";

/** Whether a path is one of RFC 8555 §8.3, which is looked up on port 80 before there is any certificate. */
export function isChallenge(path: TargetPath, mount?: Mount): boolean {
  return !path.folder && addressOf(path, mount).startsWith(CHALLENGES);
}

/**
 * Gives the address that leads to the same place by HTTPS. It has the host that the request names, and no other: what a
 * page of another site can make a browser send is the path, which cannot change the host.
 *
 * @param authority Of the request, with a port or without.
 * @param port Of the secure server.
 * @throws {RequestError} 400: there is no host to lead to.
 */
export function httpsAddress(
  authority: string,
  { port, path, mount }: {
    readonly port: number;
    readonly path: TargetPath;
    readonly mount?: Mount;
  },
): string {
  const host = authority.replace(/:\d*$/, "");
  if (host === "" || !isAuthority(host)) {
    throw new RequestError(400, "RFC 9112 §3.2", {
      detail: "Cannot lead to HTTPS without a Host",
      hint: "the request names no host, so there is no address with HTTPS to lead to",
    });
  }
  return `https://${host}${port === 443 ? "" : `:${port}`}${addressOf(path, mount)}`;
}

function addressOf(path: TargetPath, mount?: Mount): string {
  const inside = spellPath(path);
  if (mount === undefined) return inside;
  // Without its slash a mount is named as it is.
  const isBare = path.segments.length === 0 && !path.folder;
  return mount.prefix + (isBare ? inside.slice(1) : inside);
}
