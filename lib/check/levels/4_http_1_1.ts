/** Level 4: HTTP/1.1. Connections that last, what is said of them, methods and versions. */

import { parseHttpDate } from "../../http/date.ts";
import { type Check, type Evidence, type Finding, finding, first } from "../check.ts";
import { givesFile, hasStatus, isFile, isPersistent, shownBy, withResponse } from "../judge.ts";
import { type Response, responsesOf } from "../response.ts";
import { alone, ask, askAlone, END, request, response, send } from "../script.ts";
import { fileOf, has, type Site } from "../site.ts";

const only = { level: 4, applies: has("text") } as const;
const ABSENT = "/no-such-file-here.txt";
/** Fields that HEAD may leave out or that may differ by nature: RFC 9110 §9.3.2. */
const COMPARED = ["content-type", "content-length", "etag", "last-modified"] as const;

function text(site: Site): string {
  return fileOf(site, "text").path;
}

/** Two requests one after the other on one connection. */
function twice(site: Site, firstPath: string) {
  return alone(
    send(request(site, firstPath, { keep: true })),
    response(),
    send(request(site, text(site), { keep: true })),
    response(),
  );
}

export const LEVEL_4: readonly Check[] = [
  {
    ...only,
    id: "version",
    points: 1,
    rule: "RFC 9110 §2.5, RFC 9112 §2.3",
    script: (site) => askAlone(site, text(site)),
    judge: ({ exchanges: [exchange] }) =>
      withResponse(
        exchange,
        ({ minorVersion, statusLine }) =>
          minorVersion === 1 ? null : finding("version", { got: statusLine }),
      ),
  },
  {
    ...only,
    id: "keep-alive",
    points: 3,
    rule: "RFC 9112 §9.3",
    script: (site) => twice(site, text(site)),
    judge: ({ site, exchanges: [exchange] }) =>
      withResponse(
        exchange,
        () =>
          responsesOf(exchange).length === 2
            ? givesFile(exchange, fileOf(site, "text"), 1)
            : finding("notKept"),
      ),
  },
  {
    ...only,
    id: "connection-said",
    points: 2,
    rule: "RFC 9112 §9.3, §9.6",
    script: (site) => twice(site, text(site)),
    judge: ({ exchanges: [exchange] }) => withResponse(exchange, (one) => isTrue(one, exchange)),
  },
  {
    ...only,
    id: "connection-close",
    points: 2,
    rule: "RFC 9112 §9.6",
    script: (site) => alone(send(request(site, text(site))), response(), END),
    judge: ({ exchanges: [exchange] }) =>
      withResponse(exchange, () => exchange.ending === "open" ? finding("notClosed") : null),
  },
  {
    ...only,
    id: "error-keeps",
    points: 2,
    rule: "RFC 9112 §9.3",
    script: (site) => twice(site, ABSENT),
    judge: ({ exchanges: [exchange] }) => withResponse(exchange, (one) => isTrue(one, exchange)),
  },
  {
    ...only,
    id: "host-required",
    points: 2,
    rule: "RFC 9112 §3.2",
    script: (site) => askAlone(site, text(site), { host: null }),
    judge: ({ exchanges: [exchange] }) =>
      withResponse(exchange, (response) => hasStatus(response, 400)),
  },
  {
    ...only,
    id: "head",
    points: 3,
    rule: "RFC 9110 §9.3.2",
    script: (site) => [
      [ask(site, text(site))],
      [{
        steps: [send(request(site, text(site), { method: "HEAD" })), response("HEAD"), END],
      }],
    ],
    judge: judgeHead,
  },
  {
    ...only,
    id: "unknown-method",
    points: 2,
    rule: "RFC 9110 §9.1, §15.6.2",
    script: (site) => askAlone(site, text(site), { method: "BREW" }),
    judge: ({ exchanges: [exchange] }) =>
      withResponse(exchange, (response) => hasStatus(response, 501, 405)),
  },
  {
    ...only,
    id: "case-of-names",
    points: 1,
    rule: "RFC 9110 §5.1",
    script: (site) => {
      const swapped = request(site, text(site))
        .replace("\r\nHost: ", "\r\nhOST:")
        .replace("\r\nConnection: close", "\r\ncONNECTION:\tClose  ");
      return alone(send(swapped), response(), END);
    },
    judge: ({ site, exchanges: [exchange] }) =>
      withResponse(exchange, (response) =>
        first(
          () => isFile(response, fileOf(site, "text")),
          () => exchange.ending === "open" ? finding("notClosed") : null,
        )),
  },
  {
    ...only,
    id: "http-1-0",
    points: 2,
    rule: "RFC 9110 §6.2, RFC 9112 §9.3",
    script: (site) =>
      alone(
        send(request(site, text(site), { version: "HTTP/1.0", host: null, keep: true })),
        response(),
        END,
      ),
    judge: ({ site, exchanges: [exchange] }) =>
      withResponse(exchange, (response) =>
        first(
          () => response.framing === "chunked" ? finding("fieldUnwanted", CHUNKED) : null,
          () => isFile(response, fileOf(site, "text")),
          () => exchange.ending === "open" ? finding("notClosed") : null,
        )),
  },
  {
    ...only,
    id: "content-of-request",
    points: 2,
    rule: "RFC 9112 §9.3",
    script: (site) => {
      const hidden = request(site, ABSENT, { keep: true });
      const lines = [`Content-Length: ${hidden.length}`];
      const post = request(site, text(site), { method: "POST", lines, keep: true }) + hidden;
      return alone(send(post + request(site, text(site))), response("POST"), response());
    },
    judge: ({ site, exchanges: [exchange] }) =>
      withResponse(exchange, (one) => {
        const two = responsesOf(exchange)[1];
        if (two === undefined) return isTrue(one, exchange);
        return two.statusCode === 200 ? isFile(two, fileOf(site, "text")) : finding("surplus");
      }),
  },
  {
    ...only,
    id: "date",
    points: 1,
    rule: "RFC 9110 §6.6.1",
    script: (site) => askAlone(site, text(site)),
    judge: ({ exchanges: [exchange], nowMs }) =>
      withResponse(exchange, ({ fields }) => {
        const got = fields.get("date");
        const want = "Sun, 06 Nov 1994 08:49:37 GMT";
        if (got === null) return finding("fieldMissing", { field: "Date", want });
        if (parseHttpDate(got, nowMs) !== null && got.endsWith(" GMT")) return null;
        return finding("field", { field: "Date", want, got });
      }),
  },
];

const CHUNKED = { field: "Transfer-Encoding", got: "chunked" };

/** Whether a connection ended behind a response if that said so, and only then: RFC 9112 §9.3. */
function isTrue(one: Response, exchange: Parameters<typeof withResponse>[0]): Finding | null {
  const says = !isPersistent(one.fields, one.minorVersion) || one.framing === "close";
  const hasSecond = responsesOf(exchange).length > 1;
  if (says) return hasSecond || exchange.ending === "open" ? finding("closeUntrue") : null;
  return hasSecond ? null : finding(exchange.ending === "open" ? "secondMissing" : "closeUnsaid", {
    n: 2,
  });
}

function judgeHead({ exchanges: [ofGet, ofHead] }: Evidence): Finding | null {
  const found = withResponse(ofHead, (head) =>
    first(
      () => hasStatus(head, 200),
      () => {
        const surplus = ofHead.received.length - head.end;
        return surplus === 0 ? null : finding("unwantedContent", { more: surplus });
      },
      () => {
        const get = responsesOf(ofGet)[0];
        for (const field of get === undefined ? [] : COMPARED) {
          const [want, got] = [get.fields.get(field), head.fields.get(field)];
          // RFC 9110 §8.6: a length may be left out of HEAD, but not be another.
          if (field === "content-length" && got === null) continue;
          if (want === got) continue;
          if (got === null) return finding("fieldMissing", { field, want: want! });
          if (want === null) return finding("fieldUnwanted", { field, got });
          return finding("fieldDiffers", { field, want, got });
        }
        return null;
      },
    ));
  return shownBy(found, 1);
}
