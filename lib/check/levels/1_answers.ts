/** Level 1: it answers. One request after the other, each on a connection of its own. */

import { mediaTypeOf } from "../../http/media_type.ts";
import { type Check, type Ending, finding, first } from "../check.ts";
import { each, givesFile, hasStatus, isPersistent, withResponse } from "../judge.ts";
import { type Response, responsesOf } from "../response.ts";
import { alone, ask, askAlone, END, request, response, send } from "../script.ts";
import { fileOf, has } from "../site.ts";

/** A name that no site has. */
const ABSENT = "/no-such-file-here.txt";
/** Types that are as good as the one that `media_type.ts` gives: older names, and charsets left to the page. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  "text/javascript": ["application/javascript", "application/x-javascript"],
  "image/vnd.microsoft.icon": ["image/x-icon"],
  "application/xml": ["text/xml"],
};

const only = { level: 1 } as const;

export const LEVEL_1: readonly Check[] = [
  {
    ...only,
    id: "get-file",
    points: 3,
    rule: "RFC 9110 §9.3.1",
    applies: has("text"),
    script: (site) => askAlone(site, fileOf(site, "text").path),
    judge: ({ site, exchanges }) => givesFile(exchanges[0], fileOf(site, "text")),
  },
  {
    ...only,
    id: "status-line",
    points: 2,
    rule: "RFC 9112 §4",
    applies: has("text"),
    script: (site) => askAlone(site, fileOf(site, "text").path),
    judge: ({ exchanges }) => flawOf(exchanges[0], "statusLine"),
  },
  {
    ...only,
    id: "line-ends",
    points: 2,
    rule: "RFC 9112 §2.2",
    applies: has("text"),
    script: (site) => askAlone(site, fileOf(site, "text").path),
    judge: ({ exchanges }) => flawOf(exchanges[0], "lineEnds"),
  },
  {
    ...only,
    id: "field-lines",
    points: 2,
    rule: "RFC 9112 §5",
    applies: has("text"),
    script: (site) => askAlone(site, fileOf(site, "text").path),
    judge: ({ exchanges }) => flawOf(exchanges[0], "fieldLine"),
  },
  {
    ...only,
    id: "content-length",
    points: 3,
    rule: "RFC 9110 §8.6, RFC 9112 §6.3",
    applies: has("text"),
    script: (site) => {
      const { path } = site.files.letters ?? fileOf(site, "text");
      return alone(send(request(site, path)), response(), END);
    },
    judge: ({ site, exchanges: [exchange] }) =>
      withResponse(exchange, (response) =>
        first(
          () => hasStatus(response, 200),
          () => lengthIsRight(exchange, site.files.letters?.content?.length),
        )),
  },
  {
    ...only,
    id: "content-type",
    points: 3,
    rule: "RFC 9110 §8.3",
    applies: ({ typed }) => typed.length > 0,
    script: (site) => [site.typed.map(({ path }) => ask(site, path))],
    judge: ({ site, exchanges }) =>
      each(exchanges, (exchange, i) =>
        withResponse(
          exchange,
          (response) =>
            response.statusCode === 200
              ? typeIsRight(response.fields.get("content-type"), site.typed[i].name)
              : null,
        )),
  },
  {
    ...only,
    id: "binary",
    points: 3,
    rule: "RFC 9110 §6.4",
    applies: has("binary"),
    script: (site) => askAlone(site, fileOf(site, "binary").path),
    judge: ({ site, exchanges }) => givesFile(exchanges[0], fileOf(site, "binary")),
  },
  {
    ...only,
    id: "large-file",
    points: 2,
    rule: "RFC 9112 §6.3, §8",
    applies: has("large"),
    script: (site) => askAlone(site, fileOf(site, "large").path),
    judge: ({ site, exchanges }) => givesFile(exchanges[0], fileOf(site, "large")),
  },
  {
    ...only,
    id: "empty-file",
    points: 1,
    rule: "RFC 9110 §8.6",
    applies: has("empty"),
    script: (site) => askAlone(site, fileOf(site, "empty").path),
    judge: ({ site, exchanges }) => givesFile(exchanges[0], fileOf(site, "empty")),
  },
  {
    ...only,
    id: "not-found",
    points: 2,
    rule: "RFC 9110 §15.5.5",
    script: (site) => askAlone(site, ABSENT),
    judge: ({ exchanges }) => withResponse(exchanges[0], (response) => hasStatus(response, 404)),
  },
  {
    ...only,
    id: "not-found-content",
    points: 2,
    rule: "RFC 9110 §15.5, RFC 9112 §6.3",
    script: (site) => alone(send(request(site, ABSENT)), response(), END),
    judge: ({ exchanges: [exchange] }) =>
      withResponse(exchange, (response) =>
        first(
          () => response.content.length > 0 ? null : finding("noContent"),
          // Who says that it closes, and does, may let that end the page.
          () => isEndedByClose(response, exchange.ending) ? null : lengthIsRight(exchange),
        )),
  },
];

type Dialogue = Parameters<typeof withResponse>[0];

function flawOf(exchange: Dialogue, flaw: "statusLine" | "lineEnds" | "fieldLine") {
  return withResponse(exchange, ({ flaws }) => {
    const line = flaws.get(flaw);
    return line === undefined ? null : finding(flaw, { got: printable(line) });
  });
}

function printable(line: string): string {
  return line.replace(
    /[^\x20-\x7e]/g,
    (character) =>
      character === "\r" ? "\\r" : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/**
 * Whether a length is declared, and as many bytes come.
 *
 * @param wanted Bytes of the file, where they are known: too small a length looks right in itself.
 */
function lengthIsRight(exchange: Dialogue, wanted?: number) {
  const [{ framing, declaredLength, content, whole, end, fields }] = responsesOf(exchange);
  if (fields.getAll("content-length").length > 1) return finding("lengthTwice");
  if (framing === "faulty") return finding("framing");
  if (framing === "close") return finding("noLength");
  if (!whole) return finding("lengthMissing", { want: declaredLength ?? "?", got: content.length });
  const surplus = exchange.received.length - end;
  if (surplus > 0) return finding("lengthSurplus", { want: content.length, more: surplus });
  if (wanted === undefined || content.length === wanted) return null;
  return finding("lengthMissing", { want: wanted, got: content.length });
}

function isEndedByClose(response: Response, ending: Ending): boolean {
  const { framing, fields, minorVersion } = response;
  return framing === "close" && ending === "closed" && !isPersistent(fields, minorVersion);
}

function typeIsRight(fieldValue: string | null, name: string) {
  const [wanted] = mediaTypeOf(name).split(";");
  if (fieldValue === null) return finding("fieldMissing", { field: "Content-Type", want: wanted });
  const type = fieldValue.split(";")[0].trim().toLowerCase();
  if (type === wanted || OTHER_NAMES[wanted]?.includes(type)) return null;
  return finding("field", { field: "Content-Type", want: wanted, got: fieldValue });
}
