/** What the values of flags may be: text in, a value out, or a `UsageError` that completes "--name …". */

import type { LogFormat, Options } from "../options.ts";
import { parseSiteField } from "../site/fields.ts";
import { parseHostPattern } from "../site/hosts.ts";
import { parseMountPath } from "../site/mounts.ts";

/** A mistake of whoever typed the arguments. */
export class UsageError extends Error {}

/** A day: a timer takes no more than 24 of them. */
const MAX_SECONDS = 86_400;

/** The value of a flag that takes seconds. */
export const SECONDS = { name: "S", example: "2.5" };

/** Digits only: what else `Number()` takes, such as 1e3 or 0x10, is more likely a slip than meant. */
export function readNumber(text: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`takes a whole number from ${min} to ${max}`);
}

/** Seconds with a fraction or without; gives milliseconds. */
export function readSeconds(text: string, min: number): number {
  const value = /^\d{1,10}(\.\d{1,10})?$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= MAX_SECONDS) return Math.round(value * 1000);
  throw new UsageError(`takes seconds from ${min} to ${MAX_SECONDS}`);
}

export function readPattern(text: string): string {
  if (/[^/]/.test(text) && !/^\.{1,2}(\/|$)/.test(text)) return text;
  throw new UsageError("takes a name or a path below the root, with * for any part of it");
}

/** More than 64 threads is more likely a slip than a machine. */
export function readWorkers(text: string): number | "auto" {
  if (text === "auto") return text;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  if (value >= 1 && value <= 64) return value;
  throw new UsageError("takes a whole number from 1 to 64, or auto");
}

export function readLogFormat(text: string): LogFormat {
  if (text === "pretty" || text === "combined" || text === "json" || text === "none") return text;
  throw new UsageError("takes pretty, combined, json or none");
}

export function readField(text: string): readonly [name: string, value: string] {
  const field = parseSiteField(text);
  if (typeof field !== "string") return field;
  throw new UsageError(`takes a line such as "Name: value" (this one ${field})`);
}

export function readFieldValue(name: string, text: string): string {
  const field = parseSiteField(`${name}: ${text}`);
  if (typeof field !== "string") return field[1];
  throw new UsageError("takes printable ASCII");
}

/** A path may stand behind it, as the address that is printed then works; a slash ends it, as that of the page does. */
export function readOrigin(text: string): string {
  const url = /^https?:\/\/[^/\\?#@]+(?:\/[^\\?#]*)?$/i.test(text) ? URL.parse(text) : null;
  if (url !== null) return url.href.replace(/\/?$/, "/");
  throw new UsageError("takes an address such as https://hub.example, without a query");
}

/** RFC 7617 §2: the first colon ends the name, and neither part holds a control character. */
export function readCredentials(text: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[^:]+:.+$/.test(text) && !/[\x00-\x1f\x7f]/.test(text)) return text;
  throw new UsageError("takes a name, a colon and a password");
}

/** A host and the folder of its site. */
export function readSite(text: string): readonly [host: string, root: string] {
  const [, name = "", root = ""] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
  const host = parseHostPattern(name);
  if (host !== null && root !== "") return [host, root];
  throw new UsageError("takes a host without a port, or *. and a host, = and a folder");
}

/** A path and the folder below it, which joins the sites. @param mounts Those so far. */
export function readMount(
  text: string,
  mounts: Options["sites"],
): readonly [path: string, root: string] {
  const [, name = "", root = ""] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
  const path = parseMountPath(name);
  if (path === null || root === "") {
    throw new UsageError("takes a path such as /docs, = and a folder");
  }
  const [, taken] = mounts.find(([place]) => place === path) ?? [];
  if (taken === undefined) return [path, root];
  throw new UsageError(`has ${path} for ${JSON.stringify(taken)} already`);
}
