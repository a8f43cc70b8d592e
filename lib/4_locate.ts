/**
 * Step (iv): get the file from the file system.
 *
 * In goes a safe path, out comes an open regular file with its facts, or why there is none. With `contain.ts`
 * beside it, no other file touches the file system. Which status that gets is left to step (v).
 *
 * Looking is done with the synchronous calls: one costs 4 µs where its asynchronous twin costs 50 (Deno 2.9.6,
 * local disk). Opening is not, so that a FIFO or a slow disk never holds up the other tasks.
 */

import { FileCache, MemoryFile, type SiteFile } from "./files/cache.ts";
import { areSettled, isInside, openInside, type Root, SETTLE_MS, timeMs } from "./files/contain.ts";
import { readFolder } from "./files/folder.ts";
import { codeOf, isOutOfDescriptors } from "./errors.ts";
import { HeadRoom } from "./files/memory_file.ts";
import type { Fields } from "./http/fields.ts";
import { mediaTypeOf } from "./http/media_type.ts";
import type { FileFacts, Located, TargetPath } from "./http/message.ts";
import { withScript } from "./live/reload.ts";
import { RULE_FILES } from "./options.ts";
import { isCompressible } from "./site/codings.ts";
import { Variants } from "./files/variants.ts";

/** Files up to this size are read whole even without a cache, in bytes: no response mixes two states of them. */
const SMALL_BYTES = 64 * 1024;
/** How often a path that changes while it is opened is tried anew; an editor that saves every 2 ms needs five. */
const ATTEMPTS = 10;

export type { SiteFile };

/** A folder that is served, and how. */
export interface Site extends Root {
  readonly cache: FileCache;
  /** Whether names that start with a dot are served. */
  readonly dotfiles: boolean;
  /** Compressed forms of the files; null where all are sent as they are. */
  readonly variants: Variants | null;
  /** Whether pages get the script that reloads them. */
  readonly live: boolean;
  /** Waits, in ms. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** The options of {@linkcode openSite}; see `Options`. */
export interface SiteOptions {
  readonly dotfiles: boolean;
  readonly cacheBytes: number;
  /** Whether compressed forms are sent to who takes them. */
  readonly compression: boolean;
  /** Whether pages get the script that reloads them; see `live/reload.ts`. */
  readonly live: boolean;
}

/**
 * Opens the root of a site.
 *
 * @throws {Deno.errors.NotFound} and the other errors of `Deno.realPathSync`, unchanged.
 * @throws {Deno.errors.NotADirectory} If it is no folder.
 */
export function openSite(
  path: string,
  { dotfiles, cacheBytes, compression, live }: SiteOptions,
): Site {
  const realPath = Deno.realPathSync(path);
  if (!Deno.statSync(realPath).isDirectory) {
    throw new Deno.errors.NotADirectory(`Cannot serve "${path}": not a folder`);
  }
  const nowMs = Date.now;
  const cache = new FileCache(cacheBytes, { path: realPath, nowMs });
  const variants = compression
    ? new Variants({
      rootPath: realPath,
      cache,
      nowMs,
      locate: (path, round) => locateFile(site, path, round),
    })
    : null;
  const site: Site = {
    path: realPath,
    dotfiles,
    cache,
    variants,
    live,
    nowMs,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
  return site;
}

/** As {@linkcode locateFile}; with `--live` a page comes with its script. */
export function locatePage(
  site: Site,
  path: TargetPath,
  round: number,
): Located<SiteFile> | Promise<Located<SiteFile>> {
  const located = locateFile(site, path, round);
  if (!site.live) return located;
  return located instanceof Promise ? located.then(withScript) : withScript(located);
}

/**
 * As {@linkcode locatePage}, and chooses the form of the file that the request takes best.
 *
 * @param request Its fields decide the form: RFC 9110 §12.5.3.
 */
export function locateVariant(
  site: Site,
  path: TargetPath,
  { fields, round }: { fields: Pick<Fields, "get">; round: number },
): Located<SiteFile> | Promise<Located<SiteFile>> {
  const located = locatePage(site, path, round);
  return site.variants === null ? located : site.variants.select(path, located, { fields, round });
}

/**
 * Finds the file that a path names; a path with a slash at its end names the `index.html` in it. The caller closes the
 * file.
 *
 * @param round The round in which the request was received; see `rounds.ts`.
 * @returns At once if the file is in the cache, else a promise.
 */
export function locateFile(
  site: Site,
  path: TargetPath,
  round: number,
): Located<SiteFile> | Promise<Located<SiteFile>> {
  return site.cache.get(path.key, round) ?? locateOnDisk(site, path, round);
}

/** Reads the folder that a path names, for a listing of it. */
export async function locateEntries(site: Site, path: TargetPath): Promise<Located<never>> {
  try {
    const entries = await readFolder(site, path);
    return entries === null ? absent("changed while it was read") : { kind: "listing", entries };
  } catch (error) {
    return whyNot(error);
  }
}

async function locateOnDisk(
  site: Site,
  path: TargetPath,
  round: number,
): Promise<Located<SiteFile>> {
  if (!site.dotfiles && path.segments.some(isHidden)) return absent("dotfile");
  if (path.segments.length === 1 && RULE_FILES.has(path.segments[0])) {
    return absent("rules for the server");
  }
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const located = await lookUp(site, path, round).catch((error) => {
        if (isReplaced(site, path, error)) return null;
        throw error;
      });
      if (located !== null) return located;
    }
    return absent("changed while it was opened");
  } catch (error) {
    return whyNot(error);
  }
}

/**
 * Whether what was not found is only being replaced: a link was turned to another file, and the one it led to a moment
 * ago was removed. The path is there now.
 */
function isReplaced(site: Site, path: TargetPath, error: unknown): boolean {
  if (!(error instanceof Deno.errors.NotFound)) return false;
  try {
    Deno.realPathSync([site.path, ...path.segments].join("/"));
    return true;
  } catch {
    return false;
  }
}

/** RFC 8615 §3: `/.well-known/` is made to be found by everyone; every other dotfile is private. */
function isHidden(name: string, depth: number): boolean {
  return name.startsWith(".") && !(depth === 0 && name === ".well-known");
}

/** One attempt; null if the path changed meanwhile. */
async function lookUp(
  site: Site,
  path: TargetPath,
  round: number,
): Promise<Located<SiteFile> | null> {
  let names = path.segments;
  let realPath = resolve(site, names);
  if (realPath === null) return OUTSIDE;
  let info = Deno.lstatSync(realPath);
  if (info.isDirectory) {
    if (!path.folder) return { kind: "folder" };
    names = [...names, "index.html"];
    realPath = resolveIndex(site, names);
    if (realPath === "") return { kind: "bareFolder" };
    if (realPath === null) return OUTSIDE;
    info = Deno.lstatSync(realPath);
  } else if (path.folder) {
    return absent("a file, named with a slash at its end");
  }
  // Only regular files: opening a FIFO would wait for a writer, reading a device might never end.
  if (!info.isFile) return absent("not a regular file");
  await settle(site, timeMs(info.mtime));
  const opened = await openInside(site, realPath);
  if (opened === null) return null;
  const { file } = opened;
  const streamed = factsOf(site, names.at(-1) ?? "", opened.info);
  if (streamed.size > SMALL_BYTES && !site.cache.takes(streamed.size)) {
    return { kind: "file", file, facts: streamed };
  }
  using _closed = file;
  const content = await readWhole(file, opened.info);
  if (content === null) return null;
  const facts = { ...streamed, digest: await digestOf(content.bytes) };
  const located = { kind: "file", file: new MemoryFile(content), facts } as const;
  const systemPath = [site.path, ...names].join("/");
  site.cache.put(path.key, round, { systemPath, realPath, located });
  return located;
}

/** Reads all of a small file. Null if it was changed meanwhile: no response mixes two states of a file. */
async function readWhole(
  file: Deno.FsFile,
  info: Deno.FileInfo,
): Promise<HeadRoom | null> {
  const content = new HeadRoom(info.size);
  const { bytes } = content;
  for (let at = 0; at < bytes.length;) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) return null;
    at += count;
  }
  const now = file.statSync();
  const isSame = now.size === info.size && timeMs(now.mtime) === timeMs(info.mtime);
  return isSame ? content : null;
}

const OUTSIDE = absent("leads out of the root");

/** Follows every link of a path. Gives the real path, or null if that is outside of the root. */
function resolve(site: Site, names: readonly string[]): string | null {
  try {
    const realPath = Deno.realPathSync([site.path, ...names].join("/"));
    return isInside(site, realPath) ? realPath : null;
  } catch (error) {
    // A link to what we may not look at: whether that is there is nobody's business, so 404 and not 403.
    if (error instanceof Deno.errors.PermissionDenied && hasLink(site, names)) return null;
    throw error;
  }
}

/** Whether any name of a path is a link. */
function hasLink(site: Site, names: readonly string[]): boolean {
  let path = site.path;
  for (const name of names) {
    path += `/${name}`;
    if (isLink(path)) return true;
  }
  return false;
}

/** {@linkcode resolve} for the `index.html` of a folder; the empty path if there is none. */
function resolveIndex(site: Site, names: readonly string[]): string | null {
  try {
    return resolve(site, names);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}

/** 96 bits of SHA-256 in base64url: no two files that anybody finds have the same. */
async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.subarray(0, 12).toBase64({ alphabet: "base64url" });
}

/** Waits until the time of a file that has just been written can be told from that of a next write. */
async function settle(site: Site, mtimeMs: number): Promise<void> {
  const ageMs = site.nowMs() - mtimeMs;
  if (ageMs >= 0 && ageMs <= SETTLE_MS) await site.sleep(SETTLE_MS - ageMs + 1);
}

/** Starts anywhere, so that no two servers and no two runs give the same number. */
let unsettledCount = Math.floor(Math.random() * 2 ** 40);

/** Facts of an open file: of what will be read, not of what its path may mean by now. */
function factsOf(site: Site, name: string, info: Deno.FileInfo): FileFacts {
  const mtimeMs = timeMs(info.mtime);
  const ctimeMs = timeMs(info.ctime);
  return {
    name,
    size: info.size,
    mtimeMs,
    ctimeMs,
    device: info.dev,
    inode: info.ino ?? 0,
    unsettled: areSettled(mtimeMs, ctimeMs, site.nowMs()) ? 0 : ++unsettledCount,
    varies: site.variants !== null && isCompressible(mediaTypeOf(name)),
  };
}

function absent(why: string): Located<never> {
  return { kind: "absent", why };
}

/**
 * What each class of file error means to a peer. A class that is not here is our fault, and 500.
 * Measured on Deno 2.9.6: running out of descriptors has no class of its own.
 */
const ERRORS = [
  [Deno.errors.NotFound, absent("not found")],
  [Deno.errors.NotADirectory, absent("a file, named like a folder")],
  [Deno.errors.FilesystemLoop, absent("links in a circle")],
  [Deno.errors.IsADirectory, absent("not a regular file")],
  [Deno.errors.PermissionDenied, { kind: "forbidden" }],
  [Deno.errors.NotCapable, { kind: "forbidden" }],
] as const;

function whyNot(error: unknown): Located<never> {
  for (const [errorClass, located] of ERRORS) if (error instanceof errorClass) return located;
  if (isOutOfDescriptors(error)) return { kind: "exhausted" };
  if (codeOf(error) === "ENAMETOOLONG") return absent("name too long");
  throw error;
}
