/**
 * Listings of folders, for step (iv): gathered, sorted and written in slices, once for all who ask at the same time, and
 * kept for a while if they are large. In goes a path, out comes a page or JSON that can be sent like a file.
 *
 * Which names there are is as fresh as files are: what is kept, or was begun before a request came, serves it only if
 * the state of the folder vouches that nothing was renamed, made or removed since. Of what is in the files no folder
 * tells, and to look at a hundred thousand takes half a second: in a large folder, sizes and times may be 2 s old.
 */

import { type FolderContent, type FolderRoot, isAsRead, readFolder } from "./folder.ts";
import type { Compressor, MadeCoding, Source } from "./compress.ts";
import { inTime } from "./made_forms.ts";
import { digestOf, MemoryFile, type OpenFile, type SiteFile } from "./memory_file.ts";
import { Slices } from "./slices.ts";
import type { TargetPath } from "../http/message.ts";
import { MIN_CODED_BYTES } from "../site/codings.ts";
import { listingJson, listingOrder, listingPage } from "../site/listing.ts";

/** A folder with fewer entries is read anew for each request: that takes 2 ms. */
const MIN_KEPT_ENTRIES = 256;
/** How old a listing of one with more may be, in ms. */
const KEEP_MS = 2_000;
/** What is kept, all together, in bytes. A folder of 100,000 entries takes 40 MB, with one page of it. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;
/** What an entry is counted with, beside its name, in bytes. */
const ENTRY_BYTES = 150;
/** Listings that are gathered or written at one time; further ones wait for their turn. */
const MAX_AT_WORK = 8;
/** What is on its way to peers, in bytes, each page counted once; beyond, nothing new is written. */
const MAX_SENDING_BYTES = 128 * 1024 * 1024;
/** Parts are gathered to pieces of at least this size, in bytes. Less than one is sent as a small file is. */
const PIECE_BYTES = 64 * 1024;

/** A listing, written. */
interface Page {
  readonly pieces: readonly Uint8Array<ArrayBuffer>[];
  readonly size: number;
  /** Of its bytes as they were written, whatever its coding. */
  readonly digest: string;
  /** Responses that it is sent in. */
  users: number;
  /** The same, compressed; null if that makes it no smaller. */
  readonly coded: Map<MadeCoding, Promise<Page | null>>;
}

/** A folder that was read, and what was made of that. */
interface Gathered {
  readonly content: FolderContent;
  readonly atMs: number;
  /** By order and format. */
  readonly pages: Map<string, Promise<Page>>;
  bytes: number;
}

/** A listing that can be sent. */
export interface Listing {
  readonly file: SiteFile;
  readonly size: number;
  /** RFC 9110 §8.4; null if it is as it was written. */
  readonly coding: MadeCoding | null;
  /** RFC 9110 §8.8.3: strong, as it is of the bytes, and each coding has its own. */
  readonly entityTag: string;
}

/** The listings of one site. */
export class Listings {
  readonly #root: FolderRoot;
  readonly #maxSendingBytes: number;
  readonly #slices = new Slices();
  readonly #compressor: Compressor;
  /** By the key of the path, the one that was read last at the end. */
  readonly #kept = new Map<string, Gathered>();
  readonly #gathering = new Map<string, Promise<Gathered | null>>();
  readonly #waiting: (() => void)[] = [];
  #atWork = 0;
  #keptBytes = 0;
  #sendingBytes = 0;

  /**
   * @param compressor The one of the site: all that is compressed shares one queue, and one slice of a turn.
   * @param maxSendingBytes What may be on its way to peers before nothing new is written.
   */
  constructor(root: FolderRoot, compressor: Compressor, maxSendingBytes = MAX_SENDING_BYTES) {
    this.#root = root;
    this.#compressor = compressor;
    this.#maxSendingBytes = maxSendingBytes;
  }

  /** What is kept, in bytes. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /**
   * Lists a folder that step (iv) found, in the order that the query of its path asks for. The caller closes the file.
   *
   * @param coding That the peer takes best; null if it takes none.
   * @returns Null if it is not there any more; `"busy"` if too much is on its way to peers already.
   */
  async list(
    path: TargetPath,
    format: "page" | "json",
    coding: MadeCoding | null = null,
  ): Promise<Listing | "busy" | null> {
    if (this.#sendingBytes > this.#maxSendingBytes) return "busy";
    const gathered = await this.#gather(path);
    if (gathered === null) return null;
    const page = await this.#write(gathered, path, format);
    const coded = coding === null || page.size < MIN_CODED_BYTES
      ? null
      : await this.#compress(gathered, page, coding);
    const { size } = coded ?? page;
    const [usedCoding, suffix] = coded === null ? [null, ""] : [coding, `-${coding}`];
    const entityTag = `"${page.digest}${suffix}"`;
    return { size, file: this.#open(coded ?? page), coding: usedCoding, entityTag };
  }

  async #gather(path: TargetPath): Promise<Gathered | null> {
    const kept = this.#kept.get(path.key);
    if (kept !== undefined) {
      const ageMs = this.#root.nowMs() - kept.atMs;
      const isFresh = ageMs >= 0 && ageMs <= KEEP_MS;
      if (isFresh && isAsRead(this.#root, path.segments, kept.content)) return kept;
      this.#drop(path.key, kept);
    }
    const begun = this.#gathering.get(path.key);
    if (begun !== undefined) {
      // It was begun before we came. If nothing changed until its end, it knows all that we ask for.
      const gathered = await begun;
      if (gathered === null || gathered.content.isWhole) return gathered;
    }
    return await (this.#gathering.get(path.key) ?? this.#begin(path));
  }

  /** Reads a folder, for all who ask until it is read. */
  #begin(path: TargetPath): Promise<Gathered | null> {
    const gathering = this.#work(async () => {
      const atMs = this.#root.nowMs();
      const content = await readFolder(this.#root, path.segments, this.#slices);
      if (content === null) return null;
      const gathered: Gathered = { content, atMs, pages: new Map(), bytes: 0 };
      if (content.states !== null && content.entries.length >= MIN_KEPT_ENTRIES) {
        this.#kept.set(path.key, gathered);
        this.#grow(gathered, bytesOf(content));
      }
      return gathered;
    }).finally(() => this.#gathering.delete(path.key));
    this.#gathering.set(path.key, gathering);
    return gathering;
  }

  /** Writes a listing once for each order and format. */
  #write(gathered: Gathered, path: TargetPath, format: "page" | "json"): Promise<Page> {
    const order = listingOrder(path.query);
    const key = `${format} ${order.by} ${order.descending}`;
    const known = gathered.pages.get(key);
    if (known !== undefined) return known;
    const listed = { path, entries: gathered.content.entries, order };
    const parts = format === "json" ? listingJson(listed) : listingPage(listed);
    const page = this.#work(async () => {
      const pieces = new Pieces();
      await this.#slices.run(parts, (part) => pieces.add(part));
      return await pieces.end();
    });
    gathered.pages.set(key, page);
    page.then(({ size }) => this.#grow(gathered, size), () => gathered.pages.delete(key));
    return page;
  }

  /** Compresses a page once for each coding. Null if that makes it no smaller, or takes too long: then it goes as it is. */
  async #compress(gathered: Gathered, page: Page, coding: MadeCoding): Promise<Page | null> {
    let coded = page.coded.get(coding);
    if (coded === undefined) {
      const compression = this.#compressor.compress(sourceOf(page), coding);
      if (compression === null) return null;
      coded = compression.coded.then((bytes) => {
        if (bytes === null || bytes.length >= page.size) return null;
        this.#grow(gathered, bytes.length);
        const { digest } = page;
        return { pieces: [bytes], size: bytes.length, digest, users: 0, coded: new Map() };
      });
      page.coded.set(coding, coded);
      coded.catch(() => page.coded.delete(coding));
    }
    return await inTime(coded) ?? null;
  }

  #open(page: Page): SiteFile {
    if (page.users++ === 0) this.#sendingBytes += page.size;
    const leave = () => {
      if (--page.users === 0) this.#sendingBytes -= page.size;
    };
    const isSmall = page.pieces.length === 1 && page.size <= PIECE_BYTES;
    return isSmall ? new SmallPage(page.pieces[0], leave) : new PageReader(page, leave);
  }

  /** Counts what is kept with a folder, and lets the oldest go to make room. */
  #grow(gathered: Gathered, bytes: number): void {
    gathered.bytes += bytes;
    for (const kept of this.#kept.values()) if (kept === gathered) this.#keptBytes += bytes;
    for (const [key, oldest] of this.#kept) {
      if (this.#keptBytes <= MAX_KEPT_BYTES) break;
      this.#drop(key, oldest);
    }
  }

  #drop(key: string, gathered: Gathered): void {
    if (this.#kept.get(key) !== gathered) return;
    this.#kept.delete(key);
    this.#keptBytes -= gathered.bytes;
  }

  /** Does work, of which only so much goes on at one time. */
  async #work<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#atWork >= MAX_AT_WORK) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#atWork++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift(); // It takes over the place.
      if (next === undefined) this.#atWork--;
      else next();
    }
  }
}

function bytesOf({ entries }: FolderContent): number {
  let bytes = 0;
  for (const { name } of entries) bytes += ENTRY_BYTES + 2 * name.length;
  return bytes;
}

/** The pieces of a page, to be compressed. They are asked for in their order. */
function sourceOf({ pieces, size }: Page): Source {
  let [piece, start] = [0, 0];
  return {
    size,
    slice(at, maxBytes) {
      while (at - start >= pieces[piece].length) start += pieces[piece++].length;
      return pieces[piece].subarray(at - start, at - start + maxBytes);
    },
  };
}

const encoder = new TextEncoder();

/** Gathers parts of a text to pieces of bytes. */
class Pieces {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #text = "";
  #size = 0;

  add(part: string): void {
    this.#text += part;
    if (this.#text.length >= PIECE_BYTES) this.#encode();
  }

  async end(): Promise<Page> {
    this.#encode();
    // Of a large page the digest of the digests of its pieces, as they are never in one place.
    const digests = await Promise.all(this.#pieces.map(digestOf));
    const digest = digests.length === 1
      ? digests[0]
      : await digestOf(encoder.encode(digests.join()));
    return { pieces: this.#pieces, size: this.#size, digest, users: 0, coded: new Map() };
  }

  #encode(): void {
    if (this.#text === "") return;
    const piece = encoder.encode(this.#text);
    this.#pieces.push(piece);
    this.#size += piece.length;
    this.#text = "";
  }
}

/** A small page: it is sent as a small file is. */
class SmallPage extends MemoryFile {
  readonly #leave: () => void;

  constructor(bytes: Uint8Array, leave: () => void) {
    super(bytes);
    this.#leave = leave;
  }

  override [Symbol.dispose](): void {
    this.#leave();
  }
}

/** A large page: it is sent as a file on the disk is, part by part, so that no quick reader of it starves the others. */
class PageReader implements OpenFile {
  readonly #page: Page;
  readonly #leave: () => void;
  #piece = 0;
  #at = 0;

  constructor(page: Page, leave: () => void) {
    this.#page = page;
    this.#leave = leave;
  }

  seek(offset: number | bigint): Promise<number> {
    this.#at = Number(offset);
    for (this.#piece = 0; this.#piece < this.#page.pieces.length; this.#piece++) {
      const { length } = this.#page.pieces[this.#piece];
      if (this.#at < length) break;
      this.#at -= length;
    }
    return Promise.resolve(Number(offset));
  }

  read(bytes: Uint8Array): Promise<number | null> {
    return Promise.resolve(this.readSync(bytes));
  }

  readSync(bytes: Uint8Array): number | null {
    let count = 0;
    while (count < bytes.length && this.#piece < this.#page.pieces.length) {
      const piece = this.#page.pieces[this.#piece];
      const part = piece.subarray(this.#at, this.#at + bytes.length - count);
      bytes.set(part, count);
      count += part.length;
      this.#at += part.length;
      if (this.#at === piece.length) [this.#piece, this.#at] = [this.#piece + 1, 0];
    }
    return count === 0 ? null : count;
  }

  [Symbol.dispose](): void {
    this.#leave();
  }
}
