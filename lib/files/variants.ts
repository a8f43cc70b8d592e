/**
 * Compressed forms of files, behind step (iv). In go a file that was found and what the peer takes; out comes the same
 * file, or a coded form of it: a ready-made `app.js.br` beside `app.js`, or bytes that were compressed here, once.
 *
 * A ready-made form is a file of the site like any other: found, contained, cached and kept fresh in the same way. It
 * is taken only if it is not older than the file itself; else it may be of a state before the last edit, and nobody is
 * sent old bytes. (nginx sends them.) `gzip -k`, `brotli` and `zstd` give their result the time of the file; but two
 * writes in one tick of the clock have equal times as well, so then what is inside decides. Forms made here live with their file in the cache: they leave when it changes, and count with it.
 */

import { exists } from "./node.ts";
import type { CachedFile } from "./cache.ts";
import { type Compressor, decodesTo, type MadeCoding } from "./compress.ts";
import { LargeForms } from "./large_forms.ts";
import {
  type Find,
  inTime,
  isMadeCoding,
  keepForm,
  type Made,
  type VariantsFolder,
} from "./made_forms.ts";
import { MemoryFile, type SiteFile } from "./memory_file.ts";
import { systemPathOf } from "./resolve.ts";
import type { Fields } from "../http/fields.ts";
import type { FileFacts, Located, TargetPath } from "../http/message.ts";
import { pathTo } from "../http/target.ts";
import { acceptedCodings, type Coding, MIN_CODED_BYTES, siblingName } from "../site/codings.ts";

/** How long we rely on what ready-made forms there are, in ms. One that changes or goes is noticed at once. */
const LOOK_AGAIN_MS = 2_000;
/** How many values of `Accept-Encoding` are remembered; browsers send about five. */
const REMEMBERED_VALUES = 64;

/** The form of a cached file that an order of codings comes to. */
type Choice =
  /** The file as it is. */
  | { readonly kind: "plain" }
  | { readonly kind: "made"; readonly coded: CachedFile }
  /** `coded` stands for `sibling`, as long as the cache has that under its path. */
  | {
    readonly kind: "sibling";
    readonly path: TargetPath;
    readonly sibling: CachedFile;
    readonly coded: CachedFile;
  };

const PLAIN: Choice = { kind: "plain" };

/** What is known of one state of one cached file. */
interface Forms {
  /** When we last looked for ready-made forms. */
  lookedMs: number;
  /** By the order of codings that a peer takes. */
  readonly choices: Map<readonly Coding[], Choice>;
  /** Compressed here, or on their way. */
  readonly made: Map<MadeCoding, Made>;
}

type LocatedFile = Extract<Located<SiteFile>, { kind: "file" }>;

/** The compressed forms of the files of one site. */
export class Variants {
  readonly #folder: VariantsFolder;
  readonly #find: Find;
  /** They live as long as the file's own place in the cache. */
  readonly #forms = new WeakMap<CachedFile, Forms>();
  readonly #compressor: Compressor;
  readonly #orders = new Map<string, readonly Coding[]>();
  readonly #large: LargeForms;

  /** @param find How ready-made forms are found: like every other file. */
  constructor(
    folder: VariantsFolder,
    { find, compressor }: { find: Find; compressor: Compressor },
  ) {
    this.#folder = folder;
    this.#find = find;
    this.#compressor = compressor;
    this.#large = new LargeForms(folder, { find, compressor });
  }

  /**
   * Chooses the form of a file that a request takes best.
   *
   * @param located What step (iv) found; a value if it came from the cache, else a promise.
   * @returns At once where the choice is known. The file that is not chosen is closed.
   */
  select(
    path: TargetPath,
    located: Located<SiteFile> | Promise<Located<SiteFile>>,
    { fields, round }: { fields: Pick<Fields, "get">; round: number },
  ): Located<SiteFile> | Promise<Located<SiteFile>> {
    if (located instanceof Promise) {
      return located.then((found) => {
        if (found.kind !== "file" || !hasForms(found)) return found;
        // If others asked at the same time, theirs may be the one that is kept.
        const kept = found.file instanceof MemoryFile
          ? this.#folder.cache.get(path.key, round)
          : null;
        return this.#choose(path, kept ?? found, { fields, round, isHit: false });
      });
    }
    return located.kind === "file"
      ? this.#choose(path, located, { fields, round, isHit: true })
      : located;
  }

  #choose(
    path: TargetPath,
    located: LocatedFile,
    { fields, round, isHit }: { fields: Pick<Fields, "get">; round: number; isHit: boolean },
  ): LocatedFile | Promise<LocatedFile> {
    if (!hasForms(located)) return located;
    const codings = this.#orderOf(fields);
    // RFC 9110 §14.1: a range counts the bytes of the form that is sent, and but for browsers no client can decode a part of
    // a coded one. Who asks for a range gets the plain file, also where `If-Range` (§13.1.5) names the tag of a coded form:
    // that is then another representation, so all of it comes, and if that breaks off, the next try can go on from there.
    if (codings.length === 0 || fields.get("range") !== null) return located;
    const forms = this.#forms.get(located as CachedFile);
    const choice = forms?.choices.get(codings);
    if (choice !== undefined && this.#folder.nowMs() - forms!.lookedMs <= LOOK_AGAIN_MS) {
      if (choice.kind === "plain") return located;
      if (choice.kind === "made") return choice.coded;
      // Strictly fresh: the ready-made form is looked at once a round as well.
      if (this.#folder.cache.get(choice.path.key, round) === choice.sibling) return choice.coded;
    }
    return this.#chooseAnew(path, located, { codings, round, isHit });
  }

  async #chooseAnew(
    path: TargetPath,
    located: LocatedFile,
    { codings, round, isHit }: { codings: readonly Coding[]; round: number; isHit: boolean },
  ): Promise<LocatedFile> {
    const { cache } = this.#folder;
    const ready = await this.#findSibling(path, located, { codings, round });
    const isCached = cache.holds(path.key, located);
    const forms = isCached ? this.#formsOf(located as CachedFile) : null;
    if (ready !== null) {
      const { path, sibling, coded } = ready;
      if (cache.holds(path.key, sibling)) {
        forms?.choices.set(codings, {
          kind: "sibling",
          path,
          sibling: sibling as CachedFile,
          coded: coded as CachedFile,
        });
      }
      return coded;
    }
    if (located.facts.size < MIN_CODED_BYTES) return located;
    if (forms === null) return await this.#large.choose(path, located, { codings, round });
    // Where the cache is full, a file has to come back before it is worth the work: else files that push each
    // other out would be compressed at each request.
    if (!isHit && !cache.hasRoomFor(located.facts.size)) return located;
    const coding = codings.find(isMadeCoding);
    if (coding === undefined) {
      forms.choices.set(codings, PLAIN);
      return located;
    }
    const made = this.#make(path.key, located as CachedFile, { forms, coding });
    if (made === null || !made.isSoon) return located;
    const coded = await inTime(made.coded);
    if (coded === undefined) return located;
    forms.choices.set(codings, coded === null ? PLAIN : { kind: "made", coded });
    return coded ?? located;
  }

  /** Finds the best ready-made form, and closes the file itself then; null if there is none. */
  async #findSibling(
    path: TargetPath,
    located: LocatedFile,
    { codings, round }: { codings: readonly Coding[]; round: number },
  ): Promise<{ path: TargetPath; sibling: LocatedFile; coded: LocatedFile } | null> {
    const { facts } = located;
    for (const coding of codings) {
      const siblingPath = siblingOf(path, facts.name, coding);
      if (!this.#isThere(siblingPath)) continue;
      const sibling = await this.#locateBeside(located, siblingPath, round);
      if (sibling.kind !== "file") continue;
      if (!isOf(located, sibling, coding)) {
        sibling.file[Symbol.dispose]();
        continue;
      }
      located.file[Symbol.dispose]();
      const codedFacts: FileFacts = {
        ...sibling.facts,
        name: facts.name,
        mediaType: facts.mediaType,
        form: { kind: "coded", coding, tagSuffix: coding },
      };
      return { path: siblingPath, sibling, coded: { ...sibling, facts: codedFacts } };
    }
    return null;
  }

  /** Finds a file while another one is open, which must not stay so if this fails. */
  async #locateBeside(
    open: LocatedFile,
    path: TargetPath,
    round: number,
  ): Promise<Located<SiteFile>> {
    try {
      return await this.#find(path, round);
    } catch (error) {
      open.file[Symbol.dispose]();
      throw error;
    }
  }

  /** Has a file compressed that is in the cache; null if there is too much to do already. */
  #make(
    key: string,
    located: CachedFile,
    { forms, coding }: { forms: Forms; coding: MadeCoding },
  ): Made | null {
    const known = forms.made.get(coding);
    if (known !== undefined) return known;
    const { file } = located;
    const isWanted = () => this.#folder.cache.holds(key, located);
    const compression = this.#compressor.compress(file.bytes, coding, { isWanted });
    if (compression === null) return null;
    const coded = compression.coded.then((bytes) =>
      bytes === null ? null : keepForm(this.#folder.cache, { key, located, bytes, coding })
    );
    // From then on nobody has to wait; if it failed, whoever asks next is told.
    const isDone = () => void forms.made.set(coding, { coded, isSoon: true });
    coded.then(isDone, isDone);
    const made = { coded, isSoon: compression.isSoon };
    forms.made.set(coding, made);
    return made;
  }

  /** Whether there is anything at a path: a cheap look that spares an expensive one. */
  #isThere(path: TargetPath): boolean {
    return exists(systemPathOf(this.#folder, path.segments));
  }

  #formsOf(located: CachedFile): Forms {
    const nowMs = this.#folder.nowMs();
    let forms = this.#forms.get(located);
    if (forms === undefined) {
      forms = { lookedMs: nowMs, choices: new Map(), made: new Map() };
      this.#forms.set(located, forms);
    } else if (nowMs - forms.lookedMs > LOOK_AGAIN_MS) {
      forms.lookedMs = nowMs;
      forms.choices.clear();
    }
    return forms;
  }

  #orderOf(fields: Pick<Fields, "get">): readonly Coding[] {
    const fieldValue = fields.get("accept-encoding");
    if (fieldValue === null) return NO_CODINGS;
    const known = this.#orders.get(fieldValue);
    if (known !== undefined) return known;
    const codings = acceptedCodings(fieldValue);
    if (this.#orders.size < REMEMBERED_VALUES) this.#orders.set(fieldValue, codings);
    return codings;
  }
}

/** Whether a file may be sent in other forms. */
function hasForms({ facts: { form } }: LocatedFile): boolean {
  return form.kind === "plain" && form.varies;
}

/** Whether a ready-made form is one of this state of a file. */
function isOf(located: LocatedFile, sibling: LocatedFile, coding: Coding): boolean {
  const [file, form] = [located.facts.mtimeMs, sibling.facts.mtimeMs];
  if (form !== file) return form > file;
  // A large file takes longer to write than a tick of the clock, and too long to look inside.
  if (!(located.file instanceof MemoryFile) || !(sibling.file instanceof MemoryFile)) return true;
  return decodesTo(sibling.file.bytes, located.file.bytes, coding);
}

const NO_CODINGS: readonly Coding[] = [];

/** The path of a ready-made form. `name` is that of the file, which is the last of its path unless that is a folder. */
function siblingOf(path: TargetPath, name: string, coding: Coding): TargetPath {
  const folder = path.folder ? path.segments : path.segments.slice(0, -1);
  const segments = [...folder, siblingName(name, coding)];
  return pathTo(segments);
}
