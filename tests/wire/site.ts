/** What the wire tests of the site's features share: one request on a connection of its own, cache on and off. */

import type { ServeInit } from "../../lib/serve.ts";
import { type Files, type RawResponse, type Running, withServer } from "./harness.ts";

/** Asks for one thing and reads the answer. */
export type Ask = (
  target: string,
  more?: { readonly method?: string; readonly fields?: readonly string[] },
) => Promise<RawResponse>;

/** Serves `files` while `test` runs, once with the cache and once without: each answer has to be the same. */
export async function withSite(
  files: Files,
  init: ServeInit,
  test: (ask: Ask, running: Running) => Promise<void>,
): Promise<void> {
  for (const cacheSizeMiB of [64, 0]) {
    await withServer(files, async (running) => {
      const client = await running.connect();
      const ask: Ask = async (target, { method = "GET", fields = [] } = {}) => {
        await client.send(
          [`${method} ${target} HTTP/1.1`, "Host: a", ...fields, "", ""].join("\r\n"),
        );
        return await client.readResponse(method);
      };
      await test(ask, running);
    }, { keepAliveMax: 0, ...init, cacheSizeMiB });
  }
}

/** The lines of a head without those that differ between GET and HEAD by the clock. */
export function headWithoutDate({ head }: RawResponse): string {
  return head.replace(/^Date: .*\r\n/m, "");
}

/** Asks by GET and by HEAD, and throws unless the heads are the same and HEAD has no content. */
export async function askTwice(ask: Ask, target: string, fields: readonly string[] = []) {
  const got = await ask(target, { fields });
  const headed = await ask(target, { method: "HEAD", fields });
  if (headWithoutDate(got) !== headWithoutDate(headed)) {
    throw new Error(`HEAD differs from GET of ${target}:\n${got.head}\n${headed.head}`);
  }
  return got;
}
