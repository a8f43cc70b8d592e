/**
 * RFC 9112 §3.2: from the request target to the names of a safe path. Each segment is decoded once, alone, and
 * checked after decoding, so that no spelling of `..` or `/` reaches the file system: what `..` takes back is taken from
 * the names, not from a folder on the disk, where a symbolic link may lead elsewhere.
 */

import { RequestError } from "../errors.ts";
import { isHexdig } from "./grammar.ts";
import type { TargetPath } from "./message.ts";

/** Longest name that common file systems take, in bytes of UTF-8. */
const MAX_NAME_BYTES = 255;
/**
 * Most names in a path. Each folder on the way to a file is looked at, so 4,000 of them in a target of 8 KiB would be
 * work for nothing; sites that people write have ten.
 */
const MAX_DEPTH = 100;
const PERCENT = 0x25;
/** RFC 3986 §3.2.2 and §3.2.3: a registered name or IPv4 address, or an IP literal; then a port. */
const AUTHORITY =
  /^(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*(?::[0-9]*)?$|^\[[0-9A-Fa-f:.]+\](?::[0-9]*)?$/;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether a text is a host with an optional port, as in a `Host` field: RFC 9110 §7.2. May be empty. */
export function isAuthority(text: string): boolean {
  return AUTHORITY.test(text);
}

/**
 * Finds the path that a request target names, in the form that its method allows.
 *
 * @param requestTarget Bytes as character codes, none of them white space or a control character.
 * @returns The path, or null for the asterisk form.
 * @throws {RequestError} 400 for a target in no form that the method allows and for a path that no
 * honest client sends; 404 for a name too long to exist.
 * @see RFC 9112 §3.2.1 to §3.2.4
 */
export function parseTarget(requestTarget: string, method: string): TargetPath | null {
  // RFC 9112 §3.2.3: the authority form is for CONNECT only, and CONNECT has no other.
  if (method === "CONNECT") {
    if (/:[0-9]+$/.test(requestTarget) && isAuthority(requestTarget)) return null;
    throw targetError("RFC 9112 §3.2.3", "Cannot parse the authority form");
  }
  if (requestTarget.startsWith("/")) return parsePath(requestTarget);
  if (requestTarget === "*" && method === "OPTIONS") return null;
  return parseAbsoluteForm(requestTarget);
}

/** RFC 9112 §3.2.2: a server MUST accept the absolute form; its authority takes the place of Host. */
function parseAbsoluteForm(requestTarget: string): TargetPath | null {
  const scheme = /^https?:\/\//i.exec(requestTarget)?.[0] ?? "";
  const authority = requestTarget.slice(scheme.length).split(/[/?]/, 1)[0];
  // RFC 9110 §4.2.1: an `http` URI with an empty host is invalid.
  const hasHost = authority !== "" && !authority.startsWith(":");
  if (scheme === "" || !hasHost || !isAuthority(authority)) {
    throw targetError("RFC 9112 §3.2", "Cannot find a form for the target");
  }
  const rest = requestTarget.slice(scheme.length + authority.length);
  return parsePath(rest.startsWith("/") ? rest : "/" + rest);
}

/** The path of a file that names lead to, without a query. */
export function pathTo(segments: readonly string[]): TargetPath {
  return { segments, folder: false, key: segments.join("/"), query: "" };
}

/** RFC 9112 §3.2.1, origin form: an absolute path and an optional query. */
function parsePath(originForm: string): TargetPath {
  const queryAt = originForm.indexOf("?");
  const path = queryAt === -1 ? originForm : originForm.slice(0, queryAt);
  const { segments, folder } = namesOf(path);
  return {
    segments,
    folder,
    key: segments.join("/") + (folder ? "/" : ""),
    query: queryAt === -1 ? "" : originForm.slice(queryAt),
  };
}

/**
 * RFC 3986 §5.2.4: decodes the segments of a path and removes those that are dots, which §6.2.2.3 makes the same
 * address: apt and rclone send them, and the clients of Go, Java and Python do not resolve them.
 */
function namesOf(path: string): { segments: string[]; folder: boolean } {
  const segments: string[] = [];
  let folder = true;
  // An encoded slash parts names as well, as in nginx: npm asks for `/@scope%2fname`, and no name can hold a slash. All
  // that follows sees what it parts as any other segment. RFC 3986 §2.2 lets who makes the addresses say what it means.
  const parted = path.includes("%") ? path.replace(/%2f/gi, "/") : path;
  for (const spelled of parted.split("/")) {
    // Two slashes in a row are one, as in nginx: relative links with a slash too many keep working.
    folder = spelled === "";
    if (folder) continue;
    const name = decodeSegment(spelled);
    folder = name === "." || name === "..";
    if (!folder) segments.push(name);
    // Stricter than §5.2.4, which drops what climbs too high: whoever does is lost, or is up to something.
    else if (name === ".." && segments.pop() === undefined) {
      throw targetError("RFC 3986 §5.2.4", "Cannot climb above the root");
    }
    if (segments.length > MAX_DEPTH) {
      throw new RequestError(404, "RFC 9110 §15.5.5", {
        detail: `Cannot look deeper than ${MAX_DEPTH} folders`,
      });
    }
  }
  return { segments, folder };
}

/** Decodes one segment and refuses each name that could be read as more, or other, than one name. */
function decodeSegment(segment: string): string {
  const name = /^[!-$&-~]*$/.test(segment) ? segment : decodeUtf8(percentDecode(segment));
  // A backslash could be in a name, but on Windows it is a slash; NUL can be in none, and a slash never gets here.
  if (/[/\\\0]/.test(name)) {
    throw targetError("RFC 3986 §2.2", "Cannot take a backslash or NUL in a name");
  }
  if (name.length * 3 > MAX_NAME_BYTES && new TextEncoder().encode(name).length > MAX_NAME_BYTES) {
    throw new RequestError(404, "RFC 9110 §15.5.5", {
      detail: `Cannot open a name of over ${MAX_NAME_BYTES} bytes`,
    });
  }
  return name;
}

/** RFC 3986 §2.1: replaces each `%` and its two digits by the byte that they stand for. */
function percentDecode(segment: string): Uint8Array {
  const bytes = new Uint8Array(segment.length);
  let length = 0;
  for (let i = 0; i < segment.length; i++) {
    let byte = segment.charCodeAt(i);
    if (byte === PERCENT) {
      if (!isHexdig(segment.charCodeAt(i + 1)) || !isHexdig(segment.charCodeAt(i + 2))) {
        throw targetError("RFC 3986 §2.1", "Cannot parse a percent-encoded byte");
      }
      byte = parseInt(segment.slice(i + 1, i + 3), 16);
      i += 2;
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw targetError("RFC 3986 §2.5", "Cannot decode a segment as UTF-8");
  }
}

function targetError(rule: string, detail: string): RequestError {
  return new RequestError(400, rule, { detail });
}

/**
 * Spells a path as an origin form that leads to the same file on the same host, whatever the names hold: it
 * starts with one slash, so that no browser reads a host into it.
 *
 * @see RFC 9110 §10.2.2 (Location) and RFC 3986 §4.2 (why not two slashes)
 */
export function spellPath(path: Omit<TargetPath, "key">): string {
  const names = path.segments.map((name) =>
    encodeURIComponent(name).replace(/%(?:3A|40|24|26|2B|2C|3B|3D)/g, decodeURIComponent)
  );
  return "/" + names.join("/") + (path.folder && names.length > 0 ? "/" : "") +
    path.query.replace(/[^!-~]/g, (byte) => "%" + byte.charCodeAt(0).toString(16).toUpperCase());
}
