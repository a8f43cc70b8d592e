/** The observer of one connection: turns what the loop tells it into a {@linkcode RequestTrace} for each request. */

import type { RequestError } from "../errors.ts";
import type { Head } from "../http/head.ts";
import type { HeadBuffer } from "../http/head_buffer.ts";
import type { Located, Request, Response } from "../http/message.ts";
import type { Experiments, Turnstile } from "./experiments.ts";
import type { ConnectionObserver, Socket } from "../observer.ts";
import { sleep, type SocketWatcher, WatchedSocket } from "./socket.ts";
import { MAX_HEAD_BYTES, newTrace, noteRead, noteWrite, type RequestTrace, STEP } from "./trace.ts";

/** What the traces of all connections share. */
export interface Tracer {
  readonly experiments: Experiments;
  readonly turnstile: Turnstile;
  /** A request begins. Gives the number to keep it under, or 0 if it is only counted. */
  begin(): number;
  /** A request is over, with or without a trace. */
  end(trace: RequestTrace | null, result: Result): void;
  /** A connection is closed. */
  closed(connection: ConnectionTrace): void;
}

/** What is counted of every request. */
export interface Result {
  readonly statusCode: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** One connection, watched. */
export class ConnectionTrace implements ConnectionObserver, SocketWatcher {
  readonly number: number;
  readonly peer: string;
  readonly openMs: number;
  /** When it was closed; 0 until then. */
  closeMs = 0;
  /** When this was last told of something that the page shows of a connection; see `Recorder`. */
  version = 0;
  readonly socket: Socket;
  /** The request under way, if it is kept. */
  current: RequestTrace | null = null;
  responseBytes = -1;
  readonly #tracer: Tracer;
  #requests = 0;
  /** Whether a request is under way, kept or not. */
  #busy = false;
  /** What is going on since `#markMs`. */
  #step: number = STEP.accept;
  #markMs: number;
  /** Whether step (iv) was, or will be, asked for the file of this request. */
  #isLookedFor = false;
  #hasTurn = false;
  #isLast = false;
  #statusCode = 0;
  /** Bytes that passed since the last request was over. */
  #readBytes = 0;
  #writtenBytes = 0;
  /** Length of the head of the response under way. */
  #headBytes = 0;

  constructor(socket: Socket, number: number, tracer: Tracer) {
    this.openMs = this.#markMs = performance.now();
    this.number = number;
    const { hostname, port } = socket.remoteAddr;
    this.peer = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
    this.#tracer = tracer;
    this.socket = new WatchedSocket(socket, this);
  }

  get experiments(): Experiments {
    return this.#tracer.experiments;
  }

  get persists(): boolean {
    return this.experiments.protocol === "full";
  }

  /** How long step (i) took, in ms: from the socket's arrival to the first wait for bytes. */
  acceptMs = 0;

  reading(): Promise<void> | null {
    if (this.acceptMs !== 0) return null;
    this.acceptMs = performance.now() - this.openMs;
    if (this.experiments.stepMs === 0) return null;
    return sleep(this.experiments.stepMs).then(() => {
      this.acceptMs = performance.now() - this.openMs;
    });
  }

  read(count: number): void {
    this.#readBytes += count;
    if (!this.#busy && !this.#isLast) this.#begin(0);
    if (this.current !== null) noteRead(this.current, performance.now(), count);
  }

  wrote(count: number): void {
    if (this.responseBytes !== -1) this.responseBytes += count;
    if (this.current !== null) noteWrite(this.current, performance.now(), count);
  }

  received(head: Head): boolean {
    // A pipelined request was there before the response to the one before it had ended.
    if (!this.#busy) this.#begin(this.#markMs);
    this.#mark(STEP.receive, STEP.parse);
    if (this.current !== null) this.#keepHead(head.bytes, head.remembered);
    return this.#isHeld;
  }

  refused(buffer: HeadBuffer): void {
    if (!this.#busy) this.#begin(0);
    if (this.current !== null) this.#keepHead(buffer.peek(), false);
  }

  parsed(request: Request): boolean {
    this.#isLookedFor = request.refusal === null;
    const next = request.framing.kind === "none" ? STEP.locate : STEP.receive;
    this.#mark(STEP.parse, next);
    const { current } = this;
    if (current !== null) {
      current.method = request.method;
      current.requestTarget = request.requestTarget;
      current.path = request.path;
    }
    return this.#isSlow;
  }

  contentReceived(): void {
    this.#mark(STEP.receive, STEP.locate);
  }

  located(located: Located<unknown>, atOnce: boolean): boolean {
    this.#mark(STEP.locate, STEP.compose);
    const { current } = this;
    if (current !== null) {
      current.located = located.kind;
      current.cached = atOnce && located.kind === "file";
      if (located.kind === "absent") current.why = located.why;
      if (located.kind === "file") current.fileBytes = located.facts.size;
    }
    return this.#isSlow;
  }

  failed(error: RequestError): boolean {
    // A request that step (iii) understood and refused was never looked for.
    const isRefusal = this.#step === STEP.locate && !this.#isLookedFor;
    this.#mark(isRefusal ? STEP.parse : this.#step, STEP.locate);
    if (this.current !== null) this.current.error = error;
    return this.#isSlow;
  }

  pageLocated(): void {
    this.#mark(STEP.locate, STEP.compose);
  }

  composed(response: Response): boolean {
    this.#mark(STEP.compose, STEP.send);
    this.#statusCode = response.statusCode;
    this.#isLast = !response.persistent;
    this.responseBytes = 0;
    this.#headBytes = response.head.length;
    const { current } = this;
    if (current !== null) {
      current.statusCode = response.statusCode;
      current.responseHead = response.head;
      current.contentLength = response.contentLength;
    }
    return this.#isSlow;
  }

  ended(error: RequestError | null, sent: { contentBytes: number; complete: boolean }): void {
    this.#mark(STEP.send, STEP.receive);
    this.#writtenBytes = this.#headBytes + sent.contentBytes;
    const { current } = this;
    if (current !== null) {
      current.contentBytes = sent.contentBytes;
      current.complete = sent.complete;
      current.error ??= error;
    }
    this.#end();
  }

  closed(): void {
    this.closeMs = performance.now();
    // A request that the peer gave up: there is no response, and so no status.
    if (this.#busy) {
      this.#mark(this.#step, this.#step);
      this.#end();
    }
    this.#tracer.closed(this);
  }

  async hold(): Promise<void> {
    const { stepMs, serial } = this.experiments;
    if (stepMs > 0) {
      await sleep(stepMs);
      this.#stretch();
    }
    if (!serial || this.#step !== STEP.parse || this.#hasTurn) return;
    await this.#tracer.turnstile.enter();
    this.#hasTurn = true;
    this.#mark(STEP.wait, STEP.parse);
  }

  get #isSlow(): boolean {
    return this.experiments.stepMs > 0;
  }

  get #isHeld(): boolean {
    return this.#isSlow || this.experiments.serial;
  }

  /** @param sinceMs When it began, or 0: now. */
  #begin(sinceMs: number): void {
    this.#busy = true;
    this.#requests++;
    this.#statusCode = 0;
    this.#step = STEP.receive;
    const id = this.#tracer.begin();
    if (id === 0) return; // Only counted: the clock is not looked at.
    const startMs = this.#markMs = sinceMs || performance.now();
    this.current = newTrace({ id, connection: this.number, order: this.#requests, startMs });
    if (this.#requests === 1) {
      this.current.steps.push(STEP.accept, this.openMs, this.openMs + this.acceptMs);
    }
  }

  /** Says that `step` is over now, and that `next` begins. */
  #mark(step: number, next: number): void {
    this.#step = next;
    if (this.current === null) return;
    const nowMs = performance.now();
    this.current.steps.push(step, this.#markMs, nowMs);
    this.#markMs = nowMs;
  }

  /** Makes the step that is over last until now: slow motion. */
  #stretch(): void {
    this.#markMs = performance.now();
    const steps = this.current?.steps;
    if (steps !== undefined && steps.length > 0) steps[steps.length - 1] = this.#markMs;
  }

  /** A remembered head lives as long as it is wanted; another is valid until the next read, and so is copied. */
  #keepHead(bytes: Uint8Array, lives: boolean): void {
    const { current } = this;
    if (current === null) return;
    current.headBytes = bytes.length;
    current.head = lives ? bytes : bytes.slice(0, MAX_HEAD_BYTES);
  }

  #end(): void {
    const { current } = this;
    if (current !== null) current.endMs = this.#markMs;
    else this.#markMs = 0;
    if (this.#hasTurn) this.#tracer.turnstile.leave();
    this.#hasTurn = this.#busy = false;
    this.current = null;
    this.responseBytes = -1;
    this.#tracer.end(current, {
      statusCode: this.#statusCode,
      readBytes: this.#readBytes,
      writtenBytes: this.#writtenBytes,
    });
    this.#readBytes = this.#writtenBytes = 0;
  }
}
