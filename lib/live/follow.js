/**
 * What runs in each page with `--live`: it follows the events of the server, and reloads the page or swaps its style
 * sheets. `script.ts` puts in the three words between at signs.
 *
 * Browsers open six connections to a server at the most, and each page that follows by itself would keep one. So the pages
 * of a browser share one stream: this script is also that of a shared worker, which follows for all. (A shared worker
 * needs no TLS, as Web Locks would.) Where there is none, or the policy of the site forbids it, each page follows by
 * itself while it is seen; when it is shown again, the greeting tells whether it missed anything.
 */

"use strict";

// A block, so that no name of it is seen by the page.
{
  /** Where this script came from: some folder of the site, and of the page that asks for it. */
  const HERE = typeof document === "undefined"
    ? location.href
    : document.currentScript instanceof HTMLScriptElement
    ? document.currentScript.src
    : new URL("/.vitrine/live.js", location.href).href;
  /** Root of the site, which a proxy may have put below a prefix that only the browser knows. */
  const ROOT = new URL("@root@", HERE);
  // One address for all folders, so that their pages share one worker.
  const EVENTS = new URL(".vitrine/live", ROOT).href;
  const SCRIPT = new URL(".vitrine/live.js", ROOT).href;
  /** After a failure that a browser takes for final, such as a 503, in ms. */
  const RETRY_MS = 2_000;
  /** The state of the site when this script was asked for. */
  const VERSION = "@version@";
  /** How long before that it had last changed, in ms. */
  const AGE_MS = Number("@age@");

  /**
   * Gets the events and their data, which is a version, and behind commas the paths of style sheets; or that there is no stream at the moment, which has none.
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
      greeting = data.split(",")[0];
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

  /** The path of an address from the root on, if it is one of this server. @param {string} address @param {string} [base] */
  const pathOf = (address, base) => {
    try {
      const { origin, pathname } = new URL(address, base ?? location.href);
      const isOurs = origin === ROOT.origin && pathname.startsWith(ROOT.pathname);
      return isOurs ? decodeURIComponent(pathname.slice(ROOT.pathname.length - 1)) : null;
    } catch {
      return null;
    }
  };

  /**
   * The paths that a style sheet imports, and those that these import.
   *
   * @param {CSSStyleSheet | null} sheet @param {string} [base] @returns {(string | null)[]}
   */
  const importsOf = (sheet, base) => {
    try {
      return [...sheet?.cssRules ?? []].flatMap((rule) => {
        if (!("styleSheet" in rule)) return [];
        const { href, styleSheet } = /** @type {CSSImportRule} */ (rule);
        const from = sheet?.href ?? base;
        return [pathOf(href, from), ...importsOf(styleSheet, from)];
      });
    } catch {
      return []; // Of another site: nobody may look into it.
    }
  };

  /**
   * The document, and what of its frames and shadow roots is open to us.
   *
   * @param {Document | ShadowRoot} root @returns {(Document | ShadowRoot)[]}
   */
  const rootsOf = (root) =>
    [...root.querySelectorAll("*")].reduce((roots, element) => {
      const inner = element.shadowRoot ??
        ("contentDocument" in element
          ? /** @type {Document | null} */ (element.contentDocument)
          : null);
      return inner === null ? roots : [...roots, ...rootsOf(inner)];
    }, [root]);

  /**
   * What is to be done about style sheets that have changed: the links that have them in, and which of the paths those do
   * not bring up to date, for all that can be known: who imports, fetches or adopts one by itself still has the old one.
   *
   * @param {readonly string[]} paths
   */
  const usesOf = (paths) => {
    /** @type {HTMLLinkElement[]} */
    const links = [];
    const left = new Set(paths);
    const used = new Set();
    /** @param {(string | null)[]} found */
    const among = (found) => paths.filter((path) => found.includes(path));
    for (const root of rootsOf(document)) {
      for (const link of root.querySelectorAll('link[rel~="stylesheet"][href]')) {
        if (!("sheet" in link)) continue;
        const { href, sheet } = /** @type {HTMLLinkElement} */ (link);
        const has = among([
          pathOf(href),
          ...importsOf(/** @type {CSSStyleSheet | null} */ (sheet)),
        ]);
        for (const path of has) left.delete(path);
        if (has.length > 0) links.push(/** @type {HTMLLinkElement} */ (link));
      }
      for (const sheet of root.styleSheets) {
        if (/** @type {Element | null} */ (sheet.ownerNode)?.localName === "link") continue;
        const base = sheet.ownerNode?.baseURI;
        for (const path of among([pathOf(sheet.href ?? "about:"), ...importsOf(sheet, base)])) {
          used.add(path);
        }
      }
      const view = "defaultView" in root ? root.defaultView : null;
      for (const entry of view?.performance.getEntriesByType("resource") ?? []) {
        const { initiatorType } = /** @type {PerformanceResourceTiming} */ (entry);
        if (initiatorType === "link" || initiatorType === "css") continue;
        for (const path of among([pathOf(entry.name)])) used.add(path);
      }
    }
    return { links, isSwapped: left.size === 0 && used.size === 0 };
  };

  /** What a link that is still loading is to replace. @type {WeakMap<Element, Element[]>} */
  const replaced = new WeakMap();

  /** @param {string} version @param {readonly string[]} paths */
  const swapStyles = (version, paths) => {
    const { links, isSwapped } = usesOf(paths);
    if (!isSwapped) return location.reload();
    const leaving = new Set(links.flatMap((link) => replaced.get(link) ?? []));
    for (const link of links) {
      if (leaving.has(link)) continue;
      const url = new URL(link.href);
      url.searchParams.set("vitrine-live", version);
      const fresh = /** @type {HTMLLinkElement} */ (link.cloneNode());
      const old = [link, ...replaced.get(link) ?? []];
      replaced.set(fresh, old);
      fresh.href = url.href;
      fresh.addEventListener("load", () => {
        for (const element of old) element.remove();
        replaced.delete(fresh);
      });
      fresh.addEventListener("error", () => location.reload());
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
      const [version, ...paths] = data.split(",");
      if (kind === "lost" || !isNews(version, known)) return;
      if (document.hidden) {
        hasMissed = true; // It need not load now what it may never show.
        return;
      }
      known = version;
      if (kind === "css") swapStyles(version, paths.map(decodeURIComponent));
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
