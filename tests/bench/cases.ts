/** What is asked of every server: the folder that is served, and the loads put on it. */

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
  readonly many: readonly SiteFile[];
  /** A file that the freshness probe replaces; one per server, so that none meets another's. */
  readonly probePaths: ReadonlyMap<string, string>;
}

/** One load, the same for each server. */
export interface LoadCase {
  readonly id: string;
  readonly title: string;
  readonly connections: number;
  /** Which files are asked for; in this order, over and over. */
  readonly files: (site: Site) => readonly SiteFile[];
  /** What is counted per second. */
  readonly unit: "requests/s" | "GB/s";
  /** Whether each request comes on a connection of its own. */
  readonly closing: boolean;
  /** Whether the servers with an access log run, each beside itself without one. */
  readonly logging: boolean;
}

const HOT = { connections: 32, unit: "requests/s", closing: false, logging: false } as const;

/** The loads, in the order in which they run. */
export const LOADS: readonly LoadCase[] = [
  {
    ...HOT,
    id: "1k",
    title: "1 KiB hot, 32 connections",
    files: (site) => [site.small],
  },
  {
    ...HOT,
    id: "100k",
    title: "100 KiB hot, 32 connections",
    files: (site) => [site.medium],
  },
  {
    ...HOT,
    id: "100m",
    title: "100 MB, 4 connections",
    connections: 4,
    unit: "GB/s",
    files: (site) => [site.large],
  },
  {
    ...HOT,
    id: "many",
    title: "10,000 different 2 KiB files in a shuffled order, 32 connections",
    files: (site) => shuffled(site.many),
  },
  {
    ...HOT,
    id: "close",
    title: "1 KiB, a new connection per request, 32 at once",
    closing: true,
    files: (site) => [site.small],
  },
  {
    ...HOT,
    id: "512",
    title: "1 KiB, 512 connections",
    connections: 512,
    files: (site) => [site.small],
  },
  {
    ...HOT,
    id: "log",
    title: "1 KiB, 32 connections, access log off and on",
    logging: true,
    files: (site) => [site.small],
  },
];

/** The cases that are not a load; see `probes.ts`. */
export const PROBES = ["start", "memory"] as const;

const MANY_FILES = 10_000;

/**
 * Writes the folder that all servers serve: 125 MB of bytes that look random and are the same in each run.
 * The files are named `.png`, a type that no server compresses, so that all send the same bytes.
 *
 * @param names The servers, each of which gets a file for the freshness probe.
 */
export async function makeSite(root: string, names: readonly string[]): Promise<Site> {
  const random = randomBytes(1);
  const write = async (path: string, size: number): Promise<SiteFile> => {
    const content = random(size);
    await Deno.writeFile(join(root, path), content);
    return { path, size, digest: digestOf(content) };
  };

  const small = await write("/1k.png", 1024);
  const medium = await write("/100k.png", 100 * 1024);
  const large = await write("/100m.png", 100_000_000);
  const many: SiteFile[] = [];
  for (let i = 0; i < MANY_FILES; i++) {
    const folder = `/many/${String(Math.floor(i / 100)).padStart(2, "0")}`;
    if (i % 100 === 0) await Deno.mkdir(join(root, folder), { recursive: true });
    many.push(await write(`${folder}/${String(i % 100).padStart(2, "0")}.png`, 2048));
  }
  const probePaths = new Map<string, string>();
  for (const [i, name] of names.entries()) {
    const { path } = await write(`/fresh${i}.png`, 1500);
    probePaths.set(name, path);
  }
  return { root, small, medium, large, many, probePaths };
}

/** SHA-256 of some bytes, in hex. */
export function digestOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
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
