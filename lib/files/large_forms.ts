/**
 * Compressed forms of files that are too large to be kept themselves. What is made of one is a quarter of it, most often,
 * and that is kept, and counts with the cache. The file is read from the disk meanwhile, slice by slice, through an open
 * file of its own. Each request has the file open, and so knows whether a form is one of its state of now.
 */

import type { CachedFile } from "./cache.ts";
import type { Compressor, MadeCoding, Source } from "./compress.ts";
import { DiskFile } from "./disk_file.ts";
import { isSameFileState } from "./disk_state.ts";
import {
  type Find,
  inTime,
  isMadeCoding,
  keepForm,
  type Made,
  type VariantsFolder,
} from "./made_forms.ts";
import { MemoryFile, type SiteFile } from "./memory_file.ts";
import type { Located, TargetPath } from "../http/message.ts";
import { type Coding, MIN_CODED_BYTES } from "../site/codings.ts";

/** Largest file that is compressed here, in bytes: half a minute of slices between which others have their turns. */
const LARGEST_BYTES = 64 * 1024 * 1024;
/** Files that are too large to be kept and are compressed at one time. */
const MAX_LARGE_AT_WORK = 4;
const NO_FILE = new MemoryFile(new Uint8Array(0));

type LocatedFile = Extract<Located<SiteFile>, { kind: "file" }>;

/** The forms of the large files of one site. */
export class LargeForms {
  readonly #folder: VariantsFolder;
  readonly #find: Find;
  readonly #compressor: Compressor;
  /** By the place that a file has in the cache; they live as long. */
  readonly #forms = new WeakMap<CachedFile, Map<MadeCoding, Made>>();
  #atWork = 0;

  constructor(
    folder: VariantsFolder,
    { find, compressor }: { find: Find; compressor: Compressor },
  ) {
    this.#folder = folder;
    this.#find = find;
    this.#compressor = compressor;
  }

  /** Chooses the form of a file that is too large to be kept itself: what is made of it may be small enough. */
  async choose(
    path: TargetPath,
    located: LocatedFile,
    { codings, round }: { codings: readonly Coding[]; round: number },
  ): Promise<LocatedFile> {
    const { cache } = this.#folder;
    const { facts, file } = located;
    const coding = codings.find(isMadeCoding);
    const isTaken = coding !== undefined && file instanceof DiskFile && facts.unsettled === 0 &&
      !cache.takes(facts.size) && facts.size <= LARGEST_BYTES &&
      cache.maxFormBytes > MIN_CODED_BYTES;
    if (!isTaken) return located;
    const key = `${path.key}\0`; // No path has this one.
    let place = cache.getPlace(key);
    // As with small files: what would push others out has to be asked for twice.
    const mayBegin = place !== null ||
      cache.hasRoomFor(Math.min(facts.size / 4, cache.maxFormBytes));
    if (place === null || !isSameFileState(place.facts, facts)) {
      place = { kind: "file", file: NO_FILE, facts };
      cache.putPlace(key, place);
    }
    const forms = this.#formsOf(place);
    using open = new DisposableStack();
    open.use(file);
    let made = forms.get(coding) ?? null;
    if (made === null && mayBegin) {
      made = await this.#make(path, place, { forms, coding, round, key });
    }
    const coded = made?.isSoon ? await inTime(made.coded) : null;
    if (coded !== null && coded !== undefined) return coded;
    open.move(); // It is sent, and stays open.
    return located;
  }

  /** Has a large file compressed, from an open file of its own. Null if there is too much to do already. */
  async #make(
    path: TargetPath,
    place: CachedFile,
    { forms, coding, round, key }: {
      forms: Map<MadeCoding, Made>;
      coding: MadeCoding;
      round: number;
      key: string;
    },
  ): Promise<Made | null> {
    if (this.#atWork >= MAX_LARGE_AT_WORK) return null;
    this.#atWork++;
    const leave = (found: Located<SiteFile>) => {
      this.#atWork--;
      if ("file" in found) found.file[Symbol.dispose]();
    };
    const found = await Promise.resolve(this.#find(path, round)).catch((error: unknown) => {
      this.#atWork--;
      throw error;
    });
    const known = forms.get(coding); // Somebody else may have been quicker.
    const file = found.kind === "file" && found.file instanceof DiskFile ? found.file : null;
    const isSame = () => file !== null && isSameFileState(file.look(), place.facts);
    const { cache } = this.#folder;
    const compression = known !== undefined || file === null || !isSame() ? null : this.#compressor
      .compress(sourceOf(file, place.facts.size), coding, {
        isWanted: () => cache.holds(key, place),
        maxCodedBytes: cache.maxFormBytes,
      });
    if (compression === null) {
      leave(found);
      return known ?? null;
    }
    const coded = compression.coded
      .then((bytes) =>
        bytes === null || !isSame() ? null : keepForm(cache, { key, located: place, bytes, coding })
      )
      .finally(() => leave(found));
    const isDone = () => void forms.set(coding, { coded, isSoon: true });
    coded.then(isDone, isDone);
    const made = { coded, isSoon: compression.isSoon };
    forms.set(coding, made);
    return made;
  }

  #formsOf(place: CachedFile): Map<MadeCoding, Made> {
    let forms = this.#forms.get(place);
    if (forms === undefined) this.#forms.set(place, forms = new Map());
    return forms;
  }
}

/** An open file, to be compressed from its start to its end. */
function sourceOf(file: DiskFile, size: number): Source {
  return {
    size,
    async slice(at, maxBytes) {
      const bytes = new Uint8Array(maxBytes);
      await file.seek(at);
      const count = await file.read(bytes).catch(() => null); // A disk that fails: whoever sends the file will see it.
      return bytes.subarray(0, count ?? 0);
    },
  };
}
