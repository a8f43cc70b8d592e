/**
 * Which of several sites a request is for: RFC 9110 §7.2. In go names of hosts with what stands for their sites, and
 * requests; out comes one of these, or null for a host that nobody has named. Mounts are below every host that has a site.
 */

import type { Fields } from "../http/fields.ts";
import type { Request } from "../http/message.ts";
import { Mounts } from "./mounts.ts";

/** A host as it is written for a site: `a.example`, an address, or `*.a.example` for all that end so. */
const HOST_PATTERN =
  /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;
const IP_LITERAL = /^\[[0-9a-f:.]+\]$/;

/** Reads the name of a host that has a site; null if it is none, or one with a port. Names of other scripts are in ASCII. */
export function parseHostPattern(text: string): string | null {
  const pattern = text.toLowerCase();
  return HOST_PATTERN.test(pattern) || IP_LITERAL.test(pattern) ? pattern : null;
}

/** The sites of a server by the hosts that they have. */
export class Hosts<Site> {
  readonly #exact = new Map<string, Site>();
  /** By what stands behind the asterisk, its point included. */
  readonly #wild = new Map<string, Site>();
  /** Null if there are none. */
  readonly #mounts: Mounts<Site> | null;
  /** For requests to a host that nobody has named, or to none; null if they are misdirected. */
  readonly fallback: Site | null;

  /**
   * @param sites Patterns as {@linkcode parseHostPattern} gives them, of which the last of two that are equal counts, and
   * paths as `parseMountPath()` does.
   */
  constructor(sites: readonly (readonly [place: string, site: Site])[], fallback: Site | null) {
    const mounts = sites.filter(([place]) => isMount(place));
    this.#mounts = mounts.length === 0 ? null : new Mounts(mounts);
    for (const [pattern, site] of sites) {
      if (isMount(pattern)) continue;
      if (pattern.startsWith("*")) this.#wild.set(pattern.slice(1), site);
      else this.#exact.set(pattern, site);
    }
    this.fallback = fallback;
  }

  /** The site of a request, and that request as the site sees it. */
  place(request: Request): { readonly site: Site | null; readonly request: Request } {
    const site = this.at(request);
    const mounted = site === null ? null : this.#mounts?.place(request) ?? null;
    return mounted ?? { site, request };
  }

  /** The site of a host: an exact name first, then the longest ending. */
  at(request: Addressed): Site | null {
    if (this.#exact.size + this.#wild.size === 0) return this.fallback; // There are mounts alone.
    return this.#named(hostOf(request)) ?? this.fallback;
  }

  /** Whether a host has a site of its own. @param host In lower case, without a port. */
  isNamed(host: string): boolean {
    return this.#named(host) !== undefined;
  }

  #named(host: string): Site | undefined {
    const exact = this.#exact.get(host);
    if (exact !== undefined || this.#wild.size === 0) return exact;
    for (let at = host.indexOf("."); at > 0; at = host.indexOf(".", at + 1)) {
      const wild = this.#wild.get(host.slice(at));
      if (wild !== undefined) return wild;
    }
    return undefined;
  }
}

/** Whether the place of a site is a path, and no host. */
export function isMount(place: string): boolean {
  return place.startsWith("/");
}

/** What of a request says which site it is for. */
interface Addressed {
  readonly requestTarget: string;
  readonly fields: Pick<Fields, "get">;
}

/** The host of a request, in lower case, without its port and the point that may end a name; empty if it names none. */
function hostOf(request: Addressed): string {
  return authorityOf(request).replace(/:\d*$/, "").replace(/\.$/, "").toLowerCase();
}

/** The host of a request with its port, as it was sent; empty if it names none. */
export function authorityOf({ requestTarget, fields }: Addressed): string {
  // RFC 9112 §3.2.2: of a target in absolute form the authority counts, and Host is ignored.
  const absolute = requestTarget.startsWith("/") ? null : ABSOLUTE.exec(requestTarget);
  return absolute === null ? fields.get("host") ?? "" : absolute[1];
}

const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;
