/** A small server that has one fault at a time, for the checker to find, and none with `null`. */

import { type Answer, answerTo, parse } from "./broken_answers.ts";
import { closeQuietly, Peer } from "./broken_peer.ts";
import type { Fault } from "./faults.ts";

const encoder = new TextEncoder();

/** A server that runs in this process. */
export class BrokenServer implements AsyncDisposable {
  readonly #fault: Fault | null;
  readonly #conns = new Set<Deno.Conn>();
  readonly #tasks = new Set<Promise<void>>();
  #listener: Deno.TcpListener;
  #accepting: Promise<void>;
  #isHung = false;

  constructor(fault: Fault | null) {
    this.#fault = fault;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accepting = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Starts again on the same port, as a person would. */
  async restart(): Promise<void> {
    const port = this.port;
    this.#crash();
    await this.#accepting;
    this.#isHung = false;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#accepting = this.#accept();
  }

  /** Ends as a process that dies: nobody listens, and every connection is gone. */
  #crash(): void {
    try {
      this.#listener.close();
    } catch {
      // It was closed.
    }
    for (const conn of this.#conns) closeQuietly(conn);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#crash();
    await this.#accepting;
    await Promise.all(this.#tasks);
  }

  async #accept(): Promise<void> {
    for (;;) {
      let conn: Deno.TcpConn;
      try {
        conn = await this.#listener.accept();
      } catch {
        return;
      }
      this.#conns.add(conn);
      const task = this.#serve(conn).catch(() => {
        if (this.#fault === "dies when sending fails") this.#crash();
      }).finally(() => {
        this.#conns.delete(conn);
        this.#tasks.delete(task);
        closeQuietly(conn);
      });
      this.#tasks.add(task);
      if (this.#fault === "one client at a time") await task;
    }
  }

  async #serve(conn: Deno.TcpConn): Promise<void> {
    const peer = new Peer(conn, this.#fault);
    for (;;) {
      if (this.#isHung) return await peer.untilEnd();
      const head = await peer.head();
      if (head === "late") return;
      if (head === null) {
        if (peer.isEmpty && this.#fault === "dies when a client says nothing") this.#crash();
        return;
      }
      if (head === "not http" && this.#fault === "hangs after bytes that are no text") {
        this.#isHung = true;
        return await peer.untilEnd();
      }
      const keep = await this.#respond(peer, head);
      if (!keep) {
        return this.#fault === "gives up at a half-close" ? undefined : await peer.linger();
      }
    }
  }

  async #respond(peer: Peer, head: string): Promise<boolean> {
    const fault = this.#fault;
    const request = parse(head, fault);
    const answer = "status" in request ? request : answerTo(request, fault);
    const method = "status" in request ? "GET" : request.method;
    const minor = "status" in request ? 1 : request.minor;
    if (!("status" in request) && !(await peer.skip(request.length))) return false;
    const wanted = "status" in request || minor === 0 || request.wantsClose;
    const close = answer.close || (wanted && fault !== "ignores Connection: close");
    const says = close
      ? ["Connection: close"]
      : fault === "says HTTP/1.0"
      ? ["Connection: keep-alive"]
      : [];
    const isClosed = close || fault === "closes after each response";
    const date = fault === "date of another format" ? "2026-11-03 10:00" : new Date().toUTCString();
    const isBare = answer.status === 304;
    const length = lengthOf(answer, fault);
    const lines = [
      statusLine(answer.status, fault),
      `Date: ${date}`,
      ...(isBare ? [] : [`Content-Length: ${length}`]),
      ...answer.lines,
      ...says,
    ];
    const end = fault === "ends lines with LF" ? "\n" : "\r\n";
    const bytes = encoder.encode(lines.join(end) + end + end);
    const hasContent = !isBare && (method !== "HEAD" || fault === "sends content to HEAD");
    const content = fault === "sends a part of large files"
      ? answer.content.subarray(0, 100_000)
      : answer.content;
    const isCut = content.length < answer.content.length;
    if (fault === "gives up at a half-close" && isClosed && await peer.leavesSoon()) return false;
    await peer.write(hasContent ? concat(bytes, content) : bytes);
    if (fault === "gives up at a half-close" && isClosed) return false;
    if (method === "HEAD" && fault === "floods after HEAD") await peer.flood();
    return !isClosed && !isCut;
  }
}

function lengthOf({ content }: Answer, fault: Fault | null): number {
  return fault === "counts characters" ? new TextDecoder().decode(content).length : content.length;
}

function statusLine(status: number, fault: Fault | null): string {
  if (fault === "leaves out a space") return `HTTP/1.1 ${status}`;
  return `HTTP/1.${fault === "says HTTP/1.0" ? 0 : 1} ${status} Reason`;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
