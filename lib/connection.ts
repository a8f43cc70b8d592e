/**
 * One connection: the loop over steps (ii) to (vi). Page one for every new reader.
 *
 * Each step is a function that takes values and gives values; this file carries them from one to the next, keeps the
 * state of RFC 9112 §9 (`http/state.ts`), and turns every failure into a response or an end.
 */

import { dropContent, linger, receiveHead, type ReceiveTimes } from "./2_receive.ts";
import { parseRequest } from "./3_parse.ts";
import { locateEntries, locateFile, type Site, type SiteFile } from "./4_locate.ts";
import { type Circumstances, composeError, composeResponse, overloadError } from "./5_compose.ts";
import { sendResponse, type Sent } from "./6_send.ts";
import type { Alarm, AlarmClock } from "./alarm.ts";
import { RequestError } from "./errors.ts";
import { asciiBytes, byteString } from "./http/grammar.ts";
import type { Head } from "./http/head.ts";
import { HeadBuffer } from "./http/head_buffer.ts";
import type { HeadMemo } from "./http/head_memo.ts";
import type { FileFacts, Located, Request, Response } from "./http/message.ts";
import { NEXT, type State } from "./http/state.ts";
import type { LogEntry } from "./log.ts";
import type { Rounds } from "./rounds.ts";
import { LIMITS, type Options } from "./options.ts";
import type { SiteFields } from "./site/fields.ts";
import { findInSite } from "./site/find.ts";
import type { Policy } from "./site/policy.ts";
import type { SiteRules } from "./site_rules.ts";

/** RFC 9110 §15.2.1. */
const CONTINUE = asciiBytes("HTTP/1.1 100 Continue\r\n\r\n");
/** Longest part of a refused request line that the log shows, in bytes. */
const PEEK_BYTES = 256;

/** What all connections of a server share. */
export interface Shared {
  readonly site: Site;
  readonly options: Options;
  readonly times: ReceiveTimes;
  /** How long a peer may take no byte of a response, in ms. */
  readonly stallMs: number;
  readonly clock: AlarmClock;
  readonly rounds: Rounds;
  readonly heads: HeadMemo;
  /** Gets an entry for each response. */
  readonly log: (entry: LogEntry) => void;
  /** Whether it gets those that are our fault only: then no time is spent on describing the others. */
  readonly faultsOnly: boolean;
  /** Random text of this server, for multipart boundaries. */
  readonly secret: string;
  /** Whether a shutdown began: every response then says `Connection: close`. */
  draining: boolean;
  /** What the site asks for beyond its files; nothing as a rule, and then no request pays for it. */
  readonly rules: SiteRules;
}

/** One connection socket and what is being done with it. */
export class Connection {
  readonly conn: Deno.TcpConn;
  readonly buffer: HeadBuffer;
  readonly alarm: Alarm;
  readonly #shared: Shared;
  readonly #number: number;
  #state: State = "idle";
  #requests = 0;
  /** The round of the last bytes that were received; 0 when it has not begun yet. */
  #round = 0;

  /** @param number Counts the connections of a server from 1; it names this one in the log. */
  constructor(conn: Deno.TcpConn, shared: Shared, number: number) {
    this.conn = conn;
    this.#shared = shared;
    this.#number = number;
    this.buffer = new HeadBuffer(LIMITS, shared.heads);
    this.alarm = shared.clock.add(this);
  }

  /** Serves requests until the connection ends. Rejects only by a mistake of ours. */
  async serve(): Promise<void> {
    const { rounds, times } = this.#shared;
    try {
      while (this.#state === "idle") {
        // (ii) Here a connection is idle: nothing else of a request or a response is kept meanwhile.
        let head: Head | null;
        try {
          const arrival = receiveHead(this, times);
          head = arrival instanceof Promise ? await arrival : arrival;
          // A head that had arrived with the one before it belongs to the same round.
          if (arrival instanceof Promise || this.#round === 0) this.#round = await rounds.next();
        } catch (error) {
          this.#state = await this.#refuse(error);
          break;
        }
        if (head === null) this.#state = NEXT.idle.peerClosed;
        else this.#state = await this.#respond(head); // (iii) to (vi)
      }
      await this.#linger();
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
    if (this.#state === "idle" && this.buffer.length === 0) this.close();
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

  #end(): void {
    this.alarm.remove();
    this.close();
  }

  /** RFC 9112 §9.6: says that no more will come, and reads on for a while. */
  async #linger(): Promise<void> {
    if (this.#state !== "closing") return;
    await this.conn.closeWrite();
    await linger(this, LIMITS.lingerMs);
  }

  /** Answers what is no request: nothing that follows on the connection can be trusted. */
  #refuse(error: unknown): Promise<State> {
    if (isPeerGone(error)) throw error;
    this.#state = NEXT.idle.refused;
    return this.#sendError(error, new Exchange(null, this.#now()), false);
  }

  /** The lab's steps (iii) to (vi), in their order. */
  async #respond(head: Head): Promise<State> {
    this.#state = NEXT.idle.headArrived;
    this.#requests++;
    const exchange = new Exchange(head, this.#now());
    try {
      const request = exchange.request = parseRequest(head); // (iii)
      if (request.framing.kind !== "none") await this.#dropContent(request);
      exchange.framed = true;
      const policy = this.#shared.rules.at(this.#round);
      if (policy !== null) policy.admit(request);
      if (request.refusal !== null) throw request.refusal;
      const lookUp = this.#locate(request, policy); // (iv)
      const located = lookUp instanceof Promise ? await lookUp : lookUp;
      using file = located.kind === "file" || located.kind === "page" ? located.file : null;
      const fields = policy === null ? null : policy.fieldsFor(request);
      const circumstances = this.#circumstances(request.persistent, fields);
      const response = composeResponse(request, located, circumstances); // (v)
      const sent = await sendResponse(this, response, { file, stallMs: this.#shared.stallMs }); // (vi)
      return this.#ended(exchange, response, sent);
    } catch (error) {
      if (isPeerGone(error)) throw error;
      return await this.#sendError(error, exchange, exchange.persistsAfter(error));
    }
  }

  /** Receives the content of a request, which no file needs, after asking for it if the peer waits for that. */
  async #dropContent(request: Request): Promise<void> {
    if (request.expectsContinue && this.buffer.length === 0) {
      // RFC 9110 §10.1.1: a refusal may come at once, instead of 100; the content is then never sent.
      if (request.refusal !== null) throw request.refusal;
      await this.conn.write(CONTINUE);
    }
    await dropContent(this, request.framing, this.#shared.times.headMs);
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
    const { site } = this.#shared;
    const round = this.#round;
    if (policy === null) return locateFile(site, request.path, round);
    return findInSite(policy.ways, request.path, {
      file: (path) => locateFile(site, path, round),
      entries: (path) => locateEntries(site, path),
    });
  }

  /** Steps (v) and (vi) of a failure: the site's own page for its status, or the built-in one. */
  async #sendError(error: unknown, exchange: Exchange, persistent: boolean): Promise<State> {
    const requestError = error instanceof RequestError ? error : ourFault(error);
    exchange.error = requestError;
    const { statusCode } = requestError;
    const fields = this.#shared.rules.latest?.fieldsFor(exchange.request) ?? null;
    const located = await this.#locatePage(statusCode);
    using file = located === null ? null : located.file;
    const response = composeError(requestError, {
      page: located === null ? null : located.facts,
      method: exchange.request?.method ?? null,
    }, this.#circumstances(persistent, fields));
    const sent = await sendResponse(this, response, { file, stallMs: this.#shared.stallMs });
    return this.#ended(exchange, response, sent);
  }

  /** Looks for `<status>.html` in the root: it is the page of that status. */
  async #locatePage(statusCode: number): Promise<{ file: SiteFile; facts: FileFacts } | null> {
    const name = `${statusCode}.html`;
    const path = { segments: [name], key: name, folder: false, query: "" };
    try {
      const located = await locateFile(this.#shared.site, path, this.#round);
      return located.kind === "file" ? located : null;
    } catch {
      return null; // A failure while we tell of a failure: the built-in page needs no file.
    }
  }

  /** After step (vi): a line for the log, and the next state. */
  #ended(exchange: Exchange, response: Response, sent: Sent): State {
    const { log, faultsOnly } = this.#shared;
    if (sent.failure !== null && !isPeerGone(sent.failure)) exchange.error = ourFault(sent.failure);
    if (!faultsOnly || exchange.error?.statusCode === 500) {
      log(this.#describe(exchange, response, sent));
    }
    if (!sent.complete) return NEXT.responding.failed;
    return response.persistent ? NEXT.responding.sentKeep : NEXT.responding.sentClose;
  }

  #circumstances(persistent: boolean, fields: SiteFields | null): Circumstances {
    const { keepAliveMax, keepAliveTimeoutMs } = this.#shared.options;
    const requestsLeft = keepAliveMax === 0 ? Infinity : keepAliveMax - this.#requests;
    return {
      nowMs: Date.now(),
      persistent: persistent && requestsLeft > 0 && !this.#shared.draining,
      keepAliveTimeoutMs,
      requestsLeft,
      secret: this.#shared.secret,
      fields,
    };
  }

  #describe(exchange: Exchange, { statusCode }: Response, sent: Sent): LogEntry {
    const { head, request, error } = exchange;
    const address = this.conn.remoteAddr;
    const peeked = head === null ? this.buffer.peekLine(PEEK_BYTES) : "";
    return {
      timeMs: Date.now(),
      peer: address.hostname,
      peerPort: address.port,
      connection: this.#number,
      requestLine: head === null ? peeked || null : byteString(head.bytes, 0, head.lineEnds[0]),
      statusCode,
      contentBytes: sent.contentBytes,
      complete: sent.complete,
      durationMs: performance.now() - exchange.startedMs,
      referer: request?.fields.get("referer") ?? null,
      userAgent: request?.fields.get("user-agent") ?? null,
      detail: error === null ? null : `${error.message} (${error.rule})`,
    };
  }
}

/** What is known so far of one request and its response. */
class Exchange {
  /** When its head was there, on the clock of `performance.now()`. */
  readonly startedMs: number;
  /** Null if none arrived, or none that has an end. */
  readonly head: Head | null;
  request: Request | null = null;
  error: RequestError | null = null;
  /** Whether the request was received to its last byte, so that the next one can be found. */
  framed = false;

  constructor(head: Head | null, startedMs: number) {
    this.head = head;
    this.startedMs = startedMs;
  }

  /** Whether the connection may go on after this error. */
  persistsAfter(error: unknown): boolean {
    // After 400 we close even where we need not, as nginx does: the peer has lost its manners or its way.
    return this.framed && error instanceof RequestError && error.statusCode !== 400 &&
      this.request !== null && this.request.persistent;
  }
}

/** Anything that is not the peer's fault is ours: 500, and the whole story for the log. */
function ourFault(error: unknown): RequestError {
  const detail = error instanceof Error ? error.stack ?? error.message : String(error);
  return new RequestError(500, "RFC 9110 §15.6.1", { detail });
}

/** Errors of a socket whose peer is gone, or that we closed: they end the task, and nothing else. */
const PEER_GONE = [
  Deno.errors.BrokenPipe,
  Deno.errors.ConnectionReset,
  Deno.errors.ConnectionAborted,
  Deno.errors.NotConnected,
  Deno.errors.TimedOut,
  Deno.errors.BadResource,
  Deno.errors.Interrupted,
];

function isPeerGone(error: unknown): boolean {
  return PEER_GONE.some((errorClass) => error instanceof errorClass);
}
