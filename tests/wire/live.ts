/** What the wire tests of `--live` share: a page, the script at its end, and whoever follows the events. */

import { byteString } from "../../lib/http/grammar.ts";
import { TAIL } from "../../lib/live/script.ts";
import type { RawClient, Running } from "./harness.ts";

export const TAIL_TEXT = byteString(TAIL, 0, TAIL.length);
export const PAGE = "<!DOCTYPE html><title>t</title><p>hi\n" + "more\n".repeat(400);

/** Follows the events, up to the greeting. */
export async function follow({ connect }: Running): Promise<{ client: RawClient; events: Events }> {
  const client = await connect();
  await client.send("GET /.vitrine/live HTTP/1.1\r\nHost: a\r\n\r\n");
  const events = new Events(client);
  return { client, events };
}

/** Reads a stream of events, one at a time. */
class Events {
  readonly #client: RawClient;
  #text = "";

  constructor(client: RawClient) {
    this.#client = client;
  }

  async readUntil(end: string): Promise<string> {
    const bytes = new Uint8Array(4096);
    while (!this.#text.includes(end)) {
      const count = await this.#client.conn.read(bytes);
      if (count === null) throw new Error(`Expected ${JSON.stringify(end)}, got the end`);
      this.#text += new TextDecoder().decode(bytes.subarray(0, count));
    }
    const at = this.#text.indexOf(end) + end.length;
    const text = this.#text.slice(0, at);
    this.#text = this.#text.slice(at);
    return text;
  }

  /** Waits for an event, whatever comes before it, and gives its data. */
  async until(event: string): Promise<string> {
    for (;;) {
      const match = /event:\s*(\w+)\ndata:\s*(\S+)\n\n$/.exec(await this.readUntil("\n\n"));
      if (match?.[1] === event) return match[2];
    }
  }

  /** For example `["reload", "<version>"]`. */
  async next(): Promise<[event: string, data: string]> {
    const match = /^event:\s*(\w+)\ndata:\s*(\S+)\n\n$/.exec(await this.readUntil("\n\n"));
    if (match === null) throw new Error("Cannot parse an event");
    return [match[1], match[2]];
  }
}
