/** The sites of one server: one folder, or several, each for the hosts that it is named for, or below a path. */

import { openSite, type Site, type SiteOptions } from "./4_locate.ts";
import { SiteError } from "./files/site_root.ts";
import type { Options } from "./options.ts";
import { Hosts, isMount } from "./site/hosts.ts";

/** Opens the folders of all sites, which share the cache evenly. `site` is the one for hosts that have none. */
export function openSites(
  options:
    & Omit<SiteOptions, "cacheBytes" | "onError" | "place">
    & Pick<Options, "root" | "sites" | "defaultSite" | "cacheSizeMiB">,
  { onError, count }: { onError: (error: unknown) => void; count: number },
): { site: Site; sites: readonly Site[]; hosts: Hosts<Site> | null } {
  const isDefault = options.defaultSite || options.sites.every(([place]) => isMount(place));
  const parts = count * (options.sites.length + (isDefault ? 1 : 0));
  const cacheBytes = options.cacheSizeMiB * 1024 * 1024 / parts;
  const open = (place: string | null, root: string, onError: (error: unknown) => void) =>
    openSite(root, { ...options, place, cacheBytes, onError });
  const named = options.sites.map(([place, root]) => {
    const name = (error: unknown) =>
      onError(typeof error === "string" ? `${place}: ${error}` : error);
    try {
      return [place, open(place, root, name)] as const;
    } catch (error) {
      throw SiteError.of(place, root, error);
    }
  });
  const fallback = isDefault ? open(null, options.root, onError) : null;
  const sites = [...(fallback === null ? [] : [fallback]), ...named.map(([, site]) => site)];
  const hosts = named.length === 0 ? null : new Hosts(named, fallback);
  return { site: sites[0], sites, hosts };
}
