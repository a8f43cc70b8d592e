/**
 * Sends the corpus through one proxy, each request followed by an honest one on the same connection and by an honest
 * client on another, and looks for a desync: an answer that is somebody else's, or a request that Vitrine saw and the
 * proxy did not forward.
 */

import { Raw } from "../raw.ts";
import { type LogLine, startVitrine } from "../vitrine.ts";
import { CORPUS, type Row, spell } from "./corpus.ts";
import { type ProxyName, startProxy } from "./proxies.ts";
import { Tap, type Tapped } from "./tap.ts";

/** What came of the corpus. */
export interface Differential {
  readonly cases: number;
  /** Requests that the proxy let through, or made of them. */
  readonly forwarded: number;
  /** Of these, what Vitrine refused. */
  readonly refused: number;
  /** Connections to Vitrine. */
  readonly connections: number;
  /** Cases after which the honest client's request went where the case's own had gone. */
  readonly reused: number;
  /** A line for each desync. */
  readonly desyncs: string[];
}

/** Whoever hid a request calls itself so, unlike what the proxy forwards. */
const SMUGGLER = "smuggled";

/** How long a proxy may take to answer. Some wait for content that will not come: then nothing is there to be seen. */
const PATIENCE_MS = 20;

interface Case {
  readonly tag: string;
  readonly why: string;
  readonly bytes: string;
}

/**
 * Each row with a whole request hidden, or with the start of one, which would swallow the next client's: in turns, and
 * with `HOSTILE_ALL=1` both.
 */
const CASES: readonly Case[] = CORPUS.flatMap((row, i) => {
  const both = [
    caseOf(row, { tag: `${i}w`, method: "POST", end: "\r\n\r\n" }),
    caseOf(row, { tag: `${i}o`, method: "GET", end: "\r\nX: " }),
  ];
  return Deno.env.get("HOSTILE_ALL") ? both : [both[i % 2]];
});

function caseOf([bytes, why]: Row, init: { tag: string; method: string; end: string }): Case {
  const { tag, method, end } = init;
  const hidden = `GET /hidden/${tag}.txt HTTP/1.1\r\nHost: a\r\nUser-Agent: ${SMUGGLER}${end}`;
  const target = `/first/${tag}.txt`;
  return { tag, why: `${why} (${method})`, bytes: spell(bytes, { method, target, hidden }) };
}

/** Every target has a file of its own, so that an answer tells whose it is. */
const FILES = Object.fromEntries(
  CASES.flatMap(({ tag }) =>
    ["first", "hidden", "own", "honest"].map((kind) => [`${kind}/${tag}.txt`, `<${kind} ${tag}>`])
  ),
);

function honestRequest(kind: string, tag: string): string {
  return `GET /${kind}/${tag}.txt HTTP/1.1\r\nHost: a\r\n\r\n`;
}

/** Runs the whole corpus through one proxy. */
export async function runDifferential(name: ProxyName, path: string): Promise<Differential> {
  const mark = `marked-${crypto.randomUUID()}`;
  const desyncs: string[] = [];
  await using vitrine = await startVitrine({ files: FILES, flags: ["--head-timeout", "2"] });
  await using tap = new Tap(vitrine.port);
  const folder = `${vitrine.outside}/proxy`;
  {
    await using proxy = await startProxy(name, path, {
      ...{ folder, back: tap.port, mark, caches: false },
    });
    for (const { tag, why, bytes } of CASES) {
      const problems = await runCase(proxy.port, tag, bytes);
      desyncs.push(...problems.map((problem) => `${why}: ${problem}`));
    }
  }
  await tap[Symbol.asyncDispose]();
  await vitrine[Symbol.asyncDispose](); // So that its log is whole.
  desyncs.push(...compare(tap.connections, vitrine.log, mark));
  if (vitrine.errorLines.length > 0) desyncs.push(`Vitrine said ${vitrine.errorLines}`);
  return {
    ...{ cases: CASES.length, desyncs, connections: tap.connections.length },
    forwarded: tap.connections.reduce((sum, { forwarded }) => sum + count(forwarded, mark), 0),
    refused: vitrine.log.filter(({ statusCode }) => statusCode >= 400).length,
    reused:
      CASES.filter(({ tag }) =>
        tap.connections.some(({ forwarded }) =>
          forwarded.includes(`/first/${tag}.txt`) && forwarded.includes(`/honest/${tag}.txt`)
        )
      ).length,
  };
}

/** Runs one case; gives what is wrong with the answers. */
async function runCase(port: number, tag: string, bytes: string): Promise<string[]> {
  const problems: string[] = [];
  const attacker = await Raw.connect(port);
  await attacker.send(bytes + honestRequest("own", tag));
  await attacker.until((received) => received.includes(`<own ${tag}>`), PATIENCE_MS);
  await attacker.close();
  const strange = strangers(attacker.received, tag, ["first", "hidden", "own"]);
  if (strange.length > 0) problems.push(`the attacker got ${strange}`);

  const honest = await Raw.connect(port);
  await honest.send(honestRequest("honest", tag));
  const [response] = await honest.responses(["GET"]);
  await honest.close();
  if (response?.content !== `<honest ${tag}>`) {
    problems.push(`the honest client got ${JSON.stringify(honest.received.slice(0, 500))}`);
  }
  return problems;
}

/** Contents of files that are of another case, or of another kind. */
function strangers(received: string, tag: string, kinds: readonly string[]): string[] {
  const matches = received.matchAll(/<(first|hidden|own|honest) (\w+)>/g);
  return [...matches].filter(([, kind, of]) => of !== tag || !kinds.includes(kind))
    .map(([content]) => content);
}

/** Compares what the proxy forwarded with what Vitrine answered, one connection at a time. */
function compare(
  connections: readonly Tapped[],
  log: readonly LogLine[],
  mark: string,
): string[] {
  const problems: string[] = [];
  for (const line of log) {
    // A head that is refused has no fields to read the mark from.
    const isMarked = line.userAgent === mark || (line.userAgent === null && line.statusCode >= 400);
    if (!isMarked) problems.push(`unmarked: ${line.statusCode} ${line.requestLine}`);
  }
  // The system gives a port again to a later connection.
  const byPort = Map.groupBy(connections, ({ peerPort }) => peerPort);
  for (const [peerPort, tapped] of byPort) {
    const forwarded = tapped.map(({ forwarded }) => forwarded).join("");
    const lines = log.filter((line) => line.peerPort === peerPort);
    if (lines.length <= count(forwarded, mark)) continue;
    const answers = lines.map(({ statusCode, requestLine }) => `${statusCode} ${requestLine}`);
    problems.push(`more answers than requests: ${answers} to ${JSON.stringify(forwarded)}`);
  }
  return problems;
}

function count(text: string, word: string): number {
  return text.split(word).length - 1;
}
