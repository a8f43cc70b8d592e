/**
 * The X-ray's own listener: a small raw server beside the one that it shows, made of the same pieces for receiving and
 * parsing. It answers one request per connection, hands out the page, and never touches the site.
 */

import { acceptConnections } from "../1_accept.ts";
import { receiveHead } from "../2_receive.ts";
import { parseRequest } from "../3_parse.ts";
import { DeadlineClock, TICK_MS } from "../net/deadlines.ts";
import { codeOf, RequestError } from "../errors.ts";
import { asciiBytes } from "../http/grammar.ts";
import { HeadBuffer, isTlsGreeting } from "../http/head_buffer.ts";
import type { Request } from "../http/message.ts";
import { Tally } from "../log/tally.ts";
import { reasonPhrase } from "../http/status.ts";
import { LIMITS } from "../options.ts";
import type { Conn } from "../net/listen.ts";
import { isPeerGone } from "../net/peer_gone.ts";
import { ASSETS } from "./assets.ts";
import { Classroom } from "./class/classroom.ts";
import { classIn, parseNaming } from "./class/table.ts";
import { parseComposition, sendComposition } from "./composer.ts";
import { courseIn, progressOf, type Student, verdictOn } from "./course.ts";
import { detailOf } from "./detail.ts";
import { eventsFor, Viewer } from "./events.ts";
import { parseExperiments } from "./experiments.ts";
import { addressFor, makeDoor } from "./door.ts";
import { type Door, judge, PROXY_FIELDS, type Role, type Visitor } from "./guard.ts";
import { Recorder } from "./recorder.ts";
import { SAFETY_FIELDS } from "./safety.ts";
import type { RequestTrace } from "./trace.ts";
import { maskDetail } from "./secrets.ts";
import { closeOnce, sleep, unlessGone } from "./socket.ts";
import { makeTraffic, parseTrafficOrder } from "./traffic.ts";

/** Connections at once: a dozen viewers, each with a page's worth of requests. */
const MAX_CONNECTIONS = 100;
/** Content of a POST, in bytes. */
const MAX_CONTENT_BYTES = 2 * 1024 * 1024;
/** How long a request may take to arrive, and a viewer to take bytes, in ms. */
const PATIENCE_MS = 10_000;
const PATIENCE = { keepAliveTimeoutMs: PATIENCE_MS, headTimeoutMs: PATIENCE_MS };

const SAFETY = [
  ...SAFETY_FIELDS,
  ["X-Content-Type-Options", "nosniff"],
  ["Cache-Control", "no-store"],
  ["Connection", "close"],
].map(([name, value]) => `${name}: ${value}\r\n`).join("");

/** An nginx in front of us would gather events before it passes them on, and so would code-server, to compress them. */
const UNBUFFERED = "X-Accel-Buffering: no\r\nCache-Control: no-transform\r\n";

/** Where to listen. */
export interface XrayOptions {
  readonly hostname: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Where proxies show it, such as `"https://hub.example/user/ada/proxy/3001/"`. Default none. */
  readonly origins?: readonly string[];
  /** Told of each fault of ours; by default, the console is. */
  readonly onError?: (error: unknown) => void;
}

/** A running X-ray. */
export interface Xray {
  /** To be opened in a browser; holds the token that lets one do everything, if there is one. */
  readonly url: string;
  /** The same with the token that lets one look alone; null if no token is asked for. */
  readonly watchUrl: string | null;
  readonly port: number;
  /** Ends all viewers and stops listening. */
  close(): Promise<void>;
}

/** What an answer is made of. */
interface Answer {
  readonly statusCode: number;
  readonly mediaType: string;
  readonly content: string;
}

/**
 * Gives an observer for `serve()`, to be shown by {@linkcode serveXray}.
 *
 * @param isClass Whether each client address is shown its own requests at the site's own port.
 */
export function openRecorder(isClass = false): Recorder {
  return new Recorder(isClass ? new Classroom() : null);
}

/** Starts to show what `recorder` sees. Throws what `Deno.listen` throws. */
export function serveXray(
  recorder: Recorder,
  { hostname, port, origins = [], onError = console.error }: XrayOptions,
): Xray {
  const listener = Deno.listen({ hostname, port });
  const address = listener.addr as Deno.NetAddr;
  const clock = new DeadlineClock(performance.now());
  const mixUps = new Tally((count) =>
    onError(`X-ray: ${count} connection(s) spoke HTTPS to its HTTP port; open ${xray.url}`)
  );
  const ticker = setInterval(() => {
    clock.tick(performance.now());
    mixUps.look(performance.now());
  }, TICK_MS);
  const stop = new AbortController();
  const run = crypto.randomUUID().slice(0, 8);
  const init = { hostname, port: address.port, origins };
  const door = makeDoor(init);
  const open = new Set<Visit>();
  const handle = async (conn: Conn) => {
    const visit = new Visit(conn, clock);
    open.add(visit);
    try {
      await visit.serve({ recorder, door, run, mixUps, stopped: stop.signal });
    } finally {
      open.delete(visit);
    }
  };
  const finished = acceptConnections(listener, {
    handle,
    refuse: (conn) => Promise.resolve(closeOnce(conn)),
    admit: (_, served) => served < MAX_CONNECTIONS,
    isStopping: () => stop.signal.aborted,
    onFailure: (failure, error) => {
      if (failure === "lack") {
        onError(`X-ray: ${codeOf(error)}: cannot accept a viewer, trying on`);
      }
    },
    onError,
    sleep,
  });
  const xray: Xray = {
    url: addressFor("teach", door, init),
    watchUrl: door.tokens === null ? null : addressFor("watch", door, init),
    port: address.port,
    async close() {
      stop.abort();
      listener.close();
      for (const visit of open) visit.deadlinePassed();
      await finished;
      clearInterval(ticker);
      recorder.close();
    },
  };
  return xray;
}

/** What all visits share. */
interface XrayContext {
  readonly recorder: Recorder;
  readonly door: Door;
  readonly run: string;
  readonly mixUps: Tally;
  readonly stopped: AbortSignal;
}

/** One connection, one request. */
class Visit {
  readonly conn: Conn;
  readonly buffer = new HeadBuffer(LIMITS);
  readonly deadline;
  /** Whether an answer has begun: then no other can follow. */
  #hasBegun = false;

  constructor(conn: Conn, clock: DeadlineClock) {
    this.conn = conn;
    this.deadline = clock.add(this);
  }

  /** The deadline has passed, or the X-ray stops. */
  deadlinePassed(): void {
    closeOnce(this.conn);
  }

  /** Serves one request. Rejects only by a mistake of ours, which the viewer is told of as well. */
  async serve(context: XrayContext): Promise<void> {
    try {
      const head = await receiveHead(this, PATIENCE);
      if (head !== null) await this.#answer(parseRequest(head), context);
    } catch (error) {
      if (isTlsGreeting(error)) context.mixUps.add();
      await this.#fail(error);
    } finally {
      this.deadline.remove();
      closeOnce(this.conn);
    }
  }

  async #fail(error: unknown): Promise<void> {
    if (isPeerGone(error)) return; // The viewer has left: that is all.
    const isOurs = !(error instanceof RequestError);
    if (!this.#hasBegun) await unlessGone(this.#say(errorAnswer(isOurs ? null : error)));
    if (isOurs) throw error;
  }

  async #answer(request: Request, { recorder, door, run, stopped }: XrayContext): Promise<void> {
    const [path, query = ""] = request.requestTarget.split("?", 2);
    const parameters = new URLSearchParams(query);
    const { fields, method } = request;
    const asset = ASSETS.get(path);
    const need = asset === undefined ? needOf(method, path) : null;
    const verdict = judge(visitorOf(request), door, need);
    if ("refusal" in verdict) {
      return await this.#say({ statusCode: 403, mediaType: TEXT, content: verdict.refusal });
    }
    const { role } = verdict;
    if (method === "POST") {
      const value = parseJson(await this.#receiveContent(request));
      const { remoteAddr } = this.conn;
      const student = { address: remoteAddr.hostname, run };
      return await this.#say(
        learn(recorder, { path, value, student }) ?? await act(recorder, path, value),
      );
    }
    if (method !== "GET") throw notAllowed(method);
    if (asset !== undefined) {
      return await this.#say({ statusCode: 200, mediaType: asset.mediaType, content: asset.text });
    }
    if (path === "/events") {
      const init = { run, role, xrayPort: door.port };
      const viewer = new Viewer(recorder, init, fields.get("last-event-id"));
      return await this.#stream(eventsFor(viewer, stopped));
    }
    if (path === "/course") return await this.#say(json(courseIn(parameters.get("language"))));
    await this.#say(look(recorder, { path, id: Number(parameters.get("id")), role }));
  }

  /** RFC 9112 §6.2: as many bytes as `Content-Length` says; fetch() always says it. */
  async #receiveContent({ framing, fields }: Request): Promise<string> {
    const isJson = fields.get("content-type")?.startsWith("application/json") ?? false;
    if (framing.kind !== "length" || !isJson || framing.contentLength > MAX_CONTENT_BYTES) {
      throw new RequestError(400, "RFC 9110 §15.5.1", { detail: "Cannot take such content" });
    }
    const content = new Uint8Array(framing.contentLength);
    const first = this.buffer.takeAll().subarray(0, content.length);
    content.set(first);
    this.deadline.set(PATIENCE_MS);
    for (let at = first.length; at < content.length;) {
      const count = await this.conn.read(content.subarray(at));
      if (count === null) throw new RequestError(400, "RFC 9112 §8", { detail: "Cannot go on" });
      at += count;
    }
    this.deadline.clear();
    return new TextDecoder().decode(content);
  }

  async #say({ statusCode, mediaType, content }: Answer): Promise<void> {
    const bytes = new TextEncoder().encode(content);
    await this.#write(asciiBytes(
      `HTTP/1.1 ${statusCode} ${reasonPhrase(statusCode)}\r\n` +
        `Content-Type: ${mediaType}\r\nContent-Length: ${bytes.length}\r\n${SAFETY}\r\n`,
    ));
    await this.#write(bytes);
    await this.conn.closeWrite();
    this.deadline.set(PATIENCE_MS);
    // RFC 9112 §9.6: reads on briefly, so that what we said is not lost.
    while (await this.conn.read(new Uint8Array(LIMITS.readBytes)) !== null);
  }

  /** An answer without end: its length is where the connection closes (RFC 9112 §6.3). */
  async #stream(events: ReadableStream<Uint8Array>): Promise<void> {
    await this.#write(
      asciiBytes(
        `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n${UNBUFFERED}${SAFETY}\r\n`,
      ),
    );
    // Nothing more is asked on this connection; reading on tells when the viewer has left.
    const leaving = this.conn.read(new Uint8Array(1));
    const both = [leaving, this.#writeAll(events)];
    // Whichever ends first ends the other.
    await Promise.all(both.map((task) => task.finally(() => closeOnce(this.conn))));
  }

  async #writeAll(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const bytes of stream) await this.#write(bytes);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#hasBegun = true;
    for (let at = 0; at < bytes.length;) {
      this.deadline.set(PATIENCE_MS);
      at += await this.conn.write(bytes.subarray(at));
    }
    this.deadline.clear();
  }
}

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";

/** What a request says of its sender. */
function visitorOf({ method, fields }: Request): Visitor {
  return {
    method,
    host: fields.get("host"),
    origin: fields.get("origin"),
    fetchSite: fields.get("sec-fetch-site"),
    token: fields.get("vitrine-token"),
    isForwarded: PROXY_FIELDS.some((name) => fields.get(name) !== null),
  };
}

/** What who asks must be: to post is to change something, but for learning; and marks are for the teacher. */
function needOf(method: string, path: string): Role {
  if (path === "/class") return "teach";
  return method !== "POST" || path === "/progress" || path === "/hand-in" ? "watch" : "teach";
}

/** What a student asks: where a lesson is, and what a hand-in is worth. Changes nothing; null for other paths. */
function learn(
  recorder: Recorder,
  { path, value, student }: { path: string; value: unknown; student: Student },
): Answer | null {
  if (path !== "/progress" && path !== "/hand-in") return null;
  const told = path === "/progress" ? progressOf(recorder, value, student) : verdictOn(value);
  if (told !== null) return json(told);
  return { statusCode: 400, mediaType: TEXT, content: "Neither a lesson nor a hand-in" };
}

/** What can be looked at: one request, or all that are kept. Who watches alone sees no secrets. */
function look(
  recorder: Recorder,
  { path, id, role }: { path: string; id: number; role: Role },
): Answer {
  const root = recorder.place?.root ?? "";
  const tell = (trace: RequestTrace) => {
    const detail = detailOf(trace, root);
    return role === "teach" ? detail : maskDetail(detail);
  };
  if (path === "/request") {
    const trace = recorder.trace(id);
    if (trace !== null) return json(tell(trace));
  }
  if (path === "/class") return json(classIn(recorder));
  if (path === "/traces") return json(recorder.tracesSince(0).map(tell));
  return { statusCode: 404, mediaType: TEXT, content: "Not kept, or not any more" };
}

/** What can be done: change the experiments, or send bytes to the server that is watched. */
async function act(recorder: Recorder, path: string, value: unknown): Promise<Answer> {
  if (path === "/experiments") {
    const experiments = parseExperiments(value);
    if (experiments !== null) recorder.experiments = experiments;
    return experiments === null
      ? { statusCode: 400, mediaType: TEXT, content: "Not a set of experiments" }
      : json(recorder.experiments);
  }
  if (path === "/class") {
    const naming = parseNaming(value);
    if (naming === null) return { statusCode: 400, mediaType: TEXT, content: "No name" };
    return json(classIn(recorder, naming));
  }
  if (path === "/compose" && recorder.place !== null) {
    return json(await sendComposition(recorder.place, parseComposition(value)));
  }
  if (path === "/traffic" && recorder.place !== null) {
    return json(await makeTraffic(recorder.place, parseTrafficOrder(value)));
  }
  return { statusCode: 404, mediaType: TEXT, content: "Nothing can be done here" };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(400, "RFC 9110 §15.5.1", { detail: "Cannot parse the JSON" });
  }
}

function json(value: unknown): Answer {
  return { statusCode: 200, mediaType: JSON_TYPE, content: JSON.stringify(value) };
}

function notAllowed(method: string): RequestError {
  return new RequestError(405, "RFC 9110 §15.5.6", { detail: `Cannot ${method} here` });
}

/** @param error What the viewer did; null for a fault of ours. */
function errorAnswer(error: RequestError | null): Answer {
  const statusCode = error?.statusCode ?? 500;
  const why = error === null ? "" : `: ${error.message}`;
  return {
    statusCode,
    mediaType: TEXT,
    content: `${statusCode} ${reasonPhrase(statusCode)}${why}`,
  };
}
