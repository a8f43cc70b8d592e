/** The folder that every server serves: the same bytes in each run. */

import { join } from "@std/path";
import { createHash } from "node:crypto";

/** A file of the site as it must arrive. */
export interface SiteFile {
  /** Path of the target, with its leading slash. */
  readonly path: string;
  readonly size: number;
  /** SHA-256 of the content, in hex. */
  readonly digest: string;
}

/** The folder that all servers share. */
export interface Site {
  readonly root: string;
  readonly small: SiteFile;
  readonly medium: SiteFile;
  readonly large: SiteFile;
  /** What the quiet client asks for, and nobody else. */
  readonly quiet: SiteFile;
  /** A page of text, which a server may compress. */
  readonly page: SiteFile;
  /** In a shuffled order. */
  readonly many: readonly SiteFile[];
  /** A folder of {@linkcode LISTED_FILES} files and no index. */
  readonly listed: SiteFile;
  /** A file that is not there. */
  readonly absent: SiteFile;
  /** A file that the freshness probe replaces; one per server, so that none meets another's. */
  readonly probePaths: ReadonlyMap<string, string>;
}

/** How many first requests the cold start of a cache is made of. */
export const MANY_FILES = 10_000;

/** How many files a listing lists. */
export const LISTED_FILES = 1_000;

/**
 * Writes the folder: 125 MB of bytes that look random. The files are named `.png`, a type that no server compresses, so that
 * all send the same bytes; but for one page of text.
 *
 * @param names The servers, each of which gets a file for the freshness probe.
 */
export async function makeSite(root: string, names: readonly string[]): Promise<Site> {
  const random = randomBytes(1);
  const write = async (path: string, content: Uint8Array<ArrayBuffer>): Promise<SiteFile> => {
    await Deno.writeFile(join(root, path), content);
    return { path, size: content.length, digest: digestOf(content) };
  };

  const small = await write("/1k.png", random(1024));
  const medium = await write("/100k.png", random(100 * 1024));
  const large = await write("/100m.png", random(100_000_000));
  const quiet = await write("/quiet.png", random(1024));
  const page = await write("/page.html", new TextEncoder().encode(pageText(100 * 1024)));
  const many: SiteFile[] = [];
  for (let i = 0; i < MANY_FILES; i++) {
    const folder = `/many/${String(Math.floor(i / 100)).padStart(2, "0")}`;
    if (i % 100 === 0) await Deno.mkdir(join(root, folder), { recursive: true });
    many.push(await write(`${folder}/${String(i % 100).padStart(2, "0")}.png`, random(2048)));
  }
  await Deno.mkdir(join(root, "listed"));
  for (let i = 0; i < LISTED_FILES; i++) await write(`/listed/${listedName(i)}`, random(0));
  const probePaths = new Map<string, string>();
  for (const [i, name] of names.entries()) {
    const { path } = await write(`/fresh${i}.png`, random(1500));
    probePaths.set(name, path);
  }
  const nothing = { size: 0, digest: "" };
  return {
    ...{ root, small, medium, large, quiet, page, probePaths },
    many: shuffled(many),
    listed: { path: "/listed/", ...nothing },
    absent: { path: "/assets/logo-2x.png", ...nothing },
  };
}

/** The name of a file that the listing must hold. */
export function listedName(i: number): string {
  return `picture-${String(i).padStart(4, "0")}.png`;
}

/** SHA-256 of some bytes, in hex. */
export function digestOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Prose of ASCII that gzip makes about a third of: words of a small language, the short ones the most frequent. */
function pageText(size: number): string {
  const next = xorshift(3);
  const letters = "etaoinshrdlucmfwypvbgk";
  const words = Array.from({ length: 2000 }, (_, i) => {
    const length = 2 + Math.floor(Math.log2(i + 1)) + next() % 3;
    return Array.from({ length }, () => letters[Math.min(next() % 22, next() % 22)]).join("");
  });
  let text = "<!doctype html>\n<title>A page</title>\n<p>";
  while (text.length < size) {
    const word = words[Math.floor(words.length * (next() / 2 ** 32) ** 3)];
    text += next() % 120 === 0 ? `${word}.</p>\n<p class="text">` : `${word} `;
  }
  return text.slice(0, size);
}

/** The same list in an order that looks random and is the same in each run. */
function shuffled<T>(list: readonly T[]): T[] {
  const next = xorshift(2);
  const order = [...list];
  for (let i = order.length - 1; i > 0; i--) {
    const j = next() % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function randomBytes(seed: number): (size: number) => Uint8Array<ArrayBuffer> {
  const next = xorshift(seed);
  return (size) => {
    const words = new Uint32Array(Math.ceil(size / 4));
    for (let i = 0; i < words.length; i++) words[i] = next();
    return new Uint8Array(words.buffer, 0, size);
  };
}

/** Marsaglia's 32-bit xorshift: small, fast, and the same everywhere. */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
