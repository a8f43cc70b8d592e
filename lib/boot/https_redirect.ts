/**
 * Plain HTTP beside HTTPS, on a port of its own: a second server, with the limits and the log of the first, that leads to
 * it. Of the folder it shows the proofs of RFC 8555 alone, so none of the rules and flags for what is shown are for it.
 * That it asks for no password is said in `Policy`, where it holds for programs that set `httpsPort` as well.
 */

import { DEFAULT_OPTIONS, type Options } from "../options.ts";
import { serve, type ServeInit, type Server } from "../serve.ts";

/** Connections at once, at the most: each is short, and the site needs descriptors more. */
const MAX_CONNECTIONS = 1_000;

/** Starts it. Throws what {@linkcode serve} throws. */
export function serveRedirect(
  { observer: _, counts: _counts, onVisitor: _told, descriptors: _limit, ...init }:
    & Options
    & ServeInit,
  httpsPort: number,
): Server {
  const { listing, spa, cleanUrls, cors, isolate, cacheControl, immutable, fields, live } =
    DEFAULT_OPTIONS;
  const shown = { listing, spa, cleanUrls, cors, isolate, cacheControl, immutable, fields };
  return serve({
    ...init,
    ...shown,
    ...{ live, compression: false, cacheSizeMiB: 0, cert: null, key: null },
    maxConnections: Math.min(init.maxConnections, MAX_CONNECTIONS),
    port: init.httpsRedirect ?? 0,
    httpsPort,
  });
}

/** Two servers that begin, take anew and end what they do together. */
export function together(one: Server, other: Server | null): Server {
  if (other === null) return one;
  const finished = Promise.all([one.finished, other.finished]).then(() => {});
  return {
    address: one.address,
    finished,
    shutdown() {
      other.shutdown();
      one.shutdown();
      return finished;
    },
    async reload() {
      const [text] = await Promise.all([one.reload(), other.reload()]);
      return text;
    },
  };
}
