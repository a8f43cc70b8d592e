/**
 * Folders below a path of their own, whatever the host: `/docs` for one, `/docs/api` for another. In goes a request, out
 * comes whose it is and what is left of it, so that inside such a folder all is as if it were a site by itself: its rules,
 * its pages, its containment. Only where an address leaves it again, in a redirect, its path is put in front.
 */

import type { Mount, Request } from "../http/message.ts";
import { parseTarget, spellPath } from "../http/target.ts";

/**
 * Reads the path of a mount as it stands in an address, `/my%20docs`, or as a person types it, `/my docs`. Gives it as an
 * origin form without a slash at its end; null if it is none, or the root, which has a folder already.
 */
export function parseMountPath(text: string): string | null {
  if (!text.startsWith("/") || /[?#]/.test(text)) return null;
  try {
    const path = parseTarget(text.replace(/[^!-~]+/gu, encodeURIComponent), "GET");
    if (path === null || path.segments.length === 0) return null;
    return spellPath({ segments: path.segments, folder: false, query: "" });
  } catch {
    return null;
  }
}

/** One of them. */
interface Mounted<Site> extends Mount {
  readonly site: Site;
  readonly segments: readonly string[];
}

/** The mounts of a server. */
export class Mounts<Site> {
  /** Those of more names first. */
  readonly #mounts: readonly Mounted<Site>[];

  /** @param mounts Paths as {@linkcode parseMountPath} gives them. */
  constructor(mounts: readonly (readonly [path: string, site: Site])[]) {
    this.#mounts = mounts.map(([prefix, site]) => {
      const segments = parseTarget(prefix, "GET")?.segments ?? [];
      return { prefix, names: segments.length, segments, site };
    }).sort((one, other) => other.names - one.names);
  }

  /** Whose a request is, and that request as the folder sees it; null if it is below no mount. */
  place(request: Request): { readonly site: Site; readonly request: Request } | null {
    const { path } = request;
    if (path === null) return null;
    const { segments: names, folder, query } = path;
    const mount = this.#mounts.find(({ segments }) =>
      segments.every((name, depth) => name === names[depth])
    );
    if (mount === undefined) return null;
    const segments = names.slice(mount.names);
    const key = segments.join("/") + (folder ? "/" : "");
    const inside = { segments, folder, key, query };
    return { site: mount.site, request: { ...request, path: inside, mount } };
  }
}
