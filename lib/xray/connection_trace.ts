/** The observer of one connection: turns what the loop tells it into a {@linkcode RequestTrace} for each request. */

import type { RequestError } from "../errors.ts";
import type { Peer } from "../http/forwarded.ts";
import type { Head } from "../http/head.ts";
import type { HeadBuffer } from "../http/head_buffer.ts";
import type { Located, Request, Response, TargetPath } from "../http/message.ts";
import type { Attending, ClassSide } from "./attending.ts";
import { isForClass } from "./class/heads.ts";
import type { Experiments, Turnstile } from "./experiments.ts";
import type { ConnectionObserver, OwnAnswer, Socket } from "../observer.ts";
import { hostAndPort, sleep, type SocketWatcher, WatchedSocket } from "./socket.ts";
import { RequestTrace, STEP, type Step } from "./trace.ts";

/** What the traces of all connections share. */
export interface Tracer {
  readonly experiments: Experiments;
  readonly turnstile: Turnstile;
  /**
   * A request begins. Gives the number to keep it under, or 0 if it is only counted.
   *
   * @param isWanted What a class says of that; null without one.
   */
  begin(isWanted: boolean | null): number;
  /** A request is over, with or without a trace. */
  end(trace: RequestTrace | null, result: Result): void;
  /** Something that the page shows of a connection is other than before. */
  changed(connection: ConnectionTrace): void;
  /** A connection is closed. */
  closed(connection: ConnectionTrace): void;
}

/** What is counted of every request. */
export interface Result {
  readonly statusCode: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** What a connection is at. */
type Phase =
  /** Between requests: the next byte begins one. */
  | "idle"
  /** A request is under way, kept or not. */
  | "busy"
  /** The last response is sent: what still comes belongs to no request. */
  | "over";

/** One connection, watched. */
export class ConnectionTrace implements ConnectionObserver, SocketWatcher {
  readonly number: number;
  /** Whom a proxy speaks for, if it has told. */
  peer: string;
  readonly openMs: number;
  /** When it was closed; 0 until then. */
  closeMs = 0;
  /** When this was last told of something that the page shows of a connection; see `Recorder`. */
  version = 0;
  readonly socket: Socket;
  /** The request under way, if it is kept. */
  current: RequestTrace | null = null;
  responseBytes: number | null = null;
  isHeld = false;
  /** Requests on it that were only counted. */
  skipped = 0;
  /** Told whose its requests are; null without `--class`. */
  readonly attending: Attending | null;
  /** Whether the request under way is for a page of a class: it is watched by nobody, and no experiment is made with it. */
  #isMuted = false;
  /** Whether it looks like one, before that is known: slow motion does not keep a class from its pages. */
  #isHurried = false;
  /** Requests that are over and were shown. */
  #shown = 0;
  readonly #tracer: Tracer;
  #requests = 0;
  #phase: Phase = "idle";
  /** What the response under way leads to. */
  #phaseAfter: "idle" | "over" = "idle";
  /** What is going on since `#markMs`. */
  #step: Step = STEP.accept;
  #markMs: number;
  /** What comes once the request is received: step (iv), or the answer to step (iii), which refused it. */
  #stepAfterContent: Step = STEP.locate;
  /** Whether this has the turnstile of serial mode. */
  #hasTurn = false;
  #statusCode = 0;
  /** Bytes that passed since the last request was over. */
  #readBytes = 0;
  #writtenBytes = 0;
  /** Length of the head of the response under way. */
  #headBytes = 0;

  constructor(
    socket: Socket,
    number: number,
    tracer: Tracer & { readonly classSide: ClassSide | null },
  ) {
    this.openMs = this.#markMs = performance.now();
    this.number = number;
    const { hostname, port } = socket.remoteAddr;
    this.peer = hostAndPort(hostname, port);
    this.#tracer = tracer;
    this.socket = new WatchedSocket(socket, this);
    const at = { hostname, peer: this.peer, openMs: this.openMs };
    this.attending = tracer.classSide?.attend(at) ?? null;
  }

  get experiments(): Experiments {
    return this.#tracer.experiments;
  }

  get persists(): boolean {
    return this.#isMuted || this.experiments.protocol === "full";
  }

  /** Whether there is something of it to be shown: pages of a class come over connections, too. */
  get isShown(): boolean {
    return this.attending === null || this.#shown > 0;
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

  turn(): Promise<void> | null {
    if (!this.experiments.serial || this.#phase !== "idle") return null;
    this.#begin(0);
    this.isHeld = true;
    return this.#takeTurn(STEP.receive).finally(() => this.isHeld = false);
  }

  read(count: number): void {
    this.#readBytes += count;
    if (this.#phase === "idle") this.#begin(0);
    this.current?.noteRead(performance.now(), count);
  }

  wrote(bytes: Uint8Array, count: number): void {
    const { current, responseBytes } = this;
    if (responseBytes !== null) {
      this.responseBytes = responseBytes + count;
      const headLeft = Math.max(0, this.#headBytes - responseBytes);
      if (count > headLeft) {
        const at = responseBytes + headLeft - this.#headBytes;
        current?.noteContent(bytes.subarray(headLeft, count), at);
      }
    }
    current?.noteWrite(performance.now(), count);
  }

  introduced({ hostname, port }: Peer): void {
    const peer = port === 0 ? hostname : hostAndPort(hostname, port);
    this.attending?.introduced(hostname, peer);
    if (peer === this.peer) return;
    this.peer = peer;
    this.#tracer.changed(this);
  }

  received(head: Head): boolean {
    // A pipelined request was there before the response to the one before it had ended.
    if (this.#phase !== "busy") this.#begin(this.#markMs);
    this.#mark(STEP.receive, STEP.parse);
    this.current?.noteHead(head.bytes, head.remembered);
    this.#isHurried = this.attending !== null && isForClass(head.bytes);
    return this.#mayWait;
  }

  ownPath(request: Request): TargetPath | null {
    return this.attending?.ownPath(request) ?? null;
  }

  answerTo(request: Request, ownPath: TargetPath): OwnAnswer {
    const { attending } = this;
    if (attending === null) throw new Error("Nobody attends, so there is no path of ours");
    this.#isMuted = true;
    this.current = null;
    this.#leaveTurn();
    return attending.answerTo(request, ownPath);
  }

  refused(buffer: HeadBuffer): void {
    if (this.#phase !== "busy") this.#begin(0);
    this.current?.noteHead(buffer.peek(), false);
  }

  parsed(request: Request): boolean {
    const next = this.#stepAfterContent = request.refusal === null ? STEP.locate : STEP.parse;
    this.#mark(STEP.parse, request.framing.kind === "none" ? next : STEP.receive);
    this.current?.noteRequest(request);
    return this.#isSlow;
  }

  contentReceived(): void {
    this.#mark(STEP.receive, this.#stepAfterContent);
  }

  located(located: Located<unknown>, atOnce: boolean): boolean {
    this.#mark(STEP.locate, STEP.compose);
    this.current?.noteLocated(located, atOnce);
    return this.#isSlow;
  }

  failed(error: RequestError): boolean {
    this.#mark(this.#step, STEP.page);
    if (this.current !== null) this.current.error = error;
    return this.#isSlow;
  }

  pageLocated(): void {
    this.#mark(STEP.page, STEP.compose);
  }

  composed(response: Response): boolean {
    this.#mark(STEP.compose, STEP.send);
    this.#statusCode = response.statusCode;
    this.#phaseAfter = response.persistent ? "idle" : "over";
    if (this.#isMuted) return false;
    this.responseBytes = 0;
    this.#headBytes = response.head.length;
    this.current?.noteResponse(response);
    if (this.current !== null) this.current.cutAfterBytes = this.experiments.cutAfterBytes;
    return this.#isSlow;
  }

  ended(error: RequestError | null, sent: { contentBytes: number; complete: boolean }): void {
    this.#mark(STEP.send, STEP.receive);
    this.#writtenBytes = this.#headBytes + sent.contentBytes;
    this.current?.noteSent(error, sent);
    this.#end();
  }

  closed(): void {
    this.closeMs = performance.now();
    // A request that the peer gave up: there is no response, and so no status.
    if (this.#phase === "busy") {
      this.#mark(this.#step, this.#step);
      this.#end();
    }
    this.attending?.closed(this.closeMs);
    this.#tracer.closed(this);
  }

  async hold(): Promise<void> {
    const { stepMs, serial } = this.experiments;
    if (stepMs > 0) {
      await sleep(stepMs);
      this.#markMs = performance.now();
      this.current?.stretch(this.#markMs);
    }
    if (!serial || this.#step !== STEP.parse || this.#hasTurn) return;
    await this.#takeTurn(STEP.parse); // It came pipelined: received with the one before it.
  }

  /** Waits until no other request is served. */
  async #takeTurn(next: Step): Promise<void> {
    this.#step = STEP.wait;
    if (this.current !== null) this.current.now = STEP.wait;
    await this.#tracer.turnstile.enter();
    this.#hasTurn = true;
    this.#mark(STEP.wait, next);
  }

  get #isSlow(): boolean {
    return this.experiments.stepMs > 0 && !this.#isHurried && !this.#isMuted;
  }

  get #mayWait(): boolean {
    return this.#isSlow || this.experiments.serial && !this.#isHurried;
  }

  #leaveTurn(): void {
    if (this.#hasTurn) this.#tracer.turnstile.leave();
    this.#hasTurn = false;
  }

  /** @param sinceMs When it began, or 0: now. */
  #begin(sinceMs: number): void {
    this.#phase = "busy";
    this.#requests++;
    this.#statusCode = 0;
    this.#step = STEP.receive;
    const id = this.#tracer.begin(this.attending === null ? null : this.attending.begins());
    if (id === 0) { // Only counted: the clock is not looked at.
      this.skipped++;
      return;
    }
    const startMs = this.#markMs = sinceMs || performance.now();
    this.current = new RequestTrace({
      id,
      connection: this.number,
      order: this.#requests,
      startMs,
    });
    if (this.#requests === 1) {
      this.current.steps.push(STEP.accept, this.openMs, this.openMs + this.acceptMs);
    }
    this.attending?.began(this.current);
  }

  /** Says that `step` is over now, and that `next` begins. */
  #mark(step: Step, next: Step): void {
    this.#step = next;
    if (this.current === null) return;
    this.current.now = next;
    const nowMs = performance.now();
    this.current.steps.push(step, this.#markMs, nowMs);
    this.#markMs = nowMs;
  }

  #end(): void {
    const { current } = this;
    if (current !== null) current.endMs = this.#markMs;
    else this.#markMs = 0;
    this.#leaveTurn();
    this.#phase = this.#phaseAfter;
    this.current = null;
    this.responseBytes = null;
    this.attending?.ended(!this.#isMuted);
    if (!this.#isMuted) this.#tellEnd(current);
    this.#isMuted = this.#isHurried = false;
    this.#readBytes = this.#writtenBytes = 0;
  }

  #tellEnd(trace: RequestTrace | null): void {
    if (this.#shown++ === 0 && this.attending !== null) this.#tracer.changed(this);
    this.#tracer.end(trace, {
      statusCode: this.#statusCode,
      readBytes: this.#readBytes,
      writtenBytes: this.#writtenBytes,
    });
  }
}
