/**
 * One connection of the fuzzer: sends bytes as they are cut, reads answers by their own framing, and gives what came up
 * to the end. What it should have been is for `judge.ts`.
 */

/** An answer as it came. */
export interface Answer {
  readonly statusCode: number;
  /** The head as received, one byte a character, status line to empty line. */
  readonly head: string;
  readonly content: Uint8Array;
  /** How many interim responses came just before it. */
  readonly interims: number;
}

/** A piece of what is sent. */
export interface Segment {
  readonly bytes: Uint8Array;
  /** Sent only when something came of the request with this index: an interim response or its answer. */
  readonly awaits: number | null;
}

/** What to send, and how to end. */
export interface Script {
  readonly segments: readonly Segment[];
  /** Which requests get a head alone, by index. */
  readonly headOnly: readonly boolean[];
  /** When the client says that it will send no more: after sending, after so many answers, or never. */
  readonly closesAfter: "sending" | "never" | number;
  readonly pauses: boolean;
}

/** What came of it. */
export interface Outcome {
  readonly answers: readonly Answer[];
  /** Bytes that are no whole answer, and interim responses with none behind them. */
  readonly rest: string;
  /** What ended it other than the end of the stream, or null. */
  readonly failure: string | null;
}

/** Nobody sends or answers nothing for longer, in ms: less than any deadline of the server. How often that is looked at. */
const TIMEOUT_MS = 5_000;
const LOOK_MS = 500;
const READ_BYTES = 256 * 1024;

/** Plays a script on a new connection. Rejects only if it cannot connect. */
export async function converse(port: number, script: Script, room: Room): Promise<Outcome> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay();
  const talk = new Talk(conn, script, room);
  let failure: string | null = null;
  const timer = setInterval(() => {
    if (performance.now() - talk.movedMs < TIMEOUT_MS) return;
    failure = `nothing more for ${TIMEOUT_MS} ms`;
    close(conn);
  }, LOOK_MS);
  try {
    await Promise.all([talk.send(), talk.receive()]); // Both, as closing lets both fail.
  } catch (error) {
    failure ??= String(error);
  } finally {
    clearInterval(timer);
    close(conn);
  }
  return { answers: talk.answers, rest: talk.rest(), failure };
}

/** Memory of one lane for what is received, used again for each connection. */
export class Room {
  bytes = new Uint8Array(READ_BYTES);

  /** Makes room for a read behind `end`. */
  grow(end: number): Uint8Array<ArrayBuffer> {
    if (this.bytes.length - end < READ_BYTES / 4) {
      const larger = new Uint8Array(2 * this.bytes.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    return this.bytes.subarray(end);
  }
}

class Talk {
  readonly answers: Answer[] = [];
  /** When bytes were sent or received last. */
  movedMs = performance.now();
  readonly #conn: Deno.TcpConn;
  readonly #script: Script;
  readonly #room: Room;
  /** What was received and not yet taken apart is from `#start` to `#end`. */
  #start = 0;
  #end = 0;
  #interims = 0;
  #hasEnded = false;
  /** Called at each answer, and at the end. */
  #progressed = () => {};

  constructor(conn: Deno.TcpConn, script: Script, room: Room) {
    this.#conn = conn;
    this.#script = script;
    this.#room = room;
  }

  /** Sends all. What the server does not read any more, after its last answer, is no failure. */
  async send(): Promise<void> {
    const { segments, pauses, closesAfter } = this.#script;
    try {
      for (const { bytes, awaits } of segments) {
        if (awaits !== null) {
          await this.#until(() => this.answers.length + Math.min(this.#interims, 1) > awaits);
        } else if (pauses) await new Promise((resolve) => setTimeout(resolve, 0));
        for (let at = 0; at < bytes.length; this.movedMs = performance.now()) {
          at += await this.#conn.write(bytes.subarray(at));
        }
      }
      if (closesAfter === "never") return;
      if (closesAfter !== "sending") await this.#until(() => this.answers.length >= closesAfter);
      await this.#conn.closeWrite();
    } catch (error) {
      if (!this.#hasEnded && !(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }

  /** Receives to the end of the stream. */
  async receive(): Promise<void> {
    try {
      for (;;) {
        const count = await this.#conn.read(this.#room.grow(this.#end));
        if (count === null) break;
        this.#end += count;
        this.movedMs = performance.now();
        while (this.#takeAnswer());
        this.#progressed();
      }
    } finally {
      this.#hasEnded = true;
      this.#progressed();
    }
  }

  /** What is left over. */
  rest(): string {
    const bytes = this.#room.bytes.subarray(this.#start, this.#end);
    return "(interim response)".repeat(this.#interims) + textOf(bytes);
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue() && !this.#hasEnded) {
      await new Promise<void>((resolve) => this.#progressed = resolve);
    }
  }

  /** Takes one whole response, interim or final, from what was received. */
  #takeAnswer(): boolean {
    const { bytes } = this.#room;
    const headEnd = findHeadEnd(bytes, this.#start, this.#end);
    if (headEnd === -1) return false;
    const head = textOf(bytes.subarray(this.#start, headEnd));
    const statusCode = Number(head.slice(9, 12));
    if (statusCode >= 100 && statusCode < 200) {
      this.#interims++;
      this.#start = headEnd;
      return true;
    }
    // RFC 9112 §6.3.
    const isBare = statusCode === 204 || statusCode === 304 ||
      this.#script.headOnly[this.answers.length];
    const length = isBare ? 0 : Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1] ?? 0);
    if (headEnd + length > this.#end) return false;
    const content = bytes.slice(headEnd, headEnd + length);
    this.answers.push({ statusCode, head, content, interims: this.#interims });
    this.#interims = 0;
    this.#start = headEnd + length;
    return true;
  }
}

/** Where the empty line ends, or -1. */
function findHeadEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at + 3 < end; at++) {
    if (
      bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10
    ) return at + 4;
  }
  return -1;
}

const latin1 = new TextDecoder("latin1");

/** Bytes as characters; those from 0x80 to 0x9f become others, which is of no matter here. */
function textOf(bytes: Uint8Array): string {
  return latin1.decode(bytes);
}

function close(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
