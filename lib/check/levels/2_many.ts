/** Level 2: many at once. Slow clients, clients that leave, and crowds, with a well-behaved client beside them. */

import type { Check, Conversation, Finding } from "../check.ts";
import { each, givesFile, shownBy } from "../judge.ts";
import { ask, pause, request, send } from "../script.ts";
import { fileOf, has, type Site, type SiteFile } from "../site.ts";

const only = { level: 2, rule: "RFC 9112 §9", applies: has("text") } as const;
/** Clients that are slow, beside the one that is not. */
const SLOW = 8;
const IN_A_ROW = 200;
const TOGETHER = 20;

function askText(site: Site): Conversation {
  return ask(site, fileOf(site, "text").path);
}

/** Judges the well-behaved client, which comes last. */
function lastIsServed({ site, exchanges }: Parameters<Check["judge"]>[0]): Finding | null {
  const last = exchanges.length - 1;
  return shownBy(givesFile(exchanges[last], fileOf(site, "text")), last);
}

export const LEVEL_2: readonly Check[] = [
  {
    ...only,
    id: "in-a-row",
    points: 2,
    script: (site) => Array.from({ length: IN_A_ROW }, () => [askText(site)]),
    judge: ({ site, exchanges }) =>
      each(exchanges, (exchange) => givesFile(exchange, fileOf(site, "text"))),
  },
  {
    ...only,
    id: "slow-clients",
    points: 3,
    script: (site) => [
      Array.from({ length: SLOW }, (_, i) => ({
        steps: [send(`GET ${fileOf(site, "text").path} HTTP/1.1\r\nHost: ${site.host}\r\nX-${i}`)],
        stays: true,
      })),
      [askText(site)],
    ],
    judge: lastIsServed,
  },
  {
    ...only,
    id: "stuck-readers",
    points: 2,
    applies: has("text", "large"),
    script: (site) => [
      Array.from({ length: SLOW }, () => ({
        steps: [send(request(site, fileOf(site, "large").path)), pause(50)],
        stays: true,
        unread: true,
      })),
      [askText(site)],
    ],
    judge: lastIsServed,
  },
  {
    ...only,
    id: "together",
    points: 2,
    script: (site) => [
      Array.from({ length: TOGETHER }, (_, i) => ({
        ...ask(site, togetherFile(site, i).path),
        patient: true, // A short queue loses some, and the system asks for these again: with `listen(1)`, for up to 7 s.
      })),
    ],
    judge: ({ site, exchanges }) =>
      each(exchanges, (exchange, i) => givesFile(exchange, togetherFile(site, i))),
  },
  {
    ...only,
    id: "leaves-silently",
    points: 2,
    script: (site) => [[{ steps: [] }], [{ steps: [pause(20)] }], [askText(site)]],
    judge: lastIsServed,
  },
  {
    ...only,
    id: "leaves-in-head",
    points: 2,
    script: (site) => [
      [{ steps: [send(`GET ${fileOf(site, "text").path} HTT`), pause(20)] }],
      [askText(site)],
    ],
    judge: lastIsServed,
  },
  {
    ...only,
    id: "leaves-in-response",
    points: 2,
    rule: "RFC 9112 §9.5",
    applies: has("text", "large"),
    script: (site) => [
      ...Array.from({ length: 3 }, (_, i) => [{
        steps: [send(request(site, fileOf(site, "large").path)), pause(10 * i)],
        unread: true,
      }]),
      [{ steps: [pause(50), ...askText(site).steps] }],
    ],
    judge: lastIsServed,
  },
];

/** Different files, so that what requests share by mistake shows. */
function togetherFile(site: Site, i: number): SiteFile {
  return (i % 2 === 0 ? undefined : site.files.rootPage) ?? fileOf(site, "text");
}
