/**
 * One connection: the loop over steps (ii) to (vi). Page one for every new reader.
 *
 * In comes a socket that step (i) accepted. As long as its peer asks, a head is received here (ii), and `exchange.ts`
 * carries it through (iii) to (vi). Two requests on one connection, and what they are answered with:
 *
 *     GET /a.txt HTTP/1.1 ...                     ->  HTTP/1.1 200 OK ... Connection: keep-alive ...
 *                                                     idle -> responding -> idle
 *     GET /b.txt HTTP/1.1 ... Connection: close   ->  HTTP/1.1 404 Not Found ... Connection: close ...
 *                                                     idle -> responding -> closing -> closed
 *
 * `http/state.ts` is the table of these states (RFC 9112 §9); each move is taken from it. What can go wrong: bytes that
 * are no request, or a head that is late (408), which are answered and end the connection, as nothing behind them can be
 * trusted; a peer that sends nothing or is gone, which ends the task without an answer; and a mistake of ours, which is
 * answered by 500 in a step, and which the task rejects with anywhere else.
 */

import { linger, receiveHead } from "./2_receive.ts";
import { type Batch, sendBatch } from "./6_send.ts";
import { overloadError, RequestError } from "./errors.ts";
import { Exchange, type ExchangeConnection } from "./exchange.ts";
import type { Head } from "./http/head.ts";
import { HeadBuffer, isTlsGreeting } from "./http/head_buffer.ts";
import { NEXT, type State } from "./http/state.ts";
import { type Deadline, TICK_MS } from "./net/deadlines.ts";
import { networkOf } from "./net/network.ts";
import { isPeerGone } from "./net/peer_gone.ts";
import type { Tenant } from "./net/slots.ts";
import { isNoTls } from "./net/tls_socket.ts";
import type { ConnectionObserver, Socket } from "./observer.ts";
import { LIMITS } from "./options.ts";
import type { ServerContext } from "./server_context.ts";

/** Times of a server that stops: a request that is on its way is answered still. */
const LAST_CALL = { keepAliveTimeoutMs: LIMITS.lastCallMs, headTimeoutMs: LIMITS.lingerMs };

/** One connection socket and what is being done with it. */
export class Connection implements ExchangeConnection, Tenant {
  readonly conn: Socket;
  readonly context: ServerContext;
  readonly observer: ConnectionObserver | null;
  readonly number: number;
  readonly buffer: HeadBuffer;
  readonly deadline: Deadline;
  /** Where it is counted, and its place there. */
  group: Tenant["group"] = null;
  place = -1;
  /** Responses to pipelined requests that wait for each other; see `6_send.ts`. */
  batch: Batch | null = null;
  requests = 0;
  isNoDelay = false;
  isFollowing = false;
  round = 0;
  hasWaited = false;
  #state: State = "idle";

  /** @param number Counts the connections of a server from 1; it names this one in the log. */
  constructor(conn: Socket, context: ServerContext, number: number) {
    this.observer = context.observer?.accepted(conn, number) ?? null;
    this.conn = this.observer?.socket ?? conn;
    this.context = context;
    this.number = number;
    this.buffer = new HeadBuffer(LIMITS, context.heads);
    this.deadline = context.clock.add(this);
  }

  /** Serves requests until the connection ends. Rejects only by a mistake of ours. */
  async serve(): Promise<void> {
    try {
      if (this.conn.handshake !== undefined) await this.#handshake(this.conn.handshake());
      if (this.context.proxies !== null && !this.#isSeated()) await this.#refuse(overloadError());
      while (this.#isIdle) {
        const pipelined = this.buffer.take(); // (ii) RFC 9112 §9.3.2: it came with the one before.
        const head = pipelined ?? await this.#receive();
        if (!this.#arrived(head)) break; // The state says why.
        const beginsRound = pipelined === null || this.batch === null || this.hasWaited;
        if (beginsRound) await this.#beginRound();
        this.requests++;
        this.#state = await new Exchange(this, head, beginsRound).respond(head); // (iii) to (vi)
      }
      await this.#linger();
    } catch (error) {
      await this.#failed(error);
    } finally {
      this.#end();
    }
  }

  /** Pipelined requests share a round only while nothing is waited for: a peer may take minutes over an answer in between. */
  async #beginRound(): Promise<void> {
    this.round = await this.context.rounds.next();
    this.hasWaited = false;
  }

  /** With TLS there is a handshake before the first head, which may take as long as a head. */
  async #handshake(handshake: Promise<unknown>): Promise<void> {
    this.deadline.set(this.context.options.headTimeoutMs);
    await handshake.catch((error) => {
      if (isNoTls(error)) this.context.mixUps.add();
      throw error;
    });
    this.deadline.clear();
  }

  /** Counts the connection as that of whom a PROXY header has told of. Gives false if that one has its share already. */
  #isSeated(): boolean {
    const { slots, proxies } = this.context;
    const peer = this.conn.remoteAddr as Deno.NetAddr;
    if (proxies?.isProtocol) this.observer?.introduced(peer);
    return slots.move(this, networkOf(peer.hostname), proxies?.trusts(peer.hostname) ?? false);
  }

  /** Says that the server is at its cap, and ends. */
  async refuse(): Promise<void> {
    try {
      if (this.conn.handshake !== undefined) await this.#handshake(this.conn.handshake());
      await this.#refuse(overloadError());
      await this.#linger();
    } catch (error) {
      if (!isPeerGone(error)) throw error;
    } finally {
      this.#end();
    }
  }

  get #isIdle(): boolean {
    return this.#state === "idle";
  }

  /**
   * Step (ii): the next head; null if the peer has closed. While it waits the connection is idle: nothing else of a request
   * or response is kept, so this function is not `async` itself.
   */
  #receive(): Promise<Head | null> {
    if (this.batch !== null) return this.sendWaiting().then(() => this.#receive());
    return receiveHead(this, this.context.draining ? LAST_CALL : this.context.options);
  }

  /** Whether there is a head to answer. If not, the connection ends. */
  #arrived(head: Head | null): head is Head {
    if (!this.#isIdle) return false; // By drain(), while we waited: what came is read and dropped.
    this.#state = head === null ? NEXT.idle.peerClosed : NEXT.idle.headArrived;
    if (head === null) this.buffer.release();
    return head !== null;
  }

  /** What fails while the connection is idle is no request, and is answered. What fails after that is a mistake of ours. */
  async #failed(error: unknown): Promise<void> {
    try {
      if (this.#isIdle) {
        await this.#refuse(error);
        await this.#linger();
      } else if (!(error instanceof RequestError)) { // Else it came too late to be one: see drain().
        throw error;
      }
    } catch (failure) {
      if (!isPeerGone(failure)) throw failure;
    }
  }

  /** Answers what is no request: nothing that follows on the connection can be trusted. */
  async #refuse(error: unknown): Promise<void> {
    if (isPeerGone(error)) throw error;
    if (isTlsGreeting(error)) this.context.mixUps.add();
    this.#state = NEXT.idle.refused;
    this.observer?.refused(this.buffer);
    this.round = await this.context.rounds.next(); // It was received after the last one.
    this.#state = await new Exchange(this, null).fail(error);
  }

  async sendWaiting(): Promise<void> {
    this.hasWaited = true; // Also if there is nothing to send: whoever calls this is about to wait.
    if (this.batch === null) return;
    const failure = await sendBatch(this);
    if (failure === null) return;
    this.close(); // Whatever it was: nothing can follow on a part of a response.
    throw new Deno.errors.BrokenPipe("Cannot send a batch", { cause: failure });
  }

  /** RFC 9112 §9.6: says that no more will come, and reads on for a while, unless the peer has said the same. */
  async #linger(): Promise<void> {
    if (this.#state !== "closing" && this.#state !== "ending") return;
    const isEnding = this.#state === "ending";
    if (!isEnding || this.conn.handshake !== undefined) {
      this.deadline.set(this.stallMs); // With TLS the rest of the response leaves with the goodbye.
      await this.conn.closeWrite();
    }
    if (!isEnding) await linger(this, LIMITS.lingerMs);
    this.buffer.release(); // Nothing is being read into it any more.
  }

  get stallMs(): number {
    return this.context.options.stallTimeoutMs;
  }

  /** Whoever follows waits as well, and gives way before all others. */
  get waitingSinceMs(): number {
    if (this.isFollowing) return -Infinity;
    if (!this.#isIdle || this.batch !== null) return Infinity;
    const { keepAliveTimeoutMs, headTimeoutMs } = this.context.options;
    return this.deadline.sinceMs(this.buffer.length === 0 ? keepAliveTimeoutMs : headTimeoutMs);
  }

  /** The server stops: a connection without a request has a last call, and of all others the next response is the last. */
  drain(): void {
    if (this.#isWaiting) this.deadline.set(LIMITS.lastCallMs);
  }

  /** Whether nothing of a request has arrived, and nothing of a response is under way. */
  get #isWaiting(): boolean {
    return this.#isIdle && this.buffer.length === 0 && this.batch === null;
  }

  /** The deadline has passed: the peer was idle for too long, took no byte for too long, or did not close. */
  deadlinePassed(): void {
    if (this.observer?.isHeld === true && !this.context.draining) return this.deadline.set(TICK_MS);
    if (!this.context.draining || !this.#isWaiting || this.requests === 0) return this.close();
    // Its last response may still be on the way: closing with bytes unread would destroy it.
    this.#state = NEXT.idle.stopped;
    this.deadline.set(LIMITS.idleLingerMs);
    this.conn.closeWrite().catch(() => this.close());
  }

  /** Ends the connection at once. What is being read or written then fails, and the task ends. */
  close(): void {
    this.#state = NEXT[this.#state].ended;
    try {
      this.conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // Closed before: fine.
    }
  }

  #end(): void {
    this.deadline.remove();
    this.context.slots.delete(this);
    this.close();
    this.observer?.closed();
  }
}
