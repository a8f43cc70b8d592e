/**
 * What runs in each page with `--live`: it follows the events of the server, and reloads the page or swaps its style
 * sheets. `script.ts` puts in the two words between at signs.
 *
 * Browsers open six connections to a server at the most, and each page that follows by itself would keep one. So the pages
 * of a browser share one stream: this script is also that of a shared worker, which follows for all. (A shared worker
 * needs no TLS, as Web Locks would.) Where there is none, or the policy of the site forbids it, each page follows by
 * itself while it is seen; when it is shown again, the greeting tells whether it missed anything.
 */

"use strict";

// A block, so that no name of it is seen by the page.
{
  const EVENTS = "/.vitrine/live";
  const SCRIPT = "/.vitrine/live.js";
  /** After a failure that a browser takes for final, such as a 503, in ms. */
  const RETRY_MS = 2_000;
  /** The state of the site when this script was asked for. */
  const VERSION = "@version@";
  /** How long before that it had last changed, in ms. */
  const AGE_MS = Number("@age@");

  /**
   * Gets the events and their data, or that there is no stream at the moment, which has none.
   *
   * @typedef {(kind: "hello" | "css" | "reload" | "lost", data: string) => void} Hear
   */

  /**
   * Follows the events, until it is called off by what it gives back.
   *
   * @param {Hear} hear
   */
  const followEvents = (hear) => {
    /** @type {EventSource} */
    let source;
    let timer = 0;
    const open = () => {
      source = new EventSource(EVENTS);
      for (const kind of /** @type {const} */ (["hello", "css", "reload"])) {
        source.addEventListener(kind, ({ data }) => hear(kind, data));
      }
      source.onerror = () => {
        hear("lost", "");
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, RETRY_MS);
      };
    };
    open();
    return () => {
      clearTimeout(timer);
      source.close();
    };
  };

  /** The worker: follows for all pages of a browser that join it. Nothing tells when one has left. */
  const serveWindows = () => {
    /** @type {Set<MessagePort>} */
    const ports = new Set();
    let greeting = "";
    self.addEventListener("connect", (event) => {
      const [port] = /** @type {MessageEvent} */ (event).ports;
      ports.add(port);
      if (greeting !== "") port.postMessage(["hello", greeting]);
    });
    followEvents((kind, data) => {
      greeting = data;
      for (const port of ports) port.postMessage([kind, data]);
    });
  };

  /**
   * Follows by the worker.
   *
   * @param {Hear} hear @param {() => void} onFailure Called, perhaps at once, if there is none.
   */
  const followShared = (hear, onFailure) => {
    try {
      const worker = new SharedWorker(SCRIPT, "vitrine-live");
      worker.onerror = onFailure;
      worker.port.onmessage = ({ data: [kind, data] }) => hear(kind, data);
    } catch {
      onFailure(); // No such thing, a page without an origin, a policy of Trusted Types.
    }
  };

  /** A version is the number of changes behind a dash, and before it the server that counted. @param {string} version */
  const partsOf = (version) => {
    const dash = version.lastIndexOf("-");
    return { server: version.slice(0, dash), changes: Number(version.slice(dash + 1)) };
  };

  /** @param {string} version @param {string} known */
  const isNews = (version, known) => {
    const [told, before] = [partsOf(version), partsOf(known)];
    return told.server !== before.server || told.changes > before.changes;
  };

  /** @param {string} version */
  const swapStyles = (version) => {
    for (const link of document.querySelectorAll('link[rel~="stylesheet"][href]')) {
      if (!(link instanceof HTMLLinkElement)) continue;
      const url = new URL(link.href);
      if (url.origin !== location.origin) continue;
      url.searchParams.set("vitrine-live", version);
      const fresh = /** @type {HTMLLinkElement} */ (link.cloneNode());
      fresh.href = url.href;
      fresh.onload = () => link.remove();
      fresh.onerror = () => fresh.remove();
      link.after(fresh);
    }
  };

  /** Whether the site has changed after the page was asked for: what it shows may be of before. */
  const isBehind = () => {
    const script = document.currentScript;
    const [entry] = script instanceof HTMLScriptElement
      ? performance.getEntriesByName(script.src)
      : [];
    const pageAgeMs = entry instanceof PerformanceResourceTiming
      ? entry.responseEnd
      : performance.now();
    return pageAgeMs > AGE_MS;
  };

  /** What a page does, once. */
  const followChanges = () => {
    let known = VERSION;
    let hasMissed = false;
    /** @type {Hear} */
    const hear = (kind, data) => {
      if (kind === "lost" || !isNews(data, known)) return;
      if (document.hidden) {
        hasMissed = true; // It need not load now what it may never show.
        return;
      }
      known = data;
      if (kind === "css") swapStyles(data);
      else location.reload();
    };
    let isAlone = false;
    let hangUp = () => {};
    const follow = () => {
      hangUp();
      hangUp = document.hidden || !isAlone ? () => {} : followEvents(hear);
    };
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && hasMissed) location.reload();
      else follow();
    });
    followShared(hear, () => {
      isAlone = true;
      follow();
    });
  };

  /** Whether this is a frame of a page of ours, which reloads as a whole. Not every browser tells the server. */
  const isInOurPage = () => {
    try {
      return self !== parent && parent.location.origin === location.origin;
    } catch {
      return false;
    }
  };

  /** A fragment that is put into the page may bring the script once more. */
  const ONCE = Symbol.for("vitrine.live");

  if (typeof document === "undefined") serveWindows();
  else if (!(ONCE in self) && !isInOurPage()) {
    Object.defineProperty(self, ONCE, { value: true });
    if (isBehind()) location.reload();
    else followChanges();
  }
}
