/**
 * One connection: the loop over steps (ii) to (vi). Page one for every new reader.
 *
 * Each step is a function that takes values and gives values; this file carries them from one to the next, keeps the
 * state of RFC 9112 §9 (`http/state.ts`), and turns every failure into a response or an end.
 */

import { dropContent, linger, receiveHead } from "./2_receive.ts";
import { parseRequest } from "./3_parse.ts";
import { locateEntries, locatePage, locateVariant, type SiteFile } from "./4_locate.ts";
import {
  type Circumstances,
  composeError,
  composeEvents,
  composeOwn,
  composeResponse,
  overloadError,
} from "./5_compose.ts";
import { type Batch, sendBatch, sendResponse, type Sent } from "./6_send.ts";
import type { Alarm } from "./net/deadlines.ts";
import { RequestError } from "./errors.ts";
import { Exchange, isPeerGone, ourFault } from "./exchange.ts";
import { asciiBytes, byteString } from "./http/grammar.ts";
import type { Head } from "./http/head.ts";
import { HeadBuffer } from "./http/head_buffer.ts";
import type { FileFacts, Located, Request, Response } from "./http/message.ts";
import { NEXT, type State } from "./http/state.ts";
import type { LiveReload } from "./live/reload.ts";
import { LIMITS } from "./options.ts";
import type { ConnectionObserver, Socket } from "./observer.ts";
import type { SiteFields } from "./site/fields.ts";
import { findInSite } from "./site/find.ts";
import { EVENTS_KEY, SCRIPT, SCRIPT_KEY } from "./live/script.ts";
import type { Policy } from "./site/policy.ts";
import type { Shared } from "./server_context.ts";
import type { Conn } from "./net/listen.ts";

/** RFC 9110 §15.2.1: an interim response, without Date as without everything else. */
const CONTINUE: Response = {
  statusCode: 100,
  head: asciiBytes("HTTP/1.1 100 Continue\r\n\r\n"),
  content: [],
  contentLength: 0,
  persistent: true,
};
const SCRIPT_TYPE = "text/javascript; charset=utf-8";
/** Longest part of a refused request line that the log shows, in bytes. */
const PEEK_BYTES = 256;

/** One connection socket and what is being done with it. */
export class Connection {
  readonly conn: Socket;
  readonly buffer: HeadBuffer;
  readonly alarm: Alarm;
  /** Among the open connections. */
  place = -1;
  /** Responses to pipelined requests that wait for each other; see `6_send.ts`. */
  batch: Batch | null = null;
  readonly #shared: Shared;
  readonly #number: number;
  readonly #observer: ConnectionObserver | null;
  #state: State = "idle";
  #requests = 0;
  #isNoDelay = false;
  /** The round of the last bytes that were received; 0 before the first. */
  #round = 0;

  /** @param number Counts the connections of a server from 1; it names this one in the log. */
  constructor(conn: Conn, shared: Shared, number: number) {
    this.#observer = shared.observer?.accepted(conn, number) ?? null;
    this.conn = this.#observer?.socket ?? conn;
    this.#shared = shared;
    this.#number = number;
    this.buffer = new HeadBuffer(LIMITS, shared.heads);
    this.alarm = shared.clock.add(this);
    shared.open.add(this);
  }

  /** Serves requests until the connection ends. Rejects only by a mistake of ours. */
  async serve(): Promise<void> {
    const { rounds, options } = this.#shared;
    let isAtEnd = false;
    try {
      while (this.#state === "idle") {
        if (this.#shared.draining && this.buffer.length === 0) {
          this.#state = this.#requests === 0 ? NEXT.idle.drained : NEXT.idle.stopped;
          break;
        }
        // (ii) Here a connection is idle: nothing else of a request or a response is kept meanwhile.
        let head: Head | null;
        try {
          head = this.buffer.take(); // RFC 9112 §9.3.2: it came with the one before, and belongs to the same round.
          const isPipelined = head !== null;
          if (!isPipelined && this.batch !== null) {
            await this.#sendBatch();
            continue;
          }
          head ??= await receiveHead(this, options);
          if (this.#isStopped()) break; // By drain(), while we waited: what came is read and dropped.
          this.#state = head === null ? NEXT.idle.peerClosed : NEXT.idle.headArrived;
          isAtEnd = head === null;
          if (head === null) break;
          if (!isPipelined) this.#round = await rounds.next();
        } catch (error) {
          this.#state = await this.#refuse(error);
          break;
        }
        this.#state = await this.#respond(head); // (iii) to (vi)
      }
      if (await this.#linger() || isAtEnd) this.buffer.leave();
    } catch (error) {
      if (!isPeerGone(error)) throw error;
    } finally {
      this.#end();
    }
  }

  /** Says that the server is at its cap, and ends. */
  async refuse(): Promise<void> {
    try {
      this.#state = await this.#refuse(overloadError());
      await this.#linger();
    } catch (error) {
      if (!isPeerGone(error)) throw error;
    } finally {
      this.#end();
    }
  }

  /** Ends the connection if no request is under way on it; else its next response is the last. */
  drain(): void {
    if (this.#state !== "idle" || this.buffer.length > 0 || this.batch !== null) return;
    if (this.#requests === 0) return this.close();
    // Its last response may still be on the way: closing with bytes unread would destroy it.
    this.#state = NEXT.idle.stopped;
    this.alarm.set(LIMITS.idleLingerMs);
    this.conn.closeWrite().catch(() => this.close());
  }

  /** Ends the connection at once. What is being read or written then fails, and the task ends. */
  close(): void {
    this.#state = "closed";
    try {
      this.conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // Closed before: fine.
    }
  }

  /** The alarm rang: the peer was idle for too long, took no byte for too long, or did not close. */
  late(): void {
    this.close();
  }

  #isStopped(): boolean {
    return this.#state !== "idle";
  }

  #end(): void {
    this.alarm.remove();
    this.#shared.open.delete(this);
    this.close();
    this.#observer?.closed();
  }

  /** RFC 9112 §9.6: says that no more will come, and reads on for a while. Gives whether it read to the end. */
  async #linger(): Promise<boolean> {
    if (this.#state !== "closing") return false;
    await this.conn.closeWrite();
    await linger(this, LIMITS.lingerMs);
    return true;
  }

  /** Answers what is no request: nothing that follows on the connection can be trusted. */
  async #refuse(error: unknown): Promise<State> {
    if (isPeerGone(error)) throw error;
    this.#state = NEXT.idle.refused;
    this.#observer?.refused(this.buffer);
    this.#round = await this.#shared.rounds.next(); // It was received after the last one.
    return await this.#sendError(error, new Exchange(null, this.#now()), false);
  }

  /** The lab's steps (iii) to (vi), in their order. */
  async #respond(head: Head): Promise<State> {
    this.#requests++;
    const exchange = new Exchange(head, this.#now());
    // X-ray: told what each step gave. It may ask to be waited for, when an experiment goes on.
    const observer = this.#observer;
    if (observer?.received(head)) await observer.hold();
    let file: SiteFile | null = null; // `using` would cost 0.12 us, a fiftieth of a small response.
    try {
      const request = exchange.request = parseRequest(head); // (iii)
      if (observer?.parsed(request)) await observer.hold();
      if (request.framing.kind !== "none") await this.#dropContent(request);
      exchange.framed = true;
      const policy = this.#shared.rules.at(this.#round);
      if (policy !== null) policy.admit(request);
      if (request.refusal !== null) throw request.refusal;
      if (this.#shared.live !== null) {
        const state = await this.#respondLive(exchange, request, this.#shared.live);
        if (state !== null) return state;
      }
      const lookUp = this.#locate(request, policy); // (iv)
      const located = lookUp instanceof Promise ? await this.#waitFor(lookUp) : lookUp;
      if (located.kind === "file" || located.kind === "page") file = located.file;
      if (observer?.located(located, located === lookUp)) await observer.hold();
      const fields = policy === null ? null : policy.fieldsFor(request);
      const circumstances = this.#circumstances(request.persistent, fields);
      const response = composeResponse(request, located, circumstances); // (v)
      if (observer?.composed(response)) await observer.hold();
      const sent = await this.#sendTo(response, file); // (vi)
      return this.#ended(exchange, response, sent);
    } catch (error) {
      if (isPeerGone(error)) throw error;
      return await this.#sendError(error, exchange, exchange.persistsAfter(error));
    } finally {
      file?.[Symbol.dispose]();
    }
  }

  /** The two addresses of `--live`; null for all others. */
  async #respondLive(
    exchange: Exchange,
    request: Request,
    live: LiveReload,
  ): Promise<State | null> {
    const key = request.method === "OPTIONS" ? undefined : request.path?.key;
    if (key !== EVENTS_KEY && key !== SCRIPT_KEY) return null;
    const fields = this.#shared.rules.latest?.fieldsFor(request) ?? null;
    const circumstances = this.#circumstances(request.persistent, fields);
    const response = key === EVENTS_KEY
      ? composeEvents(circumstances)
      : composeOwn(request, { mediaType: SCRIPT_TYPE, bytes: SCRIPT }, circumstances);
    this.#observer?.composed(response);
    const sent = await this.#sendTo(response, null);
    if (key === EVENTS_KEY && request.method === "GET" && sent.complete) await live.follow(this);
    return this.#ended(exchange, response, sent);
  }

  /** Receives the content of a request, which no file needs, after asking for it if the peer waits for that. */
  async #dropContent(request: Request): Promise<void> {
    if (request.expectsContinue && this.buffer.length === 0) {
      // RFC 9110 §10.1.1: a refusal may come at once, instead of 100; the content is then never sent.
      if (request.refusal !== null) throw request.refusal;
      const { failure } = await this.#sendTo(CONTINUE, null);
      if (failure !== null) throw failure;
    }
    await this.#sendBatch();
    await dropContent(this, request.framing, this.#shared.options.headTimeoutMs);
    this.#observer?.contentReceived();
    // The content, and what came glued behind it, were received after the round of the head had begun.
    this.#round = await this.#shared.rounds.next();
  }

  /** The time for durations; looked at only if somebody reads the log, as a look costs 0.1 µs. */
  #now(): number {
    return this.#shared.faultsOnly ? 0 : performance.now();
  }

  /** Step (iv), for requests that ask for a file. */
  #locate(
    request: Request,
    policy: Policy | null,
  ): Located<SiteFile> | Promise<Located<SiteFile>> {
    if (request.path === null || request.method === "OPTIONS") return { kind: "nothing" };
    const { fields, path } = request;
    const { site } = this.#shared;
    const round = this.#round;
    if (policy === null) return locateVariant(site, path, { fields, round });
    return findInSite(policy.ways, path, {
      file: (path) => locateVariant(site, path, { fields, round }),
      entries: (path) => locateEntries(site, path),
    });
  }

  /** Steps (v) and (vi) of a failure: the site's own page for its status, or the built-in one. */
  async #sendError(error: unknown, exchange: Exchange, persistent: boolean): Promise<State> {
    const requestError = error instanceof RequestError ? error : ourFault(error);
    exchange.error = requestError;
    await this.#sendBatch();
    const { statusCode } = requestError;
    const fields = this.#shared.rules.latest?.fieldsFor(exchange.request) ?? null;
    const observer = this.#observer;
    if (observer?.failed(requestError)) await observer.hold();
    const located = await this.#locatePage(statusCode);
    observer?.pageLocated();
    using file = located === null ? null : located.file;
    const response = composeError(requestError, {
      page: located === null ? null : located.facts,
      method: exchange.request?.method ?? this.#peekMethod(exchange),
    }, this.#circumstances(persistent, fields));
    if (observer?.composed(response)) await observer.hold();
    const sent = await this.#sendTo(response, file);
    return this.#ended(exchange, response, sent);
  }

  /** HEAD gets no content even when its head is refused: RFC 9110 §9.3.2. */
  #peekMethod({ head }: Exchange): string | null {
    const start = head === null ? this.buffer.peekLine(5) : byteString(head.bytes, 0, 5);
    return start === "HEAD " ? "HEAD" : null;
  }

  /** Looks for `<status>.html` in the root: it is the page of that status. */
  async #locatePage(statusCode: number): Promise<{ file: SiteFile; facts: FileFacts } | null> {
    const name = `${statusCode}.html`;
    const path = { segments: [name], key: name, folder: false, query: "" };
    try {
      const located = await locatePage(this.#shared.site, path, this.#round);
      return located.kind === "file" ? located : null;
    } catch {
      return null; // A failure while we tell of a failure: the built-in page needs no file.
    }
  }

  #sendTo(response: Response, file: SiteFile | null): Promise<Sent> {
    const { stallTimeoutMs: stallMs } = this.#shared.options;
    if (!this.#isNoDelay && (response.persistent || response.contentLength > LIMITS.joinBytes)) {
      // Nagle's algorithm would hold back a second small write for 40 ms (measured); there is none after a last one.
      this.conn.setNoDelay?.(); // TLS sets it by itself.
      this.#isNoDelay = true;
    }
    // X-ray shows each response by itself.
    const mayWait = response.persistent && this.buffer.length > 0 && this.#observer === null;
    return sendResponse(this, response, { file, stallMs, now, mayWait });
  }

  /** Sends the responses to pipelined requests that wait for each other, if there are any. */
  async #sendBatch(): Promise<void> {
    if (this.batch === null) return;
    const failure = await sendBatch(this, this.#shared.options.stallTimeoutMs);
    if (failure === null) return;
    this.close(); // Whatever it was: nothing can follow on a part of a response.
    throw new Deno.errors.BrokenPipe("Cannot send a batch", { cause: failure });
  }

  /** Waits for step (iv) when it has to ask a disk. The responses before this one do not wait with it. */
  async #waitFor(lookUp: Promise<Located<SiteFile>>): Promise<Located<SiteFile>> {
    if (this.batch !== null) {
      lookUp.catch(() => {}); // It is waited for below.
      // If this fails, so does the next write; by then the file is in hands that close it.
      await this.#sendBatch().catch(() => {});
    }
    return await lookUp;
  }

  /** After step (vi): a line for the log, and the next state. */
  #ended(exchange: Exchange, response: Response, sent: Sent): State {
    const { log, faultsOnly } = this.#shared;
    this.#observer?.ended(exchange.error, sent);
    if (sent.failure !== null && !isPeerGone(sent.failure)) exchange.error = ourFault(sent.failure);
    if (!faultsOnly || exchange.error?.statusCode === 500) {
      const firstLine = exchange.head === null ? this.buffer.peekLine(PEEK_BYTES) : "";
      log(exchange.describe({
        statusCode: response.statusCode,
        sent,
        firstLine,
        peer: this.conn.remoteAddr,
        connection: this.#number,
        timeMs: Date.now(),
        nowMs: this.#now(),
      }));
    }
    if (!sent.complete) return NEXT.responding.failed;
    return response.persistent ? NEXT.responding.sentKeep : NEXT.responding.sentClose;
  }

  #circumstances(persistent: boolean, fields: SiteFields | null): Circumstances {
    const { keepAliveMax, keepAliveTimeoutMs } = this.#shared.options;
    const requestsLeft = keepAliveMax === 0 ? Infinity : keepAliveMax - this.#requests;
    return {
      nowMs: Date.now(),
      persistent: persistent && requestsLeft > 0 && !this.#shared.draining &&
        this.#observer?.persists !== false,
      keepAliveTimeoutMs,
      requestsLeft,
      secret: this.#shared.secret,
      fields,
    };
  }
}

/** A clock that only grows, in ms. */
function now(): number {
  return performance.now();
}
