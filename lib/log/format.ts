/**
 * One line per response. In: a `LogEntry`. Out: printable ASCII, in one of three formats. A peer chooses most
 * of what stands in a line, so each format escapes whatever could end the line, close a quote or steer a
 * terminal. Writing lines is left to `log/queue.ts`.
 */

import { cyan, dim, green, red, yellow } from "@std/fmt/colors";
import { storyOf } from "../errors.ts";
import type { Fields } from "../http/fields.ts";
import { byteString } from "../http/grammar.ts";
import type { Head } from "../http/head.ts";
import type { LogFormat } from "../options.ts";
import { readableBytes } from "../site/readable_bytes.ts";

/** What is known of one response when it ends. */
export interface LogEntry {
  /** When the response ended, in ms since the epoch. */
  readonly timeMs: number;
  /** The peer's IP address, without its port; of the client, if a trusted proxy has told. */
  readonly peer: string;
  /** The peer's port; 0 if no proxy told that of the client. */
  readonly peerPort: number;
  /** Number of the connection, counted from 1 since the start; workers take turns, see `serve.ts`. */
  readonly connection: number;
  /** As received, one character per byte; null when none arrived, as before a 408. */
  readonly requestLine: string | null;
  /** The `Host` field, one character per byte; null when absent. */
  readonly host: string | null;
  /** Which site answered, as `--site` or `--mount` names it; null for the one of all others. */
  readonly site: string | null;
  /** Of the response. */
  readonly statusCode: number;
  /** Bytes of content that were sent; the head is not counted. */
  readonly contentBytes: number;
  /**
   * From when the head was received, or refused, to the last byte of the response, in ms; of a response that leaves with the next
   * one, until it waits for that. 0 where only our faults are told.
   */
  readonly durationMs: number;
  /** The `Referer` field, one character per byte; null when absent. */
  readonly referer: string | null;
  /** The `User-Agent` field, one character per byte; null when absent. */
  readonly userAgent: string | null;
  /** Whether all of the response was sent; false when the peer left or the file shrank. */
  readonly complete: boolean;
  /** What a `RequestError` said, with its rule, or what went wrong on our side; null when all went well. */
  readonly detail: string | null;
}

/** What a log shows of a head. */
export type HeadTexts = Pick<LogEntry, "requestLine" | "host" | "referer" | "userAgent">;

/** A longer `Referer` or `User-Agent` is cut, in characters: whoever sends 60 kB must not push others' lines out. */
const MAX_FIELD_LENGTH = 1024;

/**
 * Gives what a log shows of a head: the request line whole, as its limit is `LIMITS.targetBytes`.
 *
 * @param fields Of the head; absent if it has none that could be understood.
 */
export function textsOf(head: Head, fields?: Fields): HeadTexts {
  return {
    requestLine: byteString(head.bytes, 0, head.requestLineEnd),
    host: fields?.get("host")?.slice(0, MAX_FIELD_LENGTH) ?? null,
    referer: fields?.get("referer")?.slice(0, MAX_FIELD_LENGTH) ?? null,
    userAgent: fields?.get("user-agent")?.slice(0, MAX_FIELD_LENGTH) ?? null,
  };
}

/** The formats that write something. */
export type WrittenFormat = Exclude<LogFormat, "none">;

/**
 * Formats one response as one line of printable ASCII, without the line's end.
 *
 * @param colors Whether `"pretty"` may use terminal colours; `NO_COLOR` still turns them off.
 */
export function formatEntry(entry: LogEntry, format: WrittenFormat, colors: boolean): string {
  switch (format) {
    case "combined":
      return formatCombined(entry);
    case "json":
      return formatJson(entry);
    case "pretty":
      return formatPretty(entry, colors);
  }
}

/**
 * Formats a fault of ours for the error stream, since `"combined"` has no room for it. Null when the
 * response was not our fault.
 */
export function formatFault(entry: LogEntry): string | null {
  if (entry.statusCode !== 500 || entry.detail === null) return null;
  const request = entry.requestLine === null ? "no request" : `"${printable(entry.requestLine)}"`;
  return `vitrine: 500 for ${request} on connection ${entry.connection}: ${oneLine(entry.detail)}`;
}

/** Formats what belongs to no response, whole, on one line for the error stream. */
export function formatError(error: unknown): string {
  return `vitrine: ${oneLine(storyOf(error))}`;
}

/** Formats the line that stands in for lines that the writer did not take in time. */
export function formatDropped(count: number, format: WrittenFormat): string {
  // Readers of combined logs, GoAccess among them, skip a line that starts with a number sign.
  return format === "json"
    ? `{"dropped":${count}}`
    : `# ${count} log lines dropped: the reader was too slow`;
}

/** Formats, for the error stream, how many lines were left at the end; the last of them may have reached the reader. */
export function formatUnwritten(count: number): string {
  return `vitrine: up to ${count} log lines were not written: their reader has stopped`;
}

/**
 * Apache's and nginx's combined format, then the duration in seconds and the connection number, as nginx writes
 * `$request_time` and `$connection`, and the site, if it is one of several. GoAccess, lnav and Logstash's pattern ignore
 * what follows the user agent; a tool that is stricter takes `"json"`.
 */
function formatCombined(entry: LogEntry): string {
  const start = combinedStart(entry.peer, combinedTime(entry.timeMs), entry.requestLine);
  const who = combinedWho(entry.referer, entry.userAgent);
  return `${start}${entry.statusCode} ${entry.contentBytes}${who}` +
    `${seconds(entry.durationMs)} ${entry.connection}` +
    (entry.site === null ? "" : ` ${escapeText(entry.site)}`);
}

/** The parts of a line that are often the same as in the one before: a look at that one spares making them anew. */
const combinedStart = rememberLast((peer, time, requestLine) =>
  `${peer} - - [${time}] "${escapeField(requestLine)}" `
);
const combinedWho = rememberLast((referer, userAgent) =>
  ` "${escapeField(referer)}" "${escapeField(userAgent)}" `
);

type Text = string | null;

/** Keeps the last result of a function of up to three texts. */
function rememberLast(
  make: (a: Text, b: Text, c: Text) => string,
): (a: Text, b: Text, c?: Text) => string {
  let last: readonly [Text, Text, Text] = [null, null, null];
  let result = make(...last);
  return (a, b, c = null) => {
    if (a !== last[0] || b !== last[1] || c !== last[2]) {
      last = [a, b, c];
      result = make(a, b, c);
    }
    return result;
  };
}

/** Milliseconds as seconds with three digits. `toFixed()` costs 0.2 µs, and most responses take none. */
function seconds(ms: number): string {
  return ms < 0.5 ? "0.000" : (ms / 1000).toFixed(3);
}

/** One object per line, with the names of `LogEntry`. A byte beyond ASCII is `\u00XX`, as it came. */
function formatJson(entry: LogEntry): string {
  const milliseconds = String(Math.floor(entry.timeMs) % 1000).padStart(3, "0");
  const durationMs = Math.round(entry.durationMs * 1000) / 1000;
  return `{"time":"${isoTime(entry.timeMs)}.${milliseconds}Z","peer":${quote(entry.peer)},` +
    `"peerPort":${entry.peerPort},"connection":${entry.connection},` +
    `"requestLine":${quote(entry.requestLine)},"host":${quote(entry.host)},${
      entry.site === null ? "" : `"site":${quote(entry.site)},`
    }"statusCode":${entry.statusCode},` +
    `"contentBytes":${entry.contentBytes},"durationMs":${durationMs},` +
    `"referer":${quote(entry.referer)},"userAgent":${quote(entry.userAgent)},` +
    `"complete":${entry.complete},"detail":${quote(entry.detail)}}`;
}

/** Makes a JSON string, or `null`, of printable ASCII. */
function quote(text: string | null): string {
  if (text === null) return "null";
  if (!UNSAFE.test(text)) return `"${text}"`;
  // Beyond what JSON asks: DEL and U+0080 to U+009F steer terminals, U+2028 ends a line for some readers.
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/** The longest request line that is shown whole on a terminal; a longer one hides its neighbours. */
const PRETTY_REQUEST_LENGTH = 160;

/** For a person who watches: local time, aligned columns, the status coloured by its class. */
function formatPretty(entry: LogEntry, colors: boolean): string {
  const { statusCode, requestLine, detail } = entry;
  const shown = requestLine === null ? "(no request)" : printable(requestLine);
  const request = shown.length > PRETTY_REQUEST_LENGTH
    ? shown.slice(0, PRETTY_REQUEST_LENGTH) + "..."
    : shown;
  const notes = (entry.complete ? "" : "  (cut short)") +
    (detail === null ? "" : `  ${oneLine(detail.replaceAll("\u00a7", "section "))}`);
  const paint = STATUS_COLORS[Math.trunc(statusCode / 100)];
  return [
    localTime(entry.timeMs),
    colors && paint !== undefined ? paint(String(statusCode)) : statusCode,
    readableBytes(entry.contentBytes).padStart(10),
    readableDuration(entry.durationMs).padStart(8),
    `#${entry.connection}`.padEnd(5),
    entry.peer.padEnd(15),
    (entry.site === null ? "" : `${printable(entry.site)}  `) +
    request + (colors && notes !== "" ? dim(notes) : notes),
  ].join("  ");
}

/** By the first digit of the status code. */
const STATUS_COLORS: { readonly [digit: number]: (text: string) => string } = {
  2: green,
  3: cyan,
  4: yellow,
  5: red,
};

function readableDuration(durationMs: number): string {
  return durationMs < 1000 ? `${durationMs.toFixed(1)} ms` : `${(durationMs / 1000).toFixed(1)} s`;
}

/** Stack traces have many lines; the log has one per response. */
function oneLine(detail: string): string {
  const lines = detail.split("\n").map((line) => line.trim());
  return printable(lines.filter((line) => line !== "").join(" | "));
}

/** Escapes what could steer a terminal or end a line, and leaves quotes readable. */
function printable(text: string): string {
  return text.replace(/[^ -~]/gu, escapeCharacter);
}

function escapeField(text: string | null): string {
  return text === null || text === "" ? "-" : escapeText(text);
}

/**
 * Escapes as nginx does: quotes, backslashes and all that is not printable ASCII become `\xHH`, byte by
 * byte, so no request can end a line or add a field.
 */
function escapeText(text: string): string {
  // Nearly all text needs nothing, and finding that out costs a tenth of a replacement.
  return UNSAFE.test(text) ? text.replace(EVERY_UNSAFE, escapeCharacter) : text;
}

/** Neither printable ASCII, nor safe within quotes. Written as what is allowed, it runs twice as fast. */
const UNSAFE = /[^ !#-[\]-~]/;
const EVERY_UNSAFE = /[^ !#-[\]-~]/gu;

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  // Up to U+00FF a character stands for a byte as received; above it is text of ours, such as a path.
  const bytes = code <= 0xff ? [code] : [...ENCODER.encode(character)];
  return bytes.map((byte) => "\\x" + byte.toString(16).toUpperCase().padStart(2, "0")).join("");
}

const ENCODER = new TextEncoder();

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** For example `23/Nov/2026:06:33:00 +0000`. */
const combinedTime = oncePerSecond((date) => {
  const day = String(date.getUTCDate()).padStart(2, "0");
  const clock = date.toISOString().slice(11, 19);
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock} +0000`;
});

/** For example `2026-11-23T06:33:00`. */
const isoTime = oncePerSecond((date) => date.toISOString().slice(0, 19));

/** For example `07:33:00`, as the clock on the wall shows it. */
const localTime = oncePerSecond((date) => date.toTimeString().slice(0, 8));

/** Keeps the text of the last second: making it costs more than all the rest of a line together. */
function oncePerSecond(format: (date: Date) => string): (timeMs: number) => string {
  let second = NaN;
  let text = "";
  return (timeMs) => {
    const now = Math.floor(timeMs / 1000);
    if (now !== second) {
      second = now;
      text = format(new Date(now * 1000));
    }
    return text;
  };
}
