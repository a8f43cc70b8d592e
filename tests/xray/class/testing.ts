/** What tests of `--class` share: a server with a class, and clients that come from addresses of their own. */

import { connect } from "node:net";
import type { ServeInit } from "../../../lib/serve.ts";
import { Classroom } from "../../../lib/xray/class/classroom.ts";
import type { Report } from "../../../lib/xray/events.ts";
import { Recorder } from "../../../lib/xray/recorder.ts";
import { serveXray, type Xray } from "../../../lib/xray/server.ts";
import { type Files, parseResponse, type RawResponse, withServer } from "../../wire/harness.ts";
import { visit } from "../testing.ts";

/** A client at an address. */
export class Student {
  readonly address: string;
  readonly #port: number;
  /** Field lines that a proxy adds. */
  readonly #fieldLines: readonly string[];

  constructor(address: string, port: number, fieldLines: readonly string[] = []) {
    this.address = address;
    this.#port = port;
    this.#fieldLines = fieldLines;
  }

  /** Sends bytes, and gives all that comes back until the server closes, or `isEnough` says so. */
  exchange(request: string, isEnough: (text: string) => boolean = () => false): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const init = { port: this.#port, host: "127.0.0.1", localAddress: this.address };
    const socket = connect(init, () => socket.write(request, "latin1"));
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (data) => {
      text += data;
      if (isEnough(text)) socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
    return promise;
  }

  /** One request on a connection of its own. */
  async ask(
    target: string,
    { method = "GET", fieldLines = [], host = `127.0.0.1:${this.#port}` }: {
      method?: string;
      fieldLines?: readonly string[];
      host?: string;
    } = {},
  ): Promise<RawResponse> {
    const lines = [`Host: ${host}`, ...this.#fieldLines, ...fieldLines, "Connection: close"];
    const text = await this.exchange(
      `${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`,
    );
    return parseResponse(text);
  }

  /** What is kept of this client's requests, as its page gets it. */
  // deno-lint-ignore no-explicit-any
  async traces(): Promise<any[]> {
    return JSON.parse((await this.ask("/.vitrine/me/traces")).content);
  }

  /** Where a lesson is. */
  async progress(
    lesson: number,
    answers: Record<string, string> = {},
    more: Record<string, unknown> = {},
  ) {
    const wish = { lesson, sinceRun: "", sinceId: 0, answers, ...more };
    const response = await this.ask("/.vitrine/me/progress", {
      method: "POST",
      fieldLines: [`Vitrine-Progress: ${encodeURIComponent(JSON.stringify(wish))}`],
    });
    return JSON.parse(response.content) as { name: string; state: string }[];
  }

  /** The first reports of the stream, until one fits. */
  async reports(fits: (report: Report) => boolean, lastEventId?: string): Promise<Report[]> {
    const last = lastEventId === undefined ? [] : [`Last-Event-ID: ${lastEventId}`];
    const lines = [`Host: 127.0.0.1:${this.#port}`, ...this.#fieldLines, ...last];
    const request = `GET /.vitrine/me/events HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
    const text = await this.exchange(request, (text) => reportsIn(text).some(fits));
    return reportsIn(text);
  }
}

/** Reports in the bytes of a stream. */
export function reportsIn(text: string): Report[] {
  return [...text.matchAll(/\ndata: ?([^\n]*)\n/g)].flatMap(([, data]) => {
    try {
      return [JSON.parse(data)];
    } catch {
      return []; // Not all of it is here.
    }
  });
}

/** A class under test. */
export interface Class {
  readonly port: number;
  readonly recorder: Recorder;
  readonly classroom: Classroom;
  readonly xray: Xray;
  at(address: string, fieldLines?: readonly string[]): Student;
  /** The teacher's table. */
  // deno-lint-ignore no-explicit-any
  table(): Promise<any>;
}

/** Serves `files` to a class while `test` runs. */
export async function withClass(
  files: Files,
  test: (room: Class) => Promise<void>,
  init: ServeInit = {},
): Promise<void> {
  const classroom = new Classroom();
  const recorder = new Recorder(classroom);
  await withServer(files, async ({ port }) => {
    const xray = serveXray(recorder, { hostname: "127.0.0.1", port: 0 });
    const at = (address: string, fieldLines: readonly string[] = []) =>
      new Student(address, port, fieldLines);
    const table = async () => JSON.parse((await visit(xray, "GET /class")).content);
    try {
      await test({ port, recorder, classroom, xray, at, table });
    } finally {
      await xray.close();
    }
  }, { ...init, observer: recorder });
}
