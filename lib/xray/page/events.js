/**
 * Server-Sent Events by `fetch()`: an `EventSource` can neither send a token as a field nor tell why it was refused. Comes
 * back by itself, from where it was, as one does.
 */

import { ask, refusalIn } from "./access.js";

/** How soon it tries again after a stream that ended, and after a refusal, in ms. */
const RETRY_MS = 1_000;
const REFUSED_RETRY_MS = 5_000;

/**
 * What is told: an event, that the stream broke, and why there is none.
 *
 * @typedef {{ event: (name: string, data: string) => void, lost: () => void, refused: (why: string) => void }} Hearer
 */

/** One stream, until it is closed. */
export class Events {
  #path;
  #hearer;
  #lastId = "";
  #stop = new AbortController();

  /** @param {string} path @param {Hearer} hearer */
  constructor(path, hearer) {
    this.#path = path;
    this.#hearer = hearer;
    this.#run();
  }

  close() {
    this.#stop.abort();
  }

  async #run() {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      let waitMs = RETRY_MS;
      try {
        const headers = { Accept: "text/event-stream", "Last-Event-ID": this.#lastId };
        const response = await ask(this.#path, { headers, signal, cache: "no-store" });
        if (response.ok && response.body !== null) await this.#read(response.body);
        else if (response.status >= 500) await response.body?.cancel(); // A proxy whose server is gone.
        else {
          const why = await refusalIn(response);
          if (!signal.aborted) this.#hearer.refused(why);
          waitMs = REFUSED_RETRY_MS;
        }
      } catch {
        // Closed by us, or there is no server: that is told below.
      }
      if (signal.aborted) return;
      if (waitMs === RETRY_MS) this.#hearer.lost();
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** Reads events until the stream ends. @param {ReadableStream<Uint8Array<ArrayBuffer>>} body */
  async #read(body) {
    let text = "";
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const events = (text + value).split(/\r\n\r\n|\n\n/);
      text = events.pop() ?? "";
      for (const event of events) this.#tell(event);
    }
  }

  /** Tells one event. @param {string} text Its lines: HTML §9.2.6. */
  #tell(text) {
    let name = "message";
    /** @type {string[]} */
    const data = [];
    for (const line of text.split(/\r\n|\n/)) {
      const colon = line.indexOf(":");
      const field = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") name = value;
      else if (field === "data") data.push(value);
      else if (field === "id") this.#lastId = value;
    }
    if (data.length > 0 && !this.#stop.signal.aborted) this.#hearer.event(name, data.join("\n"));
  }
}
