/**
 * Vitrine behind one cache: after each poison, whoever asks honestly has to get what they would have got from Vitrine
 * itself.
 */

import { latin1, latin1Bytes } from "../../latin1.ts";
import { ask, Raw, type Response as RawResponse } from "../raw.ts";
import { startVitrine } from "../vitrine.ts";
import { POISONS } from "./poisons.ts";
import { type ProxyName, startProxy } from "./proxies.ts";

/** What came of the poisons. */
export interface Poisoning {
  readonly poisons: number;
  /** Honest requests. */
  readonly asked: number;
  /** Requests, poisons included, that the cache answered without a word to Vitrine. */
  readonly unforwarded: number;
  /** A line for each honest client that got something else. */
  readonly poisoned: string[];
}

/** Long enough to be compressed. */
const pageOf = (i: number) => `<p>page ${i}</p>\n`.repeat(200);
const FILES = Object.fromEntries(POISONS.flatMap((_, i) => [
  [`page/${i}.html`, pageOf(i)],
  [`folder/${i}/index.html`, pageOf(i)],
]));

/** Runs all poisons through one cache, while Vitrine tells it `cacheControl`. */
export async function runPoisoning(
  name: ProxyName,
  path: string,
  cacheControl: string,
): Promise<Poisoning> {
  await using vitrine = await startVitrine({
    files: FILES,
    flags: ["--head-timeout", "2", "--cache-control", cacheControl],
  });
  const back = vitrine.port;
  const poisoned: string[] = [];
  let asked = 0;
  const honest = async (front: number, target: string, lines: readonly string[]) => {
    const userAgent = `User-Agent: honest`; // The cache says `mark` instead, if it asks.
    asked++;
    const expected = await essence(await ask(back, target, { lines: [...lines, userAgent] }));
    const got = await essence(await ask(front, target, { lines }));
    return got === expected ? [] : [`${target} ${lines}: ${got}`];
  };
  {
    const folder = `${vitrine.outside}/proxy`;
    const mark = "cache";
    await using proxy = await startProxy(name, path, { folder, back, mark, caches: true });
    for (const [i, [bytes, why]] of POISONS.entries()) {
      for (const target of [`/page/${i}.html`, `/folder/${i}`]) {
        await poison(proxy.port, bytes.replace("{T}", target));
        const problems = [
          ...await honest(proxy.port, target, []),
          ...await honest(proxy.port, target, []),
          ...await honest(proxy.port, target, ["Accept-Encoding: gzip"]),
        ];
        poisoned.push(...problems.map((problem) => `${why}: ${problem}`));
      }
    }
  }
  await vitrine[Symbol.asyncDispose](); // So that its log is whole.
  if (vitrine.errorLines.length > 0) poisoned.push(`Vitrine said ${vitrine.errorLines}`);
  const forwarded = vitrine.log.filter(({ userAgent }) => userAgent !== "honest").length;
  return {
    poisons: POISONS.length,
    asked,
    unforwarded: asked + 2 * POISONS.length - forwarded,
    poisoned,
  };
}

/** Sends a poison, and waits for what comes of it; some wait for content that will not come. */
async function poison(port: number, bytes: string): Promise<void> {
  const raw = await Raw.connect(port);
  await raw.send(bytes);
  await raw.until((received) => received.includes("\r\n\r\n"), 50);
  await raw.close();
}

/** What a client makes of a response: its status, its text, and where it leads. */
async function essence({ statusCode, fields, content }: RawResponse): Promise<string> {
  const coding = fields.get("content-encoding");
  const text = coding === "gzip" ? await gunzip(content) : content;
  const names = ["content-type", "location", "content-range", "vary"];
  const lines = names.map((name) => `${name}: ${fields.get(name)?.toLowerCase()}`);
  return JSON.stringify([statusCode, ...lines, text]);
}

async function gunzip(content: string): Promise<string> {
  const bytes = new Blob([latin1Bytes(content)]).stream();
  const plain = bytes.pipeThrough(new DecompressionStream("gzip"));
  return latin1(new Uint8Array(await new Response(plain).arrayBuffer()));
}
