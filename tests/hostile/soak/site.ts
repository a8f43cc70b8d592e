/**
 * The folder of the soak: files that stay, and files that change on the disk all the time, each in a way of its own. Any
 * content can be told right from wrong, whenever it was read.
 */

/** Files that stay, by path. */
export const STEADY: ReadonlyMap<string, Uint8Array> = new Map([
  ["index.html", text("<!doctype html><title>soak</title>")],
  ...Array.from({ length: 20 }, (_, i) => [`small/${i}.txt`, bytesOf(1_024, i + 1)] as const),
  ["middle.bin", bytesOf(100_000, 40)],
  ["large.bin", bytesOf(5_000_000, 41)],
]);

/** Replaced by another file, by rename: a response holds one version, and never an old one. */
export const RENAMED = "changing/renamed.txt";
/** Grows line by line, and is now and then cut to nothing: a response holds its first lines. */
export const GROWING = "changing/growing.log";
/** Cut and written again from there: a response holds its first bytes. */
export const SHRINKING = "changing/shrinking.bin";

const RENAME_EVERY_MS = 150;
const APPEND_EVERY_MS = 100;
const TRUNCATE_EVERY_MS = 250;
const GROWING_BYTES = 300_000;
const SHRINKING_BYTES = 200_000;

const LINES = text(
  Array.from({ length: GROWING_BYTES / 100 }, (_, i) => `line ${i} `.padEnd(99, ".") + "\n").join(
    "",
  ),
);
const SHRINKING_CONTENT = bytesOf(SHRINKING_BYTES, 42);

/** The folder, and what happens in it. */
export class SoakSite {
  readonly root: string;
  /** Versions of {@linkcode RENAMED}: the last one that is in place, and the last one on its way there. */
  placed = 0;
  begun = 0;
  /** Changes so far. */
  changes = 0;
  #stopped = false;
  #tasks: Promise<void>[] = [];

  private constructor(root: string) {
    this.root = root;
  }

  /** Writes the folder, and begins to change it. */
  static async open(): Promise<SoakSite> {
    const site = new SoakSite(
      await Deno.realPath(await Deno.makeTempDir({ prefix: "vitrine_soak_" })),
    );
    for (const folder of ["small", "changing"]) await Deno.mkdir(`${site.root}/${folder}`);
    for (const [path, content] of STEADY) await Deno.writeFile(`${site.root}/${path}`, content);
    await site.#rename();
    await Deno.writeFile(`${site.root}/${GROWING}`, new Uint8Array(0));
    await Deno.writeFile(`${site.root}/${SHRINKING}`, SHRINKING_CONTENT);
    site.#tasks = [
      site.#every(RENAME_EVERY_MS, () => site.#rename()),
      site.#every(APPEND_EVERY_MS, () => site.#grow()),
      site.#every(TRUNCATE_EVERY_MS, () => site.#shrink()),
    ];
    return site;
  }

  /** Stops changing it, and removes it. */
  async close(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#tasks);
    await Deno.remove(this.root, { recursive: true });
  }

  /**
   * Tells what is wrong with content, or null.
   *
   * @param placed What {@linkcode placed} was when the request was sent: an older version is stale.
   */
  judge(path: string, content: Uint8Array, placed: number): string | null {
    const steady = STEADY.get(path);
    if (steady !== undefined) return isSame(content, steady) ? null : `${path} differs`;
    if (path === RENAMED) {
      const version = Number(decoder.decode(content.subarray(0, 9)));
      if (!isSame(content, versionOf(version))) return `${path} mixes versions, ${version} first`;
      if (version < placed || version > this.begun) {
        return `${path} is version ${version}, ${placed} to ${this.begun} expected`;
      }
      return null;
    }
    const whole = path === GROWING ? LINES : SHRINKING_CONTENT;
    return isSame(content, whole.subarray(0, content.length)) ? null : `${path} is no first part`;
  }

  async #every(ms: number, change: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      await change();
      this.changes++;
    }
  }

  async #rename(): Promise<void> {
    const version = ++this.begun;
    const path = `${this.root}/${RENAMED}`;
    await Deno.writeFile(`${path}.next`, versionOf(version));
    await Deno.rename(`${path}.next`, path);
    this.placed = version;
  }

  async #grow(): Promise<void> {
    using file = await Deno.open(`${this.root}/${GROWING}`, { write: true });
    const { size } = await file.stat();
    if (size >= LINES.length) return await file.truncate(0);
    await file.seek(size, Deno.SeekMode.Start);
    await writeAll(file, LINES.subarray(size, size + 1_000));
  }

  async #shrink(): Promise<void> {
    using file = await Deno.open(`${this.root}/${SHRINKING}`, { write: true });
    const keep = Math.floor(Math.random() * SHRINKING_BYTES);
    await file.truncate(keep);
    await file.seek(keep, Deno.SeekMode.Start);
    await writeAll(file, SHRINKING_CONTENT.subarray(keep));
  }
}

/** Each version has a length of its own. */
function versionOf(version: number): Uint8Array {
  return text(`${String(version).padStart(9)}\n`.repeat(100 + version % 50));
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

function bytesOf(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, state = seed; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

const decoder = new TextDecoder();

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

/** Whether two byte strings are the same. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
