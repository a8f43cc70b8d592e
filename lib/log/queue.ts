/**
 * The queue that carries lines to a writer without ever blocking the server: one write is under way at a
 * time, the bytes that wait are bounded, and a writer that hangs or fails costs lines, which are counted and
 * reported, and nothing more. Whoever makes one brings the writer and the clock; this file touches nothing.
 */

/** Takes some of the bytes and resolves to how many, as `Deno.stdout.write()` does. */
export type Write = (bytes: Uint8Array) => Promise<number>;

/** What a {@linkcode LogSink} needs to know beside the writer. */
export interface LogSinkInit {
  /** Bytes that may wait or be under way; a line that would pass this is dropped and counted. */
  readonly maxQueuedBytes: number;
  /** Makes the line that reports dropped lines. */
  readonly droppedLine: (count: number) => string;
  /**
   * Waited for before each write, so that many lines share one: a timer of the caller's. Without it, lines
   * go out as fast as the writer takes them.
   */
  readonly gather?: () => Promise<unknown>;
}

/**
 * Lines become bytes when this many characters have gathered: the collector of garbage then meets few of them, where
 * the lines of a whole batch would be thousands of strings that it moves about.
 */
const PIECE_LENGTH = 8 * 1024;
/** Lines are ASCII; should one not be, a UTF-16 unit takes this much of UTF-8 at the most. */
const MAX_BYTES_OF_UNIT = 3;

const LF = 0x0a;

function countOf(byte: number, bytes: Uint8Array): number {
  let count = 0;
  for (const other of bytes) if (other === byte) count++;
  return count;
}

/** What goes on between a queue and its writer. */
type State =
  | { readonly kind: "idle" }
  /** Lines gather, so that they share a write. */
  | { readonly kind: "gathering" }
  | { readonly kind: "writing"; readonly done: Promise<void> }
  /** The writer failed: so many lines are let pass before it is tried again. */
  | { readonly kind: "resting"; linesLeft: number };

const IDLE: State = { kind: "idle" };
const GATHERING: State = { kind: "gathering" };

/** A queue of lines in front of a writer. */
export class LogSink {
  readonly #write: Write;
  readonly #init: LogSinkInit;
  readonly #encoder = new TextEncoder();
  /** What waits for the next batch: first the bytes in the room, then the text. */
  #room = new Uint8Array(PIECE_LENGTH);
  #used = 0;
  #text = "";
  /** The room of the batch under way. The two take turns, so that a busy log makes no garbage. */
  #otherRoom = new Uint8Array(PIECE_LENGTH);
  /** What is left of the batch under way. */
  #batch = new Uint8Array();
  /** Bytes of both. */
  #queuedBytes = 0;
  #dropped = 0;
  #unreported = 0;
  /** Writes that failed in a row. */
  #failures = 0;
  #state: State = IDLE;

  constructor(write: Write, init: LogSinkInit) {
    this.#write = write;
    this.#init = init;
  }

  /** Lines dropped since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Lines of which nobody knows: those that wait or are under way, and the dropped ones that were not told of. */
  get unwritten(): number {
    const waiting = [this.#batch, this.#room.subarray(0, this.#used)];
    return this.#unreported + this.#text.split("\n").length - 1 +
      waiting.reduce((count, bytes) => count + countOf(LF, bytes), 0);
  }

  /** Queues a line of ASCII, or several that stay together, without the last end. Never waits, never throws. */
  push(line: string): void {
    if (this.#queuedBytes + line.length + 1 > this.#init.maxQueuedBytes) {
      const lines = line.split("\n").length;
      this.#dropped += lines;
      this.#unreported += lines;
    } else {
      this.#enqueue(line);
    }
    if (this.#state.kind === "resting" && this.#state.linesLeft-- > 0) return;
    this.#schedule();
  }

  /**
   * Resolves when all lines are written, when the writer fails, or when `giveUp` settles, whichever is
   * first. Never rejects.
   */
  async flush(giveUp: Promise<unknown>): Promise<void> {
    await Promise.race([this.#writeEverything(), giveUp.catch(() => {})]);
  }

  #enqueue(line: string): void {
    this.#text += line + "\n";
    this.#queuedBytes += line.length + 1;
    if (this.#text.length >= PIECE_LENGTH) this.#encodeText();
  }

  #encodeText(): void {
    const needed = this.#used + MAX_BYTES_OF_UNIT * this.#text.length;
    if (needed > this.#room.length) {
      const room = new Uint8Array(Math.max(needed, 2 * this.#room.length));
      room.set(this.#room.subarray(0, this.#used));
      this.#room = room;
    }
    this.#used += this.#encoder.encodeInto(this.#text, this.#room.subarray(this.#used)).written;
    this.#text = "";
  }

  /** Takes all that waits. Only when the batch before it is over: its room is used again. */
  #takeBatch(): Uint8Array<ArrayBuffer> {
    this.#encodeText();
    const batch = this.#room.subarray(0, this.#used);
    [this.#room, this.#otherRoom] = [this.#otherRoom, this.#room];
    this.#used = 0;
    return batch;
  }

  #schedule(): void {
    if (this.#state.kind === "idle" || this.#state.kind === "resting") this.#gatherAndWrite();
  }

  async #gatherAndWrite(): Promise<void> {
    this.#state = GATHERING;
    try {
      await this.#init.gather?.();
    } catch {
      // Gathering only saves writes: without it, they come sooner.
    }
    await this.#writeBatch();
  }

  async #writeEverything(): Promise<void> {
    do await this.#writeBatch(); while (this.#queuedBytes > 0 && this.#state.kind !== "resting");
  }

  #writeBatch(): Promise<void> {
    if (this.#state.kind === "writing") return this.#state.done;
    const done = this.#writeAll().then(() => this.#succeed(), () => this.#fail());
    this.#state = { kind: "writing", done };
    return done;
  }

  async #writeAll(): Promise<void> {
    if (this.#batch.length === 0) {
      this.#batch = this.#takeBatch();
      this.#queuedBytes = this.#batch.length;
    }
    while (this.#batch.length > 0) {
      const taken = await this.#write(this.#batch);
      if (!(taken > 0)) throw new Error("The writer took nothing");
      this.#batch = this.#batch.subarray(taken);
      this.#queuedBytes -= taken;
    }
  }

  #succeed(): void {
    this.#state = IDLE;
    this.#failures = 0;
    if (this.#unreported > 0) this.#enqueue(this.#init.droppedLine(this.#unreported));
    this.#unreported = 0;
    if (this.#queuedBytes > 0) this.#schedule();
  }

  /**
   * What is left of the batch stays, since a full disk may have room later. A closed pipe never will, so the
   * writer is tried ever more rarely, counted in lines because there is no clock here.
   */
  #fail(): void {
    this.#failures++;
    this.#state = { kind: "resting", linesLeft: Math.min(2 ** this.#failures, 4096) };
  }
}
