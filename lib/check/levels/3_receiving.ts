/** Level 3: receiving. A stream has no borders: what is sent at once may come in pieces, and the other way round. */

import type { Check } from "../check.ts";
import { givesFile, shownBy } from "../judge.ts";
import { responsesOf } from "../response.ts";
import { alone, pause, request, response, send } from "../script.ts";
import { fileOf, has, type Site } from "../site.ts";

const only = { level: 3, rule: "RFC 9112 §2.2", applies: has("text") } as const;
/** Between pieces: long enough for the server to read one by itself. */
const PAUSE_MS = 60;

const judge: Check["judge"] = ({ site, exchanges: [exchange] }) =>
  givesFile(exchange, fileOf(site, "text"));

function ofText(site: Site, lines: readonly string[] = []): string {
  return request(site, fileOf(site, "text").path, { lines });
}

/** Sends pieces of a request, each by itself. */
function inPieces(pieces: readonly string[], ms = PAUSE_MS) {
  return alone(
    ...pieces.flatMap((piece, i) => i === 0 ? [send(piece)] : [pause(ms), send(piece)]),
    response(),
  );
}

function cut(text: string, ...places: readonly number[]): string[] {
  return [0, ...places].map((place, i) => text.slice(place, places[i]));
}

/**
 * Field lines of that many bytes, no line longer than 500. A head that has them stays below 4000 bytes: a server may
 * refuse what is larger than it wishes to process (RFC 9110 §5.4), and some do from there on.
 */
function padding(bytes: number): string[] {
  return Array.from(
    { length: Math.ceil(bytes / 500) },
    (_, i) => `X-Padding-${i}: ${"p".repeat(480)}`,
  );
}

export const LEVEL_3: readonly Check[] = [
  {
    ...only,
    id: "pieces",
    points: 3,
    script: (site) => {
      const text = ofText(site);
      return inPieces(cut(text, 2, text.indexOf("Host") + 6, text.length - 9));
    },
    judge,
  },
  {
    ...only,
    id: "byte-by-byte",
    points: 2,
    script: (site) => inPieces([...ofText(site)], 1),
    judge,
  },
  {
    ...only,
    id: "cut-line-end",
    points: 2,
    script: (site) => {
      const text = ofText(site);
      return inPieces(cut(text, text.indexOf("\n"), text.length - 3, text.length - 1));
    },
    judge,
  },
  {
    ...only,
    id: "over-1024",
    points: 3,
    script: (site) => inPieces([ofText(site, padding(3000))]),
    judge,
  },
  {
    ...only,
    id: "over-1024-host-last",
    points: 2,
    script: (site) => {
      const { path } = fileOf(site, "text");
      const lines = [...padding(3000), `Host: ${site.host}`];
      return inPieces(cut(request(site, path, { host: null, lines }), 1024));
    },
    judge,
  },
  {
    ...only,
    id: "two-in-one",
    points: 2,
    rule: "RFC 9112 §9.3.2",
    // First one after the other: who answers one request a connection has not promised to read a second.
    script: (site) => {
      const one = request(site, fileOf(site, "text").path, { keep: true });
      return [
        [{ steps: [send(one), response(), send(ofText(site)), response()] }],
        [{ steps: [send(one + ofText(site)), response(), response()] }],
      ];
    },
    judge: ({ site, exchanges: [apart, together] }) => {
      const file = fileOf(site, "text");
      const keeps = responsesOf(apart).length === 2;
      const found = givesFile(together, file) ?? (keeps ? givesFile(together, file, 1) : null);
      return shownBy(found, 1);
    },
  },
];
