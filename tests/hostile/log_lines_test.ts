/**
 * Forged log lines: whatever a peer sends, each response is one line of printable ASCII, in every format, and nothing
 * on the error stream; and one event of the X-ray. With the real program, whose streams are read as bytes.
 */

import { fromFileUrl } from "@std/path";

import { assert, assertEquals, assertMatch } from "@std/assert";
import { splitResponses } from "../wire/responses.ts";
import { RawClient } from "../wire/harness.ts";
import { testHostile } from "./bounds.ts";

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));
const LINE =
  '127.0.0.1 - - [23/Nov/2026:06:33:00 +0000] "GET /forged HTTP/1.1" 200 5 "-" "-" 0.000 1';
const JSON_LINE = '{"time":"forged","peer":"6.6.6.6","statusCode":200}';

const TEXTS = [
  // Text, one byte a character, why
  [`\r\n${LINE}`, "a line"],
  [`\n${LINE}`, "LF alone"],
  [`\r${LINE}`, "CR alone, which overwrites a line on a terminal"],
  [`"\n${JSON_LINE}`, "a line of JSON"],
  [`" 200 5 "-" "forged" 0.000 1`, "the end of a quoted text"],
  [`\\" 200 5 "-" "-`, "the same behind a backslash"],
  [`","statusCode":200,"peer":"forged`, "the end of a text in JSON"],
  [`%0a${encodeURIComponent(LINE)}`, "escaped, as nobody should undo"],
  ["\x1b[2J\x1b[1;1H", "clears a terminal"],
  ["\x1b]0;forged\x07", "renames a window"],
  ["\x9b2J", "the same in one byte, CSI"],
  ["\b\b\b\b\x7f", "backspaces and DEL"],
  ["\0", "NUL"],
  ["\x0b\x0c", "VT and FF"],
  ["\xe2\x80\xa8\xe2\x80\xa9", "U+2028 and U+2029"],
  ["\xc2\x85", "NEL"],
  ["\xe2\x80\xae", "U+202E, right to left from here"],
  ["\xff\xfe\xc0\xaf", "bytes that are no UTF-8"],
  ["\n\nevent: report\ndata: {}\n\n", "an event"],
] as const;

const GOOD = `Authorization: Basic ${btoa("ada:x")}`;
const PLACES = [
  // Name, and the request with a text in it
  ["path", (text: string) => head("GET", `/${text}`, GOOD)],
  ["query", (text: string) => head("GET", `/?${text}`, GOOD)],
  ["method", (text: string) => head(`GET${text}`, "/", GOOD)],
  ["version", (text: string) => head("GET", `/ HTTP/1.1${text}`, GOOD)],
  ["Host", (text: string) => head("GET", "/", `Host: ${text}`, GOOD)],
  ["Referer", (text: string) => head("GET", "/", `Referer: http://a/${text}`, GOOD)],
  ["User-Agent", (text: string) => head("GET", "/", `User-Agent: b/${text}`, GOOD)],
  ["name of a field", (text: string) => head("GET", "/", `X${text}: 1`, GOOD)],
  ["Basic name", (text: string) => head("GET", "/", `Authorization: Basic ${btoa(`${text}:x`)}`)],
  ["Basic credentials", (text: string) => head("GET", "/", `Authorization: Basic ${text}`)],
  ["Transfer-Encoding", (text: string) => head("GET", "/", `Transfer-Encoding: ${text}`, GOOD)],
] as const;

function head(method: string, target: string, ...fieldLines: readonly string[]): string {
  return [`${method} ${target} HTTP/1.1`, "Host: a", ...fieldLines, "Connection: close", "", ""]
    .join("\r\n");
}

/** What the whole of a line looks like; JSON is parsed. */
const COMBINED =
  /^127\.0\.0\.1 - - \[[^\]"]+\] "(?:[^"\\]|\\x[0-9A-F]{2})*" [1-5]\d\d \d+ (?:"(?:[^"\\]|\\x[0-9A-F]{2})*" ){2}\d+\.\d{3} \d+$/;
const PRETTY =
  /^\d\d:\d\d:\d\d {2}[1-5]\d\d {2,}[\d.]+ \w+ {2,}[\d.]+ m?s {2}#\d+ {2,}127\.0\.0\.1 +\S/;
const KEYS =
  "time peer peerPort connection requestLine host statusCode contentBytes durationMs referer " +
  "userAgent complete detail";

const FORMATS = {
  combined: (line: string) => assertMatch(line, COMBINED),
  pretty: (line: string) => assertMatch(line, PRETTY),
  json: (line: string) => {
    const entry = JSON.parse(line);
    assertEquals([Object.keys(entry).join(" "), entry.peer], [KEYS, "127.0.0.1"]);
  },
} as const;

for (const [format, assertLine] of Object.entries(FORMATS)) {
  testHostile(
    `no text forges a line of a log in the format ${format}, or an event`,
    [],
    async () => {
      const root = await Deno.realPath(await Deno.makeTempDir());
      try {
        await Deno.writeTextFile(`${root}/index.html`, "hello");
        const { answers, stdout, stderr, events } = await observe(root, format);
        const lines = stdout.slice(0, -1).split("\n");
        assertEquals(lines.length, answers, "one line for each answer");
        assert(answers >= PLACES.length * TEXTS.length);
        for (const line of lines) {
          assertMatch(line, /^[ -~]+$/);
          assertLine(line);
        }
        assertEquals(stderr, "");
        assertEvents(events);
      } finally {
        await Deno.remove(root, { recursive: true });
      }
    },
  );
}

/** Every line of a stream of events belongs to the one report, whose data are JSON. */
function assertEvents(text: string): void {
  const lines = text.slice(text.indexOf("\r\n\r\n") + 4).split("\n").filter((line) => line !== "");
  assertEquals(lines.map((line) => line.split(":", 1)[0]).sort(), ["data", "event", "id", "retry"]);
  const data = lines.find((line) => line.startsWith("data:"))!.slice("data:".length);
  assert(JSON.parse(data).ended.length > 0);
}

/** Sends every text in every place to a server of its own, and gives how many answers came and all that it said. */
async function observe(root: string, format: string) {
  const args = ["run", "--no-prompt", `--allow-read=${root}`, "--allow-net", MAIN, root];
  const flags = ["--host", "127.0.0.1", "--port", "0", "--auth", "ada:x", "--log", format];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, ...flags, "--grace", "1", "--xray", "--xray-port", "0"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const streams = [new Output(child.stdout), new Output(child.stderr)];
  const [stdout, stderr] = streams;
  // What it says at the start is where the log is not, if tools read that.
  const banner = format === "pretty" ? stdout : stderr;
  try {
    await banner.until(/^Press Ctrl\+C to stop\n/m);
    const port = Number(/^Open .*:(\d+)\/$/m.exec(banner.text)![1]);
    const xrayPort = Number(/X-ray: open .*:(\d+)\/$/m.exec(banner.text)![1]);
    streams.forEach((output) => output.text = "");
    let answers = 0;
    for (const [place, requestOf] of PLACES) {
      for (const [text, why] of TEXTS) {
        const method = place === "method" ? [] : ["GET"];
        const got = splitResponses(await exchange(port, requestOf(text)), method);
        assert(got.length > 0, `${place}: ${why}`);
        answers += got.length;
      }
    }
    const events = await firstEvent(xrayPort);
    child.kill("SIGTERM");
    await child.status;
    await Promise.all(streams.map((output) => output.ended));
    return { answers, events, stdout: stdout.text, stderr: stderr.text };
  } finally {
    await stopNow(child, streams);
  }
}

async function stopNow(child: Deno.ChildProcess, streams: readonly Output[]): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
  await child.status;
  await Promise.all(streams.map((output) => output.ended));
}

async function exchange(port: number, request: string): Promise<string> {
  const client = new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  try {
    await client.send(request);
    return await client.readToEnd();
  } finally {
    client.close();
  }
}

/** The first report of the X-ray, which tells of the newest requests. */
async function firstEvent(port: number): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = `GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
  await conn.write(new TextEncoder().encode(request));
  let text = "";
  const decoder = new TextDecoder("latin1");
  const buffer = new Uint8Array(64 * 1024);
  while (!/\n\n$/.test(text.slice(text.indexOf("\r\n\r\n") + 4))) {
    const count = await conn.read(buffer);
    if (count === null) break;
    text += decoder.decode(buffer.subarray(0, count));
  }
  return text;
}

/** All that a process writes, one byte a character. */
class Output {
  text = "";
  readonly ended: Promise<void>;
  #heard = () => {};

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.ended = this.#read(stream);
  }

  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) {
      await Promise.race([
        new Promise<void>((resolve) => this.#heard = resolve),
        this.ended.then(() => Promise.reject(new Error(`It has ended: ${this.text}`))),
      ]);
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const decoder = new TextDecoder("latin1");
    for await (const bytes of stream) {
      this.text += decoder.decode(bytes);
      this.#heard();
    }
  }
}
