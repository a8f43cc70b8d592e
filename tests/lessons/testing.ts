/** What the lessons' tests share: traces as the X-ray makes them, made here of bytes. */

import { Seen, type Traced } from "../../lib/lessons/seen.ts";

/** A request and its response as text, and whatever else of its trace matters. */
export interface Made extends Partial<Omit<Traced, "head" | "response">> {
  readonly request: string;
  readonly response?: string;
}

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

/** A head of the usual shape. */
export function get(target: string, ...fieldLines: string[]): string {
  return [`GET ${target} HTTP/1.1`, "Host: a", ...fieldLines, "", ""].join("\r\n");
}

/** A response head. */
export function answer(statusCode: number, ...fieldLines: string[]): string {
  return [`HTTP/1.1 ${statusCode} X`, ...fieldLines, "", ""].join("\r\n");
}

/** Traces in the order of arrival, each on a connection of its own, one after another, unless told. */
export function seenOf(...all: readonly Made[]): Seen[] {
  return all.map(({ request, response = OK, ...rest }, i) => {
    const [method, requestTarget] = request.split(" ");
    const startMs = rest.startMs ?? 100 * i;
    const endMs = rest.endMs ?? startMs + 10;
    const statusCode = Number(response.slice(9, 12));
    return new Seen({
      id: i + 1,
      connection: i + 1,
      order: 1,
      method,
      requestTarget,
      statusCode,
      startMs,
      endMs,
      steps: [1, startMs, startMs + 1, 5, startMs + 1, endMs],
      reads: [startMs, request.length],
      writes: [],
      head: btoa(request),
      headBytes: request.length,
      response: btoa(response),
      contentBytes: Number(/Content-Length: (\d+)/.exec(response)?.[1] ?? 0),
      complete: true,
      located: "file",
      cached: false,
      blame: null,
      error: null,
      ...rest,
    });
  });
}
