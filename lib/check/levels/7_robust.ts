/** Level 7: robust. What no honest client sends, what never ends, and whether others are served all the same. */

import { type Check, type Conversation, type Finding, finding, first } from "../check.ts";
import {
  answersOrCloses,
  each,
  givesFile,
  hasStatus,
  isRefusal,
  shownBy,
  withResponse,
} from "../judge.ts";
import { ask, END, pause, request, response, send, SHUT } from "../script.ts";
import { fileOf, has, type Site } from "../site.ts";

const only = { level: 7, applies: has("text") } as const;
const IDLE = 100;
/** Clients that close their direction, and how many of them at once: the shortest queue lets that many in. */
const HALF_CLOSES = 12;
const ABREAST = 2;
const LONG_BYTES = 1 << 20;
const PIECE_BYTES = 1 << 16;
const ENDLESS_PIECES = 64;

function text(site: Site): string {
  return fileOf(site, "text").path;
}

/** Faulty requests, each on a connection of its own, and behind them an honest client. */
function faulty(
  of: (site: Site) => readonly string[],
  judgeEach: (exchange: Parameters<typeof withResponse>[0]) => Finding | null,
): Pick<Check, "script" | "judge"> {
  return {
    script: (site) => [
      ...of(site).map((sent) => [{ steps: [send(sent), response()] }]),
      [ask(site, text(site))],
    ],
    judge: ({ site, exchanges }) => {
      for (const [at, exchange] of exchanges.entries()) {
        const isLast = at === exchanges.length - 1;
        const found = isLast ? givesFile(exchange, fileOf(site, "text")) : judgeEach(exchange);
        if (found !== null) return shownBy(found, at);
      }
      return null;
    },
  };
}

/** Refused with a status, 4xx or 5xx. */
function refused(exchange: Parameters<typeof withResponse>[0]): Finding | null {
  return withResponse(exchange, isRefusal);
}

/** Refused with 400, or whatever else this very rule allows. */
function refusedWith(...statuses: readonly number[]) {
  return (exchange: Parameters<typeof withResponse>[0]) =>
    withResponse(exchange, (response) => hasStatus(response, ...statuses));
}

/** Refused, or cut off without a word: the client was told or let go, and holds nothing. */
function refusedOrCut(exchange: Parameters<typeof withResponse>[0]): Finding | null {
  if (exchange.received.length === 0) return answersOrCloses(exchange);
  // What was still on its way to a server that has closed takes the end of its answer with it.
  if (exchange.ending === "reset") return null;
  return withResponse(exchange, isRefusal);
}

export const LEVEL_7: readonly Check[] = [
  {
    ...only,
    id: "bad-request-line",
    points: 2,
    rule: "RFC 9112 §3",
    ...faulty(
      ({ host }) => [
        `GARBAGE\r\nHost: ${host}\r\n\r\n`,
        `GET\r\nHost: ${host}\r\n\r\n`,
        `GET / x HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
        `GET / FTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      ],
      refused,
    ),
  },
  {
    ...only,
    id: "bad-field-line",
    points: 2,
    rule: "RFC 9112 §5.1, §5.2",
    ...faulty((site) => {
      const with_ = (line: string) => request(site, text(site), { lines: [line] });
      return [with_("no colon here"), with_("X-Space : before the colon"), with_(": no name")];
    }, refusedWith(400)),
  },
  {
    ...only,
    id: "bad-host",
    points: 2,
    rule: "RFC 9112 §3.2",
    ...faulty(
      (site) => [request(site, text(site), { lines: [`Host: ${site.host}`] })],
      refusedWith(400),
    ),
  },
  {
    ...only,
    id: "two-lengths",
    points: 2,
    rule: "RFC 9112 §6.3, §11.2",
    ...faulty((site) => {
      const withLengths = (lines: readonly string[]) =>
        request(site, text(site), { lines }) + "12345";
      return [
        withLengths(["Content-Length: 5", "Content-Length: 6"]),
        withLengths(["Content-Length: five"]),
        withLengths(["Content-Length: -5"]),
      ];
    }, refusedWith(400)),
  },
  {
    ...only,
    id: "not-http",
    points: 2,
    rule: "RFC 9112 §3",
    // What a browser says first when somebody typed https:.
    script: (site) => [
      [{
        steps: [
          send(Uint8Array.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0xff, 0x0d, 0x0a, 0x0d, 0x0a])),
          response(),
        ],
      }],
      [ask(site, text(site))],
    ],
    judge: ({ site, exchanges: [binary, honest] }) =>
      first(
        () => shownBy(binary.ending === "open" ? refused(binary) : answersOrCloses(binary), 0),
        () => shownBy(givesFile(honest, fileOf(site, "text")), 1),
      ),
  },
  {
    ...only,
    id: "long-head",
    points: 2,
    rule: "RFC 9110 §5.4, RFC 6585 §5",
    ...faulty(
      (site) => [request(site, text(site), { lines: [`X-Long: ${"l".repeat(LONG_BYTES)}`] })],
      refusedOrCut,
    ),
  },
  {
    ...only,
    id: "many-lines",
    points: 1,
    rule: "RFC 9110 §5.4, RFC 6585 §5",
    ...faulty((site) => {
      const lines = Array.from({ length: 20_000 }, (_, i) => `X-${i}: many lines`);
      return [request(site, text(site), { lines })];
    }, refusedOrCut),
  },
  {
    ...only,
    id: "long-target",
    points: 2,
    rule: "RFC 9112 §3, RFC 9110 §15.5.15",
    ...faulty(
      (site) => [
        request(site, `/${"t".repeat(5000)}`),
        request(site, `/${"t".repeat(LONG_BYTES)}`),
      ],
      refusedOrCut,
    ),
  },
  {
    ...only,
    id: "half-close",
    points: 2,
    rule: "RFC 9112 §9.6",
    // Who gives up at the end of our direction does so where that comes before the response: by chance, so it is tried often.
    script: (site) =>
      Array.from({ length: HALF_CLOSES / ABREAST }, () =>
        Array.from({ length: ABREAST }, () => ({
          steps: [send(request(site, text(site))), SHUT, response()],
        }))),
    judge: ({ site, exchanges }) =>
      each(exchanges, (exchange) => givesFile(exchange, fileOf(site, "text"))),
  },
  {
    ...only,
    id: "half-head",
    points: 1,
    rule: "RFC 9112 §8",
    script: (site) => [
      [{ steps: [send(request(site, text(site)).slice(0, -9)), SHUT, END] }],
      [ask(site, text(site))],
    ],
    judge: ({ site, exchanges: [half, honest] }) =>
      first(
        () => shownBy(half.ending === "open" ? finding("notClosed") : null, 0),
        () => shownBy(givesFile(honest, fileOf(site, "text")), 1),
      ),
  },
  {
    ...only,
    id: "idle-connections",
    points: 2,
    rule: "RFC 9112 §9.5",
    script: (site) => [
      Array.from({ length: IDLE }, (): Conversation => ({ steps: [], stays: true })),
      [ask(site, text(site))],
    ],
    judge: ({ site, exchanges }) => shownBy(givesFile(exchanges[IDLE], fileOf(site, "text")), IDLE),
  },
  {
    ...only,
    id: "endless-content",
    points: 2,
    rule: "RFC 9110 §15.5.14",
    script: (site) => [
      [{
        steps: [
          send(
            request(site, text(site), { method: "POST", lines: ["Content-Length: 1099511627776"] }),
          ),
          ...Array.from({ length: ENDLESS_PIECES }, () => send(PIECE)),
          response("POST"),
        ],
      }],
      [ask(site, text(site))],
    ],
    judge: ({ site, exchanges: [endless, honest] }) =>
      first(
        () => shownBy(answersOrCloses(endless), 0),
        () => shownBy(givesFile(honest, fileOf(site, "text")), 1),
      ),
  },
  {
    ...only,
    id: "slow-head",
    points: 2,
    rule: "RFC 9110 §15.5.9",
    script: (site) => [
      [{
        steps: [
          send(`GET ${text(site)} HTTP/1.1\r\nHost: ${site.host}\r\nX-`),
          pause(50),
          send("S"),
          END,
        ],
        patient: true,
      }],
    ],
    judge: ({ exchanges: [exchange] }) =>
      exchange.ending === "open" ? finding("notClosed") : answersOrCloses(exchange),
  },
  {
    ...only,
    id: "still-there",
    points: 2,
    rule: "RFC 9110 §9.3.1",
    script: (site) => [[ask(site, text(site))]],
    judge: ({ site, exchanges: [exchange] }) => givesFile(exchange, fileOf(site, "text")),
  },
];

const PIECE = new Uint8Array(PIECE_BYTES).fill(0x78);
