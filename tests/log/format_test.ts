import { assertEquals, assertMatch } from "@std/assert";
import { cyan, dim, green, red, yellow } from "@std/fmt/colors";
import { parseFields } from "../../lib/http/fields.ts";
import { HeadBuffer } from "../../lib/http/head_buffer.ts";
import { HeadMemo } from "../../lib/http/head_memo.ts";
import {
  formatDropped,
  formatEntry,
  formatFault,
  type LogEntry,
  textsOf,
} from "../../lib/log/format.ts";
import { LIMITS } from "../../lib/options.ts";
import { latin1Bytes } from "../latin1.ts";

const TIME_MS = Date.UTC(2026, 10, 23, 6, 33, 0, 7);

const PLAIN: LogEntry = {
  timeMs: TIME_MS,
  peer: "127.0.0.1",
  peerPort: 50_123,
  connection: 7,
  requestLine: "GET /index.html HTTP/1.1",
  statusCode: 200,
  contentBytes: 1234,
  durationMs: 0.8126,
  referer: "http://localhost:3000/",
  userAgent: "curl/8.5.0",
  host: "localhost:3000",
  complete: true,
  site: null,
  detail: null,
};

/** As received: each byte of the UTF-8 of an emoji is one character. */
const EMOJI = "\xf0\x9f\x98\x80";

const COMBINED: readonly (readonly [change: Partial<LogEntry>, line: string, why: string])[] = [
  [
    {},
    '127.0.0.1 - - [23/Nov/2026:06:33:00 +0000] "GET /index.html HTTP/1.1" 200 1234 ' +
    '"http://localhost:3000/" "curl/8.5.0" 0.001 7',
    "nginx's combined, then $request_time and $connection",
  ],
  [
    { site: "/docs" },
    '127.0.0.1 - - [23/Nov/2026:06:33:00 +0000] "GET /index.html HTTP/1.1" 200 1234 ' +
    '"http://localhost:3000/" "curl/8.5.0" 0.001 7 /docs',
    "one of several sites, behind all that readers know",
  ],
  [
    {
      requestLine: null,
      statusCode: 408,
      contentBytes: 0,
      durationMs: 10_000,
      referer: null,
      userAgent: null,
    },
    '127.0.0.1 - - [23/Nov/2026:06:33:00 +0000] "-" 408 0 "-" "-" 10.000 7',
    "what is absent is a dash, and no bytes are 0",
  ],
  [
    { peer: "::1", referer: "", timeMs: Date.UTC(2024, 1, 9, 23, 59, 59, 999) },
    '::1 - - [09/Feb/2024:23:59:59 +0000] "GET /index.html HTTP/1.1" 200 1234 ' +
    '"-" "curl/8.5.0" 0.001 7',
    "IPv6 is bare; an empty field is absent; the day has two digits; a second is not rounded up",
  ],
  [
    { requestLine: 'GET /"\\ HTTP/1.1', referer: '" "x', userAgent: "a\r\n127.0.0.1 - - [" },
    '127.0.0.1 - - [23/Nov/2026:06:33:00 +0000] "GET /\\x22\\x5C HTTP/1.1" 200 1234 ' +
    '"\\x22 \\x22x" "a\\x0D\\x0A127.0.0.1 - - [" 0.001 7',
    "no field ends early and no line is forged",
  ],
  [
    { requestLine: `GET /${EMOJI}\x1b[2J\0\x7f\x9b HTTP/1.1`, userAgent: "~ !" },
    '127.0.0.1 - - [23/Nov/2026:06:33:00 +0000] "GET /\\xF0\\x9F\\x98\\x80\\x1B[2J\\x00\\x7F\\x9B ' +
    'HTTP/1.1" 200 1234 "http://localhost:3000/" "~ !" 0.001 7',
    "bytes as nginx writes them, no escape sequence",
  ],
];

Deno.test("formatEntry() writes the combined format", () => {
  for (const [change, line, why] of COMBINED) {
    assertEquals(formatEntry({ ...PLAIN, ...change }, "combined", true), line, why);
  }
});

const JSON_LINES: readonly (readonly [change: Partial<LogEntry>, line: string, why: string])[] = [
  [
    {},
    '{"time":"2026-11-23T06:33:00.007Z","peer":"127.0.0.1","peerPort":50123,"connection":7,' +
    '"requestLine":"GET /index.html HTTP/1.1","host":"localhost:3000","statusCode":200,"contentBytes":1234,' +
    '"durationMs":0.813,"referer":"http://localhost:3000/","userAgent":"curl/8.5.0",' +
    '"complete":true,"detail":null}',
    "the names of LogEntry, the time in UTC, microseconds",
  ],
  [
    {
      requestLine: null,
      host: null,
      referer: null,
      userAgent: 'a"\\\r\n\x1b\x7f',
      complete: false,
      detail: "Cannot parse “\u2028”",
    },
    '{"time":"2026-11-23T06:33:00.007Z","peer":"127.0.0.1","peerPort":50123,"connection":7,' +
    '"requestLine":null,"host":null,"statusCode":200,"contentBytes":1234,"durationMs":0.813,"referer":null,' +
    '"userAgent":"a\\"\\\\\\r\\n\\u001b\\u007f","complete":false,' +
    '"detail":"Cannot parse \\u201c\\u2028\\u201d"}',
    "RFC 8259 §7, and beyond it all that is not ASCII",
  ],
  [
    { requestLine: `GET /${EMOJI} HTTP/1.1`, durationMs: 0, userAgent: "\ud800" },
    '{"time":"2026-11-23T06:33:00.007Z","peer":"127.0.0.1","peerPort":50123,"connection":7,' +
    '"requestLine":"GET /\\u00f0\\u009f\\u0098\\u0080 HTTP/1.1","host":"localhost:3000","statusCode":200,' +
    '"contentBytes":1234,"durationMs":0,"referer":"http://localhost:3000/",' +
    '"userAgent":"\\ud800","complete":true,"detail":null}',
    "a byte is a character; a lone surrogate stays an escape",
  ],
  [
    { site: "*.b.example" },
    '{"time":"2026-11-23T06:33:00.007Z","peer":"127.0.0.1","peerPort":50123,"connection":7,' +
    '"requestLine":"GET /index.html HTTP/1.1","host":"localhost:3000","site":"*.b.example",' +
    '"statusCode":200,"contentBytes":1234,"durationMs":0.813,"referer":"http://localhost:3000/",' +
    '"userAgent":"curl/8.5.0","complete":true,"detail":null}',
    "one of several sites",
  ],
];

Deno.test("formatEntry() writes JSON that reads back", () => {
  for (const [change, line, why] of JSON_LINES) {
    const entry = { ...PLAIN, ...change };
    assertEquals(formatEntry(entry, "json", true), line, why);
    const { time, durationMs: _, ...rest } = JSON.parse(line);
    const { timeMs, durationMs: __, ...given } = entry;
    assertEquals({ site: null, ...rest, timeMs: Date.parse(time) }, { ...given, timeMs }, why);
  }
});

/** The clock on the wall where the test runs. */
const WALL = new Date(TIME_MS).toTimeString().slice(0, 8);

const PRETTY: readonly (readonly [change: Partial<LogEntry>, line: string, why: string])[] = [
  [
    {},
    "  200     1.2 KiB    0.8 ms  #7     127.0.0.1        GET /index.html HTTP/1.1",
    "columns",
  ],
  [
    { site: "/docs" },
    "  200     1.2 KiB    0.8 ms  #7     127.0.0.1        /docs  GET /index.html HTTP/1.1",
    "one of several sites",
  ],
  [
    { statusCode: 304, contentBytes: 0, connection: 12_345, peer: "2001:db8::1:2345" },
    "  304         0 B    0.8 ms  #12345  2001:db8::1:2345  GET /index.html HTTP/1.1",
    "a wide value moves what follows and is not cut",
  ],
  [
    { contentBytes: 3_500_000, durationMs: 1499, complete: false },
    "  200     3.3 MiB     1.5 s  #7     127.0.0.1        GET /index.html HTTP/1.1  (cut short)",
    "mebibytes, seconds, and a peer that left",
  ],
  [
    { contentBytes: 2 ** 31, requestLine: null, detail: 'RFC 9112 §5: Cannot parse "a b"\n  at x' },
    "  200     2.0 GiB    0.8 ms  #7     127.0.0.1        (no request)" +
    '  RFC 9112 section 5: Cannot parse "a b" | at x',
    "the detail stays on the line and quotes stay readable",
  ],
  [
    { requestLine: `GET /${EMOJI}\x1b]0;owned\x07\r\n\x9b2J "\\ HTTP/1.1` },
    "  200     1.2 KiB    0.8 ms  #7     127.0.0.1        " +
    'GET /\\xF0\\x9F\\x98\\x80\\x1B]0;owned\\x07\\x0D\\x0A\\x9B2J "\\ HTTP/1.1',
    "no escape sequence reaches the terminal",
  ],
  [
    { detail: "No file “€”" },
    "  200     1.2 KiB    0.8 ms  #7     127.0.0.1        GET /index.html HTTP/1.1" +
    "  No file \\xE2\\x80\\x9C\\xE2\\x82\\xAC\\xE2\\x80\\x9D",
    "text of ours beyond one byte is UTF-8",
  ],
];

Deno.test("formatEntry() writes the pretty format", () => {
  for (const [change, line, why] of PRETTY) {
    assertEquals(formatEntry({ ...PLAIN, ...change }, "pretty", false), WALL + line, why);
  }
});

Deno.test("formatEntry() colours the status by its class and dims the notes", () => {
  const COLORS = [[101, String], [206, green], [304, cyan], [404, yellow], [500, red]] as const;
  for (const [statusCode, paint] of COLORS) {
    const entry = { ...PLAIN, statusCode, detail: "Why" };
    const bare = formatEntry(entry, "pretty", false);
    const expected = bare
      .replace(`  ${statusCode}  `, `  ${paint(String(statusCode))}  `)
      .replace("  Why", dim("  Why"));
    assertEquals(formatEntry(entry, "pretty", true), expected);
  }
});

Deno.test("formatEntry() keeps a request line of 10 KB whole for tools and cuts it for a terminal", () => {
  const requestLine = `GET /${"a".repeat(10_000)} HTTP/1.1`;
  const entry = { ...PLAIN, requestLine };
  assertEquals(formatEntry(entry, "combined", false).split('"')[1], requestLine);
  assertEquals(JSON.parse(formatEntry(entry, "json", false)).requestLine, requestLine);
  assertMatch(formatEntry(entry, "pretty", false), /GET \/a{155}\.\.\.$/);
});

Deno.test("formatEntry() writes one line of printable ASCII for every byte in every field", () => {
  for (let byte = 0; byte < 256; byte++) {
    const text = String.fromCharCode(byte);
    const entry = { ...PLAIN, requestLine: text, referer: text, userAgent: text, detail: text };
    for (const format of ["combined", "json", "pretty"] as const) {
      assertMatch(formatEntry(entry, format, false), /^[ -~]+$/, `${format} ${byte}`);
    }
    assertMatch(formatFault({ ...entry, statusCode: 500 })!, /^[ -~]+$/, `fault ${byte}`);
  }
});

Deno.test("formatEntry() writes a new time when the second changes", () => {
  const seconds = [0, 999, 1000, 0].map((ms) =>
    formatEntry({ ...PLAIN, timeMs: Date.UTC(2026, 0, 1) + ms }, "combined", false).slice(14, 42)
  );
  assertEquals(seconds, [
    "[01/Jan/2026:00:00:00 +0000]",
    "[01/Jan/2026:00:00:00 +0000]",
    "[01/Jan/2026:00:00:01 +0000]",
    "[01/Jan/2026:00:00:00 +0000]",
  ]);
});

Deno.test("formatFault() tells our faults and no others", () => {
  const fault = { ...PLAIN, statusCode: 500, detail: "TypeError: x\n    at y" };
  assertEquals(
    formatFault(fault),
    'vitrine: 500 for "GET /index.html HTTP/1.1" on connection 7: TypeError: x | at y',
  );
  assertEquals(
    formatFault({ ...fault, requestLine: null }),
    "vitrine: 500 for no request on connection 7: TypeError: x | at y",
  );
  assertEquals(formatFault({ ...fault, statusCode: 400 }), null, "the peer's fault");
  assertEquals(formatFault({ ...fault, detail: null }), null, "nothing to tell");
});

Deno.test("formatDropped() fits the format", () => {
  assertEquals(JSON.parse(formatDropped(3, "json")), { dropped: 3 });
  assertEquals(formatDropped(3, "combined"), "# 3 log lines dropped: the reader was too slow");
});

Deno.test("textsOf() cuts what a peer sends to push others out of the log", () => {
  const referer = "\xff".repeat(30_000);
  const memo = new HeadMemo();
  const buffer = new HeadBuffer(LIMITS, memo);
  const text = `GET / HTTP/1.1\r\nHost: a\r\nReferer: ${referer}\r\nUser-Agent: ${referer}\r\n\r\n`;
  buffer.append(latin1Bytes(text));
  const head = buffer.take()!;
  const texts = textsOf(head, parseFields(head));
  assertEquals([texts.referer?.length, texts.userAgent?.length], [1024, 1024]);
  assertEquals(texts.requestLine, "GET / HTTP/1.1");
});
