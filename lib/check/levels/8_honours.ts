/** Level 8: honours. Validators and conditional requests, ranges, methods that are refused, pipelining. */

import { parseHttpDate } from "../../http/date.ts";
import { contentRange, unsatisfiedRange } from "../../http/range.ts";
import { parseEntityTag } from "../../http/validators.ts";
import { type Check, type Evidence, type Finding, finding, first, type Script } from "../check.ts";
import {
  each,
  givesFile,
  hasStatus,
  isFile,
  sameContent,
  shownBy,
  withResponse,
} from "../judge.ts";
import { type Response, responsesOf } from "../response.ts";
import { alone, ask, askAlone, END, request, response, send } from "../script.ts";
import { fileOf, has, type Site } from "../site.ts";

const only = { level: 8, applies: has("text") } as const;
const PIPELINED = 8;
const DAY_MS = 86_400_000;
/** RFC 9110 §15.4.5: what a 304 must repeat if the 200 has it. */
const IN_304 = ["etag", "date", "cache-control", "content-location", "expires", "vary"] as const;

function text(site: Site): string {
  return fileOf(site, "text").path;
}

const plain = (site: Site): Script => askAlone(site, text(site));

/** The validators of the first response. */
function validatorsOf({ exchanges }: Pick<Evidence, "exchanges">) {
  const fields = responsesOf(exchanges[0])[0]?.fields;
  return {
    entityTag: fields?.get("etag") ?? null,
    lastModified: fields?.get("last-modified") ?? null,
  };
}

/** A script of requests with these lines, each on a connection of its own. */
function withLines(site: Site, ...lines: readonly (string | null)[]): Script {
  return lines.filter((line) => line !== null).map((line) => [
    ask(site, text(site), { lines: line.split("\r\n") }),
  ]);
}

/** Judges what came after the first response. */
function rest(
  { exchanges, site }: Evidence,
  judge: (response: Response, site: Site) => Finding | null,
): Finding | null {
  if (exchanges.length < 2) {
    return shownBy(
      withResponse(
        exchanges[0],
        () => finding("fieldMissing", { field: "ETag / Last-Modified", want: '"…"' }),
      ),
      0,
    );
  }
  return shownByLater(
    each(
      exchanges.slice(1),
      (exchange) => withResponse(exchange, (response) => judge(response, site)),
    ),
  );
}

function shownByLater(found: Finding | null): Finding | null {
  return found === null ? null : shownBy(found, (found.at ?? 0) + 1);
}

function isNotModified(response: Response): Finding | null {
  return hasStatus(response, 304);
}

function isWhole(response: Response, site: Site): Finding | null {
  return isFile(response, fileOf(site, "text"));
}

/** A check of one `Range`, whose wanted bytes are a part of the text. */
function range(
  fieldValue: string,
  part: (size: number) => readonly [firstPos: number, lastPos: number],
): Pick<Check, "script" | "judge" | "applies"> {
  return {
    applies: ({ files }) => (files.text?.content ?? null) !== null,
    script: (site) => withLines(site, `Range: ${fieldValue}`),
    judge: ({ site, exchanges: [exchange] }) =>
      withResponse(exchange, (response) => {
        const content = fileOf(site, "text").content!;
        const [firstPos, lastPos] = part(content.length);
        const want = contentRange({ firstPos, lastPos }, content.length);
        const got = response.fields.get("content-range");
        return first(
          () => hasStatus(response, 206),
          () =>
            got === want
              ? null
              : got === null
              ? finding("fieldMissing", { field: "Content-Range", want })
              : finding("field", { field: "Content-Range", want, got }),
          () => sameContent(response.content, content.subarray(firstPos, lastPos + 1)),
        );
      }),
  };
}

export const LEVEL_8: readonly Check[] = [
  {
    ...only,
    id: "validators",
    points: 2,
    rule: "RFC 9110 §8.8",
    script: plain,
    judge: ({ exchanges: [exchange], nowMs }) =>
      withResponse(exchange, ({ fields }) => {
        const entityTag = fields.get("etag");
        const got = fields.get("last-modified");
        const want = "Sun, 06 Nov 1994 08:49:37 GMT";
        if (entityTag === null && got === null) {
          return finding("fieldMissing", { field: "Last-Modified / ETag", want });
        }
        if (entityTag !== null && parseEntityTag(entityTag) === null) {
          return finding("field", { field: "ETag", want: '"a1b2"', got: entityTag });
        }
        if (got === null) return null;
        const atMs = parseHttpDate(got, nowMs);
        return atMs !== null && atMs <= nowMs + DAY_MS
          ? null
          : finding("field", { field: "Last-Modified", want, got });
      }),
  },
  {
    ...only,
    id: "not-modified",
    points: 3,
    rule: "RFC 9110 §13.1.2, §13.1.3",
    script: plain,
    next: (evidence) => {
      const { entityTag, lastModified } = validatorsOf(evidence);
      return withLines(
        evidence.site,
        entityTag && `If-None-Match: ${entityTag}`,
        entityTag && `If-None-Match: "other", ${entityTag}`,
        lastModified && `If-Modified-Since: ${lastModified}`,
      );
    },
    judge: (evidence) => rest(evidence, isNotModified),
  },
  {
    ...only,
    id: "modified",
    points: 2,
    rule: "RFC 9110 §13.1.2, §13.1.3",
    script: plain,
    next: (evidence) => {
      const { entityTag, lastModified } = validatorsOf(evidence);
      return withLines(
        evidence.site,
        entityTag && 'If-None-Match: "other"',
        lastModified && "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
        lastModified && "If-Modified-Since: yesterday",
        // RFC 9110 §13.1.3: beside If-None-Match, the date is ignored.
        entityTag && lastModified && `If-None-Match: "other"\r\nIf-Modified-Since: ${lastModified}`,
      );
    },
    judge: (evidence) => rest(evidence, isWhole),
  },
  {
    ...only,
    id: "304-fields",
    points: 2,
    rule: "RFC 9110 §15.4.5",
    script: plain,
    next: (evidence) => {
      const { entityTag, lastModified } = validatorsOf(evidence);
      const line = entityTag !== null
        ? `If-None-Match: ${entityTag}`
        : lastModified && `If-Modified-Since: ${lastModified}`;
      if (line === null) return [];
      const { site } = evidence;
      const asked = request(site, text(site), { lines: [line] });
      return alone(send(asked), response(), END);
    },
    judge: (evidence) => first(() => rest(evidence, () => null), () => judge304(evidence)),
  },
  {
    ...only,
    id: "range",
    points: 2,
    rule: "RFC 9110 §14.2, §15.3.7",
    ...range("bytes=10-109", () => [10, 109]),
  },
  {
    ...only,
    id: "range-open",
    points: 1,
    rule: "RFC 9110 §14.1.2",
    ...range("bytes=100-", (size) => [100, size - 1]),
  },
  {
    ...only,
    id: "range-suffix",
    points: 1,
    rule: "RFC 9110 §14.1.2",
    ...range("bytes=-50", (size) => [size - 50, size - 1]),
  },
  {
    ...only,
    id: "range-clamped",
    points: 1,
    rule: "RFC 9110 §14.1.2",
    ...range("bytes=150-999999999999", (size) => [150, size - 1]),
  },
  {
    ...only,
    id: "range-unsatisfiable",
    points: 2,
    rule: "RFC 9110 §15.5.17",
    script: (site) => withLines(site, "Range: bytes=99999999-"),
    judge: ({ site, exchanges: [exchange] }) =>
      withResponse(exchange, (response) =>
        first(
          () => hasStatus(response, 416),
          () => {
            const { content } = fileOf(site, "text");
            const want = unsatisfiedRange(content?.length ?? 0);
            const got = response.fields.get("content-range");
            if (content === null || got === want) return null;
            return got === null
              ? finding("fieldMissing", { field: "Content-Range", want })
              : finding("field", { field: "Content-Range", want, got });
          },
        )),
  },
  {
    ...only,
    id: "range-ignored",
    points: 1,
    rule: "RFC 9110 §14.2",
    script: (site) => withLines(site, "Range: lines=1-2"),
    judge: ({ site, exchanges: [exchange] }) => givesFile(exchange, fileOf(site, "text")),
  },
  {
    ...only,
    id: "if-range",
    points: 1,
    rule: "RFC 9110 §13.1.5",
    script: (site) => withLines(site, 'Range: bytes=10-109\r\nIf-Range: "other"'),
    judge: ({ site, exchanges: [exchange] }) => givesFile(exchange, fileOf(site, "text")),
  },
  {
    ...only,
    id: "not-allowed",
    points: 2,
    rule: "RFC 9110 §15.5.6",
    script: (site) => [
      // Both are known, and neither harms a server that does what they say.
      [ask(site, text(site), { method: "POST", lines: ["Content-Length: 0"] })],
      [ask(site, text(site), { method: "PATCH", lines: ["Content-Length: 0"] })],
      [ask(site, text(site))],
    ],
    judge: ({ site, exchanges }) =>
      each(
        exchanges,
        (exchange, i) =>
          withResponse(exchange, (response) =>
            i === 2 ? isWhole(response, site) : first(
              // RFC 9110 §15.6.2: 501 where no resource has the method; only 405 needs Allow (§10.2.1).
              () => hasStatus(response, 405, 501),
              () =>
                response.statusCode === 405 && response.fields.get("allow") === null
                  ? finding("fieldMissing", { field: "Allow", want: "GET, HEAD" })
                  : null,
            )),
      ),
  },
  {
    ...only,
    id: "absolute-form",
    points: 1,
    rule: "RFC 9112 §3.2.2",
    script: (site) => askAlone(site, `http://${site.host}${text(site)}`),
    judge: ({ site, exchanges: [exchange] }) => givesFile(exchange, fileOf(site, "text")),
  },
  {
    ...only,
    id: "pipelining",
    points: 2,
    rule: "RFC 9112 §9.3.2",
    applies: has("text", "rootPage"),
    script: (site) => {
      const all = Array.from(
        { length: PIPELINED },
        (_, i) => request(site, pipelinedFile(site, i).path, { keep: i < PIPELINED - 1 }),
      );
      return alone(send(all.join("")), ...all.map(() => response()));
    },
    judge: ({ site, exchanges: [exchange] }) =>
      withResponse(exchange, () => {
        const responses = responsesOf(exchange);
        if (responses.length < PIPELINED) {
          return finding("count", { want: PIPELINED, got: responses.length });
        }
        const wrong = responses.findIndex((response, i) =>
          isFile(response, pipelinedFile(site, i)) !== null
        );
        return wrong === -1 ? null : finding("order", { n: wrong + 1 });
      }),
  },
];

/** Different files, so that the order of the responses shows. */
function pipelinedFile(site: Site, i: number) {
  return fileOf(site, i % 3 === 1 ? "rootPage" : "text");
}

function judge304({ exchanges: [whole, conditional] }: Evidence): Finding | null {
  const [of200] = responsesOf(whole);
  const [of304] = responsesOf(conditional);
  if (of200 === undefined || of304 === undefined || of304.statusCode !== 304) return null;
  const surplus = conditional.received.length - of304.end;
  if (surplus > 0) return finding("unwantedContent", { more: surplus }, 1);
  const field = IN_304.find((name) =>
    of200.fields.get(name) !== null && of304.fields.get(name) === null
  );
  return field === undefined
    ? null
    : finding("fieldMissing", { field, want: of200.fields.get(field) ?? "" }, 1);
}
