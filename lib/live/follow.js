/**
 * What runs in each page with `--live`: it follows the events of the server, and reloads the page or swaps its style
 * sheets. `script.ts` puts in the two words between at signs.
 *
 * A hidden page hangs up, as browsers open six connections to a server at the most and each tab would keep one; when it is
 * shown again, the greeting tells whether it missed anything.
 */

"use strict";

// A block, so that no name of it is seen by the page.
{
  const EVENTS = "/.vitrine/live";
  /** After a failure that a browser takes for final, such as a 503, in ms. */
  const RETRY_MS = 2_000;
  /** The state of the site when this script was asked for. */
  const VERSION = "@version@";
  /** How long before that it had last changed, in ms. */
  const AGE_MS = Number("@age@");

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

  /**
   * Follows the events until it is called off by what it gives back.
   *
   * @param {(kind: string, data: string) => void} hear
   */
  const followEvents = (hear) => {
    /** @type {EventSource} */
    let source;
    let timer = 0;
    const open = () => {
      source = new EventSource(EVENTS);
      for (const kind of ["hello", "css", "reload"]) {
        source.addEventListener(kind, ({ data }) => hear(kind, data));
      }
      source.onerror = () => {
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, RETRY_MS);
      };
    };
    open();
    return () => {
      clearTimeout(timer);
      source.close();
    };
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

  let known = VERSION;

  /** @param {string} kind @param {string} data */
  const hear = (kind, data) => {
    if (!isNews(data, known)) return;
    known = data;
    if (kind === "css") swapStyles(data);
    else location.reload();
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

  let hangUp = () => {};
  const follow = () => {
    hangUp();
    hangUp = document.hidden ? () => {} : followEvents(hear);
  };

  if (isBehind()) location.reload();
  else {
    document.addEventListener("visibilitychange", follow);
    follow();
  }
}
