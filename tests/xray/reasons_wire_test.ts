/** Every reason, by the bytes that lead to it: over a real socket, to a server that is set up for it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { reasonFor, REASONS } from "../../lib/xray/reasons.ts";
import { CAN_LINK } from "../tools.ts";
import { latin1Bytes } from "../wire/harness.ts";
import { HAS_PIPES, LEAK, PIPE, type Setup } from "./reasons_of_requests.ts";
import { SETUPS } from "./reasons_of_setups.ts";
import { type Watched, withXray } from "./testing.ts";

const FILES = {
  "a.txt": "hello",
  "empty.txt": "",
  "index.html": "<p>home",
  "about.html": "<p>about",
  "404.html": "<p>none",
  "docs/index.html": "<p>docs",
  "bare/x.txt": "x",
  ".secret": "s",
};

/** Sends each case by itself, and gives the reasons that the X-ray has. */
async function reasonsOn(
  watched: Watched,
  { cases, isWaitedFor = false }: Setup,
): Promise<string[]> {
  const head = await watched.exchange(
    `HEAD /a.txt HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${
      btoa("ada:secret")
    }\r\nConnection: close\r\n\r\n`,
  );
  const etag = /\r\nETag: ([^\r]*)/.exec(head)?.[1] ?? "";
  const date = /\r\nLast-Modified: ([^\r]*)/.exec(head)?.[1] ?? "";
  const found: string[] = [];
  for (const [bytes] of cases) {
    const client = await watched.connect();
    await client.send(latin1Bytes(bytes.replaceAll("{etag}", etag).replaceAll("{date}", date)));
    if (!isWaitedFor) await client.closeWrite();
    await client.readToEnd();
    client.close();
    const latest = (await watched.details()).reduce((a, b) => b.id > a.id ? b : a);
    found.push(latest.reason.text);
  }
  return found;
}

const reached = new Set<string>();

for (const setup of SETUPS) {
  const { why, files = {}, init = {}, prepare, cases, complaint } = setup;
  Deno.test(`the X-ray says of each request why: a server ${why}`, async () => {
    await withXray({ ...FILES, ...files }, async (watched) => {
      await prepare?.(watched);
      const found = await reasonsOn(watched, setup);
      cases.forEach(([bytes, reason], i) => {
        assertEquals(found[i], reason, bytes.slice(0, 200));
        reached.add(reason);
      });
      if (complaint !== undefined) assertMatch(String(watched.errors.splice(0)), complaint);
    }, init);
  });
}

/** What no peer can bring about: a state of the machine, as the server's own words for it. */
const STATES = [
  // status, what its log says, reason, where it is said
  [
    403,
    "Cannot read it: permission denied",
    "the file is there, but",
    "tests run as root, who may read all",
  ],
  [
    404,
    "Cannot find it: links in a circle",
    "the links there lead in a circle",
    "files/answers.ts",
  ],
  [
    404,
    "Cannot find it: a file, named like a folder",
    "a part of that path is a file",
    "files/answers.ts",
  ],
  [404, "Cannot find it: name too long", "the system has no names that long", "files/answers.ts"],
  [404, "Cannot find it: no name of a file on this system", "no file of this system", "Windows"],
  [404, "Cannot find it: changed while it was read", "the folder changed", "4_locate.ts"],
  [
    429,
    "Cannot look at another password from this network yet",
    "too many passwords from your network were wrong",
    "site/guesses.ts; tests/wire/guesses_test.ts",
  ],
  [500, "Error: oops", "a mistake of this server", "exchange.ts"],
  [503, "Cannot open it: no file descriptor left", "no file can be opened", "files/answers.ts"],
  [503, "Cannot open it: too many listings are being sent", "too many listings", "4_locate.ts"],
  [
    503,
    "Cannot open it: it is written to without a pause",
    "the file is written to",
    "4_locate.ts",
  ],
  [503, "Cannot open it: another program has it open", "another program", "files/answers.ts"],
  [503, "Cannot open it: the system says EIO", "the system cannot give", "files/answers.ts"],
] as const;

for (const [statusCode, detail, reason, where] of STATES) {
  Deno.test(`reasonFor() explains ${statusCode} by "${detail}", of ${where}`, () => {
    const { text } = reasonFor({
      statusCode,
      detail,
      rule: null,
      method: "GET",
      asked: new Map(),
      said: new Map(),
    });
    assert(text.startsWith(reason), text);
    reached.add(text);
  });
}

/** What a status means at all, where every way to it has words of its own; and an interim response, which has no trace. */
const SPARE = [
  "you asked to be told before sending content, and may go on",
  "all is well and there is no content to send",
  "you have the file already",
  "the request breaks a rule, so what follows it cannot be trusted",
  "there is no such file that may be served",
  "a condition that you set does not hold",
];

Deno.test("each reason is one that some test has reached, by bytes or by a state of the machine", () => {
  reached.add("the peer left before there was a response"); // recorder_test.ts
  if (!HAS_PIPES) reached.add(PIPE);
  if (!CAN_LINK) reached.add(LEAK);
  const rest = REASONS.map(({ text }) => text).filter((text) => !reached.has(text));
  assertEquals(rest, SPARE);
});
