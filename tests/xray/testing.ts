/** What tests of the X-ray share: a server with an observer, an X-ray beside it, and the requests that it kept. */

import type { ServeInit } from "../../lib/serve.ts";
import type { Detail } from "../../lib/xray/detail.ts";
import { Recorder } from "../../lib/xray/recorder.ts";
import { serveXray, type Xray } from "../../lib/xray/server.ts";
import { type Files, type Running, withServer } from "../wire/harness.ts";

/** A server under test, watched. */
export interface Watched extends Running {
  readonly recorder: Recorder;
  readonly xray: Xray;
  /** What the X-ray said of its visitors. */
  readonly told: unknown[];
  /** Everything about each request that is kept, oldest first. */
  details(): Promise<Detail[]>;
}

/** Serves `files` with X-ray while `test` runs. */
export async function withXray(
  files: Files,
  test: (watched: Watched) => Promise<void>,
  init: ServeInit = {},
): Promise<void> {
  const recorder = new Recorder();
  await withServer(files, async (running) => {
    const hostname = init.xrayHostname ?? "127.0.0.1";
    const told: unknown[] = [];
    const onError = (error: unknown) =>
      (typeof error === "string" && error.includes("spoke HTTPS") ? told : running.errors).push(
        error,
      );
    const origins = init.xrayOrigins ?? [];
    const xray = serveXray(recorder, { hostname, port: 0, origins, onError });
    try {
      const details = async () => {
        const { content } = await visit(xray, "GET /traces");
        return JSON.parse(content) as Detail[];
      };
      await test({ ...running, recorder, xray, told, details });
    } finally {
      await xray.close();
    }
  }, { ...init, observer: recorder });
}

/** What the X-ray answered. */
export interface Answer {
  readonly statusCode: number;
  readonly head: string;
  readonly content: string;
}

/** Asks the X-ray, with raw field lines; `Host` is its own unless given. */
export async function visit(
  { port }: { readonly port: number },
  methodAndTarget: string,
  { host = `127.0.0.1:${port}`, fieldLines = [], content = "" }: {
    host?: string;
    fieldLines?: readonly string[];
    content?: string;
  } = {},
): Promise<Answer> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = [`${methodAndTarget} HTTP/1.1`, `Host: ${host}`, ...fieldLines];
  if (content !== "") lines.push(`Content-Length: ${content.length}`);
  await conn.write(new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n" + content));
  const text = await new Response(conn.readable).text();
  const end = text.indexOf("\r\n\r\n");
  return {
    statusCode: Number(text.slice(9, 12)),
    head: text.slice(0, end),
    content: text.slice(end + 4),
  };
}

/** Field lines that a page of the X-ray itself sends when it posts. */
export function ownPost({ port }: { readonly port: number }): string[] {
  return [`Origin: http://127.0.0.1:${port}`, "Content-Type: application/json"];
}

/** Waits until `condition` holds, by asking again; fails after `ms`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  ms = 5_000,
): Promise<void> {
  const startMs = performance.now();
  while (!await condition()) {
    if (performance.now() - startMs > ms) throw new Error(`Not so after ${ms} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
