/** How scripts are written: requests as bytes, and the conversations that many checks have. */

import { asciiBytes } from "../http/grammar.ts";
import type { Conversation, Script, Step } from "./check.ts";
import type { Site } from "./site.ts";

/** What a request may have beside its path. */
export interface RequestInit {
  readonly method?: string;
  /** For example `"HTTP/1.0"`. */
  readonly version?: string;
  /** Whole field lines behind `Host`, without line ends. */
  readonly lines?: readonly string[];
  /** Whether to leave the connection open behind it; else it has `Connection: close`. */
  readonly keep?: boolean;
  /** Null: no `Host` at all. */
  readonly host?: string | null;
}

/** Gives a request as text. */
export function request(site: Site, path: string, init: RequestInit = {}): string {
  const { method = "GET", version = "HTTP/1.1", lines = [], keep = false } = init;
  const host = init.host === undefined ? site.host : init.host;
  return [
    `${method} ${path} ${version}`,
    ...(host === null ? [] : [`Host: ${host}`]),
    ...(site.agent === undefined ? [] : [`User-Agent: vitrine-check (${site.agent})`]),
    ...lines,
    ...(keep ? [] : ["Connection: close"]),
    "",
    "",
  ].join("\r\n");
}

/** A step that sends text; its characters are bytes. */
export function send(text: string | Uint8Array): Step {
  return { kind: "send", bytes: typeof text === "string" ? asciiBytes(text) : text };
}

/** A step that waits for a response. */
export function response(method = "GET"): Step {
  return { kind: "response", method };
}

/** A step that lets time pass. */
export function pause(ms: number): Step {
  return { kind: "pause", ms };
}

/** A step that waits for the end of the stream. */
export const END: Step = { kind: "end" };
/** A step that closes our direction. */
export const SHUT: Step = { kind: "shut" };

/** One request, and its response. */
export function ask(site: Site, path: string, init: RequestInit = {}): Conversation {
  return { steps: [send(request(site, path, init)), response(init.method)] };
}

/** A script of one conversation. */
export function alone(...steps: readonly Step[]): Script {
  return [[{ steps }]];
}

/** A script of one request, and its response. */
export function askAlone(site: Site, path: string, init: RequestInit = {}): Script {
  return [[ask(site, path, init)]];
}
