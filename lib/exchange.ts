/**
 * One request and its response: steps (iii) to (vi), in their order.
 *
 * In comes a head, as step (ii) received it:
 *
 *     GET /a.txt HTTP/1.1 CRLF Host: localhost:3000 CRLF CRLF
 *
 * It becomes a `Request` (iii), the file that its path names (iv), a `Response` (v), and bytes on the socket (vi):
 *
 *     HTTP/1.1 200 OK CRLF Date: ... CRLF Content-Length: 53 CRLF ... CRLF CRLF, and 53 bytes of the file
 *
 * Out comes the next state of the connection. What goes wrong on the way is thrown: that the peer is gone ends the
 * exchange without an answer; a `RequestError` has its status in it and becomes a response; anything else is our fault,
 * and 500. Each response has one line in the log, if there is a log.
 */

import { dropContent, type ReadSide } from "./2_receive.ts";
import { locate, locatePage, type Site, type SiteFile } from "./4_locate.ts";
import {
  composeError,
  composeEvents,
  composeOwn,
  composeResponse,
  type ResponseContext,
} from "./5_compose.ts";
import { sendResponse, type Sent, type WriteSide } from "./6_send.ts";
import { misdirectedError, ourFault, overloadError, RequestError } from "./errors.ts";
import { asciiBytes, byteString } from "./http/grammar.ts";
import type { Peer } from "./http/forwarded.ts";
import type { Head } from "./http/head.ts";
import type { Located, Request, Response } from "./http/message.ts";
import { rootFrom } from "./http/relative.ts";
import { pathTo } from "./http/target.ts";
import { type State, stateAfter } from "./http/state.ts";
import type { LiveReload } from "./live/reload.ts";
import { EVENTS_KEY, isAboutLive, tailFor } from "./live/script.ts";
import type { LogEntry } from "./log/format.ts";
import { isPeerGone } from "./net/peer_gone.ts";
import { guesserOf, networkOf } from "./net/network.ts";
import type { Proxies } from "./net/proxies.ts";
import type { Tenant } from "./net/slots.ts";
import { type ConnectionObserver, type OwnAnswer, type Socket, told } from "./observer.ts";
import { LIMITS } from "./options.ts";
import { parseRemembered, textsRemembered } from "./request_memo.ts";
import type { ServerContext } from "./server_context.ts";
import type { SiteFields } from "./site/fields.ts";

/** RFC 9110 §15.2.1: an interim response, without Date as without everything else. */
const CONTINUE: Response = {
  statusCode: 100,
  head: asciiBytes("HTTP/1.1 100 Continue\r\n\r\n"),
  content: [],
  contentLength: 0,
  persistent: true,
};
/** The key of a path that no site has, as names with a dot in front are private. */
const HEALTH_KEY = ".vitrine/health";
const SERVING = asciiBytes("serving\n");
const LEAVING = asciiBytes("draining\n");
const SCRIPT_TYPE = "text/javascript; charset=utf-8";
/** Longest part of a refused request line that the log shows, in bytes. */
const PEEK_BYTES = 256;
const NO_TEXTS = { host: null, referer: null, userAgent: null };

/** The connection, as an exchange on it sees it. */
export interface ExchangeConnection extends ReadSide, WriteSide, Tenant {
  readonly conn: Socket;
  readonly context: ServerContext;
  /** Told of each step; null without an X-ray. */
  readonly observer: ConnectionObserver | null;
  /** Counts the connections of a server from 1; it names this one in the log. */
  readonly number: number;
  /** Requests so far, the one of this exchange included. */
  readonly requests: number;
  /** The round in which it is answered, which began after its bytes were received; see `net/rounds.ts`. */
  round: number;
  /** Whether small writes leave at once. */
  isNoDelay: boolean;
  /** Whether a page follows on it with `--live`. */
  isFollowing: boolean;
  /** Sends the responses to pipelined requests that wait for each other, if there are any. To be called before each wait. */
  sendWaiting(): Promise<void>;
}

/** One request and its response. */
export class Exchange {
  readonly #connection: ExchangeConnection;
  /** Null if no complete head arrived. */
  readonly #head: Head | null;
  /** When the head, or its round, arrived, on the clock of `performance.now()`; 0 if nobody wants to know. */
  readonly #startedMs: number;
  /** Null if the request names a host that has none. */
  #site: Site | null;
  request: Request | null = null;
  #error: RequestError | null = null;
  /** Who asked, if a proxy has told; else it is the peer of the connection. */
  #client: Peer | null = null;
  /** Whether the request was received to its last byte, so that the next one can be found. */
  #isFullyReceived = false;

  constructor(connection: ExchangeConnection, head: Head | null, isOfRound = false) {
    this.#connection = connection;
    this.#head = head;
    const { site, hosts, roundBeganMs } = connection.context;
    this.#site = hosts === null ? site : hosts.fallback;
    this.#startedMs = isOfRound ? roundBeganMs : this.#now();
  }

  /** The lab's steps (iii) to (vi). Rejects if the peer is gone. */
  async respond(head: Head): Promise<State> {
    const { context, observer } = this.#connection;
    if (observer !== null) await told(observer, "received", head);
    let file: SiteFile | null = null; // `using` would cost 0.12 us, a fiftieth of a small response.
    try {
      let request = this.request = parseRemembered(head); // (iii) `3_parse.ts`
      if (observer !== null) await told(observer, "parsed", request);
      if (context.proxies !== null) this.#introduce(request, context.proxies);
      const isHealth = request.path?.key === HEALTH_KEY && request.method !== "OPTIONS";
      if (context.hosts !== null) {
        ({ site: this.#site, request } = context.hosts.place(request));
        this.request = request;
      }
      if (request.framing.kind !== "none") await this.#dropContent(request);
      this.#isFullyReceived = true;
      if (isHealth) return await this.#respondHealth(request);
      const site = this.#site;
      if (site === null) throw misdirectedError();
      const asked = site.rules.at(this.#connection.round);
      const ownPath = observer === null ? null : observer.ownPath(request);
      if (asked !== null) context.guesses.admit(asked, this, ownPath ?? request.path);
      if (observer !== null && ownPath !== null) {
        const own = observer.answerTo(request, ownPath);
        return await this.#respondOwn(request, own, this.#responseContext(null));
      }
      if (request.refusal !== null) throw request.refusal;
      if (context.live !== null && isAboutLive(request)) {
        return await this.#respondLive(request, context.live);
      }
      const looking = locate(site, request, this.#connection.round); // (iv)
      const located = looking instanceof Promise ? await this.#waitFor(looking) : looking;
      if ("file" in located) file = located.file;
      const policy = site.rules.latest;
      // While it waited, the root may have been turned to a folder that is locked.
      if (policy !== null && policy !== asked) context.guesses.admit(policy, this);
      // A way around leads to no file that its own address would not show.
      if (policy !== null && "standIn" in located) {
        context.guesses.admit(policy, this, located.standIn);
      }
      if (observer !== null) await told(observer, "located", located, located === looking);
      const fields = policy === null ? null : policy.fieldsFor(request, located);
      const response = composeResponse(request, located, this.#responseContext(fields)); // (v)
      if (observer !== null) await told(observer, "composed", response);
      const sent = await this.#send(response, file); // (vi)
      return this.#end(response, sent);
    } catch (error) {
      return await this.fail(error);
    } finally {
      file?.[Symbol.dispose]();
    }
  }

  /**
   * Finds out who asked through a proxy. While it is answered the connection counts as that client's.
   *
   * @throws {RequestError} 503: that one has its share already.
   */
  #introduce({ fields }: Request, proxies: Proxies): void {
    const { conn, observer } = this.#connection;
    const peer = conn.remoteAddr as Deno.NetAddr;
    const client = proxies.clientOf(fields, peer);
    if (client === peer) return;
    this.#client = client;
    observer?.introduced(client);
    if (!this.#seat(client, proxies)) throw overloadError();
  }

  /** Whose passwords count together. */
  get network(): string | null {
    const { context, conn } = this.#connection;
    return guesserOf(this.#client ?? conn.remoteAddr as Deno.NetAddr, context.proxies !== null);
  }

  #seat({ hostname }: Peer, proxies: Proxies): boolean {
    const { slots } = this.#connection.context;
    return slots.move(this.#connection, networkOf(hostname), proxies.trusts(hostname));
  }

  /** Steps (v) and (vi) of a failure: the site's own page for its status, or the built-in one. */
  async fail(error: unknown): Promise<State> {
    if (isPeerGone(error)) throw error;
    const { context, observer } = this.#connection;
    const failure = error instanceof RequestError ? error : ourFault(error);
    const { latest } = this.#site?.rules ?? { latest: null };
    const requestError = this.#error = context.guesses.judge(latest, this, failure);
    await this.#connection.sendWaiting();
    const site = requestError.statusCode === 429 ? null : this.#site;
    const policy = site?.rules.latest ?? null;
    const isAdmitted = policy === null || policy.isAdmitted(this.request);
    const fields = isAdmitted && policy !== null ? policy.fieldsFor(this.request) : null;
    if (observer !== null) await told(observer, "failed", requestError);
    const requestFields = this.request?.fields ?? null;
    const name = `${requestError.statusCode}.html`;
    const mayShow = policy === null || policy.mayShow(this.request, pathTo([name]));
    const { round } = this.#connection;
    const page = site !== null && mayShow
      ? await locatePage(site, name, { fields: requestFields, round })
      : null;
    observer?.pageLocated();
    using file = page?.file ?? null;
    const response = composeError(requestError, {
      page: page?.facts ?? null,
      method: this.request?.method ?? this.#peekMethod(),
      requestTarget: this.request?.requestTarget ?? null,
      tail: context.live === null ? null : tailFor(requestFields),
    }, this.#responseContext(fields));
    if (observer !== null) await told(observer, "composed", response);
    const sent = await this.#send(response, file);
    return this.#end(response, sent);
  }

  /** How the server is, for balancers, which know no password. It stands beside the site, so no rule of that is for it. */
  #respondHealth(request: Request): Promise<State> {
    const { leaving } = this.#connection.context;
    const content = {
      mediaType: "text/plain; charset=utf-8",
      bytes: leaving ? LEAVING : SERVING,
      statusCode: leaving ? 503 : 200, // RFC 9110 §15.6.4: temporarily.
    };
    return this.#respondOwn(request, { content }, this.#responseContext(null));
  }

  /** The events and the script of `--live`. */
  #respondLive(request: Request, live: LiveReload): Promise<State> {
    const fields = this.#site?.rules.latest?.fieldsFor(request) ?? null;
    const own: OwnAnswer = request.path?.key === EVENTS_KEY
      ? { follow: () => live.follow(this.#connection) }
      : {
        content: { mediaType: SCRIPT_TYPE, bytes: live.script(rootFrom(request.requestTarget)) },
      };
    return this.#respondOwn(request, own, this.#responseContext(fields));
  }

  /** What is no file: content of ours, or a stream, after which nothing comes on the connection. */
  async #respondOwn(
    request: Request,
    own: OwnAnswer,
    responseContext: ResponseContext,
  ): Promise<State> {
    const response = own.follow === undefined
      ? composeOwn(request, own.content, responseContext)
      : composeEvents(responseContext);
    this.#connection.observer?.composed(response);
    const sent = await this.#send(response, null);
    if (own.follow !== undefined && request.method === "GET" && sent.complete) {
      this.#connection.isFollowing = true; // For good.
      await own.follow(this.#connection);
    }
    return this.#end(response, sent);
  }

  /** Receives the content of a request, which no file needs, after asking for it if the peer waits for that. */
  async #dropContent(request: Request): Promise<void> {
    const connection = this.#connection;
    const { context, observer } = connection;
    if (request.expectsContinue && connection.buffer.length === 0) {
      // RFC 9110 §10.1.1: a refusal may come at once, instead of 100; the content is then never sent. Nobody is asked
      // for content who has not said the password, and who has not learns no more than that.
      context.guesses.admit(this.#site?.rules.at(connection.round), this);
      if (request.refusal !== null) throw request.refusal;
      const { failure } = await this.#send(CONTINUE, null);
      if (failure !== null) throw failure;
    }
    await connection.sendWaiting();
    await dropContent(connection, request.framing, context.options.headTimeoutMs);
    observer?.contentReceived();
    // The content, and what came glued behind it, were received after the round of the head had begun.
    connection.round = await context.rounds.next();
  }

  /** Waits for step (iv) when it has to ask a disk. The responses before this one do not wait with it. */
  async #waitFor(looking: Promise<Located<SiteFile>>): Promise<Located<SiteFile>> {
    looking.catch(() => {}); // It is waited for below.
    // If this fails, so does the next write; by then the file is in hands that close it.
    await this.#connection.sendWaiting().catch(() => {});
    return await looking;
  }

  #send(response: Response, file: SiteFile | null): Promise<Sent> {
    const connection = this.#connection;
    if (
      !connection.isNoDelay && (response.persistent || response.contentLength > LIMITS.joinBytes)
    ) {
      // Nagle's algorithm would hold back a second small write for 40 ms (measured); there is none after a last one.
      connection.conn.setNoDelay?.(); // Not with TLS: see `Socket`.
      connection.isNoDelay = true;
    }
    // X-ray shows each response by itself.
    const mayWait = response.persistent && connection.buffer.length > 0 &&
      connection.observer === null;
    return sendResponse(connection, response, { file, now, mayWait });
  }

  /** After step (vi): tells the X-ray and the log, and gives the next state. */
  #end(response: Response, sent: Sent): State {
    this.#connection.observer?.ended(this.#error, sent);
    if (sent.failure !== null && !isPeerGone(sent.failure)) this.#error = ourFault(sent.failure);
    const { log, faultsOnly, proxies, counter } = this.#connection.context;
    const durationMs = this.#now() - this.#startedMs; // One look for both.
    counter?.ended(response.statusCode, sent.contentBytes, durationMs);
    if (this.#error !== null) counter?.failed(this.#error.statusCode);
    if (proxies !== null && this.#client !== null) {
      this.#seat(this.#connection.conn.remoteAddr as Deno.NetAddr, proxies);
    }
    if (!faultsOnly || this.#error?.statusCode === 500) {
      log(this.#describe(response, sent, durationMs));
    }
    return stateAfter(sent.complete, response.persistent, this.#isPeerDone(response));
  }

  /** What the log says of it. */
  #describe(response: Response, sent: Sent, durationMs: number): LogEntry {
    const { conn, number, buffer } = this.#connection;
    const { hostname: peer, port: peerPort } = this.#client ?? conn.remoteAddr as Deno.NetAddr;
    const { requestLine, host, referer, userAgent } = this.#head === null
      ? { ...NO_TEXTS, requestLine: buffer.peekLine(PEEK_BYTES) || null }
      : textsRemembered(this.#head, this.request);
    return {
      timeMs: Date.now(),
      peer,
      peerPort,
      connection: number,
      requestLine,
      host,
      site: this.#site?.place ?? null,
      statusCode: response.statusCode,
      contentBytes: sent.contentBytes,
      complete: sent.complete,
      durationMs,
      referer,
      userAgent,
      detail: this.#error === null ? null : `${this.#error.message} (${this.#error.rule})`,
    };
  }

  /** What a response says beside what was asked for. */
  #responseContext(fields: SiteFields | null): ResponseContext {
    const { context, requests, observer } = this.#connection;
    const { keepAliveMax, keepAliveTimeoutMs } = context.options;
    const requestsLeft = keepAliveMax === 0 ? Infinity : keepAliveMax - requests;
    return {
      nowMs: Date.now(),
      persistent: this.#mayPersist() && requestsLeft > 0 && !context.draining &&
        observer?.persists !== false,
      keepAliveTimeoutMs,
      requestsLeft,
      secret: context.secret,
      fields,
    };
  }

  /** Whether the connection may go on, as far as this request is concerned. */
  #mayPersist(): boolean {
    if (this.request === null || !this.request.persistent) return false;
    // After 400 we close even where we need not, as nginx does: the peer has lost its way, or is up to something.
    return this.#error === null || this.#isFullyReceived && this.#error.statusCode !== 400 &&
        this.#error.statusCode !== 500;
  }

  /**
   * Whether the peer has said that nothing follows, and is believed. It may not keep that: content may have a stray line end
   * behind it (RFC 9112 §2.2), a pipeline more requests. What comes destroys answers on their way, and large ones are longest.
   */
  #isPeerDone({ contentLength }: Response): boolean {
    const { request } = this;
    return request !== null && !request.persistent && request.framing.kind === "none" &&
      this.#connection.requests === 1 && this.#connection.buffer.length === 0 &&
      contentLength <= LIMITS.joinBytes;
  }

  /** HEAD gets no content even when its head is refused: RFC 9110 §9.3.2. */
  #peekMethod(): string | null {
    const head = this.#head;
    const start = head === null
      ? this.#connection.buffer.peekLine(5)
      : byteString(head.bytes, 0, 5);
    return start === "HEAD " ? "HEAD" : null;
  }

  /** The time for durations; looked at only if somebody reads the log or metrics, as a look costs 0.1 µs. */
  #now(): number {
    return this.#connection.context.isTimed ? now() : 0;
  }
}

/** A clock that only grows, in ms. */
const now = (): number => performance.now();
