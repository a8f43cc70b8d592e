/**
 * Work grows with the input and no faster. Each row is the worst text that we know for a function that meets bytes of a
 * peer, names of files or rules of a site, 64 KB of it, against a time that only something quadratic passes.
 */

import { assert } from "@std/assert";
import { parseRequest } from "../../lib/3_parse.ts";
import { RequestError } from "../../lib/errors.ts";
import { asciiBytes, tokenList } from "../../lib/http/grammar.ts";
import { parseEntityTagList } from "../../lib/http/validators.ts";
import { HeadBuffer } from "../../lib/http/head_buffer.ts";
import { HeadMemo } from "../../lib/http/head_memo.ts";
import { selectRanges } from "../../lib/http/range.ts";
import { isAuthority, parseTarget, spellPath } from "../../lib/http/target.ts";
import { formatEntry, formatError, type LogEntry } from "../../lib/log/format.ts";
import { LIMITS } from "../../lib/options.ts";
import { acceptedCodings } from "../../lib/site/codings.ts";
import { parseHeadersFile } from "../../lib/site/headers_file.ts";
import { listingOrder, wantsJson } from "../../lib/site/listing.ts";
import { parsePattern } from "../../lib/site/path_pattern.ts";
import { parseRedirectsFile } from "../../lib/site/redirects_file.ts";
import { relativeReference, rootFrom } from "../../lib/http/relative.ts";
import { maskHead, maskQuoted } from "../../lib/xray/secrets.ts";

const LENGTH = 64 * 1000;
/** A quadratic walk over 64 KB takes seconds, a linear one less than a millisecond. */
const MAX_MS = 5;
/** The same on a machine that is slow or busy: as long as so many plain splittings of such a text. */
const MAX_SPLITS = 12;
/** The best of up to so many counts: a busy machine can take a turn from any of them. */
const TRIES = 30;

/** Texts that are slow for something: long runs, and runs that do not end as hoped. */
const TEXTS: readonly string[] = [
  "a" + " ".repeat(LENGTH) + "b",
  "\t ".repeat(LENGTH / 2) + "b",
  ",".repeat(LENGTH),
  "a, ".repeat(LENGTH / 3),
  '"'.repeat(LENGTH),
  '"a", '.repeat(LENGTH / 5),
  ";q=0".repeat(LENGTH / 4),
  "a;".repeat(LENGTH / 2),
  "a/b;c=".repeat(LENGTH / 6),
  "=".repeat(LENGTH),
  ":".repeat(LENGTH),
  ":1".repeat(LENGTH / 2),
  "1".repeat(LENGTH) + "-",
  "bytes=" + "0".repeat(LENGTH),
  "bytes=" + "0-,".repeat(LENGTH / 3),
  "bytes=" + " ".repeat(LENGTH) + "x",
  "W/".repeat(LENGTH / 2),
  "%41".repeat(LENGTH / 3),
  "a".repeat(LENGTH),
  "\n ".repeat(LENGTH / 2) + "x",
  " ".repeat(LENGTH) + "\n",
  "\xff".repeat(LENGTH),
];

/** A target is no longer than this when it is parsed; see `3_parse.ts`. */
const target = (text: string) => text.slice(0, LIMITS.targetBytes);

/** A rule is a line that somebody wrote; a site that is deployed may have any, though. */
const rule = (text: string) => text.slice(0, LENGTH / 4);

/** What meets the values of fields, the target, or a rule. */
const FUNCTIONS: Readonly<Record<string, (text: string) => unknown>> = {
  tokenList,
  parseEntityTagList,
  acceptedCodings,
  wantsJson,
  isAuthority,
  selectRanges: (text) => selectRanges(text, 1000, LIMITS.ranges),
  listingOrder: (text) => listingOrder("?" + text),
  "parseTarget, origin form": (text) => parseTarget("/" + target(text), "GET"),
  "parseTarget, slashes": (text) => parseTarget("/" + target(text).replaceAll(" ", "/"), "GET"),
  "parseTarget, absolute form": (text) => parseTarget("http://" + target(text), "GET"),
  "parseTarget, authority form": (text) => parseTarget(target(text), "CONNECT"),
  spellPath: (text) =>
    spellPath({ segments: [target(text)], folder: false, query: "?" + target(text) }),
  formatError: (text) => formatError(text.replaceAll("\xff", "a")), // What we say of ourselves is ASCII.
  "formatEntry, pretty": (text) => formatEntry(entryOf(text), "pretty", false),
  "formatEntry, combined": (text) => formatEntry(entryOf(text), "combined", false),
  "formatEntry, json": (text) => formatEntry(entryOf(text), "json", false),
  parseHeadersFile: (text) => parseHeadersFile("/*\n  A: " + rule(text)),
  parseRedirectsFile: (text) => parseRedirectsFile("/a " + rule(text)),
  "parseRedirectsFile, from": (text) => parseRedirectsFile(`/${rule(text)} /b`),
  "rootFrom, dots": (text) => rootFrom("/." + target(text).replaceAll("a", "/")),
  relativeReference: (text) =>
    relativeReference("/" + target(text).replaceAll("a", "/"), 3, "/x/y/z"),
  maskHead: (text) => maskHead(asciiBytes("Cookie" + text)),
  "maskHead, lines": (text) =>
    maskHead(asciiBytes(text.replaceAll(",", "\nCookie").slice(0, LENGTH))),
  maskQuoted: (text) => maskQuoted("cookie" + text),
  "maskQuoted, names": (text) => maskQuoted(text.replaceAll("a", "cookie").slice(0, LENGTH)),
  parsePattern: (text) => parsePattern("/" + rule(text)),
};

function entryOf(text: string): LogEntry {
  const peer = { peer: "127.0.0.1", peerPort: 1, connection: 1 };
  const sent = { contentBytes: 0, complete: true, durationMs: 1 };
  const detail = new RequestError(501, "", { detail: text }).message;
  const field = text.slice(0, 1024); // As `textsOf()` cuts it; see `log/format_test.ts`.
  const texts = {
    requestLine: target(text),
    host: field,
    referer: field,
    userAgent: field,
    detail,
  };
  return { timeMs: 0, site: null, statusCode: 501, ...peer, ...sent, ...texts };
}

/** What a run may take right now, in ms. */
function allowedMs(): number {
  const startedMs = performance.now();
  ",a".repeat(LENGTH / 2).split(",").map((text) => text.trim());
  return Math.max(MAX_MS, MAX_SPLITS * (performance.now() - startedMs));
}

/** How long the quickest run takes, in ms, once it is quick enough. What is thrown is none of our business here. */
function quickestMs(run: () => unknown): number {
  let bestMs = Infinity;
  for (let i = 0; i < TRIES && bestMs >= MAX_MS; i++) {
    const startedMs = performance.now();
    try {
      run();
    } catch {
      // Most of these texts are refused.
    }
    bestMs = Math.min(bestMs, performance.now() - startedMs);
  }
  return bestMs;
}

for (const [name, run] of Object.entries(FUNCTIONS)) {
  Deno.test(`${name}() takes linear time`, () => {
    for (const text of TEXTS) {
      const ms = quickestMs(() => run(text));
      assert(
        ms < MAX_MS || ms < allowedMs(),
        `${ms.toFixed(1)} ms for ${JSON.stringify(text.slice(0, 20))}…`,
      );
    }
  });
}

const FIELD_NAMES = [
  ...["Accept", "Accept-Encoding", "Connection", "Content-Length", "Expect", "Host"],
  ...["If-Match", "If-Modified-Since", "If-None-Match", "Range", "TE", "Transfer-Encoding"],
];

Deno.test("parseRequest() takes linear time, whatever stands in which field", () => {
  for (const fieldName of FIELD_NAMES) {
    for (const text of TEXTS) {
      const value = text.replaceAll("\n", " ").slice(0, LENGTH - 200);
      const lines = ["GET / HTTP/1.1", "Host: a", `${fieldName}: ${value}`, "", ""];
      const bytes = asciiBytes(lines.join("\r\n"));
      const ms = quickestMs(() => {
        const buffer = new HeadBuffer(LIMITS, new HeadMemo());
        buffer.append(bytes);
        const head = buffer.take();
        if (head !== null) parseRequest(head);
      });
      assert(
        ms < MAX_MS || ms < allowedMs(),
        `${ms.toFixed(1)} ms for ${fieldName}: ${JSON.stringify(value.slice(0, 20))}…`,
      );
    }
  }
});
