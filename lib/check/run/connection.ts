/**
 * The connection of the checker: plays a script on real sockets, and gives what came back. Every step has a deadline,
 * and what is kept of a server that floods is bounded, so no server can hold the checker up or fill its memory.
 */

import type { Conversation, Dialogue, Ending, Script, Step } from "../check.ts";
import { readResponse } from "../response.ts";

/** Where and for how long. */
export interface PlayInit {
  readonly hostname: string;
  readonly port: number;
  /** For each step that waits. */
  readonly deadlineMs: number;
  /** The same in conversations that are patient. */
  readonly patienceMs: number;
  /** When all has to be over, on the clock of `performance.now()`. */
  readonly endMs: number;
}

/** More than any response of a site has; the rest of a flood is not read. */
const MAX_RECEIVED = 1 << 24;
/** What is kept of what was sent, for the report. */
const MAX_SENT_KEPT = 1 << 14;
const READ_BYTES = 1 << 16;
/** To be let in: where few connections may wait for the server, the system asks again after 1, 3 and 7 s. */
const CONNECT_MS = 10_000;
/**
 * How long a response that only the end of the connection can end, and that does not come, is waited for behind its
 * last byte. That it does not end is for the checks of lengths and of closing: the others are not to wait for it.
 */
const QUIET_MS = 500;

/** Plays all phases of a script, and closes every connection that it opened. */
export async function play(script: Script, init: PlayInit): Promise<Dialogue[]> {
  const talks: Talk[] = [];
  try {
    for (const phase of script) {
      const started = phase.map((conversation) => new Talk(conversation, init));
      talks.push(...started);
      await Promise.all(started.map((talk) => talk.run()));
    }
  } finally {
    for (const talk of talks) talk.close();
  }
  await Promise.all(talks.map((talk) => talk.done));
  return talks.map((talk) => talk.exchange());
}

/** One connection, and what came of it. */
class Talk {
  readonly #conversation: Conversation;
  readonly #init: PlayInit;
  readonly #methods: string[] = [];
  #conn: Deno.TcpConn | null = null;
  #received = new Uint8Array(READ_BYTES);
  #receivedCount = 0;
  #sent = new Uint8Array(0);
  #sentCount = 0;
  readonly #pauses: number[] = [];
  /** Where the next response begins. */
  #from = 0;
  #ending: Ending = "open";
  #isOver = false;
  #late = false;
  #tell = () => {};
  #giveUp = () => {};
  #quietTimer: ReturnType<typeof setTimeout> | undefined;
  /** Settles when nothing reads any more. */
  done: Promise<void> = Promise.resolve();

  constructor(conversation: Conversation, init: PlayInit) {
    this.#conversation = conversation;
    this.#init = init;
  }

  /** Plays its steps. */
  async run(): Promise<void> {
    await this.#open();
    for (const step of this.#conversation.steps) {
      if (this.#late && step.kind === "send") break; // It does not read: more would wait as long again.
      await this.#play(step);
    }
    if (!this.#conversation.stays) this.close();
  }

  /** Closes from our side; with unread bytes, the system resets. */
  close(): void {
    this.#isOver = true;
    try {
      this.#conn?.close();
    } catch {
      // It was closed before.
    }
    this.#conn = null;
  }

  exchange(): Dialogue {
    return {
      sent: this.#sent,
      sentCount: this.#sentCount,
      pauses: this.#pauses,
      received: this.#received.subarray(0, this.#receivedCount),
      methods: this.#methods,
      ending: this.#ending,
      late: this.#late,
    };
  }

  async #open(): Promise<void> {
    const { hostname, port } = this.#init;
    const connecting = Deno.connect({ hostname, port });
    try {
      const conn = await this.#beforeDeadline(connecting, CONNECT_MS);
      if (conn === null) {
        // A full backlog. Should it still open one day, nobody wants it.
        connecting.then((late) => late.close(), () => {});
        return;
      }
      this.#conn = conn;
      conn.setNoDelay(true); // Pieces are to leave as pieces.
      if (!this.#conversation.unread) this.done = this.#readAll(conn);
    } catch {
      this.#ending = "refused";
    }
  }

  async #play(step: Step): Promise<void> {
    switch (step.kind) {
      case "send":
        return await this.#send(step.bytes);
      case "pause":
        this.#pauses.push(this.#sent.length);
        return await sleep(Math.min(step.ms, this.#leftMs()));
      case "shut":
        return void await this.#conn?.closeWrite().catch(() => {});
      case "end":
        return await this.#waitFor(() => false);
      case "response":
        this.#methods.push(step.method);
        return await this.#waitFor(() => this.#hasResponse(step.method));
    }
  }

  async #send(bytes: Uint8Array): Promise<void> {
    this.#note(bytes);
    for (let at = 0; at < bytes.length && this.#conn !== null;) {
      try {
        const count = await this.#beforeDeadline(this.#conn.write(bytes.subarray(at)));
        if (count === null) return;
        at += count;
        this.#sentCount += count;
      } catch {
        return; // The server has closed: what it said before that, the reader knows.
      }
    }
  }

  /** Keeps the start of what is sent. */
  #note(bytes: Uint8Array): void {
    const room = MAX_SENT_KEPT - this.#sent.length;
    if (room <= 0) return;
    const kept = new Uint8Array(this.#sent.length + Math.min(room, bytes.length));
    kept.set(this.#sent);
    kept.set(bytes.subarray(0, room), this.#sent.length);
    this.#sent = kept;
  }

  async #readAll(conn: Deno.TcpConn): Promise<void> {
    try {
      for (;;) {
        const count = await conn.read(this.#room());
        if (this.#isOver) return;
        if (count === null) return this.#end("closed");
        this.#receivedCount += count;
        if (this.#receivedCount >= MAX_RECEIVED) {
          this.#end("flood");
          return this.close();
        }
        this.#tell();
      }
    } catch {
      if (!this.#isOver) this.#end("reset");
    }
  }

  #room(): Uint8Array<ArrayBuffer> {
    if (this.#received.length - this.#receivedCount < READ_BYTES) {
      const larger = new Uint8Array(4 * this.#received.length);
      larger.set(this.#received);
      this.#received = larger;
    }
    return this.#received.subarray(this.#receivedCount, this.#receivedCount + READ_BYTES);
  }

  #end(ending: Ending): void {
    this.#ending = ending;
    this.#tell();
  }

  #hasResponse(method: string): boolean {
    const bytes = this.#received.subarray(0, this.#receivedCount);
    const response = readResponse(bytes, { from: this.#from, method, ended: false });
    if (response === null) return false;
    if (response.whole) this.#from = response.end;
    else if (response.framing === "close") this.#waitForQuiet();
    return response.whole;
  }

  /** Ends the wait for a response without a length when nothing comes any more. */
  #waitForQuiet(): void {
    const count = this.#receivedCount;
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => {
      if (this.#receivedCount === count) this.#giveUp();
    }, QUIET_MS);
  }

  /** Waits until something is so, or the stream has ended, or the deadline. */
  async #waitFor(isSo: () => boolean): Promise<void> {
    if (this.#conn === null && this.#ending === "open") return; // It was never opened.
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (isSo() || this.#ending !== "open") resolve();
    };
    this.#tell = look;
    this.#giveUp = () => {
      this.#late = true;
      resolve();
    };
    look();
    await this.#beforeDeadline(promise.then(() => true));
    clearTimeout(this.#quietTimer);
    this.#tell = () => {};
  }

  /** Waits for a promise; null, and a note of it, when its time is over. */
  async #beforeDeadline<T>(promise: Promise<T>, ms = this.#stepMs()): Promise<T | null> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => {
        this.#late = true;
        resolve(null);
      }, Math.min(ms, this.#leftMs()));
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
      promise.catch(() => {});
    }
  }

  /** How long a step may wait. */
  #stepMs(): number {
    const { deadlineMs, patienceMs } = this.#init;
    return this.#conversation.patient ? patienceMs : deadlineMs;
  }

  /** What is left of the time of the whole run. */
  #leftMs(): number {
    return Math.max(0, this.#init.endMs - performance.now());
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
