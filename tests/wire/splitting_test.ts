/**
 * Response splitting: no text that a peer sends, that a file is called or that a rule has makes a second head or a field
 * line of its own. Every text is put in every place, and each answer is parsed strictly.
 */

import { assert, assertEquals } from "@std/assert";
import { RawClient, type RawResponse, type Running, withServer } from "./harness.ts";
import { splitResponses } from "./responses.ts";

/** What each text tries to make a line of. */
const FIELD = "X-Split";
const SECOND = `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${FIELD}: y\r\n\r\nno`;

const TEXTS = [
  // Text, one byte a character, why
  [`\r\n${FIELD}: y`, "a line"],
  [`\n${FIELD}: y`, "LF alone"],
  [`\r${FIELD}: y`, "CR alone"],
  [`\r\n\r\n${SECOND}`, "the end of the head, and a second one"],
  [`\n\n${SECOND}`, "the same by LF alone"],
  [`\r\n ${FIELD}: y`, "a folded line"],
  [`%0d%0a${FIELD}:%20y`, "escaped"],
  [`%0D%0A%0D%0A${encodeURIComponent(SECOND)}`, "a second head, escaped"],
  [`%0a${FIELD}:y`, "LF alone, escaped"],
  [`%0d${FIELD}:y`, "CR alone, escaped"],
  [`%250d%250a${FIELD}:y`, "escaped twice"],
  [`%u000d%u000a${FIELD}:y`, "escaped as nobody should"],
  [`%E5%98%8D%E5%98%8A${FIELD}:y`, "U+560D U+560A, whose low bytes are CR and LF"],
  [`\xe5\x98\x8d\xe5\x98\x8a${FIELD}:y`, "the same as they are"],
  [`%E2%80%A8${FIELD}:y%E2%80%A9`, "U+2028, a line's end to some"],
  [`\xe2\x80\xa8${FIELD}:y`, "the same as it is"],
  [`%C2%85${FIELD}:y`, "U+0085, NEL"],
  [`\x85${FIELD}:y\x8d\x8a`, "bytes that are no UTF-8, and CR and LF with their first bit set"],
  [`%0b%0c${FIELD}:y`, "VT and FF"],
  [`\0${FIELD}:y`, "NUL"],
  [`%00%0d%0a${FIELD}:y`, "NUL, escaped"],
  [`\t${FIELD}:y`, "a tab"],
  [`">${FIELD}:y`, "the end of a quoted text"],
] as const;

const PLACES = [
  // Name, and the request with a text in it
  ["path", (text: string) => head(`/${text}`)],
  ["path of a folder without its slash", (text: string) => head(`/dir${text}`)],
  ["path with dots", (text: string) => head(`/../${text}`)],
  ["query", (text: string) => head(`/?${text}`)],
  ["query of a redirect to the slash", (text: string) => head(`/dir?${text}`)],
  ["query of a redirect by a rule", (text: string) => head(`/go/a?${text}`)],
  ["`:splat` of a rule", (text: string) => head(`/go/${text}`)],
  ["a placeholder of a rule", (text: string) => head(`/one/${text}/x`)],
  ["a placeholder of a rewrite", (text: string) => head(`/show/${text}`)],
  ["absolute form", (text: string) => head(`http://a${text}/dir`)],
  ["method", (text: string) => `GET${text} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
  ["version", (text: string) => `GET / HTTP/1.1${text}\r\nHost: a\r\nConnection: close\r\n\r\n`],
  ["Host", (text: string) => `GET /dir HTTP/1.1\r\nHost: a${text}\r\nConnection: close\r\n\r\n`],
  ["name of a field", (text: string) => head("/", `X${text}: y`)],
  ...[
    ...["Referer", "User-Agent", "Range", "If-Range", "If-None-Match", "If-Match"],
    ...["If-Modified-Since", "Accept", "Accept-Encoding", "Origin", "Authorization", "Expect"],
    ...["Access-Control-Request-Headers", "Content-Type", "X-Forwarded-Host", "Connection"],
  ].map((name) => [name, (text: string) => head("/big.txt", `${name}: a${text}`)] as const),
  [
    "Referer beside ranges",
    (text: string) => head("/big.txt", "Range: bytes=0-1,3-4", `Referer: a${text}`),
  ],
  ["Range, behind a good one", (text: string) => head("/big.txt", `Range: bytes=0-1,3-4${text}`)],
] as const;

function head(target: string, ...fieldLines: readonly string[]): string {
  return [`GET ${target} HTTP/1.1`, "Host: a", ...fieldLines, "Connection: close", "", ""].join(
    "\r\n",
  );
}

/** Lines that a response may have; no answer has one twice. */
const KNOWN = new Set([
  ...["date", "content-type", "content-length", "etag", "last-modified", "accept-ranges", "vary"],
  ...["cache-control", "x-content-type-options", "connection", "keep-alive", "location", "allow"],
  ...["content-range", "content-security-policy", "content-encoding", "x-rule", "x-flag"],
  ...["access-control-allow-origin", "access-control-expose-headers"],
]);

/** In a file of rules CR and LF end a line, so who writes it may have any line; with NUL it is no text, and closes the site. */
const RULE_TEXTS = TEXTS.filter(([text]) => !/[\r\n\0]/.test(text));
const RULES = {
  "_redirects": [
    "/go/*      https://b.example/:splat?s=:splat 302",
    "/one/:x/*  /two/:x/:splat                    301",
    "/show/:x   /:x                               200",
    ...RULE_TEXTS.map(([text], i) => `/rule/${i} /to/${text} 302`),
  ].join("\n"),
  "_headers": [
    "/*",
    "  X-Rule: kept",
    ...RULE_TEXTS.map(([text], i) => `/rule/${i}\n  X-Rule: ${text}`),
  ].join("\n"),
};
const FILES = { "index.html": "home", "big.txt": "0123456789", "dir/a.txt": "a" };
const OPTIONS = { listing: true, cors: true, fields: [["X-Flag", "1"]] as const };

/** Sends one request as GET and as HEAD and gives all answers, each parsed strictly. */
async function answersTo(running: Running, request: string): Promise<RawResponse[]> {
  const answers: RawResponse[] = [];
  // Where the method is no method, there is content.
  for (const method of request.startsWith("GET ") ? ["GET", "HEAD"] : ["GET"]) {
    const before = running.log.length;
    const text = await exchange(running, request.replace(/^GET/, method));
    const responses = splitResponses(text, [method]);
    // What our own text has split into two is two requests; a line of the log stands for each answer that we meant.
    assertEquals(responses.length, running.log.length - before, JSON.stringify(text));
    responses.forEach(assertPlain);
    answers.push(...responses);
  }
  return answers;
}

async function exchange({ port }: Running, request: string): Promise<string> {
  const client = new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  try {
    await client.send(request);
    return await client.readToEnd();
  } finally {
    client.close();
  }
}

/** `parseHead()` of the harness lets printable ASCII pass and nothing else; here only names of ours do, each once. */
function assertPlain(response: RawResponse): void {
  const names = response.head.slice(0, -4).split("\r\n").slice(1)
    .map((line) => line.slice(0, line.indexOf(":")).toLowerCase());
  assertEquals(names.filter((name) => !KNOWN.has(name)), [], response.head);
  assertEquals(names.length, new Set(names).size, response.head);
}

Deno.test("nothing that a peer sends splits a response", async () => {
  const statuses = new Set<number>();
  const locations = new Set<string>();
  await withServer({ ...FILES, ...RULES }, async (running) => {
    running.errors.length = 0;
    for (const [place, requestOf] of PLACES) {
      for (const [text, why] of TEXTS) {
        try {
          for (const { statusCode, fields } of await answersTo(running, requestOf(text))) {
            statuses.add(statusCode);
            locations.add(fields.get("location") ?? "");
          }
        } catch (cause) {
          throw new Error(`${place}: ${why}`, { cause });
        }
      }
    }
    assert(running.log.length > PLACES.length * TEXTS.length);
    assert(!statuses.has(500), "Nothing of this is our mistake");
    for (const statusCode of [200, 206, 301, 302, 400, 404]) {
      assert(statuses.has(statusCode), `${statusCode}`);
    }
    assert(locations.size > TEXTS.length, `${locations.size} texts came as far as a Location`);
    running.errors.length = 0; // Lines of the rules that are no good: see below.
  }, OPTIONS);
});

Deno.test("nothing that a file of rules has splits a response", async () => {
  await withServer({ ...FILES, ...RULES }, async (running) => {
    let redirects = 0;
    for (const [i, [, why]] of RULE_TEXTS.entries()) {
      for (const { statusCode, fields } of await answersTo(running, head(`/rule/${i}`))) {
        if (fields.has("location")) redirects++;
        assert(statusCode !== 500, why);
      }
    }
    assert(redirects > RULE_TEXTS.length, "More than half of the rules are rules all the same");
    for (const error of running.errors.splice(0)) {
      assert(/^_(headers|redirects), /.test(`${error}`));
    }
  }, OPTIONS);
});

Deno.test({
  name: "no name of a file splits a response",
  ignore: Deno.build.os === "windows", // There they cannot be.
  async fn() {
    // In a name stands what a peer would have to send: bytes, and escapes as letters of their own.
    const names = TEXTS.map(([text]) =>
      text.replaceAll("/", "_").replaceAll("\0", "").slice(0, 80)
    );
    const files = Object.fromEntries(
      names.flatMap((name) => [[`${name}/x.txt`, "x"], [`of/a.${name}`, "a"]]),
    );
    await withServer(files, async (running) => {
      const json = "Accept: application/json";
      const counts = { 200: 0, 301: 0, other: 0 };
      for (const name of names) {
        const path = encodeURIComponent(name);
        const requests = [
          head(`/${path}`),
          head(`/${path}/`),
          head(`/${path}/`, json),
          head(`/${path}/x.txt`),
          head(`/of/a.${path}`),
        ];
        for (const request of requests) {
          for (const { statusCode } of await answersTo(running, request)) {
            counts[statusCode === 200 || statusCode === 301 ? statusCode : "other"]++;
          }
        }
      }
      for (const request of [head("/"), head("/", json), head("/of/"), head("/of/", json)]) {
        for (const { statusCode } of await answersTo(running, request)) {
          assertEquals(statusCode, 200);
        }
      }
      assert(counts[301] >= names.length && counts[200] > names.length, JSON.stringify(counts));
    }, OPTIONS);
  },
});
