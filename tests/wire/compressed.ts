/** What the wire tests of compression share: a server that compresses, a text for it, and what comes of the codings. */

import { assertEquals } from "@std/assert";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import {
  ask,
  latin1,
  latin1Bytes,
  type RawResponse,
  type Running,
  withServer as withPlainServer,
} from "./harness.ts";

/** As that of the harness, with compression. */
export const withServer: typeof withPlainServer = (files, test, init) =>
  withPlainServer(files, test, { compression: true, ...init });

export const TEXT = Array.from({ length: 400 }, (_, i) => `line ${i * 7919 % 1009}\n`).join("");

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
};

export function decode({ fields, content }: RawResponse): string {
  const bytes = latin1Bytes(content);
  const coding = fields.get("content-encoding");
  return latin1(coding === undefined ? bytes : DECODERS[coding](bytes));
}

export const BR = "Accept-Encoding: br";
export const GZIP = "Accept-Encoding: gzip";

/** Asks until a file is old enough to be kept and compressed, which is a second after its last change. */
export async function untilCoded(
  running: Running,
  target: string,
  field = BR,
): Promise<RawResponse> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const response = await ask(running, target, [field]);
    if (response.fields.has("content-encoding")) return response;
    assertEquals(response.content, TEXT, "until then the plain file, whole");
    assertEquals(response.fields.get("vary"), "Accept-Encoding", "which says that this may change");
  }
  throw new Error("Expected a coded response within ten seconds");
}

/** What HEAD must repeat of GET: all but the moment and the count of requests. */
export function steadyFields({ fields }: RawResponse): [string, string][] {
  return [...fields].filter(([name]) => name !== "date" && name !== "keep-alive");
}
