/**
 * What each pure or cached step costs per request: `deno task bench`. A browser's head, a 1 KiB file from the cache.
 * No socket is involved; compare with the whole in `deno task bench:peers`.
 */

import { parseRequest } from "../../lib/3_parse.ts";
import { locate, openSite } from "../../lib/4_locate.ts";
import { parseRemembered } from "../../lib/request_memo.ts";
import { composeResponse } from "../../lib/5_compose.ts";
import { sendResponse } from "../../lib/6_send.ts";
import { DeadlineClock } from "../../lib/net/deadlines.ts";
import { asciiBytes } from "../../lib/http/grammar.ts";
import type { Head } from "../../lib/http/head.ts";
import { HeadBuffer } from "../../lib/http/head_buffer.ts";
import { HeadMemo } from "../../lib/http/head_memo.ts";
import { DEFAULT_OPTIONS, LIMITS } from "../../lib/options.ts";

const HEAD = asciiBytes(
  [
    "GET /style.css?v=3 HTTP/1.1",
    "Host: localhost:3000",
    "Connection: keep-alive",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-US,en;q=0.9",
    "Sec-Fetch-Dest: style",
    "Sec-Fetch-Mode: no-cors",
    "Sec-Fetch-Site: same-origin",
    "Referer: http://localhost:3000/",
    "",
    "",
  ].join("\r\n"),
);

const root = await Deno.makeTempDir();
await Deno.writeFile(`${root}/style.css`, new Uint8Array(1024).fill(0x2f));
await Deno.utime(`${root}/style.css`, 1_000_000, 1_000_000);
// The cache trusts a file once the second of its last change is over.
await new Promise((resolve) => setTimeout(resolve, 2_100));
const site = openSite(root, {
  place: null,
  ...DEFAULT_OPTIONS,
  cacheBytes: 1024 * 1024,
  onError: console.error,
});

/** As if no head ever came again. */
class NoMemo extends HeadMemo {
  override find(): null {
    return null;
  }

  override consider(head: Head): Head {
    return head;
  }
}

const remembering = new HeadBuffer(LIMITS);
const forgetful = new HeadBuffer(LIMITS, new NoMemo());
function takeHead(buffer: HeadBuffer) {
  buffer.space().set(HEAD);
  buffer.added(HEAD.length);
  const head = buffer.take();
  if (head === null) throw new Error("Cannot find the end of the head");
  return head;
}

const request = parseRequest(takeHead(forgetful));
if (request.path === null) throw new Error("Cannot find a path");
await locate(site, request, 1);
const located = await locate(site, request, 1);
if (located.kind !== "file") throw new Error(`Cannot locate the file: ${located.kind}`);
const { file } = located;
const responseContext = {
  nowMs: Date.now(),
  persistent: true,
  keepAliveTimeoutMs: 10_000,
  requestsLeft: Infinity,
  secret: "",
};
const response = composeResponse(request, located, responseContext);
const clock = new DeadlineClock(0);
const side = {
  conn: { write: (bytes: Uint8Array) => Promise.resolve(bytes.length) },
  deadline: clock.add({ deadlinePassed() {} }),
  stallMs: 1000,
  batch: null,
};
let round = 1;

Deno.bench("(ii) find the end of a head", () => {
  takeHead(forgetful);
});
Deno.bench("(ii) + (iii) and parse it", () => {
  parseRemembered(takeHead(forgetful));
});
Deno.bench("(ii) + (iii) for a head that comes again", () => {
  parseRemembered(takeHead(remembering));
});
Deno.bench("(iv) locate in the cache, looked at in this round", async () => {
  await locate(site, request, 1); // So that what is chosen anew every 2 s comes to an end.
});
Deno.bench("(iv) locate in the cache, looked at anew", async () => {
  await locate(site, request, ++round);
});
Deno.bench("(v) compose 200", () => {
  composeResponse(request, located, responseContext);
});
Deno.bench("(vi) send, to a socket that takes all", async () => {
  await sendResponse(side, response, { file, now: () => 0, mayWait: false });
});

globalThis.addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));
