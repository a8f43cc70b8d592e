/**
 * Step (iv): get the file from the file system.
 *
 * In goes a request, out comes an open regular file with its facts, or why there is none. One door for the loop,
 * {@linkcode locate}; behind it a path is *resolved* to a real path inside the root, *opened*, and *read*, if it is small:
 *
 *     /a.txt     a file, and its size, times, inode        /img      "folder": it has its address with a slash (301)
 *     /img/      its index.html, or "bareFolder"           /out      "absent", if it is a link that leads out of the root
 *
 * What goes wrong is a value as well: absent, forbidden, unavailable; its status is left to step (v). Any other error is
 * ours. Each move has a file of its own in `files/`; together they alone find and open the files of the site.
 *
 * Looking is done with the synchronous calls: one costs 4 µs where its asynchronous twin costs 50 (Deno 2.9.6,
 * local disk). So is opening, in a way that never waits at a FIFO, a named pipe (`files/disk_file.ts`), and reading what is
 * small, as long as the disk is quick; reading more is not.
 */

import { codeOf, storyOf } from "./errors.ts";
import { Absences } from "./files/absent.ts";
import { ABSENT, absent, OUTSIDE, whyNot } from "./files/answers.ts";
import { FileCache } from "./files/cache.ts";
import { Compressor } from "./files/compress.ts";
import { isSettledState, type Opened, openInside, type Root } from "./files/contain.ts";
import type { DiskFile } from "./files/disk_file.ts";
import { isSameFile } from "./files/disk_state.ts";
import { factsOf, type Known, needsStart } from "./files/facts.ts";
import { Listings } from "./files/listings.ts";
import { digestOf, MemoryFile, readStart, readWhole, type SiteFile } from "./files/memory_file.ts";
import { isMadeCoding } from "./files/made_forms.ts";
import { resolve, type Resolved, systemPathOf } from "./files/resolve.ts";
import { Samples } from "./files/samples.ts";
import { SiteRoot } from "./files/site_root.ts";
import { SiteRules } from "./files/site_rules.ts";
import { isNoName } from "./files/spelling.ts";
import { Variants } from "./files/variants.ts";
import type { Fields } from "./http/fields.ts";
import type { Located, Request, TargetPath } from "./http/message.ts";
import { START_BYTES } from "./http/sniff.ts";
import { pathTo } from "./http/target.ts";
import { withScript } from "./live/page.ts";
import { lookUpTurns, readTurns } from "./net/turns.ts";
import { isRuleFile } from "./options.ts";
import { acceptedCodings } from "./site/codings.ts";
import { isHidden } from "./site/hidden.ts";
import { authorityOf } from "./site/hosts.ts";
import { httpsAddress, isChallenge } from "./site/to_https.ts";
import { findInSite, type Look } from "./site/find.ts";
import { wantsJson } from "./site/listing.ts";
import { asksForPage } from "./site/navigation.ts";
import type { PolicyOptions } from "./site/policy.ts";

/** Files up to this size are read whole even without a cache, in bytes: no response mixes two states of them. */
const SMALL_BYTES = 64 * 1024;
/** A file younger than this may be about to get the rest of its bytes: an editor that saves has emptied it just before; in ms. */
const WRITING_MS = 5;
/** How often a path that changes while it is opened is tried anew at once; an editor that saves every 2 ms needs five. */
const ATTEMPTS_IN_A_ROW = 10;
/** How long before the next attempt after those, in ms, and how long in all: then the peer had better ask again. */
const PAUSE_MS = 2;
const PATIENCE_MS = 3_000;

export type { SiteFile };

/** The folder that is served, as files are looked up in it by their names. */
export interface ServedFolder extends Root {
  readonly cache: FileCache;
  readonly absences: Absences;
  readonly samples: Samples;
  /** Whether names that start with a dot are served. */
  readonly dotfiles: boolean;
  /** Whether text may be sent in compressed forms. */
  readonly compression: boolean;
  /** What is asked of the site beyond its files; most often nothing. */
  readonly rules: SiteRules;
  /** Waits, in ms. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** A folder that is served, and how: its rules, the forms of its files, and who is told of mistakes. */
export interface Site extends ServedFolder {
  /** Compressed forms of the files; null where all are sent as they are. */
  readonly variants: Variants | null;
  readonly listings: Listings;
  /** Whether pages get the script that reloads them. */
  readonly live: boolean;
  /** Whether it is served over TLS. */
  readonly secure: boolean;
  /** For whom it is, as whoever started the server named it: a host or a path; null if for all. */
  readonly place: string | null;
  readonly onError: (error: unknown) => void;
  /** To be called before the first look of each round: the root may lead elsewhere by now. */
  beginRound(): void;
}

/** The options of {@linkcode openSite}; see `Options`. */
export interface SiteOptions extends PolicyOptions {
  readonly dotfiles: boolean;
  readonly cacheBytes: number;
  /** Whether compressed forms are sent to who takes them. */
  readonly compression: boolean;
  /** Whether pages get the script that reloads them; see `live/page.ts`. */
  readonly live: boolean;
  /** Folders that links may lead into, beside the root. */
  readonly follow: readonly string[];
  /** The certificate, if the site is served over TLS. */
  readonly cert: string | null;
  readonly place: string | null;
  /** Told of mistakes of ours, and of lines of rules that are no good. */
  readonly onError: (error: unknown) => void;
}

/**
 * Opens the root of a site.
 *
 * @throws {Deno.errors.NotFound} and the other errors of `Deno.realPathSync`, unchanged.
 * @throws {Deno.errors.NotADirectory} If it is no folder.
 * @throws {FollowError} If a folder that links may lead into is none.
 */
export function openSite(path: string, options: SiteOptions): Site {
  const { dotfiles, cacheBytes, compression, live, follow, cert, place, onError } = options;
  const root = new SiteRoot(path, {
    follow,
    onTurn() {
      cache.clear();
      rules.readAnew();
    },
  });
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const cache = new FileCache(cacheBytes, root);
  const absences = new Absences(root.path);
  const samples = new Samples();
  const rules = new SiteRules(root, options, { warn: onError, onContent: () => cache.clear() });
  // One object, and not copies of it, as where the root is may change.
  const parts = { sleep, cache, absences, samples, rules, dotfiles, compression };
  const folder = Object.assign(root, parts);
  const find = (path: TargetPath, round: number) => locateFile(folder, path, round);
  const compressor = new Compressor();
  const variants = compression ? new Variants(folder, { find, compressor }) : null;
  const listings = new Listings(folder, compressor);
  return Object.assign(folder, { variants, listings, live, place, secure: cert !== null, onError });
}

/** What step (iv) looks at in a request. */
export type Wanted = Pick<Request, "method" | "requestTarget" | "path" | "mount"> & {
  readonly fields: Pick<Fields, "get">;
};

/** Who asks: the fields of a request, and the round in which it was received; see `net/rounds.ts`. */
interface Asked {
  readonly fields: Pick<Fields, "get">;
  readonly round: number;
}

/**
 * Finds what a request asks for: the file that its path names, in the form that it takes best, or what the rules and
 * options of the site make of it (`site/find.ts`). The caller closes the file. Rejects only by a mistake of ours.
 *
 * @returns At once if it is in the cache, else a promise.
 */
export function locate(
  site: Site,
  wanted: Wanted,
  round: number,
): Located<SiteFile> | Promise<Located<SiteFile>> {
  const { method, path, fields } = wanted;
  if (path === null || method === "OPTIONS") return { kind: "nothing" };
  const policy = site.rules.at(round);
  const asked: Asked = { fields, round };
  return policy === null
    ? locateForm(site, path, asked)
    : findInSite(policy.lookup, path, lookFor(site, asked, wanted));
}

/** The ways around that a request may go; see `site/find.ts`. */
function lookFor(site: Site, asked: Asked, wanted: Wanted): Look<SiteFile> {
  const { fields } = asked;
  const { mount } = wanted;
  return {
    file: (path) => locateForm(site, path, asked),
    entries: (path) => locateListing(site, path, fields),
    asksForPage: (hasPoint) => asksForPage(fields, hasPoint),
    origin: () =>
      `${site.secure ? "https" : "http"}://${authorityOf(wanted)}${mount?.prefix ?? ""}`,
    secured: (path, port) =>
      isChallenge(path, mount) ? null : httpsAddress(authorityOf(wanted), { port, path, mount }),
  };
}

/**
 * Finds the site's own page of that name in the root, such as `404.html`; null if there is none. Never rejects: a
 * mistake of ours is told, and as good as no page, since the page is to tell of a failure already.
 *
 * @param fields Of the request that failed; null if it could not be read.
 */
export async function locatePage(
  site: Site,
  name: string,
  { fields, round }: { fields: Pick<Fields, "get"> | null; round: number },
): Promise<Extract<Located<SiteFile>, { kind: "file" }> | null> {
  if (site.absences.has([name], round)) return null;
  try {
    const located = await locateScripted(site, pathTo([name]), { fields, round });
    return located.kind === "file" ? located : null;
  } catch (error) {
    site.onError(`cannot look for ${name}: ${storyOf(error)}`);
    return null;
  }
}

/** As {@linkcode locateScripted}, in the form that the request takes best: RFC 9110 §12.5.3. */
function locateForm(
  site: Site,
  path: TargetPath,
  asked: Asked,
): Located<SiteFile> | Promise<Located<SiteFile>> {
  const located = locateScripted(site, path, asked);
  return site.variants === null ? located : site.variants.select(path, located, asked);
}

/** As {@linkcode locateFile}; with `--live` a page comes with its script. */
function locateScripted(
  site: Site,
  path: TargetPath,
  { fields, round }: { fields: Pick<Fields, "get"> | null; round: number },
): Located<SiteFile> | Promise<Located<SiteFile>> {
  const located = locateFile(site, path, round);
  if (!site.live) return located;
  return located instanceof Promise
    ? located.then((found) => withScript(found, fields))
    : withScript(located, fields);
}

/**
 * Finds the file that a path names; a path with a slash at its end names the `index.html` in it.
 *
 * @returns At once if the file is in the cache or not there at all, else a promise.
 */
function locateFile(
  folder: ServedFolder,
  path: TargetPath,
  round: number,
): Located<SiteFile> | Promise<Located<SiteFile>> {
  return folder.cache.get(path.key, round) ?? locateOnDisk(folder, path, round);
}

/** Lists the folder that a path names, in the format that the request prefers. */
async function locateListing(
  site: Site,
  path: TargetPath,
  fields: Pick<Fields, "get">,
): Promise<Located<SiteFile>> {
  try {
    const format = wantsJson(fields.get("accept")) ? "json" : "page";
    const mayBeCoded = site.compression && !site.live; // Nothing can be added to coded bytes.
    const codings = mayBeCoded ? acceptedCodings(fields.get("accept-encoding")) : [];
    const coding = codings.find(isMadeCoding) ?? null;
    const listing = await site.listings.list(path, format, coding);
    if (listing === null) return absent("changed while it was read");
    if (listing === "busy") return { kind: "unavailable", why: "too many listings are being sent" };
    const vary = mayBeCoded ? "Accept, Accept-Encoding" : "Accept"; // RFC 9110 §12.5.5
    const located = { kind: "listing", format, vary, ...listing } as const;
    return site.live ? withScript(located, fields) : located;
  } catch (error) {
    return whyNot(error);
  }
}

function locateOnDisk(
  folder: ServedFolder,
  path: TargetPath,
  round: number,
): Located<SiteFile> | Promise<Located<SiteFile>> {
  if (!folder.dotfiles && path.segments.some(isHidden)) return absent("dotfile");
  if (path.segments.length === 1 && isRuleFile(path.segments[0])) {
    return absent("rules for the server");
  }
  if (path.segments.some(isNoName)) return absent("no name of a file on this system");
  return folder.absences.has(path.segments, round) ? ABSENT : locateThere(folder, path, round);
}

async function locateThere(
  folder: ServedFolder,
  path: TargetPath,
  round: number,
): Promise<Located<SiteFile>> {
  try {
    const startedMs = folder.nowMs();
    for (let attempt = 0; Math.abs(folder.nowMs() - startedMs) <= PATIENCE_MS; attempt++) {
      if (attempt >= ATTEMPTS_IN_A_ROW) await folder.sleep(PAUSE_MS);
      const turn = lookUpTurns.next(1);
      if (turn !== null) await turn; // Five hundred who come at once do not keep all others waiting.
      const located = await lookUp(folder, path, { round, attempt }).catch((error) => {
        // Removed or replaced after it was resolved: the next attempts will tell which. The root itself may be gone.
        const mayTell = codeOf(error) === "ENOENT" && attempt < ATTEMPTS_IN_A_ROW;
        if (mayTell && !folder.absences.has(path.segments, round)) return null;
        throw error;
      });
      if (located !== null) return located;
    }
    return { kind: "unavailable", why: "it is written to without a pause" };
  } catch (error) {
    return whyNot(error);
  }
}

/** One attempt, in three moves: resolve, open, read. Null if the path changed meanwhile. */
async function lookUp(
  folder: ServedFolder,
  path: TargetPath,
  { round, attempt }: { round: number; attempt: number },
): Promise<Located<SiteFile> | null> {
  const resolved = resolve(folder, path, round);
  if (resolved === OUTSIDE && folder.hasTurned()) return null;
  if (resolved.kind !== "regular") return resolved;
  if (attempt === 0) await settle(folder, resolved.mtimeMs); // Not for ever, if its writer never rests.
  const opened = await openInside(folder, resolved.realPath);
  return opened === null ? null : await read(folder, { path, round, attempt, resolved, opened });
}

/** An open file of the site, and how it was found. */
interface Found {
  readonly path: TargetPath;
  readonly round: number;
  readonly attempt: number;
  readonly resolved: Resolved;
  readonly opened: Opened;
}

/** Reads a small file, and puts it into the cache; a larger one stays open. Null if it was changed meanwhile. */
async function read(
  folder: ServedFolder,
  { path, round, attempt, resolved, opened: { file, state } }: Found,
): Promise<Located<SiteFile> | null> {
  const { names, realPath } = resolved;
  const { size } = state;
  const { cache, compression } = folder;
  const name = names.at(-1) ?? "";
  const policy = folder.rules.latest;
  const rule = policy?.contentRuleFor(path) ?? null;
  const lookedMs = folder.nowMs();
  const known = { name, rule, compression, lookedMs };
  const isSmall = size <= SMALL_BYTES;
  if (!isSmall && !cache.beginReading(size)) {
    return await streamed(folder, file, { ...known, state });
  }
  using _closed = file;
  try {
    const turn = isSmall ? null : readTurns.next(size);
    if (turn !== null) await turn;
    const isSettled = isSettledState(state, lookedMs);
    const takesEmpty = attempt >= ATTEMPTS_IN_A_ROW;
    const whole = await readWhole(file, state, { isSettled, takesEmpty });
    if (whole === null) return null;
    const { content } = whole;
    const { bytes } = content;
    // As many as of a file that is streamed: what a large one is must not depend on the size of the cache.
    const start = isSmall
      ? { bytes, isWhole: true }
      : { bytes: bytes.subarray(0, START_BYTES), isWhole: false };
    const read = factsOf({ ...known, state: whole.state, start });
    const facts = { ...read, digest: await digestOf(bytes) };
    const located = { kind: "file", file: new MemoryFile(content), facts } as const;
    if (folder.rules.latest === policy) { // Else other things may be said of the file by now.
      cache.put(path.key, round, { systemPath: systemPathOf(folder, names), realPath, located });
    }
    return located;
  } finally {
    if (!isSmall) cache.endReading(size);
  }
}

/** A large file, which stays open, with what stands for its bytes. Null if it was changed meanwhile. */
async function streamed(
  folder: ServedFolder,
  file: DiskFile,
  known: Omit<Known, "start">,
): Promise<Located<SiteFile> | null> {
  using open = new DisposableStack();
  open.use(file);
  const { name, rule } = known;
  const state = file.look();
  if (!isSameFile(state, known.state)) return null;
  const start = needsStart(name, rule) ? await readStart(file, START_BYTES) : null;
  const facts = factsOf({ ...known, state, start });
  const isSettled = facts.unsettled === 0;
  const digest = isSettled ? await folder.samples.digestOf(file, state) : null;
  if (isSettled && digest === null) return null;
  open.move();
  return { kind: "file", file, facts: { ...facts, digest } };
}

/** Waits a moment for whoever has just begun to write a file. Bytes that are read while it is written are read twice, anyway. */
async function settle(folder: ServedFolder, mtimeMs: number): Promise<void> {
  const ageMs = folder.nowMs() - mtimeMs;
  if (ageMs >= 0 && ageMs <= WRITING_MS) await folder.sleep(WRITING_MS - ageMs + 1);
}
